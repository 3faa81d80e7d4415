import Glibc
import HanpipeCore
import Testing

@testable import HanpipeIO

@Suite struct OutputTests {
  @Test func `a line of JSON holds what the record brought, but no key twice`() throws {
    let record = try records(
      "{\"id\": 07e0, \"text\": \"a\"}\n{\"id\":1e0,\"label2\":\"x\",\"text\":\"a\"}\n", RecordFormat(.jsonl))[1]
    var line = JSONLineWriter()
    line.begin()
    line.members(record.members, except: ["label2"])
    line.string("text", "a\"\t我")
    line.integer("n", -3)
    line.number("p", 0.25)
    line.number("q", .nan)
    line.number("r", 1)
    line.bool("b", true)
    line.strings("words", ["a", "b"])
    line.numbers("probabilities", ["正", "负"], [0.1, 0.9])
    line.end()
    line.begin()
    line.end()
    #expect(
      String(decoding: line.bytes, as: UTF8.self)
        == #"{"id": 1e0, "text": "a\"\t我", "n": -3, "p": 0.25, "q": null, "r": 1, "b": true, "words": ["a", "b"], "#
        + "\"probabilities\": {\"正\": 0.1, \"负\": 0.9}}\n{}\n")
  }

  @Test func `TABs and newlines in a field become spaces`() {
    var bytes: [UInt8] = []
    TSVLine.write(["a\tb", "c\r\nd", ""], to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == "a b\tc  d\t\n")
  }

  @Test func `a writer keeps small writes until it is flushed, and their order`() throws {
    let pipe = try TestPipe()
    let writer = ByteWriter(descriptor: pipe.writing, name: "pipe", capacity: 8)
    try writer.write(Array("abc".utf8))
    #expect(pipe.receive(3, milliseconds: 20) == "")
    try writer.write(Array("defghijkl".utf8))
    #expect(pipe.receive(12) == "abcdefghijkl")
    try writer.write(Array("x".utf8))
    try writer.flush()
    #expect(pipe.receive(1) == "x")
  }

  @Test func `a pipe that nobody reads is said to be closed`() throws {
    ByteWriter.ignoreBrokenPipes()
    let pipe = try TestPipe()
    pipe.closeReading()
    let writer = ByteWriter(descriptor: pipe.writing, name: "pipe")
    try writer.write([1])
    #expect(throws: OutputClosed()) { try writer.flush() }
  }

  @Test func `a full disk is an error that says so`() throws {
    let full = open("/dev/full", O_WRONLY)
    defer { close(full) }
    let writer = ByteWriter(descriptor: full, name: "standard output")
    try writer.write([1])
    #expect(message { try writer.flush() } == "standard output: cannot be written: no space left on device")
  }

  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  ])
  func `SHA-256 of the standard's examples`(text: String, digest: String) {
    #expect(SHA256.hex(text.utf8) == digest)
  }

  @Test func `SHA-256 is the same however the bytes come`() {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    for length in [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 300] {
      var hash = SHA256()
      for byte in bytes[..<length] { hash.update([byte]) }
      #expect(hash.hex == SHA256.hex(bytes[..<length]))
    }
  }
}
