public import HanpipeCore

/// How the learning rate changes while training: a value of a spec's `"schedule"`.
public protocol ScheduleRule: SettingsObject {
  /// The value of `"type"`.
  static var type: String { get }
  /// - Parameter epoch: from 0; a fraction stands inside an epoch.
  func rate(base: Double, epoch: Double) -> Double
}

/// The same rate always.
public struct ConstantSchedule: ScheduleRule {
  public static let type = "constant"
  public init() {}
  public static var settings: [Setting<Self>] { [] }
  public func rate(base: Double, epoch: Double) -> Double { base }
}

/// base·factor^⌊epoch/every⌋.
public struct StepSchedule: ScheduleRule {
  public static let type = "step"
  public var every = 10
  public var factor = 0.5
  public init() {}
  public static let settings: [Setting<Self>] = [
    Setting("every", \.every, in: 1...1_000_000, "Epochs from one change to the next."),
    Setting("factor", \.factor, in: 0...1, "What a change multiplies the rate by."),
  ]
  public func rate(base: Double, epoch: Double) -> Double {
    base * Mathematics.power(factor, (epoch / Double(every)).rounded(.down))
  }
}

/// base·factor^epoch.
public struct ExponentialSchedule: ScheduleRule {
  public static let type = "exponential"
  public var factor = 0.95
  public init() {}
  public static let settings: [Setting<Self>] = [
    Setting("factor", \.factor, in: 0...1, "What an epoch multiplies the rate by.")
  ]
  public func rate(base: Double, epoch: Double) -> Double { base * Mathematics.power(factor, epoch) }
}

/// minimum + (base − minimum)·(1 + cos(π·epoch/epochs))/2, then the minimum: Loshchilov & Hutter 2017, arXiv:1608.03983, without
/// restarts; after `warmUp` epochs in which it rises from `start`·base.
public struct CosineSchedule: ScheduleRule {
  public static let type = "cosine"
  public var epochs = 10
  public var minimum = 0.0
  public var warmUp = 0
  public var start = 0.1
  public init() {}
  public static let settings: [Setting<Self>] = [
    Setting("epochs", \.epochs, in: 1...1_000_000, "Epochs from the full rate to the minimum."),
    Setting("minimum", \.minimum, in: 0...10, "The rate at the end."),
    Setting("warmUp", \.warmUp, in: 0...1_000_000, "Epochs before, in which the rate rises to the full one."),
    Setting("start", \.start, in: 0...1, "Share of the full rate with which the warm-up begins."),
  ]
  public func rate(base: Double, epoch: Double) -> Double {
    if epoch < Double(warmUp) { return linear(base, start, epoch / Double(warmUp)) }
    let part = min(1, (epoch - Double(warmUp)) / Double(epochs))
    return minimum + (base - minimum) * (1 + Mathematics.cosine(.pi * part)) / 2
  }
}

/// From start·base to base in a straight line, then base.
public struct WarmUpSchedule: ScheduleRule {
  public static let type = "warm-up"
  public var epochs = 5
  public var start = 0.1
  public init() {}
  public static let settings: [Setting<Self>] = [
    Setting("epochs", \.epochs, in: 1...1_000_000, "Epochs until the full rate."),
    Setting("start", \.start, in: 0...1, "Share of the full rate with which it begins."),
  ]
  public func rate(base: Double, epoch: Double) -> Double { linear(base, start, min(1, epoch / Double(epochs))) }
}

private func linear(_ base: Double, _ start: Double, _ part: Double) -> Double { base * (start + (1 - start) * part) }

/// The value of `"schedule"`: `{"type": "cosine", "epochs": 20}`, or just `"constant"`.
public struct ScheduleSettings: SettingValue, Equatable {
  public let rule: any ScheduleRule
  public init(_ rule: any ScheduleRule = ConstantSchedule()) { self.rule = rule }

  private static let known: [any ScheduleRule.Type] = [
    ConstantSchedule.self, StepSchedule.self, ExponentialSchedule.self, CosineSchedule.self, WarmUpSchedule.self,
  ]
  public static var noun: String { typedNoun(known.map { $0.type }) }
  public static var schema: JSON { typedSchema(known.map { ($0.type, $0) }) }
  public static func decode(_ json: JSON, at path: SpecPath) throws(SpecError) -> ScheduleSettings {
    let settings = try decodeTyped(json, at: path, noun: noun, known.map { ($0.type, $0) })
    guard let rule = settings as? any ScheduleRule else { throw .badValue(path, found: json.description, allowed: noun) }
    return ScheduleSettings(rule)
  }
  public var json: JSON { typedJSON(type(of: rule).type, rule) }
  public static func == (a: Self, b: Self) -> Bool { a.json == b.json }
}
