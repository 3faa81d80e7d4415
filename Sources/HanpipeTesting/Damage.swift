/// Damages the files of a directory as disks, editors and strangers do: what loads them must refuse or survive it.
package struct Damage {
  private var generator: any RandomNumberGenerator
  package init(_ generator: any RandomNumberGenerator) { self.generator = generator }

  private static let numbers = [
    "-1", "0", "1", "4", "65536", "99999999", "2147483648", "4611686018427387904", "9223372036854775807", "18446744073709551616",
    "1e308", "1e999", "0.5", "null", "true", "\"x\"", "[]", "{}",
  ]

  /// One to three changes of a directory's files, by name.
  package mutating func apply(to files: inout [String: [UInt8]]) {
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      guard let name = files.keys.sorted().randomElement(using: &generator), let bytes = files[name] else { return }
      switch Int.random(in: 0..<20, using: &generator) {
      case 0: files[name] = nil
      case 1:
        let other = files.keys.sorted().randomElement(using: &generator) ?? name
        (files[name], files[other]) = (files[other], bytes)
      default: files[name] = damaged(bytes)
      }
    }
  }

  /// Some bytes, changed in one place.
  package mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    // Headers and manifests stand at the beginning, and are worth more than their share of a file.
    let end = Bool.random(using: &generator) ? bytes.count : min(bytes.count, 512)
    guard end > 0 else { return random(64) }
    let start = Int.random(in: 0..<end, using: &generator)
    let range = start..<min(bytes.count, start + Int.random(in: 1...64, using: &generator))
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: bytes[start] ^= 1 << Int.random(in: 0..<8, using: &generator)
    case 1: for i in range { bytes[i] = UInt8.random(in: 0...255, using: &generator) }
    case 2: bytes.removeSubrange(start...)
    case 3: bytes.append(contentsOf: random(64))
    case 4: bytes.removeSubrange(range)
    case 5: bytes.insert(contentsOf: bytes[range], at: start)
    default: replaceNumber(in: &bytes, from: start)
    }
    return bytes
  }

  /// Another value for the first number from `start` on.
  private mutating func replaceNumber(in bytes: inout [UInt8], from start: Int) {
    func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    guard let first = bytes[start...].firstIndex(where: isDigit) else { return }
    let last = bytes[first...].firstIndex { !isDigit($0) } ?? bytes.count
    bytes.replaceSubrange(first..<last, with: (Self.numbers.randomElement(using: &generator) ?? "").utf8)
  }

  private mutating func random(_ most: Int) -> [UInt8] {
    (0..<Int.random(in: 0...most, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }
}
