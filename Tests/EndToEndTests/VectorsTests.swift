import HanpipeCore
import Testing

/// `vectors` and a training that begins with them, as processes.
@Suite struct VectorsTests {
  private static let spec = #"""
    {"stages": [{"type": "whitespace"},
      {"type": "concatenate", "branches": [
        [{"type": "ngrams", "orders": [1], "bag": true, "buckets": 64}, {"type": "embedding", "width": 2, "output": "mean"}],
        [{"type": "vocabulary"}, {"type": "padding"}, {"type": "lstm", "units": 2, "embedding": 8}]]},
      {"type": "sigmoid", "labels": ["bad", "good"]}],
     "training": {"epochs": 1, "vectors": {"file": "v.txt"}}}
    """#
  private static let text = (0..<40).map { "the \($0 % 2 == 0 ? "cat" : "dog") eats\n" }.joined()

  @Test func `vectors are learned from lines, and a training takes them`() throws {
    let workspace = Workspace()
    try workspace.write(Self.spec, to: "spec.json")
    try workspace.write(Self.text, to: "text.txt")
    let arguments = ["vectors", "--pipeline", "spec.json", "--output", "v.txt", "--width", "8", "text.txt"]
    let first = try workspace.run(arguments + ["-v", "--threads", "1"])
    #expect(first.status == .exit(0) && first.output.isEmpty)
    #expect(first.errors == "hanpipe: v.txt: 4 vectors of 8, from 120 words\n")
    let file = try Files.text(workspace["v.txt"])
    let lines = file.split(separator: "\n")
    #expect(lines[0] == "4 8" && lines.count == 5)
    #expect(lines.dropFirst().map { $0.split(separator: " ")[0] } == ["eats", "the", "cat", "dog"])
    #expect(lines.dropFirst().allSatisfy { $0.split(separator: " ").count == 9 })
    // Again from stdin, on another number of threads: the same bytes.
    #expect(try workspace.run(["vectors", "--pipeline", "spec.json", "-o", "v.txt", "--width", "8", "--threads", "3"], input: Self.text) == .success(""))
    #expect(try Files.text(workspace["v.txt"]) == file)

    try workspace.write("good\tthe cat\nbad\tthe dog\n", to: "data.tsv")
    let trained = try workspace.run(["train", "spec.json", "--data", "data.tsv", "--model", "model"])
    #expect(trained.status == .exit(0) && trained.output.isEmpty)
    #expect(trained.errors.contains("v.txt: vectors of 3 of 3 words\n"), "\(trained.errors)")
    // The model needs the vectors no more.
    try workspace.write("", to: "v.txt")
    let answer = try workspace.run(["classify", "--model", "model"], input: "the cat\n")
    #expect(answer.status == .exit(0) && answer.lines.count == 1)
  }

  @Test func `what cannot be learned or used is said, and leaves files as they were`() throws {
    let workspace = Workspace()
    try workspace.write(Self.spec, to: "spec.json")
    try workspace.write("1 8\nkept", to: "v.txt")
    let empty = try workspace.run(["vectors", "--pipeline", "spec.json", "--output", "v.txt"], input: "once\n")
    #expect(empty.status == .exit(1) && empty.errors.contains("no words"))
    #expect(try Files.text(workspace["v.txt"]) == "1 8\nkept")
    let usage = try workspace.run(["vectors", "--pipeline", "spec.json", "--output", "v.txt", "--width", "0"], input: "")
    #expect(usage.status == .exit(64) && usage.errors.contains("--width: 0 is not allowed; expected 1 to 8192"))
    try workspace.write("good\tthe cat\nbad\tthe dog\n", to: "data.tsv")
    for (content, message) in [
      ("cat 1 2 x 4 5 6 7 8\n", "v.txt: line 1: \"x\" is not a finite number"),
      ("cat 1 2 3\n", "v.txt: the vectors have 3 numbers, but no embedding of the spec behind a vocabulary is so wide"),
    ] {
      try workspace.write(content, to: "v.txt")
      let refused = try workspace.run(["train", "spec.json", "--data", "data.tsv", "--model", "model"])
      #expect(refused.status == .exit(1) && refused.errors.contains(message), "\(refused.errors)")
      #expect(!Files.names(workspace.path).contains("model"))
    }
  }
}
