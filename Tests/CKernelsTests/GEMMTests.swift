import CKernels
import Testing

/// One product: op(A) is M×K, op(B) is K×N; every leading dimension leaves a gap of three floats.
struct Product {
  var M, N, K: Int
  var transposeA = false
  var transposeB = false
  var accumulate = false

  var lda: Int { (transposeA ? M : K) + 3 }
  var ldb: Int { (transposeB ? K : N) + 3 }
  var ldc: Int { N + 3 }

  func operands(_ seed: Int = 1) -> (A: [Float], B: [Float], C: [Float]) {
    var random = Seeded(seed &+ M &* 1_000_003 &+ N &* 1_009 &+ K)
    let A = random.floats((transposeA ? K : M) * lda)
    let B = random.floats((transposeB ? N : K) * ldb)
    return (A, B, random.floats(M * ldc))
  }

  func run(_ isa: hp_isa, _ A: [Float], _ B: [Float], _ C: [Float]) -> [Float] {
    var C = C
    var scratch = [Float](repeating: .nan, count: hp_gemm_scratch_floats(M, N, K))
    hp_gemm(isa, transposeA, transposeB, M, N, K, A, lda, B, ldb, &C, ldc, accumulate, &scratch)
    return C
  }

  /// With B packed ahead; A must not be transposed.
  func runPacked(_ isa: hp_isa, _ A: [Float], _ B: [Float], _ C: [Float]) -> [Float] {
    var C = C
    var packed = [Float](repeating: .nan, count: hp_gemm_packed_floats(N, K))
    hp_gemm_pack_b(transposeB, N, K, B, ldb, &packed)
    hp_gemm_packed(isa, M, N, K, A, lda, packed, &C, ldc, accumulate)
    return C
  }
}

@Suite struct GEMMTests {
  static let sizes = [0, 1, 5, 17, 64, 129]
  /// Beyond one block of K (256), N (512) and M (96).
  static let large = [(97, 70, 257), (7, 513, 257), (97, 576, 3), (193, 5, 513), (64, 64, 64)]

  /// All sizes with all, but for those of which none is small: one is enough.
  static func shapes() -> [(Int, Int, Int)] {
    large + sizes.flatMap { M in sizes.flatMap { N in sizes.map { K in (M, N, K) } } }.filter { min($0, $1, $2) < 64 }
  }

  @Test(arguments: [false, true], [false, true])
  func `every instruction set agrees with the plain loop`(transposeA: Bool, transposeB: Bool) {
    for (M, N, K) in Self.shapes() {
      for accumulate in [false, true] {
        let product = Product(
          M: M, N: N, K: K, transposeA: transposeA, transposeB: transposeB, accumulate: accumulate)
        let (A, B, C) = product.operands()
        let expected = product.run(.scalar, A, B, C)
        // Σ|terms|; each of the two sums may be off by K + 1 roundings of it. The gaps between rows must not change at all.
        let terms = product.run(.scalar, magnitudes(A), magnitudes(B), magnitudes(C))
        let tolerance = { i in i % product.ldc < N ? 2 * Float(K + 1) * unit * terms[i] : 0 }
        for isa in vectorISAs {
          let difference = firstDifference(product.run(isa, A, B, C), expected, within: tolerance)
          #expect(difference == nil, "\(isa) \(product)")
        }
      }
    }
  }

  @Test(arguments: [false, true])
  func `packing B ahead changes no bit`(transposeB: Bool) {
    for (M, N, K) in Self.shapes() {
      for accumulate in [false, true] {
        let product = Product(M: M, N: N, K: K, transposeB: transposeB, accumulate: accumulate)
        let (A, B, C) = product.operands()
        for isa in availableISAs {
          #expect(bits(product.runPacked(isa, A, B, C)) == bits(product.run(isa, A, B, C)), "\(isa) \(product)")
        }
      }
    }
  }

  @Test(arguments: vectorISAs, [(64, 128), (70, 300), (3, 17)])
  func `a row has the same bits alone and among others`(isa: hp_isa, shape: (N: Int, K: Int)) {
    let total = 103
    for transposeA in [false, true] {
      var product = Product(M: total, N: shape.N, K: shape.K, transposeA: transposeA)
      let (A, B, C) = product.operands()
      let whole = product.run(isa, A, B, C)
      for count in [1, 2, 3, 4, 5, 6, 7, 13, 64] {
        // The last rows, now in other places of other tiles. In a transposed A they are its last columns.
        let first = total - count
        let part =
          transposeA
          ? rows(Array(A[first...]) + [Float](repeating: 0, count: first), 0..<shape.K, width: count + 3, stride: total + 3)
          : Array(A[(first * (shape.K + 3))...])
        product.M = count
        let alone = product.run(isa, part, B, [Float](repeating: 0, count: count * product.ldc))
        product.M = total
        let expected = rows(whole, first..<total, width: shape.N, stride: product.ldc)
        #expect(bits(rows(alone, 0..<count, width: shape.N, stride: product.ldc)) == bits(expected))
      }
    }
  }
}
