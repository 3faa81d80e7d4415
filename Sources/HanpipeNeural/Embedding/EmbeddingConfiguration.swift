public import HanpipeCore

/// The settings of `embedding`.
public struct EmbeddingConfiguration: StageConfiguration {
  public enum Output: String, CaseIterable, Sendable, SettingValue { case sequence, mean, normalized }
  public var width = 128
  public var output = Output.sequence
  public var scale = 1.0
  public var dropout = 0.0
  public init() {}
  public static let settings: [Setting<Self>] = [
    Setting("width", \.width, in: 1...8192, "Floats of the vector learned for each id."),
    Setting(
      "output", \.output,
      "\"sequence\": for each step the sum over its ids; \"mean\": for each record the mean over all ids; \"normalized\": for each record the "
        + "sum over its different ids, each times 1 + ln(how often it stands there), divided by the length of the vector of these counts."),
    Setting(
      "scale", \.scale, in: 1e-6...1e6,
      "What the output is multiplied by. Under Adam, a larger one lets vectors learn faster: those of rare ids move in few steps."),
    Setting(
      "dropout", \.dropout, in: 0...0.95, "Share of the ids that are left out while training, drawn anew each time; the others grow to match."),
  ]
}
