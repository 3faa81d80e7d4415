extension PipelineSpec {
  /// Sets `key` in every stage that knows it.
  /// - Returns: how many do.
  public mutating func set(_ key: String, to value: JSON, _ registry: StageRegistry) -> Int {
    var count = 0
    for i in stages.indices {
      guard let type = stages[i]["type"]?.stringValue, let entry = registry.entries[StageType(rawValue: type)],
        entry.settings.contains(where: { $0.key == key })
      else { continue }
      stages[i][key] = value
      count += 1
    }
    return count
  }
}
