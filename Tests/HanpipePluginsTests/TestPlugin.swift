import Glibc
import HanpipeCore
import Testing

/// A plug-in in Python that does, well or badly, what the texts tell it to.
enum TestPlugin {
  static let python = "/usr/bin/python3"
  static let hasPython = access(python, X_OK) == 0
  static let absence: Comment = "there is no /usr/bin/python3 here"

  /// Cuts texts into characters. Arguments: key=value, where `log` names a file to write a line to at the start and the end.
  static let script = #"""
    import json, os, signal, sys, time
    options = dict(argument.split("=", 1) for argument in sys.argv[1:])
    def log(word):
        if "log" in options:
            with open(options["log"], "a") as file: file.write(f"{word} {os.getpid()}\n")
    def say(text): print(text, flush=True)
    unit = options.get("offsets", "bytes")
    def cut(text):
        if "words" in options: return [word for word in text if not word.isspace()]
        spans, at = [], 0
        for character in text:
            size = {"bytes": len(character.encode()), "characters": 1, "utf-16": len(character.encode("utf-16-le")) // 2}[unit]
            spans.append([at, at + size])
            at += size
        return spans
    log("start")
    say(options.get("hello", json.dumps({"protocol": 1, "role": os.environ["HANPIPE_ROLE"], "offsets": unit})))
    for line in sys.stdin.buffer:
        request = json.loads(line)
        texts = request["texts"]
        answers = []
        for text in texts:
            if text == "crash":
                print("about to crash", file=sys.stderr, flush=True)
                os._exit(3)
            if text.startswith("once:") and not os.path.exists(text[5:]):
                open(text[5:], "w").close()
                os.kill(os.getpid(), signal.SIGKILL)
            if text == "hang": time.sleep(1000)
            if text == "refuse": answers.append({"error": "I will not"}); continue
            if text == "raw": say(options["raw"].replace("ID", str(request["id"]))); break
            answers.append(json.loads(options["answer"]) if "answer" in options else cut(text))
        else:
            if "refuse all" in texts: say(json.dumps({"id": request["id"], "error": "not together"}) if len(texts) > 1 else json.dumps({"id": request["id"], "tokens": [[[0, 6]]]}))
            else: say(json.dumps({"id": request["id"], options.get("key", "words" if "words" in options else "tokens"): answers}))
            if "last" in texts: os._exit(0)
    log("end")
    if "lingers" in options: time.sleep(1000)
    """#

  /// A stage in `folder`, which gets the script.
  static func stage(
    in folder: TestFolder, _ settings: JSONObject = [:], arguments: [String] = []
  ) throws -> TypedPipeline<Texts, Tokens> {
    try pipeline(in: folder, settings, arguments: arguments).typed(Texts.self, Tokens.self)
  }

  static func pipeline(
    in folder: TestFolder, _ settings: JSONObject = [:], arguments: [String] = [], permission: CodePermission = .all
  ) throws -> Pipeline {
    try folder.write(script, to: "plugin.py")
    var node: JSONObject = [
      "type": "process", "command": [.string(python), "-ES"], "script": "plugin.py", "arguments": .array(arguments.map(JSON.string)),
    ]
    for (key, value) in settings.members { node[key] = value }
    return try folder.pipeline([node], permission: permission)
  }
}

extension Pipeline {
  /// Words, or the message of the error, by record.
  func words(_ texts: [String]) -> [[String]] {
    outcomes(of: Texts(texts)).flatMap { part in
      switch part.outcome {
      case .success(let trace):
        (trace.last as? Tokens).map { tokens in (0..<tokens.count).map { tokens.words(of: $0) } } ?? []
      case .failure(let failure): part.records.map { _ in ["error: \(failure.underlying)"] }
      }
    }
  }
}

/// Characters of a text, as `TestPlugin` cuts it.
func characters(_ text: String) -> [String] { text.unicodeScalars.map { String($0) } }

/// Why `body` throws.
func message<R>(_ body: () throws -> R) -> String {
  do {
    _ = try body()
    return "nothing was thrown"
  } catch {
    return "\(error)"
  }
}
