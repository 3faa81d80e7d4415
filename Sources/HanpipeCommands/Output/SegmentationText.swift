import Hanpipe

extension SegmentationEvaluator.Outcome {
  /// For people, without a newline at the end.
  /// - Parameter limit: how many mistakes to show.
  func text(mistakes limit: Int) -> String {
    var rows = [
      ("records", grouped(score.records)), ("gold words", grouped(score.goldWords)), ("given words", grouped(score.givenWords)),
      ("right words", grouped(score.rightWords)), ("precision", decimal(score.precision, 4)),
      ("recall", decimal(score.recall, 4)), ("F1", decimal(score.f1, 4)),
    ]
    if let interval = score.bootstrap?.interval {
      rows.append(("F1, 95 %", "\(decimal(interval.lowerBound, 4)) to \(decimal(interval.upperBound, 4))"))
    }
    if score.unknown != nil {
      let figures = [("OOV rate", score.oovRate), ("OOV recall", score.oovRecall), ("IV recall", score.ivRecall)]
      rows += figures.map { ($0, $1.map { decimal($0, 4) } ?? "-") }
    }
    let lines = rows.map { padded($0, 13) + $1 }
    return (lines + mistakeLines(limit)).joined(separator: "\n")
  }

  private func mistakeLines(_ limit: Int) -> [String] {
    guard let mistakes, mistakes.total > 0, limit > 0 else { return [] }
    let shown = mistakes.commonest(limit)
    let cells = shown.map { mistake in
      [
        "\(mistake.gold.joined(separator: " ")) → \(mistake.given.isEmpty ? "no word" : mistake.given.joined(separator: " "))",
        "\(mistake.before)【\(mistake.gold.joined())】\(mistake.after)",
      ]
    }
    // One long mistake does not push the others off the screen.
    let width = max(16, min(36, cells.map { columns($0[0]) }.max() ?? 0)) + 2
    let rows = zip(shown, cells).map { mistake, cells in
      padded(grouped(mistake.count), 8, right: true) + "  " + padded(cells[0], width)
        + padded(grouped(mistake.line), 9, right: true) + "  " + cells[1]
    }
    let head =
      padded("mistakes", 8, right: true) + "  " + padded("gold → given", width) + padded("line", 9, right: true) + "  first"
    return ["", head] + rows + [padded(grouped(mistakes.total), 8, right: true) + "  in all"]
  }

  /// For programs. Figures that nobody can know are null.
  func json(mistakes limit: Int) -> JSON {
    func figure(_ value: Double?) -> JSON { value.map(JSON.number) ?? .null }
    var object: JSONObject = [
      "records": .integer(score.records), "failures": .integer(failures), "goldWords": .integer(score.goldWords),
      "givenWords": .integer(score.givenWords), "rightWords": .integer(score.rightWords),
      "precision": .number(score.precision), "recall": .number(score.recall), "f1": .number(score.f1),
    ]
    object["f1Interval"] =
      score.bootstrap?.interval.map { .array([.number($0.lowerBound), .number($0.upperBound)]) } ?? .null
    object["oovRate"] = figure(score.oovRate)
    object["oovRecall"] = figure(score.oovRecall)
    object["ivRecall"] = figure(score.ivRecall)
    guard let mistakes else { return .object(object) }
    object["mistakeCount"] = .integer(mistakes.total)
    object["mistakes"] = .array(
      mistakes.commonest(limit).map { mistake in
        [
          "gold": .array(mistake.gold.map(JSON.string)), "given": .array(mistake.given.map(JSON.string)),
          "count": .integer(mistake.count), "line": .integer(mistake.line), "before": .string(mistake.before),
          "after": .string(mistake.after),
        ]
      })
    return .object(object)
  }
}
