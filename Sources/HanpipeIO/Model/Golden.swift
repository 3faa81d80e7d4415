public import HanpipeCore

/// Predictions that are stored with a model and must come out again wherever it is loaded.
public enum Golden {
  /// Gives a record of output for each text.
  public typealias Render = @Sendable (_ pipeline: Pipeline, _ texts: [String]) throws -> [JSON]

  /// A text and what the model said to it.
  public struct Record: Sendable, Equatable {
    public var text: String
    public var expected: JSON
    public init(text: String, expected: JSON) {
      self.text = text
      self.expected = expected
    }
  }

  /// A text whose output is another one now.
  public struct Difference: Sendable, Equatable, CustomStringConvertible {
    public var text: String
    public var expected: JSON
    public var found: JSON
    public var description: String { "\"\(text)\": expected \(expected), found \(found)" }
  }

  /// How far a number may be off: another instruction set, another order of sums.
  public static let tolerance = 1e-4
  /// The same where a stage computes in reduced precision, now or when the model was saved: what is promised for real text.
  public static let reducedTolerance = 0.01

  /// The tolerance that fits the precisions of stages, those inside of others too: as they compute now, and as they did when the
  /// predictions were stored.
  static func tolerance(of chains: [JSONObject]...) -> Double {
    chains.joined().contains { isReduced(.object($0)) } ? reducedTolerance : tolerance
  }

  private static func isReduced(_ json: JSON) -> Bool {
    switch json {
    case .object(let object):
      object.members.contains { key, value in
        key == "precision" ? value.stringValue.map { $0 != "float32" } ?? false : isReduced(value)
      }
    case .array(let array): array.contains(where: isReduced)
    default: false
    }
  }

  /// Runs the texts through the pipeline, and gives those whose output differs.
  public static func differences(
    _ records: [Record], _ pipeline: Pipeline, tolerance: Double = tolerance, render: Render = render
  ) throws -> [Difference] {
    let found = try render(pipeline, records.map(\.text))
    guard found.count == records.count else {
      throw ContractViolation.recordCount(expected: records.count, found: found.count)
    }
    let differences = zip(records, found).compactMap { record, found in
      matches(record.expected, found, tolerance) ? nil : Difference(text: record.text, expected: record.expected, found: found)
    }
    // Without a text, a classifier's output still tells how it decides.
    guard !differences.isEmpty, let rule = try pipeline.trace(Texts([])).last as? Predictions else { return differences }
    return differences.filter { !isSameAnswer($0.expected, $0.found, rule, tolerance) }
  }

  /// Whether a classifier says the same but for rounding: where a probability stands at the threshold, or two are nearly alike, one that
  /// moves within the tolerance takes another label with it. The rule that decides must still give the stored probabilities the stored
  /// labels, so that a model with another threshold, or with other labels, is not taken for the same.
  private static func isSameAnswer(_ expected: JSON, _ found: JSON, _ rule: Predictions, _ tolerance: Double) -> Bool {
    guard let stored = expected["probabilities"], let present = found["probabilities"], matches(stored, present, tolerance)
    else { return false }
    let numbers = stored.arrayValue ?? rule.labels.compactMap { stored[$0] }
    let probabilities = numbers.compactMap { $0.doubleValue.map { Float($0) } }
    guard probabilities.count == rule.labels.count else { return false }
    // A binary classifier is given the second label's.
    let given = Array(probabilities.suffix(rule.logitWidth))
    let decided = Predictions(task: rule.task, labels: rule.labels, logits: given, probabilities: given, threshold: rule.threshold)
    return expected["labels"] == .array(decided.decision(of: 0).map { .string(rule.labels[$0]) })
  }

  /// The output of a pipeline that takes texts: labels and probabilities, or words with their tags, as its last kind has them.
  ///
  /// For any other kind, only that the text went through is recorded.
  public static let render: Render = { pipeline, texts in
    guard let output = try pipeline.trace(Texts(texts)).last else { return texts.map { _ in .null } }
    switch output {
    case let output as Predictions:
      return (0..<output.count).map { record in
        [
          "labels": .array(output.decision(of: record).map { .string(output.labels[$0]) }),
          "probabilities": probabilities(output, record),
        ]
      }
    case let output as Tokens:
      return (0..<output.count).map { record in .array(output.words(of: record).map(JSON.string)) }
    case let output as Tags:
      return (0..<output.count).map { record in
        .array(output.values[output.starts[record]..<output.starts[record + 1]].map { .string(output.names[Int($0)]) })
      }
    case let output as Texts: return (0..<output.count).map { .string(output.text(of: $0)) }
    default: return texts.map { _ in .null }
    }
  }

  /// In the order of the labels; where a text may get none of them, by name: nothing else would tell that names were exchanged.
  private static func probabilities(_ output: Predictions, _ record: Int) -> JSON {
    let numbers = output.probabilities(of: record).map { JSON.number(Double($0)) }
    guard output.task == .multiLabel else { return .array(numbers) }
    var object = JSONObject()
    for (label, number) in zip(output.labels, numbers) { object[label] = number }
    return .object(object)
  }

  /// Numbers to the tolerance, everything else exactly.
  static func matches(_ a: JSON, _ b: JSON, _ tolerance: Double) -> Bool {
    switch (a, b) {
    case (.integer, .integer), (.integer, .number), (.number, .integer), (.number, .number):
      return abs((a.doubleValue ?? .nan) - (b.doubleValue ?? .nan)) <= tolerance
    case (.array(let a), .array(let b)):
      return a.count == b.count && zip(a, b).allSatisfy { matches($0, $1, tolerance) }
    case (.object(let a), .object(let b)):
      return a.members.count == b.members.count
        && a.members.allSatisfy { member in b[member.key].map { matches(member.value, $0, tolerance) } ?? false }
    default: return a == b
    }
  }

  // MARK: The file

  static func bytes(_ records: [Record]) -> [UInt8] {
    var bytes: [UInt8] = []
    for record in records {
      JSON.object(["text": .string(record.text), "expected": record.expected]).write(to: &bytes)
      bytes.append(0x0A)
    }
    return bytes
  }

  /// - Throws: `RecordError` for a line that is no golden record.
  static func records(_ bytes: [UInt8], file: String) throws(RecordError) -> [Record] {
    var records: [Record] = []
    for (index, line) in bytes.split(separator: 0x0A).enumerated() {
      let json: JSON
      let position = LinePosition(file: file, line: index + 1)
      do { json = try JSON(parsing: line) } catch {
        throw RecordError(position, .json(error.message, column: error.column), line: line)
      }
      guard let text = json["text"]?.stringValue else { throw RecordError(position, .missingMember("text"), line: line) }
      guard let expected = json["expected"] else { throw RecordError(position, .missingMember("expected"), line: line) }
      records.append(Record(text: text, expected: expected))
    }
    return records
  }
}
