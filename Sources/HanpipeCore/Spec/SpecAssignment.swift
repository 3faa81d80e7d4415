/// A change of a spec that is said beside it: `stages[4].units=64`, `training.optimizer.learningRate=0.01`.
///
/// The path is keys and places in arrays; a key that holds a point, bracket or equals sign stands in brackets and quotes:
/// `training.classWeights["a.b"]=2`. The value is JSON, or a string without quotes where it cannot be mistaken for JSON. Stages are
/// counted as `hanpipe validate` lists them, included ones too.
public struct SpecAssignment: Sendable, Equatable, CustomStringConvertible {
  enum Step: Sendable, Equatable {
    case key(String)
    case index(Int)
  }

  /// What is wrong with the text.
  public struct Malformed: Error, Equatable, CustomStringConvertible {
    public let description: String
  }

  /// As it was written.
  public let description: String
  let steps: [Step]
  let value: JSON

  /// What can be changed.
  static let keys = ["name", "description", "stages", "training"]

  public init(_ text: String) throws(Malformed) {
    var reader = AssignmentReader(rest: text[...])
    steps = try reader.steps()
    value = try Self.value(reader.rest)
    description = text
  }

  private static func value(_ text: Substring) throws(Malformed) -> JSON {
    do { return try JSON(parsing: text.utf8) } catch {
      // What begins as JSON does was meant to be JSON.
      guard let first = text.first, !"{[\"-0123456789".contains(first) else {
        throw Malformed(
          description: text.isEmpty
            ? "no value follows the \"=\"; an empty string is written as \"\"" : "the value is not JSON: \(error.message)")
      }
      return .string(String(text))
    }
  }

  /// The new value as it is written.
  public var valueText: String { value.stringValue ?? "\(value)" }

  /// The place that it changes.
  public var place: SpecPath {
    steps.reduce(SpecPath()) { path, step in
      switch step {
      case .key(let key): path[key]
      case .index(let index): path[index]
      }
    }
  }

  /// Whether an error at `other` is about what it changed: the place itself, something in it, or what it stands in.
  public func concerns(_ other: SpecPath) -> Bool {
    let (own, other) = (place.description, other.description)
    func begins(_ a: String, with b: String) -> Bool {
      a == b || (a.hasPrefix(b) && [".", "["].contains(a.dropFirst(b.count).first))
    }
    return begins(own, with: other) || begins(other, with: own)
  }

  /// Changes a spec. Whether the new value is one that the place may have is for those to say who check the spec.
  /// - Parameter defaults: the spec with all defaults written out: `learningRate` is then known where the spec only says `"adam"`.
  /// - Throws: `SpecError` if there is no such place.
  public func apply(to spec: inout PipelineSpec, defaults: JSON) throws(SpecError) {
    guard case .key(let first) = steps.first, Self.keys.contains(first) else {
      let key = if case .key(let key) = steps.first { key } else { "" }
      throw .unknownKey(SpecPath(), key: key, known: Self.keys)
    }
    var json: JSON? = spec.json
    try Self.assign(value, to: &json, steps[...], SpecPath(), defaults)
    var changed = try PipelineSpec(json ?? .null)
    if changed.stages.count == spec.stages.count { changed.places = spec.places }
    if first == "stages" {
      // From here on the place is a matter of the command line, not of a file.
      if steps.count > 1, case .index(let index) = steps[1], changed.places.indices.contains(index) {
        changed.places[index] = SpecPath("stages")[index]
      } else {
        changed.places = []
      }
    }
    spec = changed
  }

  private static func assign(
    _ value: JSON, to json: inout JSON?, _ steps: ArraySlice<Step>, _ path: SpecPath, _ defaults: JSON?
  ) throws(SpecError) {
    switch steps.first {
    case nil: json = value
    case .key(let key):
      var object = try object(json, at: path, key, defaults)
      var member = object[key]
      try assign(value, to: &member, steps.dropFirst(), path[key], defaults?[key])
      object[key] = member
      json = .object(object)
    case .index(let index):
      let standing = json == nil ? defaults : json
      guard var values = standing?.arrayValue else {
        throw .cannot(path, "\(standing?.excerpt ?? "nothing") has no places; only an array has")
      }
      guard values.indices.contains(index) else {
        throw .cannot(
          path[index],
          values.isEmpty
            ? "there is no such place; the array is empty" : "there is no such place; the last is \(path[values.count - 1])")
      }
      var element: JSON? = values[index]
      let standard = defaults?.arrayValue.flatMap { $0.indices.contains(index) ? $0[index] : nil }
      try assign(value, to: &element, steps.dropFirst(), path[index], standard)
      values[index] = element ?? .null
      json = .array(values)
    }
  }

  /// The object at a place in which a key is to be set. What is told apart by a type may stand there as the type's name alone.
  private static func object(_ json: JSON?, at path: SpecPath, _ key: String, _ defaults: JSON?) throws(SpecError) -> JSONObject {
    switch json {
    case .object(let object): return object
    case .string(let name) where defaults?["type"] != nil: return ["type": .string(name)]
    case nil, .null: return defaults?["type"].map { ["type": $0] } ?? JSONObject()
    case .array(let values)?:
      // `stages.4.units`, as other tools write it.
      let place = Int(key).flatMap { values.indices.contains($0) ? $0 : nil }
      throw .cannot(path, "an array of \(values.count) has no keys, but places; expected \(path[place ?? 0])")
    case let other?: throw .cannot(path, "\(other.excerpt) has no keys; only an object has \"\(key)\"")
    }
  }
}

/// Reads the path, up to and with the equals sign.
private struct AssignmentReader {
  var rest: Substring

  private static let form = "expected PATH=VALUE, such as stages[4].units=64 or training.epochs=3"

  private func malformed(_ what: String) -> SpecAssignment.Malformed {
    SpecAssignment.Malformed(description: "\(what); \(Self.form)")
  }

  mutating func steps() throws(SpecAssignment.Malformed) -> [SpecAssignment.Step] {
    var steps: [SpecAssignment.Step] = [.key(try key())]
    while let next = rest.popFirst() {
      switch next {
      case "=": return steps
      case ".": steps.append(.key(try key()))
      case "[": steps.append(try bracket())
      default: throw malformed("\"\(next)\" stands after a bracket")
      }
    }
    throw malformed("there is no \"=\"")
  }

  private mutating func key() throws(SpecAssignment.Malformed) -> String {
    let key = rest.prefix { !".[]=".contains($0) }
    guard !key.isEmpty else { throw malformed("a key is missing") }
    rest = rest.dropFirst(key.count)
    return String(key)
  }

  private mutating func bracket() throws(SpecAssignment.Malformed) -> SpecAssignment.Step {
    if rest.first == "\"" {
      // A closing quote and bracket cannot stand inside of a key: a quote there is escaped.
      guard let end = rest.firstRange(of: "\"]"), let key = try? JSON(parsing: rest[..<end.lowerBound].utf8 + [0x22]).stringValue
      else {
        throw malformed("a key in brackets is a JSON string")
      }
      rest = rest[end.upperBound...]
      return .key(key)
    }
    let digits = rest.prefix { $0 != "]" }
    guard let index = Int(digits), index >= 0, rest.dropFirst(digits.count).first == "]" else {
      throw malformed("\"[\(digits)]\" is no place in an array")
    }
    rest = rest.dropFirst(digits.count + 1)
    return .index(index)
  }
}
