/// A stage that is made of chains of stages, some of which may learn by counting and some by gradients.
///
/// What comes before the first stage of a chain that gradients reach gives the same in every epoch: `prepare` computes it once, and
/// training then starts from there.
public protocol CompositeStage<Input, Output>: Stage where Output: DifferentiableValue {
  associatedtype Prepared: DifferentiableValue

  /// What the stages give that no gradient reaches.
  func prepare(_ input: Input) throws -> Prepared
  /// `process(x)` is `process(prepared: prepare(x))`.
  func process(prepared: Prepared) throws -> Output
  /// Like `process`, keeping in `pullback` what the way back needs; dropout and the like are active.
  func forward(
    prepared: Prepared, _ pass: TrainingPass
  ) throws -> (output: Output, pullback: (_ outputGradient: Output.Gradient, _ gradients: inout Gradients) throws -> Prepared.Gradient)
  /// The gradient with respect to what was prepared, as one with respect to the input; nil if gradients do not reach the input.
  func inputGradient(_ gradient: Prepared.Gradient) -> (any Sendable)?

  /// What attribution starts from: `prepare` for chains whose first stages with gradients look vectors up, and for each array of
  /// products of `scaled` from which words they come.
  /// - Parameter places: of the input, if it is made of words or ids.
  /// - Throws: `AttributionError`, and what stages throw.
  func attributionInput(_ input: Input, _ places: TextPlaces?) throws -> (prepared: Prepared, places: [TextPlaces])
  /// As `AttributableStage.scaled`, with products of each chain that looks vectors up.
  func scaled(
    prepared: Prepared, by factors: [Float]
  ) throws -> (output: Output, products: (_ outputGradient: Output.Gradient) throws -> [[Float]])

  /// What its chains give in an exported network, as one value.
  /// - Throws: `ExportError.stage` if they give no such values.
  func exported(_ parts: [any Sendable], to graph: inout NetworkGraph) throws(ExportError) -> any Sendable

  /// The chains that it is made of; each reads the stage's input.
  var chains: [Pipeline] { get }
  /// Whether gradients reach the input.
  var isDifferentiable: Bool { get }
  /// The parameters of all stages, under names that say whose they are.
  var parameters: Parameters { get }
  /// Lends them in place: no copy, as long as nobody else holds them.
  mutating func withParameters<R, E: Error>(_ body: (inout Parameters) throws(E) -> R) throws(E) -> R
  /// What all stages learned.
  func writtenState() throws -> StateWriter
}

/// What the branches of a composite stage take when training starts: a batch each, of the same records.
public struct BranchValues: DifferentiableValue {
  /// A gradient for each branch, of that branch's own type.
  public typealias Gradient = [any Sendable]
  public static let kind: ValueKind = "branches"
  public let values: [any DifferentiableValue]

  /// - Precondition: at least one, all with as many records.
  public init(_ values: [any DifferentiableValue]) {
    precondition(values.allSatisfy { $0.count == values.first?.count }, "branches with the same records")
    self.values = values
  }
  public var count: Int { values.first?.count ?? 0 }
  public func length(of record: Int) -> Int { values.map { $0.length(of: record) }.max() ?? 1 }
  public subscript(records: Range<Int>) -> BranchValues {
    func part<V: DifferentiableValue>(_ value: V) -> any DifferentiableValue { value[records] as V }
    return BranchValues(values.map { part($0) })
  }
  public subscript(records: [Int]) -> BranchValues {
    func part<V: DifferentiableValue>(_ value: V) -> any DifferentiableValue { value[records] as V }
    return BranchValues(values.map { part($0) })
  }
  public static func joined(_ parts: [BranchValues]) -> BranchValues? {
    guard let first = parts.first, parts.allSatisfy({ $0.values.count == first.values.count }) else { return nil }
    func join<V: DifferentiableValue>(_: V, _ branch: Int) -> (any DifferentiableValue)? {
      let same = parts.compactMap { $0.values[branch] as? V }
      return same.count == parts.count ? V.joined(same) : nil
    }
    let joined = first.values.indices.compactMap { join(first.values[$0], $0) }
    return joined.count == first.values.count ? BranchValues(joined) : nil
  }
  public func matches(_ other: BranchValues) -> Bool {
    func match<V: DifferentiableValue>(_ a: V, _ b: any DifferentiableValue) -> Bool { (b as? V).map(a.matches) ?? false }
    return values.count == other.values.count && values.indices.allSatisfy { match(values[$0], other.values[$0]) }
  }
}
