public import HanpipeCore
internal import HanpipeNeural

/// What a direction of a layer did while it read one text.
public struct GateTrace: Sendable, Equatable {
  /// A step: a word or character, and what the layer did when it read it.
  public struct Step: Sendable, Equatable {
    /// Its place in the text that was read, in bytes.
    public let range: Range<Int>
    /// As `names`.
    public let values: [Float]
  }
  /// `stages[4] (lstm)`.
  public let stage: String
  /// From 0.
  public let layer: Int
  public let isBackward: Bool
  /// `input`, `forget`, `output` (`reset` and `update` for a GRU): the mean of the gate over the units. `cell`, `hidden`, and `change`
  /// (of the hidden state since the step before): the root of the mean square over the units.
  public let names: [String]
  /// In the order of the text.
  public let steps: [Step]
}

/// Reads the activations of recurrent stages, those inside of branches too.
public struct GateReader: Sendable {
  private let pipeline: Pipeline

  /// - Throws: `AttributionError.noGates` if no stage has any.
  public init(_ pipeline: Pipeline) throws(AttributionError) {
    func hasGates(_ pipeline: Pipeline) -> Bool {
      pipeline.stages.contains { stage in
        stage.base is any GatedStage || stage.chains.contains(where: hasGates)
      }
    }
    guard hasGates(pipeline) else { throw .noGates }
    self.pipeline = pipeline
  }

  /// For each text what each layer and direction did, from the first stage to the last.
  /// - Throws: `StageFailure`, `AttributionError`.
  public func traces(of texts: Texts) throws -> [[GateTrace]] {
    var traces = [[GateTrace]](repeating: [], count: texts.count)
    try read(pipeline, texts, nil, into: &traces)
    return traces
  }

  /// - Parameter places: of the steps of `input`; nil before there are words.
  private func read(_ pipeline: Pipeline, _ input: any StageValue, _ places: TextPlaces?, into traces: inout [[GateTrace]]) throws {
    var (value, places) = (input, places)
    for (i, stage) in pipeline.stages.enumerated() {
      do {
        for chain in stage.chains { try read(chain, value, places, into: &traces) }
        if let gated = stage.base as? any GatedStage {
          guard let places else { throw AttributionError.noPlaces(stage: pipeline.link(i).label) }
          for activity in try Self.activity(gated, value) { Self.add(activity, pipeline.link(i).label, places, to: &traces) }
        }
        let output = try stage.process(value)
        places = Self.places(places, stage.base, from: value, to: output)
        value = output
      } catch let error where !(error is StageFailure || error is AttributionError) {
        throw StageFailure(stage: pipeline.link(i).label, records: 0..<input.count, underlying: error)
      }
    }
  }

  private static func activity<S: GatedStage>(_ stage: S, _ input: any StageValue) throws -> [GateActivity] {
    guard let input = input as? S.Input else {
      throw ContractViolation.valueType(expected: "\(S.Input.self)", found: "\(type(of: input))")
    }
    return try stage.activity(input)
  }

  /// Where the steps of a stage's output stand. Features and vectors of a step stand where the step does.
  private static func places(
    _ places: TextPlaces?, _ stage: any Stage, from input: any StageValue, to output: any StageValue
  ) -> TextPlaces? {
    switch output {
    case let tokens as Tokens: return TextPlaces(tokens)
    case is TokenIDs, is PaddedIDs: return places?.through(stage, from: input, to: output)
    case is FeatureIDs, is Sequences:
      let isSame = places.map { places in
        (0..<output.count).allSatisfy { output.length(of: $0) == places.starts[$0 + 1] - places.starts[$0] }
      }
      return isSame == true ? places : nil
    default: return nil
    }
  }

  private static func add(_ activity: GateActivity, _ stage: String, _ places: TextPlaces, to traces: inout [[GateTrace]]) {
    let width = activity.names.count
    for record in traces.indices {
      let ranges = places.tokens.originalRanges(of: record)
      let rows = activity.starts[record]..<activity.starts[record + 1]
      let steps = zip(rows, places.origins[places.starts[record]..<places.starts[record + 1]]).map { row, origin in
        GateTrace.Step(
          range: origin.isEmpty ? 0..<0 : ranges[origin.lowerBound].lowerBound..<ranges[origin.upperBound - 1].upperBound,
          values: Array(activity.values[row * width..<(row + 1) * width]))
      }
      traces[record].append(
        GateTrace(stage: stage, layer: activity.layer, isBackward: activity.isBackward, names: activity.names, steps: steps))
    }
  }
}
