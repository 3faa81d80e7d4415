/// When a training writes down where it stands, so that it can be continued whatever ends the process.
///
/// A checkpoint is due after a step once `interval` has passed since the last, and after an epoch unless the last one was written a
/// moment ago: writing takes a twentieth of the time at most, however short the epochs are.
public struct CheckpointSchedule: Sendable {
  /// The longest time between two; zero: after each step.
  public let interval: Duration
  /// Since the training began.
  private var last = Duration.zero
  /// How long the last one took to write.
  private var cost = Duration.zero

  /// What is lost at most, with the default.
  public static let standardInterval = Duration.seconds(60)

  public init(interval: Duration = standardInterval) { self.interval = interval }

  /// - Parameters:
  ///   - isEpochEnd: whether the step was the last of its epoch, and the epoch is closed.
  ///   - now: since the training began.
  public func isDue(isEpochEnd: Bool, now: Duration) -> Bool {
    now - last >= (isEpochEnd ? min(interval, cost * 20) : interval)
  }

  /// - Parameters:
  ///   - start: when writing began, since the training began.
  ///   - end: when it was done.
  public mutating func wrote(from start: Duration, to end: Duration) {
    last = end
    cost = end - start
  }
}
