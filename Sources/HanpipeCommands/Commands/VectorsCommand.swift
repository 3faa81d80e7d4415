import ArgumentParser
import Hanpipe

struct VectorsCommand: ReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "vectors", abstract: "Learns vectors of words from text without labels.",
    discussion: """
      Example: hanpipe vectors --pipeline pipelines/sentiment.json --output vectors.txt texts.txt

      Cuts the input as the spec's stages do, and learns a vector for each word: words that stand among the same words get vectors \
      that are near (skip-gram with negative sampling). Writes the text format of word2vec, fastText and GloVe. A spec begins with \
      them by "training": {"vectors": {"file": "vectors.txt"}}, if its embedding is as wide. Holds the text in memory.
      """)

  @OptionGroup var inputs: FileArguments
  @OptionGroup var format: FormatOptions
  @Option(help: ArgumentHelp("The spec that says how to cut.", valueName: "spec"), completion: .file()) var pipeline: String
  @Option(name: .shortAndLong, help: ArgumentHelp("Where the vectors go.", valueName: "file"), completion: .file()) var output: String
  @Option(help: ArgumentHelp("Numbers of a vector.", valueName: "count")) var width = 128
  @Option(help: ArgumentHelp("Words on each side that a word is to predict.", valueName: "words")) var window = 5
  @Option(help: ArgumentHelp("Words drawn as wrong answers for each right one.", valueName: "words")) var negatives = 5
  @Option(help: ArgumentHelp("Times that the text is read.", valueName: "count")) var epochs = 5
  @Option(help: ArgumentHelp("Rarer words get no vector.", valueName: "count")) var minimumCount = 2
  @Option(help: ArgumentHelp("Words with a vector at most; the most frequent.", valueName: "count")) var maximumSize: Int?
  @Option(help: ArgumentHelp("Same seed, same vectors.", valueName: "number")) var seed = 42
  @OptionGroup var spec: SpecOptions
  @OptionGroup var plugins: PluginOptions
  @OptionGroup var work: WorkOptions

  mutating func validate() throws {
    let bounds: [(String, Int?, ClosedRange<Int>)] = [
      ("--width", width, 1...8192), ("--window", window, 1...1000), ("--negatives", negatives, 1...1000),
      ("--epochs", epochs, 1...1_000_000), ("--minimum-count", minimumCount, 1...1_000_000_000),
      ("--maximum-size", maximumSize, 1...100_000_000), ("--seed", seed, 0...Int.max),
    ]
    for (name, value, range) in bounds {
      if let value, !range.contains(value) {
        throw ValidationError("\(name): \(value) is not allowed; expected \(range.lowerBound) to \(range.upperBound)")
      }
    }
  }

  mutating func run(in environment: ToolEnvironment) throws {
    let reader = try input.reader("hanpipe vectors --pipeline pipelines/sentiment.json --output vectors.txt texts.txt")
    try FileContent.checkReplaceable(output, as: .vectors)
    let file = try CheckedSpec(pipeline, plugins.permit(in: environment), choices: spec.choices)
    guard let links = Self.wordStages(file.blueprint.links) else { throw NoWordStages(path: pipeline) }
    var cutter = Pipeline(file.blueprint).continued(by: links)
    for _ in links { try cutter.append(state: nil, resource: file.root.reader) }

    var fitterSettings = VocabularyStage.Configuration()
    fitterSettings.minimumCount = minimumCount
    fitterSettings.maximumSize = maximumSize.map { $0 + Vocabulary.reserved.count }
    var fitter = VocabularyStage.fitter(fitterSettings)
    var cut: [Tokens] = []
    let unread = try reader.forEachOutput(of: cutter, threads: work.threadCount) { value in
      guard let tokens = value as? Tokens else { return }
      fitter.observe(tokens)
      cut.append(tokens)
    }
    let vocabulary = fitter.finish()
    var learner = SkipGram(settings, vocabulary: vocabulary)
    for tokens in cut { learner.add(vocabulary.ids(of: tokens)) }
    cut = []
    let progress = ProgressLine(quiet: work.quiet)
    let words = learner.wordCount
    let vectors = try learner.learn { share in progress.draw("\(grouped(words)) words, \(Int(share * 100)) %") }
    progress.clear()
    try FileContent.replace(output, vectors.text)
    work.say("\(output): \(grouped(vectors.words.count)) vectors of \(width), from \(grouped(words)) words")
    work.warn(of: reader.repairs)
    try unread.fail()
  }

  private var settings: SkipGram.Settings {
    var settings = SkipGram.Settings()
    (settings.width, settings.window, settings.negatives) = (width, window, negatives)
    (settings.epochs, settings.seed) = (epochs, seed)
    return settings
  }

  /// The stages before the first vocabulary, also of a branch, if they give words; else up to the last that does.
  private static func wordStages(_ links: [Blueprint.Link]) -> [Blueprint.Link]? {
    for (i, link) in links.enumerated() {
      if link.type == VocabularyStage.type { return Array(links[..<i]) }
      for branch in link.branches {
        if let found = wordStages(branch), found.last?.factory.outputKind == Tokens.kind { return links[..<i] + found }
      }
    }
    return links.lastIndex { $0.factory.outputKind == Tokens.kind }.map { Array(links[...$0]) }
  }
}

/// A spec of which no stage gives words.
struct NoWordStages: Error, CustomStringConvertible {
  let path: String
  var description: String { "\(path): none of its stages cuts text into words; expected a segmenter, such as icu" }
}
