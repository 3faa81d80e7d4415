import Glibc
import HanpipeCore
import Testing

/// Data as people have it.
@Suite struct TrainingDataTests {
  private func dryRun(_ workspace: Workspace, _ options: [String] = []) throws -> Outcome {
    try workspace.run(["train", "tiny.json", "--data", "data.tsv", "--dry-run"] + options)
  }

  private func workspace(_ data: String) throws -> Workspace { try workspace(Array(data.utf8)) }
  private func workspace(_ data: [UInt8]) throws -> Workspace {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    try workspace.write(data, to: "data.tsv")
    return workspace
  }

  @Test func `labels that differ by capitals or white space are read as the label meant, and told of`() throws {
    let workspace = try workspace("Good\t好\n good \t棒\nGOOD\t好\nGood\t对\nbad\t差\n\u{3000}bad\t坏\n")
    let outcome = try dryRun(workspace)
    #expect(outcome.status == .exit(0))
    #expect(outcome.errors.contains("6 records (bad 2, good 4)\n"))
    #expect(outcome.errors.contains("hanpipe: warning: the label \"Good\" was read as \"good\" in 2 records\n"))
    #expect(outcome.errors.contains("hanpipe: warning: the label \"GOOD\" was read as \"good\" in 1 record\n"))
    #expect(outcome.errors.contains("hanpipe: warning: the label \"\u{3000}bad\" was read as \"bad\" in 1 record\n"))
    // The reader takes plain spaces off: nothing to tell.
    #expect(!outcome.errors.contains("\" good \""))
  }

  @Test func `data of other labels than the spec's is told how to be learned`() throws {
    let workspace = try workspace("pos\t好\nneg\t差\npos\t棒\n")
    let outcome = try dryRun(workspace)
    #expect(
      outcome
        == .failure(
          """
          hanpipe: data.tsv:1: the label "pos" is not one of the spec's labels "bad", "good"
          hanpipe: and 2 more records that cannot be used
          hanpipe: the labels in the data are "neg" (1), "pos" (2); to learn those: --set 'stages[4].labels=["neg", "pos"]'

          """))
    #expect(try dryRun(workspace, ["--set", #"stages[4].labels=["neg", "pos"]"#]).status == .exit(0))
  }

  @Test func `columns that stand the other way round are told of`() throws {
    let workspace = try workspace("好\tgood\n差\tBad\n")
    #expect(
      try dryRun(workspace)
        == .failure(
          """
          hanpipe: data.tsv:1: the label "好" is not one of the spec's labels "bad", "good"
          hanpipe: and 1 more record that cannot be used
          hanpipe: the texts are labels of the spec: label and text stand the other way round; --label-field 2 reads them so

          """))
    #expect(try dryRun(workspace, ["--label-field", "2"]).status == .exit(0))
  }

  // 好, 差 and 酒店 in GBK.
  @Test func `another encoding is named, with the command that mends it`() throws {
    let good: [UInt8] = [0xBE, 0xC6, 0xB5, 0xEA, 0xBA, 0xC3], bad: [UInt8] = [0xBE, 0xC6, 0xB5, 0xEA, 0xB2, 0xEE]
    let bytes = Array("good\t".utf8) + good + Array("\nbad\t".utf8) + bad + [10]
    let gbk = try workspace(bytes)
    let message = "is not UTF-8 but looks like GBK (GB 18030); convert it: "
    #expect(try dryRun(gbk) == .failure("hanpipe: data.tsv: \(message)iconv -f GB18030 -t UTF-8 data.tsv > data.utf8.tsv\n"))
    let input = try Tool.run(
      ["train", gbk["tiny.json"], "--data", "-", "--dry-run"], input: bytes)
    #expect(input == .failure("hanpipe: standard input: \(message)… | iconv -f GB18030 -t UTF-8 | hanpipe …\n"))
    let measured = try gbk.run(["evaluate", "--model", try Tiny.model(), "data.tsv"])
    #expect(measured.status == .exit(1) && measured.errors.contains(message))
    let text = "good\t好\nbad\t差\n"
    let utf16 = try workspace([0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })
    #expect(
      try dryRun(utf16)
        == .failure(
          "hanpipe: data.tsv: is not UTF-8 but looks like UTF-16; convert it: iconv -f UTF-16 -t UTF-8 data.tsv > data.utf8.tsv\n"))
    // One broken line among many is repaired, as everywhere.
    let mixed = try workspace(Array(Tiny.data.utf8) + Array("good\t".utf8) + good + [10])
    let outcome = try dryRun(mixed)
    #expect(outcome.status == .exit(0) && outcome.errors.contains("1 line was not UTF-8 and was repaired with U+FFFD: data.tsv:81\n"))
  }

  @Test func `repeated texts are counted between all parts, whatever their white space`() throws {
    let workspace = try workspace("good\t好 吃\nbad\t差\ngood\t好  吃\nbad\t好 吃\n")
    try workspace.write("good\t 差\u{3000}\ngood\t别的\n", to: "held.tsv")
    let outcome = try dryRun(workspace, ["--validation", "held.tsv", "--test", "held.tsv"])
    #expect(outcome.errors.contains("hanpipe: warning: 2 records repeat an earlier one, 1 of them with another label\n"))
    #expect(
      outcome.errors.contains("1 of 2 validation records stand in the training data too, 1 of them with another label\n"))
    #expect(outcome.errors.contains("1 of 2 test records stand in the training data too, 1 of them with another label\n"))
    #expect(outcome.errors.contains("2 of 2 test records stand in the validation data too\n"))
    #expect(outcome.errors.contains("% of those to test on\n"))
  }

  @Test func `what the spec keeps aside is compared too`() throws {
    let workspace = try workspace(String(repeating: "good\t好\nbad\t差\n", count: 20))
    let outcome = try dryRun(workspace, ["--set", "training.validationSplit=0.25"])
    #expect(outcome.errors.contains("10 of 10 validation records stand in the training data too\n"), "\(outcome)")
  }

  @Test func `uneven labels are told of, and how to weigh them`() throws {
    let workspace = try workspace(String(repeating: "good\t好\n", count: 8) + "bad\t差\nbad\t坏\n")
    let plain = try dryRun(workspace)
    #expect(
      plain.errors.contains(
        #"hanpipe: warning: labels are uneven: "good" has 4.0 times as many records as "bad", and who always answers it is right for 80.0 %; --set training.classWeights=balanced lets both count the same"#
          + "\n"), "\(plain)")
    let weighed = try dryRun(workspace, ["--set", "training.classWeights=balanced"])
    // n / (C·n_c): 10/(2·2), 10/(2·8).
    #expect(weighed.errors.contains("weights of labels: bad 2.500, good 0.625\n"))
    let missing = try dryRun(workspace, ["--set", #"stages[4]={"type": "softmax", "labels": ["bad", "good", "so-so"]}"#])
    #expect(missing.errors.contains("no record to train on is labelled \"so-so\""), "\(missing)")
  }

  @Test(arguments: [
    ("good\t好\n", "data.tsv: the only record to train on is labelled \"good\"; a classifier needs records of at least two labels"),
    ("", "data.tsv: no record to train on; expected lines of the form: label TAB text"),
  ])
  func `too little is refused`(_ data: String, _ message: String) throws {
    #expect(try dryRun(try workspace(data)) == .failure("hanpipe: \(message)\n"))
  }

  @Test func `three records are enough, and too few for four folds`() throws {
    let workspace = try workspace("good\t好\nbad\t差\nbad\t坏\n")
    let outcome = try workspace.run(
      ["train", "tiny.json", "--data", "data.tsv", "--model", "model", "--set", "training.validationSplit=0.3"])
    #expect(outcome.status == .exit(0) && outcome.errors.contains("2 to train on, 1 to validate on"), "\(outcome)")
    let folds = try workspace.run(["train", "tiny.json", "--data", "data.tsv", "--cross-validation", "4", "-q"])
    #expect(folds == .failure("hanpipe: data.tsv: 3 different texts cannot be dealt into 4 folds, each of which needs one\n"))
  }

  /// Of a megabyte; with the slow tests of ten.
  @Test func `a record of megabytes is cut by padding, and takes no other with it`() throws {
    let giant = String(repeating: "好 吃 ", count: isSlow ? 1_200_000 : 120_000)
    let workspace = try workspace(Tiny.data + "good\t" + giant + "\n")
    let outcome = try workspace.run(["train", "tiny.json", "--data", "data.tsv", "--model", "model"])
    #expect(outcome.status == .exit(0) && outcome.errors.contains("81 records"), "\(outcome.status) \(outcome.errors.suffix(500))")
    #expect(!outcome.errors.contains("gigabytes"))
    let uncut = try dryRun(workspace, ["--set", "stages[2].maximum=null"])
    let told = "record 81 has \(grouped(giant.utf8.count)) bytes, and learning from it takes gigabytes of memory; "
    #expect(uncut.errors.contains(told), "\(uncut.errors.suffix(500))")
  }
}
