import Glibc
import HanpipeCore

/// A classifier that learns in a moment: made-up reviews, words between spaces.
enum Tiny {
  static let spec = """
    {
      "name": "tiny",
      "stages": [
        {"type": "whitespace"},
        {"type": "vocabulary", "minimumCount": 1},
        {"type": "padding", "maximum": 6},
        {"type": "lstm", "units": 8, "embedding": 8},
        {"type": "sigmoid", "labels": ["bad", "good"]}
      ],
      "training": {"optimizer": {"type": "adam", "learningRate": 0.05}, "epochs": 6, "batchSize": 8, "seed": 1}
    }

    """

  /// 80 records, label TAB text: one word in each says which.
  static let data: String = {
    let plain = ["我", "房间", "酒店", "吃", "苹果", "这个", "的", "了"]
    let telling = [["坏", "差", "讨厌", "失望"], ["好", "棒", "喜欢", "满意"]]
    var generator = SeededGenerator(seed: 7)
    var lines = ""
    for record in 0..<80 {
      var words = Array(plain.shuffled(using: &generator).prefix(3))
      words.insert(telling[record % 2][record / 2 % 4], at: Int.random(in: 0...3, using: &generator))
      lines += "\(record % 2 == 0 ? "bad" : "good")\t\(words.joined(separator: " "))\n"
    }
    return lines
  }()

  /// Lays spec and data down as `tiny.json` and `tiny.tsv`.
  static func lay(in workspace: Workspace, spec: String = spec) throws {
    try workspace.write(spec, to: "tiny.json")
    try workspace.write(data, to: "tiny.tsv")
  }

  // Trained once for all tests, which only read it; it lives as long as the test program.
  private static let trained: Result<String, any Error> = Result {
    let workspace = Workspace()
    kept = workspace
    // Nothing that is static is ever released.
    atexit { Tiny.kept = nil }
    try lay(in: workspace)
    let outcome = try workspace.run(["train", "tiny.json", "--data", "tiny.tsv", "--model", "model", "--quiet"])
    guard outcome == .success("") else { throw NotTrained(outcome: outcome) }
    return workspace["model"]
  }
  // Written once, under the lock of `trained`, and at the end, when no test runs.
  private nonisolated(unsafe) static var kept: Workspace?
  struct NotTrained: Error { let outcome: Outcome }

  /// The directory of a trained model, which nobody changes.
  static func model() throws -> String { try trained.get() }

  /// A copy of the trained model, to be spoilt.
  static func copy(in workspace: Workspace, as name: String = "model") throws {
    try Files.copy(try model(), to: workspace[name])
  }
}
