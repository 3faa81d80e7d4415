import CAllocator
import Glibc
import Testing

@Suite struct AllocatorTests {
  /// Page faults of this thread while it writes to 8 MiB that it has just allocated, and frees them.
  private func faults() -> Int {
    func count() -> Int {
      var usage = rusage()
      // RUSAGE_THREAD, an extension of Linux.
      getrusage(__rusage_who_t(1), &usage)
      return usage.ru_minflt
    }
    let before = count()
    let bytes = 8 << 20
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 16)
    for page in stride(from: 0, to: bytes, by: 4096) { memory.storeBytes(of: 1, toByteOffset: page, as: UInt8.self) }
    memory.deallocate()
    return count() - before
  }

  @Test func `what was freed is there for the next allocation`() {
    hp_keep_freed_memory(32 << 20)
    // The first time the memory comes from the system, a fault a page; then it is kept.
    let first = faults()
    let second = faults()
    #expect(second < 100, "\(second) faults, after \(first)")
  }
}
