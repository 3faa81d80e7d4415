/// How the bytes of a changed text correspond to those of the original: a list of replaced stretches, with everything
/// between them unchanged but shifted.
///
/// A position inside a replaced stretch belongs to the whole stretch: what starts there starts where the stretch starts in
/// the original, what ends there ends where it ends.
struct TextAlignment: Sendable, Equatable {
  /// `new` in the changed text stands for `old` in the original. Rising and disjoint in both.
  struct Stretch: Sendable, Equatable {
    var old: Range<Int>
    var new: Range<Int>
  }
  private(set) var stretches: [Stretch] = []

  init(_ edits: [TextEdit]) {
    var shift = 0
    stretches.reserveCapacity(edits.count)
    for edit in edits {
      let start = edit.range.lowerBound + shift
      stretches.append(Stretch(old: edit.range, new: start..<start + edit.replacement.count))
      shift += edit.replacement.count - edit.range.count
    }
  }

  private init(_ stretches: [Stretch]) { self.stretches = stretches }

  /// - Complexity: O(log(stretches)).
  func originalRange(of range: Range<Int>) -> Range<Int> {
    if stretches.isEmpty { return range }
    if range.isEmpty {
      let at = original(range.lowerBound, isEnd: false)
      return at..<at
    }
    let lower = original(range.lowerBound, isEnd: false)
    return lower..<max(lower, original(range.upperBound, isEnd: true))
  }

  /// A start that stands in a stretch (or at its beginning) maps to the stretch's old start; an end that stands in one (or
  /// at its end) to its old end.
  private func original(_ position: Int, isEnd: Bool) -> Int {
    // The first stretch that reaches `position` or beyond.
    var low = 0, high = stretches.count
    while low < high {
      let middle = (low + high) / 2
      let end = stretches[middle].new.upperBound
      if isEnd ? end < position : end <= position { low = middle + 1 } else { high = middle }
    }
    if low < stretches.count {
      let stretch = stretches[low]
      if isEnd ? stretch.new.lowerBound < position : stretch.new.lowerBound <= position {
        return isEnd ? stretch.old.upperBound : stretch.old.lowerBound
      }
    }
    guard low > 0 else { return position }
    return position - stretches[low - 1].new.upperBound + stretches[low - 1].old.upperBound
  }

  /// The alignment of a text that was changed by `self` and then by `next`.
  ///
  /// Stretches of the two that overlap or touch in the text between become one.
  func followed(by next: TextAlignment) -> TextAlignment {
    if stretches.isEmpty { return next }
    if next.stretches.isEmpty { return self }
    var result: [Stretch] = []
    var i = 0, j = 0
    // How far the middle text is shifted against the original and the new text, outside of all stretches so far.
    var oldShift = 0, newShift = 0
    while i < stretches.count || j < next.stretches.count {
      // `self`'s stretches lie in the middle text as `new`, `next`'s as `old`. Take the group that hangs together.
      var middle: Range<Int>
      if j == next.stretches.count || (i < stretches.count && stretches[i].new.lowerBound <= next.stretches[j].old.lowerBound) {
        middle = stretches[i].new
      } else {
        middle = next.stretches[j].old
      }
      let oldStart = middle.lowerBound + oldShift, newStart = middle.lowerBound + newShift
      var grew = true
      while grew {
        grew = false
        while i < stretches.count, stretches[i].new.lowerBound <= middle.upperBound {
          middle = middle.lowerBound..<max(middle.upperBound, stretches[i].new.upperBound)
          oldShift = stretches[i].old.upperBound - stretches[i].new.upperBound
          i += 1
          grew = true
        }
        while j < next.stretches.count, next.stretches[j].old.lowerBound <= middle.upperBound {
          middle = middle.lowerBound..<max(middle.upperBound, next.stretches[j].old.upperBound)
          newShift = next.stretches[j].new.upperBound - next.stretches[j].old.upperBound
          j += 1
          grew = true
        }
      }
      result.append(
        Stretch(old: oldStart..<middle.upperBound + oldShift, new: newStart..<middle.upperBound + newShift))
    }
    return TextAlignment(result)
  }
}
