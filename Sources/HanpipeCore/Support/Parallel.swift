import Dispatch
import Synchronization

/// Runs `body` for 0..<count on at most `threads` threads and gives the results in order.
///
/// Which thread runs which index changes nothing: results are stored by index. With one thread, everything runs on the
/// caller's.
/// - Throws: the error of the lowest index that failed.
public func concurrentMap<R: Sendable>(
  _ count: Int, threads: Int, _ body: @Sendable (Int) throws -> R
) throws -> [R] {
  guard threads > 1, count > 1 else { return try (0..<count).map(body) }
  let results = Mutex([Result<R, any Error>?](repeating: nil, count: count))
  deal(count, threads: threads) { index in
    let result = Result { try body(index) }
    results.withLock { $0[index] = result }
  }
  return try results.withLock { results in
    try results.map { result in
      // Every index below `count` was handed out, and each one stored its result before its thread ended.
      guard let result else { throw ContractViolation.recordCount(expected: count, found: 0) }
      return try result.get()
    }
  }
}

/// Changes each element by itself, on at most `threads` threads.
///
/// Which thread changes which element makes no difference, as `body` sees one element and nothing of the others.
public func concurrentUpdate<T: Sendable>(
  _ elements: inout [T], threads: Int, _ body: @Sendable (_ index: Int, inout T) -> Void
) {
  guard threads > 1, elements.count > 1 else {
    for index in elements.indices { body(index, &elements[index]) }
    return
  }
  // Each is moved to where one thread at a time reaches it, so that what it holds has one owner and is changed in place.
  let places = elements.map(Place.init)
  elements.removeAll()
  deal(places.count, threads: threads) { index in places[index].value.withLock { body(index, &$0) } }
  elements = places.map { $0.value.withLock { $0 } }
}

/// Hands each index below `count` to one of at most `threads` threads, the next to whichever is free; returns when all are done.
private func deal(_ count: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
  let next = Atomic(0)
  DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      body(index)
    }
  }
}

private final class Place<T: Sendable>: Sendable {
  let value: Mutex<T>
  init(_ value: T) { self.value = Mutex(value) }
}
