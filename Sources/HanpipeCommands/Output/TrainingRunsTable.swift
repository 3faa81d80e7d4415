import Hanpipe

/// What several trainings gave: a table for people, JSON Lines for programs.
struct TrainingRunsTable {
  let outcome: TrainingRuns

  // MARK: For people

  /// Without a newline at the end.
  var text: String {
    let names = figureNames
    let changed = changedPaths
    var rows = [["run"] + changed + ["epochs"] + names.map(Self.spoken)]
    for run in outcome.runs {
      let figures = run.failure == nil ? run.figures : []
      rows.append(
        ["\(run.subject)"] + changed.map { path in run.choices.first { "\($0.place)" == path }?.valueText ?? "" }
          + [run.epochs == 0 ? "-" : "\(run.epochs)"]
          + names.map { name in figures.first { $0.name == name }.map { decimal($0.value, 4) } ?? "-" })
    }
    if !isSearch, outcome.runs.count > 1 {
      let spreads = outcome.spreads
      func row(_ name: String, _ figure: (Spread) -> Double?) -> [String] {
        [name, ""] + names.map { name in spreads.first { $0.name == name }.flatMap { figure($0.spread) }.map { decimal($0, 4) } ?? "-" }
      }
      rows += [row("mean", \.mean), row("std. deviation", \.standardDeviation), row("lowest", \.minimum), row("highest", \.maximum)]
    }
    var lines = Self.aligned(rows)
    // A rule above the summary.
    if !isSearch, outcome.runs.count > 1 {
      lines.insert(String(repeating: "-", count: lines.map { columns($0) }.max() ?? 0), at: outcome.runs.count + 1)
    }
    lines += outcome.runs.filter { $0.failure != nil }.map { "\($0.subject): \($0.failure ?? "")" }
    return lines.joined(separator: "\n")
  }

  private var isSearch: Bool { outcome.runs.contains { !$0.choices.isEmpty } }
  private var changedPaths: [String] { outcome.runs.first?.choices.map { "\($0.place)" } ?? [] }

  /// Those that any run has, in their order. A search measures the test records of the best trial only; that stands elsewhere.
  private var figureNames: [String] {
    let names = outcome.runs.map { $0.figures.map(\.name).filter { !isSearch || !$0.hasPrefix("test") } }
    return names.max { $0.count < $1.count } ?? []
  }

  /// `validationWordF1`: `validation word F1`.
  private static func spoken(_ name: String) -> String {
    name.reduce(into: "") { text, letter in
      if letter.isUppercase, text.last?.isUppercase != true { text += " " }
      text += letter == "F" ? "F" : letter.lowercased()
    }
  }

  private static func aligned(_ rows: [[String]]) -> [String] {
    let widths = (rows.first ?? []).indices.map { column in rows.map { columns($0[column]) }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).enumerated().map { i, cell in padded(cell.0, cell.1, right: i > 0) }
      return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
    }
  }

  // MARK: For programs

  /// A line a run, and a last one with mean and spread of each figure.
  var jsonLines: String {
    var lines = outcome.runs.enumerated().map { i, run in Self.json(run, isKept: i == outcome.kept) }
    var spreads = JSONObject()
    for (name, spread) in outcome.spreads {
      spreads[name] = [
        "mean": .number(spread.mean), "standardDeviation": spread.standardDeviation.map(JSON.number) ?? .null,
        "minimum": .number(spread.minimum), "maximum": .number(spread.maximum), "count": .integer(spread.count),
      ]
    }
    var last: JSONObject = ["runs": .integer(outcome.runs.count), "isComplete": .bool(outcome.isComplete)]
    if isSearch {
      last["best"] = outcome.kept.map { .array(outcome.runs[$0].choices.map { .string($0.description) }) } ?? .null
    } else {
      last["figures"] = .object(spreads)
    }
    lines.append(.object(last))
    return lines.map(\.description).joined(separator: "\n")
  }

  private static func json(_ run: TrainingRun, isKept: Bool) -> JSON {
    var object = JSONObject()
    switch run.subject {
    case .seed(let seed): object["seed"] = .integer(seed)
    case .fold(let fold): object["fold"] = .integer(fold)
    case .trial(let trial, let choices):
      object["trial"] = .integer(trial)
      object["set"] = .array(choices.map { .string($0.description) })
    }
    object["epochs"] = .integer(run.epochs)
    for (name, value) in run.figures where run.failure == nil { object[name] = .number(value) }
    if let failure = run.failure { object["failure"] = .string(failure) }
    object["isKept"] = .bool(isKept)
    return .object(object)
  }
}

extension TrainingRun {
  /// The settings that a search tries.
  var choices: [SpecAssignment] { if case .trial(_, let choices) = subject { choices } else { [] } }

  /// What follows on the others' lines while they run: `seed 3: validation accuracy 0.9213, …`.
  var line: String {
    if let failure { return "\(subject): \(failure)" }
    var parts: [String] = []
    if let result { parts += ["loss \(decimal(result.loss, 4))", "accuracy \(decimal(result.accuracy, 4))"] }
    if let loss = result?.validationLoss, let accuracy = result?.validationAccuracy {
      parts.append("validation \(decimal(loss, 4)), \(decimal(accuracy, 4))")
    }
    if let f1 = result?.validationWordF1 { parts.append("F1 \(decimal(f1, 4))") }
    if let test { parts.append("test \(test.summary)") }
    return "\(subject): \(epochs) epochs, " + parts.joined(separator: ", ")
  }
}
