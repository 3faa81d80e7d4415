public import HanpipeCore

/// What a dictionary of the stage `lexicon` holds, to be looked at.
public struct DictionaryContent {
  /// The words with how often they were counted (0: only listed), the most frequent first, then in the file's order. In a compiled
  /// dictionary a run of digits, of letters and the like is written `<digits>`, `<letters>` where any will do.
  public let words: [(word: String, count: Int)]
  /// What else is known of it, by name.
  public let facts: [(name: String, value: String)]

  /// - Throws: `DictionaryError` if the file is damaged or has a wrong line.
  public init(_ storage: any ByteStorage) throws(DictionaryError) {
    let bytes = storage.withBytes { $0.count }
    let isCompiled = storage.withBytes { LatticeDictionary.isCompiled($0) }
    let found: [(word: String, count: Int)]
    var facts = [(name: "format", value: isCompiled ? "compiled, version \(LatticeDictionary.version)" : "text")]
    if isCompiled {
      let dictionary = try LatticeDictionary(compiled: storage)
      found = dictionary.words + dictionary.letterWords.map { (String(decoding: $0.text, as: UTF8.self), $0.count) }
      let weighted = dictionary.trie.withNodes { $0.reduce(0) { $0 + ($1.check != 0 && $1.payload.hasWeights ? 1 : 0) } }
      facts.append((name: "model", value: dictionary.model == .learned ? "learned" : "frequencies"))
      facts.append((name: "checksum", value: storage.withBytes { LatticeDictionary.storedChecksum($0) }))
      facts.append((name: "characters", value: "\(dictionary.codes.scalars.count)"))
      facts.append((name: "weighted sequences", value: "\(weighted)"))
      facts.append((name: "nodes", value: "\(dictionary.trie.count)"))
    } else {
      let text = try DictionaryLines(storage.array)
      found = text.lines.map { line in (text.withWord(line) { String(decoding: $0, as: UTF8.self) }, line.count ?? 0) }
    }
    facts.append((name: "words", value: "\(found.count)"))
    facts.append((name: "words counted", value: "\(found.reduce(0) { $0 + ($1.count > 0 ? 1 : 0) })"))
    facts.append((name: "bytes", value: "\(bytes)"))
    self.facts = facts
    words = found.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.map(\.element)
  }
}

extension LatticeDictionary {
  /// The words with their counts, in the order of their codes.
  var words: [(word: String, count: Int)] {
    var words: [(word: String, count: Int)] = []
    forEachWord { path, _, count in words.append((path.map(codes.text(of:)).joined(), count)) }
    return words
  }

  /// Calls `body` with each word's codes, its node, and how often it was counted, in the order of the codes.
  func forEachWord(_ body: (_ codes: [UInt16], _ node: Int, _ count: Int) -> Void) {
    trie.withNodes { nodes in
      // A node knows its parent, not its children: those are found by going over all nodes.
      var children: [(parent: Int, code: UInt16, node: Int)] = []
      for (n, node) in nodes.enumerated() where node.check != 0 && Int(node.check) <= nodes.count {
        let parent = Int(node.check) - 1
        let code = Int(nodes[parent].base) ^ n
        if code < codes.count { children.append((parent, UInt16(code), n)) }
      }
      children.sort { ($0.parent, $0.code) < ($1.parent, $1.code) }
      var firstChild = [Int](repeating: children.count, count: nodes.count)
      for (i, child) in children.enumerated().reversed() { firstChild[child.parent] = i }
      let counts = counts.unpacked
      var known = 0
      var path: [UInt16] = []
      var stack = [(child: firstChild[DoubleArrayTrie.root], parent: DoubleArrayTrie.root)]
      while let (i, parent) = stack.popLast() {
        guard i < children.count, children[i].parent == parent else {
          _ = path.popLast()
          continue
        }
        stack.append((i + 1, parent))
        path.append(children[i].code)
        if nodes[children[i].node].payload.word != DoubleArrayTrie.noWord, known < counts.count {
          body(path, children[i].node, counts[known])
          known += 1
        }
        stack.append((firstChild[children[i].node], children[i].node))
      }
    }
  }
}

extension UnitCodes {
  /// The character that has a code, or its kind's name.
  func text(of code: UInt16) -> String {
    if let kind = UnitKind(rawValue: code) { return "<\(kind)>" }
    let place = Int(code) - Int(UnitKind.count)
    return place < scalars.count ? Unicode.Scalar(scalars[place]).map { String(Character($0)) } ?? "" : ""
  }
}
