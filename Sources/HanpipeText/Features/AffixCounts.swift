/// How many words a list has that begin or end with a character, and how many it should have if its convention parted no longer ones; of
/// two characters, and of more.
struct AffixCounts {
  private struct Count {
    var listed: Float = 0
    /// So many of those that sources know as it should have.
    var expected: Float = 0
  }
  /// Of each character: words of two characters that begin with it, longer ones, words of two that end with it, longer ones. Characters
  /// outside of the basic plane count together.
  private var counts = [Count](repeating: Count(), count: 4 << 16)
  /// Of all longer words; two more of both, for a list that tells nothing.
  private var long = Count(listed: 2, expected: 2)

  init(_ known: [KnownWord], _ coverage: ShapeCoverage) {
    for word in known {
      let share = coverage.wholeShare(of: word)
      func add(to count: inout Count) {
        count.expected += share
        if word.isListed { count.listed += 1 }
      }
      let isLong = word.shape.length > 2
      if isLong { add(to: &long) }
      add(to: &counts[Self.place(word.shape.first, isLast: false, isLong: isLong)])
      add(to: &counts[Self.place(word.shape.last, isLast: true, isLong: isLong)])
    }
  }

  private static func place(_ scalar: UInt32, isLast: Bool, isLong: Bool) -> Int {
    Int(min(scalar, 0xFFFF)) * 4 + (isLast ? 2 : 0) + (isLong ? 1 : 0)
  }

  /// How open the list is to longer words; to words of two characters: 1.
  private func usual(isLong: Bool) -> Float { isLong ? long.listed / long.expected : 1 }

  /// How open the list is to words that begin or end with a character: how many it has, over how many it should have. With one word
  /// more that it should have, to which it is as open as to others, as of a few words a share tells nothing.
  func openness(to scalar: UInt32, isLast: Bool, isLong: Bool) -> Float {
    let count = counts[Self.place(scalar, isLast: isLast, isLong: isLong)]
    return (count.listed + usual(isLong: isLong)) / (count.expected + 1)
  }

  /// How open the list is to words that begin and end so.
  func openness(to shape: WordShape) -> Float {
    let isLong = shape.length > 2
    return openness(to: shape.first, isLast: false, isLong: isLong) * openness(to: shape.last, isLast: true, isLong: isLong)
      / usual(isLong: isLong)
  }
}
