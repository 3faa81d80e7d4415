/// Lays sequences of codes out as a double array.
///
/// Places are taken first fit, from a set of free ones that is searched 64 at a time. A node of several children whose search was long
/// moves the beginning of later such searches, so that building stays near linear, as Yata's darts-clone gives nearly full blocks up; nodes
/// of one child, which are most, fill what is left.
struct DoubleArrayBuilder {
  private let entries: TrieEntries
  private let block: Int
  /// Places that are looked at in vain before what is free there counts as too scattered to be worth more searching.
  private let patience: Int
  private var nodes: [DoubleArrayTrie.Node] = []
  /// A bit for each place that no node has.
  private var free: [UInt64] = []
  /// No place before it is free.
  private var firstFree = 1
  /// No place before it is looked at for so many children: for 2 or 3, for 4 to 7, and so on.
  private var searchStarts = [Int](repeating: 1, count: 17)
  /// Of the node that is placed: the codes of its children, and where the entries of each begin.
  private var childCodes: [UInt16] = []
  private var childStarts: [Int] = []

  private init(_ entries: TrieEntries, codes: Int, patience: Int) {
    self.entries = entries
    self.patience = patience
    // Whole words of the set of free places.
    var block = 64
    while block < codes { block *= 2 }
    self.block = block
    grow()
    take(DoubleArrayTrie.root)
  }

  /// The nodes of a trie.
  /// - Parameters:
  ///   - entries: in the order of their codes, no two with the same.
  ///   - codes: one more than the highest code.
  ///   - isCompact: whether a small array is worth a long search: 1 s for 150,000 entries, and a quarter less.
  static func build(_ entries: TrieEntries, codes: Int, isCompact: Bool = false) -> [DoubleArrayTrie.Node] {
    var builder = DoubleArrayBuilder(entries, codes: codes, patience: isCompact ? 65_536 : 32)
    // Level by level: the wide nodes first.
    var level: [(node: Int, range: Range<Int>)] = [(DoubleArrayTrie.root, 0..<entries.count)]
    var depth = 0
    while !level.isEmpty {
      var next: [(node: Int, range: Range<Int>)] = []
      for (node, range) in level { builder.place(node, range, depth, &next) }
      next.sort { $0.range.count > $1.range.count }
      level = next
      depth += 1
    }
    return builder.nodes
  }

  private mutating func grow() {
    nodes.append(contentsOf: repeatElement(DoubleArrayTrie.Node(), count: block))
    free.append(contentsOf: repeatElement(.max, count: block / 64))
  }

  private func isFree(_ place: Int) -> Bool { free[place >> 6] >> UInt64(place & 63) & 1 != 0 }
  private mutating func take(_ place: Int) { free[place >> 6] &= ~(1 << UInt64(place & 63)) }

  /// The first free place from `start` on, which there is at the end at the latest.
  private mutating func nextFree(from start: Int) -> Int {
    var word = start >> 6
    if word >= free.count { grow() }
    var bits = free[word] & (.max << UInt64(start & 63))
    while bits == 0 {
      word += 1
      if word == free.count { grow() }
      bits = free[word]
    }
    return word << 6 + bits.trailingZeroBitCount
  }

  /// Places the children of a node whose first `depth` codes the entries of `range` share.
  private mutating func place(_ node: Int, _ range: Range<Int>, _ depth: Int, _ next: inout [(node: Int, range: Range<Int>)]) {
    childCodes.removeAll(keepingCapacity: true)
    childStarts.removeAll(keepingCapacity: true)
    for i in range {
      guard let code = entries.code(depth, of: i), code != childCodes.last else { continue }
      childCodes.append(code)
      childStarts.append(i)
    }
    guard !childCodes.isEmpty else { return }
    let base = freeBase()
    nodes[node].base = UInt32(base)
    for (i, code) in childCodes.enumerated() {
      let child = base ^ Int(code)
      take(child)
      nodes[child].check = UInt32(node + 1)
      let own = childStarts[i]..<(i + 1 < childStarts.count ? childStarts[i + 1] : range.upperBound)
      // The shortest entry comes first: the one that ends here, if any does.
      let first = own.lowerBound
      let ends = entries.code(depth + 1, of: first) == nil
      if ends { nodes[child].payload = entries.payloads[first] }
      if !ends || own.count > 1 { next.append((child, own)) }
    }
  }

  /// A base from which every child's place is free.
  private mutating func freeBase() -> Int {
    firstFree = nextFree(from: firstFree)
    if childCodes.count == 1 { return firstFree ^ Int(childCodes[0]) }
    let width = Int.bitWidth - childCodes.count.leadingZeroBitCount - 1
    let start = max(searchStarts[width], firstFree)
    var place = nextFree(from: start)
    var misses = 0
    while true {
      let base = place ^ Int(childCodes[0])
      if childCodes.allSatisfy({ isFree(base ^ Int($0)) }) { break }
      misses += 1
      place = nextFree(from: place + 1)
    }
    searchStarts[width] = misses > patience ? start + (place - start) / 2 : start
    return place ^ Int(childCodes[0])
  }
}
