import Hanpipe

/// What a person should know of a model before using it: its README.md.
struct ModelCard {
  let trainer: Trainer
  let spec: PipelineSpec
  let files: [DataFile]

  var markdown: String {
    let name = spec.name ?? "model"
    return """
      # \(name)

      \(spec.about ?? "A hanpipe model.")

      | | |
      |---|---|
      | made by | hanpipe \(Tool.version) |
      | labels | \(trainer.head.labels.joined(separator: ", ")) |
      | stages | \(trainer.pipeline.blueprint.links.map(\.type.rawValue).joined(separator: " → ")) |
      | records | \(grouped(trainer.trainingCount)) trained on, \(grouped(trainer.validationCount)) validated on |
      | parameters | \(grouped(trainer.pipeline.parameterCount)) |
      | seed | \(trainer.configuration.seed) |

      ## Data

      \(files.map { "- `\($0.name)`" + ($0.sha256.map { ", SHA-256 `\($0)`" } ?? "") }.joined(separator: "\n"))

      ## Figures

      \(figures)

      Validation records were kept apart from those trained on, but where training stops early they also chose the epoch: measure \
      on records of your own with `hanpipe evaluate`.

      ## Use

          hanpipe classify --model THIS-DIRECTORY < lines.txt

      """
  }

  private var figures: String {
    var lines = ["| epoch | loss | accuracy | validation loss | validation accuracy |", "|---|---|---|---|---|"]
    for record in trainer.history {
      let validation = [record.validationLoss, record.validationAccuracy].map { $0.map { decimal($0, 4) } ?? "–" }
      lines.append(
        "| \(record.epoch) | \(decimal(record.loss, 4)) | \(decimal(record.accuracy, 4)) | \(validation.joined(separator: " | ")) |"
      )
    }
    return lines.joined(separator: "\n")
  }
}
