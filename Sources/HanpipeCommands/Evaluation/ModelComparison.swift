import Hanpipe

/// Two models measured on the same records.
struct ModelComparison {
  let paths: [String]
  let evaluations: [Evaluation]
  let paired: PairedComparison
  private let texts: Texts
  /// Records that the models do not answer alike, the surest answers first.
  private let differing: [Int]

  /// - Parameters:
  ///   - data: with labels as the first model numbers them.
  ///   - labels: of each model, the same names in any order.
  init(paths: [String], pipelines: [Pipeline], _ data: LabelledTexts, labels: [[String]], seed: UInt64, threads: Int) throws {
    self.paths = paths
    texts = data.texts
    evaluations = try zip(pipelines, labels).map { pipeline, names in
      let numbers = labels[0].map { names.firstIndex(of: $0) ?? 0 }
      let truths = data.labels.map { $0.map { numbers[$0] }.sorted() }
      let measurement = try Measurement(LabelledTexts(texts: data.texts, labels: truths), pipeline, threads: threads)
      return try Evaluation(measurement, seed: seed, abstainBelow: nil, threads: threads)
    }
    let counters = evaluations.map(\.measurement.counter)
    paired = try PairedComparison(
      first: evaluations[0].measurement.right, second: evaluations[1].measurement.right, seed: seed, threads: threads)
    let others = (0..<data.count).filter { Set(Self.names(counters[0], $0)) != Set(Self.names(counters[1], $0)) }
    func certainty(_ record: Int) -> Float { counters[0].certainties[record] + counters[1].certainties[record] }
    differing = others.sorted { (certainty($1), $0) < (certainty($0), $1) }
  }

  /// The labels that a model gave to a record.
  private static func names(_ counter: ClassificationCounter, _ record: Int) -> [String] {
    counter.answers[record].map { counter.names[$0] }
  }

  // MARK: Text

  /// For people, without a newline at the end.
  func text(examples: Int) -> String {
    let reports = evaluations.map(\.report)
    let width = max(28, (paths.map { columns($0) }.max() ?? 0) + 2)
    func cell(_ figure: Double?, _ interval: ClosedRange<Double>?) -> String {
      let range = interval.map { " (\(decimal($0.lowerBound, 4)) – \(decimal($0.upperBound, 4)))" } ?? ""
      return padded((figure.map { decimal($0, 4) } ?? "-") + range, width)
    }
    func row(_ name: String, _ figure: (Evaluation) -> (Double?, ClosedRange<Double>?)) -> String {
      padded(name, 14) + evaluations.map { cell(figure($0).0, figure($0).1) }.joined()
    }
    var lines = [
      padded(paired.count == 1 ? "1 record" : "\(grouped(paired.count)) records", 14) + paths.map { padded($0, width) }.joined(),
      row("accuracy") { ($0.report.accuracy, $0.intervals.accuracy) },
      row("macro F1") { ($0.report.macroF1, $0.intervals.macroF1) },
      row("log-loss") { ($0.report.logLoss, $0.intervals.logLoss) }, row("ECE") { ($0.reliability.expectedError, nil) },
    ]
    if reports.allSatisfy({ $0.rocAUC != nil }) { lines.append(row("ROC AUC") { ($0.report.rocAUC, $0.intervals.rocAUC) }) }
    lines += [""] + testLines + exampleLines(examples)
    // The last column is padded too.
    return lines.map { line in
      var line = line
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }

  private var testLines: [String] {
    let test = paired.test
    let interval = paired.interval.map { "   95 %: \(signed($0.lowerBound)) to \(signed($0.upperBound))" } ?? ""
    let statistic = test.statistic.map { ", chi-squared \(decimal($0, 4))" } ?? ""
    return [
      "both right \(grouped(paired.both)), only the first \(grouped(test.firstOnly)), only the second \(grouped(test.secondOnly)), neither \(grouped(paired.neither))",
      "difference in accuracy, second less first: \(signed(paired.difference))\(interval)",
      "McNemar (\(test.method.rawValue)\(statistic)): p = \(Self.spoken(test.pValue))",
    ]
  }

  private func signed(_ value: Double) -> String { (value >= 0 ? "+" : "") + decimal(value, 4) }

  /// Small ones with an exponent: 0.0000 would be wrong.
  private static func spoken(_ p: Double) -> String {
    guard p < 0.0001, p > 0 else { return decimal(p, 4) }
    var (mantissa, exponent) = (p, 0)
    while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    return "\(decimal(mantissa, 2))e\(exponent)"
  }

  private func exampleLines(_ limit: Int) -> [String] {
    guard limit > 0, !differing.isEmpty else { return [] }
    let shown = differing.prefix(limit)
    var lines = [
      "", "\(grouped(differing.count)) records are answered differently\(differing.count > limit ? ", the surest first" : ""):",
    ]
    for record in shown {
      let counters = evaluations.map(\.measurement.counter)
      let answers = counters.map { "\(label(Self.names($0, record))) \(decimal(Double($0.certainties[record]), 2))" }
      let truth = label(counters[0].truths[record].map { counters[0].names[$0] })
      let text = texts.text(of: record).map { $0.isNewline ? " " : $0 }
      lines.append("\(padded(grouped(record + 1), 8, right: true))  truth \(truth), first \(answers[0]), second \(answers[1])")
      lines.append("          \(shortened(String(text), columns: 68))")
    }
    return lines
  }

  private func label(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: ",") }

  // MARK: JSON

  /// For programs.
  func json(examples: Int) -> JSON {
    let models = zip(paths, evaluations).map { path, evaluation -> JSON in
      var object: JSONObject = ["model": .string(path)]
      for (key, value) in evaluation.json.objectValue?.members ?? [] where key != "records" { object[key] = value }
      return .object(object)
    }
    let test = paired.test
    return [
      "records": .integer(paired.count), "models": .array(models),
      "bothRight": .integer(paired.both), "onlyFirstRight": .integer(test.firstOnly), "onlySecondRight": .integer(test.secondOnly),
      "neitherRight": .integer(paired.neither),
      "difference": .number(paired.difference), "differenceInterval": .interval(paired.interval),
      "samples": .integer(paired.samples),
      "test": [
        "name": "McNemar", "method": .string(test.method.rawValue), "statistic": .figure(test.statistic),
        "pValue": .number(test.pValue),
      ],
      "differing": .integer(differing.count),
      "examples": .array(differing.prefix(examples).map(example)),
    ]
  }

  private func example(_ record: Int) -> JSON {
    let counters = evaluations.map(\.measurement.counter)
    func names(_ names: [String]) -> JSON { .array(names.map(JSON.string)) }
    return [
      "record": .integer(record + 1), "truth": names(counters[0].truths[record].map { counters[0].names[$0] }),
      "answers": .array(counters.map { names(Self.names($0, record)) }),
      "probabilities": .array(counters.map { .number(Double("\($0.certainties[record])") ?? .nan) }),
      "text": .string(texts.text(of: record)),
    ]
  }
}
