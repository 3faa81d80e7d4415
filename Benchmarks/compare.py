"""Runs hanpipe and its peers alternately on the same work and prints one table of ratios (medians).

  python3 Benchmarks/compare.py [--python .venv-peers/bin/python] [--shared ../shared] [--rounds 3] [--only infer]

Needs the peers' Python environment (see ../shared/peers/README.md), a C compiler, libicu-dev, and the tool built by scripts/setup.
Every figure is the median over the rounds; A and B take turns, so that a drift of the machine meets both.
"""
import argparse, os, pathlib, statistics, subprocess, sys, tempfile, time

root = pathlib.Path(__file__).resolve().parent.parent
p = argparse.ArgumentParser()
p.add_argument("--python", default=str(root.parent / ".venv-peers/bin/python"))
p.add_argument("--shared", default=str(root.parent / "shared"))
p.add_argument("--rounds", type=int, default=3)
p.add_argument("--only", default="")
a = p.parse_args()
peers, data = pathlib.Path(a.shared) / "peers", pathlib.Path(a.shared) / "data"
work = pathlib.Path(tempfile.mkdtemp(prefix="hanpipe-bench-"))
tool = str(root / ".build/release/hanpipe")
bench = str(root / "Benchmarks/.build/release/hanpipe-bench")


def sh(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def metric(output, wanted):
    for line in output.splitlines():
        parts = line.split("\t")
        if len(parts) == 3 and parts[1] == wanted:
            return float(parts[2])
        words = line.split()
        if wanted == "MB/s" and len(words) > 2 and words[1] == "MB/s":
            return float(words[2])
    raise SystemExit(f"no {wanted} in {output!r}")


def wall(command, **options):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    return time.perf_counter() - start


def prepare():
    sh("swift", "build", "-c", "release", "--package-path", str(root / "Benchmarks"))
    sh("cc", "-O3", str(peers / "icu_words.c"), "-o", str(work / "icu_words"), "-licuuc")
    reviews = [l.split("\t", 1) for l in open(data / "sentiment/shopping.tsv", encoding="utf-8").read().splitlines()][:20000]
    (work / "lines.txt").write_text("".join(t + "\n" for _, t in reviews), encoding="utf-8")
    words = sh(tool, "segment", str(work / "lines.txt")).splitlines()
    (work / "words.txt").write_text("".join(w + "\n" for w in words), encoding="utf-8")
    (work / "words.tsv").write_text("".join(f"{l}\t{w}\n" for (l, _), w in list(zip(reviews, words))[:8000]), encoding="utf-8")


rows = []


def compare(name, ours, theirs, unit, peer, lower_is_better=False):
    """ours, theirs: functions that measure once."""
    if a.only and a.only not in name:
        return
    pairs = [(ours(), theirs()) for _ in range(a.rounds)]
    x, y = (statistics.median(v) for v in zip(*pairs))
    ratio = statistics.median((b / c if not lower_is_better else c / b) for b, c in pairs)
    rows.append((name, x, y, unit, peer, ratio))
    print(f"{name:44} {x:12.1f} {y:12.1f} {unit:12} {ratio:6.2f} × {peer}", flush=True)


prepare()
for threads in (1, 2):
    t = str(threads)
    compare(f"icu stage, {t} thread{'s' * (threads - 1)}", lambda: metric(sh(bench, "icu", str(work / "lines.txt"), "--threads", t, "--runs", "3"), "MB/s"),
            lambda: metric(sh(str(work / "icu_words"), "time", str(work / "lines.txt")), "MB/s"), "MB/s", "ICU in C, 1 thread")
for threads in (1, 2):
    t = str(threads)
    for batch in ("256",):
        mine = lambda: metric(sh(bench, "infer", str(work / "words.txt"), "--batch", batch, "--threads", t, "--runs", "3"), "tokens/s")
        compare(f"infer b{batch}, {t} thread{'s' * (threads - 1)}", mine, lambda: metric(sh(
            a.python, str(peers / "lstm_torch.py"), "infer", str(work / "words.txt"), "--batch", batch, "--threads", t, "--runs", "3"),
            "tokens/s"), "tokens/s", "PyTorch packed")
        compare(f"infer b{batch}, {t} thread{'s' * (threads - 1)} (ORT)", mine, lambda: metric(sh(
            a.python, str(peers / "lstm_onnxruntime.py"), str(work / "words.txt"), "--batch", batch, "--threads", t, "--runs", "3"),
            "tokens/s"), "tokens/s", "ONNX Runtime")
for threads in (1, 2):
    t = str(threads)
    compare(f"train b32, {t} thread{'s' * (threads - 1)}", lambda: metric(sh(bench, "train", str(work / "words.tsv"), "--threads", t, "--runs", "2"), "sentences/s"),
            lambda: max(metric(sh(a.python, str(peers / "lstm_torch.py"), "train", str(work / "words.tsv"), "--batch", "32", "--threads", t,
                                  "--runs", "1", *more), "sentences/s") for more in ([], ["--sparse"])), "sentences/s", "PyTorch")
line = work / "one.txt"
line.write_text("这家酒店很干净，服务员也很热情，下次还会来。\n", encoding="utf-8")
compare("one line, start to end", lambda: min(wall([tool, "classify", str(line)]) for _ in range(5)) * 1000,
        lambda: wall([a.python, str(peers / "pipeline_python.py"), "--segmenter", "rjieba", "--engine", "onnxruntime"],
                     stdin=open(line)) * 1000, "ms", "jieba-rs + ONNX Runtime", lower_is_better=True)
compare("classify 20,000 reviews, whole process", lambda: wall([tool, "classify", str(work / "lines.txt")]),
        lambda: wall([a.python, str(peers / "pipeline_python.py"), "--segmenter", "rjieba", "--engine", "onnxruntime"],
                     stdin=open(work / "lines.txt")), "s", "jieba-rs + ONNX Runtime", lower_is_better=True)

print("\n| work | hanpipe | peer | ratio | peer is |\n|---|---|---|---|---|")
for name, x, y, unit, peer, ratio in rows:
    print(f"| {name} | {x:,.1f} {unit} | {y:,.1f} {unit} | **{ratio:.2f}×** | {peer} |")
