import HanpipeCore
import Testing

/// Known answers: FIPS 180-4's examples, and Python 3.11's `hashlib` for the lengths around a block's end and for those from which on the
/// processor's own instructions compute them.
@Suite struct SHA256Tests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func `the standard's examples`(text: String, digest: String) { #expect(SHA256.hex(text.utf8) == digest) }

  @Test(arguments: [
    // BEGIN python3 -c 'import hashlib; [print(n, hashlib.sha256(bytes(i % 251 for i in range(n))).hexdigest()) for n in (1, 55, …)]'
    (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    (55, "463eb28e72f82e0a96c0a4cc53690c571281131f672aa229e0d45ae59b598b59"),
    (56, "da2ae4d6b36748f2a318f23e7ab1dfdf45acdc9d049bd80e59de82a60895f562"),
    (63, "29af2686fd53374a36b0846694cc342177e428d1647515f078784d69cdb9e488"),
    (64, "fdeab9acf3710362bd2658cdc9a29e8f9c757fcf9811603a8c447cd1d9151108"),
    (65, "4bfd2c8b6f1eec7a2afeb48b934ee4b2694182027e6d0fc075074f2fabb31781"),
    (119, "da18797ed7c3a777f0847f429724a2d8cd5138e6ed2895c3fa1a6d39d18f7ec6"),
    (120, "f52b23db1fbb6ded89ef42a23ce0c8922c45f25c50b568a93bf1c075420bbb7c"),
    (128, "471fb943aa23c511f6f72f8d1652d9c880cfa392ad80503120547703e56a2be5"),
    (1000, "4e4c294b331f7a2099a379bec34b9f9fc03dc46ab465d998f4d683da53487e6d"),
    (16_384, "4348e3b98e8a327b34ced39c1da9e67cdb4cd5e48e4d7960607a3ae403d35f0c"),
    (40_037, "11fe6702acef14b6aa7e7e617ced961d8fcd40174798350c9b7b48df166c3f8c"),
    // END
  ])
  func `lengths around a block's end, whole and in pieces`(count: Int, digest: String) {
    let message = (0..<count).map { UInt8($0 % 251) }
    #expect(SHA256.hex(message) == digest)
    for size in [1, 7, 63, 64, 65, 200, 16_500] {
      var hash = SHA256()
      for start in stride(from: 0, to: count, by: size) { hash.update(message[start..<min(count, start + size)]) }
      #expect(hash.hex == digest, "in pieces of \(size)")
      #expect(hash.hex == digest, "asking changes nothing")
    }
  }
}
