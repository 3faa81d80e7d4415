import ArgumentParser
import Hanpipe

/// Which folder holds all files that a spec may name.
struct RootOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder out of which no file may lie that a spec names (default: HANPIPE_ROOT, or the folder above the spec's own).",
      valueName: "folder"), completion: .directory)
  var root: String?

  /// What the option says, or else the environment; nil for the folder above the spec's own.
  var choice: String? { root ?? Terminal.variable("HANPIPE_ROOT").flatMap { $0.isEmpty ? nil : $0 } }
}

/// What the command line says of a spec beside its path.
struct SpecOptions: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Change the spec: stages[4].units=64, training.epochs=3; a JSON value, or a string without quotes. May be repeated.",
      valueName: "path=value"),
    transform: { text in try SpecAssignment(text) })
  var assignments: [SpecAssignment] = []
  @OptionGroup var root: RootOption

  var choices: SpecChoices { choices(isShipped: false) }

  /// - Parameters:
  ///   - isShipped: whether the spec comes with the tool; it need not lie in the folder that HANPIPE_ROOT names for others.
  ///   - list: words whose convention segmenters are to follow.
  func choices(isShipped: Bool, list: WordListFile? = nil) -> SpecChoices {
    SpecChoices(root: isShipped ? root.root : root.choice, assignments: assignments, list: list)
  }
}

/// A pipeline that reads no list of words.
struct NoList: Error, CustomStringConvertible {
  let path: String
  var isModel = false
  var description: String {
    isModel
      ? "\(path): a trained model answers as it was trained; leave out --word-list, or name a spec"
      : "\(path): no stage is of type \"neural\", which alone follows a list of words; choose --segmenter neural, or leave out --word-list"
  }
}

/// A list of words, wherever its user put it.
struct WordListFile {
  /// As the user names it.
  let path: String
  let bytes: [UInt8]

  /// - Throws: `FileError` with a `DictionaryError` that names the line.
  init(_ path: String) throws {
    self.path = path
    bytes = try FileContent.read(path)
    do { _ = try WordList(bytes) } catch { throw FileError(path, error) }
  }
}

/// What is to be done with a spec before it is used.
struct SpecChoices {
  /// The folder that holds all files which the spec may name; nil for the folder above its own.
  var root: String?
  /// Changes, in their order.
  var assignments: [SpecAssignment] = []
  /// Words whose convention segmenters follow.
  var list: WordListFile?

  /// The name by which stages read `list`.
  static let listName = ResourcePath("--word-list")

  /// Makes the changes.
  /// - Throws: `FileError` for a place that is not there.
  func change(_ spec: inout PipelineSpec, _ path: String, _ environment: ToolEnvironment) throws {
    for assignment in assignments {
      do { try assignment.apply(to: &spec, defaults: Self.defaults(spec, environment)) } catch {
        throw FileError("\(path) with --set \(assignment)", error)
      }
    }
    if list != nil, !Self.follow(in: &spec) { throw NoList(path: path) }
  }

  /// Makes every segmenter that can follow a list follow this one; false if there is none.
  private static func follow(in spec: inout PipelineSpec) -> Bool {
    var found = false
    for i in spec.stages.indices where spec.stages[i]["type"]?.stringValue == NeuralSegmenter.type.rawValue {
      spec.stages[i]["list"] = listName.json
      spec.stages[i]["criterion"] = nil
      found = true
    }
    return found
  }

  /// The files that the spec names, and the list.
  func files(_ reader: ResourceReader) -> ResourceReader {
    list.map { reader.adding(Self.listName, $0.bytes, called: $0.path) } ?? reader
  }

  /// The spec with all defaults written out, as far as it is in order.
  private static func defaults(_ spec: PipelineSpec, _ environment: ToolEnvironment) -> JSON {
    let stages = spec.stages.map { environment.registry.resolved($0).map(JSON.object) ?? .null }
    let training = (try? TrainingConfiguration(spec)) ?? TrainingConfiguration()
    return ["stages": .array(stages), "training": .object(training.json)]
  }

  /// Whose fault an error is: that of one change, of any of them, or of the file alone.
  func blamed(_ error: any Error, _ path: String) -> String {
    let place = (error as? SpecError)?.place
    let culprit = place.flatMap { place in assignments.last { $0.concerns(place) } }
    let named = culprit.map { [$0] } ?? assignments
    return named.isEmpty ? path : "\(path) with " + named.map { "--set \($0)" }.joined(separator: " ")
  }
}
