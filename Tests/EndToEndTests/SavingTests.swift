import Glibc
import Testing

/// Targets that cannot take a model.
@Suite struct SavingTests {
  private func train(_ workspace: Workspace, to model: String) throws -> Outcome {
    try workspace.run(["train", "tiny.json", "--data", "tiny.tsv", "--model", model, "-q", "--epochs", "2"])
  }

  @Test(arguments: [
    ("missing/model", "missing/model: cannot be made: there is no directory missing"),
    ("tiny.tsv", "tiny.tsv: exists and is not a model directory; nothing was written: choose another place, or remove it"),
    ("folder", "folder: exists and is not a model directory; nothing was written: choose another place, or remove it"),
  ])
  func `what is no place for a model is said before training`(_ target: String, _ message: String) throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    try Files.makeDirectory(workspace["folder"])
    try workspace.write("mine", to: "folder/notes.txt")
    #expect(try train(workspace, to: target) == .failure("hanpipe: \(message)\n"))
    #expect(Files.names(workspace.path) == ["folder", "tiny.json", "tiny.tsv"])
    #expect(try Files.text(workspace["folder/notes.txt"]) == "mine")
  }

  @Test func `an old model is replaced by the new one, and by nothing else`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    try Tiny.copy(in: workspace)
    let before = try Files.contents(workspace["model"])
    #expect(try train(workspace, to: "model/") == .success(""))
    #expect(try Files.contents(workspace["model"]) != before)
    #expect(Files.names(workspace.path) == ["model", "tiny.json", "tiny.tsv"])
  }

  @Test func `a directory that may not be written keeps its model`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    let folder = try Mount.readOnly(in: workspace) { folder in try Files.copy(try Tiny.model(), to: folder + "/model") }
    guard let folder else { return }
    defer { Mount.end(folder) }
    let before = try Files.contents(folder + "/model")
    let outcome = try train(workspace, to: "mount/model")
    #expect(outcome.status == .exit(1))
    #expect(outcome.errors.hasPrefix("hanpipe: mount/model: the model was not saved: "), "\(outcome)")
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(try Files.contents(folder + "/model") == before)
    #expect(Files.names(folder) == ["model"])
  }

  @Test(arguments: [0, 1, 2, 3, 5])
  func `a full disk keeps the old model, and nothing beside it`(_ freePages: Int) throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    let folder = try Mount.small(in: workspace, pages: 24)
    guard let folder else { return }
    defer { Mount.end(folder) }
    try Files.copy(try Tiny.model(), to: folder + "/model")
    let before = try Files.contents(folder + "/model")
    Mount.fill(folder, leaving: freePages)
    let names = Files.names(folder)
    let outcome = try train(workspace, to: "mount/model")
    #expect(outcome.status == .exit(1))
    #expect(outcome.errors.hasPrefix("hanpipe: mount/model: the model was not saved: cannot "), "\(outcome)")
    #expect(outcome.errors.hasSuffix(": no space left on device; make room, and save again\n"), "\(outcome)")
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(try Files.contents(folder + "/model") == before)
    #expect(Files.names(folder) == names)
  }
}

/// File systems of a test's own: they need root. Without it the test says so and ends.
private enum Mount {
  static func small(in workspace: Workspace, pages: Int) throws -> String? {
    try mounted(in: workspace, options: "size=\(pages * 4096)")
  }

  static func readOnly(in workspace: Workspace, filling: (String) throws -> Void) throws -> String? {
    guard let folder = try mounted(in: workspace, options: "size=1m") else { return nil }
    try filling(folder)
    let options: UInt = 32 | 1  // MS_REMOUNT | MS_RDONLY
    guard mount("none", folder, "tmpfs", options, nil) == 0 else {
      end(folder)
      return nil
    }
    return folder
  }

  private static func mounted(in workspace: Workspace, options: String) throws -> String? {
    let folder = workspace["mount"]
    try Files.makeDirectory(folder)
    let result = options.withCString { mount("none", folder, "tmpfs", 0, $0) }
    if result == 0 { return folder }
    print("skipped: a file system of 100 KB cannot be mounted here (\(String(cString: strerror(errno))))")
    return nil
  }

  static func end(_ folder: String) { umount2(folder, 2) }

  /// Writes until nothing more goes, then gives pages back.
  static func fill(_ folder: String, leaving pages: Int) {
    let page = [UInt8](repeating: 1, count: 4096)
    var count = 0
    while (try? Files.write(page, to: "\(folder)/fill-\(count)")) != nil { count += 1 }
    Files.remove("\(folder)/fill-\(count)")
    for i in 0..<min(pages, count) { Files.remove("\(folder)/fill-\(i)") }
  }
}
