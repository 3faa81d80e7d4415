public import HanpipeCore

/// The figures of one epoch.
public struct EpochRecord: Sendable, Equatable {
  public var epoch: Int
  /// The mean over the epoch's records, each as the weights were at its step.
  public var loss: Double
  public var accuracy: Double
  /// Of words, where a tagger learns them.
  public var wordF1: Double?
  /// Of labels that do not exclude each other: of all together, and the mean of each label's.
  public var microF1: Double?
  public var macroF1: Double?
  public var validationLoss: Double?
  public var validationAccuracy: Double?
  public var validationWordF1: Double?
  public var validationMicroF1: Double?
  public var validationMacroF1: Double?
  public var learningRate: Double

  /// A line of `training.jsonl`.
  public var json: JSON {
    var object: JSONObject = ["epoch": .integer(epoch), "loss": .number(loss), "accuracy": .number(accuracy)]
    object["wordF1"] = wordF1.map(JSON.number)
    object["microF1"] = microF1.map(JSON.number)
    object["macroF1"] = macroF1.map(JSON.number)
    object["validationLoss"] = validationLoss.map(JSON.number)
    object["validationAccuracy"] = validationAccuracy.map(JSON.number)
    object["validationWordF1"] = validationWordF1.map(JSON.number)
    object["validationMicroF1"] = validationMicroF1.map(JSON.number)
    object["validationMacroF1"] = validationMacroF1.map(JSON.number)
    object["learningRate"] = .number(learningRate)
    return .object(object)
  }

  init(epoch: Int, _ training: StepSums, validation: StepSums?, learningRate: Double) {
    self.epoch = epoch
    loss = training.meanLoss
    accuracy = training.accuracy
    wordF1 = training.words.gold > 0 ? training.words.f1 : nil
    validationLoss = validation?.meanLoss
    validationAccuracy = validation?.accuracy
    validationWordF1 = validation.flatMap { $0.words.gold > 0 ? $0.words.f1 : nil }
    if !training.labels.isEmpty { (microF1, macroF1) = (training.labels.microF1, training.labels.macroF1) }
    if let labels = validation?.labels, !labels.isEmpty {
      (validationMicroF1, validationMacroF1) = (labels.microF1, labels.macroF1)
    }
    self.learningRate = learningRate
  }

  /// - Returns: nil if `json` is not such a line.
  public init?(_ json: JSON) {
    guard let epoch = json["epoch"]?.intValue, let loss = json["loss"]?.doubleValue,
      let accuracy = json["accuracy"]?.doubleValue, let rate = json["learningRate"]?.doubleValue
    else { return nil }
    self.epoch = epoch
    self.loss = loss
    self.accuracy = accuracy
    wordF1 = json["wordF1"]?.doubleValue
    validationLoss = json["validationLoss"]?.doubleValue
    validationWordF1 = json["validationWordF1"]?.doubleValue
    validationAccuracy = json["validationAccuracy"]?.doubleValue
    microF1 = json["microF1"]?.doubleValue
    macroF1 = json["macroF1"]?.doubleValue
    validationMicroF1 = json["validationMicroF1"]?.doubleValue
    validationMacroF1 = json["validationMacroF1"]?.doubleValue
    learningRate = rate
  }
}

/// What a trainer tells while it works.
public enum TrainingEvent: Sendable {
  /// After each step: the means since the epoch began.
  case step(epoch: Int, step: Int, steps: Int, loss: Double, accuracy: Double, records: Int)
  case epoch(EpochRecord, isBest: Bool)
  /// Training ends before the last epoch because validation no longer improves.
  case stoppedEarly(epoch: Int, best: Int)
}

/// What the one who listens wants.
public enum TrainingControl: Sendable {
  case proceed
  /// Stop after this step; what was reached can be saved and continued.
  case pause
}
