import Glibc
import Hanpipe
import Testing

/// A reader of these bytes.
private func withReader<R>(_ bytes: [UInt8], _ body: (RecordReader) throws -> R) throws -> R {
  let file = try #require(tmpfile())
  defer { fclose(file) }
  try #require(fwrite(bytes, 1, bytes.count, file) == bytes.count)
  rewind(file)
  return try body(RecordReader(descriptor: fileno(file), name: "gold"))
}

/// A character a word; refuses a text with 坏 in it.
private struct Moody: Segmenter, ConfiguredStage {
  static let type: StageType = "moody"
  struct Refusal: Error, CustomStringConvertible { let description = "no words today" }
  init(_: NoConfiguration, _: StageContext) {}
  func words(in text: String) throws -> [Range<Int>] {
    if text.contains("坏") { throw Refusal() }
    var at = 0
    return text.unicodeScalars.map { scalar in
      let length = String(scalar).utf8.count
      defer { at += length }
      return at..<at + length
    }
  }
}

@Suite struct SegmentationEvaluatorTests {
  private static func evaluate(_ bytes: [UInt8], threads: Int, known: KnownWords? = nil) throws -> SegmentationEvaluator.Outcome {
    var registry = try StageRegistry.standard
    try registry.register(Moody.self)
    let blueprint = try Blueprint(PipelineSpec(stages: [["type": "moody"]]), registry: registry)
    let pipeline = try Pipeline(blueprint, resource: .none)
    return try withReader(bytes) {
      try SegmentationEvaluator(pipeline, known: known, seed: 3, threads: threads).evaluate($0)
    }
  }

  @Test(arguments: [1, 3])
  func `a record that fails has all its words missed, and takes no other with it`(_ threads: Int) throws {
    var known = KnownWords()
    known.insert(Array("好".utf8)[...])
    let outcome = try Self.evaluate(Array("好 人\n坏 人 好\n\n好 的人\n".utf8), threads: threads, known: known)
    #expect(outcome.failures == 1)
    #expect(outcome.firstFailure == "gold:2: stages[0] (moody): no words today")
    let score = outcome.score
    #expect([score.records, score.goldWords, score.givenWords, score.rightWords] == [4, 7, 5, 3])
    #expect(score.unknown.map { [$0.words, $0.right] } == [4, 1])
    #expect(outcome.mistakes?.commonest(9).map(\.given) == [["的", "人"]])
    #expect(outcome.mistakes?.commonest(9).map(\.line) == [4])
  }

  @Test func `over many batches the outcome is that of each line, on any number of threads`() throws {
    var generator = SeededGenerator(seed: 9)
    let lines = (0..<1500).map { _ in
      (0..<Int.random(in: 0...9, using: &generator)).map { _ in ["好", "人", "好人", "坏"].randomElement(using: &generator) ?? "" }
    }
    let bytes = Array(lines.map { $0.joined(separator: " ") + "\n" }.joined().utf8)
    let one = try Self.evaluate(bytes, threads: 1)
    let three = try Self.evaluate(bytes, threads: 3)
    #expect(one.score == three.score)
    #expect(one.mistakes?.commonest(.max) == three.mistakes?.commonest(.max))
    #expect(one.failures == three.failures && one.firstFailure == three.firstFailure)
    // Counted from the lines: words of one character are found, of two are given as two, and none where 坏 stands.
    let whole = lines.filter { !$0.contains("坏") }.joined()
    #expect(one.failures == lines.count { $0.contains("坏") })
    #expect(one.score.records == 1500)
    #expect(one.score.goldWords == lines.joined().count)
    #expect(one.score.givenWords == whole.map(\.count).reduce(0, +))
    #expect(one.score.rightWords == whole.count { $0.count == 1 })
    #expect(one.mistakes?.total == whole.count { $0.count == 2 })
  }

  @Test func `known words come from a list or from segmented text`() throws {
    let bytes = Array("好人 3\n\n坏人\t1\u{3000}x\n".utf8)
    var list = KnownWords()
    try withReader(bytes) { try list.insert(contentsOf: $0, .list, name: "words") }
    var text = KnownWords()
    try withReader(bytes) { try text.insert(contentsOf: $0, .text, name: "words") }
    #expect(list.count == 2 && text.count == 5)
    #expect(list.contains(Array("坏人".utf8)[...]) && !list.contains(Array("3".utf8)[...]))
    #expect(text.contains(Array("x".utf8)[...]))
    var none = KnownWords()
    let error = #expect(throws: KnownWords.NoWords.self) {
      try withReader([0x0A]) { try none.insert(contentsOf: $0, .list, name: "words") }
    }
    #expect(error?.description == "words: holds no word; expected a word a line")
  }
}
