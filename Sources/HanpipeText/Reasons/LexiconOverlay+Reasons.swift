public import HanpipeCore

extension LexiconOverlay: ReasoningStage {
  public func reasons(for output: Tokens, from tokens: Tokens) -> WordReasons {
    var result = WordReasons()
    var worker = Worker()
    tokens.texts.forEachUTF8 { record, utf8 in
      worker.cover(tokens.spans(of: record), utf8.count)
      let before = worker.words
      _ = worker.corrected(tokens.spans(of: record), utf8, lexicon)
      let reasons = LexiconReasons(lexicon, file: file, utf8, closed: worker.fixed.addresses, before: before, after: worker.words)
      let changes = reasons.changes()
      result.append(output.spans(of: record).map { changes[$0.range] }, missed: reasons.missed())
    }
    return result
  }
}
