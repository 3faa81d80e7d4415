import CKernels
import Testing

@Suite struct PeakTests {
  @Test(arguments: availableISAs)
  func `the chains of multiply-adds are all computed`(_ isa: hp_isa) {
    var sum: Float = 0
    let operations = hp_multiply_add_chains(isa, 1, 0.5, 1, &sum)
    // Chain j of 12 starts at j + 1/2 and halves its distance to 2 sixteen times; every value on the way is exact.
    let distances = (0..<12).map { Float($0) + 0.5 - 2 }.reduce(0, +)
    #expect(sum == 24 + distances / 65536)
    let width = [hp_isa.scalar: 4, .portable: 4, .avx2: 8, .avx512: 16][isa] ?? 0
    #expect(operations == Double(2 * width * 12 * 16))
    #expect(hp_multiply_add_chains(isa, 0, 0.5, 1, &sum) == 0)
    #expect(sum == distances + 24)
  }
}
