public import HanpipeCore

extension NGramFeatures: IDDescribingStage {
  public var idFacts: [(name: String, value: String)] { FeatureIDs.idFacts }
}

extension FrequentNGramFeatures: IDDescribingStage {
  /// Also `filter`: the bits of the n-grams that have an id, in base64.
  public var idFacts: [(name: String, value: String)] { FeatureIDs.idFacts + [("filter", base64(state.bytes))] }
}

extension DictionaryFeatures: IDDescribingStage {
  public var idFacts: [(name: String, value: String)] { FeatureIDs.idFacts }
}

extension FeatureIDs {
  /// `none`: what stands where a step has fewer ids than others.
  fileprivate static var idFacts: [(name: String, value: String)] { [("none", "-1")] }
}

/// Base64 with padding (RFC 4648, section 4).
func base64(_ bytes: [UInt8]) -> String {
  let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var result: [UInt8] = []
  result.reserveCapacity((bytes.count + 2) / 3 * 4)
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = bytes[start..<min(start + 3, bytes.count)]
    let bits = (0..<3).reduce(0) { $0 << 8 | (start + $1 < group.endIndex ? Int(group[start + $1]) : 0) }
    for i in 0..<4 { result.append(i <= group.count ? letters[bits >> (18 - 6 * i) & 63] : UInt8(ascii: "=")) }
  }
  return String(decoding: result, as: UTF8.self)
}
