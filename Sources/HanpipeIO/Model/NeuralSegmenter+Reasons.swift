public import HanpipeCore
import HanpipeText

extension NeuralSegmenter: ReasoningStage {
  public func reasons(for output: Tokens, from texts: Texts) throws -> WordReasons {
    let listed = list.map { list in (list.file, Set((0..<list.words.words.count).map { Array(list.words.words.utf8(of: $0)) })) }
    var result = WordReasons()
    for (record, tagged) in try tagged(texts).enumerated() {
      let given = Set(tagged)
      let reasons = output.spans(of: record).map { span in
        guard given.contains(span.range) else {
          return WordReason("run", "kept together: no word ends inside of letters and digits, katakana or an address")
        }
        guard let (file, words) = listed else { return WordReason("tags", "by the tags of the model") }
        let word = Array(output.utf8(of: span, record: record))
        return words.contains(word)
          ? WordReason("list", "by the tags of the model; it is in \(file)")
          : WordReason("tags", "by the tags of the model; it is not in \(file)")
      }
      result.append(reasons)
    }
    return result
  }
}
