import ArgumentParser
import Hanpipe

/// What `evaluate` is told where words are measured, not labels; how many mistakes are shown, and the seed, count for both.
struct SegmentationOptions: ParsableArguments {
  @Option(
    name: .customLong("segmentation"),
    help: ArgumentHelp("Measure words on this segmented text: words between white space, a sentence a line.", valueName: "gold"),
    completion: .file())
  var gold: String?
  @Option(
    help: ArgumentHelp("Words of the training data, one a line (first in it), for figures of words out of it.", valueName: "file"),
    completion: .file())
  var trainingWords: String?
  @Option(help: ArgumentHelp("The training data as segmented text, for the same.", valueName: "file"), completion: .file())
  var trainingText: String?
  @Option(
    help: ArgumentHelp(
      "How many mistakes are shown, the commonest in words or, in a report, the surest (default: 20).", valueName: "count"))
  var mistakes: Int?
  @Option(help: ArgumentHelp("Draws the samples for intervals (default: 42).", valueName: "number"))
  var seed: UInt64?

  mutating func validate() throws {
    if let mistakes, mistakes < 0 { throw ValidationError("--mistakes: \(mistakes) is not allowed; expected a number from 0") }
    guard gold == nil else {
      if [gold, trainingWords, trainingText].count(where: { $0 == "-" }) > 1 {
        throw ValidationError("standard input (-) can be read once only; name a file instead")
      }
      return
    }
    let given = [
      ("--training-words", trainingWords != nil), ("--training-text", trainingText != nil),
    ]
    if let first = given.first(where: \.1) { throw ValidationError("\(first.0) needs --segmentation") }
  }

  var shownMistakes: Int { mistakes ?? 20 }

  /// The words of the training data; nil if nobody named any.
  func knownWords(strict: Bool, _ work: WorkOptions) throws -> KnownWords? {
    guard trainingWords != nil || trainingText != nil else { return nil }
    var known = KnownWords()
    for (path, form) in [(trainingWords, KnownWords.Form.list), (trainingText, .text)] {
      guard let path else { continue }
      let reader = RecordReader([path], strict: strict)
      try known.insert(contentsOf: reader, form, name: spoken([path]))
      work.warn(of: reader.repairs)
    }
    return known
  }
}
