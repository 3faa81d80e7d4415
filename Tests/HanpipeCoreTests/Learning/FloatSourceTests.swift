import HanpipeCore
import Testing

@Suite struct FloatSourceTests {
  /// The floats 0, 1, 2, …
  private struct Counting: FloatSource {
    let count: Int
    func read(from start: Int, into target: inout MutableSpan<Float>) {
      for i in target.indices { target[i] = Float(start + i) }
    }
  }
  private static let tensor = Parameters.Tensor(shape: [3, 2], source: Counting(count: 6))

  private func row(_ row: Int, of tensor: Parameters.Tensor) -> [Float] {
    var result: [Float] = [-1, -1]
    var span = result.mutableSpan
    tensor.copy(from: 2 * row, into: &span)
    return result
  }

  @Test(arguments: [tensor, .init(shape: [3, 2], values: [0, 1, 2, 3, 4, 5])])
  func `a tensor gives the same floats wherever they lie`(tensor: Parameters.Tensor) {
    #expect(tensor.values == [0, 1, 2, 3, 4, 5])
    #expect((0..<3).map { row($0, of: tensor) } == [[0, 1], [2, 3], [4, 5]])
    #expect(tensor.count == 6 && tensor.rowWidth == 2 && !tensor.isRowSparse)
    #expect(tensor == Self.tensor)
    #expect(tensor != Self.tensor.withRowSparseGradients(true))
  }

  @Test func `floats that lie elsewhere are owned from the first change on`() {
    var changed = Self.tensor.withRowSparseGradients(true)
    changed.values[3] = 7
    #expect(changed.isRowSparse && changed.values == [0, 1, 2, 7, 4, 5] && row(1, of: changed) == [2, 7])
    #expect(Self.tensor.values[3] == 3)
  }

  @Test func `a stage that does not ask for floats elsewhere gets its own`() throws {
    let parameters = Parameters([("w", Self.tensor)])
    let owned = try parameters.tensor("w", shape: [3, 2])
    #expect(owned.ownedValues == [0, 1, 2, 3, 4, 5] && owned == Self.tensor)
    #expect(try parameters.tensor("w", shape: [3, 2], isOwned: false).ownedValues == nil)
  }
}
