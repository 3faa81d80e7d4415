public import HanpipeCore

/// An optimiser at work on one stage's parameters: a rule, and what it remembers. A value, so that a checkpoint is a copy.
///
/// Of a row-sparse parameter (an embedding) a step changes only the rows with a gradient, and only their moments, as PyTorch's
/// `SparseAdam` does; corrections use the number of all steps. A dense Adam would also move rows without a gradient, by what their
/// old gradients left in the moments (and by l2 or weight decay); a word's row here waits until the word comes again. For gradient
/// descent without momentum and l2 there is no difference.
public struct Optimizer: Sendable {
  public let settings: OptimizerSettings
  /// Steps made so far.
  public private(set) var step = 0
  private let names: [String]
  private let shapes: [[Int]]
  /// moments[parameter][slot].
  private var moments: [[[Float]]]
  package var kernels = Kernels.best

  public init(_ settings: OptimizerSettings, for parameters: Parameters) {
    self.settings = settings
    names = parameters.names
    shapes = parameters.tensors.map(\.shape)
    moments = parameters.tensors.map { tensor in
      settings.rule.slots.map { _ in [Float](repeating: 0, count: tensor.values.count) }
    }
  }

  /// What a step changes of one parameter.
  private struct Part: Sendable {
    var values: [Float]
    var slots: [[Float]]
  }

  /// Makes one step, in place.
  /// - Parameters:
  ///   - rate: the learning rate of this step.
  ///   - scale: multiplies the gradients first; see `GradientClipping`.
  ///   - threads: how many may work, each on a parameter of its own; the result is the same with any number.
  /// - Complexity: O(floats of dense parameters + floats of the rows with a gradient).
  public mutating func update(
    _ parameters: inout Parameters, _ gradients: Gradients, rate: Double, scale: Float = 1, threads: Int = 1
  ) {
    precondition(parameters.names == names && gradients.tensors.count == names.count, "other parameters than those it was made for")
    step += 1
    // Taken out, so that each array has one owner and nothing is copied.
    var parts = names.indices.map { index in
      var part = Part(values: [], slots: [])
      swap(&part.values, &parameters.tensors[index].values)
      swap(&part.slots, &moments[index])
      return part
    }
    let this = self
    concurrentUpdate(&parts, threads: threads) { index, part in
      this.update(&part, gradients.tensors[index], rate, scale)
    }
    for index in names.indices {
      swap(&parts[index].values, &parameters.tensors[index].values)
      swap(&parts[index].slots, &moments[index])
    }
  }

  private func update(_ part: inout Part, _ gradient: Gradients.Tensor, _ rate: Double, _ scale: Float) {
    switch gradient {
    case .dense(let gradient):
      update(gradient, at: 0, 0..<part.values.count, rate, scale, &part.slots, &part.values)
    case .rows(let rows):
      for (row, id) in rows.ids.enumerated() {
        let first = Int(id) * rows.width
        update(rows.values, at: row * rows.width, first..<first + rows.width, rate, scale, &part.slots, &part.values)
      }
    }
  }

  private func update(
    _ gradient: [Float], at offset: Int, _ range: Range<Int>, _ rate: Double, _ scale: Float, _ slots: inout [[Float]],
    _ values: inout [Float]
  ) {
    let elements = OptimizerElements(kernels: kernels, gradient: gradient, offset: offset, range: range, scale: scale)
    settings.rule.update(elements, rate: rate, step: step, &slots, &values)
  }

  // MARK: Checkpoints

  /// What it remembers, as tensors: `step`, and `weight.m`, `weight.v` for a parameter `weight`.
  public var state: Parameters {
    // Two floats, each exact: a float counts to 2²⁴ only.
    let count = Parameters.Tensor(shape: [2], values: [Float(step >> 20), Float(step & 0xFFFFF)])
    var pairs = [("step", count)]
    for (index, name) in names.enumerated() {
      for (slot, values) in zip(settings.rule.slots, moments[index]) {
        pairs.append(("\(name).\(slot)", Parameters.Tensor(shape: shapes[index], values: values)))
      }
    }
    return Parameters(pairs)
  }

  /// One that goes on where `state` was taken.
  /// - Throws: `StateError` if the state is another rule's or other parameters'.
  public init(_ settings: OptimizerSettings, for parameters: Parameters, state: Parameters) throws(StateError) {
    self.init(settings, for: parameters)
    let count = try state.tensor("step", shape: [2]).values
    guard let high = Int(exactly: count[0]), let low = Int(exactly: count[1]), high >= 0, low >= 0 else {
      throw .malformed("step", reason: "\(count) is no number of steps")
    }
    step = high << 20 + low
    for (index, name) in names.enumerated() {
      for (slot, suffix) in settings.rule.slots.enumerated() {
        moments[index][slot] = try state.tensor("\(name).\(suffix)", shape: shapes[index]).values
      }
    }
  }
}
