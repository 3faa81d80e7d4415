import ArgumentParser
import Hanpipe

/// Learning a dictionary from segmented text.
struct SegmentedOptions: ParsableArguments {
  @Flag(help: "Learn a dictionary for the stage \"lexicon\" from lines of words separated by spaces.")
  var segmented = false
  @Option(help: ArgumentHelp("With --segmented: a list of more words, which nobody counted.", valueName: "file"), completion: .file())
  var words: [String] = []
  @Option(help: ArgumentHelp("With --words: leave longer ones out; for a small file.", valueName: "characters"))
  var longestWord: Int?
  @Option(name: .shortAndLong, help: ArgumentHelp("With --segmented: where the dictionary goes.", valueName: "file"), completion: .file())
  var output: String?
  @Flag(help: "With --words: leave wrong lines out, and name them on stderr.")
  var skipMalformed = false

  /// - Throws: `ValidationError` for options that do not go together.
  func check(hasPipeline: Bool) throws {
    if let longestWord, longestWord < 1 {
      throw ValidationError("--longest-word: \(longestWord) is not allowed; expected a number from 1")
    }
    if segmented {
      if hasPipeline { throw ValidationError("--pipeline and --segmented exclude each other") }
      if output == nil { throw ValidationError("--segmented needs --output, the file to write the dictionary to") }
    } else {
      if !hasPipeline { throw ValidationError("expected --pipeline, a spec that says how to cut, or --segmented") }
      if output != nil || !words.isEmpty || skipMalformed || longestWord != nil {
        throw ValidationError("--output, --words, --longest-word and --skip-malformed need --segmented")
      }
    }
  }

  /// Reads, learns, and writes the file.
  func build(_ input: InputOptions, _ work: WorkOptions) throws {
    guard let output else { return }
    let reader = try input.reader("hanpipe vocabulary build --segmented sentences.txt --output mine.dict")
    try FileContent.checkReplaceable(output, as: .dictionary)
    var builder = DictionaryBuilder()
    builder.options.longestListed = longestWord
    for path in words {
      var leftOut = LeftOutLines<DictionaryError>()
      do {
        try builder.add(words: FileContent.read(path), skipped: skipMalformed ? { leftOut.add($0) } : nil)
      } catch let error as DictionaryError {
        throw FileError(path, error)
      }
      for warning in leftOut.warnings(path) { work.warn(warning) }
    }
    var unread = UnreadRecords()
    while let batch = try reader.nextBatch() {
      unread.add(batch)
      for record in 0..<batch.texts.count { builder.add(segmented: batch.texts.utf8(of: record)) }
    }
    work.warn(of: reader.repairs)
    let bytes = try builder.compiled { epoch, wrong in work.say("pass \(epoch): \(grouped(wrong)) wrong boundaries") }
    try FileContent.replace(output, bytes)
    work.say("\(output): \(grouped(builder.sentenceCount)) sentences, \(grouped(bytes.count)) bytes")
    try unread.fail()
  }
}
