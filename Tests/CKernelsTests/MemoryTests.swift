import CKernels
import Glibc
import Testing

@Suite struct MemoryTests {
  /// The flags of the mapping that an address lies in: `hg` is MADV_HUGEPAGE (`man 5 proc`).
  private func flags(of address: UInt) throws -> [Substring] {
    let file = try #require(fopen("/proc/self/smaps", "r"))
    defer { fclose(file) }
    var isInside = false
    var line = [CChar](repeating: 0, count: 512)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      let ends = text.split(separator: " ")[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      if ends.count == 2 { isInside = ends[0] <= address && address < ends[1] }
      if isInside, text.hasPrefix("VmFlags:") { return text.split(whereSeparator: \.isWhitespace) }
    }
    return []
  }

  @Test func `large pages are asked for where whole ones fit, and memory stays what it is`() throws {
    let (bytes, page) = (6 << 20, 2 << 20)
    let memory = try #require(mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
    defer { munmap(memory, bytes) }
    memory.storeBytes(of: 7, toByteOffset: bytes / 2, as: UInt8.self)
    let middle = (UInt(bitPattern: memory) + UInt(bytes) / 2) / UInt(page) * UInt(page)
    // Less than a whole one.
    hp_use_large_pages(memory + 1, 5000)
    #expect(try !flags(of: middle).contains("hg"))
    hp_use_large_pages(memory + 1, bytes - 1)
    #expect(memory.load(fromByteOffset: bytes / 2, as: UInt8.self) == 7)
    // A kernel without them refuses, and nothing else changes.
    guard access("/sys/kernel/mm/transparent_hugepage/enabled", R_OK) == 0 else { return }
    #expect(try flags(of: middle).contains("hg"))
  }
}
