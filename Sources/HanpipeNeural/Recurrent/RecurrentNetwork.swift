internal import HanpipeCore

/// The layers of a recurrent encoder with their weights prepared for the kernels, once for each state.
///
/// It keeps no reference to the parameters' arrays, which the optimiser could then not change in place: the embedding is passed in.
struct RecurrentNetwork: Sendable {
  /// Records computed together. At H = 128 their states (192 KB) and the weights (256 KB) stay in L2 together; with 64, 96, 128,
  /// 256 it were 689, 701, 707, 694 thousand tokens a second of processor time (AVX-512, batches of 1,024). Of fewer units as many more
  /// records take no more: the last steps of the longest then fill tiles better.
  var chunk: Int { min(256, max(128, 128 * 128 / units)) }

  let kernels: Kernels
  /// cells[layer][direction]; direction 1 goes backward.
  let cells: [[any Cell]]
  let units: Int
  /// Floats of a step of the input: E, or the width of the sequence.
  let inputWidth: Int
  /// W and b of words' vectors, by direction: the first layer's, but for `Words` that stand beside other inputs.
  private let wordInputs: [InputWeights]
  /// Products of whole words; nil if there is no embedding, or while training.
  let table: ProductTable?

  /// The words that a network reads when a model answers.
  struct Words {
    /// V.
    let size: Int
    /// Bytes that the table of their products may take.
    let budget: Int
    /// The columns of a step that their vectors take, beside which each step has floats of its own; nil: all.
    var columns: Range<Int>?
    /// What their vectors are multiplied by.
    var scale: Float = 1
  }

  var directions: Int { cells[0].count }
  var outputWidth: Int { units * directions }

  /// - Parameters:
  ///   - inputWidth: of all columns of a step.
  ///   - words: if a table of their products is wanted.
  init(
    _ kernels: Kernels, _ configuration: RecurrentConfiguration, _ cell: any Cell.Type, inputWidth: Int,
    tensors: ArraySlice<Parameters.Tensor>, isTraining: Bool, words: Words?
  ) {
    self.kernels = kernels
    self.inputWidth = words?.columns?.count ?? inputWidth
    units = configuration.units
    var rest = tensors
    var width = inputWidth
    var cells: [[any Cell]] = []
    var wordInputs: [InputWeights] = []
    for layer in 0..<configuration.layers {
      var directions: [any Cell] = []
      for _ in 0..<configuration.directions {
        var own = Array(rest.prefix(cell.shapes(units: configuration.units, inputs: width).count))
        rest = rest.dropFirst(own.count)
        func make(inputs: Int, _ precision: RecurrentConfiguration.Precision) -> any Cell {
          cell.init(kernels, units: configuration.units, inputs: inputs, own, precision: precision, isTraining: isTraining)
        }
        var inputs = width
        if layer == 0, let words, let columns = words.columns {
          let all = own[0]
          own[0] = all.columns(Array(columns), times: words.scale)
          wordInputs.append(make(inputs: columns.count, .float32).input)
          own[0] = all.columns((0..<width).filter { !columns.contains($0) })
          inputs -= columns.count
        }
        directions.append(make(inputs: inputs, isTraining ? .float32 : configuration.precision))
      }
      cells.append(directions)
      width = configuration.outputWidth
    }
    self.cells = cells
    if wordInputs.isEmpty { wordInputs = cells[0].map(\.input) }
    self.wordInputs = wordInputs
    table = words.flatMap { [wordInputs] in ProductTable(wordInputs, vocabularySize: $0.size, budget: $0.budget) }
  }

  // MARK: Inference

  /// The encoding of a batch: a row a record, or of `.steps` a row a step; `outputWidth` floats a row.
  /// - Parameters:
  ///   - embedding: V×E; empty for an input of rows.
  ///   - states: which of the top layer's states; zeros for a record without steps.
  func encode(_ input: NetworkInput, _ states: Trace.States) -> [Float] {
    let starts = input.starts
    prepare(input)
    let sorted = StepLayout.sorted(starts)
    let rows = states == .steps ? starts.last ?? 0 : starts.count - 1
    return FloatBuffer.makeArray(count: rows * outputWidth) { buffer in
      let output = Matrix(buffer, rows: rows, columns: outputWidth)
      for start in stride(from: 0, to: sorted.count, by: chunk) {
        let layout = StepLayout(records: sorted[start..<min(start + chunk, sorted.count)], starts: starts)
        encode(layout, input, into: output, states)
      }
    }
  }

  /// Makes sure that the table has the products of all words of an input.
  func prepare(_ input: NetworkInput) {
    if case .ids(let ids, _) = input.steps { table?.prepare(ids, embedding: input.embedding, width: inputWidth) }
  }

  private func encode(_ layout: StepLayout, _ input: NetworkInput, into output: Matrix, _ states: Trace.States) {
    let source = layout.sourceRows(input.starts)
    let traces = traces(layout, input, source, keep: states)
    if states == .steps {
      write(traces, layout, to: output, source)
    } else {
      writeOne(traces, layout, to: output)
    }
  }

  /// The top layer's directions.
  /// - Parameters:
  ///   - source: `layout.sourceRows`.
  ///   - keep: of the top layer's states.
  ///   - projections: by direction, what becomes of the top layer's states.
  func traces(
    _ layout: StepLayout, _ input: NetworkInput, _ source: RowIndices, keep: Trace.States, _ projections: [StepProjection] = []
  ) -> [Trace] {
    var traces: [Trace] = []
    for layer in cells.indices {
      let isTop = layer == cells.count - 1
      let products =
        layer == 0
        ? firstProducts(input, source)
        : productsOfSteps(layer, joined(traces, layout, cells[layer - 1][0]))
      traces = run(layer, products, layout, keep: isTop ? keep : .steps, isTop ? projections : [])
    }
    return traces
  }

  /// Input products, one matrix for each direction, and the row for each row of the layout (forward order; nil: the same).
  private struct Products {
    let matrices: [Matrix]
    let rows: RowIndices?
    /// A row for each row of the layout (forward order), whose products the steps compute and add themselves.
    var inputs: Matrix?
  }

  private func firstProducts(_ input: NetworkInput, _ source: RowIndices) -> Products {
    func gathered(_ values: [Float], _ width: Int) -> Matrix {
      let steps = Matrix(rows: source.count, columns: width)
      steps.gather(from: values, source)
      return steps
    }
    switch input.steps {
    case .rows(let values, _, let width): return productsOfSteps(0, gathered(values, width))
    case .ids(let ids, _):
      var products = wordProducts(source.values.map { ids[Int($0)] }, input.embedding)
      products.inputs = input.beside.map { gathered($0.values, $0.width) }
      return products
    }
  }

  private func wordProducts(_ tokens: [Int32], _ embedding: Parameters.Tensor) -> Products {
    if let table, table.isWhole {
      return Products(matrices: table.products, rows: RowIndices(tokens, limit: table.rowCount))
    }
    let distinct = DistinctIDs(tokens, limit: embedding.count / inputWidth)
    if let table {
      return Products(matrices: table.rows(of: distinct.ids, embedding: embedding, width: inputWidth), rows: distinct.rows)
    }
    let rows = embed(distinct, embedding)
    return Products(matrices: wordInputs.map { $0.products(of: rows) }, rows: distinct.rows)
  }

  /// The embeddings of distinct ids, one a row.
  func embed(_ distinct: DistinctIDs, _ embedding: Parameters.Tensor) -> Matrix {
    let rows = Matrix(rows: distinct.ids.count, columns: inputWidth)
    rows.gather(from: embedding, RowIndices(distinct.ids, limit: embedding.count / inputWidth))
    return rows
  }

  /// Of inputs of which every row is read once: left to the steps, if the cell can.
  private func productsOfSteps(_ layer: Int, _ inputs: Matrix) -> Products {
    guard type(of: cells[layer][0]).addsInputProducts else { return Products(matrices: products(layer, of: inputs), rows: nil) }
    let biases = RowIndices([Int32](repeating: 0, count: inputs.rows), limit: 1)
    return Products(matrices: cells[layer].map(\.input.bias), rows: biases, inputs: inputs)
  }

  /// A layer's products of rows of inputs, by direction.
  func products(_ layer: Int, of inputs: Matrix, hasBias: Bool = true) -> [Matrix] {
    cells[layer].map { $0.input.products(of: inputs, hasBias: hasBias) }
  }

  /// Both directions of one layer.
  private func run(
    _ layer: Int, _ products: Products, _ layout: StepLayout, keep: Trace.States, _ projections: [StepProjection]
  ) -> [Trace] {
    cells[layer].indices.map { direction in
      Trace(
        cells[layer][direction], layout, products: products.matrices[direction],
        rows: rows(products.rows, direction, layout), inputs: products.inputs.map { inputs($0, direction, layout) }, keep: keep,
        projection: projections.isEmpty ? nil : projections[direction], kernels)
    }
  }

  /// Rows of inputs (forward order) in the order of a direction.
  private func inputs(_ inputs: Matrix, _ direction: Int, _ layout: StepLayout) -> Matrix {
    guard direction == 1 else { return inputs }
    let reversed = Matrix(rows: inputs.rows, columns: inputs.columns)
    reversed.gather(from: inputs, layout.reversedRows())
    return reversed
  }

  /// `rows` (forward order) in the order of a direction.
  private func rows(_ rows: RowIndices?, _ direction: Int, _ layout: StepLayout) -> RowIndices? {
    guard direction == 1 else { return rows }
    let reversed = layout.reversedRows()
    return rows?.reordered(by: reversed) ?? reversed
  }

  // MARK: States to rows

  /// The states of all steps, directions side by side, in the layout's forward order: rowCount×outputWidth.
  private func joined(_ traces: [Trace], _ layout: StepLayout, _ cell: any Cell) -> Matrix {
    if traces.count == 1, cell.stateWidth == units { return traces[0].hidden }
    let result = Matrix(rows: layout.rowCount, columns: outputWidth)
    for (direction, trace) in traces.enumerated() {
      let columns = result.columns(direction * units..<(direction + 1) * units)
      let states = trace.hidden.columns(0..<units)
      if direction == 0 { columns.copy(from: states) } else { states.scatter(to: columns, layout.reversedRows()) }
    }
    return result
  }

  /// The states of all steps to the batch's order.
  /// - Parameter source: `layout.sourceRows`.
  private func write(_ traces: [Trace], _ layout: StepLayout, to output: Matrix, _ source: RowIndices) {
    for (direction, trace) in traces.enumerated() {
      let columns = output.columns(direction * units..<(direction + 1) * units)
      let states = trace.hidden.columns(0..<units)
      states.scatter(to: columns, direction == 0 ? source : source.reordered(by: layout.reversedRows()))
    }
  }

  /// The one state that was kept of each record; zeros for a record without steps.
  private func writeOne(_ traces: [Trace], _ layout: StepLayout, to output: Matrix) {
    for (slot, record) in layout.records.enumerated() {
      let row = output[record..<record + 1]
      for (direction, trace) in traces.enumerated() {
        let columns = row.columns(direction * units..<(direction + 1) * units)
        if layout.lengths[slot] == 0 {
          columns.clear()
        } else {
          columns.copy(from: trace.kept(slot, layout).columns(0..<units))
        }
      }
    }
  }
}
