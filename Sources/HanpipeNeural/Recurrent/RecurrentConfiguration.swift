public import HanpipeCore

/// The settings of `lstm`, `gru` and `rnn`.
public struct RecurrentConfiguration: StageConfiguration {
  public enum Output: String, CaseIterable, Sendable, SettingValue { case last, sequence }
  /// Of what a step multiplies; see `hp_precision`.
  public enum Precision: String, CaseIterable, Sendable, SettingValue { case float32, bf16, int8 }
  public enum Recomputation: String, CaseIterable, Sendable, SettingValue { case automatic, always, never }

  public var units = 128
  public var embedding = 128
  public var layers = 1
  public var bidirectional = false
  public var dropout = 0.0
  public var output = Output.last
  public var precision = Precision.float32
  public var recompute = Recomputation.automatic
  public var gradientWindow: Int?
  public init() {}

  public static let settings: [Setting<Self>] = [
    Setting("units", \.units, in: 1...8192, "Width H of the hidden state of each direction."),
    Setting(
      "embedding", \.embedding, in: 1...8192,
      "Width E of the vector learned for each word; not used where the stage before gives a sequence."),
    Setting("layers", \.layers, in: 1...16, "Layers, each reading the steps of the one below."),
    Setting("bidirectional", \.bidirectional, "Also read from the last step to the first; doubles the output's width."),
    Setting(
      "dropout", \.dropout, in: 0...0.95,
      "Share of each layer's inputs set to zero while training, drawn anew for each step; the others grow to match."),
    Setting(
      "output", \.output, "\"last\": the state after the last step (and, backward, after the first); \"sequence\": all."),
    Setting(
      "precision", \.precision,
      "Of the products that each step computes when a model answers: less is faster, and moves probabilities a little (for LSTM "
        + "and GRU by less than 0.01 on reviews). Training, and the stored weights, are float32."),
    Setting(
      "recompute", \.recompute,
      "Whether training computes steps again for the way back (less memory, more time) or keeps them; the weights are the same. "
        + "\"automatic\": where a batch is long."),
    Setting(
      "gradientWindow", \.gradientWindow, in: 1...1_000_000,
      "Truncated backpropagation through time: gradients stay within a window of so many steps. "
        + "Windows are counted back from the last step read."),
  ]

  /// Without what training alone does: nothing dropped, no gradient cut off.
  var exact: RecurrentConfiguration {
    var result = self
    (result.dropout, result.gradientWindow) = (0, nil)
    return result
  }

  var directions: Int { bidirectional ? 2 : 1 }
  /// Floats of a row of the output.
  var outputWidth: Int { units * directions }
}
