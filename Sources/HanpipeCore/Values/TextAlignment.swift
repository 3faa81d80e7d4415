/// How the bytes of a batch of changed texts correspond to those of the texts before one round of edits: for each record a
/// list of replaced stretches, with everything between them unchanged but shifted.
///
/// A byte of a replacement stands for the whole stretch that was replaced; any other byte stands for itself. So a range
/// starts where its first byte's counterpart starts, and ends where its last byte's counterpart ends. Several rounds are
/// followed one by one, from the latest to the earliest: joining them beforehand would cost each round a pass, and would
/// make one coarse stretch of two neighbours that were changed apart.
struct TextAlignment: Sendable, Equatable {
  /// `new` in the changed text stands for `old` in the text before. Rising and disjoint in both.
  private struct Stretch: Sendable, Equatable {
    var old: Range<Int>
    var new: Range<Int>
  }
  private var stretches: [Stretch] = []
  /// Record `i` has the stretches `starts[i]..<starts[i + 1]`.
  private var starts: [Int] = [0]

  /// Whether no record was changed.
  var isIdentity: Bool { stretches.isEmpty }

  /// Appends the next record's edits, which have been checked.
  mutating func append(_ edits: [TextEdit]) {
    var shift = 0
    for edit in edits {
      let start = edit.range.lowerBound + shift
      stretches.append(Stretch(old: edit.range, new: start..<start + edit.replacement.count))
      shift += edit.replacement.count - edit.range.count
    }
    starts.append(stretches.count)
  }

  subscript(records: Range<Int>) -> TextAlignment {
    var part = TextAlignment()
    let base = starts[records.lowerBound]
    part.stretches = Array(stretches[base..<starts[records.upperBound]])
    part.starts = starts[records.lowerBound...records.upperBound].map { $0 - base }
    return part
  }

  /// - Complexity: O(log(stretches of the record)).
  func range(before range: Range<Int>, record: Int) -> Range<Int> {
    var low = starts[record]
    var high = starts[record + 1]
    while low < high {
      let middle = (low + high) / 2
      if stretches[middle].new.upperBound <= range.lowerBound { low = middle + 1 } else { high = middle }
    }
    return self.range(before: range, record: record, from: &low)
  }

  /// The same for many ranges, fast where they rise: each search begins where the one before it ended, and what lies between two
  /// stretches is shifted alike.
  func ranges(before ranges: [Range<Int>], record: Int) -> [Range<Int>] {
    var stretch = starts[record]
    var (unchanged, shift) = (0..<0, 0)
    return ranges.map { range in
      if range.lowerBound >= unchanged.lowerBound, range.upperBound <= unchanged.upperBound, !range.isEmpty {
        return range.lowerBound + shift..<range.upperBound + shift
      }
      let result = self.range(before: range, record: record, from: &stretch)
      (unchanged, shift) = self.unchanged(behind: stretch, record: record)
      return result
    }
  }

  /// What lies before a stretch of a record, or behind all, up to the stretch before; and by how much more its bytes stood there.
  private func unchanged(behind stretch: Int, record: Int) -> (bytes: Range<Int>, shift: Int) {
    let end = stretch < starts[record + 1] ? stretches[stretch].new.lowerBound : .max
    guard stretch > starts[record] else { return (0..<end, 0) }
    let before = stretches[stretch - 1]
    return (before.new.upperBound..<end, before.old.upperBound - before.new.upperBound)
  }

  /// - Parameter stretch: one of the record's, or the one behind, from which the search begins; out: where it ended.
  private func range(before range: Range<Int>, record: Int, from stretch: inout Int) -> Range<Int> {
    let first = counterpart(ofByte: range.lowerBound, record: record, from: &stretch)
    // What is empty lies before its byte; after an unchanged text's last byte there is one more such place.
    if range.isEmpty { return first.lowerBound..<first.lowerBound }
    return first.lowerBound..<counterpart(ofByte: range.upperBound - 1, record: record, from: &stretch).upperBound
  }

  private func counterpart(ofByte byte: Int, record: Int, from stretch: inout Int) -> Range<Int> {
    // The record's first stretch that ends behind the byte.
    while stretch < starts[record + 1], stretches[stretch].new.upperBound <= byte { stretch += 1 }
    while stretch > starts[record], stretches[stretch - 1].new.upperBound > byte { stretch -= 1 }
    if stretch < starts[record + 1], stretches[stretch].new.lowerBound <= byte { return stretches[stretch].old }
    guard stretch > starts[record] else { return byte..<byte + 1 }
    let moved = byte - stretches[stretch - 1].new.upperBound + stretches[stretch - 1].old.upperBound
    return moved..<moved + 1
  }
}
