import HanpipeCore
import Testing

@Suite struct JSONParserTests {
  @Test(
    arguments: [
      ("null", .null), (" \t\r\n true \n", true), ("false", false),
      ("0", 0), ("-0", .number(-0.0)), ("-1", -1), ("1.0", 1.0), ("1e2", 100.0), ("1E+2", 100.0), ("-12.5e-1", -1.25),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .number(9_223_372_036_854_775_808)),
      ("123456789012345678901234567890", .number(1.2345678901234568e29)),
      ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)), ("5e-324", .number(.leastNonzeroMagnitude)),
      ("1e-400", .number(0)), ("0.1", 0.1), ("2.2250738585072014E-308", .number(.leastNormalMagnitude)),
      (#""""#, ""), (#""我喜欢 😀""#, "我喜欢 😀"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
      (#""\u0041\u4e2D\u0000""#, "A中\0"), (#""\ud83d\ude00""#, "😀"), (#""\uD83D\uDE00x""#, "😀x"),
      // Surrogates that do not belong together are repaired, each on its own.
      (#""\ud83d""#, "\u{FFFD}"), (#""\ude00""#, "\u{FFFD}"), (#""\ud83dx""#, "\u{FFFD}x"),
      (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
      ("\"\u{7F}\u{2028}\"", "\u{7F}\u{2028}"),
      ("[]", []), ("[ ]", []), ("[1,2 , 3]", [1, 2, 3]), ("[[],[[]],{}]", [[], [[]], [:]]),
      ("{}", [:]), (#"{"a":1,"":{"a":null}}"#, ["a": 1, "": ["a": .null]]),
      ("\u{FEFF}{}", [:]),
      // The same to Swift's String, but not to RFC 8259: a compatibility ideograph, and a letter with a combining accent.
      ("{\"豈\": 1, \"\u{F900}\": 2}", ["豈": 1, "\u{F900}": 2]), ("{\"\u{E9}\": 1, \"e\u{301}\": 2}", ["\u{E9}": 1, "e\u{301}": 2]),
    ] as [(String, JSON)])
  func `what RFC 8259 allows is read`(text: String, value: JSON) throws {
    let parsed = try JSON(parsing: text)
    #expect(parsed == value)
    // Equality takes -0 for 0, and é for e with an accent: the texts do not.
    #expect(parsed.description == value.description)
  }

  @Test(arguments: [
    ("", "line 1, column 1: expected a value, found end of input"),
    (" \n ", "line 2, column 2: expected a value, found end of input"),
    ("nul", #"line 1, column 1: expected a value, found "n""#),
    ("True", #"line 1, column 1: expected a value, found "T"; JSON writes true"#),
    ("nullx", #"line 1, column 5: after the value, unexpected "x""#), ("NaN", #"line 1, column 1: expected a value, found "N""#),
    ("Infinity", #"line 1, column 1: expected a value, found "I""#),
    ("'a'", #"line 1, column 1: expected a value, found "'"; strings stand in double quotes"#),
    ("1 2", #"line 1, column 3: after the value, unexpected "2""#), ("{} 中", #"line 1, column 4: after the value, unexpected "中""#),
    ("// x\n1", #"line 1, column 1: expected a value, found "/"; JSON has no comments: remove it"#),
    ("/x", #"line 1, column 1: expected a value, found "/""#),
    ("[1, /* x */ 2]", #"line 1, column 5: expected a value, found "/"; JSON has no comments: remove it"#),
    ("[1] # x", ##"line 1, column 5: after the value, unexpected "#"; JSON has no comments: remove it"##),
    ("['a']", #"line 1, column 2: expected a value, found "'"; strings stand in double quotes"#),
    ("{“a”: 1}", #"line 1, column 2: expected a key in quotes, found "“"; strings stand in double quotes"#),
    (#"{"a"：1}"#, #"line 1, column 5: expected ":" after the key "a", found "："; it is full width: JSON's marks are ASCII"#),
    ("[1，2]", #"line 1, column 3: expected "," or "]", found "，"; it is full width: JSON's marks are ASCII"#),
    ("[None]", #"line 1, column 2: expected a value, found "N"; JSON writes null"#),
    ("\u{FEFF}\u{FEFF}1", "line 1, column 4: expected a value, found \"\u{FEFF}\""),
    ("01", #"line 1, column 2: after the value, unexpected "1""#), ("+1", #"line 1, column 1: expected a value, found "+""#),
    (".5", #"line 1, column 1: expected a value, found ".""#), ("-", "line 1, column 2: expected a digit, found end of input"),
    ("-a", #"line 1, column 2: expected a digit, found "a""#),
    ("1.", "line 1, column 3: expected a digit after the point, found end of input"),
    ("1.e3", #"line 1, column 3: expected a digit after the point, found "e""#),
    ("1e", "line 1, column 3: expected a digit in the exponent, found end of input"),
    ("1e+", "line 1, column 4: expected a digit in the exponent, found end of input"),
    ("0x10", #"line 1, column 2: after the value, unexpected "x""#),
    ("[1e309]", "line 1, column 2: the number 1e309 is too large"),
    ("-" + String(repeating: "9", count: 400), "line 1, column 1: the number -\(String(repeating: "9", count: 36))… is too large"),
    ("[", "line 1, column 2: expected a value, found end of input"),
    ("[1", #"line 1, column 3: expected "," or "]", found end of input"#),
    ("[1, ]", #"line 1, column 3: the comma before "]" is one too many: remove it"#),
    ("[,1]", #"line 1, column 2: expected a value, found ",""#),
    ("[1 2]", #"line 1, column 4: expected "," or "]", found "2""#), ("[1}", #"line 1, column 3: expected "," or "]", found "}""#),
    ("{", "line 1, column 2: expected a key in quotes, found end of input"),
    ("{a: 1}", #"line 1, column 2: expected a key in quotes, found "a""#),
    (#"{"a" 1}"#, #"line 1, column 6: expected ":" after the key "a", found "1""#),
    (#"{"a":}"#, #"line 1, column 6: expected a value, found "}""#),
    (#"{"a":1,}"#, #"line 1, column 7: the comma before "}" is one too many: remove it"#),
    (#"{"a":1 "b":2}"#, #"line 1, column 8: expected "," or "}", found """"#),
    ("{\n  \"a\": 1,\n  \"b\": 2, \"a\": 3\n}", #"line 3, column 11: the key "a" stands twice in one object"#),
    (#"{"a":1,"\u0061":2}"#, #"line 1, column 8: the key "a" stands twice in one object"#),
    (#"[{"中":[{"x":1,"x":1}]}]"#, #"line 1, column 17: the key "x" stands twice in one object"#),
    ("\"a", "line 1, column 1: the string never ends"), ("\"a\\", "line 1, column 1: the string never ends"),
    (#""\x""#, #"line 1, column 3: expected an escape after "\", found "x""#),
    (#""\u12g4""#, #"line 1, column 4: expected four hexadecimal digits after \u"#),
    (#""\u+123""#, #"line 1, column 4: expected four hexadecimal digits after \u"#),
    (#""\u-123""#, #"line 1, column 4: expected four hexadecimal digits after \u"#),
    (#""\u12"#, #"line 1, column 4: expected four hexadecimal digits after \u"#),
    (#""\ud83d\u12""#, #"line 1, column 10: expected four hexadecimal digits after \u"#),
    ("\"a\nb\"", "line 1, column 3: a control character (byte 10) inside a string; write it as an escape"),
    ("\"\u{0}\"", "line 1, column 2: a control character (byte 0) inside a string; write it as an escape"),
    ("\"\u{1F}\"", "line 1, column 2: a control character (byte 31) inside a string; write it as an escape"),
    ("\u{0}", "line 1, column 1: expected a value, found byte 0"),
    ("[\u{A0}1]", "line 1, column 2: expected a value, found \"\u{A0}\""),
  ])
  func `what it forbids is refused with its place`(text: String, expected: String) {
    #expect(message { try JSON(parsing: text) } == expected)
  }

  @Test(
    arguments: [
      [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xE4, 0xB8, 0x22],
      [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22],
    ] as [[UInt8]])
  func `a string that is not UTF-8 is refused`(bytes: [UInt8]) {
    #expect(message { try JSON(parsing: bytes) } == "line 1, column 1: the string is not UTF-8")
  }

  @Test func `a byte that is not UTF-8 outside of strings is refused`() {
    #expect(message { try JSON(parsing: [0x5B, 0xFF] as [UInt8]) } == "line 1, column 2: expected a value, found \"\u{FFFD}\"")
  }

  @Test func `nesting is allowed to 512 and no deeper`() throws {
    func nested(_ depth: Int, _ inner: String) -> String {
      String(repeating: "[", count: depth) + inner + String(repeating: "]", count: depth)
    }
    for inner in ["", "1"] { #expect(try JSON(parsing: nested(512, inner)).description == nested(512, inner)) }
    #expect(message { try JSON(parsing: nested(513, "")) } == "line 1, column 513: nested more than 512 deep")
    #expect(
      message { try JSON(parsing: String(repeating: "[", count: 1_000_000)) } == "line 1, column 513: nested more than 512 deep")
    #expect(
      message { try JSON(parsing: String(repeating: #"{"a":"#, count: 600)) } == "line 1, column 2561: nested more than 512 deep")
  }

  static let document = #"{"a": [1, -2.5e3, true, null], "我": {"x\n\u4e2d\ud83d\ude00": "é😀"}, "z": [[], {}]}"#

  @Test func `a text that was cut short is refused wherever it was cut`() throws {
    let bytes = Array(Self.document.utf8)
    #expect(throws: Never.self) { try JSON(parsing: bytes) }
    for end in bytes.indices { #expect(throws: JSONSyntaxError.self, "cut at \(end)") { try JSON(parsing: bytes[..<end]) } }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `any bytes are read or refused, and what is read can be written`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let alphabet = Array(#"{}[]",:\u0123eE+-.tfn rueals"#.utf8) + [0xE4, 0xB8, 0xAD, 0xFF, 0x00, 0x0A]
    for round in 0..<400 {
      var bytes = round % 2 == 0 ? [] : Array(Self.document.utf8)
      if bytes.isEmpty {
        bytes = (0..<generator.below(40)).map { _ in alphabet[generator.below(alphabet.count)] }
      } else {
        for _ in 0...generator.below(3) { bytes[generator.below(bytes.count)] = alphabet[generator.below(alphabet.count)] }
      }
      guard let value = try? JSON(parsing: bytes) else { continue }
      #expect(try JSON(parsing: value.description).description == value.description, "\(bytes)")
    }
  }
}
