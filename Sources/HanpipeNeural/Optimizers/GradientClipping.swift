public import HanpipeCore

/// Keeps steps small where gradients are large: a value of a spec's `"clipping"`.
public struct GradientClipping: SettingsObject, SettingValue {
  public var norm: Double?
  public var value: Double?
  public init() {}
  public init(norm: Double? = nil, value: Double? = nil) {
    self.norm = norm
    self.value = value
  }
  public static let settings: [Setting<Self>] = [
    Setting("norm", \.norm, in: 1e-6...1e9, "Largest Euclidean norm of all gradients together (Pascanu et al. 2013)."),
    Setting("value", \.value, in: 1e-9...1e9, "Largest absolute value of an element; applied first."),
  ]
  public static var noun: String { "an object with \"norm\" or \"value\"" }

  /// Clips by value, in place.
  /// - Returns: the norm of all gradients together (a row counts once), and what the optimiser is to multiply them by:
  ///   min(1, norm / (‖g‖ + 1e-6)), PyTorch's formula.
  public func apply(to gradients: inout [Gradients]) -> (norm: Double, scale: Float) {
    if let value { for i in gradients.indices { Self.clip(&gradients[i], Float(value)) } }
    let found = gradients.reduce(0) { $0 + $1.sumOfSquares }.squareRoot()
    guard let norm else { return (found, 1) }
    return (found, Float(min(1, norm / (found + 1e-6))))
  }

  private static func clip(_ gradients: inout Gradients, _ limit: Float) {
    for index in gradients.tensors.indices {
      switch gradients.tensors[index] {
      case .dense:
        gradients.withDense(index) { values in
          for i in values.indices { values[i] = clip(values[i], limit) }
        }
      case .rows(let rows):
        var clipped = RowGradients(width: rows.width)
        for (i, id) in rows.ids.enumerated() {
          clipped.add(ArraySlice(rows.values[i * rows.width..<(i + 1) * rows.width].map { clip($0, limit) }), to: id)
        }
        gradients.tensors[index] = .rows(clipped)
      }
    }
  }
  /// NaN stays, so that the trainer sees it.
  private static func clip(_ value: Float, _ limit: Float) -> Float { value > limit ? limit : value < -limit ? -limit : value }
}

extension Gradients {
  /// Σ g², in double precision.
  public var sumOfSquares: Double {
    tensors.reduce(0) { sum, tensor in
      switch tensor {
      case .dense(let values): sum + Kernels.best.sumOfSquares(values)
      case .rows(let rows): sum + Kernels.best.sumOfSquares(rows.values)
      }
    }
  }
}
