import Glibc
import HanpipeCore
import Testing

/// Small files that ask for much: each is refused in little memory.
@Suite struct BombTests {
  /// KiB of address space that the tool gets, its own code included. An allocation beyond ends it with a signal.
  static let memory = 500_000

  struct Bomb: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// How the message begins, after the program's name.
    let message: String
    let lay: @Sendable (Workspace) throws -> Void
    init(_ name: String, _ message: String, _ lay: @escaping @Sendable (Workspace) throws -> Void) {
      (testDescription, self.message, self.lay) = (name, message, lay)
    }
  }

  /// A file of so many bytes that takes no place on the disk.
  private static func sparse(_ size: Int, _ path: String) throws {
    guard truncate(path, off_t(size)) == 0 else { throw Files.Failure(path: path, code: errno) }
  }
  /// Weights with this header, and data as long as `size` says, all zero.
  private static func weights(_ header: String, size: Int = 0, in workspace: Workspace) throws {
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
    try workspace.write(length + Array(header.utf8), to: "model/weights.safetensors")
    if size > 0 { try sparse(8 + header.utf8.count + size, workspace["model/weights.safetensors"]) }
  }
  private static func spec(_ change: (String) -> String, _ workspace: Workspace) throws {
    try workspace.write(change(Files.text(workspace["model/pipeline.json"])), to: "model/pipeline.json")
  }

  static let bombs = [
    Bomb("weights of a terabyte that is not there", "model/weights.safetensors: it has ") {
      try sparse(1 << 40, $0["model/weights.safetensors"])
    },
    Bomb("a shape whose size is more than any integer", "model/weights.safetensors: \"stages.4.sigmoid.bias\" has the shape ") {
      try weights(
        #"{"stages.4.sigmoid.bias": {"dtype": "F32", "shape": [4611686018427387904, 4], "data_offsets": [0, 0]}}"#, in: $0)
    },
    Bomb("a shape of nothing in many dimensions", "model/weights.safetensors: has no \"stages.3.lstm.") {
      try weights(
        #"{"stages.4.sigmoid.bias": {"dtype": "F32", "shape": [0, 1152921504606846976, 1152921504606846976], "data_offsets": [0, 0]}}"#,
        in: $0)
    },
    Bomb("weights that are long enough for what they claim", "model/weights.safetensors: ") {
      try weights(
        #"{"stages.4.sigmoid.weight": {"dtype": "F32", "shape": [1, 1073741824], "data_offsets": [0, 4294967296]}}"#, size: 1 << 32,
        in: $0)
    },
    Bomb("a header of arrays", "model/weights.safetensors: ") {
      try weights("{\"a\": [" + String(repeating: "[],", count: 1_300_000) + "[]]}", in: $0)
    },
    Bomb("a header that is too long", "model/weights.safetensors: the header claims 5000000 bytes, but there is room for 4194304") {
      try weights(String(repeating: " ", count: 5_000_000), in: $0)
    },
    Bomb("a vocabulary of a gigabyte", "model/vocabulary.tsv: it has 1073741824 bytes; at most 268435456 are allowed here") {
      try sparse(1 << 30, $0["model/vocabulary.tsv"])
    },
    Bomb("a vocabulary of one line", "model: stages[1] (vocabulary): vocabulary.tsv: line 1: found ") {
      try $0.write("", to: "model/vocabulary.tsv")
      try sparse(1 << 26, $0["model/vocabulary.tsv"])
    },
    Bomb("golden records of a gigabyte", "model/golden.jsonl: it has 1073741824 bytes; at most 1048576 are allowed here") {
      try sparse(1 << 30, $0["model/golden.jsonl"])
    },
    Bomb("a spec of a gigabyte", "model/pipeline.json: it has 1073741824 bytes; at most 4194304 are allowed here") {
      try sparse(1 << 30, $0["model/pipeline.json"])
    },
    Bomb("arrays in arrays in a spec", "model/pipeline.json: line 1, column 513: nested more than 512 deep") {
      try $0.write(String(repeating: "[", count: 2_000_000), to: "model/pipeline.json")
    },
    Bomb("arrays in arrays in a golden record", "model/golden.jsonl:1: not a JSON object: column 513: nested more than 512 deep") {
      try $0.write(String(repeating: "[", count: 1_000_000), to: "model/golden.jsonl")
    },
    Bomb("half a million stages", "model/pipeline.json: model.identities: found ") {
      try spec({ $0.replacing("\"stages\": [", with: "\"stages\": [" + String(repeating: "{},", count: 500_000)) }, $0)
    },
    Bomb("half a million labels", "model: stages[4] (sigmoid): ") {
      let labels = (0..<400_000).map { "\"\($0)\"" }.joined(separator: ",")
      try spec({ $0.replacing("[\"bad\", \"good\"]", with: "[\(labels)]") }, $0)
    },
    Bomb("a key of megabytes", "model: stages[0]: unknown key \"kkk") {
      try spec({ $0.replacing("\"keepWhitespace\"", with: "\"\(String(repeating: "k", count: 3_000_000))\"") }, $0)
    },
    Bomb("a network that its weights do not fill", "model: stages[3] (lstm): \"embedding.weight\" has the shape [18, 8]") {
      try spec(
        {
          $0.replacing("\"units\": 8", with: "\"units\": 8192").replacing("\"embedding\": 8", with: "\"embedding\": 8192")
            .replacing("\"layers\": 1", with: "\"layers\": 16")
        }, $0)
    },
    Bomb("a link to a device", "model/vocabulary.tsv: \"vocabulary.tsv\" leads out of ") {
      Files.remove($0["model/vocabulary.tsv"])
      symlink("/dev/zero", $0["model/vocabulary.tsv"])
    },
    Bomb("a pipe that nobody fills", "model/vocabulary.tsv: not a regular file") {
      Files.remove($0["model/vocabulary.tsv"])
      mkfifo($0["model/vocabulary.tsv"], 0o644)
    },
  ]

  private func run(_ arguments: [String], in workspace: Workspace) throws -> Outcome {
    let child = try Child(
      "/bin/sh", ["-c", "ulimit -v \(Self.memory); exec \"$0\" \"$@\"", Tool.executable] + arguments, directory: workspace.path,
      environment: Tool.environment)
    child.closeInput()
    return child.finish(timeout: .seconds(30))
  }

  @Test func `the memory is enough for what is in order`() throws {
    let workspace = Workspace()
    try Tiny.copy(in: workspace)
    #expect(try run(["validate", "model"], in: workspace).status == .exit(0))
    #expect(try run(["validate", Tool.packageRoot + "/models/sentiment"], in: workspace).status == .exit(0))
  }

  @Test(arguments: bombs)
  func `what asks for too much is refused in little memory`(_ bomb: Bomb) throws {
    let workspace = Workspace()
    try Tiny.copy(in: workspace)
    try bomb.lay(workspace)
    let outcome = try run(["validate", "model"], in: workspace)
    #expect(outcome.status == .exit(1), "\(outcome)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("hanpipe: " + bomb.message), "\(outcome.errors.prefix(500))")
    #expect(outcome.errors.utf8.count < 4096, "\(outcome.errors.utf8.count) bytes")
  }

  @Test(arguments: [
    #"{"type": "padding"}, {"type": "lstm", "units": 8192, "embedding": 8192, "layers": 16}"#,
    #"{"type": "padding", "length": "fixed", "maximum": 1000000}"#,
  ])
  func `checking a spec makes nothing of what it asks for`(_ stages: String) throws {
    let workspace = Workspace()
    try workspace.write("{\"stages\": [{\"type\": \"whitespace\"}, {\"type\": \"vocabulary\"}, \(stages)]}", to: "p.json")
    #expect(try run(["validate", "p.json", "--explain"], in: workspace).status == .exit(0))
  }
}
