import Hanpipe

/// One page with a paragraph for each record: no script, nothing from elsewhere, light or dark as the reader's browser is.
struct HTMLExplanation: ExplanationStyle {
  let title: String

  var head: [UInt8] {
    Array(
      """
      <!DOCTYPE html>
      <html lang="zh">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(escaped(title))</title>
      <style>
      \(Self.styles)
      </style>
      </head>
      <body>
      <h1>\(escaped(title))</h1>
      <p class="key"><span class="w" style="--s:1">speaks for the label</span> <span class="w" style="--s:-1">speaks against it</span></p>

      """.utf8)
  }
  var tail: [UInt8] { Array("</body>\n</html>\n".utf8) }

  private static let styles = """
    :root { color-scheme: light dark; --for: 33 113 181; --against: 217 95 14; }
    body { font: 16px/1.9 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; max-width: 52em; margin: 2em auto; \
    padding: 0 1em; background: #ffffff; color: #1f2328; }
    h1 { font-size: 1.2em; } .key { font-size: .85em; }
    article { border-top: 1px solid #d1d9e0; padding: .6em 0; } article p { margin: .2em 0; overflow-wrap: anywhere; white-space: pre-wrap; }
    .answer { font-size: .85em; color: #59636e; } .answer b { color: #1f2328; } .error { color: #b3261e; }
    .w { border-radius: .2em; padding: .1em 0; }
    .w { background: rgb(var(--for) / calc(max(0, var(--s)) * 60%)); box-shadow: inset 0 0 0 2em rgb(var(--against) / calc(max(0, -1 * \
    var(--s)) * 60%)); }
    @media (prefers-color-scheme: dark) {
      :root { --for: 68 147 248; --against: 240 136 62; }
      body { background: #0d1117; color: #e6edf3; } article { border-color: #3d444d; } .answer { color: #9198a1; } .answer b { color: #e6edf3; }
      .error { color: #ff7b72; }
    }
    """

  func write(_ record: ExplainedRecord, into output: inout [UInt8]) {
    let largest = record.largest
    var figures = "\(decimal(Double(record.probability), 4))"
    if record.traces == nil {
      figures += " · score \(TextExplanation.signed(record.explanation.score))"
      if let baseline = record.explanation.baseline { figures += " · baseline \(TextExplanation.signed(baseline))" }
    }
    var html = "<article><p class=\"answer\"><b>\(escaped(record.label))</b> \(figures)</p><p>"
    for (text, score) in record.pieces {
      let word = escaped(String(decoding: text, as: UTF8.self))
      if let score {
        let share = decimal(largest > 0 ? score / largest : 0, 3)
        html += "<span class=\"w\" style=\"--s:\(share)\" title=\"\(TextExplanation.signed(score))\">\(word)</span>"
      } else {
        html += word
      }
    }
    output.append(contentsOf: (html + "</p></article>\n").utf8)
  }

  func write(error: any Error, _ members: RawMembers, into output: inout [UInt8]) {
    output.append(contentsOf: "<article><p class=\"error\">\(escaped("\(error)"))</p></article>\n".utf8)
  }
}
