import HanpipeCore

/// Hashes the n-grams of tokens. The same on every machine and in every version, as stored weights depend on it.
struct NGramHasher: Sendable {
  private let slots: [(order: Int, first: Int)]
  private let reach: Int
  private let orders: [Int]
  private let buckets: UInt64
  private let criteria: Int
  /// Odd, and another one for each slot and copy: the upper half of a product with it is a hash of its own.
  private let factors: [UInt64]

  init(_ configuration: NGramConfiguration) {
    slots = configuration.slots
    reach = configuration.reach
    orders = configuration.orders.sorted()
    buckets = UInt64(configuration.buckets)
    criteria = configuration.criteria
    factors = (0..<2 * slots.count).map { Grams.join(UInt64($0) + 1, 0) | 1 }
  }

  var shape: ValueShape { ValueShape(vocabularySize: Int(buckets)) }

  /// For each token an id for each slot: first for all, then, if the record is marked with one, for its convention.
  /// - Parameter filter: n-grams that it does not hold have none.
  func features(_ tokens: Tokens, filter: NGramFilter?) -> FeatureIDs {
    var result = FeatureIDs()
    let total = tokens.starts.last ?? 0
    result.reserveCapacity(steps: total, ids: total * slots.count)
    var (grams, own) = (Grams(), Grams())
    var ids: [Int32] = []
    var ends: [Int] = []
    for record in 0..<tokens.count {
      let hasOwn = read(tokens, record, filter, &grams, &own)
      let steps = tokens.length(of: record)
      if ids.count < steps * slots.count * 2 { ids = [Int32](repeating: 0, count: steps * slots.count * 2) }
      ends.removeAll(keepingCapacity: true)
      let firsts = slots.map { ($0.order - 1) * grams.places + reach + $0.first }
      let count = write(grams.hashes.span, own: own.hashes.span, hasOwn, firsts.span, steps, to: &ids, &ends)
      result.append(ids[..<count], ends: ends)
    }
    return result
  }

  /// Writes the ids of the n-grams that each step sees, for which there is room, and where each step's end.
  /// - Parameters:
  ///   - own: the convention's own hashes, if the record is marked with one.
  ///   - firsts: for each slot where the hashes of the first step's n-gram stand.
  /// - Returns: how many.
  private func write(
    _ hashes: Span<UInt64>, own: Span<UInt64>, _ hasOwn: Bool, _ firsts: Span<Int>, _ steps: Int, to ids: inout [Int32],
    _ ends: inout [Int]
  ) -> Int {
    // Taken once for all steps: each time it is checked that nobody else has the array.
    var target = ids.mutableSpan
    let factors = factors.span
    var count = 0
    for step in 0..<steps {
      write(hashes, firsts, step, factors.extracting(first: firsts.count), to: &target, &count)
      if hasOwn { write(own, firsts, step, factors.extracting(last: firsts.count), to: &target, &count) }
      ends.append(count)
    }
    return count
  }

  /// Hashes a record's n-grams, and those of its convention; false if it is marked with none.
  private func read(_ tokens: Tokens, _ record: Int, _ filter: NGramFilter?, _ grams: inout Grams, _ own: inout Grams) -> Bool {
    hash(tokens, record, into: &grams)
    if let filter { grams.keep(orders, filter) }
    guard let criterion = criterion(tokens, record) else { return false }
    own.copy(grams)
    own.mark(UInt64(criterion) + 1)
    if let filter { own.keep(orders, filter) }
    return true
  }

  /// Writes the ids of the n-grams that a step sees.
  /// - Parameters:
  ///   - firsts: for each slot where the hashes of the first step's n-gram stand.
  ///   - factors: those of all, or of the convention's own.
  ///   - count: how many ids there are.
  @inline(__always)
  private func write(
    _ hashes: Span<UInt64>, _ firsts: Span<Int>, _ step: Int, _ factors: Span<UInt64>, to ids: inout MutableSpan<Int32>,
    _ count: inout Int
  ) {
    var place = count
    for slot in firsts.indices {
      let hash = hashes[firsts[slot] &+ step]
      // Written in any case, and kept if it counts, by arithmetic: which n-grams the filter holds no branch can foresee. 0 marks what it
      // does not hold; a real hash of 0 is as rare as any other.
      ids[place] = Int32(truncatingIfNeeded: (((hash &* factors[slot]) >> 32) &* buckets) >> 32)
      place &+= Int(truncatingIfNeeded: (hash | (0 &- hash)) >> 63)
    }
    count = place
  }

  /// For each id of `features` the tokens of its n-gram that stand in the record; none where it lies before or behind it.
  func origins(_ tokens: Tokens, filter: NGramFilter?) -> [Range<Int>] {
    var origins: [Range<Int>] = []
    var (grams, own) = (Grams(), Grams())
    for record in 0..<tokens.count {
      let hasOwn = read(tokens, record, filter, &grams, &own)
      let count = tokens.length(of: record)
      func inside(_ step: Int) -> Int { min(count, max(0, step)) }
      for step in 0..<count {
        for hashes in hasOwn ? [grams, own] : [grams] {
          for place in slots where hashes.hashes[(place.order - 1) * hashes.places + reach + place.first + step] != 0 {
            origins.append(inside(step + place.first)..<inside(step + place.first + place.order))
          }
        }
      }
    }
    return origins
  }

  /// Every n-gram that some token sees, once for each place where it stands, and for the record's convention once more.
  func forEachNGram(_ tokens: Tokens, _ body: (UInt64) -> Void) {
    var grams = Grams()
    for record in 0..<tokens.count where tokens.length(of: record) > 0 {
      hash(tokens, record, into: &grams)
      for order in orders { for hash in grams.hashes(order) { body(hash) } }
      guard let criterion = criterion(tokens, record) else { continue }
      grams.mark(UInt64(criterion) + 1)
      for order in orders { for hash in grams.hashes(order) { body(hash) } }
    }
  }

  /// The convention that a record is marked with, if it is one that has ids of its own.
  private func criterion(_ tokens: Tokens, _ record: Int) -> Int? {
    guard criteria > 0, let first = tokens.spans(of: record).first,
      let number = CriterionMark.number(tokens.utf8(of: first, record: record))
    else { return nil }
    return number < criteria ? number : nil
  }

  private func hash(_ tokens: Tokens, _ record: Int, into grams: inout Grams) {
    tokens.texts.utf8(of: record).withUnsafeBufferPointer { utf8 in
      grams.read(utf8, tokens.spans(of: record), reach: reach, highest: orders.last ?? 1)
    }
  }
}

/// The hashes of one record's n-grams.
private struct Grams {
  /// hashes[(n - 1) · places + i] is that of the n-gram that begins at place i, where place `reach` is the first token. Of each n
  /// the last n - 1 are 0, as no n-gram begins there.
  private(set) var hashes: [UInt64] = []
  /// The tokens, and what stands for those before and behind them.
  private(set) var places = 0
  /// Not to be found in the filter, and so known to be none.
  private static let begin: UInt64 = 0x6A09_E667_F3BC_C908
  private static let end: UInt64 = 0xBB67_AE85_84CA_A73B

  /// The n-grams' of one n.
  func hashes(_ order: Int) -> ArraySlice<UInt64> {
    let first = (order - 1) * places
    return hashes[first..<first + max(0, places - order + 1)]
  }

  mutating func read(_ utf8: UnsafeBufferPointer<UInt8>, _ spans: ArraySlice<Tokens.Span>, reach: Int, highest: Int) {
    places = spans.count + 2 * reach
    hashes.removeAll(keepingCapacity: true)
    hashes.append(contentsOf: repeatElement(0, count: places * highest))
    Self.read(utf8, spans, reach: reach, places, to: &hashes)
  }

  /// - Parameter hashes: zeros, `places` for each n from 1.
  private static func read(
    _ utf8: UnsafeBufferPointer<UInt8>, _ spans: ArraySlice<Tokens.Span>, reach: Int, _ places: Int, to hashes: inout [UInt64]
  ) {
    var hashes = hashes.mutableSpan
    for i in 0..<reach { (hashes[i], hashes[places - 1 - i]) = (begin, end) }
    var place = reach
    for span in spans {
      hashes[place] = hash(utf8, span.range)
      place += 1
    }
    for n in 1..<max(1, hashes.count / max(1, places)) {
      let first = n * places
      for i in 0..<max(0, places - n) { hashes[first + i] = join(hashes[first - places + i], hashes[i + n]) }
    }
  }

  /// Becomes like another, in the memory that it has.
  mutating func copy(_ other: borrowing Grams) {
    places = other.places
    hashes.removeAll(keepingCapacity: true)
    hashes.append(contentsOf: other.hashes)
  }

  /// Makes them the hashes of a convention's own n-grams. What is too rare among all is so in one convention too, and stays 0.
  mutating func mark(_ number: UInt64) {
    for i in hashes.indices where hashes[i] != 0 { hashes[i] = Self.join(hashes[i], number) }
  }

  /// Makes those that the filter does not hold 0.
  mutating func keep(_ orders: [Int], _ filter: NGramFilter) {
    for order in orders { filter.keep(&hashes, (order - 1) * places..<order * places) }
  }

  /// Of a token's UTF-8.
  private static func hash(_ utf8: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> UInt64 {
    // FNV-1a, and a finaliser for its weak high bits.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for i in range { hash = (hash ^ UInt64(utf8[i])) &* 0x100_0000_01B3 }
    return join(hash, 0)
  }

  /// SplitMix64's finaliser over both (Steele et al. 2014, doi:10.1145/2714064.2660195).
  static func join(_ a: UInt64, _ b: UInt64) -> UInt64 {
    var value = (a &* 0x9E37_79B9_7F4A_7C15) ^ b
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
