/// An element of a spec's `stages` that stands for stages of another spec.
///
///     {"include": "segment.json", "from": 0, "through": 1}
public struct StageInclude: SettingsObject {
  /// Relative to the spec that says it.
  public var file: ResourcePath?
  /// The place of the first stage that is taken, counted from 0 in the other spec, what it includes counted in.
  public var from = 0
  /// The place of the last one; nil for all that follow.
  public var through: Int?
  public init() {}

  static let key = "include"
  public static let settings: [Setting<Self>] = [
    Setting(key, \.file, "Another spec, relative to this one; its stages take this place."),
    Setting("from", \.from, in: 0...PipelineSpec.maximumStages, "The first of its stages that is taken, counted from 0."),
    Setting("through", \.through, in: 0...PipelineSpec.maximumStages, "The last one; null: all that follow."),
  ]
  public static var schemaRules: JSONObject { ["required": [.string(key)], "properties": [key: ["type": "string"]]] }

  /// The stages that it takes of `count`.
  /// - Throws: `SpecError` for places that the other spec has not.
  func range(of count: Int, at path: SpecPath) throws(SpecError) -> Range<Int> {
    guard from < count else {
      throw .badValue(path["from"], found: "\(from)", allowed: "the place of one of its \(count) stages, from 0 to \(count - 1)")
    }
    let last = through ?? count - 1
    guard (from..<count).contains(last) else {
      throw .badValue(path["through"], found: "\(last)", allowed: "a place from \(from) to \(count - 1)")
    }
    return from..<last + 1
  }
}
