package import HanpipeCore
internal import Synchronization

/// Where the words of a list stand in texts, and in which lines of it. Made ready when somebody asks: to cut text nobody needs it.
package final class ListedWords: Sendable {
  private let list: WordList
  /// The words as texts are to be searched for them, as many as in `list`.
  private let words: Texts
  private let index = Mutex<UserWords?>(nil)

  /// - Parameters:
  ///   - list: says in which lines the words stand.
  ///   - words: the list's words as the texts have been normalised.
  package init(_ list: WordList, as words: Texts) {
    (self.list, self.words) = (list, words)
  }

  /// Calls `body` with each place where a word stands, and the word's first line, by where they begin, the shorter first.
  /// - Complexity: O(bytes · longest word).
  package func forEach(in text: ArraySlice<UInt8>, _ body: (_ place: Range<Int>, _ line: Int) -> Void) {
    let index = index.withLock { index in
      let made = index ?? makeIndex()
      index = made
      return made
    }
    text.withUnsafeBufferPointer { utf8 in
      var start = 0
      while start < utf8.count {
        index.forEach(in: utf8, at: start) { end, source in body(start..<end, Int(source.line)) }
        start += decodeScalar(utf8, at: start).length
      }
    }
  }

  private func makeIndex() -> UserWords {
    var index = UserWords()
    // Backwards, because of a word that stands twice the last one counts.
    for word in (0..<words.count).reversed() {
      let source = UserWords.Source(file: 1, line: UInt32(clamping: list.line(of: word)), count: 0)
      words.utf8(of: word).withUnsafeBufferPointer { index.insert($0, score: 0, source) }
    }
    return index
  }
}
