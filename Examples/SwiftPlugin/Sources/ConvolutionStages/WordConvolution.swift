import Hanpipe

/// A convolution over words, and of each filter its largest value: v_f = max_t max(0, b_f + Σ_k W_fk·x_(t+k)).
///
/// Kim 2014, doi:10.3115/v1/D14-1181. A record shorter than the window has one place, with zeros behind its words; one without words
/// gives zeros. Parameters: `embedding` V×E, `weight` F×(K·E), `bias` F.
///
///     {"type": "word-convolution", "embedding": 64, "filters": 100, "window": 3}
public struct WordConvolution: Encoder {
  public typealias Input = PaddedIDs
  public typealias Output = Vectors
  public static let type: StageType = "word-convolution"
  public static let summary = "A convolution over words, and of each filter its largest value."

  public struct Configuration: StageConfiguration {
    public var embedding = 64
    public var filters = 100
    public var window = 3
    public init() {}
    public static let settings: [Setting<Self>] = [
      Setting("embedding", \.embedding, in: 1...4096, "Floats E a word."),
      Setting("filters", \.filters, in: 1...4096, "Filters F: the width of the vector."),
      Setting("window", \.window, in: 1...15, "Words K that a filter sees at once."),
    ]
  }

  /// The optimiser changes it between steps.
  public var state: Parameters
  private let settings: Configuration

  /// - Throws: `StateError` if the parameters do not fit the settings and the vocabulary.
  public init(_ configuration: Configuration, state: Parameters, _ context: StageContext) throws {
    settings = configuration
    self.state = Parameters(try Self.shapes(configuration, context.input).map { ($0, try state.tensor($0, shape: $1)) })
  }

  public static func initialParameters(
    _ configuration: Configuration, input: ValueShape, _ generator: inout some RandomNumberGenerator
  ) throws -> Parameters {
    let shapes = try shapes(configuration, input)
    let (embedding, weight, bias) = (shapes[0].1, shapes[1].1, shapes[2].1)
    return Parameters([
      // A step sees few of its rows: its gradient comes by row.
      ("embedding", Initializers.uniform(embedding, limit: 0.05, isRowSparse: true, &generator)),
      ("weight", Initializers.glorotUniform(weight, inputs: weight[1], outputs: weight[0], &generator)),
      ("bias", Parameters.Tensor(zeros: bias)),
    ])
  }

  private static func shapes(_ configuration: Configuration, _ input: ValueShape) throws -> [(String, [Int])] {
    guard let words = input.vocabularySize else { throw StateError.unknownShape("how many words there are") }
    return [
      ("embedding", [words, configuration.embedding]),
      ("weight", [configuration.filters, configuration.window * configuration.embedding]),
      ("bias", [configuration.filters]),
    ]
  }

  public func outputShape(for input: ValueShape) -> ValueShape { ValueShape(width: settings.filters) }

  public func process(_ input: PaddedIDs) -> Vectors { vectors(input).output }

  public func forward(_ input: PaddedIDs, _ pass: TrainingPass) -> (output: Vectors, pullback: Pullback) {
    let (output, places) = vectors(input)
    return (
      output,
      { [settings, state] outputGradient, gradients in
        let (e, f, k) = (settings.embedding, settings.filters, settings.window)
        let (embedding, weight) = (state.tensors[0].values, state.tensors[1].values)
        for record in 0..<input.count {
          let ids = Array(input.ids(of: record))
          // Of the record's words, where they stand.
          var words = [Float](repeating: 0, count: ids.count * e)
          for filter in 0..<f {
            // Where the largest value is 0, a small change of anything changes nothing.
            guard let place = places[record * f + filter] else { continue }
            let gradient = outputGradient[record * f + filter]
            gradients.withDense(2) { $0[filter] += gradient }
            gradients.withDense(1) { weightGradient in
              for t in 0..<min(k, ids.count - place) {
                let (row, column) = (Int(ids[place + t]) * e, (filter * k + t) * e)
                for i in 0..<e {
                  weightGradient[column + i] += gradient * embedding[row + i]
                  words[(place + t) * e + i] += gradient * weight[column + i]
                }
              }
            }
          }
          gradients.withRows(0) { rows in
            for (t, id) in ids.enumerated() { rows.add(words[t * e..<(t + 1) * e], to: id) }
          }
        }
        return NoGradient()
      }
    )
  }

  /// The vectors, and for each of their numbers the place in its record that it comes from; nil where it is 0.
  private func vectors(_ input: PaddedIDs) -> (output: Vectors, places: [Int?]) {
    let (e, f, k) = (settings.embedding, settings.filters, settings.window)
    let (embedding, weight, bias) = (state.tensors[0].values, state.tensors[1].values, state.tensors[2].values)
    var values = [Float](repeating: 0, count: input.count * f)
    var places = [Int?](repeating: nil, count: input.count * f)
    for record in 0..<input.count {
      let ids = Array(input.ids(of: record))
      guard !ids.isEmpty else { continue }
      for place in 0...max(0, ids.count - k) {
        for filter in 0..<f {
          var sum = bias[filter]
          for t in 0..<min(k, ids.count - place) {
            let (row, column) = (Int(ids[place + t]) * e, (filter * k + t) * e)
            for i in 0..<e { sum += weight[column + i] * embedding[row + i] }
          }
          if sum > values[record * f + filter] {
            values[record * f + filter] = sum
            places[record * f + filter] = place
          }
        }
      }
    }
    return (Vectors(values: values, width: f, count: input.count), places)
  }
}
