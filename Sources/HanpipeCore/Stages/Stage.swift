/// One step of a pipeline: turns a batch of `Input` into a batch of `Output`, record for record.
///
/// A conformer promises, and `StageContract` checks, that
/// - `process(x).count == x.count`, in the same order, the empty batch included;
/// - a record's output does not depend on the records beside it;
/// - `process` may be called from several threads at once.
public protocol Stage<Input, Output>: Sendable {
  associatedtype Input: StageValue
  associatedtype Output: StageValue
  func process(_ input: Input) throws -> Output
  /// What is known of the output, given what is known of the input. The default passes it on.
  func outputShape(for input: ValueShape) -> ValueShape
  /// What must be the same where the pipeline is trained and where it serves, such as a library's version. Recorded in
  /// model directories, and checked when one is loaded. The default is empty.
  var identity: [String: String] { get }
  /// What was wrong when the stage was made, and did not keep it from being made. Told once. The default is empty.
  var warnings: [String] { get }
}
extension Stage {
  public func outputShape(for input: ValueShape) -> ValueShape { input }
  public var identity: [String: String] { [:] }
  public var warnings: [String] { [] }
}

/// A stage that can compute itself and the stage after it in one go, where that saves writing the value between them.
public protocol MergingStage<Input, Output>: Stage {
  /// Both as one stage that gives what the two would, floats to rounding; nil for a successor that it does not know.
  func merged(with next: any Stage) -> (any Stage)?
}

/// A stage that a spec can name.
public protocol NamedStage<Input, Output>: Stage {
  /// Usually a nested struct; `NoConfiguration` where a spec can set nothing.
  associatedtype Configuration: StageConfiguration = NoConfiguration
  /// The value of the spec's `type` key, for example `"icu"`.
  static var type: StageType { get }
  /// One line for `hanpipe stages`.
  static var summary: String { get }
  /// What is known of the output before anything is learned: `outputShape(for:)` of a stage that does not exist yet. The default
  /// passes the input's on.
  static func outputShape(_ configuration: Configuration, for input: ValueShape) -> ValueShape
}
extension NamedStage {
  public static var summary: String { "" }
  public static func outputShape(_ configuration: Configuration, for input: ValueShape) -> ValueShape { input }
}

/// A stage that its configuration says everything about.
public protocol ConfiguredStage<Input, Output>: NamedStage {
  init(_ configuration: Configuration, _ context: StageContext) throws
}

/// A stage that also needs what was learned from data. It cannot exist without it.
public protocol LearnedStage<Input, Output>: NamedStage {
  associatedtype State: StageState
  var state: State { get }
  /// - Throws: `StateError` if the state does not fit the configuration or the input's shape (`context.input`).
  init(_ configuration: Configuration, state: State, _ context: StageContext) throws
}

/// A learned stage whose state comes from one pass of counting, in bounded memory.
public protocol FittableStage<Input, Output>: LearnedStage {
  associatedtype Fitter: StageFitter where Fitter.Input == Input, Fitter.State == State
  static func fitter(_ configuration: Configuration) -> Fitter
}

/// Counts what passes by, then says what it learned.
public protocol StageFitter<Input, State>: Sendable {
  associatedtype Input: StageValue
  associatedtype State: StageState
  mutating func observe(_ input: Input) throws
  consuming func finish() throws -> State
}

/// A stage that gradients flow through.
public protocol DifferentiableStage<Input, Output>: NamedStage
where Input: DifferentiableValue, Output: DifferentiableValue {
  /// Adds the gradients of the loss with respect to the stage's parameters to `gradients` (empty for a stage without), and
  /// returns the one with respect to the input.
  typealias Pullback = (_ outputGradient: Output.Gradient, _ gradients: inout Gradients) -> Input.Gradient
  /// Like `process`, keeping in `pullback` what the way back needs; dropout and the like are active.
  func forward(_ input: Input, _ pass: TrainingPass) throws -> (output: Output, pullback: Pullback)
}

/// A learned stage whose state is a set of parameters that gradient descent finds.
public protocol TrainableStage<Input, Output>: LearnedStage, DifferentiableStage where State == Parameters {
  /// Where learning starts.
  /// - Parameter input: what the stages before give: the vocabulary's size, the width of a step or vector.
  static func initialParameters(
    _ configuration: Configuration, input: ValueShape, _ generator: inout some RandomNumberGenerator
  ) throws -> Parameters
  /// The optimiser writes here, in place, between steps.
  var state: Parameters { get set }
}

/// The value of a spec's `type` key.
public struct StageType: RawRepresentable, Hashable, Sendable, Comparable, ExpressibleByStringLiteral,
  CustomStringConvertible
{
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  public init(stringLiteral value: String) { rawValue = value }
  public var description: String { rawValue }
  public static func < (a: StageType, b: StageType) -> Bool { a.rawValue < b.rawValue }
}

/// What a stage may know of the world around it: it opens no path of its own.
public struct StageContext: Sendable {
  /// The files that the spec names.
  public var resource: ResourceReader
  /// What is known of the stage's input.
  public var input: ValueShape
  /// The stages that a pipeline inside of this stage can name, and what code from outside may run.
  public var registry: StageRegistry

  public init(input: ValueShape = ValueShape(), registry: StageRegistry = StageRegistry(), resource: ResourceReader) {
    self.resource = resource
    self.input = input
    self.registry = registry
  }
  /// Files that `resource` gives.
  public init(
    input: ValueShape = ValueShape(), registry: StageRegistry = StageRegistry(),
    resource: @escaping @Sendable (ResourcePath) throws -> [UInt8]
  ) {
    self.init(input: input, registry: registry, resource: ResourceReader(resource))
  }
  /// No file to find: for stages that need none.
  public static let none = StageContext(resource: .none)
  /// No file to find, and this input.
  public static func input(_ shape: ValueShape) -> StageContext { StageContext(input: shape, resource: .none) }
}

extension StageContext {
  /// What `parse` makes of a file that the spec names, and the file's SHA-256, for the stage's identity.
  /// - Throws: `FileError` around what `parse` throws; what reading throws.
  public func parsed<Value>(_ file: ResourcePath, _ parse: ([UInt8]) throws -> Value) throws -> (value: Value, hash: String) {
    let bytes = try resource(file)
    do { return (try parse(bytes), SHA256.hex(bytes)) } catch { throw FileError(file.path, error) }
  }
}

extension StageContext {
  /// What `make` gives, once for all stages of a chain that ask with an equal key for a value of this type.
  package func shared<Key: Equatable & Sendable, Value: Sendable>(_ key: Key, _ make: () throws -> Value) rethrows -> Value {
    try resource.shared?.result(key, make) ?? make()
  }
}

/// What the records of one shard of a training step have in common.
public struct TrainingPass: Sendable {
  /// Differs from step to step.
  public var seed: UInt64
  /// The number of the shard's first record in the whole batch.
  public var firstRecord: Int
  /// Whether the function that the model answers by is wanted, and its gradient, as they are: nothing dropped, no gradient cut off.
  public private(set) var isExact = false
  public init(seed: UInt64, firstRecord: Int = 0) {
    self.seed = seed
    self.firstRecord = firstRecord
  }
  /// A pass that is no training: for gradients that explain an answer.
  public static let exact: TrainingPass = {
    var pass = TrainingPass(seed: 0)
    pass.isExact = true
    return pass
  }()
  /// The same with another seed: for a stage inside of a stage.
  public func seeded(_ seed: UInt64) -> TrainingPass {
    var pass = self
    pass.seed = seed
    return pass
  }
  /// The share to drop where a configuration says `rate`.
  public func dropout(_ rate: Double) -> Double { isExact ? 0 : rate }
  /// Random numbers for one record (counted in the shard) and one use of them, the same however the batch is cut.
  public func generator(record: Int, use: Int = 0) -> SeededGenerator {
    SeededGenerator(seed: seed, UInt64(firstRecord + record), UInt64(use))
  }
}
