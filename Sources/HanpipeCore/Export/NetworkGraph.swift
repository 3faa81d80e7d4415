/// A network as operators between named tensors, in the terms of ONNX (https://onnx.ai/onnx/operators), opset 17: what another program
/// can compute that knows nothing of hanpipe.
///
/// A value: stages add their operators to it, and nothing is written before it is whole.
public struct NetworkGraph: Sendable {
  /// The version of the operators' meanings.
  public static let opset = 17

  /// ONNX's numbers (`TensorProto.DataType`).
  public enum ElementType: Int, Sendable {
    case float32 = 1
    case int32 = 6
    case int64 = 7
    case bool = 9
  }

  public enum Attribute: Sendable, Equatable {
    case integer(Int)
    case integers([Int])
    case string(String)
  }

  public struct Node: Sendable, Equatable {
    public let name: String
    /// The operator's name: `"LSTM"`.
    public let type: String
    /// `""` stands for an input that is left out.
    public let inputs: [String]
    public let outputs: [String]
    public let attributes: [(name: String, value: Attribute)]
    public static func == (a: Self, b: Self) -> Bool {
      a.name == b.name && a.type == b.type && a.inputs == b.inputs && a.outputs == b.outputs
        && a.attributes.elementsEqual(b.attributes) { $0 == $1 }
    }
  }

  /// How many there are of one axis.
  public enum Dimension: Sendable, Equatable {
    case count(Int)
    /// Known when the network runs; the same where the name is the same.
    case named(String)
  }

  /// What goes in or comes out.
  public struct Port: Sendable, Equatable {
    public let name: String
    public let type: ElementType
    public let shape: [Dimension]
  }

  /// Floats of a constant, which are read when they are written: a graph holds no copy of weights.
  public enum Piece: Sendable {
    case part(of: Parameters.Tensor, Range<Int>)
    case values([Float])
    public var count: Int {
      switch self {
      case .part(_, let range): range.count
      case .values(let values): values.count
      }
    }
  }

  public struct Constant: Sendable {
    public enum Content: Sendable {
      /// One after the other.
      case floats([Piece])
      case integers([Int64])
    }
    public let name: String
    public let shape: [Int]
    public let content: Content
  }

  public private(set) var nodes: [Node] = []
  public private(set) var constants: [Constant] = []
  public private(set) var inputs: [Port] = []
  public private(set) var outputs: [Port] = []
  /// What stands before the names of new nodes and weights, so that they tell their stage.
  public var scope = ""
  /// Names of constants and nodes that several stages ask for, by what they are.
  private var shared: [String: String] = [:]

  public init() {}

  // MARK: Building

  /// Adds an operator with one output.
  /// - Parameters:
  ///   - name: of the output; nil for one that nobody outside needs to know.
  /// - Returns: the output's name.
  @discardableResult
  public mutating func add(
    _ type: String, _ inputs: [String], _ attributes: [(name: String, value: Attribute)] = [], as name: String? = nil
  ) -> String {
    let output = name ?? "\(scope)\(type)_\(nodes.count)"
    nodes.append(Node(name: "\(scope)\(type)_\(nodes.count)_node", type: type, inputs: inputs, outputs: [output], attributes: attributes))
    return output
  }

  /// Adds an operator with several outputs, whose names are given back; those behind the last one that is wanted are left out.
  public mutating func add(
    _ type: String, _ inputs: [String], _ attributes: [(name: String, value: Attribute)] = [], outputs: Int
  ) -> [String] {
    let names = (0..<outputs).map { "\(scope)\(type)_\(nodes.count)_\($0)" }
    nodes.append(Node(name: "\(scope)\(type)_\(nodes.count)_node", type: type, inputs: inputs, outputs: names, attributes: attributes))
    return names
  }

  /// What `make` adds, or what it added when it was first asked for by this key.
  public mutating func once(_ key: String, _ make: (inout NetworkGraph) -> String) -> String {
    if let known = shared[key] { return known }
    let name = make(&self)
    shared[key] = name
    return name
  }

  /// Learned floats under the name that the stage knows them by.
  /// - Precondition: the pieces fill `shape`.
  public mutating func weights(_ name: String, _ shape: [Int], _ pieces: [Piece]) -> String {
    precondition(pieces.reduce(0) { $0 + $1.count } == shape.reduce(1, *), "\(name): pieces that do not fill \(shape)")
    let name = "\(scope)\(name)"
    constants.append(Constant(name: name, shape: shape, content: .floats(pieces)))
    return name
  }

  /// All floats of a tensor, in its shape.
  public mutating func weights(_ name: String, _ tensor: Parameters.Tensor) -> String {
    weights(name, tensor.shape, [.part(of: tensor, 0..<tensor.count)])
  }

  /// One float, without an axis.
  public mutating func number(_ value: Float) -> String {
    once("float \(value)") { graph in
      graph.constants.append(Constant(name: "constant_\(graph.constants.count)", shape: [], content: .floats([.values([value])])))
      return graph.constants[graph.constants.count - 1].name
    }
  }

  /// One integer (int64), without an axis.
  public mutating func integer(_ value: Int) -> String { integers([value], shape: []) }

  /// A row of integers (int64): axes, a shape.
  public mutating func integers(_ values: [Int]) -> String { integers(values, shape: [values.count]) }

  private mutating func integers(_ values: [Int], shape: [Int]) -> String {
    once("int64 \(shape) \(values)") { graph in
      let name = "constant_\(graph.constants.count)"
      graph.constants.append(Constant(name: name, shape: shape, content: .integers(values.map(Int64.init))))
      return name
    }
  }

  /// An input of the network, declared when it is first asked for.
  public mutating func input(_ name: String, _ type: ElementType, _ shape: [Dimension]) -> String {
    if !inputs.contains(where: { $0.name == name }) { inputs.append(Port(name: name, type: type, shape: shape)) }
    return name
  }

  /// Makes the tensor of this name an output of the network.
  public mutating func output(_ name: String, _ type: ElementType = .float32, _ shape: [Dimension]) {
    outputs.append(Port(name: name, type: type, shape: shape))
  }
}
