public import HanpipeCore
import HanpipeNeural

extension Pipeline {
  /// Floating-point operations that the recurrent stages cannot do without, for each token; nil if there is no such stage.
  ///
  /// Recurrent products alone, 2·H·GH with G = 4 gates (LSTM), 3 (GRU) or 1: of words, the input products are looked up in a
  /// table; of an upper layer or a sequence of width E they are not, 2·E·GH more. σ, tanh and the cell's own updates are left out.
  public var recurrentOperationsPerToken: Double? {
    var sum: Double?
    for (i, link) in blueprint.links.enumerated() {
      guard let gates = ["lstm": 4, "gru": 3, "rnn": 1][link.type.rawValue] else { continue }
      guard let units = link.node["units"]?.intValue, let layers = link.node["layers"]?.intValue else { continue }
      let directions = link.node["bidirectional"]?.boolValue == true ? 2 : 1
      let input = link.factory.inputKind == PaddedIDs.kind || i == 0 ? 0 : shapes[i - 1].width ?? 0
      let inputs = input + (layers - 1) * directions * units
      sum = (sum ?? 0) + 2 * Double(gates * units * directions * (inputs + layers * units))
    }
    return sum
  }
}
