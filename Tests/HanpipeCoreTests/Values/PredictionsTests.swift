import HanpipeCore
import Testing

@Suite struct PredictionsTests {
  private func binary(_ probabilities: [Float], threshold: Float = 0.5) -> Predictions {
    Predictions(
      task: .binary, labels: ["no", "yes"], logits: probabilities, probabilities: probabilities, threshold: threshold)
  }

  @Test func `two labels share one probability, and the second is given from the threshold up`() {
    let predictions = binary([0, 0.25, 0.5, 1, .nan])
    #expect(predictions.count == 5)
    #expect(predictions.logitWidth == 1)
    #expect(Array(predictions.probabilities(of: 1)) == [0.75, 0.25])
    #expect((0..<5).map(predictions.decision) == [[0], [0], [1], [1], [0]])
    #expect((0..<2).map(binary([0.75, Float(0.75).nextDown], threshold: 0.75).decision) == [[1], [0]])
  }

  @Test func `of many labels the likeliest is given, and the first of equals`() {
    let rows: [Float] = [0.2, 0.5, 0.3, /**/ 0.4, 0.2, 0.4, /**/ 0.25, 0.375, 0.375, /**/ 0, 0, 0]
    let predictions = Predictions(task: .multiClass, labels: ["a", "b", "c"], logits: rows, probabilities: rows, threshold: 0.9)
    #expect((0..<4).map(predictions.decision) == [[1], [0], [1], [0]])
  }

  @Test func `of labels that exclude nothing each from the threshold up is given, none perhaps`() {
    let rows: [Float] = [0.2, 0.5, 0.7, /**/ 0.1, 0.2, 0.3, /**/ 1, 1, 1]
    let predictions = Predictions(task: .multiLabel, labels: ["a", "b", "c"], logits: rows, probabilities: rows)
    #expect((0..<3).map(predictions.decision) == [[1, 2], [], [0, 1, 2]])
  }

  @Test func `a part holds the same records`() {
    let predictions = binary([0.1, 0.6, 0.9])
    #expect(predictions[1..<3].matches(binary([0.6, 0.9])))
    #expect(predictions[[2, 0]].matches(binary([0.9, 0.1])))
    #expect(predictions[[2, 0]].logits == [0.9, 0.1])
    #expect(Predictions.joined([predictions[0..<1], predictions[1..<3]])?.matches(predictions) == true)
    #expect(Predictions.joined([predictions, binary([0.1], threshold: 0.6)]) == nil)
    #expect(!predictions.matches(binary([0.1, 0.6])))
    #expect(!predictions.matches(binary([0.1, 0.6, 0.8])))
  }
}

@Suite struct AnswerTests {
  @Test func `another threshold moves answers, not probabilities`() throws {
    let logits: [Float] = [0, 1, 2, 0.5]
    let classes = Predictions(task: .multiClass, labels: ["a", "b"], logits: logits, probabilities: [0.25, 0.75, 0.8, 0.2])
    let moved = try #require(classes.answering(from: 0.8))
    #expect(moved.task == .binary && moved.probabilities == [0.25, 0.75, 0.8, 0.2] && moved.logits == [1, -1.5])
    #expect((0..<2).map(moved.decision) == [[0], [0]])
    #expect((0..<2).map(try #require(classes.answering(from: 0.2)).decision) == [[1], [1]])
    let many = Predictions(task: .multiLabel, labels: ["a", "b"], logits: logits, probabilities: [0.1, 0.6, 0.4, 0.35])
    #expect((0..<2).map(try #require(many.answering(from: 0.38)).decision) == [[1], [0]])
    #expect(Predictions(task: .multiClass, labels: ["a", "b", "c"], logits: [], probabilities: []).answering(from: 0.5) == nil)
  }

  @Test func `an answer is as sure as its label, or as its least sure decision`() {
    let one = Predictions(task: .multiClass, labels: ["a", "b"], logits: [0, 0], probabilities: [0.25, 0.75])
    #expect(one.certainty(of: [1], record: 0) == 0.75 && one.certainty(of: [0], record: 0) == 0.25)
    let many = Predictions(task: .multiLabel, labels: ["a", "b", "c"], logits: [0, 0, 0], probabilities: [0.875, 0.25, 0.0625])
    #expect(many.certainty(of: [0], record: 0) == 0.75)
    #expect(many.certainty(of: [], record: 0) == 0.125)
  }
}
