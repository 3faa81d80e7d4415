import HanpipeCore

/// Records of several inputs, one after the other.
///
///     let reader = RecordReader(["a.tsv", "-"], RecordFormat(.tsv, requiresLabel: true))
///     while let batch = try reader.nextBatch() { … }
///
/// Every line is a record (of csv: every record is), a blank one too, and a record that cannot be read stands in its place as an
/// error. Inputs are opened when their turn comes. Not for several threads at once.
public final class RecordReader {
  public enum Step: Equatable, Sendable { case record, wouldWait, end }

  public let format: RecordFormat
  private let isStrict: Bool
  private let maximumLine: Int
  private var waiting: ArraySlice<Input>
  private var lines: LineReader?
  private var columns: Columns?
  private var finishedRepairs = Repairs()
  /// Lines of a csv record that was not one: they are read again on their own.
  private var pushedBack: ArraySlice<CSVLine> = []
  private var openRecord: OpenCSVRecord?
  /// What a runner wants to be looked at while waiting.
  private var interrupts = Interrupts()

  private enum Input {
    case path(String)
    case descriptor(Int32, name: String)
  }

  /// - Parameters:
  ///   - paths: files; `-` is standard input.
  ///   - strict: whether a line that is not UTF-8 ends reading.
  ///   - maximumLine: how many bytes a line may have.
  public init(
    _ paths: [String], _ format: RecordFormat = .lines, strict: Bool = false, maximumLine: Int = LineReader.maximumLine
  ) {
    self.format = format
    isStrict = strict
    self.maximumLine = maximumLine
    waiting = paths.map(Input.path)[...]
  }

  /// Reads a descriptor, which stays the caller's.
  public init(
    descriptor: Int32, name: String, _ format: RecordFormat = .lines, strict: Bool = false,
    maximumLine: Int = LineReader.maximumLine
  ) {
    self.format = format
    isStrict = strict
    self.maximumLine = maximumLine
    waiting = [.descriptor(descriptor, name: name)]
  }

  /// Lines that were repaired so far, of all inputs.
  public var repairs: Repairs {
    var sum = finishedRepairs
    if let now = lines?.repairs {
      sum.lines += now.lines
      if sum.first == nil { (sum.first, sum.encoding) = (now.first, now.encoding) }
    }
    return sum
  }

  /// The next records, waiting for them; nil at the end.
  /// - Throws: `InputError`; what was read before it is lost, which `fill` avoids.
  public func nextBatch(firstRecord: Int = 0, maximumRecords: Int = 1024, maximumBytes: Int = 1 << 20) throws -> RecordBatch? {
    var batch = RecordBatch(firstRecord: firstRecord)
    while batch.count < maximumRecords, batch.byteCount < maximumBytes, try next(into: &batch) == .record {}
    return batch.isEmpty ? nil : batch
  }

  /// Every record, one by one.
  /// - Throws: `InputError`, and what `body` throws.
  public func forEachRecord(_ body: (Record) throws -> Void) throws {
    while let batch = try nextBatch() {
      for record in 0..<batch.count { try body(batch[record]) }
    }
  }

  /// Adds records until the batch is full (`.record`), the input pauses (`.wouldWait`) or ends. Waits only for the first record.
  ///
  /// Of a batch that an error ends, the records before it are in `batch`.
  func fill(_ batch: inout RecordBatch, maximumRecords: Int, maximumBytes: Int) throws -> Step {
    while batch.count < maximumRecords, batch.byteCount < maximumBytes {
      let step = try next(into: &batch, mayWait: batch.isEmpty)
      if step != .record { return step }
    }
    return .record
  }

  /// Adds the next record.
  /// - Throws: `InputError`.
  public func next(into batch: inout RecordBatch, mayWait: Bool = true) throws -> Step {
    while true {
      if lines == nil, pushedBack.isEmpty {
        guard try openNext() else { return .end }
      }
      if columns == nil {
        switch try readColumns(mayWait: mayWait) {
        case .wouldWait: return .wouldWait
        default: break
        }
      }
      let step = format.kind == .csv ? try nextCSV(&batch, mayWait: mayWait) : try nextLine(&batch, mayWait: mayWait)
      if step != .end { return step }
      closePresent()
    }
  }

  /// Looks at these descriptors too while waiting for input.
  func watch(_ interrupts: Interrupts) {
    self.interrupts = interrupts
    lines?.interrupts = interrupts
  }

  // MARK: Inputs

  private func openNext() throws -> Bool {
    guard let input = waiting.popFirst() else { return false }
    switch input {
    case .path(let path): lines = try LineReader(path: path, strict: isStrict, maximum: maximumLine)
    case .descriptor(let descriptor, let name):
      lines = LineReader(descriptor: descriptor, name: name, strict: isStrict, maximum: maximumLine)
    }
    lines?.interrupts = interrupts
    columns = nil
    return true
  }

  private func closePresent() {
    finishedRepairs = repairs
    lines = nil
  }

  private func step(mayWait: Bool) throws -> LineReader.Step { try lines?.next(mayWait: mayWait) ?? .end }

  /// Reads the header, if there is one.
  private func readColumns(mayWait: Bool) throws -> LineReader.Step {
    guard format.readsHeader else {
      columns = format.hasColumns ? try Columns(format, header: nil, file: "") : Columns()
      return .line
    }
    let step = try step(mayWait: mayWait)
    let file = lines?.name ?? ""
    if step == .end { throw InputError.noHeader(file: file) }
    guard step == .line, let line = lines?.bytes else { return step }
    var names: [String]
    if format.kind == .csv {
      // A header over several lines is no header; what its fields are called then shows in the error.
      var parser = CSVParser()
      _ = try? parser.append(line)
      names = parser.fields.map { String(decoding: trimmed($0), as: UTF8.self) }
    } else {
      names = line.split(separator: 0x09, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }
    if names.isEmpty { names = [String(decoding: line, as: UTF8.self)] }
    columns = try Columns(format, header: names, file: file)
    return .line
  }

  // MARK: A line a record

  private func nextLine(_ batch: inout RecordBatch, mayWait: Bool) throws -> Step {
    switch try step(mayWait: mayWait) {
    case .wouldWait: return .wouldWait
    case .end: return .end
    case .line: break
    }
    guard let name = lines?.name, let number = lines?.number, let line = lines?.bytes, let columns else { return .end }
    batch.beginFile(name)
    do throws(RecordError.Reason) {
      if lines?.isTooLong == true { throw .tooLong(maximum: maximumLine) }
      switch format.kind {
      case .lines: batch.append(text: line, line: number)
      case .tsv: batch.append(try format.tsv(line, columns), line: number)
      case .jsonl: batch.append(try format.json(line), line: number)
      case .fasttext: batch.append(try format.fastText(line), line: number)
      case .csv: break
      }
    } catch {
      batch.append(RecordError(LinePosition(file: name, line: number), error, line: line))
    }
    return .record
  }

  // MARK: Comma-separated values

  private struct CSVLine {
    var bytes: [UInt8]
    var number: Int
    var terminator: LineReader.Terminator
    var isTooLong: Bool
  }

  /// A record whose last line ended inside a quoted field.
  private struct OpenCSVRecord {
    var parser: CSVParser
    var lines: [CSVLine]
  }

  private func nextCSVLine(mayWait: Bool) throws -> (LineReader.Step, CSVLine?) {
    if let line = pushedBack.popFirst() { return (.line, line) }
    let step = try step(mayWait: mayWait)
    guard step == .line, let number = lines?.number, let bytes = lines?.bytes, let terminator = lines?.terminator else {
      return (step, nil)
    }
    return (
      step, CSVLine(bytes: Array(bytes), number: number, terminator: terminator, isTooLong: lines?.isTooLong ?? false)
    )
  }

  private func nextCSV(_ batch: inout RecordBatch, mayWait: Bool) throws -> Step {
    guard let columns else { return .end }
    let name = lines?.name ?? ""
    var open = openRecord ?? OpenCSVRecord(parser: CSVParser(), lines: [])
    openRecord = nil
    while true {
      let (step, line) = try nextCSVLine(mayWait: mayWait)
      guard let line else {
        if step == .wouldWait {
          openRecord = open.lines.isEmpty ? nil : open
          return .wouldWait
        }
        guard !open.lines.isEmpty else { return .end }
        batch.beginFile(name)
        refuse(open.lines, .openQuote, name, &batch)
        return .record
      }
      open.lines.append(line)
      batch.beginFile(name)
      do throws(RecordError.Reason) {
        if line.isTooLong { throw .tooLong(maximum: maximumLine) }
        if try open.parser.append(line.bytes[...]) {
          batch.append(try format.record(open.parser.fields, columns), line: open.lines[0].number)
          return .record
        }
        open.parser.append(line.terminator)
        if open.parser.byteCount > CSVParser.longestRecord { throw .openQuote }
      } catch {
        refuse(open.lines, error, name, &batch)
        return .record
      }
    }
  }

  /// The first line becomes an error, and those after it are read again: a quote that was never closed costs one record.
  private func refuse(_ lines: [CSVLine], _ reason: RecordError.Reason, _ name: String, _ batch: inout RecordBatch) {
    batch.append(RecordError(LinePosition(file: name, line: lines[0].number), reason, line: lines[0].bytes))
    // A record that was whole but lacks a field is refused whole: its lines were no records of their own.
    switch reason {
    case .missingField, .noLabel: break
    default: pushedBack = lines.dropFirst() + pushedBack
    }
  }
}
