/// Lays sequences of codes out as a double array.
///
/// Places are taken first fit. A node whose search was long moves the beginning of later ones, so that building stays near linear:
/// as in Yata's darts-clone, nearly full blocks are given up.
struct DoubleArrayBuilder {
  /// What belongs to one sequence.
  struct Entry {
    var codes: [UInt16]
    var word: Int16 = DoubleArrayTrie.noWord
    var weights = SIMD8<Int8>(repeating: 0)
  }

  private var nodes: [DoubleArrayTrie.Node] = []
  private var isUsed: [Bool] = []
  private let block: Int
  /// No free place before it is looked at.
  private var firstFree = 1

  private init(codes: Int) {
    var block = 1
    while block < codes { block *= 2 }
    self.block = block
    grow(to: block)
    isUsed[DoubleArrayTrie.root] = true
  }

  /// The nodes of a trie.
  /// - Parameters:
  ///   - entries: sorted by their codes, none empty, none twice.
  ///   - codes: one more than the highest code.
  static func build(_ entries: [Entry], codes: Int) -> [DoubleArrayTrie.Node] {
    var builder = DoubleArrayBuilder(codes: codes)
    // The widest nodes first, level by level: the narrow ones fill what is left.
    var level: [(node: Int, range: Range<Int>)] = [(DoubleArrayTrie.root, entries.indices)]
    var depth = 0
    while !level.isEmpty {
      var next: [(node: Int, range: Range<Int>)] = []
      for (node, range) in level { builder.place(node, entries, range, depth, &next) }
      level = next
      depth += 1
    }
    while builder.nodes.count > builder.block, !builder.isUsed[(builder.nodes.count - builder.block)...].contains(true) {
      builder.nodes.removeLast(builder.block)
    }
    return builder.nodes
  }

  private mutating func grow(to count: Int) {
    nodes.append(contentsOf: repeatElement(DoubleArrayTrie.Node(), count: count - nodes.count))
    isUsed.append(contentsOf: repeatElement(false, count: count - isUsed.count))
  }

  private mutating func place(
    _ node: Int, _ entries: [Entry], _ range: Range<Int>, _ depth: Int, _ next: inout [(node: Int, range: Range<Int>)]
  ) {
    var children: [(code: UInt16, range: Range<Int>)] = []
    for i in range where entries[i].codes.count > depth {
      let code = entries[i].codes[depth]
      if let last = children.last, last.code == code {
        children[children.count - 1].range = last.range.lowerBound..<i + 1
      } else {
        children.append((code, i..<i + 1))
      }
    }
    guard !children.isEmpty else { return }
    let base = freeBase(for: children.map(\.code))
    nodes[node].base = UInt32(base)
    for (code, range) in children {
      let child = base ^ Int(code)
      isUsed[child] = true
      nodes[child].check = UInt32(node + 1)
      let first = entries[range.lowerBound]
      if first.codes.count == depth + 1 {
        nodes[child].word = first.word
        nodes[child].weights = first.weights
      }
      next.append((child, range))
    }
  }

  private mutating func freeBase(for codes: [UInt16]) -> Int {
    while firstFree < isUsed.count, isUsed[firstFree] { firstFree += 1 }
    var place = firstFree
    var misses = 0
    while true {
      if place >= isUsed.count { grow(to: isUsed.count + block) }
      if !isUsed[place] {
        let base = place ^ Int(codes[0])
        if codes.allSatisfy({ !isUsed[base ^ Int($0)] }) {
          // Behind so many places in vain, what is free is too scattered to be worth more searching.
          if misses > 1024, codes.count == 1 { firstFree = place }
          return base
        }
        misses += 1
        if misses == 4096, place - firstFree > 4096 { firstFree += (place - firstFree) / 2 }
      }
      place += 1
    }
  }
}
