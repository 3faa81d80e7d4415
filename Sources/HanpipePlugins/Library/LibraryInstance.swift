import CPlugins
import HanpipeCore
import HanpipeIO

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One instance of a plug-in.
// Safety: a pool lends it to one thread at a time, which is what hanpipe_plugin.h promises to the plug-in.
final class LibraryInstance: @unchecked Sendable {
  private let library: PluginLibrary
  private let instance: UnsafeMutableRawPointer

  /// - Parameter data: the content of the file that the spec names for it.
  /// - Throws: `LibraryError.create`.
  init(_ library: PluginLibrary, role: UInt32, _ options: LibraryOptions, labels: [String], data: [UInt8]?) throws(LibraryError) {
    self.library = library
    let texts = options.texts
    let optionTexts = texts.map { (strdup($0.name), strdup($0.value)) }
    let labelTexts = labels.map { strdup($0) }
    defer { for text in optionTexts.flatMap({ [$0, $1] }) + labelTexts { free(text) } }
    let created = PluginLibrary.lock.withLock { _ -> Result<UnsafeMutableRawPointer, LibraryError> in
      let made = optionTexts.map { hanpipe_option(name: $0, value: $1) }.withUnsafeBufferPointer { options in
        labelTexts.map { UnsafePointer($0) }.withUnsafeBufferPointer { labels in
          (data ?? []).withUnsafeBytes { bytes in
            var configuration = hanpipe_configuration(
              size: MemoryLayout<hanpipe_configuration>.size, role: role, options: options.baseAddress,
              option_count: options.count, labels: labels.baseAddress, label_count: labels.count,
              data: data == nil ? nil : bytes.baseAddress, data_size: bytes.count)
            return library.table.create(&configuration)
          }
        }
      }
      return made.map { .success($0) } ?? .failure(.create(library.path, Self.lastError(library, nil)))
    }
    instance = try created.get()
  }

  deinit { PluginLibrary.lock.withLock { _ in library.table.destroy(instance) } }

  private static func lastError(_ library: PluginLibrary, _ instance: UnsafeMutableRawPointer?) -> String {
    library.table.last_error(instance).map { String(cString: $0) } ?? "it does not say why"
  }

  /// Asks for the answers to records.
  /// - Throws: `LibraryError` for a plug-in that keeps no order; what concerns records is with the answers.
  func answers<Role: NativeRole>(
    to input: Role.Input, _ terms: PluginTerms, as _: Role.Type
  ) throws(LibraryError) -> [Result<Role.Answer, AnswerError>] {
    let collector = RoleCollector<Role>(input, terms)
    let texts = input.nativeTexts
    let words = input.nativeWords
    let failure: LibraryError? = texts.bytes.withUnsafeBytes { bytes in
      (words?.spans ?? []).withUnsafeBufferPointer { spans in
        // A text of no bytes has a place too.
        let none: StaticString = ""
        let base = bytes.baseAddress ?? UnsafeRawPointer(none.utf8Start)
        let records = (0..<input.count).map { record in
          let wordCount = words.map { $0.starts[record + 1] - $0.starts[record] } ?? 0
          let firstWord = words.flatMap { words in spans.baseAddress.map { $0 + words.starts[record] } }
          return hanpipe_record(
            text: (base + texts.starts[record]).assumingMemoryBound(to: CChar.self), size: texts.length(of: record),
            words: firstWord, word_count: wordCount)
        }
        return ask(records, collector)
      }
    }
    if let failure { throw failure }
    return collector.answers
  }

  /// Asks until each record has an answer or an error.
  private func ask(_ records: [hanpipe_record], _ collector: AnswerCollector) -> LibraryError? {
    let context = Unmanaged.passUnretained(collector).toOpaque()
    return records.withUnsafeBufferPointer { records in
      while collector.count < records.count, let base = records.baseAddress {
        let before = collector.count
        let asked = records.count - before
        let code = library.table.process(instance, base + before, asked, collectAnswer, context)
        let reported = collector.count - before
        if reported > asked || (code == 0 && reported < asked) { return .reports(found: reported, expected: asked) }
        if code == 0 { continue }
        let words = Self.lastError(library, instance)
        if reported == asked { return .failedWithoutRecord(words) }
        collector.refuse(words)
      }
      return nil
    }
  }
}

/// What a plug-in reports, whatever its role.
private class AnswerCollector {
  /// Answers and errors so far, those that are too many included.
  var count: Int { 0 }
  func report(_ items: UnsafeRawPointer?, _ count: Int) {}
  func refuse(_ words: String) {}
}

/// The function that a plug-in calls.
private let collectAnswer: @convention(c) (UnsafeMutableRawPointer?, UnsafeRawPointer?, Int) -> Void = { context, items, count in
  guard let context else { return }
  Unmanaged<AnswerCollector>.fromOpaque(context).takeUnretainedValue().report(items, count)
}

private final class RoleCollector<Role: NativeRole>: AnswerCollector {
  private let input: Role.Input
  private let terms: PluginTerms
  private(set) var answers: [Result<Role.Answer, AnswerError>] = []
  private var surplus = 0

  init(_ input: Role.Input, _ terms: PluginTerms) {
    self.input = input
    self.terms = terms
  }

  override var count: Int { answers.count + surplus }

  override func report(_ items: UnsafeRawPointer?, _ count: Int) {
    guard answers.count < input.count else {
      surplus += 1
      return
    }
    let record = answers.count
    do throws(AnswerError) {
      // What is more than an Int holds came as a negative number.
      let most = Role.mostItems(to: input, record: record, terms)
      guard (0...most).contains(count) else { throw .tooMany(found: UInt(bitPattern: count), most: most) }
      let none: StaticString = ""
      guard let items = items ?? (count == 0 ? UnsafeRawPointer(none.utf8Start) : nil) else { throw .null(count: count) }
      let answer = try Role.answer(items, count: count)
      try Role.check(answer, to: input, record: record, terms)
      answers.append(.success(answer))
    } catch {
      answers.append(.failure(error))
    }
  }

  override func refuse(_ words: String) { answers.append(.failure(.refused(words))) }
}
