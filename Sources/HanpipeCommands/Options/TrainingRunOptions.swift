public import ArgumentParser
import Hanpipe

/// What `train` can do beside one training.
struct TrainingRunOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Train so many times, or with these seeds (1,2,3): mean and spread; --model gets one of the models.", valueName: "count"),
    transform: { text in try SeedList(text) })
  var seeds: SeedList?
  @Option(help: "With --seeds, which model is kept: the best or the median on validation records, or the first.")
  var keep = KeptRun.best
  @Option(
    help: ArgumentHelp(
      "Train so many times, each time measuring on another part of the data; --model then gets one trained on all of it.",
      valueName: "folds"))
  var crossValidation: Int?
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Try settings: stages[4].units=32,64,128 or training.epochs=2..20, or a JSON file of such; --model gets the best.",
      valueName: "path=values"))
  var search: [String] = []
  @Option(help: ArgumentHelp("With --search, how many combinations to try.", valueName: "count"))
  var trials = 16
  @Option(
    help: "With --search: random trains each trial to its end; halving gives up two thirds of them after a few epochs, and again.")
  var strategy = SettingSearch.Strategy.random

  mutating func validate() throws {
    let chosen = [("--seeds", seeds != nil), ("--cross-validation", crossValidation != nil), ("--search", !search.isEmpty)]
      .filter(\.1).map(\.0)
    if chosen.count > 1 { throw ValidationError("\(chosen.joined(separator: " and ")) exclude each other") }
    if let crossValidation, !(2...1000).contains(crossValidation) {
      throw ValidationError("--cross-validation: \(crossValidation) is not allowed; expected a number from 2 to 1000")
    }
    if !(1...100_000).contains(trials) {
      throw ValidationError("--trials: \(trials) is not allowed; expected a number from 1 to 100000")
    }
  }

  /// Whether there is more than one training.
  var areSeveral: Bool { seeds != nil || crossValidation != nil || !search.isEmpty }

  /// The settings that `--search` names.
  /// - Throws: `FileError`, `ValidationError`.
  func searchSpace() throws -> SearchSpace {
    if search.count == 1, !search[0].contains("=") {
      let path = search[0]
      let bytes = try FileContent.read(path, limit: 1 << 22)
      do { return try SearchSpace(json: try JSON(parsing: bytes)) } catch { throw FileError(path, error) }
    }
    do { return try SearchSpace(search) } catch { throw ValidationError("--search \(error)") }
  }
}

extension KeptRun: ExpressibleByArgument {}
extension SettingSearch.Strategy: ExpressibleByArgument {}

/// `5`, or `1,2,3`.
enum SeedList: Equatable {
  case count(Int)
  case seeds([Int])

  init(_ text: String) throws {
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    let seeds = numbers.compactMap { $0 }
    guard seeds.count == numbers.count, seeds.allSatisfy({ $0 >= 0 }) else {
      throw ValidationError("expected how many (5), or the seeds themselves (1,2,3)")
    }
    if seeds.count == 1 {
      guard (1...1000).contains(seeds[0]) else { throw ValidationError("expected from 1 to 1000 trainings") }
      self = .count(seeds[0])
    } else {
      guard Set(seeds).count == seeds.count else { throw ValidationError("a seed stands there twice") }
      self = .seeds(seeds)
    }
  }

  /// - Parameter first: of a count, the first seed; the others follow it.
  func seeds(from first: Int) -> [Int] {
    switch self {
    case .count(let count): (0..<count).map { first &+ $0 }
    case .seeds(let seeds): seeds
    }
  }
}
