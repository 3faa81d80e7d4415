import Glibc

/// How often a piece of work is repeated.
public enum Repetition: Sendable {
  case runs(Int)
  /// As often as begins within so many seconds, at least once.
  case seconds(Double)
}

/// Seconds of each run of `body`, after one that is not counted: it fills caches and tables.
public func secondsOfRuns(_ repetition: Repetition, _ body: () throws -> Void) rethrows -> [Double] {
  try body()
  let clock = ContinuousClock()
  let start = clock.now
  var seconds: [Double] = []
  while true {
    let time = try clock.measure(body)
    seconds.append(Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18)
    switch repetition {
    case .runs(let count): if seconds.count >= count { return seconds }
    case .seconds(let limit): if clock.now - start >= .seconds(limit) { return seconds }
    }
  }
}

/// The median of `secondsOfRuns`: one disturbed run moves it little.
public func medianSeconds(_ repetition: Repetition, _ body: () throws -> Void) rethrows -> Double {
  let seconds = try secondsOfRuns(repetition, body).sorted()
  return seconds[seconds.count / 2]
}

/// The passes over `batches` that give each of `threads` 16 batches or more.
func evenPasses(batches: Int, threads: Int) -> Int {
  threads * max(1, (16 + batches - 1) / max(1, batches))
}

/// Megabytes (2²⁰ bytes) of the largest resident set that the process has had; nil where /proc does not tell.
///
/// `getrusage` would also count what the process that started this one had when it did.
public func peakResidentMegabytes() -> Double? {
  guard let file = fopen("/proc/self/status", "r") else { return nil }
  defer { fclose(file) }
  var buffer = [CChar](repeating: 0, count: 256)
  while fgets(&buffer, Int32(buffer.count), file) != nil {
    let line = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    // VmHWM:     53236 kB
    let words = line.split { $0 == " " || $0 == "\t" }
    if words.first == "VmHWM:", words.count > 1, let kibibytes = Double(words[1]) { return kibibytes / 1024 }
  }
  return nil
}
