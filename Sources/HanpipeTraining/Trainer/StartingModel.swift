public import HanpipeCore

/// A trained model that a training begins from: transfer, as in the last step of ULMFiT (Howard & Ruder 2018, arXiv:1801.06146), or
/// the same spec trained further on more data.
///
/// A stage that learns begins with what the model's stage at the same place knows, if
/// - both are of one type, and the parameters of one learned by gradients have the same names and shapes;
/// - what it takes means the same as in the model: every stage before it has the same type, those that cut texts and give ids the
///   same settings (what files hold is not compared), and none that learns begins anew;
/// - a classifier has the same labels, a tagger the same tags, in the same order.
///
/// Any other stage begins as without a model. A vocabulary is then the model's: words that it lacks stay unknown.
public struct StartingModel: Sendable {
  /// For messages.
  public let name: String
  public let pipeline: Pipeline

  public init(name: String, pipeline: Pipeline) {
    self.name = name
    self.pipeline = pipeline
  }
}

/// What a stage that learns began with, where a training began from a model.
public struct StageBeginning: Sendable, Equatable {
  /// `stages[1].branches[0][2] (embedding)`.
  public let stage: String
  /// Why it began anew; nil: it began with what the model's stage knows.
  public let reasonForAnew: String?
  /// Of a vocabulary that is the model's: how many of the different words to train on it knows.
  public internal(set) var words: KnownShare?

  public struct KnownShare: Sendable, Equatable {
    public let known: Int
    public let all: Int
  }
}

/// Follows a chain that is being built, beside the model's chain at the same place.
struct ModelFollower {
  /// nil where the model has no such chain.
  private let chain: Pipeline?
  /// The place of the chain's first stage in the pipeline that is being built.
  private let offset: Int
  /// Why what is given at this place is not what the model gives here; nil if it is.
  private(set) var difference: String?
  /// Of the stages so far that learn.
  private(set) var beginnings: [StageBeginning] = []

  init(_ model: StartingModel) {
    self.init(model.pipeline, offset: 0, difference: nil)
  }
  private init(_ chain: Pipeline?, offset: Int, difference: String?) {
    (self.chain, self.offset, self.difference) = (chain, offset, difference)
  }

  /// What follows a chain inside of the present stage, which stands at `index`.
  func branch(_ branch: Int, of index: Int) -> ModelFollower {
    let chains = stage(index)?.chains ?? []
    return ModelFollower(
      chains.indices.contains(branch) ? chains[branch] : nil, offset: index, difference: difference)
  }

  /// Takes over what was found in a branch.
  mutating func join(_ branch: ModelFollower) {
    beginnings += branch.beginnings
    difference = difference ?? branch.difference
  }

  /// Looks at the next stage, before it is made.
  mutating func arrive(at index: Int, _ link: Blueprint.Link) {
    guard difference == nil else { return }
    guard let place = place(of: index), let other = chain?.link(place) else {
      difference = "the model has no stage in the place of \(link.label)"
      return
    }
    guard other.type == link.type else {
      difference = "\(link.label) is \"\(other.type)\" in the model"
      return
    }
    // Behind them, ids are what they are; a padding may be longer.
    let decidesMeaning = [Texts.kind, Tokens.kind].contains(link.factory.inputKind) && link.branches.isEmpty
    if decidesMeaning, let text = Self.difference(link, other) { difference = "\(link.label) has \(text)" }
  }

  /// What the stage at `index`, not learned by gradients, begins with.
  mutating func state(at index: Int, _ link: Blueprint.Link) throws -> StateReader? {
    guard difference == nil, let state = try stage(index)?.state() else {
      begin(link, anewBecause: difference ?? "the model's stage has learned nothing")
      return nil
    }
    begin(link)
    return state.reader
  }

  /// What the stage at `index` begins with, learned by gradients.
  /// - Parameter initial: how it would begin without a model.
  mutating func parameters(at index: Int, _ link: Blueprint.Link, initial: Parameters) -> Parameters? {
    guard difference == nil, let place = place(of: index), let chain else {
      begin(link, anewBecause: difference ?? "the model has no such stage")
      return nil
    }
    let known = chain.stages[place].parameters
    let reason = Self.labelDifference(link, chain.link(place)) ?? Self.shapeDifference(initial, known)
    if let reason {
      begin(link, anewBecause: reason)
      return nil
    }
    begin(link)
    return known
  }

  /// Notes how many of the words to train on the last stage, a vocabulary of the model's, knows.
  mutating func note(_ words: StageBeginning.KnownShare) { beginnings[beginnings.count - 1].words = words }

  private mutating func begin(_ link: Blueprint.Link, anewBecause reason: String? = nil) {
    beginnings.append(StageBeginning(stage: link.label, reasonForAnew: reason))
    if reason != nil { difference = difference ?? "\(link.label) before it begins anew" }
  }

  private func place(of index: Int) -> Int? {
    let place = index - offset
    return chain.flatMap { $0.stages.indices.contains(place) ? place : nil }
  }
  private func stage(_ index: Int) -> AnyStage? { place(of: index).flatMap { chain?.stages[$0] } }

  // MARK: Differences, in words

  /// A setting that is not the model's; files have other places in a model, and are not looked at.
  private static func difference(_ link: Blueprint.Link, _ other: Blueprint.Link) -> String? {
    let files = link.resourceKeys + link.modelKeys
    let keys = link.node.keys + other.node.keys.filter { link.node[$0] == nil }
    for key in keys where !files.contains(key) && link.node[key] != other.node[key] {
      return difference(key, link.node[key], other.node[key])
    }
    // A file in the place of none, or the other way round.
    for key in files where isNull(link.node[key]) != isNull(other.node[key]) {
      return difference(key, link.node[key], other.node[key])
    }
    return nil
  }

  private static func isNull(_ value: JSON?) -> Bool { value == nil || value == .null }

  private static func labelDifference(_ link: Blueprint.Link, _ other: Blueprint.Link) -> String? {
    for key in ["labels", "tags"] where link.node[key] != other.node[key] {
      return difference(key, link.node[key], other.node[key])
    }
    return nil
  }

  private static func difference(_ key: String, _ own: JSON?, _ other: JSON?) -> String {
    "the \"\(key)\" \(own ?? .null), the model's has \(other ?? .null)"
  }

  private static func shapeDifference(_ own: Parameters, _ other: Parameters) -> String? {
    for (name, tensor) in zip(own.names, own.tensors) {
      guard let known = other.tensor(name) else { return "the model's has no \"\(name)\"" }
      if known.shape != tensor.shape { return "its \"\(name)\" has the shape \(tensor.shape), the model's \(known.shape)" }
    }
    return other.names.first { own.index(of: $0) == nil }.map { "it has no \"\($0)\", as the model's has" }
  }
}
