internal import HanpipeCore

/// The way forward of training.
///
/// Steps are computed in segments of about √T. What the way back needs of a segment is kept, or only the state that it begins
/// with, and then it is computed again: gradient checkpointing (Chen et al. 2016, arXiv:1604.06174; for recurrent networks Gruslys
/// et al. 2016, arXiv:1606.03401). Both ways sum gradients segment by segment, and so give the same bits.
extension RecurrentNetwork {
  /// What the way back needs of one layer.
  struct LayerRecord {
    /// Rows of the layer's inputs, before dropout.
    let inputs: Matrix
    /// By direction: for each of its rows of the layout the row of `inputs`; nil: the same.
    let rows: [RowIndices?]
    let mask: DropoutMask?
    /// Products of all rows of `inputs`, by direction, where steps share them: words that repeat, and no dropout, which differs
    /// from step to step. Others are computed with each segment.
    let products: [Matrix]?
    /// For each row of the layout what its products are multiplied by, which then lack the bias; nil: nothing.
    let factors: [Float]?
    /// By direction and segment.
    var segments: [[Segment]] = []
  }

  /// What the way back needs of the steps of a segment.
  enum Segment {
    case kept(SegmentTrace)
    /// To be computed again from this state (nil: from the beginning).
    case start(CellState?)
  }

  /// What the way back needs of a batch.
  struct Record {
    let layout: StepLayout
    /// Steps that are computed together.
    let segments: [Range<Int>]
    /// By direction: for each of its rows the row of the forward one; nil: the same.
    let orders: [RowIndices?]
    /// By direction: for each of its rows the step's place in the batch.
    let sources: [RowIndices]
    let isKept: Bool
    let window: Int?
    var layers: [LayerRecord] = []
    /// The words that the rows of the first layer's inputs stand for; empty for an input of rows.
    var ids: [Int32] = []

    init(_ starts: [Int], directions: Int, isKept: (_ rows: Int) -> Bool, window: Int?) {
      layout = StepLayout(starts: starts)
      segments = layout.segments
      let source = layout.sourceRows(starts)
      let reversed = directions == 2 ? layout.reversedRows() : nil
      orders = [nil, reversed].prefix(directions).map { $0 }
      sources = [source] + (reversed.map { [source.reordered(by: $0)] } ?? [])
      self.isKept = isKept(layout.rowCount)
      self.window = window
    }
  }

  /// Bytes of a shard's traces from which they are computed again rather than kept.
  static let keptBytes = 32 << 20

  /// Like `encode`, keeping what `backward` needs. The whole batch (a shard of one) is computed together.
  /// - Parameter factors: by which each record's words' vectors are multiplied, of an input of ids without dropout; nil: not.
  func forward(
    _ input: RecurrentSteps, embedding: Parameters.Tensor, isSequence: Bool, _ configuration: RecurrentConfiguration,
    _ pass: TrainingPass, factors: [Float]? = nil
  ) -> (output: [Float], record: Record) {
    let starts = input.starts
    var record = Record(
      starts, directions: directions, isKept: { keepsTraces(configuration.recompute, rows: $0) },
      window: configuration.gradientWindow)
    let count = isSequence ? starts.last ?? 0 : starts.count - 1
    let output = FloatBuffer.makeArray(count: count * outputWidth) { buffer in
      let output = Matrix(buffer, rows: count, columns: outputWidth)
      var states: Matrix?  // of all steps of the layer below, forward order, directions side by side
      for layer in cells.indices {
        let isTop = layer == cells.count - 1
        addLayer(layer, input, below: states, embedding, dropout: Float(configuration.dropout), &record, pass, layer == 0 ? factors : nil)
        let next = isTop ? nil : Matrix(rows: record.layout.rowCount, columns: outputWidth)
        for direction in 0..<directions {
          let columns = direction * units..<(direction + 1) * units
          let segments = run(layer, direction, record) { trace in
            if let next {
              writeSteps(trace, to: next.columns(columns), record.orders[direction], record.layout)
            } else if isSequence {
              writeSteps(trace, to: output.columns(columns), record.sources[direction], record.layout)
            } else {
              writeLast(trace, to: output.columns(columns), record.layout)
            }
          }
          record.layers[layer].segments.append(segments)
        }
        states = next
      }
      if !isSequence { clearEmpty(output, record.layout) }
    }
    return (output, record)
  }

  private func keepsTraces(_ recompute: RecurrentConfiguration.Recomputation, rows: Int) -> Bool {
    switch recompute {
    case .always: return false
    case .never: return true
    case .automatic:
      let floats = cells.joined().reduce(0) { $0 + $1.stateWidth + $1.memoryWidth + $1.gatesWidth }
      return 4 * floats * rows <= Self.keptBytes
    }
  }

  // MARK: Inputs

  /// - Parameter states: what the layer below gives; nil for the first.
  private func addLayer(
    _ layer: Int, _ input: RecurrentSteps, below states: Matrix?, _ embedding: Parameters.Tensor, dropout: Float,
    _ record: inout Record, _ pass: TrainingPass, _ factors: [Float]?
  ) {
    let (inputs, rows) = states.map { ($0, nil) } ?? firstInputs(input, embedding, &record)
    let mask =
      dropout > 0 ? DropoutMask(record.layout, columns: inputs.columns, rate: dropout, layer: layer, pass) : nil
    record.layers.append(
      LayerRecord(
        inputs: inputs, rows: record.orders.map { order in rows.map { rows in order.map(rows.reordered) ?? rows } ?? order },
        mask: mask, products: rows != nil && mask == nil ? products(layer, of: inputs, hasBias: factors == nil) : nil,
        factors: factors.map(record.layout.spread)))
  }

  /// The rows that the first layer reads: one for each different word, or one for each row of the layout.
  private func firstInputs(_ input: RecurrentSteps, _ embedding: Parameters.Tensor, _ record: inout Record) -> (Matrix, RowIndices?)
  {
    let source = record.sources[0]
    switch input {
    case .rows(let values, _, let width):
      let steps = Matrix(rows: source.count, columns: width)
      steps.gather(from: values, source)
      return (steps, nil)
    case .ids(let ids, _):
      let distinct = DistinctIDs(source.values.map { ids[Int($0)] }, limit: embedding.count / inputWidth)
      record.ids = distinct.ids
      return (embed(distinct, embedding), distinct.rows)
    }
  }

  /// What a direction of a layer reads in some rows of the layout, dropout applied.
  func inputs(_ layer: Int, _ direction: Int, _ rows: Range<Int>, _ record: Record) -> Matrix {
    let saved = record.layers[layer]
    if saved.rows[direction] == nil, saved.mask == nil { return saved.inputs[rows] }
    let inputs = Matrix(rows: rows.count, columns: saved.inputs.columns)
    if let places = saved.rows[direction] {
      inputs.gather(from: saved.inputs, places[rows])
    } else {
      inputs.copy(from: saved.inputs[rows])
    }
    saved.mask?.apply(to: inputs, rows: rows, order: record.orders[direction])
    return inputs
  }

  // MARK: Steps

  /// Computes a direction of a layer, and says what came of each segment.
  private func run(_ layer: Int, _ direction: Int, _ record: Record, _ write: (SegmentTrace) -> Void) -> [Segment] {
    let layout = record.layout
    var state: CellState?
    var segments: [Segment] = []
    for steps in record.segments {
      let trace = trace(layer, direction, steps, from: state, record)
      write(trace)
      segments.append(record.isKept ? .kept(trace) : .start(state))
      guard steps.upperBound < layout.stepCount else { break }
      let end = trace.state(after: steps.upperBound - 1, layout, count: layout.active[steps.upperBound])
      state = record.isKept ? end : end.copied()
    }
    return segments
  }

  /// Computes a segment of one direction.
  func trace(_ layer: Int, _ direction: Int, _ steps: Range<Int>, from start: CellState?, _ record: Record) -> SegmentTrace {
    let cell = cells[layer][direction]
    let saved = record.layers[layer]
    let products: SegmentTrace.Products
    if let shared = saved.products, let factors = saved.factors, let places = saved.rows[direction] {
      // (W·x)·α + b is W·(x·α) + b, and W·x is the same for all factors.
      let rows = record.layout.rows(steps)
      let scaled = Matrix(rows: rows.count, columns: cell.productWidth)
      scaled.fillRows(with: cell.input.bias)
      for (i, row) in rows.enumerated() {
        kernels.addScaled(factors[row], row: Int(places.values[row]), of: shared[direction], toRow: i, of: scaled)
      }
      products = SegmentTrace.Products(matrix: scaled, rows: nil)
    } else if let shared = saved.products {
      products = SegmentTrace.Products(matrix: shared[direction], rows: saved.rows[direction])
    } else {
      let inputs = inputs(layer, direction, record.layout.rows(steps), record)
      products = SegmentTrace.Products(cell, of: inputs)
    }
    return SegmentTrace(cell, record.layout, steps, from: start, products)
  }

  // MARK: States to rows

  /// - Parameter order: for each row of the layout the one of `target`; nil: the same.
  private func writeSteps(_ trace: SegmentTrace, to target: Matrix, _ order: RowIndices?, _ layout: StepLayout) {
    let rows = layout.rows(trace.steps)
    let states = trace.hidden.columns(0..<units)
    if let order { states.scatter(to: target, order[rows]) } else { target[rows].copy(from: states) }
  }
  /// The states of the records whose last step is among the trace's. target: a row a record.
  private func writeLast(_ trace: SegmentTrace, to target: Matrix, _ layout: StepLayout) {
    for slot in 0..<layout.active[trace.steps.lowerBound] where layout.lengths[slot] <= trace.steps.upperBound {
      let row = trace.rows(layout.lengths[slot] - 1, layout).lowerBound + slot
      let record = layout.records[slot]
      target[record..<record + 1].copy(from: trace.hidden[row..<row + 1].columns(0..<units))
    }
  }
  /// A record without steps has zeros.
  private func clearEmpty(_ target: Matrix, _ layout: StepLayout) {
    for (slot, record) in layout.records.enumerated() where layout.lengths[slot] == 0 { target[record..<record + 1].clear() }
  }
}
