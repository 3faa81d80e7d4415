import ArgumentParser
import Hanpipe

struct VocabularyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vocabulary", abstract: "Counts words, and shows what was counted.",
    subcommands: [Build.self, Show.self])

  struct Build: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "Counts the words of a text as a spec's stages cut them.",
      discussion: """
        Example: hanpipe vocabulary build --pipeline pipelines/sentiment.json reviews.txt > vocabulary.tsv

        Runs the spec's stages up to its "vocabulary" over the input, in one pass and bounded memory, and prints word TAB count, \
        in the order of the ids. "minimumCount" and "maximumSize" come from the spec. Another spec may name the file: \
        {"type": "vocabulary", "file": "vocabulary.tsv"}.

        Example: hanpipe vocabulary build --segmented sentences.txt --words names.txt --output mine.dict

        Learns a dictionary for the stage "lexicon" from lines of words separated by spaces: words, how often they stand there, and \
        what tells where unknown words begin and end.
        """)

    @OptionGroup var inputs: FileArguments
    @OptionGroup var format: FormatOptions
    @Option(help: "The spec that says how to cut and what to keep.", completion: .file()) var pipeline: String?
    @OptionGroup var spec: SpecOptions
    @OptionGroup var segmentation: SegmentedOptions
    @OptionGroup var plugins: PluginOptions
    @OptionGroup var work: WorkOptions

    mutating func validate() throws {
      try segmentation.check(hasPipeline: pipeline != nil)
    }

    mutating func run(in environment: ToolEnvironment) throws {
      guard let pipeline else { return try segmentation.build(input, work) }
      let reader = try input.reader("hanpipe vocabulary build --pipeline pipelines/sentiment.json reviews.txt")
      let file = try CheckedSpec(pipeline, plugins.permit(in: environment), choices: spec.choices)
      let checked = file.blueprint
      guard let index = checked.links.firstIndex(where: { if case .counting = $0.factory.learning { true } else { false } }),
        case .counting(let make) = checked.links[index].factory.learning
      else { throw NoVocabulary(path: pipeline) }
      var before = Pipeline(checked)
      for _ in 0..<index { try before.append(state: nil, resource: file.root.reader) }
      var fitter = try make(checked.links[index].node, checked.links[index].path)
      let unread = try reader.forEachOutput(of: before, threads: work.threadCount) { try fitter.observe($0) }
      let output = ByteWriter.standardOutput()
      for file in try fitter.finish().files { try output.write(file.bytes) }
      try output.flush()
      work.warn(of: reader.repairs)
      try unread.fail()
    }
  }

  struct Show: ToolCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints the words of a model's vocabulary: id TAB word TAB count.",
      discussion: """
        Example: hanpipe vocabulary show models/sentiment --top 20

        Example: hanpipe vocabulary show vocab/chinese.dict --top 20

        Of a dictionary for the stage "lexicon": word TAB count, the most frequent first; 0 for words that were only listed.
        """)

    @Argument(help: "A model directory or a dictionary; the shipped models/sentiment without.", completion: .file()) var model: String?
    @Option(help: ArgumentHelp("Only the first words.", valueName: "count")) var top: Int?
    @Flag(help: "Of a dictionary: what it was made of and how large it is, name TAB value, instead of its words.") var facts = false
    @OptionGroup var plugins: PluginOptions
    @OptionGroup var root: RootOption

    mutating func validate() throws {
      if let top, top < 1 { throw ValidationError("--top: \(top) is not allowed; expected a number from 1") }
    }

    mutating func run(in environment: ToolEnvironment) throws {
      let path = try Installation.Named(model, variable: "HANPIPE_MODEL", standard: "models/sentiment").path
      if !path.hasSuffix(".json"), let file = try? FileContent.map(path) { return try show(file, path) }
      if facts { throw NoDictionary(path: path) }
      let loaded = try LoadedPipeline(
        path, plugins.permit(in: environment), choices: SpecChoices(root: root.choice), allowIdentityMismatch: true)
      guard let vocabulary = loaded.pipeline.stages.lazy.compactMap({ ($0.base as? any WordIDs)?.vocabulary }).first else { throw NoVocabulary(path: path) }
      let output = ByteWriter.standardOutput()
      var bytes: [UInt8] = []
      for id in 0..<Int32(min(vocabulary.size, top ?? .max)) {
        bytes.append(contentsOf: "\(id)\t\(vocabulary.word(of: id) ?? "")\t\(vocabulary.count(of: id))\n".utf8)
      }
      try output.write(bytes)
      try output.flush()
    }
  }
}

extension VocabularyCommand.Show {
  /// Prints a dictionary of the stage `lexicon`.
  private func show(_ file: any ByteStorage, _ path: String) throws {
    let content: DictionaryContent
    do { content = try DictionaryContent(file) } catch { throw FileError(path, error) }
    let output = ByteWriter.standardOutput()
    var bytes: [UInt8] = []
    if facts {
      for (name, value) in content.facts { bytes.append(contentsOf: "\(name)\t\(value)\n".utf8) }
    } else {
      for (word, count) in content.words.prefix(top ?? .max) { bytes.append(contentsOf: "\(word)\t\(count)\n".utf8) }
    }
    try output.write(bytes)
    try output.flush()
  }
}

/// Facts were asked for of something else.
struct NoDictionary: Error, CustomStringConvertible {
  let path: String
  var description: String { "\(path): not a dictionary's file, of which alone there are facts; leave out --facts" }
}

/// A pipeline without a stage that counts words.
struct NoVocabulary: Error, CustomStringConvertible {
  let path: String
  var description: String { "\(path): none of its stages is a \"vocabulary\"" }
}
