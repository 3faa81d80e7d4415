import HanpipeCore
import HanpipeIO
import Testing

/// Recorded answers of a classifier, and what is still the same answer.
@Suite struct RecordedAnswersTests {
  /// A classifier that says what stands in the text: probabilities between spaces, of a binary one the second label's.
  private struct Spoken: ConfiguredStage {
    typealias Input = Texts
    typealias Output = Predictions
    static let type: StageType = "spoken"
    static let summary = "Probabilities as the text has them."
    struct Configuration: StageConfiguration {
      var task = Predictions.Task.binary
      var labels = ["no", "yes"]
      var threshold = 0.5
      static let settings: [Setting<Self>] = [
        Setting("task", \.task, "A task."), Setting("labels", \.labels, "Names."),
        Setting("threshold", \.threshold, "A threshold."),
      ]
    }
    let configuration: Configuration
    init(_ configuration: Configuration, _ context: StageContext) { self.configuration = configuration }
    func process(_ texts: Texts) -> Predictions {
      let numbers = (0..<texts.count).flatMap { texts.text(of: $0).split(separator: " ").compactMap { Float(String($0)) } }
      return Predictions(
        task: configuration.task, labels: configuration.labels, logits: numbers, probabilities: numbers,
        threshold: Float(configuration.threshold))
    }
  }

  /// What is told of an answer that was recorded once and now is `text`.
  private func differences(_ recorded: String, _ text: String, _ settings: String) throws -> Int {
    var registry = StageRegistry()
    try registry.register(Spoken.self)
    let spec = try PipelineSpec(parsing: #"{"stages": [{"type": "spoken"\#(settings)}]}"#.utf8)
    let pipeline = try Pipeline(Blueprint(spec, registry: registry), resource: .none)
    return try Golden.differences([Golden.Record(text: text, expected: JSON(parsing: Array(recorded.utf8)))], pipeline).count
  }

  @Test(arguments: [
    // At the threshold the other label comes out, of nearly the same probability.
    (#"{"labels": ["no"], "probabilities": [0.50002, 0.49998]}"#, "0.50001", "", 0),
    (#"{"labels": ["yes"], "probabilities": [0.5, 0.5]}"#, "0.49995", "", 0),
    (#"{"labels": ["no"], "probabilities": [0.301, 0.699]}"#, "0.70001", #", "threshold": 0.7"#, 1),
    (#"{"labels": ["no"], "probabilities": [0.30004, 0.69996]}"#, "0.70001", #", "threshold": 0.7"#, 0),
    // Another probability is another answer.
    (#"{"labels": ["no"], "probabilities": [0.50002, 0.49998]}"#, "0.5002", "", 1),
    // So is another label where the rule is another: a threshold, exchanged names.
    (#"{"labels": ["yes"], "probabilities": [0.4, 0.6]}"#, "0.6", #", "threshold": 0.7"#, 1),
    (#"{"labels": ["yes"], "probabilities": [0.4, 0.6]}"#, "0.6", #", "labels": ["yes", "no"]"#, 1),
    (#"{"labels": ["maybe"], "probabilities": [0.50002, 0.49998]}"#, "0.50001", "", 1),
    // Of two that are nearly alike the other comes first.
    (#"{"labels": ["b"], "probabilities": [0.4, 0.40001, 0.19999]}"#, "0.40001 0.4 0.19999", Self.three, 0),
    (#"{"labels": ["c"], "probabilities": [0.4, 0.40001, 0.19999]}"#, "0.40001 0.4 0.19999", Self.three, 1),
    (#"{"labels": ["b"], "probabilities": [0.4, 0.40001, 0.19999]}"#, "0.4002 0.39981 0.19999", Self.three, 1),
    (#"{"labels": ["b"], "probabilities": [0.4, 0.40001]}"#, "0.40001 0.4 0.19999", Self.three, 1),
    // Any number of labels, each with its own probability.
    (#"{"labels": ["a"], "probabilities": {"a": 0.9, "b": 0.49999, "c": 0.1}}"#, "0.9 0.50001 0.1", Self.many, 0),
    (#"{"labels": [], "probabilities": {"a": 0.9, "b": 0.49999, "c": 0.1}}"#, "0.9 0.50001 0.1", Self.many, 1),
    (#"{"labels": ["a"], "probabilities": {"a": 0.9, "b": 0.49999, "d": 0.1}}"#, "0.9 0.50001 0.1", Self.many, 1),
  ])
  func `a label may be another where its probability stands at the threshold, or two are alike`(
    _ recorded: String, _ text: String, _ settings: String, _ count: Int
  ) throws {
    #expect(try differences(recorded, text, settings) == count)
  }

  private static let three = #", "task": "multi-class", "labels": ["a", "b", "c"]"#
  private static let many = #", "task": "multi-label", "labels": ["a", "b", "c"]"#
}
