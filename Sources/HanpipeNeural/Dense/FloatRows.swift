public import HanpipeCore

/// Rows of floats: one a record, or one a step.
public protocol FloatRows: DifferentiableValue, ExportableValue where Gradient == [Float] {
  /// Row by row.
  var values: [Float] { get }
  var width: Int { get }
  /// Record i has the rows `rowStarts[i]..<rowStarts[i + 1]`.
  var rowStarts: [Int] { get }
  /// As many rows, others.
  /// - Parameter values: rows of `width` floats.
  func withRows(_ values: [Float], width: Int) -> Self
  /// In an exported network: what an operator over the last axis makes of the rows.
  static func exported(_ input: Exported, width: Int, _ operation: (_ rows: String) -> String) -> Exported
}

extension Vectors: FloatRows {
  public var rowStarts: [Int] { Array(0...count) }
  public func withRows(_ values: [Float], width: Int) -> Vectors { Vectors(values: values, width: width, count: count) }
  public static func exported(_ input: ExportedVectors, width: Int, _ operation: (_ rows: String) -> String) -> ExportedVectors {
    ExportedVectors(rows: operation(input.rows), width: width)
  }
}

extension Sequences: FloatRows {
  public var rowStarts: [Int] { starts }
  public func withRows(_ values: [Float], width: Int) -> Sequences { Sequences(values: values, starts: starts, width: width) }
  public static func exported(_ input: ExportedSequence, width: Int, _ operation: (_ rows: String) -> String) -> ExportedSequence {
    ExportedSequence(steps: operation(input.steps), width: width, lengths: input.lengths)
  }
}
