public import HanpipeCore
public import HanpipeNeural

/// The `training` object of a spec.
public struct TrainingConfiguration: SettingsObject {
  public var loss = LossKind.automatic
  public var optimizer = OptimizerSettings()
  public var schedule = ScheduleSettings()
  public var epochs = 10
  public var batchSize = 32
  public var shuffle = true
  public var validationSplit = 0.0
  public var earlyStopping: EarlyStopping?
  public var clipping: GradientClipping?
  public var averaging: WeightAveraging?
  public var vectors: PretrainedVectors?
  public var classWeights = ClassWeights.none
  public var labelSmoothing = 0.0
  public var calibration = CalibrationMethod.temperature
  public var metrics = [Metric.accuracy]
  public var seed = 42
  public var splitSeed: Int?

  public init() {}

  public static let settings: [Setting<Self>] = [
    Setting("loss", \.loss, "What is minimised; \"auto\" takes what the classifier needs."),
    Setting("optimizer", \.optimizer, "How parameters move."),
    Setting("schedule", \.schedule, "How the learning rate changes from epoch to epoch."),
    Setting("epochs", \.epochs, in: 1...1_000_000, "How often every record is seen."),
    Setting("batchSize", \.batchSize, in: 1...1_000_000, "Records a step, B."),
    Setting("shuffle", \.shuffle, "Whether each epoch has an order of its own, drawn by the seed."),
    Setting("validationSplit", \.validationSplit, in: 0...0.9, "Share of the records kept aside to validate on."),
    Setting("earlyStopping", \.earlyStopping, "Stop when validation no longer improves, and restore the best weights."),
    Setting("clipping", \.clipping, "Keeps steps small where gradients are large."),
    Setting("averaging", \.averaging, "Answer, and validate, with the average of the weights over many steps."),
    Setting("vectors", \.vectors, "Vectors of words to begin with, as `hanpipe vectors` makes them from unlabelled text."),
    Setting("classWeights", \.classWeights, "Weight of each label's records: null, \"balanced\", or an object."),
    Setting("labelSmoothing", \.labelSmoothing, in: 0...0.5, "Share of the truth that is spread over all labels."),
    Setting(
      "calibration", \.calibration,
      "At the end: \"temperature\" fits the classifier's temperature to the validation records, \"none\" leaves it as it is."),
    Setting("metrics", \.metrics, "What is reported beside the loss."),
    Setting("seed", \.seed, in: 0...Int.max, "Same seed, same weights, bit for bit, on any number of threads."),
    Setting("splitSeed", \.splitSeed, in: 0...Int.max, "What draws the records of \"validationSplit\"; null: \"seed\"."),
  ]

  /// Reads a spec's `training`; absent, the defaults.
  public init(_ spec: PipelineSpec) throws(SpecError) {
    self.init()
    if let node = spec.training { try self.init(node, at: SpecPath("training")) }
  }

  /// Draws the validation records.
  var splittingSeed: UInt64 { UInt64(splitSeed ?? seed) }
}

/// What is minimised.
public enum LossKind: String, CaseIterable, Sendable, SettingValue {
  case automatic = "auto"
  case binaryCrossEntropy = "binary-crossentropy"
  case categoricalCrossEntropy = "categorical-crossentropy"
}

/// How probabilities are made to mean what they say, after training.
public enum CalibrationMethod: String, CaseIterable, Sendable, SettingValue { case temperature, none }

/// What is reported beside the loss.
public enum Metric: String, CaseIterable, Sendable, SettingValue { case accuracy }

/// When to stop before the last epoch. The weights of the best epoch are restored.
public struct EarlyStopping: SettingsObject, SettingValue {
  /// `f1` is that of words, for a tagger.
  public enum Monitor: String, CaseIterable, Sendable, SettingValue { case loss, accuracy, f1 }
  public var monitor = Monitor.loss
  public var patience = 3
  public init() {}
  public static let settings: [Setting<Self>] = [
    Setting("monitor", \.monitor, "The figure on validation records that must improve."),
    Setting("patience", \.patience, in: 1...1_000_000, "Epochs without improvement before stopping."),
  ]
  public static var noun: String { "an object with \"monitor\" and \"patience\"" }
}

/// How much each label's records count.
public enum ClassWeights: SettingValue, Equatable {
  case none
  /// Every label counts the same in total: n / (C·n_c).
  case balanced
  case given([String: Double])

  public static var noun: String { "null, \"balanced\", or an object of a positive number for each label" }
  public static var schema: JSON {
    let weights: JSON = ["type": "object", "additionalProperties": ["type": "number", "exclusiveMinimum": 0]]
    return ["anyOf": [["type": "null"], ["const": "balanced"], weights]]
  }
  public static func decode(_ json: JSON, at path: SpecPath) throws(SpecError) -> ClassWeights {
    switch json {
    case .null: return .none
    case .string("balanced"): return .balanced
    case .object:
      let weights = try [String: Double].decode(json, at: path)
      for (label, weight) in weights.sorted(by: { $0.key < $1.key }) where !(weight > 0) {
        throw .badValue(path[label], found: weight.json.description, allowed: "a number above 0")
      }
      return .given(weights)
    default: throw .badValue(path, found: json.description, allowed: noun)
    }
  }
  public var json: JSON {
    switch self {
    case .none: .null
    case .balanced: "balanced"
    case .given(let weights): weights.json
    }
  }

  /// The weight of each label.
  /// - Parameter counts: how many training records have each label.
  /// - Throws: `SpecError` for a label that the classifier does not know.
  public func weights(labels: [String], counts: [Int]) throws(SpecError) -> [Float] {
    switch self {
    case .none: return labels.map { _ in 1 }
    case .balanced:
      let total = Double(counts.reduce(0, +))
      return counts.map { $0 == 0 ? 1 : Float(total / (Double(labels.count) * Double($0))) }
    case .given(let weights):
      let path = SpecPath("training")["classWeights"]
      for label in weights.keys.sorted() where !labels.contains(label) {
        throw .unknownKey(path, key: label, known: labels)
      }
      return labels.map { Float(weights[$0] ?? 1) }
    }
  }
}
