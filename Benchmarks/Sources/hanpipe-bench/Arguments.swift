import Glibc
import Hanpipe

struct UsageError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// `mode file --option value …`
struct Arguments {
  let mode: String
  let file: String
  private var options: [String: String] = [:]

  init(_ arguments: some Collection<String>) throws {
    var plain: [String] = []
    var rest = Array(arguments)[...]
    while let next = rest.popFirst() {
      if next == "--bidirectional" {
        options[next] = "true"
      } else if next.hasPrefix("--") {
        guard let value = rest.popFirst() else { throw UsageError("\(next) needs a value") }
        options[next] = value
      } else {
        plain.append(next)
      }
    }
    guard plain.count == 2 else { throw UsageError("expected a mode and a file") }
    (mode, file) = (plain[0], plain[1])
  }

  func number(_ name: String, _ standard: Int) throws -> Int {
    guard let text = options[name] else { return standard }
    guard let value = Int(text), value > 0 else { throw UsageError("\(name): \(text) is not a number above 0") }
    return value
  }
  func text(_ name: String, _ standard: String) -> String { options[name] ?? standard }
  func has(_ name: String) -> Bool { options[name] != nil }
}

/// The lines of a file, without their ends.
func lines(of file: String) throws -> [ArraySlice<UInt8>] {
  guard let handle = fopen(file, "rb") else { throw UsageError("\(file): \(String(cString: strerror(errno)))") }
  defer { fclose(handle) }
  var bytes: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 1 << 20)
  while case let count = fread(&block, 1, block.count, handle), count > 0 { bytes += block[..<count] }
  return bytes.split(separator: 0x0A, omittingEmptySubsequences: true)
}

func report(_ name: String, _ metric: String, _ value: Double) {
  print("\(name)\t\(metric)\t\(value >= 1000 ? "\(Int(value.rounded()))" : "\((value * 100).rounded() / 100)")")
}
