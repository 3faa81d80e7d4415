#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// State behind a lock, and a way to wait until it changes.
///
/// `Mutex` of the standard library has no condition to wait for.
// Safety: `state` is touched with `mutex` held only; the two C objects are made for several threads.
package final class Monitor<State>: @unchecked Sendable {
  private var state: State
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  package init(_ state: State) {
    self.state = state
    mutex.initialize(to: pthread_mutex_t())
    changed.initialize(to: pthread_cond_t())
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }
  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  package func withLock<R>(_ body: (inout State) throws -> R) rethrows -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&state)
  }

  /// Waits until `condition` holds, then runs `body`, all under the lock.
  package func wait<R>(until condition: (State) -> Bool, then body: (inout State) throws -> R) rethrows -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while !condition(state) { pthread_cond_wait(changed, mutex) }
    return try body(&state)
  }

  /// Wakes everybody who waits.
  package func announce() { pthread_cond_broadcast(changed) }
}

/// A thread of its own, for work that may block or must not take a thread of the shared pool.
package struct WorkerThread {
  private let handle: pthread_t

  /// - Returns: nil where the system gives no more threads.
  package init?(_ body: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let box = Unmanaged.passRetained(Box(body))
    #if canImport(Darwin)
      var thread: pthread_t?
      let result = pthread_create(
        &thread, nil,
        {
          Unmanaged<Box>.fromOpaque($0).takeRetainedValue().body()
          return nil
        }, box.toOpaque())
      guard result == 0, let thread else {
        box.release()
        return nil
      }
    #else
      var thread = pthread_t()
      let result = pthread_create(
        &thread, nil,
        { argument in
          if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
          return nil
        }, box.toOpaque())
      guard result == 0 else {
        box.release()
        return nil
      }
    #endif
    handle = thread
  }

  /// Waits for its end. Once only.
  package func join() { pthread_join(handle, nil) }
}

/// A pipe through which one thread wakes another that waits in `poll`.
final class WakePipe: Sendable {
  /// Readable from the first `wake` on.
  let reading: Int32
  private let writing: Int32

  init?() {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (reading, writing) = (ends[0], ends[1])
  }
  deinit {
    close(reading)
    close(writing)
  }

  func wake() {
    var byte: UInt8 = 1
    _ = retrying { write(writing, &byte, 1) }
  }
}
