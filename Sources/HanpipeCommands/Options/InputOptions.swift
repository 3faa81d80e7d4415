public import ArgumentParser
import Glibc
public import Hanpipe

/// A command that reads records.
///
/// Groups of options stand in the command itself, side by side. A debug build of ArgumentParser checks a group four times over for
/// every group around it: nested three deep, as the options of streaming commands were, each start took a third of a second.
protocol ReadingCommand: ToolCommand {
  var inputs: FileArguments { get }
  var format: FormatOptions { get }
}

extension ReadingCommand {
  /// Where records come from and how they stand there.
  var input: InputOptions { InputOptions(files: inputs.files, format: format) }
}

/// The files that records come from.
struct FileArguments: ParsableArguments {
  @Argument(help: ArgumentHelp("Files to read, one after the other; - or none means stdin.", valueName: "file"), completion: .file())
  var files: [String] = []
}

/// Where records come from and how they stand there.
struct InputOptions {
  let files: [String]
  let format: FormatOptions

  /// The files, or stdin; wrong usage if that is a terminal and nobody said so: better a word than a silent wait.
  func sources(_ example: String) throws -> [String] {
    if files.isEmpty, Terminal.isTerminal(STDIN_FILENO) {
      throw ValidationError("nothing to read: name a file, pipe text in, or say - to type it.\nExample: \(example)")
    }
    let sources = files.isEmpty ? ["-"] : files
    if let file = sources.first(where: Self.isOutput) { throw InputIsOutput(file: file) }
    return sources
  }

  /// Whether a file is the one that stdout goes to: its own results would be read after it, for ever.
  private static func isOutput(_ file: String) -> Bool {
    guard let input = status(file), let output = status(STDOUT_FILENO) else { return false }
    return output.st_mode & S_IFMT == S_IFREG && (input.st_dev, input.st_ino) == (output.st_dev, output.st_ino)
  }
  private static func status(_ file: String) -> stat? {
    if file == "-" { return status(STDIN_FILENO) }
    var result = stat()
    return stat(file, &result) == 0 ? result : nil
  }
  private static func status(_ descriptor: Int32) -> stat? {
    var result = stat()
    return fstat(descriptor, &result) == 0 ? result : nil
  }

  /// Bytes that plain lines will bring, if they come from regular files alone.
  var expectedBytes: Int? {
    guard (format.input ?? .lines) == .lines else { return nil }
    var sum = 0
    for file in files.isEmpty ? ["-"] : files {
      guard let status = Self.status(file), status.st_mode & S_IFMT == S_IFREG else { return nil }
      sum += Int(status.st_size)
    }
    return sum
  }

  /// - Parameter classifier: as for `FormatOptions.recordFormat`.
  func reader(
    _ example: String, requiresLabel: Bool = false, standard: RecordFormat.Kind = .lines,
    classifier: (labels: [String], allowsMany: Bool)? = nil
  ) throws -> RecordReader {
    try RecordReader(
      sources(example), format.recordFormat(requiresLabel: requiresLabel, standard: standard, classifier: classifier),
      strict: format.strict)
  }
}

/// A file that is read and written at once.
private struct InputIsOutput: Error, CustomStringConvertible {
  let file: String
  var description: String {
    "\(file == "-" ? "standard input" : file): is the file that the results go to; write them to another one"
  }
}

/// How records stand in an input.
struct FormatOptions: ParsableArguments {
  @Option(help: "lines, tsv (label TAB text), csv, jsonl or fasttext (__label__x text).")
  var input: RecordFormat.Kind?
  @Option(help: ArgumentHelp("The field that holds the text: a number from 1, or a name.", valueName: "field"))
  var textField: String?
  @Option(help: ArgumentHelp("The field that holds the label.", valueName: "field"))
  var labelField: String?
  @Option(help: ArgumentHelp("A field to hand through as \"id\".", valueName: "field"))
  var idField: String?
  @Option(
    help: ArgumentHelp("What stands between several labels in one field (default: a comma); \\t is a TAB.", valueName: "character"),
    transform: { text in try FormatOptions.separator(text) })
  var labelSeparator: UInt8?
  @Flag(help: "Line 1 of each file names the columns (tsv, csv).")
  var header = false
  @Flag(help: "Stop at the first line that is not UTF-8, instead of repairing it with U+FFFD.")
  var strict = false

  /// Whether anything is said of the form of records.
  var choosesForm: Bool {
    input != nil || textField != nil || labelField != nil || idField != nil || labelSeparator != nil || header
  }

  private static func separator(_ text: String) throws -> UInt8 {
    let text = text == "\\t" ? "\t" : text
    guard let byte = text.utf8.first, text.utf8.count == 1, byte != 0x0A, byte != 0x0D else {
      throw ValidationError("\(JSON.string(text)) is not allowed; expected one ASCII character")
    }
    return byte
  }

  /// - Parameter classifier: whose labels are to be read, if any are: of one whose labels exclude each other, a name may hold the
  ///   separator, and of another, a record may have no label.
  /// - Throws: `ValidationError` for options that this form of input does not know.
  func recordFormat(
    requiresLabel: Bool, standard: RecordFormat.Kind, classifier: (labels: [String], allowsMany: Bool)? = nil
  ) throws -> RecordFormat {
    let kind = input ?? standard
    let hasColumns = kind == .tsv || kind == .csv
    if textField ?? labelField ?? idField != nil, !hasColumns, kind != .jsonl {
      throw ValidationError("--text-field, --label-field and --id-field need --input tsv, csv or jsonl")
    }
    if header, !hasColumns { throw ValidationError("--header needs --input tsv or csv") }
    if labelSeparator != nil, !hasColumns, kind != .jsonl {
      throw ValidationError("--label-separator needs --input tsv, csv or jsonl")
    }
    let separator = labelSeparator ?? UInt8(ascii: ",")
    let isInName = classifier.map { !$0.allowsMany && $0.labels.contains { $0.utf8.contains(separator) } } ?? false
    return RecordFormat(
      kind, text: textField.map(RecordFormat.Field.init), label: labelField.map(RecordFormat.Field.init),
      id: idField.map(RecordFormat.Field.init), hasHeader: header, requiresLabel: requiresLabel,
      allowsNoLabel: classifier?.allowsMany ?? false, labelSeparator: isInName && labelSeparator == nil ? nil : separator)
  }
}

extension RecordFormat.Kind: ExpressibleByArgument {}
