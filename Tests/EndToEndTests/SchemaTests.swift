import Glibc
import HanpipeCore
import Testing

/// Python's `jsonschema`, an implementation of JSON Schema that is not ours.
enum Validator {
  /// HANPIPE_PYTHON, or `python3` of the path.
  private static let python = getenv("HANPIPE_PYTHON").map { String(cString: $0) } ?? "python3"
  private static let environment = ["PATH": getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"]

  private static func run(_ arguments: [String]) throws -> Outcome {
    try Child("/usr/bin/env", [python] + arguments, directory: nil, environment: environment).finish()
  }

  static let isThere = (try? run(["-c", "import jsonschema; jsonschema.Draft202012Validator"]))?.status == .exit(0)

  /// What is wrong with each file; nil where nothing is.
  static func errors(_ schema: String, _ files: [String]) throws -> [String: String?] {
    let outcome = try run([Tool.packageRoot + "/Tests/Fixtures/validate_specs.py", schema] + files)
    try #require(outcome.status == .exit(0), "\(outcome)")
    return try Dictionary(
      uniqueKeysWithValues: outcome.json().map { line in
        (line.arrayValue?[0].stringValue ?? "", line.arrayValue?[1].stringValue)
      })
  }
}

/// The schema that editors complete from: printed, shipped, and in agreement with what hanpipe itself refuses.
@Suite struct SchemaTests {
  static let shipped = Tool.packageRoot + "/pipelines/pipeline.schema.json"

  @Test func `the shipped schema is what the command prints`() throws {
    #expect(try Tool.run(["schema"]) == .success(try Files.text(Self.shipped)))
  }

  @Test func `a stage's own schema is part of the whole one`() throws {
    let whole = try #require(JSON(parsing: Files.read(Self.shipped))["$defs"]?["stage"]?["oneOf"]?.arrayValue)
    let types = whole.compactMap { $0["title"]?.stringValue }
    #expect(types == (try Tool.run(["stages"])).lines.map { String($0.prefix { $0 != " " }) })
    for (type, schema) in zip(types, whole) {
      let one = try JSON(parsing: Tool.run(["stages", type, "--schema"]).output)
      var members = try #require(one.objectValue)
      #expect(members["$schema"] == "https://json-schema.org/draft/2020-12/schema")
      // What it refers to: there, a part of the whole.
      (members["$schema"], members["$defs"]) = (nil, nil)
      #expect(JSON.object(members) == schema)
    }
  }

  @Test(arguments: [
    ["stages", "--schema"], ["stages", "lstm", "gru", "--schema"], ["stages", "lstm", "--schema", "--json"],
  ])
  func `a schema is of one stage`(_ arguments: [String]) throws {
    let outcome = try Tool.run(arguments)
    #expect(outcome.status == .exit(64))
    #expect(outcome.errors.hasPrefix("Error: --schema "), "\(outcome.errors)")
  }

  // MARK: With a validator that is not ours

  static let needed: Comment =
    "Python's jsonschema is not here: apt-get install python3-jsonschema, or name a Python by HANPIPE_PYTHON"

  @Test(.enabled(if: Validator.isThere, needed))
  func `every shipped spec and model is as the schema says`() throws {
    let pipelines = Tool.packageRoot + "/pipelines/"
    let specs = Files.names(pipelines).filter { $0.hasSuffix(".json") && !$0.hasSuffix(".schema.json") }.map { pipelines + $0 }
    #expect(specs.count >= 5)
    for spec in specs { #expect(try JSON(parsing: Files.read(spec))["$schema"] == "pipeline.schema.json") }
    let models = [Tool.packageRoot + "/models/sentiment/pipeline.json", try Tiny.model() + "/pipeline.json"]
    for (file, error) in try Validator.errors(Self.shipped, specs + models) { #expect(error == nil, "\(file): \(error ?? "")") }
  }

  /// The validator's and hanpipe's opinion of specs, each with a name. Whether the code that one names may run is no part of it: that is
  /// asked once everything else is in order.
  private func judge(_ cases: [(name: String, spec: String)]) throws -> [(name: String, schema: String?, hanpipe: String?)] {
    let workspace = Workspace()
    for folder in ["vocab", "specs"] { try Files.makeDirectory(workspace[folder]) }
    try workspace.write("我\tforce\n", to: "vocab/lexicon.txt")
    try workspace.write("<pad>\t0\n<unk>\t0\n我\t3\n", to: "vocab/words.tsv")
    try workspace.write("我 5\n", to: "vocab/words.txt")
    try workspace.write(#"{"stages": [{"type": "whitespace"}]}"#, to: "specs/segment.json")
    try Files.copy(Tiny.model(), to: workspace["tiny"])
    for test in cases { try workspace.write(test.spec, to: "specs/\(test.name).json") }
    let files = cases.map { "specs/\($0.name).json" }
    let found = try Validator.errors(Self.shipped, files.map { workspace[$0] })
    let outcome = try workspace.run(["validate"] + files)
    let refusals = outcome.errors.split(separator: "\n").map(String.init)
    return zip(cases, files).map { test, file in
      let refusal = refusals.first { $0.hasPrefix("hanpipe: \(file): ") }
      #expect((refusal == nil) == outcome.text.contains("\(file): spec in order"), "\(file)")
      let needsPermission = refusal?.contains(", which is not allowed; say --allow-plugins if you trust it") == true
      return (test.name, found[workspace[file]] ?? nil, needsPermission ? nil : refusal)
    }
  }

  private static func stages(_ stages: String) -> String { "{\"stages\": [\(stages)]}" }
  private static func process(_ settings: String) -> String { of("process", settings) }
  private static func library(_ settings: String) -> String { of("library", settings) }
  private static func of(_ type: String, _ settings: String) -> String {
    stages("{\"type\": \"\(type)\"\(settings.isEmpty ? "" : ", ")\(settings)}")
  }
  private static func training(_ training: String) -> String { "{\"stages\": [{\"type\": \"icu\"}], \"training\": \(training)}" }

  private static let refused: [String] = [
    "", "[]", "{}", stages(""), stages("\"icu\""), stages("{}"), stages("{\"type\": 3}"), stages("{\"type\": \"lsmt\"}"),
    "{\"stages\": [{\"type\": \"icu\"}], \"stage\": []}", "{\"stages\": {\"type\": \"icu\"}}",
    "{\"name\": 3, \"stages\": [{\"type\": \"icu\"}]}", "{\"description\": null, \"stages\": [{\"type\": \"icu\"}]}",
    "{\"$schema\": 3, \"stages\": [{\"type\": \"icu\"}]}", "{\"model\": 3, \"stages\": [{\"type\": \"icu\"}]}",
    stages("{\"type\": \"icu\", \"locale\": \"zh\", \"locale\": \"zh\"}"),
    stages("{\"type\": \"icu\", \"lexicon\": \"/etc/passwd\"}"), stages("{\"type\": \"icu\", \"lexicon\": \"\"}"),
    stages("{\"type\": \"icu\", \"lexicon\": \"a\\u0000b\"}"), stages("{\"type\": \"icu\", \"keepWhitespace\": 1}"),
    stages("{\"type\": \"normalize\", \"form\": \"NFD\"}"), stages("{\"type\": \"normalize\", \"fold\": [\"case\", \"kana\"]}"),
    stages("{\"type\": \"normalize\", \"fold\": \"case\"}"),
    stages("{\"type\": \"lstm\", \"unit\": 3}"), stages("{\"type\": \"lstm\", \"units\": \"8\"}"),
    stages("{\"type\": \"lstm\", \"units\": 1.5}"), stages("{\"type\": \"lstm\", \"units\": null}"),
    stages("{\"type\": \"lstm\", \"output\": \"lst\"}"), stages("{\"type\": \"lstm\", \"gradientWindow\": 0}"),
    stages("{\"type\": \"vocabulary\", \"file\": \"../vocab/words.tsv\", \"minimumCount\": 2}"),
    stages("{\"type\": \"vocabulary\", \"file\": \"../vocab/words.tsv\", \"maximumSize\": 20}"),
    stages("{\"type\": \"padding\", \"length\": \"fixed\"}"),
    stages("{\"type\": \"padding\", \"length\": \"fixed\", \"maximum\": null}"),
    stages("{\"type\": \"sigmoid\"}"), stages("{\"type\": \"sigmoid\", \"labels\": []}"),
    stages("{\"type\": \"sigmoid\", \"labels\": [\"a\", \"a\"]}"), stages("{\"type\": \"sigmoid\", \"labels\": [\"a\", \"\"]}"),
    stages("{\"type\": \"sigmoid\", \"labels\": [\"a\"], \"task\": \"binary\"}"),
    stages("{\"type\": \"sigmoid\", \"labels\": [\"a\", \"b\", \"c\"], \"task\": \"binary\"}"),
    stages("{\"type\": \"softmax\", \"labels\": [\"a\"]}"), stages("{\"type\": \"softmax\"}"),
    stages("{\"type\": \"crf\", \"tags\": [\"S\"]}"), stages("{\"type\": \"crf\", \"tags\": [\"S\", \"S\"]}"),
    stages("{\"type\": \"neural\", \"model\": \"m\", \"criterion\": \"list\"}"),
    stages("{\"type\": \"neural\", \"model\": \"m\", \"criterion\": \"pku\", \"list\": \"w\"}"),
    stages("{\"type\": \"neural\"}"), stages("{\"type\": \"neural\", \"model\": null}"), stages("{\"type\": \"lexicon\"}"),
    stages("{\"type\": \"lexicon\", \"dictionary\": \"../vocab/words.txt\", \"user\": \"../vocab/words.txt\"}"),
    stages("{\"include\": 3}"), stages("{\"include\": \"segment.json\", \"form\": 1}"),
    stages("{\"include\": \"segment.json\", \"from\": -1}"), stages("{\"include\": null}"),
    of("stop-words", ""), of("stop-words", #""words": []"#), of("stop-words", #""words": [""]"#), of("stop-words", #""words": [" 的"]"#),
    of("stop-words", #""words": ["a\nb"]"#), of("stop-words", #""keep": ["不"]"#), of("stop-words", #""list": null"#),
    of("simplify", #""form": "NFC""#),
    of("dense", #""activation": "selu""#), of("dense", #""units": 0"#), of("dense", #""labels": ["a"]"#),
    stages("{\"type\": \"user-words\"}"), stages("{\"type\": \"user-words\", \"lexicon\": null}"),
    stages("{\"type\": \"ngrams\", \"orders\": []}"), stages("{\"type\": \"ngrams\", \"orders\": [9], \"window\": 16}"),
    stages("{\"type\": \"ngrams\", \"orders\": [0]}"), stages("{\"type\": \"ngrams\", \"orders\": [1, 1]}"),
    stages("{\"type\": \"ngrams\", \"orders\": [6]}"), stages("{\"type\": \"ngrams\", \"orders\": [4], \"window\": 1}"),
    stages("{\"type\": \"ngrams\", \"window\": 0}"), stages("{\"type\": \"ngrams\", \"orders\": [9], \"bag\": true}"),
    stages("{\"type\": \"crf\", \"tags\": [\"S\", \((0..<1024).map { "\"S-\($0)\"" }.joined(separator: ", "))]}"),
    process(""), process(#""command": []"#), process(#""command": "python3""#), process(#""command": [""]"#),
    process(#""command": ["./words"]"#), process(#""command": ["bin/words"]"#), process(#""command": ["a\u0000"]"#),
    process(#""command": ["python3", "a\u0000"]"#), process(#""command": ["python3"], "arguments": ["a\u0000"]"#),
    process(#""command": ["python3"], "script": "/words.py""#), process(#""command": ["python3"], "role": "tagger""#),
    process(#""command": ["python3"], "labels": ["a", "b"]"#), process(#""command": ["python3"], "role": "classifier""#),
    process(#""command": ["python3"], "role": "classifier", "labels": ["a"]"#),
    process(#""command": ["python3"], "role": "classifier", "labels": ["a", "a"]"#),
    process(#""command": ["python3"], "role": "classifier", "labels": ["a", ""]"#),
    process(#""command": ["python3"], "role": "classifier", "labels": [], "task": "multi-label""#),
    process(#""command": ["python3"], "role": "encoder", "labels": ["a", "b"]"#),
    library(""), library(#""path": null"#), library(#""path": "/usr/lib/words.so""#), library(#""path": "a.so", "role": "encoder""#),
    library(#""path": "a.so", "options": {"a": []}"#), library(#""path": "a.so", "options": {"a": null}"#),
    library(#""path": "a.so", "options": {"a": "\u0000"}"#), library(#""path": "a.so", "options": {"\u0000": 1}"#),
    library(#""path": "a.so", "options": []"#), library(#""path": "a.so", "labels": ["a", "b"]"#),
    library(#""path": "a.so", "role": "classifier", "labels": ["a"]"#),
    training("3"), training("null"), training("{\"epoch\": 3}"), training("{\"loss\": \"mse\"}"),
    training("{\"optimizer\": \"adm\"}"), training("{\"optimizer\": {\"type\": \"adm\"}}"), training("{\"optimizer\": {}}"),
    training("{\"optimizer\": null}"), training("{\"optimizer\": {\"type\": \"sgd\", \"beta1\": 0.9}}"),
    training("{\"optimizer\": {\"type\": \"adam\", \"learningRate\": -1}}"), training("{\"schedule\": \"linear\"}"),
    training("{\"schedule\": {\"type\": \"step\", \"every\": 0}}"), training("{\"earlyStopping\": {\"patience\": 0}}"),
    training("{\"earlyStopping\": true}"), training("{\"clipping\": {\"norm\": 0}}"), training("{\"clipping\": 5}"),
    training("{\"classWeights\": \"equal\"}"), training("{\"classWeights\": {\"a\": 0}}"),
    training("{\"classWeights\": {\"a\": \"1\"}}"), training("{\"metrics\": \"accuracy\"}"), training("{\"metrics\": [\"f1\"]}"),
    training("{\"shuffle\": \"yes\"}"), training("{\"seed\": -1}"),
  ]

  @Test(.enabled(if: Validator.isThere, needed))
  func `what hanpipe refuses the schema refuses too`() throws {
    for (spec, verdict) in zip(Self.refused, try judge(Self.refused.enumerated().map { ("refused-\($0)", $1) })) {
      #expect(verdict.schema != nil, "the schema allows \(spec)")
      #expect(verdict.hanpipe != nil, "hanpipe allows \(spec)")
    }
  }

  /// What JSON Schema has no words for, with why: hanpipe alone refuses it.
  private static let beyond: [(String, String)] = [
    (stages("{\"type\": \"icu\"}, {\"type\": \"padding\"}"), "whether neighbours fit: a schema sees one element at a time"),
    (stages("{\"type\": \"icu\", \"lexicon\": \"no.txt\"}"), "whether a file exists"),
    (stages("{\"type\": \"icu\", \"lexicon\": \"../../etc/passwd\"}"), "where the root is"),
    (stages("{\"type\": \"neural\", \"model\": \"../tiny\"}"), "what a model gives"),
    (stages("{\"type\": \"icu\", \"locale\": \"klingon!\"}"), "which languages ICU knows"),
    (stages("{\"include\": \"none.json\"}"), "whether a spec exists"),
    (stages("{\"include\": \"segment.json\", \"from\": 1}"), "how many stages another spec has"),
    (stages("{\"type\": \"crf\", \"tags\": [\"B\", \"E\"]}"), "whether some path through the tags is possible"),
  ]

  @Test(.enabled(if: Validator.isThere, needed))
  func `what the schema cannot say is refused by hanpipe alone`() throws {
    for ((spec, reason), verdict) in zip(Self.beyond, try judge(Self.beyond.enumerated().map { ("beyond-\($0)", $1.0) })) {
      #expect(verdict.schema == nil, "the schema can say it after all (\(reason)): \(spec)")
      #expect(verdict.hanpipe != nil, "hanpipe allows \(spec)")
    }
  }

  private static let allowed: [String] = [
    stages("{\"type\": \"icu\"}"), "{\"$schema\": \"x\", \"name\": \"\", \"description\": \"\", \"stages\": [{\"type\": \"icu\"}]}",
    stages("{\"include\": \"segment.json\"}, {\"type\": \"vocabulary\", \"file\": \"../vocab/words.tsv\"}"),
    stages("{\"include\": \"segment.json\", \"from\": 0, \"through\": 0}"),
    stages("{\"type\": \"icu\", \"lexicon\": \"../vocab/lexicon.txt\"}"), stages("{\"type\": \"icu\", \"lexicon\": null}"),
    stages("{\"type\": \"lstm\", \"units\": 8.0, \"gradientWindow\": null}"),
    stages("{\"type\": \"vocabulary\", \"file\": \"../vocab/words.tsv\", \"minimumCount\": 1, \"maximumSize\": null}"),
    stages("{\"type\": \"padding\", \"length\": \"fixed\", \"maximum\": 8}"), stages("{\"type\": \"crf\"}"),
    stages("{\"type\": \"sigmoid\", \"labels\": [\"a\"]}"), stages("{\"type\": \"sigmoid\", \"labels\": [\"a\"], \"task\": null}"),
    stages("{\"type\": \"lexicon\", \"dictionary\": \"../vocab/words.txt\", \"user\": [\"../vocab/words.txt\"]}"),
    stages("{\"type\": \"ngrams\", \"orders\": [1, 3], \"window\": 1}"),
    stages("{\"type\": \"ngrams\", \"orders\": [1], \"window\": 0}"),
    stages("{\"type\": \"ngrams\", \"orders\": [8], \"bag\": true}"), stages("{\"type\": \"ngrams\", \"window\": 0, \"bag\": true}"),
    stages("{\"type\": \"ngrams\", \"orders\": [5, 1]}"), stages("{\"type\": \"ngrams\", \"orders\": [8], \"window\": 4}"),
    of("stop-words", #""words": ["的", "New York"], "keep": ["不"], "list": null"#), of("stop-words", #""list": "../vocab/words.txt""#),
    of("simplify", ""), of("dense", ""), of("dense", #""units": 3, "activation": "tanh", "dropout": 0.5"#),
    process(#""command": ["python3"]"#),
    process(#""command": ["/usr/bin/python3", "-u", ""], "script": "../vocab/words.txt", "arguments": ["", "/a"]"#),
    process(#""command": ["python3"], "role": "classifier", "labels": ["a", "b"]"#),
    process(#""command": ["python3"], "role": "classifier", "labels": ["a"], "task": "multi-label""#),
    process(#""command": ["python3"], "role": "token-filter", "labels": []"#),
    library(#""path": "../vocab/words.txt", "options": {"a": 1, "b": 0.5, "c": true, "d": "x", "": ""}"#),
    library(#""path": "../vocab/words.txt", "role": "classifier", "labels": ["a", "b"], "data": "../vocab/lexicon.txt""#),
    training("{}"), training("{\"optimizer\": \"sgd\", \"schedule\": \"constant\", \"classWeights\": \"balanced\"}"),
    training("{\"optimizer\": {\"type\": \"adamw\", \"weightDecay\": 0.1}, \"schedule\": {\"type\": \"cosine\", \"warmUp\": 2}}"),
    training("{\"classWeights\": {\"a\": 0.5}, \"earlyStopping\": null, \"clipping\": {\"value\": 1}}"),
    training("{\"classWeights\": null, \"earlyStopping\": {\"monitor\": \"f1\"}, \"clipping\": null, \"metrics\": []}"),
    training("{\"seed\": 9223372036854775807}"),
  ]

  @Test(.enabled(if: Validator.isThere, needed))
  func `what hanpipe allows the schema allows too`() throws {
    for (spec, verdict) in zip(Self.allowed, try judge(Self.allowed.enumerated().map { ("allowed-\($0)", $1) })) {
      #expect(verdict.schema == nil, "\(spec): \(verdict.schema ?? "")")
      #expect(verdict.hanpipe == nil, "\(spec): \(verdict.hanpipe ?? "")")
    }
  }

  /// Each setting with bounds, at them and one beyond, as a spec; with whether that is allowed. The numbers are what `stages` says.
  private func bounds() throws -> [(spec: String, isAllowed: Bool)] {
    // What else the stage needs.
    let others = [
      "sigmoid": "\"labels\": [\"a\", \"b\"]", "softmax": "\"labels\": [\"a\", \"b\"]", "ngrams": "\"orders\": [1]",
      "dictionary-features": "\"dictionary\": \"../vocab/words.tsv\"", "process": "\"command\": [\"python3\"]",
    ]
    return try Tool.run(["stages", "--json"]).json().flatMap { stage -> [(String, Bool)] in
      let type = stage["type"]?.stringValue ?? ""
      return (stage["settings"]?.arrayValue ?? []).flatMap { setting -> [(String, Bool)] in
        let schema = setting["schema"]?["anyOf"]?.arrayValue?.first ?? setting["schema"]
        guard let key = setting["key"]?.stringValue, let low = schema?["minimum"], let high = schema?["maximum"] else { return [] }
        let step = schema?["type"] == "integer" ? 1.0 : 0.001
        func beyond(_ number: JSON, _ step: Double) -> String {
          let value = (number.doubleValue ?? 0) + step
          return Int(exactly: value).map(String.init) ?? "\(value)"
        }
        let other = others[type].map { ", \($0)" } ?? ""
        return [(low.description, true), (high.description, true), (beyond(low, -step), false), (beyond(high, step), false)].map {
          (Self.stages("{\"type\": \"\(type)\"\(other), \"\(key)\": \($0)}"), $1)
        }
      }
    }
  }

  @Test(.enabled(if: Validator.isThere, needed))
  func `both draw every bound at the same number`() throws {
    let cases = try bounds()
    #expect(cases.count >= 4 * 15)
    for (test, verdict) in zip(cases, try judge(cases.enumerated().map { ("bound-\($0)", $1.spec) })) {
      #expect((verdict.schema == nil) == test.isAllowed, "\(test.spec): \(verdict.schema ?? "allowed")")
      #expect((verdict.hanpipe == nil) == test.isAllowed, "\(test.spec): \(verdict.hanpipe ?? "allowed")")
    }
  }
}
