import HanpipeCore

/// The first line of a plug-in process: what it is.
struct Hello: Sendable, Equatable {
  /// The version of the protocol that we speak.
  static let version = 1
  static let keys = ["protocol", "role", "name", "version", "offsets", "labels", "width"]

  var role: String
  /// What the plug-in calls itself.
  var name: String?
  var version: String?
  var offsets = OffsetUnit.bytes
  var labels: [String]?
  var width: Int?

  /// - Throws: `PluginError.hello`.
  init(_ line: [UInt8]) throws(PluginError) {
    let json: JSON
    do { json = try JSON(parsing: line) } catch { throw .hello(found: excerpt(line), expected: "{\"protocol\": 1, \"role\": …}") }
    guard let object = json.objectValue, let version = object["protocol"]?.intValue else {
      throw .hello(found: excerpt(line), expected: "{\"protocol\": 1, \"role\": …}")
    }
    // The version first: a newer one may have keys that are unknown here.
    guard version == Self.version else {
      throw .hello(found: "version \(version) of the protocol", expected: "version \(Self.version), the only one known here")
    }
    if let unknown = object.keys.first(where: { !Self.keys.contains($0) }) {
      let hint = nearest(to: unknown, in: Self.keys).map { "\"\($0)\"" } ?? "one of \(Self.keys.joined(separator: ", "))"
      throw .hello(found: "the key \"\(unknown)\"", expected: hint)
    }
    guard let role = object["role"]?.stringValue else { throw .hello(found: "no \"role\"", expected: "the role that it has") }
    self.role = role
    do {
      name = try object["name"].map { json throws(SpecError) in try String.decode(json, at: SpecPath("name")) }
      self.version = try object["version"].map { json throws(SpecError) in try String.decode(json, at: SpecPath("version")) }
      if let unit = object["offsets"] { offsets = try OffsetUnit.decode(unit, at: SpecPath("offsets")) }
      labels = try object["labels"].map { json throws(SpecError) in try [String].decode(json, at: SpecPath("labels")) }
      width = try object["width"].map { json throws(SpecError) in try Int.decode(json, at: SpecPath("width")) }
    } catch { throw .hello(found: "a wrong value", expected: "\(error)") }
  }

  /// `jieba 0.42.1`; nil if it said neither.
  var identity: String? {
    let words = [name, version].compactMap { $0 }.joined(separator: " ")
    return words.isEmpty ? nil : words
  }

  /// Refuses a plug-in that is something else than the spec wants.
  func check(role: String, labels wanted: [String], needsWidth: Bool) throws(PluginError) {
    guard self.role == role else {
      throw .hello(found: "the role \"\(self.role)\"", expected: "\"\(role)\", which the spec asks for")
    }
    if let labels, labels != wanted {
      throw .hello(found: "the labels \(labels.json)", expected: "those of the spec, \(wanted.json)")
    }
    if needsWidth, !(1...(1 << 20)).contains(width ?? 0) {
      throw .hello(found: width.map { "the width \($0)" } ?? "no \"width\"", expected: "the number of floats a vector has")
    }
  }
}

/// The beginning of a line, as a message shows it.
func excerpt(_ line: [UInt8]) -> String {
  let text = String(decoding: line.prefix(80), as: UTF8.self)
  return line.isEmpty ? "an empty line" : "\"\(line.count > 80 ? text.prefix(60) + "…" : text[...])\""
}
