public import HanpipeCore

/// The settings of `ngrams`.
public struct NGramConfiguration: StageConfiguration {
  public var orders = [1, 2, 3]
  public var window = 2
  public var bag = false
  public var buckets = 1 << 18
  public var minimumCount = 1
  public var criteria = 0
  public init() {}
  public static let settings: [Setting<Self>] = [
    Setting("orders", \.orders, "Lengths n of the n-grams, each from 1 to 8."),
    Setting("window", \.window, in: 0...16, "How many tokens before and behind its own a token sees."),
    Setting(
      "bag", \.bag,
      "Each n-gram once, at its first token, its place no part of it: for the mean over a record. Without, each token has all in its "
        + "window."),
    Setting("buckets", \.buckets, in: 2...(1 << 28), "Ids that n-grams are hashed to."),
    Setting("minimumCount", \.minimumCount, in: 1...NGramFilter.largestCount, "Rarer n-grams have no id."),
    Setting(
      "criteria", \.criteria, in: 0...CriterionMark.limit,
      "Of how many conventions of `criterion` n-grams have an id of their own too, beside the one for all."),
  ]
  public static var schemaRules: JSONObject {
    func longest(_ order: Int) -> JSON { ["properties": ["orders": ["items": ["maximum": .integer(order)]]]] }
    // Unless they are a bag, a small window has room for short ones only; the standard orders do not fit into the smallest.
    let rooms: [JSON] = (0...3).map { window in
      ["if": ["properties": ["window": ["maximum": .integer(window)]], "required": ["window"]], "then": longest(2 * window + 1)]
    }
    let alone: JSON = ["if": ["properties": ["window": ["maximum": 0]], "required": ["window"]], "then": ["required": ["orders"]]]
    let standard: JSON = ["if": ["required": ["window"]], "else": longest(2 * Self().window + 1)]
    return [
      "properties": ["orders": ["minItems": 1, "uniqueItems": true, "items": ["minimum": 1, "maximum": 8]]],
      "if": ["properties": ["bag": ["const": true]], "required": ["bag"]], "else": ["allOf": .array(rooms + [alone, standard])],
    ]
  }
  public func validate(at path: SpecPath) throws(SpecError) {
    let longest = bag ? 8 : min(8, 2 * window + 1)
    guard !orders.isEmpty, Set(orders).count == orders.count, orders.allSatisfy({ 1...longest ~= $0 }) else {
      let reason = longest < 8 ? ", as 2 · window + 1 is \(longest)" : ""
      throw .badValue(path["orders"], found: orders.json.description, allowed: "different integers from 1 to \(longest)\(reason)")
    }
  }
  /// (n, first token relative to the own one) of each slot.
  var slots: [(order: Int, first: Int)] {
    orders.sorted().flatMap { order in (bag ? 0...0 : -window...window - order + 1).map { (order, $0) } }
  }
  /// How many tokens before the first or behind the last one an n-gram may begin or end.
  var reach: Int { bag ? (orders.max() ?? 1) - 1 : window }
}

/// The n-grams around each token, hashed: "the trick" of Weinberger et al. 2009 (arXiv:0902.2206), as in fastText (Joulin et al. 2016,
/// arXiv:1607.01759), with the place of the n-gram as part of it, as in the templates of linear taggers.
///
/// Of a token at step t, with `"window": 2`, the n-grams are those of the tokens t − 2 … t + 2; before and behind a record stand
/// tokens of their own. With `"bag": true` a token has those that begin with it, and where they stand is no part of them. Ids are
/// 0..<buckets; different n-grams may share one.
public struct NGramFeatures: ConfiguredStage, AlignedStage {
  public static let type: StageType = "ngrams"
  public static let summary = "The n-grams of tokens around each token, hashed to ids."
  public typealias Configuration = NGramConfiguration

  private let hasher: NGramHasher
  public init(_ configuration: NGramConfiguration, _ context: StageContext) { hasher = NGramHasher(configuration) }
  public static func outputShape(_ configuration: NGramConfiguration, for input: ValueShape) -> ValueShape {
    NGramHasher(configuration).shape
  }
  public func outputShape(for input: ValueShape) -> ValueShape { hasher.shape }
  /// - Complexity: O(tokens · slots), and the bytes of the tokens.
  public func process(_ tokens: Tokens) -> FeatureIDs { hasher.features(tokens, filter: nil) }
  public func origins(of output: FeatureIDs, in tokens: Tokens) -> [Range<Int>] { hasher.origins(tokens, filter: nil) }
}

/// The same without the n-grams that the training texts hold too seldom: those say nothing that can be trusted, and leave the ids to
/// the others.
public struct FrequentNGramFeatures: FittableStage, AlignedStage {
  public static let type = NGramFeatures.type
  public static let summary = NGramFeatures.summary
  public typealias Configuration = NGramConfiguration

  public let state: NGramFilter
  private let hasher: NGramHasher
  public init(_ configuration: NGramConfiguration, state: NGramFilter, _ context: StageContext) {
    self.state = state
    hasher = NGramHasher(configuration)
  }
  public static func outputShape(_ configuration: NGramConfiguration, for input: ValueShape) -> ValueShape {
    NGramHasher(configuration).shape
  }
  public func outputShape(for input: ValueShape) -> ValueShape { hasher.shape }
  public func process(_ tokens: Tokens) -> FeatureIDs { hasher.features(tokens, filter: state) }
  public func origins(of output: FeatureIDs, in tokens: Tokens) -> [Range<Int>] { hasher.origins(tokens, filter: state) }

  public static func fitter(_ configuration: NGramConfiguration) -> NGramCounter { NGramCounter(configuration) }
}

/// Counts n-grams as they pass by, in 4 MB.
public struct NGramCounter: StageFitter {
  private let hasher: NGramHasher
  private let minimumCount: Int
  private var counts = [UInt8](repeating: 0, count: NGramFilter.size)

  init(_ configuration: NGramConfiguration) {
    hasher = NGramHasher(configuration)
    minimumCount = configuration.minimumCount
  }
  public mutating func observe(_ tokens: Tokens) {
    hasher.forEachNGram(tokens) { hash in
      let place = NGramFilter.place(hash)
      if counts[place] < .max { counts[place] += 1 }
    }
  }
  public consuming func finish() -> NGramFilter { NGramFilter(counts.map { Int($0) >= minimumCount }) }
}

/// Which n-grams are frequent enough: a bit for each hash (a Bloom filter with one hash function), so that a few others pass too.
public struct NGramFilter: StageState, Equatable {
  /// Bits.
  static let size = 1 << 22
  static let largestCount = 255
  private static let fileName = "ngrams.filter"
  private(set) var bytes: [UInt8]

  init(_ bits: [Bool]) {
    bytes = [UInt8](repeating: 0, count: Self.size / 8)
    for (i, bit) in bits.enumerated() where bit { bytes[i / 8] |= 1 << UInt8(i % 8) }
  }

  public init(from reader: StateReader) throws {
    bytes = try reader.file(Self.fileName)
    guard bytes.count == Self.size / 8 else {
      throw StateError.malformed(Self.fileName, reason: "\(bytes.count) bytes; expected \(Self.size / 8)")
    }
  }
  public func write(to writer: inout StateWriter) { writer.write(bytes, as: Self.fileName) }

  static func place(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (size - 1) }
  /// Makes those hashes in a range 0 that it does not hold.
  func keep(_ hashes: inout [UInt64], _ range: Range<Int>) {
    let bytes = bytes.span
    var hashes = hashes.mutableSpan
    for i in range {
      let place = Self.place(hashes[i])
      // No branch, which would have to wait for the bit from memory.
      hashes[i] &= 0 &- UInt64(bytes[place >> 3] >> UInt8(truncatingIfNeeded: place & 7) & 1)
    }
  }
}
