internal import HanpipeCore

// Settings that are an object with a "type", or just the type's name.

func typedNoun(_ names: [String]) -> String {
  "an object with a \"type\", one of " + names.map { "\"\($0)\"" }.joined(separator: ", ")
}

func decodeTyped<T>(
  _ json: JSON, at path: SpecPath, noun: String, _ known: [(name: String, type: T)]
) throws(SpecError) -> any SettingsObject {
  let node: JSONObject = json.stringValue.map { ["type": .string($0)] } ?? json.objectValue ?? JSONObject()
  guard let given = node["type"] else { throw .badValue(path, found: json.description, allowed: noun) }
  guard let type = known.first(where: { $0.name == given.stringValue })?.type as? any SettingsObject.Type else {
    let names = known.map { "\"\($0.name)\"" }.joined(separator: ", ")
    throw .badValue(path["type"], found: given.description, allowed: "one of " + names)
  }
  return try decode(type, node, path)
}

private func decode<S: SettingsObject>(_: S.Type, _ node: JSONObject, _ path: SpecPath) throws(SpecError) -> S {
  try S(node, at: path, ignoring: ["type"])
}

func typedJSON(_ type: String, _ settings: any SettingsObject) -> JSON {
  var object: JSONObject = ["type": .string(type)]
  for (key, value) in settings.json.members { object[key] = value }
  return .object(object)
}

func typedSchema<T>(_ known: [(name: String, type: T)]) -> JSON {
  func object<S: SettingsObject>(_ name: String, _: S.Type) -> JSON { .object(S.objectSchema(type: name)) }
  let objects = known.compactMap { entry in (entry.type as? any SettingsObject.Type).map { object(entry.name, $0) } }
  return ["anyOf": .array(objects + [["enum": .array(known.map { .string($0.name) })]])]
}
