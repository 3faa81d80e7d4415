/// How many words two segmentations of the same steps have, and in common.
struct WordCounts: Sendable, Equatable {
  /// Words with the same first and last step in both.
  var right = 0
  var gold = 0
  var answered = 0

  mutating func add(_ other: WordCounts) {
    right += other.right
    gold += other.gold
    answered += other.answered
  }

  /// Counts one record.
  /// - Parameters:
  ///   - gold: for each step whether a word ends there. The last step ends one.
  ///   - answer: the same.
  mutating func count(gold: some Sequence<Bool>, answer: some Sequence<Bool>) {
    // Whether both began their present words at the same step.
    var isSame = true
    for (g, a) in zip(gold, answer) where g || a {
      if g { self.gold += 1 }
      if a { answered += 1 }
      if g, a, isSame { right += 1 }
      isSame = g && a
    }
  }

  /// The harmonic mean of precision right/answered and recall right/gold, 2·right/(gold + answered); 0 without words.
  var f1: Double { gold + answered == 0 ? 0 : 2 * Double(right) / Double(gold + answered) }
}
