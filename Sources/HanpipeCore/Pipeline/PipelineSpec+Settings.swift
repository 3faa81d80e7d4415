extension PipelineSpec {
  /// Sets `key` in every stage that knows it, those inside of stages too.
  /// - Returns: how many do.
  public mutating func set(_ key: String, to value: JSON, _ registry: StageRegistry) -> Int {
    var count = 0
    for i in stages.indices { count += stages[i].set(key, to: value, registry) }
    return count
  }
}

extension JSONObject {
  /// Sets `key` in a stage's object, and in those of its branches.
  fileprivate mutating func set(_ key: String, to value: JSON, _ registry: StageRegistry) -> Int {
    var count = 0
    if let type = self["type"]?.stringValue, let entry = registry.entries[StageType(rawValue: type)],
      entry.settings.contains(where: { $0.key == key })
    {
      self[key] = value
      count += 1
    }
    if let branches = self["branches"]?.arrayValue {
      self["branches"] = .array(
        branches.map { branch in
          .array(
            (branch.arrayValue ?? []).map { node in
              guard var object = node.objectValue else { return node }
              count += object.set(key, to: value, registry)
              return .object(object)
            })
        })
    }
    return count
  }
}
