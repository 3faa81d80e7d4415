import HanpipeCore
import Testing

@Suite struct FloatsTests {
  @Test(
    arguments: [
      (1, 1, true), (1, 1.00005, true), (1, 1.001, false), (0, 0.00005, true), (0, 0.001, false), (1e6, 1_000_050, true),
      (1e6, 1_001_000, false), (.nan, .nan, true), (.nan, 1, false), (.infinity, .infinity, true), (.infinity, -.infinity, false),
      (.infinity, 1, false), (-.infinity, -.greatestFiniteMagnitude, false), (-0.0, 0, true),
    ] as [(Float, Float, Bool)])
  func `floats match to one in ten thousand, both ways`(a: Float, b: Float, match: Bool) {
    func vectors(_ x: Float) -> Vectors { Vectors(values: [x], width: 1, count: 1) }
    #expect(vectors(a).matches(vectors(b)) == match)
    #expect(vectors(b).matches(vectors(a)) == match)
  }

  @Test func `vectors are taken apart and put together`() {
    let vectors = Vectors(values: [1, 2, 3, 4, 5, 6], width: 2, count: 3)
    #expect(vectors[1..<3].values == [3, 4, 5, 6])
    #expect(vectors[0..<0].count == 0)
    #expect(vectors[[2, 0]].values == [5, 6, 1, 2])
    #expect(Vectors.joined([vectors[0..<1], vectors[1..<3]])?.matches(vectors) == true)
    #expect(Vectors.joined([vectors, Vectors(values: [1], width: 1, count: 1)]) == nil)
    #expect(Vectors.joined([]) == nil)
    #expect(Vectors(values: [], width: 0, count: 3).count == 3)
  }

  @Test(arguments: [2, 0]) func `sequences are taken apart and put together`(width: Int) {
    let sequences = Sequences(values: [Float](repeating: 1, count: 6 * width), starts: [0, 1, 1, 4, 6], width: width)
    #expect(sequences.lengths == [1, 0, 3, 2])
    #expect(sequences[2..<4].lengths == [3, 2])
    #expect(sequences[1..<1].count == 0)
    #expect(sequences[[3, 1, 0]].lengths == [2, 0, 1])
    #expect(Sequences.joined([sequences[0..<2], sequences[2..<4]])?.matches(sequences) == true)
    #expect(!sequences.matches(Sequences(values: sequences.values, starts: [0, 2, 2, 4, 6], width: width)))
  }

  @Test func `ids and tags are taken apart`() {
    let ids = TokenIDs([[1, 2], [], [3]])
    #expect(ids[1..<3] == TokenIDs([[], [3]]))
    #expect(Array(ids.ids(of: 0)) == [1, 2])
    var tags = Tags(names: ["B", "S"])
    tags.append([0, 1])
    tags.append([])
    tags.append([1])
    #expect(tags[0..<2].values == [0, 1])
    #expect(tags[2..<3].values == [1])
    #expect(tags[1..<2].count == 1)
    let padded = PaddedIDs(ids)
    #expect(padded[[2, 0]].ids == [3, 1, 2])
    #expect(PaddedIDs.joined([padded[0..<1], padded[1..<3]])?.matches(padded) == true)
  }
}
