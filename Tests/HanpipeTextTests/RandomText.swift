import Glibc
import HanpipeCore

/// Texts of every kind of character, the same for the same seed.
func randomText(_ seed: Int, scalars: Int = 30) -> String {
  var generator = SeededGenerator(seed: UInt64(seed))
  var text = String.UnicodeScalarView()
  for _ in 0..<Int.random(in: 0...scalars, using: &generator) {
    let range = kinds[Int.random(in: 0..<kinds.count, using: &generator)]
    if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &generator)) { text.append(scalar) }
  }
  return String(text)
}

private let kinds: [ClosedRange<UInt32>] = [
  0x20...0x7E, 0x20...0x20, 0x41...0x5A, 0x09...0x0D, 0xA0...0x24F,
  0x4E00...0x9FFF, 0x4E00...0x4EFF, 0x3000...0x303F, 0x3040...0x30FF, 0xFF00...0xFFEF,
  0x300...0x36F, 0x5B0...0x5C7, 0x9BE...0x9D7, 0xF71...0xF84, 0x3099...0x309A,
  0x1100...0x1112, 0x1161...0x1175, 0x11A7...0x11C2, 0xAC00...0xAC40,
  0x1F3FB...0x1F3FF, 0x1F466...0x1F469, 0x200D...0x200D, 0xFE0F...0xFE0F, 0x1F1E6...0x1F1FF,
  0x1D15E...0x1D165, 0x110B9...0x110BA, 0xF900...0xFAFF, 0x2F800...0x2FA1D, 0x0...0x10FFFF,
]

func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

/// A file of this repository.
func contents(of path: String, _ file: String = #filePath) throws -> [UInt8] {
  let root = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
  guard let stream = fopen("\(root)/\(path)", "rb") else { throw StateError.missing(path) }
  defer { fclose(stream) }
  var bytes: [UInt8] = []
  var byte = fgetc(stream)
  while byte != EOF {
    bytes.append(UInt8(truncatingIfNeeded: byte))
    byte = fgetc(stream)
  }
  return bytes
}
