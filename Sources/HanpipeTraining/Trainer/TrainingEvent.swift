public import HanpipeCore

/// The figures of one epoch.
public struct EpochRecord: Sendable, Equatable {
  public var epoch: Int
  /// The mean over the epoch's records, each as the weights were at its step.
  public var loss: Double
  public var accuracy: Double
  public var validationLoss: Double?
  public var validationAccuracy: Double?
  public var learningRate: Double

  /// A line of `training.jsonl`.
  public var json: JSON {
    var object: JSONObject = ["epoch": .integer(epoch), "loss": .number(loss), "accuracy": .number(accuracy)]
    object["validationLoss"] = validationLoss.map(JSON.number)
    object["validationAccuracy"] = validationAccuracy.map(JSON.number)
    object["learningRate"] = .number(learningRate)
    return .object(object)
  }

  init(
    epoch: Int, loss: Double, accuracy: Double, validation: (loss: Double, accuracy: Double)?, learningRate: Double
  ) {
    self.epoch = epoch
    self.loss = loss
    self.accuracy = accuracy
    validationLoss = validation?.loss
    validationAccuracy = validation?.accuracy
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
    validationLoss = json["validationLoss"]?.doubleValue
    validationAccuracy = json["validationAccuracy"]?.doubleValue
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
