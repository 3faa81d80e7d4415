import Hanpipe

/// A chain of stages as `validate` shows it: what each is told, and what flows from one to the next.
struct ChainDiagram {
  struct Value {
    let kind: String
    /// `B×T×128`.
    let shape: String
  }
  struct Step {
    /// Its place in the chain.
    let index: Int
    /// Where it is written, if that is another place: in another file.
    let origin: String?
    let type: String
    /// What differs from the defaults, as `--set` would say it: `units=64`.
    let settings: [String]
    /// `learned by counting`; nil for a stage that learns nothing.
    let learning: String?
    let input: Value
    let output: Value
  }

  let steps: [Step]

  /// - Parameters:
  ///   - shapes: what is known of each stage's output.
  ///   - parameters: the floats that each stage learned, if it has.
  init(_ blueprint: Blueprint, shapes: [ValueShape], parameters: [Int] = []) {
    var value = Value(kind: blueprint.inputKind?.rawValue ?? "nothing", shape: "B")
    steps = blueprint.links.enumerated().map { i, link in
      let output = Self.value(link, i < shapes.count ? shapes[i] : ValueShape())
      defer { value = output }
      let place = "\(SpecPath("stages")[i])"
      return Step(
        index: i, origin: "\(link.path)" == place ? nil : "\(link.path)", type: link.type.rawValue,
        settings: Self.settings(link, blueprint.registry),
        learning: Self.learning(link, i < parameters.count ? parameters[i] : nil),
        input: value, output: output)
    }
  }

  private static func value(_ link: Blueprint.Link, _ shape: ValueShape) -> Value {
    let kind = link.factory.outputKind
    let width = shape.width.map(grouped) ?? "H"
    let text =
      switch kind {
      case TokenIDs.kind, PaddedIDs.kind: "B×T below " + (shape.vocabularySize.map(grouped) ?? "V")
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
      (parameters.map { "\(grouped($0)) parameters; " } ?? "")
        + branches.map { $0.map(\.type.rawValue).joined(separator: " → ") }.joined(separator: " | ")
    }
  }

  /// A line a stage.
  var list: String {
    steps.map { step in
      let origin = step.origin.map { "   (\($0))" } ?? ""
      return "  \(padded("stages[\(step.index)]", 12)) \(padded(step.type, 20)) \(step.input.kind) → \(step.output.kind)\(origin)"
    }.joined(separator: "\n")
  }

  /// The chain downwards, values and stages in turn.
  var text: String {
    func line(_ value: Value) -> String { "  \(padded(value.kind, 11)) \(value.shape)" }
    var lines = steps.first.map { [line($0.input)] } ?? []
    for step in steps {
      let notes = [step.origin, step.learning].compactMap { $0 }
      let told = (step.settings + (notes.isEmpty ? [] : ["(\(notes.joined(separator: "; ")))"])).joined(separator: " ")
      lines.append("    │ \(padded("stages[\(step.index)]", 11)) \(padded(step.type, 18)) \(told)".trimmingEnd)
      lines.append(line(step.output))
    }
    return lines.joined(separator: "\n")
  }
}

extension String {
  fileprivate var trimmingEnd: String { String(reversed().drop { $0 == " " }.reversed()) }
}
