public import HanpipeCore
import HanpipeNeural

/// How a classifier from outside means its probabilities.
public enum ClassifierTask: String, Sendable, CaseIterable, SettingValue {
  /// One label a record; the probabilities sum to 1.
  case multiClass = "multi-class"
  /// Any number of labels, each with a probability of its own.
  case multiLabel = "multi-label"

  /// The fewest labels that there can be.
  var fewestLabels: Int { self == .multiClass ? 2 : 1 }
}

/// Labels belong to a classifier, and to nothing else.
func checkClassifier(
  _ labels: [String], isClassifier: Bool, _ task: ClassifierTask, at path: SpecPath
) throws(SpecError) {
  if isClassifier {
    try checkLabels(labels, atLeast: task.fewestLabels, at: path)
  } else if !labels.isEmpty {
    throw .badValue(path["labels"], found: labels.json.description, allowed: "no label, because only a classifier has some")
  }
}

/// What `checkClassifier` checks, in JSON Schema.
var classifierRules: JSONObject {
  func isSet(_ key: String, _ value: JSON) -> JSON { ["properties": .object([key: ["const": value]]), "required": [.string(key)]] }
  return [
    "if": isSet("role", "classifier"),
    "then": [
      "if": isSet("task", "multi-label"),
      "then": .object(labelRules(atLeast: ClassifierTask.multiLabel.fewestLabels)),
      "else": .object(labelRules(atLeast: ClassifierTask.multiClass.fewestLabels)),
    ],
    "else": ["properties": ["labels": ["maxItems": 0]]],
  ]
}

/// What text goes through where C ends it: any without NUL. A pattern of JSON Schema.
let textPattern: JSON = #"^[^\u0000]*$"#
