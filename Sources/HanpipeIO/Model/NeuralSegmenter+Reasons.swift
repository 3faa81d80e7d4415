public import HanpipeCore
import HanpipeText

extension NeuralSegmenter: ReasoningStage {
  public func reasons(for output: Tokens, from texts: Texts) throws -> WordReasons {
    var result = WordReasons()
    let listed = try list?.lines(in: texts)
    for (record, tagged) in try tagged(texts).enumerated() {
      let words = output.spans(of: record).map(\.range)
      let lines = listed?[record] ?? [:]
      let reasons = words.map { word in
        let (rule, text) = Self.rule(word, tagged)
        guard let list else { return WordReason(rule, text) }
        guard let line = lines[word] else { return WordReason(rule, "\(text); it is not in \(list.file)") }
        let place = WordReason.Place(file: list.file, line: line)
        return WordReason(rule == "tags" ? "list" : rule, "\(text); it is in \(place)", place: place)
      }
      result.append(reasons, missed: list?.missed(lines, words, texts.utf8(of: record)) ?? [])
    }
    return result
  }

  /// - Parameter tagged: the words as the tags have them, rising.
  private static func rule(_ word: Range<Int>, _ tagged: [Range<Int>]) -> (rule: String, text: String) {
    let around = tagged.indices(overlapping: word)
    if around.count == 1, let whole = tagged[around].first {
      if whole == word { return ("tags", "by the tags of the model") }
      return ("cut", "cut off: emoji, most punctuation and addresses are words by themselves, and words end where scripts meet")
    }
    return ("run", "kept together: no word ends inside of letters and digits, katakana or an address")
  }
}

/// The list of words that a segmenter's answers follow, as its user knows it.
struct FollowedList: Sendable {
  /// As the user calls it.
  let file: String
  /// As the model reads it.
  let normalized: WordList
  private let words: ListedWords
  /// What the model makes of texts, and of the list.
  private let normalizers: Pipeline?

  init(_ list: WordList, named file: String, normalizers: Pipeline?) throws {
    (self.file, self.normalizers) = (file, normalizers)
    normalized = WordList(try Self.normalized(list.words, normalizers))
    words = ListedWords(list, as: normalized.words)
  }

  private static func normalized(_ texts: Texts, _ normalizers: Pipeline?) throws -> Texts {
    try normalizers?.trace(texts).last as? Texts ?? texts
  }

  /// For each record where words of the list stand, in bytes of `texts`, and in which line of it.
  func lines(in texts: Texts) throws -> [[Range<Int>: Int]] {
    // Copied, so that places in what the normalisers make are places in the text as it is here, whatever came before.
    var copies = Texts()
    for record in 0..<texts.count { copies.append(validated: texts.utf8(of: record)) }
    let read = try Self.normalized(copies, normalizers)
    return (0..<read.count).map { record in
      var lines: [Range<Int>: Int] = [:]
      words.forEach(in: read.utf8(of: record)) { range, line in lines[read.originalRange(of: range, record: record)] = line }
      return lines
    }
  }

  /// The words of the list that stand in a text and are none. Left out are those of one character, of which nearly every longer word holds
  /// some, and those inside of a run of letters and digits, which no list can cut.
  func missed(_ lines: [Range<Int>: Int], _ words: [Range<Int>], _ utf8: ArraySlice<UInt8>) -> [MissedWord] {
    func text(_ range: Range<Int>) -> String {
      String(decoding: utf8[utf8.startIndex + range.lowerBound..<utf8.startIndex + range.upperBound], as: UTF8.self)
    }
    let given = Set(words)
    let passed = utf8.withUnsafeBufferPointer { utf8 in
      lines.filter { range, _ in
        !given.contains(range) && text(range).count > 1 && !cutsRun(utf8, at: range.lowerBound) && !cutsRun(utf8, at: range.upperBound)
      }
    }
    return passed.sorted { ($0.key.lowerBound, $0.key.upperBound) < ($1.key.lowerBound, $1.key.upperBound) }.map { range, line in
      let place = WordReason.Place(file: file, line: line)
      let instead = words[words.indices(overlapping: range)].map { word in
        text(word) + (lines[word].map { " (\(WordReason.Place(file: file, line: $0)))" } ?? "")
      }
      let reason = "\(place): the tags of the model give \(instead.joined(separator: " | ")) here"
      return MissedWord(range, WordReason("list", reason, place: place))
    }
  }
}
