import HanpipeCore
import HanpipeIO

/// A batch on its way through plug-in processes: writes requests, reads replies, and lets the caller wait until all is answered.
final class Exchange<Role: WireRole>: PluginJob {
  private let input: Role.Input
  private let terms: PluginTerms

  private struct State {
    var answers: [Result<Role.Answer, any Error>?]
    var left: Int
  }
  private let state: Monitor<State>

  init(_ input: Role.Input, _ terms: PluginTerms) {
    self.input = input
    self.terms = terms
    state = Monitor(State(answers: Array(repeating: nil, count: input.count), left: input.count))
  }

  /// Waits for all records.
  /// - Throws: `RecordFailures`.
  func wait() throws -> [Role.Answer] {
    let results = state.wait(until: { $0.left == 0 }, then: { $0.answers })
    var answers: [Role.Answer] = []
    answers.reserveCapacity(results.count)
    var failures: [Int: any Error] = [:]
    for (record, result) in results.enumerated() {
      switch result {
      case .success(let answer)?: answers.append(answer)
      case .failure(let error)?: failures[record] = error
      // Every record was counted when it was stored.
      case nil: failures[record] = ContractViolation.recordCount(expected: results.count, found: record)
      }
    }
    guard failures.isEmpty else { throw RecordFailures(failures) }
    return answers
  }

  private func store(_ answers: [Result<Role.Answer, any Error>], _ records: Range<Int>) {
    state.withLock { state in
      state.answers.replaceSubrange(records, with: answers.map { $0 })
      state.left -= records.count
    }
    state.announce()
  }

  // MARK: PluginJob

  func line(_ records: Range<Int>, id: Int) -> [UInt8] {
    var line = Array("{\"id\": \(id), \"\(Role.Input.wireKey)\": [".utf8)
    for record in records {
      if record > records.lowerBound { line.append(contentsOf: ", ".utf8) }
      input.write(record: record, to: &line)
    }
    line.append(contentsOf: "]}\n".utf8)
    return line
  }

  func accept(_ reply: [UInt8], _ records: Range<Int>, id: Int, _ hello: Hello) throws(PluginError) -> AnswerError? {
    let keys = Role.replyKeys.map { "\"\($0)\"" }.joined(separator: " or ")
    let expected = "{\"id\": \(id), …} with \(keys)"
    let json: JSON
    do { json = try JSON(parsing: reply) } catch {
      throw .reply(found: excerpt(reply), expected: "\(expected) (what is not a reply belongs to stderr)")
    }
    guard let object = json.objectValue else { throw .reply(found: excerpt(reply), expected: expected) }
    guard object["id"]?.intValue == id else {
      throw .reply(found: "with the id \(object["id"].map(\.description) ?? "missing")", expected: "\(id), one reply a request, in order")
    }
    if let unknown = object.keys.first(where: { $0 != "id" && $0 != "error" && !Role.replyKeys.contains($0) }) {
      throw .reply(found: "with the key \"\(unknown)\"", expected: expected)
    }
    if let words = object["error"]?.stringValue { return .refused(words) }
    let given = Role.replyKeys.filter { object[$0] != nil }
    guard given.count == 1, let key = given.first, let values = object[key]?.arrayValue else {
      throw .reply(found: given.isEmpty ? "without answers" : "with \(given.joined(separator: " and "))", expected: "an array \(keys)")
    }
    guard values.count == records.count else {
      throw .reply(found: "\(values.count) answers", expected: "\(records.count), one for each record of the request")
    }
    store(zip(records, values).map { answer($1, key, record: $0, hello) }, records)
    return nil
  }

  private func answer(_ json: JSON, _ key: String, record: Int, _ hello: Hello) -> Result<Role.Answer, any Error> {
    do throws(AnswerError) {
      if let words = json["error"]?.stringValue { throw .refused(words) }
      let answer = try Role.answer(json, key: key, to: input, record: record, hello.offsets)
      try Role.check(answer, to: input, record: record, terms)
      return .success(answer)
    } catch {
      return .failure(error)
    }
  }

  func fail(_ records: Range<Int>, _ error: any Error) { store(records.map { _ in .failure(error) }, records) }
}
