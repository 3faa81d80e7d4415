import FoundationEssentials
import HanpipeCore
import Testing

@Suite struct PaddedIDsTests {
  @Test func `batches hold so many records and steps, one record at least`() {
    let ids = PaddedIDs(TokenIDs([3, 0, 4, 9, 1, 1, 1, 0].map { [Int32](repeating: 2, count: $0) }))
    #expect(ids.batches(records: 100, length: 100) == [0..<8])
    #expect(ids.batches(records: 3, length: 100) == [0..<3, 3..<6, 6..<8])
    #expect(ids.batches(records: 100, length: 4) == [0..<2, 2..<3, 3..<4, 4..<8])
    #expect(ids.batches(records: 2, length: 1) == [0..<1, 1..<2, 2..<3, 3..<4, 4..<5, 5..<6, 6..<8])
    #expect(PaddedIDs(TokenIDs([])).batches(records: 5, length: 5) == [])
    #expect(Texts(["abc", "", "一二", "d"]).batches(records: 9, length: 6) == [0..<2, 2..<3, 3..<4], "bytes of texts")
    #expect(Vectors(values: [1, 2, 3], width: 1, count: 3).batches(records: 9, length: 2) == [0..<2, 2..<3])
  }

  /// Keras' `pad_sequences`, from `Tests/Fixtures/padding.json`.
  struct Case: Sendable, CustomTestStringConvertible {
    var length: Int?
    var padding: Side
    var truncating: Side
    var padded: [[Int32]]
    var testDescription: String { "length \(length.map(String.init) ?? "longest"), padding \(padding), truncating \(truncating)" }
  }
  static let fixture: (records: [[Int32]], cases: [Case]) = {
    func ids(_ json: JSON) -> [Int32] { json.arrayValue!.map { Int32($0.intValue!) } }
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/padding.json")
    let json = try! JSON(parsing: Data(contentsOf: file))
    return (
      json["records"]!.arrayValue!.map(ids),
      json["cases"]!.arrayValue!.map {
        Case(
          length: $0["length"]!.intValue, padding: Side(rawValue: $0["padding"]!.stringValue!)!,
          truncating: Side(rawValue: $0["truncating"]!.stringValue!)!, padded: $0["padded"]!.arrayValue!.map(ids))
      }
    )
  }()

  @Test(arguments: fixture.cases) func `the rectangle is Keras'`(example: Case) {
    // Cutting is the padding stage's work.
    let records = Self.fixture.records.map { record -> [Int32] in
      guard let length = example.length else { return record }
      return Array(example.truncating == .pre ? record.suffix(length) : record.prefix(length))
    }
    let padded = PaddedIDs(TokenIDs(records), steps: example.length, side: example.padding)
    #expect(padded.rectangle() == example.padded.flatMap { $0 })
    #expect(padded.lengths == records.map(\.count))
    #expect(padded[1..<3].rectangle() == example.padded[1..<3].flatMap { $0 }, "a part is as wide as the whole")
  }

  @Test func `padding is invisible`() {
    let ids = TokenIDs([[5, 6], [], [7]])
    #expect(PaddedIDs(ids, steps: 2, side: .pre).matches(PaddedIDs(ids, steps: 9, side: .post)))
    #expect(!PaddedIDs(ids).matches(PaddedIDs(TokenIDs([[5], [6], [7]]))))
    #expect(!PaddedIDs(TokenIDs([[0]])).matches(PaddedIDs(TokenIDs([[]]), steps: 1)), "an id 0 that is there is no padding")
  }

  @Test func `the empty batch and empty records have no steps`() {
    #expect(PaddedIDs(TokenIDs()).rectangle() == [])
    #expect(PaddedIDs(TokenIDs([[], []])).steps == 0)
    #expect(PaddedIDs(TokenIDs([[], []])).rectangle() == [])
  }

  @Test func `a record longer than the steps is our own mistake`() async {
    await #expect(processExitsWith: .failure) { _ = PaddedIDs(TokenIDs([[1, 2, 3]]), steps: 2) }
  }
}
