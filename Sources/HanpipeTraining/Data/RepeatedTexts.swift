import HanpipeCore
import HanpipeText

/// Records whose text was there before.
public struct RepeatedTexts: Sendable, Equatable {
  /// How many.
  public var count = 0
  /// How many of them have other labels than the first one with their text.
  public var contradicting = 0
  public init(count: Int = 0, contradicting: Int = 0) {
    self.count = count
    self.contradicting = contradicting
  }
}

/// The texts of some records, to find what is there again. Texts are the same if only white space tells them apart.
public struct TextIndex: Sendable {
  private let labels: [[Int]]?
  /// The first record with each text.
  private var first: [ComparedText: Int] = [:]
  /// Records whose text stands in an earlier record too.
  public private(set) var repeats = RepeatedTexts()

  public init(_ data: TrainingData) {
    labels = data.labels
    let texts = data.texts
    for record in 0..<texts.count {
      let text = ComparedText(texts.utf8(of: record))
      if let before = first[text] { repeats.count(labels?[before], labels?[record]) } else { first[text] = record }
    }
  }

  /// Records of `data` whose texts are here too, where what is measured would have been learned.
  public func repeats(in data: TrainingData) -> RepeatedTexts {
    var repeats = RepeatedTexts()
    let (texts, own) = (data.texts, data.labels)
    for record in 0..<texts.count {
      if let before = first[ComparedText(texts.utf8(of: record))] { repeats.count(labels?[before], own?[record]) }
    }
    return repeats
  }
}

extension RepeatedTexts {
  /// - Parameters: the labels of both records; nil for words.
  fileprivate mutating func count(_ before: [Int]?, _ now: [Int]?) {
    count += 1
    if let before, let now, before != now { contradicting += 1 }
  }
}

/// A text as it is compared with others: without white space at its ends, and with one space for each run of it inside.
struct ComparedText: Hashable {
  let utf8: ArraySlice<UInt8>

  init(_ utf8: ArraySlice<UInt8>) {
    // Most texts need no copy.
    guard utf8.contains(where: { $0 <= 0x20 }) || Self.mayHoldWideSpace(utf8) else {
      self.utf8 = utf8
      return
    }
    let words = String(decoding: utf8, as: UTF8.self).unicodeScalars.split { isWhiteSpace($0.value) }
    var result: [UInt8] = []
    result.reserveCapacity(utf8.count)
    for word in words {
      if !result.isEmpty { result.append(0x20) }
      for scalar in word { result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter) }
    }
    self.utf8 = result[...]
  }

  /// White space beyond ASCII begins with C2 (U+0085, U+00A0), E1 (U+1680), E2 (U+2000 to U+205F) or E3 80 80 (U+3000).
  private static func mayHoldWideSpace(_ utf8: ArraySlice<UInt8>) -> Bool {
    utf8.indices.contains { i in
      switch utf8[i] {
      case 0xC2, 0xE1, 0xE2: true
      case 0xE3: i + 1 < utf8.endIndex && utf8[i + 1] == 0x80
      default: false
      }
    }
  }
}
