import Glibc
import HanpipeCore
import Testing

enum RealData {
  /// Its folder.
  static let path = getenv("HANPIPE_DATA").map { String(cString: $0) } ?? Tool.packageRoot + "/../shared/data"
}

/// The shipped pipelines and model on real text: `HANPIPE_DATA`, or `../shared/data`.
@Suite(.enabled(if: Files.isThere(RealData.path), "there is no real data: set HANPIPE_DATA to its folder"))
struct RealDataTests {
  /// Records that models/sentiment was not trained on: those on the held-out side of scripts/split-sentiment.
  static func heldOut(_ name: String) throws -> [String] {
    try Files.text("\(RealData.path)/sentiment/\(name).tsv").split(separator: "\n").map(String.init).filter { line in
      var hash = SHA256()
      hash.update(Array(line.utf8.drop { $0 != UInt8(ascii: "\t") }.dropFirst()))
      return hash.finalize()[0] % 5 == 0
    }
  }

  @Test(arguments: [("hotel", 1272, 0.8829), ("takeaway", 1905, 0.8877)])
  func `the shipped model answers held-out reviews as its card says`(_ name: String, _ count: Int, _ accuracy: Double) throws {
    let records = try Self.heldOut(name)
    #expect(records.count == count)
    let outcome = try Tool.run(
      ["evaluate", "--json"], input: Array((records.joined(separator: "\n") + "\n").utf8), timeout: .seconds(300))
    #expect(outcome.status == .exit(0))
    let report = try JSON(parsing: outcome.output)
    #expect(report["records"]?.intValue == count)
    // Another instruction set may round one answer to the other side, not several.
    #expect(abs((report["accuracy"]?.doubleValue ?? 0) - accuracy) < 2 / Double(count))
  }

  /// Every third of the held-out reviews; with the slow tests all of them.
  @Test func `in reduced precision no probability moves by more than a hundredth, and accuracy not by a tenth of a point`() throws {
    let all = try Self.heldOut("hotel") + Self.heldOut("takeaway")
    let records = stride(from: 0, to: all.count, by: isSlow ? 1 : 3).map { all[$0] }
    let texts = Array((records.map { $0.split(separator: "\t", maxSplits: 1)[1] }.joined(separator: "\n") + "\n").utf8)
    let labels = records.map { $0.hasPrefix("1") ? "positive" : "negative" }
    let answers = try ["float32", "bf16", "int8"].map { precision in
      let outcome = try Tool.run(["classify", "--no-text", "--precision", precision], input: texts, timeout: .seconds(300))
      #expect(outcome.status == .exit(0))
      return try outcome.lines.map { try JSON(parsing: Array($0.utf8)) }
    }
    try #require(answers.allSatisfy { $0.count == records.count })
    let positive = answers.map { $0.map { $0["probabilities"]?["positive"]?.doubleValue ?? .nan } }
    let right = answers.map { answers in zip(answers, labels).count { $0["label"]?.stringValue == $1 } }
    for (precision, reduced) in [(1, "bf16"), (2, "int8")] {
      let moves = zip(positive[0], positive[precision]).map { abs($0 - $1) }
      #expect(moves.allSatisfy { $0 <= 0.01 }, "\(reduced)")
      #expect(moves.contains { $0 > 0 }, "\(reduced) is another precision")
      #expect(abs(right[0] - right[precision]) <= records.count / 1000, "\(reduced)")
    }
  }

  /// Word F1 as the SIGHAN scorer counts: a word is right if both of its ends are.
  static func f1(_ found: [String], _ gold: [String]) -> Double {
    func spans(_ line: String) -> Set<Range<Int>> {
      var at = 0
      return Set(
        line.split(separator: " ").map { word in
          defer { at += word.unicodeScalars.count }
          return at..<at + word.unicodeScalars.count
        })
    }
    var right = 0
    var given = 0
    var wanted = 0
    for (found, gold) in zip(found, gold) {
      let (a, b) = (spans(found), spans(gold))
      right += a.intersection(b).count
      given += a.count
      wanted += b.count
    }
    return 2 * Double(right) / Double(given + wanted)
  }

  @Test(arguments: [("sxu", 0.7585), ("ud-gsd", 0.7935), ("weibo", 0.7485), ("zhuxian", 0.6803)])
  func `the words of icu are ICU's, and no worse for the lexicon`(_ name: String, _ known: Double) throws {
    let gold = try Files.text("\(RealData.path)/segmentation/\(name).train.txt").split(separator: "\n").prefix(800).map(String.init)
    let lines = gold.map { $0.split(separator: " ").joined() }
    let outcome = try Tool.run(
      ["segment", "--segmenter", "icu"], input: Array((lines.joined(separator: "\n") + "\n").utf8), timeout: .seconds(60))
    let found = outcome.lines
    #expect(found.count == lines.count)
    #expect(found.map { $0.split(separator: " ").joined() } == lines, "words re-join to the text")
    // The known figure is that of ICU 72 called from C (../shared/peers/icu_words.c) on the same lines.
    let f1 = Self.f1(found, gold)
    #expect(f1 > known - 0.001 && f1 < known + 0.01, "F1 \(f1)")
    // `evaluate` counts by bytes, in batches; this page counts by sets.
    let measured = try Tool.run(
      ["evaluate", "--segmentation", "-", "--segmenter", "icu", "--json"], input: Array((gold.joined(separator: "\n") + "\n").utf8),
      timeout: .seconds(60))
    #expect(abs((try measured.json().first?["f1"]?.doubleValue ?? 0) - f1) < 1e-12)
  }

  @Test(arguments: [("sxu", 1687, 0.9670), ("ud-gsd", 424, 0.8749), ("weibo", 96, 0.9082), ("zhuxian", 216, 0.9492)])
  func `the shipped dictionary cuts the held-out tenth of each corpus as the documentation says`(
    _ name: String, _ count: Int, _ known: Double
  ) throws {
    // The side that scripts/split-segmentation keeps aside.
    let gold = try Files.text("\(RealData.path)/segmentation/\(name).train.txt").split(separator: "\n").map(String.init).filter { line in
      var hash = SHA256()
      hash.update(Array(String(String.UnicodeScalarView(line.unicodeScalars.filter { !$0.properties.isWhitespace })).utf8))
      return hash.finalize()[0] % 10 == 0
    }
    #expect(gold.count == count)
    let lines = gold.map { $0.split(separator: " ").joined() }
    let outcome = try Tool.run(
      ["segment", "--pipeline", "pipelines/lexicon.json"], input: Array((lines.joined(separator: "\n") + "\n").utf8),
      in: Tool.packageRoot, timeout: .seconds(60))
    #expect(outcome.lines.map { $0.split(separator: " ").joined() } == lines, "words re-join to the text")
    let f1 = Self.f1(outcome.lines, gold)
    #expect(abs(f1 - known) < 0.0001, "F1 \(f1)")
  }
}
