internal import CKernels

extension Kernels {
  /// Runs as many multiply-adds as the processor can do at once, in registers alone.
  ///
  /// - Returns: `operations`, the floating-point operations done (2 a multiply-add), and what the chains converge to, 2 for each of
  ///   the 12.
  package func multiplyAddChains(rounds: Int) -> (operations: Double, sum: Float) {
    var sum: Float = 0
    // 2 = 0.5·2 + 1: every value on the way is an ordinary number.
    let operations = hp_multiply_add_chains(isa, rounds, 0.5, 1, &sum)
    return (operations, sum)
  }
}
