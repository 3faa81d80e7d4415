"""How cost grows: tables for sentence length, batch, vocabulary, units, threads and the size of the input.

  python3 Benchmarks/growth.py [--only length] [--quick] [--out DIR] [--reviews FILE]

Made-up text, words drawn by Zipf's law with a fixed seed, so that nothing but hanpipe is needed; reviews (label TAB text) for the size of
the input, the bundled examples without. Every table varies one thing and keeps the number of tokens (or the work) fixed. Figures are
medians of runs, memory is the process' peak. Prints Markdown; takes about five minutes on two cores, seconds with --quick.
"""
import argparse
import bisect
import itertools
import multiprocessing
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

root = pathlib.Path(__file__).resolve().parent.parent
bench = str(root / "Benchmarks/.build/release/hanpipe-bench")
tool = str(root / ".build/release/hanpipe")


class Zipf:
    """Words w1, w2, … of which the r-th comes in proportion to 1/r."""

    def __init__(self, vocabulary, seed=1):
        self.sums = list(itertools.accumulate(1 / rank for rank in range(1, vocabulary + 1)))
        self.random = random.Random(seed)

    def words(self, count):
        top = self.sums[-1]
        return [f"w{bisect.bisect(self.sums, self.random.random() * top)}" for _ in range(count)]


def write_records(path, vocabulary, tokens, length, labelled):
    """tokens/length records (two at least) of `length` words."""
    zipf = Zipf(vocabulary)
    with open(path, "w", encoding="utf-8") as file:
        for record in range(max(2, tokens // length)):
            file.write((f"{record % 2}\t" if labelled else "") + " ".join(zipf.words(length)) + "\n")


def run(mode, path, *options):
    """Gives {metric: value}."""
    done = subprocess.run([bench, mode, str(path), *map(str, options)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"hanpipe-bench {mode} {' '.join(map(str, options))}: {done.stderr.strip()}")
    return {metric: float(value) for _, metric, value in (line.split("\t") for line in done.stdout.splitlines())}


class Table:
    """Printed row by row, as they come; kept for the file."""

    def __init__(self, report, title, *columns):
        self.report = report
        self.say(f"\n### {title}\n")
        self.row(*columns)
        self.say("|" + "---|" * len(columns))

    def row(self, *values):
        self.say("| " + " | ".join(value if isinstance(value, str) else f"{value:,.0f}" for value in values) + " |")

    def say(self, text):
        print(text, flush=True)
        self.report.append(text)


class Growth:
    def __init__(self, work, quick, reviews):
        self.work = work
        self.reviews = reviews
        self.quick = quick
        # Tokens of each measurement, and runs after the one that is not counted.
        self.tokens = 20_000 if quick else 300_000
        self.runs = ["--runs", "1" if quick else "2"]
        self.report = []

    def both(self, length, *options, vocabulary=10_000, tokens=None):
        """Inference and training on the same made-up words."""
        tokens = tokens or self.tokens
        results = []
        for mode in ("infer", "train"):
            path = self.work / f"{mode}-{vocabulary}-{length}-{tokens}.txt"
            if not path.exists():
                share = tokens if mode == "infer" else tokens // 3
                # In a process of its own: what is started from a large one counts that one's memory as its own peak.
                writer = multiprocessing.Process(target=write_records, args=(path, vocabulary, share, length, mode == "train"))
                writer.start()
                writer.join()
            results.append(run(mode, path, "--maximum", 5000, "--limit", 1_000_000, *self.runs, *options))
        return results

    def length(self):
        table = Table(self.report, "Sentence length: the same number of tokens, one thread, batch 256 (inference) and 32 (training)",
                      "words", "inference, tokens/s", "MB", "training, tokens/s", "MB")
        for length in (10, 30, 100, 300, 1000, 5000):
            inference, training = self.both(length)
            table.row(length, inference["tokens/s"], inference["peak_rss_mb"], training["tokens/s"], training["peak_rss_mb"])

    def batch(self):
        table = Table(self.report, "Batch: 30 words a sentence, one thread", "batch", "inference, tokens/s", "MB",
                      "training, tokens/s", "MB")
        for batch in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024):
            inference, training = self.both(30, "--batch", batch)
            table.row(batch, inference["tokens/s"], inference["peak_rss_mb"], training["tokens/s"], training["peak_rss_mb"])

    def vocabulary(self):
        table = Table(self.report, "Vocabulary V: 30 words a sentence drawn from V by Zipf's law, batch 256 and 32, one thread; "
                      "training knows the words that its text has", "V", "words in the text", "inference, tokens/s", "MB",
                      "words in the text", "training, tokens/s", "MB")
        for size in (1_000, 10_000, 100_000, 1_000_000):
            inference, training = self.both(30, "--vocabulary", size, vocabulary=size)
            distinct = [self.distinct(mode, size) for mode in ("infer", "train")]
            table.row(size, distinct[0], inference["tokens/s"], inference["peak_rss_mb"], distinct[1], training["tokens/s"],
                      training["peak_rss_mb"])

    def distinct(self, mode, vocabulary):
        """Words in the text of `both`, labels left out."""
        text = (self.work / f"{mode}-{vocabulary}-30-{self.tokens}.txt").read_text(encoding="utf-8")
        return len({word for word in text.split() if word.startswith("w")})

    def units(self):
        table = Table(self.report, "Units H = embedding: 30 words a sentence, batch 256 and 32, one thread", "units",
                      "inference, tokens/s", "GFLOP/s of 8·H²", "training, tokens/s", "MB")
        for units in (32, 64, 128, 256, 512, 1024):
            # As many tokens as take about the same time.
            tokens = int(max(6_000, min(self.tokens, self.tokens * (160 / units) ** 2)))
            inference, training = self.both(30, "--units", units, "--dim", units, tokens=tokens)
            rate = inference["tokens/s"] * 8 * units * units / 1e9
            table.row(units, inference["tokens/s"], f"{rate:.1f}", training["tokens/s"], training["peak_rss_mb"])

    def threads(self):
        table = Table(self.report, "Threads: 30 words a sentence, batch 256 and 32", "threads", "inference, tokens/s", "to 1",
                      "training, tokens/s", "to 1")
        first = None
        for threads in [1, 2, 4, 8, 16, 32, 64]:
            if threads > max(2, os.cpu_count() or 1):
                break
            figures = [result["tokens/s"] for result in self.both(30, "--threads", threads)]
            first = first or figures
            (inference, training), ratios = figures, [f"{now / one:.2f}" for now, one in zip(figures, first)]
            table.row(threads, inference, ratios[0], training, ratios[1])

    def input(self):
        table = Table(self.report, f"Input: classify, {os.cpu_count()} threads, real sentences repeated", "MB", "seconds", "MB/s",
                      "peak MB of memory")
        text = self.sentences()
        for megabytes in (0.1, 1) if self.quick else (0.1, 1, 10, 100):
            path = self.work / "input.txt"
            with open(path, "wb") as file:
                left = int(megabytes * 1e6)
                while left > 0:
                    part = text if left >= len(text) else text[:text.rfind(b"\n", 0, left) + 1]
                    if not part:
                        break
                    file.write(part)
                    left -= len(part)
            size = path.stat().st_size / 1e6
            seconds, resident = self.classify(path)
            table.row(f"{megabytes:g}", f"{seconds:.2f}", f"{size / seconds:.1f}", resident)

    def sentences(self):
        if self.reviews.exists():
            lines = self.reviews.read_bytes().splitlines()
            return b"".join(line.split(b"\t", 1)[-1] + b"\n" for line in lines)
        return (root / "pipelines/examples.txt").read_bytes()

    def classify(self, path):
        start = time.perf_counter()
        child = subprocess.Popen([tool, "classify", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"hanpipe classify: exit {child.returncode}")
        return time.perf_counter() - start, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    tables = ["length", "batch", "vocabulary", "units", "threads", "input"]
    parser.add_argument("--only", choices=tables)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", default=str(root / "Benchmarks/.build/growth"))
    parser.add_argument("--reviews", default=str(root.parent / "shared/data/sentiment/shopping.tsv"))
    a = parser.parse_args()
    subprocess.run(["swift", "build", "-c", "release", "--package-path", str(root / "Benchmarks")], check=True,
                   stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="hanpipe-growth-") as work:
        growth = Growth(pathlib.Path(work), a.quick, pathlib.Path(a.reviews))
        for name in tables:
            if a.only in (None, name):
                getattr(growth, name)()
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "growth.md").write_text("\n".join(growth.report).strip() + "\n", encoding="utf-8")


main()
