import Glibc
import Synchronization

private let requests = Atomic(0)
private let breaksLine = Atomic(false)

/// Ctrl-C (SIGINT) and SIGTERM as something to look at between two steps. A second one ends the process at once.
enum Interruption {
  /// From now on the first signal only sets `isRequested`.
  static func catchSignals() {
    // Touched here, so that the handler does not initialise it.
    requests.store(0, ordering: .relaxed)
    breaksLine.store(Terminal.isTerminal(STDERR_FILENO), ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        if requests.wrappingAdd(1, ordering: .relaxed).oldValue > 0 {
          signal(number, SIG_DFL)
          raise(number)
          return
        }
        // At once, however long the present step takes; `write` is one of the few calls that a handler may make.
        let message: StaticString = "\ninterrupted: the present step is finished first; Ctrl-C again stops at once\n"
        let skipped = breaksLine.load(ordering: .relaxed) ? 0 : 1
        _ = write(STDERR_FILENO, message.utf8Start + skipped, message.utf8CodeUnitCount - skipped)
      }
    }
  }
  static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }
}
