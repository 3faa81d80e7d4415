import Hanpipe

/// A line for each record: label, probability and the words, in colours or with numbers.
struct TextExplanation: ExplanationStyle {
  /// Nil: numbers behind the words.
  let colors: ColorDepth?

  func write(_ record: ExplainedRecord, into output: inout [UInt8]) {
    output.append(contentsOf: Self.safe(record.label.utf8))
    output.append(contentsOf: "\t\(decimal(Double(record.probability), 4))\t".utf8)
    if let colors { colored(record, colors, into: &output) } else { numbered(record, into: &output) }
    output.append(0x0A)
  }

  func write(error: any Error, _ members: RawMembers, into output: inout [UInt8]) { output.append(0x0A) }

  private func colored(_ record: ExplainedRecord, _ depth: ColorDepth, into output: inout [UInt8]) {
    let largest = record.largest
    for (text, score) in record.pieces {
      let paint = score.flatMap { Shade(share: largest > 0 ? $0 / largest : 0) }
      if let paint { output.append(contentsOf: paint.escape(depth).utf8) }
      output.append(contentsOf: Self.safe(text))
      if paint != nil { output.append(contentsOf: "\u{1B}[0m".utf8) }
    }
  }

  /// `干净(+2.31) 酒店(-0.02)`; what stands between words is left out.
  private func numbered(_ record: ExplainedRecord, into output: inout [UInt8]) {
    var isFirst = true
    for (text, score) in record.pieces {
      guard let score else { continue }
      if !isFirst { output.append(0x20) }
      isFirst = false
      output.append(contentsOf: Self.safe(text))
      output.append(contentsOf: "(\(Self.signed(score)))".utf8)
    }
  }

  /// `+2.31`.
  static func signed(_ value: Double) -> String {
    let text = decimal(value, 2)
    return value > 0 && text != "0.00" ? "+" + text : text
  }

  /// Controls as spaces, those from U+0080 on too: a text that holds TABs, line feeds or escapes neither breaks the line nor reaches
  /// into the terminal.
  static func safe(_ utf8: some Sequence<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    for byte in utf8 {
      if byte < 0x20 || byte == 0x7F {
        result.append(0x20)
      } else if (0x80...0x9F).contains(byte), result.last == 0xC2 {
        result[result.count - 1] = 0x20
      } else {
        result.append(byte)
      }
    }
    return result
  }
}
