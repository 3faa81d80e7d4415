import Glibc
import HanpipeCore
import Testing

@Suite struct ExplainTests {
  private func explain(_ arguments: [String] = [], _ input: String, environment: [String: String] = Tool.environment) throws
    -> Outcome
  {
    try Tool.run(["explain", "--model", try Tiny.model()] + arguments, input: input, environment: environment)
  }

  @Test func `the words' numbers stand behind them, and add up to the score`() throws {
    let outcome = try explain([], "我 喜欢 酒店\n房间 差\n\n")
    #expect(outcome.status == .exit(0) && outcome.errors == "")
    #expect(outcome.lines.count == 3)
    let fields = outcome.lines[0].split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    #expect(fields[0] == "good" && fields[1].hasPrefix("0.9"))
    #expect(fields[2].hasPrefix("我(") && fields[2].contains(" 喜欢(+") && fields[2].contains(" 酒店("))
    #expect(outcome.lines[1].hasPrefix("bad\t0.9") && outcome.lines[1].contains("差(+"))
    #expect(outcome.lines[2].hasSuffix("\t"))
  }

  @Test func `json has every word's place, the score, the baseline and the gap`() throws {
    let outcome = try explain(["--input", "jsonl", "--output", "jsonl"], #"{"id": 7, "score": 1, "text": "我 😀 喜欢"}"# + "\n")
    let record = try #require(try outcome.json().first)
    #expect(
      record.objectValue?.members.map(\.key) == [
        "id", "text", "label", "probability", "probabilities", "method", "explained", "score", "baseline", "gap", "words",
      ])
    func number(_ key: String) -> Double { record[key]?.doubleValue ?? .nan }
    let words = try #require(record["words"]?.arrayValue)
    #expect(words.map { $0["text"]?.stringValue } == ["我", "😀", "喜欢"])
    #expect(words.map { $0["start"]?.intValue } == [0, 4, 9] && words.map { $0["end"]?.intValue } == [3, 8, 15])
    #expect(words.map { $0["characterStart"]?.intValue } == [0, 2, 4] && words.map { $0["characterEnd"]?.intValue } == [1, 3, 6])
    let sum = words.reduce(0.0) { $0 + ($1["score"]?.doubleValue ?? .nan) }
    #expect(abs(number("gap")) < 0.005 && abs(number("score") - number("baseline") - sum - number("gap")) < 1e-4)
    let p = number("probability")
    #expect(abs(1 / (1 + exp(-number("score"))) - p) < 1e-4)
    // More points of the path leave less of a gap than one.
    let rough = try #require(try explain(["--steps", "1", "--output", "jsonl"], "我 😀 喜欢\n").json().first)
    #expect(abs(rough["gap"]?.doubleValue ?? 0) > abs(number("gap")))
  }

  /// A hundred and fifty words, on the way to which the score of an LSTM jumps: fixed points would find gaps of any size.
  @Test func `the shipped model's numbers add up, for a sentence and for a long review`() throws {
    let sentence = "房间很干净，但是太吵了，服务员态度差。"
    let review =
      "入住的时候，恰逢前台的机器坏了，只能预付现金，有些不便。不过位于一楼的餐厅真是物美价廉，早餐也很丰盛。"
      + "房间很清洁，洗手间装修好，交通很方便，隔音不够好，晚上能听见走廊里的说话声。"
    let outcome = try Tool.run(
      ["explain", "--output", "jsonl"], input: sentence + "\n" + review + review + "\n" + "\n", timeout: .seconds(120))
    #expect(outcome.status == .exit(0) && outcome.errors == "", "\(outcome.errors)")
    let records = try outcome.json()
    #expect(records.count == 3)
    for record in records {
      func number(_ key: String) throws -> Double { try #require(record[key]?.doubleValue) }
      let sum = (record["words"]?.arrayValue ?? []).reduce(0.0) { $0 + ($1["score"]?.doubleValue ?? .nan) }
      let difference = try number("score") - number("baseline")
      #expect(abs(difference - sum) <= max(0.02, 0.05 * abs(difference)), "\(sum) for \(difference)")
      #expect(abs(difference - sum - (try number("gap"))) < 1e-3)
    }
    let words = try #require(records[0]["words"]?.arrayValue)
    func score(_ text: String) -> Double { words.first { $0["text"]?.stringValue == text }?["score"]?.doubleValue ?? .nan }
    #expect(records[0]["label"]?.stringValue == "negative" && score("差") > 1 && score("干净") < -0.5)
  }

  @Test func `occlusion is the difference of two runs of classify`() throws {
    let words = try #require(
      try explain(["--method", "occlusion", "--output", "jsonl"], "我 喜欢 酒店\n").json().first?["words"]?.arrayValue)
    func odds(_ text: String) throws -> Double {
      let answer = try Tool.run(["classify", "--model", try Tiny.model()], input: text + "\n").json().first
      let p = try #require(answer?["probabilities"]?["good"]?.doubleValue)
      return log(p / (1 - p))
    }
    let whole = try odds("我 喜欢 酒店")
    for (word, rest) in zip(words, [" 喜欢 酒店", "我  酒店", "我 喜欢 "]) {
      #expect(abs(try #require(word["score"]?.doubleValue) - (whole - (try odds(rest)))) < 1e-3)
    }
  }

  @Test func `gates show what each step did`() throws {
    let record = try #require(try explain(["--method", "gates", "--output", "jsonl"], "我 喜欢 酒店\n").json().first)
    let trace = try #require(record["gates"]?.arrayValue?.first)
    #expect(trace["stage"]?.stringValue == "stages[3] (lstm)" && trace["direction"]?.stringValue == "forward")
    let words = try #require(trace["words"]?.arrayValue)
    #expect(words.map { $0["text"]?.stringValue } == ["我", "喜欢", "酒店"])
    for word in words {
      for gate in ["input", "forget", "output"] {
        let mean = try #require(word[gate]?.doubleValue)
        #expect(mean > 0 && mean < 1)
      }
      for figure in ["cell", "hidden", "change"] { #expect(try #require(word[figure]?.doubleValue) > 0) }
    }
    // The first state changed from zero by all of itself.
    #expect(words[0]["hidden"]?.doubleValue == words[0]["change"]?.doubleValue)
    #expect(try explain(["--method", "gates"], "我 喜欢\n").lines[0].contains("喜欢(+0."))
  }

  @Test func `another label's numbers are the opposite where there are two`() throws {
    func scores(_ label: String) throws -> [Double] {
      let record = try explain(["--label", label, "--output", "jsonl"], "我 喜欢 酒店\n").json().first
      return (record?["words"]?.arrayValue ?? []).compactMap { $0["score"]?.doubleValue }
    }
    let (good, bad) = (try scores("good"), try scores("bad"))
    #expect(good.count == 3 && zip(good, bad).allSatisfy { abs($0 + $1) < 1e-4 })
  }

  @Test func `a thousand records come out in order, whatever the batch and the threads`() throws {
    let words = ["我", "房间", "酒店", "好", "差", "喜欢", "的", "新词"]
    var generator = SeededGenerator(seed: 5)
    let lines = (0..<1000).map { _ in
      (0..<Int.random(in: 0...8, using: &generator)).map { _ in words.randomElement(using: &generator) ?? "" }.joined(
        separator: " ")
    }
    let one = try explain(["--threads", "1", "--steps", "8"], lines.joined(separator: "\n") + "\n")
    #expect(one.lines.count == 1000)
    #expect(try explain(["--threads", "4", "--steps", "8"], lines.joined(separator: "\n")).output == one.output)
    for i in stride(from: 0, to: 1000, by: 250) {
      #expect(try explain(["--steps", "8"], lines[i] + "\n").lines == [one.lines[i]])
    }
  }

  @Test func `a bad record has an error in its place, in every format`() throws {
    let input = "{\"text\": \"好\"}\nnot json\n{\"text\": \"差\"}\n"
    let json = try explain(["--input", "jsonl", "--output", "jsonl"], input)
    #expect(json.status == .exit(1))
    #expect(try json.json().map { $0["error"] != nil } == [false, true, false])
    #expect(json.errors.hasPrefix("hanpipe: 1 of 3 records failed; the first: standard input:2: not a JSON object"))
    let text = try explain(["--input", "jsonl"], input)
    #expect(text.lines.count == 3 && text.lines[1].isEmpty)
    let html = try explain(["--input", "jsonl", "--output", "html"], input)
    #expect(html.text.contains("class=\"error\"") && html.text.hasSuffix("</html>\n"))
  }

  @Test func `the page holds everything itself, and no text of a record can add to it`() throws {
    let outcome = try explain(["--output", "html"], "<script>alert(1)</script> & \"好\"\n我 喜欢\n")
    #expect(outcome.status == .exit(0) && outcome.errors == "")
    let page = outcome.text
    #expect(page.hasPrefix("<!DOCTYPE html>\n") && page.hasSuffix("</main>\n</body>\n</html>\n"))
    #expect(!page.contains("<script") && !page.contains("src=") && !page.contains("href=") && !page.contains("url("))
    #expect(
      page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && page.contains("&amp;")
        && page.contains("prefers-color-scheme: dark"))
    #expect(page.split(separator: "<article>").count == 3)
  }

  @Test func `colours are for terminals that want them`() throws {
    let plain = try explain([], "我 喜欢\n").text
    #expect(!plain.contains("\u{1B}"))
    var environment = Tool.environment
    environment["COLORTERM"] = "truecolor"
    let deep = try explain(["--color", "always"], "我 喜欢\n", environment: environment).text
    #expect(deep.contains("\u{1B}[38;5;231;48;2;8;81;156m喜欢\u{1B}[0m"))
    #expect(try explain(["--color", "always"], "我 喜欢\n").text.contains("\u{1B}[38;5;231;48;5;"))
    // On a terminal by itself, unless NO_COLOR says otherwise or the terminal is dumb.
    func onTerminal(_ variables: [String: String]) throws -> String {
      let child = try Tool.start(
        ["explain", "--model", try Tiny.model()], environment: Tool.environment.merging(variables) { $1 }, terminals: [.output])
      child.write("我 喜欢\n".utf8)
      child.closeInput()
      return child.finish(timeout: .seconds(60)).text
    }
    #expect(try onTerminal([:]).contains("\u{1B}["))
    #expect(try !onTerminal(["NO_COLOR": "1"]).contains("\u{1B}["))
    #expect(try !onTerminal(["TERM": "dumb"]).contains("\u{1B}["))
  }

  @Test func `a record cannot reach into the terminal or break its line`() throws {
    let outcome = try explain(["--input", "jsonl", "--color", "always"], #"{"text": "\u001b[2J 好\n\t\u009b2J坏"}"# + "\n")
    #expect(outcome.lines.count == 1)
    #expect(!outcome.text.contains("\u{1B}[2J") && !outcome.text.unicodeScalars.contains("\u{9B}"))
    #expect(outcome.lines[0].split(separator: "\t", omittingEmptySubsequences: false).count == 3)
  }

  @Test(arguments: [
    (["--steps", "0"], "Error: --steps: 0 is not allowed; expected a number from 1 to 100000"),
    (["--steps", "5", "--method", "occlusion"], "Error: --steps needs --method integrated-gradients"),
    (["--label", "goood"], "Error: --label: the model has no label \"goood\". Did you mean \"good\"? Labels: bad, good"),
    (["--color", "always", "--output", "html"], "Error: --color needs --output text"),
    (
      ["--method", "gates", "--label", "good"],
      "Error: --label does not go with --method gates, which shows how a text is read for all labels"
    ),
  ])
  func `wrong usage is told with what is right`(_ arguments: [String], _ message: String) throws {
    let outcome = try explain(arguments, "好\n")
    #expect(outcome.status == .exit(64) && outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix(message + "\n"), "\(outcome.errors)")
  }

  @Test func `what gives no predictions cannot be explained`() throws {
    let outcome = try Tool.run(["explain", "--model", Tool.packageRoot + "/pipelines/segment.json"], input: "好\n")
    #expect(outcome.status == .exit(1) && outcome.errors.contains("gives tokens, but this command needs prediction"))
  }

  @Test func `a reader that goes away ends it quietly`() throws {
    let child = try Tool.start(["explain", "--model", try Tiny.model()])
    child.write(String(repeating: "我 喜欢\n", count: 2000).utf8)
    child.closeInput()
    child.stopReading(.output)
    let outcome = child.finish(timeout: .seconds(60))
    #expect(outcome.status == .exit(0) && outcome.errors == "")
  }
}
