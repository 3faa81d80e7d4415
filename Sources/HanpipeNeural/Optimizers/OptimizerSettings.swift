internal import CKernels
public import HanpipeCore

/// A rule by which gradients change parameters, with its settings: a value of a spec's `"optimizer"`.
public protocol OptimizerRule: SettingsObject {
  /// The value of `"type"`.
  static var type: String { get }
  var learningRate: Double { get }
  /// What it remembers for each parameter, by name: Adam's `m` and `v`.
  var slots: [String] { get }
  /// Changes some elements of a parameter.
  /// - Parameter rate: the learning rate of this step, `step` counting from 1.
  func update(_ elements: OptimizerElements, rate: Double, step: Int, _ slots: inout [[Float]], _ values: inout [Float])
}

/// Elements of one parameter and their gradient.
public struct OptimizerElements: Sendable {
  let kernels: Kernels
  public let gradient: [Float]
  /// Where in `gradient` the elements begin.
  public let offset: Int
  /// Which elements of the parameter.
  public let range: Range<Int>
  /// Multiplies the gradient first.
  public let scale: Float
}

/// Where epsilon stands in Adam. They differ where gradients are near epsilon.
public enum EpsilonPlace: String, CaseIterable, Sendable, SettingValue {
  /// rate·√(1−β₂ᵗ)/(1−β₁ᵗ)·m/(√v + ε), as Keras and the paper's section 2 write it.
  case keras
  /// rate·m̂/(√v̂ + ε), as PyTorch and the paper's algorithm 1 write it.
  case pytorch
}

/// Adam: Kingma & Ba 2015, arXiv:1412.6980. With `l2` the gradient of l2/2·‖w‖² is added to the loss's.
public struct Adam: OptimizerRule {
  public static let type = "adam"
  public var learningRate = 0.001
  public var beta1 = 0.9
  public var beta2 = 0.999
  public var epsilon = 1e-7
  public var epsilonPlace = EpsilonPlace.keras
  public var l2 = 0.0
  public init() {}
  public static let settings: [Setting<Self>] = [
    Setting("learningRate", \.learningRate, in: 0...10, "Size of a step."),
    Setting("beta1", \.beta1, in: 0...0.999999, "How much of the mean gradient is kept from step to step."),
    Setting("beta2", \.beta2, in: 0...0.999999, "How much of the mean squared gradient is kept."),
    Setting("epsilon", \.epsilon, in: 0...1, "Keeps the step finite where gradients are near zero."),
    Setting("epsilonPlace", \.epsilonPlace, "Where epsilon stands in the formula: Keras' or PyTorch's."),
    Setting("l2", \.l2, in: 0...10, "Pulls weights to zero, through the gradient."),
  ]
  public var slots: [String] { ["m", "v"] }

  public func update(_ elements: OptimizerElements, rate: Double, step: Int, _ slots: inout [[Float]], _ values: inout [Float]) {
    let moments = AdamMoments(beta1: beta1, beta2: beta2, epsilon: epsilon, place: epsilonPlace, l2: l2, decay: 0)
    moments.update(elements, rate: rate, step: step, &slots, &values)
  }
}

/// AdamW: Adam with weight decay beside the gradient, not through it: Loshchilov & Hutter 2019, arXiv:1711.05101.
public struct AdamW: OptimizerRule {
  public static let type = "adamw"
  public var learningRate = 0.001
  public var beta1 = 0.9
  public var beta2 = 0.999
  public var epsilon = 1e-7
  public var epsilonPlace = EpsilonPlace.keras
  public var weightDecay = 0.004
  public init() {}
  public static let settings: [Setting<Self>] = [
    Setting("learningRate", \.learningRate, in: 0...10, "Size of a step."),
    Setting("beta1", \.beta1, in: 0...0.999999, "How much of the mean gradient is kept from step to step."),
    Setting("beta2", \.beta2, in: 0...0.999999, "How much of the mean squared gradient is kept."),
    Setting("epsilon", \.epsilon, in: 0...1, "Keeps the step finite where gradients are near zero."),
    Setting("epsilonPlace", \.epsilonPlace, "Where epsilon stands in the formula: Keras' or PyTorch's."),
    Setting("weightDecay", \.weightDecay, in: 0...10, "Share of a weight, times the learning rate, lost each step."),
  ]
  public var slots: [String] { ["m", "v"] }

  public func update(_ elements: OptimizerElements, rate: Double, step: Int, _ slots: inout [[Float]], _ values: inout [Float]) {
    let moments = AdamMoments(
      beta1: beta1, beta2: beta2, epsilon: epsilon, place: epsilonPlace, l2: 0, decay: weightDecay)
    moments.update(elements, rate: rate, step: step, &slots, &values)
  }
}

private struct AdamMoments {
  let beta1, beta2, epsilon: Double
  let place: EpsilonPlace
  let l2, decay: Double

  func update(_ elements: OptimizerElements, rate: Double, step: Int, _ slots: inout [[Float]], _ values: inout [Float]) {
    let correction1 = 1 - Mathematics.power(beta1, Double(step))
    let correction2 = 1 - Mathematics.power(beta2, Double(step))
    // The kernel has PyTorch's form; √v/√c₂ + ε/√c₂ is Keras' √v + ε, divided by √c₂.
    let epsilon = place == .pytorch ? epsilon : epsilon / correction2.squareRoot()
    let settings = hp_adam(
      learning_rate: Float(rate), beta1: Float(beta1), beta2: Float(beta2), epsilon: Float(epsilon),
      correction1: Float(correction1), correction2: Float(correction2), gradient_scale: elements.scale, l2: Float(l2),
      decay: Float(decay))
    // Taken out, so that each array is lent alone and nothing is copied.
    var m = [Float]()
    var v = [Float]()
    swap(&m, &slots[0])
    swap(&v, &slots[1])
    elements.kernels.adam(settings, gradient: elements.gradient, at: elements.offset, &m, &v, &values, range: elements.range)
    swap(&m, &slots[0])
    swap(&v, &slots[1])
  }
}

/// Gradient descent, with momentum on request; PyTorch's forms, which are Keras' for a constant rate.
public struct SGD: OptimizerRule {
  public static let type = "sgd"
  public var learningRate = 0.01
  public var momentum = 0.0
  public var nesterov = false
  public var l2 = 0.0
  public init() {}
  public static let settings: [Setting<Self>] = [
    Setting("learningRate", \.learningRate, in: 0...100, "Size of a step."),
    Setting("momentum", \.momentum, in: 0...0.999999, "How much of the last step is kept."),
    Setting("nesterov", \.nesterov, "Looks one step ahead; with momentum."),
    Setting("l2", \.l2, in: 0...10, "Pulls weights to zero, through the gradient."),
  ]
  public var slots: [String] { momentum > 0 ? ["velocity"] : [] }

  public func update(_ elements: OptimizerElements, rate: Double, step: Int, _ slots: inout [[Float]], _ values: inout [Float]) {
    let settings = hp_sgd(
      learning_rate: Float(rate), momentum: Float(momentum), gradient_scale: elements.scale, l2: Float(l2), nesterov: nesterov)
    var velocity = [Float]()
    if momentum > 0 { swap(&velocity, &slots[0]) }
    elements.kernels.sgd(settings, gradient: elements.gradient, at: elements.offset, &velocity, &values, range: elements.range)
    if momentum > 0 { swap(&velocity, &slots[0]) }
  }
}

/// The value of `"optimizer"`: `{"type": "adam", "learningRate": 0.001}`, or just `"adam"`.
public struct OptimizerSettings: SettingValue, Equatable {
  public let rule: any OptimizerRule
  public init(_ rule: any OptimizerRule = Adam()) { self.rule = rule }

  private static let known: [any OptimizerRule.Type] = [Adam.self, AdamW.self, SGD.self]
  public static var noun: String { typedNoun(known.map { $0.type }) }
  public static var schema: JSON { typedSchema(known.map { ($0.type, $0) }) }
  public static func decode(_ json: JSON, at path: SpecPath) throws(SpecError) -> OptimizerSettings {
    let settings = try decodeTyped(json, at: path, noun: noun, known.map { ($0.type, $0) })
    guard let rule = settings as? any OptimizerRule else { throw .badValue(path, found: json.description, allowed: noun) }
    return OptimizerSettings(rule)
  }
  public var json: JSON { typedJSON(type(of: rule).type, rule) }
  public static func == (a: Self, b: Self) -> Bool { a.json == b.json }
}
