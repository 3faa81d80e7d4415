internal import Synchronization

/// What was made for one reader, kept for others that would make the same: stages of one chain that read the same file, branches of a
/// `concatenate` that look for the same words.
package final class SharedResults: Sendable {
  private struct Result {
    let key: any Sendable
    let value: any Sendable
  }
  private let results = Mutex<[Result]>([])

  package init() {}

  /// What `make` gives, or gave when another reader asked with an equal key for a value of this type. Not locked meanwhile: threads that
  /// come together may all make it.
  package func result<Key: Equatable & Sendable, Value: Sendable>(_ key: Key, _ make: () throws -> Value) rethrows -> Value {
    // Few: a search is the fastest.
    let known = results.withLock { results in
      results.lazy.compactMap { $0.key as? Key == key ? $0.value as? Value : nil }.first
    }
    if let known { return known }
    let value = try make()
    results.withLock { $0.append(Result(key: key, value: value)) }
    return value
  }
}

/// A value with a place for what its readers share.
package protocol SharingValue: StageValue {
  /// The same value with a place for results, its own if it has one. A value that changes loses it.
  func sharingResults() -> Self
}
