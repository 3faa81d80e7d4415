public import HanpipeCore

/// What a recurrent encoder reads: ids, whose embedding it learns, or steps of floats.
public enum RecurrentSteps: Sendable {
  /// Record i has `ids[starts[i]..<starts[i + 1]]`.
  case ids([Int32], starts: [Int])
  /// Record i has the rows starts[i]..<starts[i + 1] of `width` floats.
  case rows([Float], starts: [Int], width: Int)

  var starts: [Int] {
    switch self {
    case .ids(_, let starts), .rows(_, let starts, _): starts
    }
  }
}

/// A value that a recurrent encoder can read.
public protocol RecurrentInput: DifferentiableValue {
  /// Whether the encoder needs an embedding.
  static var isIDs: Bool { get }
  var recurrentSteps: RecurrentSteps { get }
  /// - Parameter rows: the gradient of `.rows`; empty for ids.
  static func gradient(_ rows: [Float]) -> Gradient
}

extension PaddedIDs: RecurrentInput {
  public static var isIDs: Bool { true }
  public var recurrentSteps: RecurrentSteps { .ids(ids, starts: starts) }
  public static func gradient(_ rows: [Float]) -> NoGradient { NoGradient() }
}

extension Sequences: RecurrentInput {
  public static var isIDs: Bool { false }
  public var recurrentSteps: RecurrentSteps { .rows(values, starts: starts, width: width) }
  public static func gradient(_ rows: [Float]) -> [Float] { rows }
}

/// A value that a recurrent encoder can give.
public protocol RecurrentOutput: DifferentiableValue where Gradient == [Float] {
  /// One row a step, not one a record.
  static var isSequence: Bool { get }
  /// - Parameters:
  ///   - values: rows of `width` floats.
  ///   - starts: of the input's steps.
  init(encoded values: [Float], starts: [Int], width: Int)
}

extension Vectors: RecurrentOutput {
  public static var isSequence: Bool { false }
  public init(encoded values: [Float], starts: [Int], width: Int) {
    self.init(values: values, width: width, count: starts.count - 1)
  }
}

extension Sequences: RecurrentOutput {
  public static var isSequence: Bool { true }
  public init(encoded values: [Float], starts: [Int], width: Int) {
    self.init(values: values, starts: starts, width: width)
  }
}
