import Testing

/// Files that options name to be written: what stands there is replaced if it is of the same kind, and else kept.
@Suite struct OutputFileTests {
  /// The command with `FILE` where the file's name stands, and what it writes.
  static let commands: [(command: String, kind: String)] = [
    ("evaluate --model MODEL tiny.tsv --report FILE", "an HTML page"),
    ("train tiny.json --data tiny.tsv --model new --epochs 1 --curves FILE", "an SVG drawing"),
    ("export MODEL --onnx FILE", "an ONNX file"),
    ("vectors --pipeline tiny.json --epochs 1 --output FILE tiny.tsv", "a file of vectors that begins with two counts"),
    ("vocabulary build --segmented --output FILE tiny.tsv", "a compiled dictionary"),
  ]

  private static func arguments(_ command: String, _ file: String) throws -> [String] {
    let model = try Tiny.model()
    return command.split(separator: " ").map { $0 == "FILE" ? file : $0 == "MODEL" ? model : String($0) }
  }

  @Test(arguments: commands) func `only a file of the same kind is replaced`(_ command: String, _ kind: String) throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    // The data, as where a name was left out or mistaken; a model's file; a file of one of the other kinds.
    try Tiny.copy(in: workspace)
    for file in ["tiny.tsv", "tiny.json", "model/weights.safetensors", "model/pipeline.json"] {
      let before = try Files.read(workspace[file])
      let outcome = try workspace.run(try Self.arguments(command, file))
      #expect(
        outcome
          == .failure("hanpipe: \(file): it is there, is not \(kind), and so is not replaced; name another file, or remove it\n"))
      #expect(try Files.read(workspace[file]) == before)
    }
    #expect(
      try workspace.run(try Self.arguments(command, "-"))
        == .failure("hanpipe: -: \(kind) is not written to standard output; name a file\n"))
    #expect(Files.names(workspace.path) == ["model", "tiny.json", "tiny.tsv"])
  }

  @Test(arguments: commands) func `an empty file and one's own are replaced`(_ command: String, _ kind: String) throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    try workspace.write("", to: "out")
    for _ in 0..<2 {
      let outcome = try workspace.run(try Self.arguments(command, "out"))
      #expect(outcome.status == .exit(0), "\(outcome)")
      #expect(try Files.read(workspace["out"]).count > 20)
    }
  }
}
