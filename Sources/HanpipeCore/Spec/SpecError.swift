/// What is wrong with a spec. The cases carry facts; the words are in `description` only.
public enum SpecError: Error, Equatable, CustomStringConvertible {
  case syntax(JSONSyntaxError)
  case unknownType(SpecPath, found: StageType, known: [StageType])
  case unknownKey(SpecPath, key: String, known: [String])
  case badValue(SpecPath, found: String, allowed: String)
  case missingKey(SpecPath, key: String, meaning: String)
  /// - Parameters:
  ///   - remedy: a setting of the stage before with which it gives what is taken: `"output": "sequence"`.
  ///   - bridges: stages that make the one of the other.
  case mismatch(SpecPath, takes: [ValueKind], after: SpecPath, gives: ValueKind, remedy: String?, bridges: [StageType])
  case ambiguousKind(ValueKind, String, String)
  case notLearned(SpecPath, StageType)
  case cannot(SpecPath, String)

  /// The place that it is about; nil if it is about the whole text.
  public var place: SpecPath? {
    switch self {
    case .syntax, .ambiguousKind: nil
    case .unknownType(let path, _, _): path["type"]
    case .unknownKey(let path, let key, _), .missingKey(let path, let key, _): path[key]
    case .badValue(let path, _, _), .mismatch(let path, _, _, _, _, _), .notLearned(let path, _), .cannot(let path, _): path
    }
  }

  public var description: String {
    switch self {
    case .syntax(let error): return "\(error)"
    case .unknownType(let path, let found, let known):
      let names = known.map(\.rawValue)
      if names.isEmpty { return "\(path): no stage of type \(Self.quoted(found.rawValue)); none is registered" }
      return
        "\(path): no stage of type \(Self.quoted(found.rawValue))\(Self.hint(found.rawValue, names)) registered are \(Self.list(names))"
    case .unknownKey(let path, let key, let known):
      let place = path.description.isEmpty ? "" : "\(path): "
      if known.isEmpty { return "\(place)unknown key \(Self.quoted(key)); this stage has no settings" }
      return "\(place)unknown key \(Self.quoted(key))\(Self.hint(key, known)) known are \(Self.list(known))"
    case .badValue(let path, let found, let allowed):
      return "\(path): \(found) is not allowed; expected \(allowed)"
    case .missingKey(let path, let key, let meaning):
      return "\(path.description.isEmpty ? "the spec" : path.description): \"\(key)\" is missing; expected \(meaning)"
    case .mismatch(let path, let takes, let after, let gives, let remedy, let bridges):
      let kinds = takes.map(\.rawValue).joined(separator: " or ")
      return "\(path) takes \(kinds), but \(after) gives \(gives)" + (remedy.map { "; with \($0) it gives \(kinds)" } ?? "")
        + (bridges.isEmpty
          ? "" : "; between them belongs \(bridges.map { "\"\($0)\"" }.joined(separator: " or "))")
    case .ambiguousKind(let kind, let a, let b):
      return "two Swift types call themselves \(kind): \(a) and \(b)"
    case .notLearned(let path, let type):
      return "\(path): \"\(type)\" has learned nothing yet; train the pipeline, or run a model directory"
    case .cannot(let path, let reason):
      return path.description.isEmpty ? reason : "\(path): \(reason)"
    }
  }

  private static func hint(_ name: String, _ known: [String]) -> String {
    nearest(to: name, in: known).map { "; did you mean \"\($0)\"?" } ?? ";"
  }
  /// Not more than a message can hold: labels may be among them.
  private static func list(_ names: [String]) -> String {
    names.prefix(40).map(quoted).joined(separator: ", ") + (names.count > 40 ? ", … (\(names.count) in all)" : "")
  }
  private static func quoted(_ name: String) -> String { "\"\(name.count > 60 ? name.prefix(57) + "…" : name)\"" }
}

/// An error of a file, with its name.
public struct FileError: Error, CustomStringConvertible {
  public var file: String
  public var underlying: any Error
  public init(_ file: String, _ underlying: any Error) {
    self.file = file
    self.underlying = underlying
  }
  public var description: String { "\(file): \(underlying)" }
}

/// The known name that a mistyped one probably means: the same but for capitals, or at most 3 edits away and at most half of the
/// longer one's letters. Of equally near names, the first in the alphabet.
public func nearest(to name: String, in known: [String]) -> String? {
  let length = name.count
  if length < 100, let same = known.sorted().first(where: { $0.lowercased() == name.lowercased() }) { return same }
  // Names whose lengths differ by more are farther away than that: nobody waits for a megabyte that stands where a key should.
  return known.filter { abs($0.count - length) < 4 }.map { (editDistance($0, name), $0) }
    .filter { $0.0 < 4 && $0.0 * 2 <= max($0.1.count, length) }
    .min { $0 < $1 }?.1
}

/// Levenshtein distance in characters.
package func editDistance(_ a: String, _ b: String) -> Int {
  let a = Array(a)
  let b = Array(b)
  var row = Array(0...b.count)
  for i in a.indices {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let above = row[j + 1]
      row[j + 1] = min(above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1))
      diagonal = above
    }
  }
  return row[b.count]
}
