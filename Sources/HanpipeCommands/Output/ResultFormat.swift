import ArgumentParser

/// How results are written.
enum ResultFormat: String, CaseIterable, ExpressibleByArgument {
  /// Words separated by a space; the label alone.
  case text
  /// One JSON object a line.
  case jsonl
  /// Label, probability and text between TABs.
  case tsv
}
