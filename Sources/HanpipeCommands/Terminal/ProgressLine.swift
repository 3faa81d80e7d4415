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

/// `12.3`, with a fixed number of decimals (Foundation's formatter is not linked).
func decimal(_ value: Double, _ places: Int) -> String {
  guard value.isFinite else { return "\(value)" }
  var scale = 1.0
  for _ in 0..<places { scale *= 10 }
  let scaled = (abs(value) * scale).rounded()
  guard scaled < 1e15 else { return "\(value)" }
  let digits = String(Int(scaled))
  let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
  let sign = value < 0 && scaled > 0 ? "-" : ""
  return places == 0 ? sign + padded : "\(sign)\(padded.dropLast(places)).\(padded.suffix(places))"
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

/// `12,345`.
func grouped(_ number: Int) -> String {
  var result = ""
  var digits = String(number.magnitude)
  while digits.count > 3 {
    result = "," + digits.suffix(3) + result
    digits = String(digits.dropLast(3))
  }
  return (number < 0 ? "-" : "") + digits + result
}

/// Columns that a text takes in a terminal: two for East Asian wide characters.
func columns(_ text: String) -> Int {
  text.unicodeScalars.reduce(0) { width, scalar in
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
      0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      return width + 2
    default: return width + 1
    }
  }
}

/// Pads to a number of columns.
func padded(_ text: String, _ width: Int, right: Bool = false) -> String {
  let space = String(repeating: " ", count: max(0, width - columns(text)))
  return right ? space + text : text + space
}
