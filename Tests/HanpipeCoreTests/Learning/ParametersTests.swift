import HanpipeCore
import Testing

@Suite struct ParametersTests {
  static let parameters = Parameters([
    ("table", .init(shape: [4, 2], values: [0, 1, 2, 3, 4, 5, 6, 7], isRowSparse: true)),
    ("bias", .init(shape: [3], values: [1, 2, 3])),
  ])

  @Test func `tensors are found by name and shape`() throws {
    #expect(Self.parameters.count == 11)
    #expect(Self.parameters.index(of: "bias") == 1)
    #expect(Self.parameters.tensors[0].rowWidth == 2)
    #expect(try Self.parameters.tensor("bias", shape: [3]).values == [1, 2, 3])
    #expect(throws: StateError.missing("x")) { try Self.parameters.tensor("x", shape: [1]) }
    #expect(throws: StateError.shape("bias", found: [3], expected: [1, 3])) { try Self.parameters.tensor("bias", shape: [1, 3]) }
    var writer = StateWriter()
    try Self.parameters.write(to: &writer)
    #expect(try Parameters(from: writer.reader) == Self.parameters)
  }

  @Test(arguments: 0..<20 as Range<UInt64>) func `rows that are added are the rows of a dense sum`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var shards = [RowGradients](repeating: RowGradients(width: 3), count: 3)
    var dense = [[Float]](repeating: [0, 0, 0], count: 6)
    // Small whole numbers: their sums are exact in any order.
    for shard in shards.indices {
      for _ in 0..<generator.below(6) {
        let id = generator.below(6)
        let row = (0..<3).map { _ in Float(generator.below(100)) }
        shards[shard].add(row[...], to: Int32(id))
        for i in 0..<3 { dense[id][i] += row[i] }
      }
    }
    var sum = RowGradients(width: 3)
    for shard in shards { sum.add(shard) }
    #expect(Set(sum.ids).count == sum.ids.count)
    #expect(sum.values.count == sum.ids.count * 3)
    var found = [[Float]](repeating: [0, 0, 0], count: 6)
    for (i, id) in sum.ids.enumerated() { found[Int(id)] = Array(sum.values[i * 3..<(i + 1) * 3]) }
    #expect(found == dense)
  }

  @Test func `gradients of shards are added, dense and by row`() {
    var first = Gradients(zerosLike: Self.parameters)
    var second = first
    first.withRows(0) { $0.add([1, 2], to: 3) }
    first.withDense(1) { $0[0] = 5 }
    second.withRows(0) {
      $0.add([10, 20], to: 1)
      $0.add([100, 200], to: 3)
    }
    second.withDense(1) { $0 = [1, 1, 1] }
    first.add(second)
    first.add(Gradients(zerosLike: Self.parameters))
    guard case .rows(let rows) = first.tensors[0], case .dense(let bias) = first.tensors[1] else {
      Issue.record("a sparse and a dense gradient")
      return
    }
    #expect(rows.ids == [3, 1])
    #expect(rows.values == [101, 202, 10, 20])
    #expect(bias == [6, 1, 1])
  }

  @Test func `a gradient is lent where it lies, without a copy`() {
    var gradients = Gradients(zerosLike: Self.parameters)
    func address(_ values: [Float]) -> UnsafeRawPointer? { values.withUnsafeBytes { $0.baseAddress } }
    let before = gradients.withDense(1) { address($0) }
    let after = gradients.withDense(1) { values in
      values[0] = 1
      return address(values)
    }
    #expect(before == after && before != nil)
    gradients.withRows(0) { $0.add([1, 2], to: 0) }
    let rows = gradients.withRows(0) { address($0.values) }
    #expect(
      gradients.withRows(0) {
        $0.add([1, 2], to: 0)
        return address($0.values)
      } == rows)
  }

  @Test func `rows of another width are our own mistake`() async {
    await #expect(processExitsWith: .failure) {
      var rows = RowGradients(width: 2)
      rows.add([1, 2, 3], to: 0)
    }
  }
}
