import HanpipeCore
import HanpipeNeural

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file of Tests/Fixtures, made by PyTorch or Keras; see its README.
struct Fixture {
  let json: JSON

  init(_ name: String, file: String = #filePath) throws {
    let folder = file.split(separator: "/").dropLast(2).joined(separator: "/")
    let path = "/\(folder)/Fixtures/\(name).json"
    guard let stream = fopen(path, "rb") else { throw StateError.missing(path) }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&part, 1, part.count, stream), count > 0 { bytes += part[..<count] }
    json = try JSON(parsing: bytes)
  }
}

extension JSON {
  /// All numbers in it, in order.
  var numbers: [Double] { arrayValue.map { $0.flatMap(\.numbers) } ?? doubleValue.map { [$0] } ?? [] }
  var tensor: Parameters.Tensor {
    Parameters.Tensor(shape: self["shape"]?.numbers.map { Int($0) } ?? [], values: self["values"]?.numbers.map { Float($0) } ?? [])
  }
}

extension Parameters {
  /// Those of `object` whose name begins with `prefix`, without it; or those that begin with none of `excluding`.
  init(_ object: JSON?, prefix: String = "", excluding: [String] = []) {
    let members = object?.objectValue?.members ?? []
    self.init(
      members.filter { member in
        member.key.hasPrefix(prefix) && !excluding.contains { member.key.hasPrefix($0) }
      }.map { (String($0.key.dropFirst(prefix.count)), $0.value.tensor) })
  }
}

extension Gradients.Tensor {
  /// Written out, for `count` floats.
  func dense(_ count: Int) -> [Float] {
    switch self {
    case .dense(let values): return values
    case .rows(let rows):
      var result = [Float](repeating: 0, count: count)
      for (row, id) in rows.ids.enumerated() {
        for i in 0..<rows.width { result[Int(id) * rows.width + i] = rows.values[row * rows.width + i] }
      }
      return result
    }
  }
}

/// The largest difference, relative above 1.
func difference(_ a: [Float], _ b: [Double]) -> Double {
  a.count == b.count ? zip(a, b).reduce(0) { max($0, abs(Double($1.0) - $1.1) / max(1, abs($1.1))) } : .infinity
}

func ids(_ records: [[Int32]], side: Side = .post, steps: Int? = nil) -> PaddedIDs {
  PaddedIDs(TokenIDs(records), steps: steps, side: side)
}

/// Ragged records: empty, short, long, equal lengths, repeated words.
let ragged: [[Int32]] = [[4, 2, 7], [], [3, 8, 3, 5, 2, 6], [5], [2, 2, 6, 8], [1, 1, 1], [5], []]

func sequences(_ lengths: [Int], width: Int, seed: UInt64 = 3) -> Sequences {
  var generator = SeededGenerator(seed: seed)
  let starts = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
  let values = (0..<(starts.last ?? 0) * width).map { _ in 2 * generator.uniform() - 1 }
  return Sequences(values: values, starts: starts, width: width)
}

func configuration(
  units: Int = 5, embedding: Int = 4, layers: Int = 1, bidirectional: Bool = false, dropout: Double = 0,
  output: RecurrentConfiguration.Output = .last
) -> RecurrentConfiguration {
  var result = RecurrentConfiguration()
  result.units = units
  result.embedding = embedding
  result.layers = layers
  result.bidirectional = bidirectional
  result.dropout = dropout
  result.output = output
  return result
}

/// An encoder with parameters of its own, larger than at the start of a training.
func encoder<Cell: RecurrentCell, Input: RecurrentInput, Output: RecurrentOutput>(
  _: Cell.Type, _: Input.Type, _: Output.Type, _ configuration: RecurrentConfiguration,
  shape: ValueShape = ValueShape(vocabularySize: 9, width: 4), seed: UInt64 = 5, scale: Float = 0.5
) throws -> RecurrentEncoder<Cell, Input, Output> {
  var generator = SeededGenerator(seed: seed)
  var state = try RecurrentEncoder<Cell, Input, Output>.initialParameters(configuration, input: shape, &generator)
  for i in state.tensors.indices {
    for j in state.tensors[i].values.indices { state.tensors[i].values[j] = (2 * generator.uniform() - 1) * scale }
  }
  return try RecurrentEncoder(configuration, state: state, .input(shape))
}
