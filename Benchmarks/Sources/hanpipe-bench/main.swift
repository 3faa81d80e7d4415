import Glibc
import Hanpipe

// Measures one piece of hanpipe on the same work as the scripts in ../shared/peers:
//
//   hanpipe-bench icu LINES [--threads 1]
//   hanpipe-bench segment LINES [--threads 1] [--pipeline pipelines/lexicon.json]
//   hanpipe-bench infer SEGMENTED [--batch 256] [--threads 1] [--dim 128] [--units 128] [--layers 1] [--bidirectional] [--cell lstm]
//                               [--limit 20000] [--maximum 200] [--vocabulary 20000] [--precision float32]
//   hanpipe-bench train SEGMENTED.tsv [the same; --batch 32] [--pooling mean-pooling] [--recompute automatic] [--window STEPS]
//
// Takes --limit records, --maximum words of each and --vocabulary ids, the commonest. Prints `name TAB metric TAB value`, the
// median of --runs (5) after one that is not counted.

do {
  let arguments = try Arguments(CommandLine.arguments.dropFirst())
  switch arguments.mode {
  case "icu": try measureICU(arguments)
  case "segment": try measureSegmenter(arguments)
  case "infer": try measureInference(arguments)
  case "train": try measureTraining(arguments)
  default: throw UsageError("expected icu, segment, infer or train, found \(arguments.mode)")
  }
} catch {
  Array("hanpipe-bench: \(error)\n".utf8).withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  exit(error is UsageError ? 64 : 1)
}
