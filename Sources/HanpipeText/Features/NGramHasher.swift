import HanpipeCore

/// Hashes the n-grams of tokens. The same on every machine and in every version, as stored weights depend on it.
struct NGramHasher: Sendable {
  private let slots: [(order: Int, first: Int)]
  private let reach: Int
  private let orders: [Int]
  private let buckets: UInt64
  private let criteria: Int

  init(_ configuration: NGramConfiguration) {
    slots = configuration.slots
    reach = configuration.reach
    orders = configuration.orders.sorted()
    buckets = UInt64(configuration.buckets)
    criteria = configuration.criteria
  }

  var shape: ValueShape { ValueShape(vocabularySize: Int(buckets)) }

  /// How often each n-gram has ids: once for all, and once for the record's convention.
  private var copies: Int { criteria > 0 ? 2 : 1 }

  /// For each token an id for each slot and copy.
  /// - Parameter filter: n-grams that it does not hold have none.
  func features(_ tokens: Tokens, filter: NGramFilter?) -> FeatureIDs {
    let idsPerStep = slots.count * copies
    var ids = [Int32](repeating: FeatureIDs.none, count: tokens.spans.count * idsPerStep)
    var grams = Grams()
    for record in 0..<tokens.count where tokens.length(of: record) > 0 {
      let criterion = criterion(tokens, record)
      hash(tokens, record, into: &grams)
      for copy in 0..<(criterion == nil ? 1 : copies) {
        if copy == 1, let criterion { grams.mark(UInt64(criterion) + 1) }
        if let filter { grams.keep(orders, filter) }
        let steps = tokens.starts[record]..<tokens.starts[record + 1]
        for (slot, place) in slots.enumerated() {
          fill(&ids, steps, slot: copy * slots.count + slot, of: idsPerStep, grams.hashes[place.order - 1], from: reach + place.first)
        }
      }
    }
    return FeatureIDs(ids, starts: tokens.starts, slots: idsPerStep)
  }

  /// For each id of `features` the tokens of its n-gram that stand in the record; none where it lies before or behind it.
  func origins(_ tokens: Tokens) -> [Range<Int>] {
    (0..<tokens.count).flatMap { record -> [Range<Int>] in
      let count = tokens.length(of: record)
      func inside(_ step: Int) -> Int { min(count, max(0, step)) }
      return (0..<count).flatMap { step in
        let own = slots.map { inside(step + $0.first)..<inside(step + $0.first + $0.order) }
        return (0..<copies).flatMap { _ in own }
      }
    }
  }

  /// Writes one slot of all steps of a record.
  /// - Parameter first: where the n-gram of the first step stands.
  private func fill(
    _ ids: inout [Int32], _ steps: Range<Int>, slot: Int, of idsPerStep: Int, _ hashes: [UInt64], from first: Int
  ) {
    // Odd, and another one for each slot: the upper half of a product with it is a hash of its own.
    let factor = Grams.join(UInt64(slot) + 1, 0) | 1
    let hashes = hashes.span
    var target = ids.mutableSpan
    var place = steps.lowerBound * idsPerStep + slot
    for i in first..<first + steps.count {
      let hash = hashes[i]
      // 0 marks what the filter does not hold; a real hash of 0 is as rare as any other.
      if hash != 0 { target[place] = Int32(truncatingIfNeeded: (((hash &* factor) >> 32) * buckets) >> 32) }
      place += idsPerStep
    }
  }

  /// Every n-gram that some token sees, once for each place where it stands, and for the record's convention once more.
  func forEachNGram(_ tokens: Tokens, _ body: (UInt64) -> Void) {
    var grams = Grams()
    for record in 0..<tokens.count where tokens.length(of: record) > 0 {
      hash(tokens, record, into: &grams)
      for order in orders { for hash in grams.hashes[order - 1] { body(hash) } }
      guard let criterion = criterion(tokens, record) else { continue }
      grams.mark(UInt64(criterion) + 1)
      for order in orders { for hash in grams.hashes[order - 1] { body(hash) } }
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
  /// hashes[n - 1][i] is that of the n-gram that begins at place i, where place `reach` is the first token.
  private(set) var hashes: [[UInt64]] = []
  /// Not to be found in the filter, and so known to be none.
  private static let begin: UInt64 = 0x6A09_E667_F3BC_C908
  private static let end: UInt64 = 0xBB67_AE85_84CA_A73B

  mutating func read(_ utf8: UnsafeBufferPointer<UInt8>, _ spans: ArraySlice<Tokens.Span>, reach: Int, highest: Int) {
    while hashes.count < highest { hashes.append([]) }
    for n in hashes.indices { hashes[n].removeAll(keepingCapacity: true) }
    hashes[0].reserveCapacity(spans.count + 2 * reach)
    for _ in 0..<reach { hashes[0].append(Self.begin) }
    for span in spans { hashes[0].append(Self.hash(utf8, span.range)) }
    for _ in 0..<reach { hashes[0].append(Self.end) }
    for n in 1..<max(1, highest) {
      let count = max(0, hashes[0].count - n)
      hashes[n].reserveCapacity(count)
      for i in 0..<count { hashes[n].append(Self.join(hashes[n - 1][i], hashes[0][i + n])) }
    }
  }

  /// Makes them the hashes of a convention's own n-grams. What is too rare among all is so in one convention too, and stays 0.
  mutating func mark(_ number: UInt64) {
    for n in hashes.indices {
      for i in hashes[n].indices where hashes[n][i] != 0 { hashes[n][i] = Self.join(hashes[n][i], number) }
    }
  }

  /// Makes those that the filter does not hold 0.
  mutating func keep(_ orders: [Int], _ filter: NGramFilter) {
    for order in orders { filter.keep(&hashes[order - 1]) }
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
