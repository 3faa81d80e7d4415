public import HanpipeCore

/// Answers with the average of the weights over the last steps instead of those of the last one: Polyak & Juditsky 1992,
/// doi:10.1137/0330046; the exponential form as in Mean Teacher (Tarvainen & Valpola 2017, arXiv:1703.01780).
public struct WeightAveraging: SettingsObject, SettingValue {
  public var decay = 0.99
  public var every = 8
  public init() {}
  public static let settings: [Setting<Self>] = [
    Setting("decay", \.decay, in: 0...0.999999, "What the average keeps of itself each time; smaller at first."),
    Setting("every", \.every, in: 1...1_000_000, "Steps from one time to the next."),
  ]
  public static var noun: String { "an object with \"decay\" and \"every\"" }
}

/// The averaged weights of a training.
struct AveragedWeights: Sendable {
  let settings: WeightAveraging
  /// How often weights were added.
  var count = 0
  /// A stage each; empty before the first time.
  var parameters: [Parameters] = []

  init(_ settings: WeightAveraging) { self.settings = settings }

  /// Whether the weights after a step count.
  /// - Parameter step: from 1.
  func isDue(_ step: Int) -> Bool { step % settings.every == 0 }

  /// Adds the weights after a step.
  /// - Parameter weights: a stage each.
  mutating func add(_ weights: [Parameters]) {
    count += 1
    guard count > 1 else {
      parameters = weights
      return
    }
    // The first ones are far from where training leads: they are forgotten sooner.
    let kept = min(settings.decay, Double(count) / Double(count + 9))
    for (stage, weights) in weights.enumerated() {
      for (i, tensor) in weights.tensors.enumerated() {
        parameters[stage].tensors[i].values.approach(tensor.values, by: Float(1 - kept))
      }
    }
  }
}

extension [Float] {
  /// Moves each element by a share of its distance to `target`'s.
  /// - Precondition: as many elements.
  fileprivate mutating func approach(_ target: [Float], by share: Float) {
    precondition(count == target.count, "weights of another shape")
    var own = mutableSpan
    let target = target.span
    for i in target.indices { own[i] += share * (target[i] - own[i]) }
  }
}
