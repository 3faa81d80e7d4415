import CKernels
import Testing

@Suite struct HalfTests {
  @Test(arguments: availableISAs)
  func `every half becomes the float that Swift makes of it`(isa: hp_isa) {
    let halves = Array(UInt16.min...UInt16.max)
    var floats = [Float](repeating: 0, count: halves.count)
    hp_f32_from_f16(isa, halves.count, halves, &floats)
    let expected = halves.map { Float(Float16(bitPattern: $0)) }
    for (float, other) in zip(floats, expected) where !(float.isNaN && other.isNaN) {
      guard float.bitPattern == other.bitPattern else {
        Issue.record("\(float), not \(other)")
        return
      }
    }
  }

  @Test(arguments: availableISAs)
  func `every half survives the way there and back`(isa: hp_isa) {
    let halves = (UInt16.min...UInt16.max).filter { !Float16(bitPattern: $0).isNaN }
    var floats = [Float](repeating: 0, count: halves.count)
    var back = [UInt16](repeating: 0, count: halves.count)
    hp_f32_from_f16(isa, halves.count, halves, &floats)
    hp_f16_from_f32(isa, halves.count, floats, &back)
    #expect(back == halves)
  }

  @Test(arguments: availableISAs)
  func `floats round to the nearest half, ties to even`(isa: hp_isa) {
    let sampled = stride(from: UInt32.min, to: UInt32.max, by: 20_011).map(Float.init(bitPattern:))
    // Half-way between neighbours, normal and subnormal, and the floats on both sides of it.
    let ties = stride(from: UInt16(0), to: 0x7C00, by: 7).flatMap { half in
      let tie = (Float(Float16(bitPattern: half)) + Float(Float16(bitPattern: half).nextUp)) / 2
      return [tie, tie.nextUp, tie.nextDown, -tie]
    }
    let floats = (sampled + ties + [65_519.996, 65_520, 65_536, .infinity, 0x1p-25, 0x1p-26]).filter { !$0.isNaN }
    var halves = [UInt16](repeating: 0, count: floats.count)
    hp_f16_from_f32(isa, floats.count, floats, &halves)
    for (half, float) in zip(halves, floats) {
      guard half == Float16(float).bitPattern else {
        Issue.record("\(float) gives \(half)")
        return
      }
    }
  }

  @Test func `NaN has the same bits for every instruction set`() {
    let nans = [0x7F80_0001, 0x7FC0_0000, 0xFFA1_2345, 0x7FFF_FFFF, 0xFF80_2000].map { Float(bitPattern: $0) }
    let floats = nans + nans + nans  // more than the eight that one instruction converts
    let results = availableISAs.map { isa in
      var halves = [UInt16](repeating: 0, count: floats.count)
      hp_f16_from_f32(isa, floats.count, floats, &halves)
      return halves
    }
    #expect(results.allSatisfy { $0 == results[0] })
    #expect(results[0].allSatisfy { Float16(bitPattern: $0).isNaN })
  }
}
