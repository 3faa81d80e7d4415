import Glibc
import HanpipeCore
import Synchronization
import Testing

@testable import HanpipeIO

/// A model in a directory of its own.
struct TestModel {
  let directory: TemporaryDirectory
  let registry: StageRegistry
  var path: String { directory.path + "/model" }
  var weights: String { path + "/weights.safetensors" }
  var spec: String { path + "/pipeline.json" }

  init() throws {
    directory = try TemporaryDirectory()
    registry = try testRegistry()
  }

  /// The pipeline before it is saved.
  func contents(weight: Float = 0.5, precision: WeightPrecision = .f32) throws -> ModelDirectory.Contents {
    let spec = try PipelineSpec(
      parsing: """
        {"name": "test", "description": "For tests.", "stages": [
          {"type": "test-segmenter", "lexicon": "a/stop.txt", "other": "b/stop.txt"}, {"type": "test-vocabulary"},
          {"type": "test-notes"}, {"type": "test-classifier"}],
         "training": {"epochs": 3}}
        """.utf8)
    var vocabulary = StateWriter()
    var weights = StateWriter()
    var notes = StateWriter()
    try TestVocabulary.State(words: ["好", "坏"]).write(to: &vocabulary)
    try TestNotes.State().write(to: &notes)
    weights.write(Parameters.Tensor(shape: [4, 1], values: [0, 0.1, weight, -1 / 3]), as: "weight")
    let resource = ResourceReader { Array($0.path == "a/stop.txt" ? "的\n".utf8 : "了\n吗\n".utf8) }
    let pipeline = try Pipeline(
      Blueprint(spec, registry: registry), state: [nil, vocabulary.reader, notes.reader, weights.reader], resource: resource)
    return ModelDirectory.Contents(
      pipeline: pipeline, resource: resource, precision: precision, trainingLog: [["epoch": 1, "loss": 0.5]],
      card: "# Test\n", goldenTexts: ["好 的 坏", "", "好 x"], metadata: ["note": "n"])
  }
  func save(weight: Float = 0.5, precision: WeightPrecision = .f32) throws {
    try ModelDirectory.save(contents(weight: weight, precision: precision), to: path, registry: registry)
  }
  func load() throws -> ModelDirectory.Model { try ModelDirectory.load(path, registry: registry) }
  /// The message of loading, the directory dropped.
  func failure() -> String { drop(message { _ = try load() }) }
  func drop(_ text: String) -> String { text.split(separator: directory.path, omittingEmptySubsequences: false).joined() }
  func answer() throws -> [Float] {
    try load().pipeline.typed(Texts.self, Predictions.self).process(Texts(["好", "坏 坏"])).probabilities
  }
}

@Suite struct ModelDirectoryTests {
  @Test func `a file's hash is that of its bytes, and a pipe in its place is refused, not waited for`() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.file("a", "abc")
    // FIPS 180-2, appendix B.1.
    #expect(try FileHash.sha256(file) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    // More than is read at a time.
    let long = (0..<1_100_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    #expect(try FileHash.sha256(directory.file("long", long)) == SHA256.hex(long))
    #expect(try FileHash.sha256(directory.file("empty", "")) == SHA256.hex([]))
    let pipe = directory.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(throws: FileReadError.notRegular) { try FileHash.sha256(pipe) }
  }

  @Test func `what a killed process left beside the model is removed by the next save, what a living one writes is not`() throws {
    let test = try TestModel()
    // No process has a number above the kernel's limit of 2²².
    let dead = test.directory.path + "/.model.new-99999999-x"
    let living = test.directory.path + "/.model.new-\(getpid())-x"
    for folder in [dead, living] { try makeDirectory(folder) }
    try test.save()
    #expect(fileKind(dead) == .missing)
    #expect(fileKind(living) == .directory)
    #expect(try test.load().hanpipe == ModelDirectory.hanpipeVersion)
  }

  @Test(arguments: WeightPrecision.allCases)
  func `a model that was saved and loaded answers the same, and says where it came from`(precision: WeightPrecision) throws {
    let test = try TestModel()
    let before = try test.contents().pipeline.typed(Texts.self, Predictions.self).process(Texts(["好", "坏 坏"]))
    try test.save(precision: precision)
    let model = try test.load()
    let after = try model.pipeline.typed(Texts.self, Predictions.self).process(Texts(["好", "坏 坏"]))
    #expect(after.matches(before))
    #expect(model.hanpipe == ModelDirectory.hanpipeVersion)
    #expect(model.metadata == ["note": "n"])
    #expect(model.spec.training == ["epochs": 3])
    #expect(model.spec.about == "For tests.")
    #expect(try model.verifyGolden() == 3)
    #expect(
      try directoryEntries(test.path) == [
        "README.md", "golden.jsonl", "pipeline.json", "resources", "stages.1.vocabulary.tsv", "stages.2.README.md",
        "stages.2.vocabulary.tsv", "training.jsonl", "weights.safetensors",
      ])
    #expect(try directoryEntries(test.path + "/resources") == ["stop-2.txt", "stop.txt"])
    #expect(try readText(test.path + "/resources/stop-2.txt") == "了\n吗\n")
    #expect(try readText(test.path + "/training.jsonl") == "{\"epoch\": 1, \"loss\": 0.5}\n")
    #expect(try directoryEntries(test.directory.path) == ["model"])
  }

  @Test func `the model's spec is read like any other, with files below it only`() throws {
    let test = try TestModel()
    try test.save()
    for path in [test.path, test.spec] {
      let (spec, root) = try SpecFile.load(path, registry: StageRegistry())
      #expect(spec.name == "test")
      #expect(String(decoding: try root.read(ResourcePath("resources/stop.txt")), as: UTF8.self) == "的\n")
      #expect(throws: ResourceRoot.Refusal.self) { try root.read(ResourcePath("../x")) }
    }
  }

  @Test func `a model replaces a model, whole`() throws {
    let test = try TestModel()
    try test.save(weight: 0.5)
    let old = try test.answer()
    try test.directory.file("model/left-behind", "x")
    try test.save(weight: -2)
    #expect(try test.answer() != old)
    #expect(fileKind(test.path + "/left-behind") == .missing)
    #expect(try directoryEntries(test.directory.path) == ["model"])
  }

  @Test func `a link to a model stays a link`() throws {
    let test = try TestModel()
    try test.save()
    let link = test.directory.path + "/link"
    symlink("model", link)
    try ModelDirectory.save(test.contents(weight: 3), to: link, registry: test.registry)
    #expect(fileKind(link, followingLinks: false) == .other)
    #expect(try test.load().verifyGolden() == 3)
  }

  @Test func `what is no model is not overwritten`() throws {
    let test = try TestModel()
    let own = test.directory.path + "/own"
    mkdir(own, 0o755)
    try test.directory.file("own/thesis.txt", "x")
    try test.directory.file("own/pipeline.json", "{\"stages\": []}")
    let file = try test.directory.file("file", "x")
    for path in [own, file] {
      #expect(
        message { try ModelDirectory.save(test.contents(), to: path, registry: test.registry) }
          == "\(path): exists and is not a model directory; nothing was written: choose another place, or remove it")
    }
    #expect(try readText(own + "/thesis.txt") == "x")
    let empty = test.directory.path + "/empty"
    mkdir(empty, 0o755)
    try ModelDirectory.save(test.contents(), to: empty + "/", registry: test.registry)
    #expect(ModelDirectory.isModel(empty))
    let lost = test.directory.path + "/no/where"
    #expect(
      message { try ModelDirectory.save(test.contents(), to: lost, registry: test.registry) }
        == "\(lost): cannot be made: there is no directory \(test.directory.path)/no")
  }

  @Test func `without an exchange of names the old directory steps aside, and comes back on a failure`() throws {
    let directory = try TemporaryDirectory()
    let (new, target) = (directory.path + "/new", directory.path + "/target")
    for path in [new, target] { mkdir(path, 0o755) }
    try directory.file("new/n", "")
    try directory.file("target/t", "")
    try ReplacedDirectory.moveAside(new, target)
    #expect(try directoryEntries(directory.path) == ["target"])
    #expect(try directoryEntries(target) == ["n"])
    #expect(
      message { try ReplacedDirectory.moveAside(new, target) } == "cannot rename \(new) to \(target): no such file or directory")
    #expect(try directoryEntries(target) == ["n"])
  }

  // MARK: Failures while saving

  @Test func `what fails in the middle of saving leaves the old model, and nothing beside it`() throws {
    struct Bad: Error {}
    let test = try TestModel()
    try test.save(weight: 0.5)
    let old = try test.answer()
    var contents = try test.contents(weight: -2)
    contents.render = { _, _ in throw Bad() }
    #expect(throws: Bad.self) { try ModelDirectory.save(contents, to: test.path, registry: test.registry) }
    let infinite = try test.contents(weight: .infinity)
    #expect(
      message { try ModelDirectory.save(infinite, to: test.path, registry: test.registry) }
        == "\(test.path): the model was not saved: \"stages.3.test-classifier.weight\" holds NaN or infinity; train again")
    #expect(try test.answer() == old)
    #expect(try directoryEntries(test.directory.path) == ["model"])
  }

  @Test func `a disk that is full leaves the old model`() throws {
    let test = try TestModel()
    let disk = test.directory.path + "/disk"
    mkdir(disk, 0o755)
    guard mount("tmpfs", disk, "tmpfs", 0, "size=96k") == 0 else {
      print("skipped: no tmpfs can be mounted here")
      return
    }
    defer { umount(disk) }
    let path = disk + "/model"
    try ModelDirectory.save(test.contents(), to: path, registry: test.registry)
    try test.directory.file("disk/fill", [UInt8](repeating: 0, count: 40_000))
    #expect(
      message { try ModelDirectory.save(test.contents(weight: 2), to: path, registry: test.registry) }.hasSuffix(
        "no space left on device; make room, and save again"))
    #expect(try ModelDirectory.load(path, registry: test.registry).verifyGolden() == 3)
    #expect(try directoryEntries(disk) == ["fill", "model"])
  }

  @Test func `a place that cannot be written leaves the old model`() throws {
    let test = try TestModel()
    let disk = test.directory.path + "/disk"
    mkdir(disk, 0o755)
    guard mount("tmpfs", disk, "tmpfs", 0, "size=1m") == 0 else {
      print("skipped: no tmpfs can be mounted here")
      return
    }
    defer { umount(disk) }
    let path = disk + "/model"
    try ModelDirectory.save(test.contents(), to: path, registry: test.registry)
    let (readOnly, remount): (UInt, UInt) = (1, 32)
    #expect(mount("tmpfs", disk, "tmpfs", readOnly | remount, "size=1m") == 0)
    #expect(
      message { try ModelDirectory.save(test.contents(weight: 2), to: path, registry: test.registry) }.hasSuffix(
        "read-only file system"))
    #expect(try ModelDirectory.load(path, registry: test.registry).verifyGolden() == 3)
  }

  // MARK: Failures while loading

  @Test func `what is no model says what it is instead`() throws {
    let test = try TestModel()
    #expect(test.failure() == "/model: does not exist; expected a model directory")
    mkdir(test.path, 0o755)
    #expect(test.failure() == "/model: is an empty directory; expected a model directory, as `hanpipe train` writes it")
    try test.directory.file("model/x", "")
    #expect(test.failure() == "/model: is not a model directory: it has no pipeline.json")
    try test.directory.file("model/pipeline.json", #"{"stages": [{"type": "test-segmenter"}]}"#)
    #expect(
      test.failure()
        == "/model: is not a model directory: its pipeline.json has no \"model\", so it is a spec that has learned nothing")
    let file = try test.directory.file("file", "")
    #expect(
      message { _ = try ModelDirectory.load(file, registry: test.registry) }
        == "\(file): is not a directory; expected a model directory")
  }

  @Test func `a spec cut short anywhere is refused`() throws {
    let test = try TestModel()
    try test.save()
    let bytes = try read(test.spec)
    for length in stride(from: 0, to: bytes.count - 2, by: 7) {
      try replace(test.spec, Array(bytes[..<length]))
      #expect(test.failure().hasPrefix("/model/pipeline.json: line "), "\(length) bytes")
    }
  }

  @Test(arguments: [
    (
      #""format": 1"#, #""format": 9"#,
      "/model/pipeline.json: has the format 9, written by hanpipe 0.1.0; this hanpipe knows up to 1: update it"
    ),
    (#""format": 1"#, #""format": "x""#, "/model/pipeline.json: model.format: found \"x\"; expected a format version"),
    (#""file": "stages.1.vocabulary.tsv""#, #""file": "../x""#, nil),
    ("stages.1.vocabulary.tsv", "gone.tsv", "/model/gone.tsv: is missing; restore the model directory, or train again"),
    (#"{"type": "test-vocabulary"}"#, #"{"type": "no"}"#, nil), ("\"test-classifier\"", "\"test-notes\"", nil),
    (
      #""stages.3.test-classifier.weight""#, #""stages.3.test-classifier.bias""#,
      "/model/weights.safetensors: holds \"stages.3.test-classifier.weight\", which this pipeline has not; the weights belong to"
        + " another model"
    ),
    ("resources/stop.txt", "resources/gone.txt", nil), ("resources/stop.txt", "../../etc/passwd", nil),
  ])
  func `a spec that was changed is refused`(old: String, new: String, expected: String?) throws {
    let test = try TestModel()
    try test.save()
    let text = try readText(test.spec)
    // The pretty form may break objects over lines.
    let changed = text.replacing(old, with: new)
    try replace(test.spec, Array((changed == text ? text.replacing("\"test-vocabulary\"", with: "\"no\"") : changed).utf8))
    let found = test.failure()
    #expect(found.hasPrefix("/model"))
    if let expected { #expect(found == expected) }
  }

  @Test func `weights that are missing, cut short, foreign or of another shape are refused`() throws {
    let test = try TestModel()
    try test.save()
    let bytes = try read(test.weights)
    for length in 0..<bytes.count {
      try replace(test.weights, Array(bytes[..<length]))
      #expect(test.failure().hasPrefix("/model/weights.safetensors: "), "\(length) bytes")
    }
    unlink(test.weights)
    #expect(test.failure() == "/model/weights.safetensors: is missing; restore the model directory, or train again")
    func put(_ name: String, _ shape: [Int], _ value: Float = 1) throws {
      let values = [Float](repeating: value, count: shape.reduce(1, *))
      let tensor = Parameters.Tensor(shape: shape, values: values)
      unlink(test.weights)
      try test.directory.file("model/weights.safetensors", try Safetensors.bytes([(name, tensor)]))
    }
    try put("stages.3.test-classifier.weight", [5, 1])
    #expect(
      test.failure()
        == "/model: stages[3] (test-classifier): \"weight\" has the shape [5, 1], but the spec asks for [4, 1]; train again, or"
        + " restore the spec")
    try put("encoder.weight", [4, 1])
    #expect(
      test.failure()
        == "/model/weights.safetensors: holds \"encoder.weight\", which this pipeline has not; the weights belong to another model")
    let none = try Safetensors.bytes([])
    try replace(test.weights, none)
    #expect(
      test.failure()
        == "/model/weights.safetensors: has no \"stages.3.test-classifier.weight\", which this pipeline needs; the weights belong"
        + " to another model")
    var nan = bytes
    nan.replaceSubrange((bytes.count - 4)..., with: [0, 0, 0xC0, 0x7F])
    try replace(test.weights, nan)
    #expect(
      test.failure()
        == "/model/weights.safetensors: \"stages.3.test-classifier.weight\" holds NaN or infinity; train again")
  }

  @Test func `libraries that differ from those of the training are listed, unless allowed`() throws {
    let test = try TestModel()
    try test.save()
    try TestIdentity.$version.withValue("2") {
      #expect(
        test.failure()
          == "/model: was trained with other libraries or data than are here: stages[0] (test-segmenter) version: recorded 1, here 2;"
          + " answers may differ: train again, or allow it with --allow-identity-mismatch")
      let model = try ModelDirectory.load(test.path, registry: test.registry, allowIdentityMismatch: true)
      #expect(model.mismatches.map(\.key) == ["version"])
    }
    try replace(test.path + "/resources/stop.txt", Array("一\n二\n".utf8))
    #expect(test.failure().contains("stages[0] (test-segmenter) stop: recorded 3, here 4"))
  }

  @Test func `stored predictions that come out differently are counted and shown`() throws {
    let test = try TestModel()
    try test.save()
    let file = test.path + "/golden.jsonl"
    let text = try readText(file)
    try replace(file, Array(text.replacing("\"yes\"", with: "\"no\"").utf8))
    let found = test.drop(message { try test.load().verifyGolden() })
    #expect(
      found.hasPrefix(
        "/model: 3 of 3 stored predictions came out differently; the first: \"好 的 坏\": expected {\"labels\": [\"no\"]"))
    try replace(file, Array("{\"text\": \"a\"}\n".utf8))
    #expect(
      test.drop(message { try test.load().verifyGolden() })
        == "/model/golden.jsonl:1: \"expected\" is missing in \"{\"text\": \"a\"}\"")
  }
}

@Suite struct ResourceRootTests {
  @Test func `files are found below the root only`() throws {
    let directory = try TemporaryDirectory()
    let top = directory.path
    for name in ["repo", "repo/pipelines", "repo/vocab", "out"] { mkdir(top + "/" + name, 0o755) }
    try directory.file("repo/vocab/a.txt", "a")
    try directory.file("repo/pipelines/b.txt", "b")
    try directory.file("out/secret", "s")
    symlink("../../out/secret", top + "/repo/vocab/link")
    symlink("a.txt", top + "/repo/vocab/good")
    let root = try ResourceRoot(directory: top + "/repo/pipelines", limit: 100)
    func read(_ path: String) -> String {
      let text = message { throw Found(text: String(decoding: try root.read(ResourcePath(path)), as: UTF8.self)) }
      return text.split(separator: top, omittingEmptySubsequences: false).joined()
    }
    #expect(read("b.txt") == "b")
    #expect(read("../vocab/a.txt") == "a")
    #expect(read("./../vocab/../vocab/good") == "a")
    #expect(read("../../out/secret") == "\"../../out/secret\" leads out of /repo, below which a spec's files must lie")
    #expect(read("../vocab/link") == "\"../vocab/link\" leads out of /repo, below which a spec's files must lie")
    #expect(read("../../out/none") == "\"../../out/none\" leads out of /repo, below which a spec's files must lie")
    #expect(read("c.txt") == "\"c.txt\" does not exist; looked for /repo/pipelines/c.txt")
    #expect(read("../vocab") == "\"../vocab\": not a regular file")
    #expect(read("/etc/passwd") == "\"/etc/passwd\" is an absolute path; expected one relative to the spec's own file")
    try directory.file("repo/big", [UInt8](repeating: 0, count: 101))
    #expect(read("../big") == "\"../big\": it has 101 bytes; at most 100 are allowed here")
    mkfifo(top + "/repo/fifo", 0o644)
    #expect(read("../fifo") == "\"../fifo\": not a regular file")
  }
  private struct Found: Error, CustomStringConvertible {
    var text: String
    var description: String { text }
  }

  @Test func `an error of a spec names the file`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("bad.json", "{\"stages\": [}")
    #expect(
      message { _ = try SpecFile.load(path, registry: StageRegistry()) }
        == "\(path): line 1, column 13: expected a value, found \"}\"")
    #expect(
      message { _ = try SpecFile.load("/nowhere.json", registry: StageRegistry()) } == "/nowhere.json: no such file or directory")
    #expect(
      message { _ = try SpecFile.load(directory.path, registry: StageRegistry()) }
        == "\(directory.path): is not a model directory: it has no pipeline.json")
    let good = try directory.file("good.json", #"{"stages": [{"type": "x"}]}"#)
    let (spec, root) = try SpecFile.load(good, registry: StageRegistry())
    #expect(spec.stages.count == 1)
    #expect(root.root == "/tmp")
  }
}

/// Links and names that lead elsewhere, and somebody who changes them while we look.
@Suite struct LinkTests {
  @Test(arguments: ["pipeline.json", "weights.safetensors", "stages.1.vocabulary.tsv", "golden.jsonl"])
  func `a file of a model is not one that lies elsewhere`(_ name: String) throws {
    let test = try TestModel()
    try test.save()
    let file = test.path + "/" + name
    rename(file, test.directory.path + "/elsewhere")
    symlink("../elsewhere", file)
    let failure = test.drop(message { try test.load().verifyGolden() })
    #expect(failure == "/model/\(name): \"\(name)\" leads out of /model, below which a spec's files must lie")
    // A link that stays inside does no harm.
    unlink(file)
    rename(test.directory.path + "/elsewhere", test.path + "/other")
    symlink("other", file)
    #expect(message { try test.load().verifyGolden() } == "no error")
  }

  /// Reads again and again while another thread exchanges something for a link that leads out.
  private func race(_ path: String, exchange: @escaping @Sendable (_ top: String, _ round: Int) -> Void) throws {
    let directory = try TemporaryDirectory()
    let top = directory.path
    for name in ["root", "root/a", "out"] { mkdir(top + "/" + name, 0o755) }
    try directory.file("root/a/file", "inside")
    try directory.file("out/file", "secret")
    let root = try ResourceRoot(directory: top + "/root", root: top + "/root")
    let stop = Mutex(false)
    let thread = try startThread {
      var round = 0
      while !stop.withLock({ $0 }) {
        exchange(top, round)
        round += 1
      }
    }
    var (inside, refused) = (0, 0)
    for _ in 0..<20_000 {
      do throws(ResourceRoot.Refusal) {
        let text = String(decoding: try root.read(ResourcePath(path)), as: UTF8.self)
        #expect(text == "inside")
        if text != "inside" { break }
        inside += 1
      } catch { refused += 1 }
    }
    stop.withLock { $0 = true }
    pthread_join(thread, nil)
    // Otherwise there was no race.
    #expect(inside > 0 && refused > 0, "\(inside) inside, \(refused) refused")
  }

  @Test func `a file that becomes a link while it is looked at is not followed`() throws {
    try race("a/file") { top, round in
      let (file, aside) = (top + "/root/a/file", top + "/root/a/aside-\(round)")
      symlink(top + "/out/file", aside)
      rename(file, file + "-kept")
      rename(aside, file)
      unlink(file)
      rename(file + "-kept", file)
    }
  }

  @Test func `a folder that becomes a link while it is looked at is not followed`() throws {
    try race("a/file") { top, _ in
      rename(top + "/root/a", top + "/root/b")
      symlink(top + "/out", top + "/root/a")
      unlink(top + "/root/a")
      rename(top + "/root/b", top + "/root/a")
    }
  }
}

/// Starts a thread of its own.
private func startThread(_ body: @escaping @Sendable () -> Void) throws -> pthread_t {
  final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var thread = pthread_t()
  let box = Unmanaged.passRetained(Box(body))
  let code = pthread_create(
    &thread, nil,
    { argument in
      argument.map { Unmanaged<Box>.fromOpaque($0).takeRetainedValue().body() }
      return nil
    }, box.toOpaque())
  guard code == 0 else { throw SystemError("start a thread", code: code) }
  return thread
}
