public import HanpipeCore

/// What a layer does to each of its numbers.
public enum Activation: String, CaseIterable, Sendable, SettingValue {
  case relu, tanh, linear

  /// NaN stays NaN.
  func apply(to values: inout [Float], _ kernels: Kernels) {
    switch self {
    case .relu:
      var values = values.mutableSpan
      for i in values.indices where values[i] < 0 { values[i] = 0 }
    case .tanh: kernels.tanh(&values)
    case .linear: break
    }
  }

  /// The gradient of what goes in, from that of what comes out.
  /// - Parameter outputs: what came out.
  func gradient(_ gradient: [Float], at outputs: [Float]) -> [Float] {
    switch self {
    case .relu: zip(gradient, outputs).map { $1 > 0 ? $0 : 0 }
    case .tanh: zip(gradient, outputs).map { $0 * (1 - $1 * $1) }
    case .linear: gradient
    }
  }
}
