import HanpipeCore
import Testing

@testable import HanpipeText

@Suite struct PaddingTests {
  /// `pad_sequences` of Keras: padding × truncating × length.
  @Test func `the rectangle is Keras'`() throws {
    let fixture = try JSON(parsing: contents(of: "Tests/Fixtures/padding.json"))
    let records = TokenIDs(try #require(fixture["records"]?.rows))
    let cases = try #require(fixture["cases"]?.arrayValue)
    #expect(cases.count == 12)
    for expected in cases {
      var configuration = PaddingStage.Configuration()
      configuration.maximum = expected["length"]?.intValue
      configuration.length = configuration.maximum == nil ? .longest : .fixed
      configuration.side = try #require(Side(rawValue: expected["padding"]?.stringValue ?? ""))
      configuration.truncate = try #require(Side(rawValue: expected["truncating"]?.stringValue ?? ""))
      let padded = PaddingStage(configuration, .none).process(records)
      #expect(padded.rectangle() == expected["padded"]?.rows?.flatMap { $0 }, "\(expected)")
    }
  }

  @Test func `longest with a maximum cuts, but pads no further than the longest`() {
    var configuration = PaddingStage.Configuration()
    configuration.maximum = 3
    let padded = PaddingStage(configuration, .none).process(TokenIDs([[5], [6, 7, 8, 9], []]))
    #expect(padded.rectangle() == [5, 0, 0, 6, 7, 8, 0, 0, 0])
    #expect(padded.lengths == [1, 3, 0])
    #expect(PaddingStage(configuration, .none).process(TokenIDs([[5]])).steps == 1)
  }

  @Test func `a fixed length needs a number`() {
    var configuration = PaddingStage.Configuration()
    configuration.length = .fixed
    let error = #expect(throws: SpecError.self) { try configuration.validate(at: SpecPath("stages")[3]) }
    #expect(
      error?.description
        == #"stages[3]: "maximum" is missing; expected the number of steps, because "length" is "fixed""#)
  }
}

extension JSON {
  fileprivate var rows: [[Int32]]? {
    arrayValue?.map { row in (row.arrayValue ?? []).compactMap { $0.intValue.map { Int32($0) } } }
  }
}
