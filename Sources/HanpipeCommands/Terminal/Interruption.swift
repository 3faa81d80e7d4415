import Glibc
import Synchronization

private let requests = Atomic(0)

/// Ctrl-C (SIGINT) and SIGTERM as something to look at between two steps. A second one ends the process at once.
enum Interruption {
  /// From now on the first signal only sets `isRequested`.
  static func catchSignals() {
    // Touched here, so that the handler does not initialise it.
    requests.store(0, ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        if requests.wrappingAdd(1, ordering: .relaxed).oldValue > 0 {
          signal(number, SIG_DFL)
          raise(number)
        }
      }
    }
  }
  static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }
}
