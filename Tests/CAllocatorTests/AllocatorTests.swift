import CAllocator
import Glibc
import Testing

@Suite struct AllocatorTests {
  /// Page faults of this thread while it writes to memory that it has just allocated, and frees it.
  private func faults(bytes: Int) -> Int {
    func count() -> Int {
      var usage = rusage()
      // RUSAGE_THREAD, an extension of Linux.
      getrusage(__rusage_who_t(1), &usage)
      return usage.ru_minflt
    }
    let before = count()
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 16)
    for page in stride(from: 0, to: bytes, by: 4096) { memory.storeBytes(of: 1, toByteOffset: page, as: UInt8.self) }
    memory.deallocate()
    return count() - before
  }

  @Test func `what was freed is there for the next allocation`() {
    hp_keep_freed_memory(32 << 20)
    // The first time the memory comes from the system, a fault a page; then it is kept.
    // Tests beside this one take from the same memory, so it may be gone, and then it is tried again. Each time is larger than the one
    // before: by itself glibc keeps what is as large as something freed before, and takes the rest, 256 pages, from the system.
    var counts: [(first: Int, second: Int)] = []
    for size in 8..<31 {
      counts.append((faults(bytes: size << 20), faults(bytes: size << 20)))
      if counts.contains(where: { $0.second < 100 }) { break }
      usleep(50_000)
    }
    #expect(counts.contains { $0.second < 100 }, "faults: \(counts)")
  }
}
