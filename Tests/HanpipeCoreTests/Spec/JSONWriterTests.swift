import HanpipeCore
import Testing

@Suite struct JSONWriterTests {
  static func value(_ generator: inout SeededGenerator, depth: Int) -> JSON {
    switch generator.below(depth > 0 ? 8 : 6) {
    case 0: .null
    case 1: .bool(generator.chance(2))
    case 2: .integer([0, -1, .max, .min, generator.below(1000)][generator.below(5)])
    case 3: .number(Double(bitPattern: generator.next()).isFinite ? Double(Float(generator.uniform())) * 1e-3 : 0.1)
    case 4: .string(generator.text(upTo: 8))
    case 5: .string(String(String.UnicodeScalarView((0..<4).compactMap { _ in Unicode.Scalar(UInt32(generator.below(0x80))) })))
    case 6: .array((0..<generator.below(4)).map { _ in value(&generator, depth: depth - 1) })
    default:
      .object(
        JSONObject((0..<generator.below(4)).map { i in ("\(i)" + generator.text(upTo: 3), value(&generator, depth: depth - 1)) }))
    }
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `what is written reads back the same, on one line or on several`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let value = Self.value(&generator, depth: 4)
    let line = value.description
    #expect(try JSON(parsing: line) == value)
    #expect(try JSON(parsing: line).description == line, "keys keep their order")
    #expect(!line.utf8.contains(0x0A))
    #expect(try JSON(parsing: value.pretty()).description == line)
  }

  @Test(arguments: [0.1, 1.0, -0.0, 1e16, 1e22, 1.0 / 3, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -123456789.125, .pi])
  func `a number reads back with the same bits`(number: Double) throws {
    let back = try #require(JSON(parsing: JSON.number(number).description).doubleValue)
    #expect(back.bitPattern == number.bitPattern)
    #expect(try JSON(parsing: JSON.number(number).description) == .number(number), "and as a number, not as an integer")
  }

  @Test(arguments: [.nan, .infinity, -.infinity] as [Double])
  func `a number that JSON does not have becomes null`(number: Double) { #expect(JSON.number(number).description == "null") }

  @Test func `only what must be escaped is`() {
    let text = String(String.UnicodeScalarView((0...0x20).compactMap(Unicode.Scalar.init))) + "\"\\/\u{7F}中😀\u{2028}"
    #expect(
      JSON.string(text).description
        == #""\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\t\n\u000b\u000c\r\u000e\u000f\u0010\u0011\u0012"#
        + #"\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f \"\\/"# + "\u{7F}中😀\u{2028}\"")
  }

  @Test func `several lines are indented, and plain arrays stay on one`() {
    let value: JSON = ["a": [1, 2], "b": ["c": [[1], []], "d": [:], "e": []]]
    #expect(
      value.pretty() == """
        {
          "a": [1, 2],
          "b": {
            "c": [
              [1],
              []
            ],
            "d": {},
            "e": []
          }
        }
        """)
  }

  @Test func `an object keeps its order when a member changes, goes or comes`() {
    var object: JSONObject = ["b": 1, "a": 2, "c": 3]
    object["a"] = 4
    object["b"] = nil
    object["d"] = 5
    object["x"] = nil
    #expect(JSON.object(object).description == #"{"a": 4, "c": 3, "d": 5}"#)
    #expect(object == ["d": 5, "c": 3, "a": 4], "order is no part of equality")
    #expect(object != ["d": 5, "c": 3, "a": 4, "e": 1])
  }

  @Test func `a value is read as what it is, and an integer also as a number`() {
    #expect(JSON.number(3).intValue == 3)
    #expect(JSON.number(3.5).intValue == nil)
    #expect(JSON.number(1e300).intValue == nil)
    #expect(JSON.integer(3).doubleValue == 3)
    #expect(JSON.bool(true).intValue == nil)
    #expect(JSON.string("3").doubleValue == nil)
    #expect(JSON.null["a"] == nil)
    #expect(JSON.object(["a": true])["a"]?.boolValue == true)
  }
}
