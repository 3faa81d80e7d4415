import HanpipeCore

/// What a stage from outside does with each record. A library and a process say it in different ways, but what they say is checked,
/// and made into a value, in the same one.
protocol PluginRole: Sendable {
  associatedtype Input: StageValue
  associatedtype Output: StageValue
  /// What a plug-in says of one record.
  associatedtype Answer: Sendable
  /// The value of the spec's `role` key.
  static var name: String { get }
  /// Refuses an answer that breaks a rule of the role, before anybody believes it.
  static func check(_ answer: Answer, to input: Input, record: Int, _ terms: PluginTerms) throws(AnswerError)
  /// Puts checked answers together, one for each record of the input.
  static func output(_ answers: [Answer], to input: Input, _ terms: PluginTerms) throws -> Output
}

/// What holds for all answers of a plug-in.
struct PluginTerms: Sendable, Equatable {
  /// Of a classifier.
  var labels: [String] = []
  var task = ClassifierTask.multiClass
  /// H, the floats a vector of an encoder has.
  var width: Int?
}

/// A byte range as a plug-in gave it: it may be wrong in any way.
struct PluginSpan: Sendable, Equatable {
  var start: Int
  var end: Int
}

/// An edit as a plug-in gave it.
struct PluginEdit: Sendable, Equatable {
  var span: PluginSpan
  var replacement: [UInt8]
}
