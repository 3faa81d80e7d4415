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
      <title>\(escaped(title))</title>
      <style>
      \(PageStyle.css)
      </style>
      </head>
      <body>
      <main>
      <h1>\(escaped(title))</h1>
      <p class="note"><span class="word" style="--for: 1">speaks for the label</span> \
      <span class="word" style="--against: 1">speaks against it</span></p>

      """.utf8)
  }
  var tail: [UInt8] { Array("</main>\n</body>\n</html>\n".utf8) }

  func write(_ record: ExplainedRecord, into output: inout [UInt8]) {
    let largest = record.largest
    var figures = "\(decimal(Double(record.probability), 4))"
    if record.traces == nil {
      figures += " · score \(TextExplanation.signed(record.explanation.score))"
      if let baseline = record.explanation.baseline { figures += " · baseline \(TextExplanation.signed(baseline))" }
    }
    var html = "<article><p class=\"verdict\"><strong>\(escaped(record.label))</strong> \(figures)</p><p class=\"record\">"
    for (text, score) in record.pieces {
      let text = String(decoding: text, as: UTF8.self)
      html += score.map { PageStyle.word(text, score: $0, strongest: largest) } ?? escaped(text)
    }
    output.append(contentsOf: (html + "</p></article>\n").utf8)
  }

  func write(error: any Error, _ members: RawMembers, into output: inout [UInt8]) {
    output.append(contentsOf: "<article><p class=\"error\">\(escaped("\(error)"))</p></article>\n".utf8)
  }
}
