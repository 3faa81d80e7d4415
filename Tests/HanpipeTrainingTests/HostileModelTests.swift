import Glibc
import Hanpipe
import HanpipeTesting
import Testing

/// Model directories from strangers, damaged or made to harm: loading them ends in an answer or an error, never in a crash.
@Suite struct HostileModelTests {
  enum Kind: String, CaseIterable, Sendable { case classifier, tagger, nested }

  private static let lexicon = "我喜欢\tprefer\n不\tforce\n"
  private static let texts = ["我喜欢苹果", "", "不 ok。", "ｉＰｈｏｎｅ 😀"]

  /// `folder/classifier`, `folder/tagger`, and `folder/nested`, whose segmenter is the tagger. Their weights are random.
  private static let folder = Result { () throws -> String in
    let folder = try temporaryFolder("hostile")
    let file = try #require(fopen(folder + "/lexicon.txt", "w"))
    fputs(lexicon, file)
    fclose(file)
    let resource = try ResourceRoot(directory: folder, root: folder).reader
    let data = LabelledTexts([("我 喜欢 苹果 好", 1), ("不 喜欢 苹果 坏", 0)])
    let ends: [JSONObject] = [["type": "attention-pooling", "units": 3], ["type": "sigmoid", "labels": ["bad", "good"]]]
    let middle: [JSONObject] = [
      ["type": "vocabulary"], ["type": "padding", "maximum": 20],
      ["type": "lstm", "units": 5, "embedding": 4, "layers": 2, "bidirectional": true, "output": "sequence"],
    ]
    let classifier = try Trainer(
      blueprint([["type": "normalize"], ["type": "icu", "lexicon": "lexicon.txt"]] + middle + ends),
      configuration: configuration(["epochs": 1]), data: data, validation: nil, threads: 1, resource: resource)
    try save(classifier.pipeline, resource, folder + "/classifier")
    let characters: [JSONObject] = [
      ["type": "characters"], ["type": "vocabulary"], ["type": "padding"],
      ["type": "gru", "units": 5, "embedding": 4, "output": "sequence"], ["type": "crf"],
    ]
    let tagger = try Trainer(
      blueprint(characters), configuration: configuration(["epochs": 1]), data: SegmentedTexts(["我 喜欢 苹果", "不 喜欢"]),
      validation: SegmentedTexts(), threads: 1, resource: resource)
    try save(tagger.pipeline, resource, folder + "/tagger")
    let nested = try Trainer(
      blueprint([["type": "neural", "model": "tagger"]] + middle + ends), configuration: configuration(["epochs": 1]), data: data,
      validation: nil,
      threads: 1, resource: resource)
    try save(nested.pipeline, resource, folder + "/nested")
    return folder
  }

  private static func save(
    _ pipeline: Pipeline, _ resource: ResourceReader, _ path: String
  ) throws {
    try ModelDirectory.save(
      ModelDirectory.Contents(pipeline: pipeline, resource: resource, goldenTexts: texts), to: path, registry: .standard)
  }

  // MARK: Directories

  /// The files below a directory, by their names there.
  private func contents(_ path: String, _ prefix: String = "") throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    let stream = try #require(opendir(path))
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name == "." || name == ".." { continue }
      if entry.pointee.d_type == UInt8(DT_DIR) {
        files.merge(try contents(path + "/" + name, prefix + name + "/")) { $1 }
      } else {
        files[prefix + name] = try readFile(path + "/" + name)
      }
    }
    return files
  }

  /// Lays files down in a directory that is there and empty, but for what lay there before.
  private func lay(_ files: [String: [UInt8]], replacing old: [String: [UInt8]], in path: String) throws {
    for (name, bytes) in files where old[name] != bytes {
      for (i, byte) in name.utf8.enumerated() where byte == UInt8(ascii: "/") {
        mkdir(path + "/" + String(decoding: name.utf8.prefix(i), as: UTF8.self), 0o755)
      }
      let file = try #require(fopen(path + "/" + name, "w"))
      _ = bytes.withUnsafeBytes { fwrite($0.baseAddress ?? UnsafeRawPointer(file), 1, $0.count, file) }
      fclose(file)
    }
    for name in old.keys where files[name] == nil { unlink(path + "/" + name) }
  }

  /// What is said of a directory: nil if it loads and answers.
  private func complaint(_ path: String) -> String? {
    do {
      let model = try ModelDirectory.load(path, registry: .standard, allowIdentityMismatch: true)
      try model.verifyGolden()
      _ = try model.pipeline.trace(Texts(Self.texts))
      return nil
    } catch { return "\(error)" }
  }

  @Test(arguments: Kind.allCases)
  func `a damaged model is refused or answers, and is not afraid of anything`(_ kind: Kind) throws {
    let source = try Self.folder.get() + "/" + kind.rawValue
    let whole = try contents(source)
    #expect(complaint(source) == nil)
    let path = try Self.folder.get() + "/damaged-\(kind.rawValue)"
    mkdir(path, 0o755)
    var lying: [String: [UInt8]] = [:]
    var refused = 0
    let count: UInt64 = getenv("HANPIPE_SLOW_TESTS") == nil ? 150 : 5000
    for seed in 0..<count {
      var files = whole
      var damage = Damage(SeededGenerator(seed: seed))
      damage.apply(to: &files)
      try lay(files, replacing: lying, in: path)
      lying = files
      guard let complaint = complaint(path) else { continue }
      refused += 1
      #expect(!complaint.isEmpty && complaint.utf8.count < 4096, "seed \(seed): \(complaint.prefix(300))")
    }
    // Most damage is found; what hits the card, the log, a comment or a weight is not, and does no harm.
    #expect(refused > count / 4 && refused < count)
  }

  @Test func `models that stand in models end at some depth`() throws {
    let folder = try Self.folder.get()
    var path = "deep"
    mkdir(folder + "/" + path, 0o755)
    let spec = #"""
      {"stages": [{"type": "neural", "model": "resources/m"}],
       "model": {"format": 1, "hanpipe": "0.1.0", "identities": [{}], "files": [], "tensors": []}}
      """#
    for _ in 0..<40 {
      try lay(["pipeline.json": Array(spec.utf8)], replacing: [:], in: folder + "/" + path)
      path += "/resources"
      mkdir(folder + "/" + path, 0o755)
      path += "/m"
      mkdir(folder + "/" + path, 0o755)
    }
    let found = try #require(self.complaint(folder + "/deep"))
    #expect(found.hasSuffix("has more than 64 names; models stand in models too deep"), "\(found.suffix(200))")
  }
}
