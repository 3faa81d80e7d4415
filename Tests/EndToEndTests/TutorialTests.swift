import Glibc
import HanpipeCore
import Testing

/// The example that hanpipe comes from, to the letter: 100 epochs of an LSTM with 128 units on two sentences.
@Suite(.enabled(if: isSlow, "slow: set HANPIPE_SLOW_TESTS=1"))
struct TutorialTests {
  @Test(arguments: [42, 7])
  func `after its hundred epochs the two sentences are told apart`(_ seed: Int) throws {
    let workspace = Workspace()
    let trained = try Tool.run(
      [
        "train", "pipelines/tutorial.json", "--data", "pipelines/tutorial.tsv", "--model", workspace["model"], "--seed", "\(seed)",
        "-q",
      ],
      in: Tool.packageRoot, timeout: .seconds(300))
    #expect(trained == .success(""))
    let answers = try workspace.run(["classify", "--model", "model"], input: "我喜欢吃苹果\n我不喜欢吃苹果\n").json()
    #expect(answers.map { $0["label"]?.stringValue } == ["1", "0"])
    let ones = answers.compactMap { $0["probabilities"]?["1"]?.doubleValue }
    #expect(ones.count == 2)
    #expect(ones[0] > 0.9, "\(ones)")
    #expect(ones[1] < 0.1, "\(ones)")
  }
}
