/// Sequences of codes that a trie is to hold, one after the other in one array, each with what belongs to it.
struct TrieEntries {
  private var codes: [UInt16] = []
  private var starts: [UInt32] = [0]
  private(set) var payloads: [DoubleArrayTrie.Payload] = []

  var count: Int { payloads.count }

  /// Adds a sequence (not empty); of several equal ones the last counts.
  mutating func append(_ sequence: some Sequence<UInt16>, _ payload: DoubleArrayTrie.Payload) {
    codes.append(contentsOf: sequence)
    starts.append(UInt32(codes.count))
    payloads.append(payload)
  }

  @inline(__always)
  func codes(of entry: Int) -> ArraySlice<UInt16> { codes[Int(starts[entry])..<Int(starts[entry + 1])] }

  /// Code `depth` of an entry; nil behind its end.
  @inline(__always)
  func code(_ depth: Int, of entry: Int) -> UInt16? {
    let place = Int(starts[entry]) + depth
    return place < Int(starts[entry + 1]) ? codes[place] : nil
  }

  /// The entries in the order of their codes, without those that another one replaces, and what number each had before.
  func sorted() -> (entries: TrieEntries, numbers: [Int]) {
    let numbers = order
    var entries = TrieEntries()
    entries.codes.reserveCapacity(codes.count)
    for number in numbers { entries.append(codes(of: number), payloads[number]) }
    return (entries, numbers)
  }

  /// Sorted by the first four codes as one number: few sequences differ behind them.
  private var order: [Int] {
    var keys = payloads.indices.map { entry in
      var key: UInt64 = 0
      for depth in 0..<4 { key = key << 16 | UInt64(code(depth, of: entry) ?? 0) }
      return (key: key, entry: UInt32(entry))
    }
    keys.sort { a, b in
      if a.key != b.key { return a.key < b.key }
      let (left, right) = (codes(of: Int(a.entry)), codes(of: Int(b.entry)))
      if left.elementsEqual(right) { return a.entry < b.entry }
      return left.lexicographicallyPrecedes(right)
    }
    var order: [Int] = []
    order.reserveCapacity(keys.count)
    for (i, key) in keys.enumerated() {
      let entry = Int(key.entry)
      if i + 1 < keys.count, keys[i + 1].key == key.key, codes(of: Int(keys[i + 1].entry)).elementsEqual(codes(of: entry)) { continue }
      order.append(entry)
    }
    return order
  }
}
