/// The weights of a linear layer, W: K×D, row by row.
public struct Projection: Sendable {
  public let weight: [Float]
  /// K.
  public let outputs: Int
  /// D.
  public let inputs: Int

  /// - Precondition: `weight` has as many floats for each of `outputs` rows.
  public init(_ weight: [Float], outputs: Int) {
    precondition(outputs > 0 && weight.count.isMultiple(of: outputs), "\(weight.count) floats for \(outputs) rows")
    (self.weight, self.outputs, inputs) = (weight, outputs, weight.count / outputs)
  }

  /// The weights of some inputs.
  public func columns(_ range: Range<Int>) -> Projection {
    precondition(range.lowerBound >= 0 && range.upperBound <= inputs, "columns \(range) of \(inputs)")
    let columns = (0..<outputs).flatMap { row in weight[row * inputs + range.lowerBound..<row * inputs + range.upperBound] }
    return Projection(columns, outputs: outputs)
  }
}

/// A stage that can give its rows x as x·Wᵀ, where that is less work than to write them.
public protocol ProjectableStage<Input>: MergingStage where Output == Sequences {
  /// x·Wᵀ for each row x of what `process` gives, to rounding.
  /// - Throws: what `process` throws.
  /// - Precondition: the projection takes rows as wide as the stage's.
  func projected(_ input: Input, by projection: Projection) throws -> Sequences
}
extension ProjectableStage {
  public func merged(with next: any Stage) -> (any Stage)? { projectedMerge(with: next) }
  /// Both as one stage, if `next` reads a projection of the rows alone.
  public func projectedMerge(with next: any Stage) -> (any Stage)? {
    func merged(_ next: some ProjectionReader) -> (any Stage)? {
      next.projection.map { ProjectedStage(stage: self, reader: next, projection: $0) }
    }
    return (next as? any ProjectionReader).flatMap { merged($0) }
  }
}

/// A stage that reads of its input's rows x nothing but x·Wᵀ.
public protocol ProjectionReader<Output>: Stage where Input == Sequences {
  /// W; nil if the rows themselves are read faster.
  var projection: Projection? { get }
  /// `process(x)`, to rounding.
  /// - Parameter products: x·Wᵀ.
  /// - Throws: what `process` throws.
  func process(products: Sequences) throws -> Output
}

/// A stage and the reader of its projection, between which the rows are never written.
struct ProjectedStage<First: ProjectableStage, Reader: ProjectionReader>: Stage {
  let stage: First
  let reader: Reader
  let projection: Projection

  func process(_ input: First.Input) throws -> Reader.Output {
    // Rows of another width are the reader's to refuse.
    guard let width = stage.outputShape(for: ValueShape()).width, width == projection.inputs else {
      return try reader.process(stage.process(input))
    }
    return try reader.process(products: stage.projected(input, by: projection))
  }
  func outputShape(for input: ValueShape) -> ValueShape { reader.outputShape(for: stage.outputShape(for: input)) }
}

extension Sequences {
  /// x·Wᵀ for each row x.
  /// - Precondition: the projection takes rows of this width.
  public func projected(by projection: Projection) -> Sequences {
    precondition(projection.inputs == width, "rows of \(width) floats for a projection of \(projection.inputs)")
    let (k, d, rows) = (projection.outputs, width, starts.last ?? 0)
    var products = [Float](repeating: 0, count: rows * k)
    if k == 4 {
      let columns = (0..<d).map { i in SIMD4<Float>((0..<4).map { projection.weight[$0 * d + i] }) }
      let (x, weights) = (values.span, columns.span)
      var target = products.mutableSpan
      for row in 0..<rows {
        var sum = SIMD4<Float>()
        for i in 0..<d { sum += weights[i] * x[row * d + i] }
        for output in 0..<4 { target[row * 4 + output] = sum[output] }
      }
    } else {
      let (x, weights) = (values.span, projection.weight.span)
      var target = products.mutableSpan
      for row in 0..<rows {
        for output in 0..<k {
          var sum: Float = 0
          for i in 0..<d { sum += weights[output * d + i] * x[row * d + i] }
          target[row * k + output] = sum
        }
      }
    }
    return Sequences(values: products, starts: starts, width: k)
  }
}
