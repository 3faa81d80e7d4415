import Glibc
import Testing

/// Pipes that pause, pipes that close.
@Suite struct StreamingTests {
  @Test(arguments: [1, 4])
  func `a line is answered while the input stays open`(_ threads: Int) throws {
    let child = try Tool.start(["segment", "--threads", "\(threads)"])
    child.write("我喜欢吃苹果\n")
    #expect(child.waits(for: "我 喜欢 吃 苹果\n", on: .output, timeout: .seconds(5)))
    child.write("我不喜欢\n\n")
    #expect(child.waits(for: "我 喜欢 吃 苹果\n我 不 喜欢\n\n", on: .output, timeout: .seconds(5)))
    child.closeInput()
    #expect(child.finish() == .success("我 喜欢 吃 苹果\n我 不 喜欢\n\n"))
  }

  /// Without care, the first pipe or file that is opened gets the number, and is read for ever or written into.
  @Test(arguments: [
    ("segment <&-", "hanpipe: standard input: cannot be read: bad file descriptor\n"),
    ("classify --threads 1 <&-", "hanpipe: standard input: cannot be read: bad file descriptor\n"),
    ("segment \"$1\" >&-", "hanpipe: standard output: cannot be written: bad file descriptor\n"),
    ("evaluate \"$1\" >&-", "hanpipe: standard output: cannot be written: bad file descriptor\n"),
    ("segment none.txt 2>&-", ""),
  ])
  func `a stream that was closed from the start is told of, and nobody waits`(_ command: String, _ message: String) throws {
    let workspace = Workspace()
    try workspace.write("positive\t好\nnegative\t差\n", to: "a.tsv")
    let child = try Child(
      "/bin/sh", ["-c", "exec \"$0\" \(command)", Tool.executable, workspace["a.tsv"]], directory: nil, environment: Tool.environment)
    #expect(child.finish(timeout: .seconds(20)) == .failure(message))
  }

  @Test(arguments: [
    ("segment a.txt >> a.txt", "a.txt"), ("segment < a.txt >> a.txt", "standard input"), ("classify b.txt ./a.txt >> a.txt", "./a.txt"),
  ])
  func `results are not read again as input`(_ command: String, _ file: String) throws {
    let workspace = Workspace()
    for name in ["a.txt", "b.txt"] { try workspace.write("我喜欢\n", to: name) }
    let child = try Child(
      "/bin/sh", ["-c", "ulimit -f 64; exec \"$0\" \(command)", Tool.executable], directory: workspace.path, environment: Tool.environment)
    #expect(
      child.finish(timeout: .seconds(20))
        == .failure("hanpipe: \(file): is the file that the results go to; write them to another one\n"))
    #expect(try Files.text(workspace["a.txt"]) == "我喜欢\n")
  }

  @Test func `half a line waits for its other half`() throws {
    let child = try Tool.start(["segment"])
    child.write("我喜")
    #expect(!child.waits(for: "\n", on: .output, timeout: .milliseconds(300)))
    child.write("欢\n")
    #expect(child.waits(for: "我 喜欢\n", on: .output, timeout: .seconds(5)))
    child.closeInput()
    #expect(child.finish().status == .exit(0))
  }

  @Test func `a classifier answers at once too`() throws {
    let child = try Tool.start(["classify", "--model", try Tiny.model(), "--output", "text"])
    child.write("很 好\n")
    #expect(child.waits(for: "good\n", on: .output, timeout: .seconds(5)))
    child.closeInput()
    #expect(child.finish() == .success("good\n"))
  }

  @Test(arguments: [1, 4])
  func `a reader that goes away ends a long run quietly`(_ threads: Int) throws {
    let workspace = Workspace()
    try workspace.write(String(repeating: "我不喜欢吃苹果\n", count: 60_000), to: "long.txt")
    let child = try Tool.start(["segment", "--threads", "\(threads)", workspace["long.txt"]])
    #expect(child.waits(for: "\n", on: .output))
    child.stopReading(.output)
    let outcome = child.finish(timeout: .seconds(20))
    #expect(outcome.status == .exit(0))
    #expect(outcome.errors == "")
  }

  @Test func `a reader that goes away ends a run that waits for input`() throws {
    let child = try Tool.start(["segment"])
    child.write("我喜欢\n")
    #expect(child.waits(for: "我 喜欢\n", on: .output))
    child.stopReading(.output)
    // Nothing is sent any more, and stdin stays open.
    let outcome = child.finish(timeout: .seconds(5))
    #expect(outcome.status == .exit(0))
    #expect(outcome.errors == "")
  }

  @Test func `head takes its line and nobody complains`() throws {
    let script = "yes 我喜欢吃苹果 | \"$0\" segment | head -1; echo \"${PIPESTATUS[1]}\""
    let child = try Child(
      "/bin/bash", ["-c", script, Tool.executable], directory: nil, environment: Tool.environment)
    child.closeInput()
    #expect(child.finish(timeout: .seconds(20)) == .success("我 喜欢 吃 苹果\n0\n"))
  }

  @Test func `help that nobody reads is no failure`() throws {
    let child = try Child(
      "/bin/bash", ["-c", "\"$0\" --help | true; echo \"${PIPESTATUS[0]}\"", Tool.executable], directory: nil,
      environment: Tool.environment)
    child.closeInput()
    #expect(child.finish(timeout: .seconds(20)) == .success("0\n"))
  }

  @Test(
    .enabled(if: access("/dev/full", W_OK) == 0, "there is no /dev/full here"),
    arguments: [
      "segment", "stages", "stages --json", "--help", "validate pipelines/tutorial.json",
    ])
  func `an output that takes nothing is a failure`(_ command: String) throws {
    let child = try Child(
      "/bin/bash", ["-c", "cd \"$1\"; echo 我 | \"$0\" \(command) > /dev/full", Tool.executable, Tool.packageRoot], directory: nil,
      environment: Tool.environment)
    child.closeInput()
    #expect(
      child.finish(timeout: .seconds(20))
        == .failure("hanpipe: standard output: cannot be written: no space left on device\n"))
  }

  @Test func `memory does not grow with the input`() throws {
    // 40 MB go through; what is on the way, twice in 6 batches of 1 MB, is a fraction of that.
    let line = String(repeating: "我不喜欢吃苹果。", count: 40) + "\n"
    let script = "yes \"$1\" | head -c 40000000 | \"$0\" run --output text --threads 2 \"$2\" | wc -l"
    let workspace = Workspace()
    try workspace.write(#"{"stages": [{"type": "whitespace"}]}"#, to: "p.json")
    let child = try Child(
      "/bin/bash", ["-c", script, Tool.executable, String(line.dropLast()), workspace["p.json"]], directory: nil,
      environment: Tool.environment)
    child.closeInput()
    var peak = 0
    while !child.waits(for: "\n", on: .output, timeout: .milliseconds(50)) {
      peak = max(peak, Self.residentKilobytes(ofExecutable: Tool.executable, arguments: workspace["p.json"]))
      if peak > 300_000 { break }
    }
    let outcome = child.finish(timeout: .seconds(60))
    #expect(outcome == .success("\(40_000_000 / line.utf8.count + 1)\n"))
    #expect(peak > 0)
    #expect(peak < 120_000, "kilobytes")
  }

  /// The peak memory of the process that runs `executable` with an argument that ends so.
  private static func residentKilobytes(ofExecutable executable: String, arguments: String) -> Int {
    for name in Files.names("/proc") where name.allSatisfy(\.isNumber) {
      guard let line = try? Files.text("/proc/\(name)/cmdline"), line.hasPrefix(executable), line.hasSuffix(arguments + "\0"),
        let status = try? Files.text("/proc/\(name)/status"),
        let peak = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
      else { continue }
      return Int(peak.filter(\.isNumber)) ?? 0
    }
    return 0
  }
}
