public import HanpipeCore

/// Where parameters start: Keras' defaults, drawn in a fixed order from one generator.
public enum Initializers {
  /// Uniform in [0, 1), 24 bits.
  static func uniform(_ generator: inout some RandomNumberGenerator) -> Double {
    Double(generator.next() >> 40) * 0x1p-24
  }
  /// Uniform in ±limit.
  static func uniform(_ count: Int, limit: Double, _ generator: inout some RandomNumberGenerator) -> [Float] {
    (0..<count).map { _ in Float((2 * uniform(&generator) - 1) * limit) }
  }
  /// Uniform in ±limit.
  /// - Parameter isRowSparse: whether a step touches few of its rows, as of an embedding.
  public static func uniform(
    _ shape: [Int], limit: Double, isRowSparse: Bool = false, _ generator: inout some RandomNumberGenerator
  ) -> Parameters.Tensor {
    Parameters.Tensor(shape: shape, values: uniform(shape.reduce(1, *), limit: limit, &generator), isRowSparse: isRowSparse)
  }
  /// Glorot & Bengio 2010 (proceedings.mlr.press/v9/glorot10a): uniform in ±√(6/(inputs + outputs)).
  public static func glorotUniform(
    _ shape: [Int], inputs: Int, outputs: Int, _ generator: inout some RandomNumberGenerator
  ) -> Parameters.Tensor {
    let limit = (6 / Double(max(1, inputs + outputs))).squareRoot()
    return Parameters.Tensor(shape: shape, values: uniform(shape.reduce(1, *), limit: limit, &generator))
  }

  /// A rows×columns matrix with orthonormal columns (rows ≥ columns), uniformly distributed over all of them: Q of the QR
  /// decomposition of a normal matrix, with the signs that make R's diagonal positive (Saxe et al. 2014, arXiv:1312.6120; Keras'
  /// `Orthogonal`, whose H×4H kernel is the transpose of our 4H×H).
  ///
  /// - Complexity: 2·rows·columns² floating-point operations: modified Gram-Schmidt, which gives that Q directly, and is as good
  ///   as Householder here, since normal matrices are well conditioned.
  static func orthogonal(rows: Int, columns: Int, _ generator: inout some RandomNumberGenerator) -> Parameters.Tensor {
    precondition(rows >= columns, "more columns than dimensions")
    var basis = (0..<columns).map { _ in normal(rows, &generator) }
    for j in 0..<columns {
      var vector = basis[j]
      basis[j] = []
      for i in 0..<j { subtractProjection(of: &vector, on: basis[i]) }
      let length = dot(vector, vector).squareRoot()
      for k in 0..<rows { vector[k] /= length }
      basis[j] = vector
    }
    var values = [Float](repeating: 0, count: rows * columns)
    for j in 0..<columns { for k in 0..<rows { values[k * columns + j] = Float(basis[j][k]) } }
    return Parameters.Tensor(shape: [rows, columns], values: values)
  }

  private static func subtractProjection(of vector: inout [Double], on unit: [Double]) {
    let projection = dot(vector, unit)
    for k in vector.indices { vector[k] -= projection * unit[k] }
  }

  /// Eight sums, because one would wait for each addition.
  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sums = SIMD8<Double>()
    let whole = a.count / 8 * 8
    for k in Swift.stride(from: 0, to: whole, by: 8) {
      for lane in 0..<8 { sums[lane] += a[k + lane] * b[k + lane] }
    }
    var sum = sums.sum()
    for k in whole..<a.count { sum += a[k] * b[k] }
    return sum
  }

  /// Standard normal numbers: Box & Muller 1958, doi:10.1214/aoms/1177706645.
  private static func normal(_ count: Int, _ generator: inout some RandomNumberGenerator) -> [Double] {
    (0..<count).map { _ in
      let radius = (-2 * Mathematics.logarithm(1 - uniform(&generator))).squareRoot()
      return radius * Mathematics.cosine(2 * .pi * uniform(&generator))
    }
  }
}
