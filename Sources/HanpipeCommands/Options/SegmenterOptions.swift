import ArgumentParser
import Hanpipe

/// A segmenter that comes with the tool, by one word.
enum ShippedSegmenter: String, CaseIterable, ExpressibleByArgument {
  case icu, lexicon, neural

  /// What cuts words where nobody names a segmenter.
  static let standard = lexicon

  /// The spec that uses it.
  /// - Parameter list: whether it is to follow a list of words, for which `neural` has a model of its own.
  private func pipeline(following list: Bool) -> String {
    switch self {
    case .icu: "pipelines/segment.json"
    case .lexicon: "pipelines/lexicon.json"
    case .neural: list ? "pipelines/neural-list.json" : "pipelines/neural.json"
    }
  }

  /// What the spec names and an installation may lack, and how to get it.
  private func part(following list: Bool) -> (path: String, remedy: String)? {
    switch self {
    case .icu: nil
    case .lexicon:
      (
        "vocab/chinese.dict",
        "make one from segmented text: hanpipe vocabulary build --segmented TEXT --output vocab/chinese.dict"
      )
    case .neural where list: ("models/segmenter-lists", "train one: scripts/train-segmenter-lists")
    case .neural:
      ("models/segmenter", "train one: hanpipe train pipelines/segmenter.json --data TEXT --model models/segmenter")
    }
  }

  /// Where its spec is installed.
  /// - Throws: `InstallationError`; `MissingPart` if what the spec needs is not there.
  func path(following list: Bool) throws -> String {
    let pipeline = pipeline(following: list)
    let path = try Installation.find(pipeline)
    if let part = part(following: list) {
      let root = path.dropLast(pipeline.count)
      guard Installation.isThere(root + part.path) else {
        throw MissingPart(segmenter: self, path: root + part.path, remedy: part.remedy)
      }
    }
    return path
  }

  /// A segmenter that is not installed whole.
  struct MissingPart: Error, CustomStringConvertible {
    let segmenter: ShippedSegmenter
    let path: String
    let remedy: String
    var description: String {
      "the segmenter \"\(segmenter.rawValue)\" is not installed: there is no \(path); \(remedy); "
        + "or choose another with --segmenter"
    }
  }
}

/// Which segmenter cuts, and which words of the user's correct it.
struct SegmenterOptions: ParsableArguments {
  @Option(help: "Which shipped segmenter cuts: icu, lexicon or neural; lexicon without.")
  var segmenter: ShippedSegmenter?
  @Option(help: ArgumentHelp("Words of yours, which win over the segmenter's.", valueName: "file"), completion: .file())
  var userWords: String?
  @Option(
    help: ArgumentHelp(
      "Cut as this list of words says, one a line: the convention of a corpus of yours (by --segmenter neural).", valueName: "file"),
    completion: .file())
  var wordList: String?
  @Flag(help: "With --user-words: leave wrong lines out, and name them on stderr.")
  var skipMalformed = false

  mutating func validate() throws {
    if skipMalformed, userWords == nil { throw ValidationError("--skip-malformed needs --user-words") }
  }

  /// Whether a segmenter is named twice.
  /// - Parameter option: the name of the other option.
  func exclude(_ pipeline: String?, _ option: String) throws {
    if segmenter != nil, pipeline != nil { throw ValidationError("--segmenter and \(option) exclude each other") }
  }

  /// The pipeline that another option names, or the segmenter that was chosen, or what HANPIPE_PIPELINE names, or the standard one.
  func named(_ pipeline: String?) throws -> Installation.Named {
    if let pipeline { return Installation.Named(pipeline) }
    if segmenter == nil, let path = Terminal.variable("HANPIPE_PIPELINE"), !path.isEmpty { return Installation.Named(path) }
    let follows = wordList != nil
    return Installation.Named(shipped: try (segmenter ?? (follows ? .neural : .standard)).path(following: follows))
  }

  /// The words of `--word-list`.
  /// - Throws: `FileError` with a `DictionaryError` that names the line.
  func list() throws -> WordListFile? { try wordList.map(WordListFile.init) }

  /// The files of the user's own.
  var files: [String] { [userWords, wordList].compactMap { $0 } }

  /// Lets the user's words correct what a pipeline gives.
  func correct(_ loaded: inout LoadedPipeline, _ work: WorkOptions) throws {
    guard let userWords else { return }
    try loaded.correct(byWordsOf: userWords, skipsMalformed: skipMalformed) { work.warn($0) }
  }
}
