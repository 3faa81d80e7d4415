import HanpipeCore
import HanpipeNeural
import Testing

@Suite struct OptimizerTests {
  /// Ours for each fixture.
  static let rules: [(file: String, name: String, spec: String)] = [
    ("optimizers", "sgd", #"{"type": "sgd", "learningRate": 0.1}"#),
    ("optimizers", "sgd-momentum", #"{"type": "sgd", "learningRate": 0.1, "momentum": 0.9}"#),
    ("optimizers", "sgd-nesterov", #"{"type": "sgd", "learningRate": 0.1, "momentum": 0.9, "nesterov": true}"#),
    ("optimizers", "adam", #"{"type": "adam", "learningRate": 0.01, "epsilonPlace": "pytorch"}"#),
    ("optimizers", "adam-l2", #"{"type": "adam", "learningRate": 0.01, "epsilonPlace": "pytorch", "l2": 0.01}"#),
    ("optimizers", "adamw", #"{"type": "adamw", "learningRate": 0.01, "epsilonPlace": "pytorch", "weightDecay": 0.01}"#),
    ("optimizers-keras", "keras-sgd-momentum", #"{"type": "sgd", "learningRate": 0.1, "momentum": 0.9}"#),
    ("optimizers-keras", "keras-sgd-nesterov", #"{"type": "sgd", "learningRate": 0.1, "momentum": 0.9, "nesterov": true}"#),
    ("optimizers-keras", "keras-adam", #"{"type": "adam", "learningRate": 0.01}"#),
    ("optimizers-keras", "keras-adamw", #"{"type": "adamw", "learningRate": 0.01, "weightDecay": 0.01}"#),
  ]

  static func settings(_ text: String) throws -> OptimizerSettings {
    try OptimizerSettings.decode(JSON(parsing: Array(text.utf8)), at: SpecPath("training.optimizer"))
  }

  @Test(arguments: rules, Kernels.available)
  func `steps are PyTorch's and Keras'`(_ rule: (file: String, name: String, spec: String), kernels: Kernels) throws {
    let json = try Fixture(rule.file).json
    let golden = try #require(json["optimizers"]?.arrayValue?.first { $0["name"]?.stringValue == rule.name })
    let start = json["parameter"]?.numbers.map { Float($0) } ?? []
    // Once dense, once as the rows of an embedding.
    for isRowSparse in [false, true] {
      var parameters = Parameters([("w", .init(shape: [3, 2], values: start, isRowSparse: isRowSparse))])
      var optimizer = Optimizer(try Self.settings(rule.spec), for: parameters)
      optimizer.kernels = kernels
      let after = golden["parameter_after_each_step"]?.arrayValue ?? []
      for (gradient, expected) in zip(json["gradients"]?.arrayValue ?? [], after) {
        var gradients = Gradients(zerosLike: parameters)
        let values = gradient.numbers.map { Float($0) }
        if isRowSparse {
          gradients.withRows(0) { rows in
            for row in [2, 0, 1] { rows.add(values[row * 2..<row * 2 + 2], to: Int32(row)) }
          }
        } else {
          gradients.withDense(0) { $0 = values }
        }
        optimizer.update(&parameters, gradients, rate: optimizer.settings.rule.learningRate)
        // Float32's rounding of weights up to 2, five steps.
        #expect(difference(parameters.tensors[0].values, expected.numbers) < 2e-6, "\(rule.name) \(kernels)")
      }
    }
  }

  @Test func `rows without a gradient stay as they are`() throws {
    var parameters = Parameters([("w", .init(shape: [3, 2], values: [1, 2, 3, 4, 5, 6], isRowSparse: true))])
    var optimizer = Optimizer(try Self.settings(#"{"type": "adam", "l2": 0.1}"#), for: parameters)
    for id: Int32 in [0, 2] {
      var gradients = Gradients(zerosLike: parameters)
      gradients.withRows(0) { $0.add([1, 1], to: id) }
      optimizer.update(&parameters, gradients, rate: 0.1)
    }
    #expect(Array(parameters.tensors[0].values[2..<4]) == [3, 4])
    #expect(parameters.tensors[0].values[0] != 1 && parameters.tensors[0].values[5] != 6)
  }

  @Test func `goes on from a checkpoint with the same bits`() throws {
    let start = Parameters([("w", .init(shape: [4], values: [1, -2, 3, -4])), ("b", .init(zeros: [1]))])
    var gradients = Gradients(zerosLike: start)
    gradients.withDense(0) { $0 = [0.1, 0.2, -0.3, 0.4] }
    for text in [#"{"type": "adam"}"#, #"{"type": "sgd", "momentum": 0.9}"#, #""sgd""#] {
      let settings = try Self.settings(text)
      var (parameters, optimizer) = (start, Optimizer(settings, for: start))
      optimizer.update(&parameters, gradients, rate: 0.1)
      var (other, resumed) = (parameters, try Optimizer(settings, for: parameters, state: optimizer.state))
      optimizer.update(&parameters, gradients, rate: 0.1)
      resumed.update(&other, gradients, rate: 0.1)
      #expect(parameters == other && resumed.step == 2)
    }
    let adam = Optimizer(try Self.settings(#""adam""#), for: start)
    #expect(throws: StateError.missing("w.velocity")) {
      try Optimizer(Self.settings(#"{"type": "sgd", "momentum": 0.9}"#), for: start, state: adam.state)
    }
  }

  @Test(arguments: [
    (
      #"{"type": "adam", "rate": 1}"#,
      "training.optimizer: unknown key \"rate\"; known are \"learningRate\", \"beta1\", \"beta2\", \"epsilon\", \"epsilonPlace\", \"l2\""
    ),
    (#"{"type": "adagrad"}"#, "training.optimizer.type: \"adagrad\" is not allowed; expected one of \"adam\", \"adamw\", \"sgd\""),
    (#"{}"#, "training.optimizer: {} is not allowed; expected an object with a \"type\", one of \"adam\", \"adamw\", \"sgd\""),
    (#"{"type": "sgd", "momentum": 2}"#, "training.optimizer.momentum: 2 is not allowed; expected a number from 0 to 0.999999"),
  ])
  func `settings that cannot be are refused with their path`(text: String, message: String) {
    let error = #expect(throws: SpecError.self) { try Self.settings(text) }
    #expect(error?.description == message)
  }

  @Test func `settings are written as they are read`() throws {
    for (_, _, text) in Self.rules {
      let settings = try Self.settings(text)
      #expect(try OptimizerSettings.decode(settings.json, at: SpecPath()) == settings)
    }
  }

  @Test func `clipping is PyTorch's`() throws {
    for golden in try Fixture("optimizers").json["clipping"]?.arrayValue ?? [] {
      let parameters = Parameters(golden["gradients"])
      var gradients = [Gradients(zerosLike: parameters)]
      for index in parameters.tensors.indices { gradients[0].withDense(index) { $0 = parameters.tensors[index].values } }
      let (norm, scale) = GradientClipping(norm: golden["max_norm"]?.doubleValue).apply(to: &gradients)
      #expect(abs(norm - (golden["norm"]?.doubleValue ?? 0)) < 1e-6)
      let expected = Parameters(golden["clipped"])
      for (index, tensor) in expected.tensors.enumerated() {
        let clipped = gradients[0].tensors[index].dense(0).map { $0 * scale }
        #expect(difference(clipped, tensor.values.map(Double.init)) < 1e-6)
      }
    }
  }

  @Test func `clipping by value keeps NaN and rows`() {
    let parameters = Parameters([("a", .init(zeros: [3])), ("e", .init(zeros: [4, 2], isRowSparse: true))])
    var gradients = [Gradients(zerosLike: parameters)]
    gradients[0].withDense(0) { $0 = [-5, 0.5, .nan] }
    gradients[0].withRows(1) { $0.add([9, -0.25], to: 3) }
    let (norm, scale) = GradientClipping(value: 1).apply(to: &gradients)
    #expect(scale == 1 && norm.isNaN)
    let dense = gradients[0].tensors[0].dense(3)
    #expect(dense[0] == -1 && dense[1] == 0.5 && dense[2].isNaN)
    #expect(gradients[0].tensors[1].dense(8) == [0, 0, 0, 0, 0, 0, 1, -0.25])
  }

  @Test(arguments: [
    ("step-decay", #"{"type": "step", "every": 3, "factor": 0.5}"#), ("exponential", #"{"type": "exponential", "factor": 0.9}"#),
    ("cosine", #"{"type": "cosine", "epochs": 10, "minimum": 0.0001}"#),
    ("linear-warm-up", #"{"type": "warm-up", "epochs": 5, "start": 0.1}"#),
  ])
  func `schedules are PyTorch's`(name: String, text: String) throws {
    let json = try Fixture("optimizers").json
    let golden = try #require(json["schedules"]?.arrayValue?.first { $0["name"]?.stringValue == name })
    let rule = try ScheduleSettings.decode(JSON(parsing: Array(text.utf8)), at: SpecPath("training.schedule")).rule
    let rates = golden["rate_of_epoch"]?.numbers ?? []
    #expect(rates.count == 10)
    for (epoch, rate) in rates.enumerated() {
      #expect(abs(rule.rate(base: golden["base"]?.doubleValue ?? 0, epoch: Double(epoch)) - rate) < 1e-12 * 10)
    }
  }

  @Test func `a cosine can rise first, and ends at its minimum`() {
    var schedule = CosineSchedule()
    (schedule.warmUp, schedule.epochs, schedule.minimum) = (2, 4, 0.25)
    #expect(
      [0, 1, 2, 4, 6, 99].map { schedule.rate(base: 1, epoch: $0) }.map { ($0 * 1e6).rounded() / 1e6 } == [
        0.1, 0.55, 1, 0.625, 0.25, 0.25,
      ])
  }
}
