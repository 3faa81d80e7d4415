import Glibc
import HanpipeCore
import HanpipeTesting
import Testing

@testable import HanpipeText

/// Files that a text stage reads, damaged: they are refused, or serve, and never lead out of their bytes.
@Suite struct HostileDictionaryTests {
  private static let count: UInt64 = getenv("HANPIPE_SLOW_TESTS") == nil ? 400 : 20_000
  private static let samples = Texts(["我不喜欢吃苹果", "", "南京市长江大桥", "iPhone 15 😀", "研究生命的起源。"])

  private func compiled() throws -> [UInt8] {
    var builder = DictionaryBuilder()
    for _ in 0..<4 {
      for sentence in ["我 喜欢 吃 苹果", "我 不 喜欢 吃 苹果", "南京市 长江 大桥 很 长", "研究 生命 的 起源", "唱 卡拉OK"] {
        builder.add(segmented: utf8(sentence)[...])
      }
    }
    return try builder.compiled { _, _ in }
  }

  /// Runs what `make` makes of damaged bytes; gives how many were refused.
  private func damage(_ bytes: [UInt8], _ mend: ([UInt8]) -> [UInt8] = { $0 }, _ use: ([UInt8]) throws -> Void) throws -> Int {
    try use(bytes)
    var refused = 0
    for seed in 0..<Self.count {
      var damage = Damage(SeededGenerator(seed: seed))
      var damaged = damage.damaged(bytes)
      if seed % 2 == 0 { damaged = damage.damaged(damaged) }
      do { try use(mend(damaged)) } catch {
        refused += 1
        #expect("\(error)".utf8.count < 4096, "seed \(seed)")
      }
    }
    return refused
  }

  private func segment(_ dictionary: [UInt8], user: String = "苹果汁 3\n", mode: LexiconSegmenter.Mode = .exact) throws {
    var configuration = LexiconSegmenter.Configuration()
    configuration.dictionary = ResourcePath("words.dict")
    configuration.user = [ResourcePath("user.txt")]
    configuration.mode = mode
    let segmenter = try LexiconSegmenter(configuration, StageContext { $0.path == "user.txt" ? utf8(user) : dictionary })
    let tokens = try segmenter.process(Self.samples)
    #expect(tokens.count == Self.samples.count)
  }

  /// Whoever makes a dictionary to harm writes the checksum that fits.
  private func signed(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.count >= 64 else { return bytes }
    var bytes = bytes
    bytes.append(contentsOf: repeatElement(0, count: -bytes.count & 7))
    let checksum = bytes.withUnsafeBytes { LatticeDictionary.checksum($0) }
    withUnsafeBytes(of: checksum.littleEndian) { for i in 0..<8 { bytes[16 + i] = $0[i] } }
    return bytes
  }

  @Test func `words known letter for letter are checked, and the version before them has none`() throws {
    let bytes = try compiled()
    let start = try #require(bytes.firstRange(of: Array("卡拉OK\t".utf8))).lowerBound
    func refusal(_ words: String, version: UInt8 = 2) -> String? {
      var other = Array(bytes[..<start]) + Array(words.utf8)
      other[8] = version
      do { try segment(signed(other)) } catch { return "\(error)" }
      return nil
    }
    #expect(refusal("") == nil && refusal("", version: 1) == nil && refusal("卡拉OK\t5\t1\nA光\t-5\t0\n") == nil)
    let wrong = [
      "卡拉OK\t5\t1", "卡拉OK\t5\n", "\t5\t1\n", "卡拉OK\t5\t-1\n", "卡拉OK\t99999\t1\n", "卡拉OK\t5\t1\n\n",
      String(repeating: "光A", count: 200) + "\t5\t1\n", "卡拉OK\t5\t1\n\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    ]
    for words in wrong { #expect(refusal(words)?.contains("a word of letters is none") == true, "\(words)") }
    #expect(refusal("卡拉OK\t5\t1\n", version: 1)?.contains("its parts do not make up its length") == true)
  }

  @Test(arguments: [LexiconSegmenter.Mode.exact, .search])
  func `a trie that leads back to its root is walked no further than a word may be long`(_ mode: LexiconSegmenter.Mode) throws {
    var bytes = try compiled()
    func number(_ at: Int) -> Int { bytes.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: at, as: UInt64.self)) } }
    let scores = LatticeDictionary.lengthClasses * LatticeDictionary.countClasses + LatticeDictionary.shortWord
    func padded(_ count: Int) -> Int { (count + 7) & ~7 }
    let nodesAt = 64 + padded(2 * scores) + padded(4 * number(24))
    let size = MemoryLayout<DoubleArrayTrie.Node>.stride
    func field(_ node: Int, _ offset: Int) -> Int {
      bytes.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: nodesAt + node * size + offset, as: UInt32.self)) }
    }
    func set(_ node: Int, _ offset: Int, _ value: Int) {
      withUnsafeBytes(of: UInt32(value).littleEndian) { for i in 0..<4 { bytes[nodesAt + node * size + offset + i] = $0[i] } }
    }
    // A node below the root, reached by some code; the same code leads from it to the root, whose parent it is said to be.
    let nodes = number(32)
    let below = try #require((1..<nodes).first { field($0, 4) == DoubleArrayTrie.root + 1 })
    let code = field(DoubleArrayTrie.root, 0) ^ below
    set(below, 0, DoubleArrayTrie.root ^ code)
    set(DoubleArrayTrie.root, 4, below + 1)
    var configuration = LexiconSegmenter.Configuration()
    configuration.dictionary = ResourcePath("words.dict")
    configuration.mode = mode
    let cyclic = signed(bytes)
    let segmenter = try LexiconSegmenter(configuration, StageContext { _ in cyclic })
    // Ends: without a bound on a word's length, a million characters would take as many steps each.
    let characters = ["我", "不", "喜", "欢", "吃", "苹", "果", "南", "京", "市", "长", "江", "大", "桥", "很", "研", "究", "生", "命", "的", "起", "源"]
    let texts = Texts(characters.map { String(repeating: $0, count: 50_000) })
    let tokens = try segmenter.process(texts)
    for record in 0..<texts.count { #expect(tokens.words(of: record).joined().count >= 50_000) }
  }

  @Test(arguments: [LexiconSegmenter.Mode.exact, .search])
  func `a compiled dictionary with a right checksum`(_ mode: LexiconSegmenter.Mode) throws {
    let refused = try damage(compiled(), signed) { try segment($0, mode: mode) }
    #expect(refused > 0 && refused < Self.count)
  }

  @Test func `a dictionary in text`() throws {
    let text = utf8("研究 90 v\n生命\t80\n研究生 20 n\n命 10\n起源 1000000000000\n")
    #expect(try damage(text) { try segment($0) } > 0)
  }

  @Test func `a user's words`() throws {
    let dictionary = try compiled()
    let text = utf8("苹果汁 3 n\n生命的\t7\n南京市长江大桥\n")
    #expect(try damage(text) { try segment(dictionary, user: String(decoding: $0, as: UTF8.self)) } > 0)
  }

  @Test func `a lexicon of ICU's corrections`() throws {
    let text = utf8("# words\n我不\tsplit\t我\t不\n苹果汁\tforce\n长江大桥\tprefer\n")
    let refused = try damage(text) { bytes in
      var configuration = ICUSegmenter.Configuration()
      configuration.lexicon = ResourcePath("x")
      _ = try ICUSegmenter(configuration, StageContext { _ in bytes }).process(Self.samples)
    }
    #expect(refused > 0)
  }

  @Test func `a vocabulary`() throws {
    let text = utf8("<pad>\t0\n<unk>\t0\n我\t5\n苹果\t4\na\\tb\t3\n")
    let refused = try damage(text) { bytes in
      var configuration = VocabularyStage.Configuration()
      configuration.file = ResourcePath("x")
      _ = try VocabularyLookup(configuration, StageContext { _ in bytes })
    }
    #expect(refused > 0)
  }
}
