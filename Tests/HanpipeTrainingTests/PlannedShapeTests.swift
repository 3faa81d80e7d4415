import Hanpipe
import Testing

/// What is known of a chain before it has learned anything, as `validate --explain` draws it.
@Suite struct PlannedShapeTests {
  @Test(arguments: [
    smallSpec,
    [
      ["type": "characters"], ["type": "vocabulary", "maximumSize": 9], ["type": "padding"],
      ["type": "gru", "units": 3, "output": "sequence"], ["type": "rnn", "units": 5, "bidirectional": true],
      ["type": "softmax", "labels": ["bad", "good"]],
    ],
    [
      ["type": "whitespace"], ["type": "vocabulary"], ["type": "padding"], ["type": "lstm", "units": 4, "output": "sequence"],
      ["type": "attention-pooling", "units": 2], ["type": "sigmoid", "labels": ["bad", "good"]],
    ],
    [
      ["type": "characters"],
      [
        "type": "concatenate",
        "branches": [
          [["type": "vocabulary"], ["type": "padding"], ["type": "gru", "units": 3, "output": "sequence"]],
          [["type": "ngrams", "buckets": 64], ["type": "embedding", "width": 2]],
        ],
      ],
      ["type": "max-pooling"], ["type": "softmax", "labels": ["bad", "good"]],
    ],
  ])
  func `the widths are those that training then finds`(_ stages: [JSONObject]) throws {
    let blueprint = try blueprint(stages)
    let trained = try Trainer(blueprint, configuration(["epochs": 1]), LabelledTexts.madeUp(20, seed: 1)).pipeline
    var shape = ValueShape()
    for i in blueprint.links.indices {
      shape = try blueprint.plannedShape(at: i, for: shape)
      #expect(shape.width == trained.shapes[i].width, "stages[\(i)]")
    }
  }
}
