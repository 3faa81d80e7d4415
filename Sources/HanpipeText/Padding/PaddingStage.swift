public import HanpipeCore

/// Makes records of one length: B×T ids, as Keras' `pad_sequences`.
///
/// Padding is not stored, only its side and T; what is cut off is gone. Keras pads and cuts at the beginning by default; here
/// it is the end, so that a record reads the same whatever its neighbours.
public struct PaddingStage: ConfiguredStage, AlignedStage, IDDescribingStage {
  public typealias Input = TokenIDs
  public typealias Output = PaddedIDs
  public static let type: StageType = "padding"
  public static let summary = "Makes records of one length: pads with id 0, cuts off what is beyond the maximum."

  public enum Length: String, CaseIterable, Sendable, SettingValue {
    /// T is the longest record of the batch, after cutting.
    case longest
    /// T is `maximum`.
    case fixed
  }

  public struct Configuration: StageConfiguration {
    public var length = Length.longest
    public var maximum: Int?
    public var side = Side.post
    public var truncate = Side.post
    public init() {}
    public static let settings: [Setting<Self>] = [
      Setting("length", \.length, "The steps of a batch: those of its longest record, or always the maximum."),
      Setting("maximum", \.maximum, in: 1...1_000_000, "Steps at most; what is beyond is cut off. Null cuts nothing."),
      Setting("side", \.side, "Whether padding stands before (pre) or after (post) the words."),
      Setting("truncate", \.truncate, "Whether the beginning (pre) or the end (post) of a record is cut off."),
    ]
    public static var schemaRules: JSONObject {
      [
        "if": ["properties": ["length": ["const": "fixed"]], "required": ["length"]],
        "then": ["properties": ["maximum": ["type": "integer"]], "required": ["maximum"]],
      ]
    }
    public func validate(at path: SpecPath) throws(SpecError) {
      if length == .fixed && maximum == nil {
        throw .missingKey(path, key: "maximum", meaning: "the number of steps, because \"length\" is \"fixed\"")
      }
    }
  }

  private let configuration: Configuration

  public init(_ configuration: Configuration, _ context: StageContext) { self.configuration = configuration }

  public func process(_ input: TokenIDs) -> PaddedIDs {
    let steps = configuration.length == .fixed ? configuration.maximum : nil
    return PaddedIDs(truncated(input), steps: steps, side: configuration.side)
  }

  public func origins(of output: PaddedIDs, in input: TokenIDs) -> [Range<Int>] {
    (0..<output.count).flatMap { record in
      let first = configuration.truncate == .pre ? input.length(of: record) - output.length(of: record) : 0
      return (first..<first + output.length(of: record)).map { $0..<$0 + 1 }
    }
  }

  /// `padding`: the id that fills a rectangle, which a network does not read; of a record with more than `maximum` ids the first
  /// (`truncate` is post) or the last ones (pre) are kept.
  public var idFacts: [(name: String, value: String)] {
    let cut = configuration.maximum.map { [("maximum", "\($0)"), ("truncate", configuration.truncate.rawValue)] } ?? []
    return ([("padding", "\(TokenIDs.padding)")] + cut).map { (name: $0.0, value: $0.1) }
  }

  private func truncated(_ input: TokenIDs) -> TokenIDs {
    guard let maximum = configuration.maximum,
      (0..<input.count).contains(where: { input.starts[$0 + 1] - input.starts[$0] > maximum })
    else { return input }
    var result = TokenIDs()
    for record in 0..<input.count {
      let ids = input.ids(of: record)
      result.append(configuration.truncate == .pre ? ids.suffix(maximum) : ids.prefix(maximum))
    }
    return result
  }
}
