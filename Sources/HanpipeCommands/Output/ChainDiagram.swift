import Hanpipe

/// A chain of stages as `validate` shows it: what each is told, and what flows from one to the next.
struct ChainDiagram {
  struct Value {
    let kind: String
    /// `B×T×128`.
    let shape: String
  }
  struct Step {
    /// Its place in the chain: `stages[3]`, or `branches[0][1]` within one.
    let place: String
    /// Where it is written, if that is another place: in another file.
    let origin: String?
    let type: String
    /// What differs from the defaults, as `--set` would say it: `units=64`.
    let settings: [String]
    /// `learned by counting`; nil for a stage that learns nothing.
    let learning: String?
    let input: Value
    let output: Value
    /// The chains that it is made of, if it is.
    let chains: [ChainDiagram]
  }

  /// What is known of a stage beyond its spec.
  struct Facts {
    /// Of its output.
    var shape: ValueShape
    /// Floats that it learned; nil if it has not.
    var parameters: Int?
    /// Of the stages of each chain that it is made of.
    var chains: [[Facts]] = []

    /// Those of stages that are made.
    static func all(of pipeline: Pipeline) -> [Facts] {
      zip(pipeline.stages, pipeline.shapes).map { stage, shape in
        Facts(shape: shape, parameters: stage.parameters.count, chains: stage.chains.map(all))
      }
    }
  }

  let steps: [Step]

  /// - Parameter facts: one for each stage.
  init(_ blueprint: Blueprint, _ facts: [Facts]) {
    self.init(
      blueprint.links, at: SpecPath("stages"), named: "stages", Value(kind: blueprint.inputKind?.rawValue ?? "nothing", shape: "B"),
      facts, blueprint.registry)
  }

  /// - Parameters:
  ///   - place: where the chain would be written if it came from no other file.
  ///   - name: of the chain.
  private init(
    _ links: [Blueprint.Link], at place: SpecPath, named name: String, _ input: Value, _ facts: [Facts], _ registry: StageRegistry
  ) {
    var value = input
    steps = zip(links, facts).enumerated().map { i, pair in
      let (link, facts) = pair
      let (input, output) = (value, Self.value(link, facts.shape))
      value = output
      return Step(
        place: "\(name)[\(i)]", origin: "\(link.path)" == "\(place[i])" ? nil : "\(link.path)", type: link.type.rawValue,
        settings: Self.settings(link, registry), learning: Self.learning(link, facts.parameters), input: input, output: output,
        chains: zip(link.branches, facts.chains).enumerated().map { b, chain in
          ChainDiagram(chain.0, at: link.path["branches"][b], named: "branches[\(b)]", input, chain.1, registry)
        })
    }
  }

  private static func value(_ link: Blueprint.Link, _ shape: ValueShape) -> Value {
    let kind = link.factory.outputKind
    let width = shape.width.map(grouped) ?? "H"
    let text =
      switch kind {
      case TokenIDs.kind, PaddedIDs.kind: "B×T below " + (shape.vocabularySize.map(grouped) ?? "V")
      case FeatureIDs.kind: "B×T×K below " + (shape.vocabularySize.map(grouped) ?? "V")
      case Sequences.kind: "B×T×\(width)"
      case Vectors.kind: "B×\(width)"
      case Predictions.kind: "B×" + names(link.node["labels"])
      case Tags.kind: "B×T of " + names(link.node["tags"])
      case Tokens.kind: "B×T"
      default: "B"
      }
    return Value(kind: kind.rawValue, shape: text)
  }

  /// `2 (negative, positive)`.
  private static func names(_ json: JSON?) -> String {
    let names = json?.arrayValue?.compactMap(\.stringValue) ?? []
    guard !names.isEmpty else { return "C" }
    return "\(names.count) (" + names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", …)" : ")")
  }

  private static func settings(_ link: Blueprint.Link, _ registry: StageRegistry) -> [String] {
    (registry.entries[link.type]?.settings ?? []).compactMap { setting in
      guard let value = link.node[setting.key], value != setting.standard else { return nil }
      // Drawn, not told.
      if setting.key == "branches", !link.branches.isEmpty { return nil }
      let text = "\(setting.key)=\(value.stringValue ?? value.description)"
      return text.count > 60 ? text.prefix(57) + "…" : text
    }
  }

  private static func learning(_ link: Blueprint.Link, _ parameters: Int?) -> String? {
    switch link.factory.learning {
    case .none: nil
    case .given: "needs what was learned elsewhere"
    case .counting: "learned by counting"
    case .gradients: parameters.map { "\(grouped($0)) parameters" } ?? "learned by gradients"
    case .branches(let branches):
      (parameters.map { "\(grouped($0)) parameters in " } ?? "") + (branches.count == 1 ? "1 chain" : "\(branches.count) chains")
    }
  }

  /// A line a stage.
  var list: String {
    steps.map { step in
      let origin = step.origin.map { "   (\($0))" } ?? ""
      return "  \(padded(step.place, 12)) \(padded(step.type, 20)) \(step.input.kind) → \(step.output.kind)\(origin)"
    }.joined(separator: "\n")
  }

  /// The chain downwards, values and stages in turn; the chains of a stage one after the other, each with a bracket before it.
  var text: String { lines.map { "  " + $0 }.joined(separator: "\n") }

  private var lines: [String] {
    func line(_ value: Value) -> String { "\(padded(value.kind, 11)) \(value.shape)" }
    let column = max(11, steps.map(\.place.count).max() ?? 0)
    var lines = steps.first.map { [line($0.input)] } ?? []
    for step in steps {
      let notes = [step.origin, step.learning].compactMap { $0 }
      let told = (step.settings + (notes.isEmpty ? [] : ["(\(notes.joined(separator: "; ")))"])).joined(separator: " ")
      lines.append("  │ \(padded(step.place, column)) \(padded(step.type, 18)) \(told)".trimmingEnd)
      for chain in step.chains.map(\.lines) {
        for (i, line) in chain.enumerated() {
          lines.append("  │   \(i == 0 ? "┌" : i == chain.count - 1 ? "└" : "│") \(line)")
        }
      }
      lines.append(line(step.output))
    }
    return lines
  }
}

extension String {
  fileprivate var trimmingEnd: String { String(reversed().drop { $0 == " " }.reversed()) }
}
