import HanpipeCore
import Testing

@Suite struct SeededGeneratorTests {
  /// From an implementation of Steele, Lea & Flood's SplitMix64 in Python.
  @Test(
    arguments: [
      (0, [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f, 0xf88b_b8a8_724c_81ec, 0x1b39_896a_51a8_749b]),
      (1, [0x910a_2dec_8902_5cc1, 0xbeeb_8da1_658e_ec67, 0xf893_a2ee_fb32_555e, 0x71c1_8690_ee42_c90b, 0x71bb_54d8_d101_b5b9]),
      (
        1_234_567,
        [0x599e_d017_fb08_fc85, 0x2c73_f084_5854_0fa5, 0x883e_bce5_a3f2_7c77, 0x3fbe_f740_e917_7b3f, 0xe3b8_3467_08cb_5ecd]
      ),
      (.max, [0xe4d9_7177_1b65_2c20, 0xe99f_f867_dbf6_82c9, 0x382f_f84c_b272_81e9, 0x6d1d_b36c_cba9_82d2, 0xb4a0_472e_5780_69ae]),
    ] as [(UInt64, [UInt64])])
  func `the numbers are SplitMix64's`(seed: UInt64, numbers: [UInt64]) {
    var generator = SeededGenerator(seed: seed)
    #expect((0..<numbers.count).map { _ in generator.next() } == numbers)
  }

  @Test func `streams of one seed differ, and are the same every time`() {
    var first: Set<UInt64> = []
    for seed: UInt64 in [0, 1, 42] {
      for a: UInt64 in 0..<20 {
        for b: UInt64 in 0..<20 {
          var one = SeededGenerator(seed: seed, a, b)
          var two = SeededGenerator(seed: seed, a, b)
          let number = one.next()
          #expect(number == two.next())
          first.insert(number)
        }
      }
    }
    #expect(first.count == 3 * 20 * 20)
    // Models that were trained depend on it.
    var generator = SeededGenerator(seed: 42, 1, 2)
    #expect(generator.next() == 0xdc8d_365a_890d_f438)
    var inShard = TrainingPass(seed: 42, firstRecord: 5).generator(record: 2, use: 1)
    var whole = TrainingPass(seed: 42).generator(record: 7, use: 1)
    #expect(inShard.next() == whole.next(), "however the batch is cut")
  }

  @Test func `uniform numbers lie in 0..<1 and fill it evenly`() {
    var generator = SeededGenerator(seed: 9)
    var counts = [Int](repeating: 0, count: 10)
    for _ in 0..<10_000 {
      let number = generator.uniform()
      guard (0..<1).contains(number) else {
        Issue.record("\(number)")
        return
      }
      counts[Int(number * 10)] += 1
    }
    // Binomial, n = 10,000 and p = 0.1: a standard deviation is 30; 5 of them.
    #expect(counts.allSatisfy { abs($0 - 1000) < 150 }, "\(counts)")
  }
}
