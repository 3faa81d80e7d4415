import ArgumentParser
import Hanpipe

struct CurvesCommand: ToolCommand {
  enum Format: String, CaseIterable, ExpressibleByArgument { case text, svg }

  static let configuration = CommandConfiguration(
    commandName: "curves", abstract: "Draws how loss and accuracy went while a model was trained.",
    discussion: """
      Examples: hanpipe curves models/mine
                hanpipe curves models/mine.checkpoint --output svg > curves.svg

      From the model's training.jsonl; a checkpoint's shows how far a training has come that is still going on. Of a segmenter, F1 of \
      words stands in accuracy's place.
      """)

  @Argument(help: ArgumentHelp("A model directory, or a checkpoint.", valueName: "model"), completion: .file()) var model: String
  @Option(help: "text, or svg: for light and dark screens.") var output = Format.text
  @Option(help: ArgumentHelp("How wide the text may be.", valueName: "columns")) var width = 80

  mutating func validate() throws {
    if !(40...1000).contains(width) { throw ValidationError("--width: \(width) is not allowed; expected a number from 40 to 1000") }
  }

  mutating func run(in environment: ToolEnvironment) throws {
    let history = try epochs()
    let curves = LearningCurves(history)
    switch output {
    case .svg: try Terminal.print(curves.svg)
    case .text:
      guard let text = curves.text(width: width) else { throw NoCurve(model: model, epochs: history.count) }
      try Terminal.print(text)
    }
  }

  private func epochs() throws -> [EpochRecord] {
    let path = model + "/training.jsonl"
    if Installation.isThere(model), !Installation.isThere(path) { throw NoHistory(model: model) }
    let lines = try FileContent.read(path, limit: 1 << 26).split(separator: 0x0A)
    let history = try lines.enumerated().map { number, line in
      guard let json = try? JSON(parsing: line), let record = EpochRecord(json) else {
        throw FileError("\(path):\(number + 1)", NotAnEpoch())
      }
      return record
    }
    if history.isEmpty { throw NoCurve(model: model, epochs: 0) }
    return history
  }
}

/// Something else than a model.
private struct NoHistory: Error, CustomStringConvertible {
  let model: String
  var description: String { "\(model): is not a model directory or a checkpoint: it has no training.jsonl" }
}

/// Too few epochs to draw a line.
private struct NoCurve: Error, CustomStringConvertible {
  let model: String
  let epochs: Int
  var description: String {
    "\(model): \(epochs == 0 ? "no epoch was recorded" : "a curve needs two epochs; --output svg draws the point of one")"
  }
}

private struct NotAnEpoch: Error, CustomStringConvertible {
  let description = "is no epoch; expected an object with \"epoch\", \"loss\", \"accuracy\" and \"learningRate\""
}
