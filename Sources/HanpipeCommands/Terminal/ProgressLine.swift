import Synchronization

/// One line on a terminal's stderr that is drawn again and again: at most ten times a second, and not at all elsewhere.
final class ProgressLine: Sendable {
  private struct State {
    var last: ContinuousClock.Instant?
    var isDrawn = false
  }
  private let state = Mutex(State())
  private let isActive: Bool

  /// - Parameter quiet: draw nothing, even on a terminal.
  init(quiet: Bool) { isActive = !quiet && Terminal.canAnimate }

  /// Columns that it takes at most: what a terminal echoes of Ctrl-C still fits beside it, so that both are wiped.
  static var width: Int { max(20, Terminal.width - 3) }

  func draw(_ text: @autoclosure () -> String) {
    guard isActive else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      if let last = state.last, now - last < .milliseconds(100) { return }
      state.last = now
      state.isDrawn = true
      Terminal.writeRaw("\r\u{1B}[K" + String(text().prefix(Self.width)))
    }
  }

  /// Wipes the line, so that something else can be written there.
  func clear() {
    state.withLock { state in
      if state.isDrawn { Terminal.writeRaw("\r\u{1B}[K") }
      state.isDrawn = false
    }
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

/// `83 s`, `12 min 5 s`, `3 h 2 min`.
func spoken(_ duration: Duration) -> String {
  let seconds = max(0, Int(duration.components.seconds))
  if seconds < 120 { return "\(seconds) s" }
  if seconds < 7200 { return "\(seconds / 60) min \(seconds % 60) s" }
  return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
}
