import HanpipeCore
import Synchronization
import Testing

@Suite struct ConcurrencyTests {
  struct Fault: Error, Equatable { let index: Int }

  @Test(arguments: [0, 1, 2, 3, 100], [1, 2, 4, 64]) func `results come in order on any number of threads`(count: Int, threads: Int)
    throws
  {
    let calls = Atomic(0)
    let result = try concurrentMap(count, threads: threads) { index in
      calls.add(1, ordering: .relaxed)
      return index * index
    }
    #expect(result == (0..<count).map { $0 * $0 })
    #expect(calls.load(ordering: .relaxed) == count)
  }

  @Test(arguments: [1, 2, 4, 64]) func `of several errors that of the lowest index is thrown`(threads: Int) {
    #expect(throws: Fault(index: 3)) {
      try concurrentMap(60, threads: threads) { index in if [50, 7, 3, 59].contains(index) { throw Fault(index: index) } }
    }
  }

  @Test(arguments: [0, 1, 2, 3, 100], [1, 2, 4, 64]) func `each element is changed once, in place, on any number of threads`(
    count: Int, threads: Int
  ) {
    func addresses(_ lists: [[Int]]) -> [UnsafeRawPointer?] { lists.map { $0.withUnsafeBytes { $0.baseAddress } } }
    var lists = (0..<count).map { [$0, 0, 0] }
    let before = addresses(lists)
    concurrentUpdate(&lists, threads: threads) { index, list in list[1] += index + 1 }
    #expect(lists == (0..<count).map { [$0, $0 + 1, 0] })
    #expect(addresses(lists) == before, "no element was copied")
  }

  private final class Tool: Sendable {
    let inUse = Atomic(false)
  }

  @Test func `a resource is lent to one caller at a time`() throws {
    let made = Atomic(0)
    let pool = Pool { () -> Tool in
      made.add(1, ordering: .relaxed)
      return Tool()
    }
    let clashes = try concurrentMap(400, threads: 8) { _ in
      try pool.lend { tool -> Bool in
        let clash = tool.inUse.exchange(true, ordering: .sequentiallyConsistent)
        defer { tool.inUse.store(false, ordering: .sequentiallyConsistent) }
        return clash
      }
    }
    #expect(!clashes.contains(true))
    #expect((1...8).contains(made.load(ordering: .relaxed)), "what is given back is lent again")
  }

  @Test func `a resource comes back from a caller that fails, and a second one is made while the first is out`() throws {
    let pool = Pool { Tool() }
    let first = try pool.lend { ObjectIdentifier($0) }
    #expect(throws: Fault.self) { try pool.lend { _ in throw Fault(index: 0) } }
    try pool.lend { outer in
      #expect(ObjectIdentifier(outer) == first)
      try pool.lend { inner in #expect(inner !== outer) }
    }
  }

  @Test func `a resource that cannot be made is an error`() {
    let pool = Pool<Tool> { throw Fault(index: 1) }
    #expect(throws: Fault(index: 1)) { try pool.lend { _ in } }
  }
}
