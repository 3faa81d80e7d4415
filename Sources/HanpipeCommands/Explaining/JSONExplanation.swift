import Hanpipe

/// A JSON object for each record: what `classify` writes, and the words with what they contribute.
struct JSONExplanation: ExplanationStyle {
  let method: String

  /// What this writes beside `classify`'s members; fields of these names in the input give way.
  private static let ownMembers: [StaticString] =
    ResultRenderer.ownMembers + ["explained", "method", "score", "baseline", "gap", "elsewhere", "words", "gates"]

  func write(_ record: ExplainedRecord, into output: inout [UInt8]) {
    var line = JSONLineWriter()
    line.begin()
    line.members(record.members, except: Self.ownMembers)
    line.string("text", record.text)
    line.prediction(record.answer, 0)
    line.string("method", method)
    if let traces = record.traces {
      line.member("gates") { write(traces, record.text, into: &$0) }
    } else {
      let explanation = record.explanation
      line.string("explained", record.label)
      line.number("score", Float(explanation.score))
      if let baseline = explanation.baseline { line.number("baseline", Float(baseline)) }
      if let gap = explanation.gap { line.number("gap", Float(gap)) }
      if explanation.elsewhere != 0 { line.number("elsewhere", Float(explanation.elsewhere)) }
      line.member("words") { bytes in
        write(explanation.parts.map { ($0.range, [("score", $0.score)]) }, record.text, into: &bytes)
      }
    }
    line.end()
    output.append(contentsOf: line.bytes)
  }

  func write(error: any Error, _ members: RawMembers, into output: inout [UInt8]) {
    output.append(contentsOf: JSONLineWriter.failure(error, members, except: Self.ownMembers))
  }

  private func write(_ traces: [GateTrace], _ text: ArraySlice<UInt8>, into bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "["))
    for (i, trace) in traces.enumerated() {
      if i > 0 { bytes.append(contentsOf: ", ".utf8) }
      bytes.append(contentsOf: "{\"stage\": ".utf8)
      JSON.write(string: trace.stage.utf8, to: &bytes)
      let direction = trace.isBackward ? "backward" : "forward"
      bytes.append(contentsOf: ", \"layer\": \(trace.layer), \"direction\": \"\(direction)\", \"words\": ".utf8)
      write(trace.steps.map { step in (step.range, zip(trace.names, step.values).map { ($0, Double($1)) }) }, text, into: &bytes)
      bytes.append(UInt8(ascii: "}"))
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// Words with their places and numbers.
  private func write(
    _ words: [(range: Range<Int>, figures: [(name: String, value: Double)])], _ text: ArraySlice<UInt8>, into bytes: inout [UInt8]
  ) {
    Array(text).withUnsafeBufferPointer { utf8 in
      var characters = CharacterCounter(utf8)
      bytes.append(UInt8(ascii: "["))
      for (i, word) in words.enumerated() {
        bytes.append(contentsOf: (i > 0 ? ", {" : "{").utf8)
        TokenRenderer.place(word.range, in: utf8, &characters, into: &bytes)
        for (name, value) in word.figures {
          bytes.append(contentsOf: ", \"\(name)\": ".utf8)
          JSONLineWriter.write(Float(value), to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
      }
      bytes.append(UInt8(ascii: "]"))
    }
  }
}
