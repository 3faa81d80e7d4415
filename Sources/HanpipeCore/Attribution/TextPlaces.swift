/// From which words of its text each id of a batch was made.
public struct TextPlaces: Sendable {
  /// The words, with their places in the texts that were read.
  public let tokens: Tokens
  /// For each id the record's tokens that it was made from, by number; empty where there is none, as for a mark at the record's edge.
  public private(set) var origins: [Range<Int>]
  /// Record `i` has the ids `starts[i]..<starts[i + 1]`.
  public private(set) var starts: [Int]

  /// Of ids that are the tokens themselves.
  public init(_ tokens: Tokens) {
    self.tokens = tokens
    starts = tokens.starts
    origins = (0..<tokens.count).flatMap { record in (0..<tokens.length(of: record)).map { $0..<$0 + 1 } }
  }

  /// Of the ids that a stage made.
  /// - Returns: nil if it cannot be told.
  package func through(_ stage: any Stage, from input: any StageValue, to output: any StageValue) -> TextPlaces? {
    if let tokens = output as? Tokens { return TextPlaces(tokens) }
    guard let (starts, bounds) = Self.layout(of: output) else { return nil }
    var result = self
    result.starts = starts.map { bounds[$0] }
    guard let steps = Self.origins(stage, of: output, in: input, starts: starts, bounds), steps.count == result.starts.last
    else {
      return nil
    }
    result.origins = []
    result.origins.reserveCapacity(steps.count)
    for record in 0..<starts.count - 1 {
      let own = origins[self.starts[record]..<self.starts[record + 1]]
      for id in result.starts[record]..<result.starts[record + 1] {
        guard let range = Self.joined(own, steps[id]) else { return nil }
        result.origins.append(range)
      }
    }
    return result
  }

  /// The tokens of some steps; nil if the record has no such step.
  private static func joined(_ own: ArraySlice<Range<Int>>, _ steps: Range<Int>) -> Range<Int>? {
    guard steps.lowerBound >= 0, steps.upperBound <= own.count else { return nil }
    let ranges = own[own.startIndex + steps.lowerBound..<own.startIndex + steps.upperBound].lazy.filter { !$0.isEmpty }
    guard let first = ranges.first, let last = ranges.last else { return 0..<0 }
    return first.lowerBound..<last.upperBound
  }

  private static func origins(
    _ stage: any Stage, of output: any StageValue, in input: any StageValue, starts: [Int], _ bounds: [Int]
  ) -> [Range<Int>]? {
    func ask<S: AlignedStage>(_ stage: S) -> [Range<Int>]? {
      guard let output = output as? S.Output, let input = input as? S.Input else { return nil }
      return stage.origins(of: output, in: input)
    }
    if let stage = stage as? any AlignedStage { return ask(stage) }
    // As many steps as before: each is the one with its number.
    guard (0..<output.count).allSatisfy({ starts[$0 + 1] - starts[$0] == input.length(of: $0) }) else { return nil }
    var origins: [Range<Int>] = []
    origins.reserveCapacity(bounds.last ?? 0)
    for record in 0..<output.count {
      for step in starts[record]..<starts[record + 1] {
        let own = step - starts[record]
        origins.append(contentsOf: repeatElement(own..<own + 1, count: bounds[step + 1] - bounds[step]))
      }
    }
    return origins
  }

  /// Where in steps the records of a value with ids start, and where in ids its steps do; nil for another value.
  private static func layout(of value: any StageValue) -> (starts: [Int], bounds: [Int])? {
    switch value {
    case let value as TokenIDs: (value.starts, Array(0...value.ids.count))
    case let value as PaddedIDs: (value.starts, Array(0...value.ids.count))
    case let value as FeatureIDs: (value.starts, value.bounds)
    default: nil
    }
  }
}
