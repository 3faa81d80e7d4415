import HanpipeCore
import HanpipeNeural

/// What the processor's float32 units do at most, as the bound of the other figures.
public enum PeakRate {
  /// The instruction set that hanpipe's kernels use here: `portable`, `avx2`, `avx512`.
  public static var instructionSet: String { "\(Kernels.best)" }

  /// Floating-point operations a second (2 a multiply-add) of independent chains in registers: the best run, since anything
  /// that disturbs only takes away.
  public static func measure(threads: Int, _ repetition: Repetition) throws -> Double {
    // About 2 ms on a core of 100 GFLOP/s: long beside the start of a thread.
    let rounds = 40_000
    var operations = 0.0
    let seconds = try secondsOfRuns(repetition) {
      operations = try concurrentMap(threads, threads: threads) { _ in
        let result = Kernels.best.multiplyAddChains(rounds: rounds)
        guard result.sum == 24 else { throw LostWork(expected: 24, found: Double(result.sum), what: "sum of the chains") }
        return result.operations
      }.reduce(0, +)
    }
    return operations / (seconds.min() ?? .infinity)
  }
}

/// Work whose result is not what it must be: its time means nothing.
public struct LostWork: Error, CustomStringConvertible {
  public let expected: Double
  public let found: Double
  public let what: String
  public var description: String { "the \(what) is \(found), expected \(expected): the figure would mean nothing" }
}
