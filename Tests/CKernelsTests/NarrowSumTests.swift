import CKernels
import Testing

/// Sums of a few rows: embeddings of steps with several ids, and the scores of a few tags.
@Suite struct NarrowSumTests {
  @Test(arguments: [1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 16, 17]) func `rows that ids name are added, negative ids name none`(width: Int) {
    var generator = Seeded(width)
    let rows = 11
    let table = generator.floats(rows * width)
    let ends = [0, 0, 1, 4, 4, 9, 20]
    let ids = (0..<20).map { _ in Int32.random(in: -3..<Int32(rows), using: &generator) }
    var out = [Float](repeating: .nan, count: 6 * width)
    #expect(hp_sum_rows(6, ends, ids, table, rows, width, 0.5, &out))
    for row in 0..<6 {
      for i in 0..<width {
        var sum: Float = 0
        for id in ids[ends[row]..<ends[row + 1]] where id >= 0 { sum += table[Int(id) * width + i] }
        #expect(out[row * width + i] == sum * 0.5, "\(row), \(i)")
      }
    }
  }

  /// Rows of a table that is in no near cache are asked for ahead.
  @Test(arguments: [4, 8, 12, 16, 20]) func `rows of a large table are added`(width: Int) {
    var generator = Seeded(3)
    let (rows, steps) = (20_000, 40)
    let table = generator.floats(rows * width)
    let ends = (0...steps).map { $0 * ($0 - 1) / 2 }
    let ids = (0..<ends[steps]).map { _ in Int32.random(in: -2_000..<Int32(rows), using: &generator) }
    var out = [Float](repeating: .nan, count: steps * width)
    #expect(hp_sum_rows(steps, ends, ids, table, rows, width, 2, &out))
    for step in 0..<steps {
      for i in 0..<width {
        let terms = ids[ends[step]..<ends[step + 1]].filter { $0 >= 0 }.map { 2 * Double(table[Int($0) * width + i]) }
        let bound = Double(terms.count) * Double(unit) * terms.map(abs).reduce(0, +)
        #expect(abs(Double(out[step * width + i]) - terms.reduce(0, +)) <= bound, "\(step), \(i)")
      }
    }
    #expect(!hp_sum_rows(1, [0, 1], [Int32(rows)], table, rows, width, 2, &out))
  }

  @Test(arguments: [1, 4, 5, 8, 12, 16]) func `an id beyond the table is told`(width: Int) {
    let table = [Float](repeating: 1, count: 3 * width)
    var out = [Float](repeating: 0, count: 2 * width)
    for (id, isKnown) in [(Int32(2), true), (3, false), (.max, false), (-1, true), (.min, true)] {
      #expect(hp_sum_rows(2, [0, 1, 2], [0, id], table, 3, width, 1, &out) == isKnown, "\(id)")
    }
  }

  @Test(arguments: availableISAs) func `scores are products and a bias`(isa: hp_isa) {
    var generator = Seeded(7)
    for k in [1, 2, 3, 4, 5, 8, 9] {
      for n in [1, 3, 4, 7, 8, 15, 16, 17, 33, 136] {
        let rows = 3
        let (x, w, bias) = (generator.floats(rows * n), generator.floats(k * n), generator.floats(k))
        var out = [Float](repeating: .nan, count: rows * k)
        hp_scores(isa, rows, k, n, x, w, bias, &out)
        for row in 0..<rows {
          for tag in 0..<k {
            let terms = (0..<n).map { Double(x[row * n + $0]) * Double(w[tag * n + $0]) } + [Double(bias[tag])]
            let bound = Double(n + 1) * Double(unit) * terms.map(abs).reduce(0, +)
            #expect(abs(Double(out[row * k + tag]) - terms.reduce(0, +)) <= bound, "K = \(k), n = \(n), (\(row), \(tag))")
          }
        }
        var alone = [Float](repeating: .nan, count: k)
        hp_scores(isa, 1, k, n, Array(x[n..<2 * n]), w, bias, &alone)
        #expect(bits(alone) == bits(out[k..<2 * k]), "the rows beside a row change it")
      }
    }
  }
}
