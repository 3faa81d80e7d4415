import HanpipeCore
import Testing

@testable import HanpipeText

@Suite struct DoubleArrayTrieTests {
  /// Random sequences, the later of two equal ones with another score.
  private static func sequences(_ generator: inout SeededGenerator) -> [(codes: [UInt16], score: Int16)] {
    let alphabet = [2, 5, 40, 300, 5000].randomElement(using: &generator) ?? 2
    return (0..<Int.random(in: 1...400, using: &generator)).map { i in
      let length = Int.random(in: 1...(i % 50 == 0 ? 40 : 5), using: &generator)
      return ((0..<length).map { _ in UInt16.random(in: 0..<UInt16(alphabet), using: &generator) }, Int16(i))
    }
  }

  @Test(arguments: [false, true])
  func `a trie holds the sequences it was made of and no other`(isCompact: Bool) {
    for seed in 0..<60 {
      var generator = SeededGenerator(seed: UInt64(seed))
      let sequences = Self.sequences(&generator)
      var expected: [[UInt16]: Int16] = [:]
      var entries = TrieEntries()
      for (codes, score) in sequences {
        expected[codes] = score
        entries.append(codes, DoubleArrayTrie.Payload(word: score))
      }
      let (sorted, numbers) = entries.sorted()
      #expect(sorted.count == expected.count)
      #expect((0..<sorted.count).map { Array(sorted.codes(of: $0)) } == expected.keys.sorted { $0.lexicographicallyPrecedes($1) })
      #expect(numbers.map { Int16($0) } == (0..<sorted.count).map { sorted.payloads[$0].word })
      let codes = Int(sequences.flatMap(\.codes).max() ?? 0) + 1
      let nodes = DoubleArrayBuilder.build(sorted, codes: codes, isCompact: isCompact)
      nodes.withUnsafeBufferPointer { nodes in
        #expect(DoubleArrayTrie.isSound(nodes, codes: codes))
        // All prefixes, and each with every other last code.
        var prefixes: Set<[UInt16]> = [[]]
        for codes in expected.keys { for end in 1...codes.count { prefixes.insert(Array(codes[..<end])) } }
        for prefix in prefixes {
          guard let node = Self.walk(prefix, nodes) else {
            Issue.record("seed \(seed): \(prefix) is not found")
            continue
          }
          #expect(nodes[node].payload.word == expected[prefix] ?? DoubleArrayTrie.noWord, "seed \(seed)")
          for _ in 0..<20 {
            let code = UInt16.random(in: 0..<UInt16(codes), using: &generator)
            // Two million times: #expect would take longer than all that it looks at.
            let isThere = nodes.child(of: node, code) != nil
            if isThere != prefixes.contains(prefix + [code]) { Issue.record("seed \(seed): \(prefix), \(code)") }
          }
        }
      }
    }
  }

  private static func walk(_ codes: [UInt16], _ nodes: UnsafeBufferPointer<DoubleArrayTrie.Node>) -> Int? {
    codes.reduce(DoubleArrayTrie.root) { node, code in node.flatMap { nodes.child(of: $0, code) } }
  }

  @Test func `weights and a word's score lie beside each other`() {
    var payload = DoubleArrayTrie.Payload()
    #expect(payload.word == DoubleArrayTrie.noWord && !payload.hasWeights)
    let weights = SIMD8<Int8>(-127, 3, 0, 127, -1, 9, 0, 0)
    payload.weights = weights
    payload.word = -30_000
    #expect(payload.weights == weights && payload.word == -30_000 && payload.hasWeights)
    payload.weights = SIMD8(repeating: 0)
    #expect(payload.word == -30_000 && !payload.hasWeights)
  }

  @Test func `an array whose steps could lead out of it is not sound`() {
    var nodes = [DoubleArrayTrie.Node](repeating: DoubleArrayTrie.Node(), count: 64)
    func isSound(codes: Int) -> Bool { nodes.withUnsafeBufferPointer { DoubleArrayTrie.isSound($0, codes: codes) } }
    #expect(isSound(codes: 64))
    #expect(!isSound(codes: 65))
    nodes[3].base = 63
    #expect(isSound(codes: 64))
    nodes[3].base = 64
    #expect(!isSound(codes: 64))
    nodes.removeLast()
    nodes[3].base = 0
    #expect(!isSound(codes: 2))
  }
}
