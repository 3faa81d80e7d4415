import Hanpipe

/// One thing measured: on one thread and, where there are more, on all.
struct BenchmarkFigure {
  let work: String
  let batch: Int?
  /// `GFLOP/s`, `MB/s`, `tokens/s`.
  let unit: String
  var results: [Result] = []

  struct Result {
    let threads: Int
    let value: Double
    /// Of the bound that the measured multiply-add rate sets.
    let share: Double?
  }

  var name: String { batch.map { "\(work), batch \($0)" } ?? work }

  /// A line for each number of threads.
  var jsonLines: [JSON] {
    results.map { result in
      var object: JSONObject = ["work": .string(work)]
      object["batch"] = batch.map(JSON.integer)
      object["threads"] = .integer(result.threads)
      object["value"] = .number(result.value)
      object["unit"] = .string(unit)
      object["ratio"] = results.first.flatMap { $0.threads == result.threads ? nil : .number(result.value / $0.value) }
      object["shareOfBound"] = result.share.map(JSON.number)
      return .object(object)
    }
  }
}

/// The machine that figures were measured on.
struct BenchmarkMachine {
  let processor: String
  let processors: Int
  let instructionSet: String

  var json: JSONObject {
    [
      "hanpipe": .string(Tool.version), "icu": .string(ICUSegmenter.icuVersion), "processor": .string(processor),
      "processors": .integer(processors), "instructionSet": .string(instructionSet),
    ]
  }
}

/// For people: the machine, the work, a row a figure; without a newline at the end.
func benchmarkTable(_ figures: [BenchmarkFigure], machine: BenchmarkMachine, work: [String]) -> String {
  var lines = ["hanpipe \(Tool.version), ICU \(ICUSegmenter.icuVersion), kernels \(machine.instructionSet)"]
  lines.append("\(machine.processor), \(counted(machine.processors, "processor"))")
  lines += work + [""]
  let threads = figures.first?.results.map(\.threads) ?? []
  var header = padded("", 22) + padded("", 12)
  for count in threads { header += padded(counted(count, "thread"), 13, right: true) + padded("of bound", 10, right: true) }
  lines.append(header + (threads.count > 1 ? padded("ratio", 8, right: true) : ""))
  for figure in figures {
    var line = padded(figure.name, 22) + padded(figure.unit, 12)
    for result in figure.results {
      line += padded(result.value < 1000 ? decimal(result.value, 1) : grouped(Int(result.value.rounded())), 13, right: true)
      line += padded(result.share.map { "\(decimal($0 * 100, 0)) %" } ?? "-", 10, right: true)
    }
    if threads.count > 1, let one = figure.results.first, let all = figure.results.last {
      line += padded(decimal(all.value / one.value, 2), 8, right: true)
    }
    lines.append(line)
  }
  return lines.joined(separator: "\n")
}

/// `1 thread`, `2 threads`.
func counted(_ number: Int, _ noun: String) -> String { "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")" }
