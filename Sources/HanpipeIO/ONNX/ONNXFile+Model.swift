internal import HanpipeCore

extension ONNXFile {
  /// The network of a model, with all that another program needs to use it, as metadata:
  ///
  /// | name | |
  /// |---|---|
  /// | `hanpipe`, `name`, `sha256` | version, the spec's name, and what identifies the model (`ModelDirectory.sha256`) |
  /// | `task`, `labels`, `threshold` | `binary`, `multi-class`, `multi-label`, or `tags` with `tags` |
  /// | `ids.…`, `branch0_ids.…` | of an input: `stages` that make its ids, `vocabulary`, `unknown`, `padding` and the like |
  /// | `identities` | what must be the same where the ids are made: ICU's version, a lexicon's hash |
  /// | `examples` | texts with inputs and answers |
  /// - Parameter texts: of the examples.
  /// - Throws: `ExportError`, before anything is written; `StageFailure` of an example; `ModelError`, `FileError`.
  public init(_ model: ModelDirectory.Model, examples texts: [String]) throws {
    let pipeline = model.pipeline
    let network = try ExportedNetwork(pipeline)
    let examples = try network.examples(Texts(texts))
    var identities = JSONObject()
    for (i, identity) in pipeline.identities.enumerated() where !identity.isEmpty {
      identities[pipeline.link(i).label] = .object(JSONObject(identity.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }
    var metadata = [("hanpipe", model.hanpipe), ("name", model.spec.name ?? ""), ("sha256", try ModelDirectory.sha256(model.path))]
    metadata += network.facts.map { ($0.name, $0.value) }
    metadata.append(("identities", JSON.object(identities).description))
    metadata.append(("examples", JSON.array(examples.map(JSON.object)).description))
    let about = model.spec.about ?? ""
    try self.init(
      network.graph, name: model.spec.name ?? "hanpipe", about: about,
      metadata: metadata.map { (name: $0.0, value: $0.1) })
  }
}
