/// How many words a list has that begin or end with a character, and how many it should have if its convention parted no longer ones; of
/// two characters, and of more.
struct AffixCounts {
  private struct Count {
    var listed: Float = 0
    /// So many of those that sources know as it should have.
    var expected: Float = 0
  }
  /// Of each character: words of two characters that begin with it, longer ones, words of two that end with it, longer ones.
  static let kinds = 4
  private var counts = [Count](repeating: Count(), count: kinds << 16)
  /// Of all longer words; two more of both, for a list that tells nothing.
  private var long = Count(listed: 2, expected: 2)

  init(_ known: [KnownWord], _ coverage: ShapeCoverage) {
    for word in known {
      let share = coverage.wholeShare(of: word)
      func add(to count: inout Count) {
        count.expected += share
        if word.isListed { count.listed += 1 }
      }
      if word.shape.length > 2 { add(to: &long) }
      let places = Self.places(word.shape)
      add(to: &counts[places.first])
      add(to: &counts[places.last])
    }
  }

  /// Where the kinds of a character begin; those outside of the basic plane count together.
  static func place(_ scalar: UInt32) -> Int { Int(min(scalar, 0xFFFF)) * kinds }

  private static func places(_ shape: WordShape) -> (first: Int, last: Int) {
    let isLong = shape.length > 2 ? 1 : 0
    return (place(shape.first) + isLong, place(shape.last) + 2 + isLong)
  }

  /// How open the list is to longer words; to words of two characters: 1.
  private func usual(_ place: Int) -> Float { place % 2 == 1 ? long.listed / long.expected : 1 }

  /// How open the list is to the words of each kind of each character: how many it has, over how many it should have. With one word
  /// more that it should have, to which it is as open as to others, as of a few words a share tells nothing.
  var openness: [Float] { counts.indices.map { openness(at: $0) } }

  private func openness(at place: Int) -> Float { (counts[place].listed + usual(place)) / (counts[place].expected + 1) }

  /// How open the list is to words that begin and end so.
  func openness(to shape: WordShape) -> Float {
    let places = Self.places(shape)
    return openness(at: places.first) * openness(at: places.last) / usual(places.first)
  }
}
