import HanpipeCore
import Testing

@Suite struct NearestNameTests {
  @Test(arguments: [
    ("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("lstm", "lstm", 0), ("lstn", "lstm", 1), ("ltsm", "lstm", 2),
    ("padding", "pading", 1), ("我喜欢", "我不喜欢", 1), ("flaw", "lawn", 2), ("intention", "execution", 5),
  ])
  func `the distance is Levenshtein's, both ways`(a: String, b: String, distance: Int) {
    #expect(editDistance(a, b) == distance)
    #expect(editDistance(b, a) == distance)
  }

  @Test(arguments: [
    ("lstn", "lstm"), ("LSTM", "lstm"), ("SoftMax", "softmax"), ("vocabluary", "vocabulary"), ("sofmax", "softmax"), ("x", nil),
    ("", nil),
    ("gr", "gru"), ("recurrent", nil), ("rn", "rnn"), ("ru", "gru"), ("softmaxxxx", "softmax"), ("softmaxxxxx", nil),
  ])
  func `a mistyped name finds what was meant, and another finds nothing`(name: String, meant: String?) {
    #expect(nearest(to: name, in: ["softmax", "vocabulary", "rnn", "lstm", "gru"]) == meant)
  }

  @Test func `of equally near names the first in the alphabet is meant`() {
    #expect(nearest(to: "cat", in: ["rat", "bat", "hat"]) == "bat")
  }

  @Test(.timeLimit(.minutes(1))) func `a name of megabytes is soon found to be near nothing`() {
    #expect(nearest(to: String(repeating: "l", count: 3_000_000), in: ["lstm", "gru"]) == nil)
  }
}
