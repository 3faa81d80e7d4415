"""How to run whatever is measured, and how to read its figures."""
import dataclasses
import os
import pathlib
import shutil
import subprocess
import tempfile
import time


class Failed(Exception):
    pass


@dataclasses.dataclass
class Contender:
    """A command whose output holds figures, or (whole) one that is timed from start to end, `repeats` times, the least counting."""
    command: list
    whole: bool = False
    repeats: int = 1
    input: str = None

    def run(self):
        """Gives {metric: value}."""
        try:
            return self.timed() if self.whole else figures(self.output())
        except OSError as error:
            raise Failed(str(error))

    def output(self):
        done = subprocess.run(self.command, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(f"{' '.join(self.command)}: exit {done.returncode}: {done.stderr.strip()[-300:]}")
        return done.stdout

    def timed(self):
        seconds, resident = [], 0
        for _ in range(self.repeats):
            with open(self.input or os.devnull, "rb") as stdin:
                start = time.perf_counter()
                child = subprocess.Popen(self.command, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                _, status, usage = os.wait4(child.pid, 0)
            seconds.append(time.perf_counter() - start)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode != 0:
                raise Failed(f"{' '.join(self.command)}: exit {child.returncode}")
            resident = max(resident, usage.ru_maxrss / 1024)
        return {"s": min(seconds), "ms": 1000 * min(seconds), "peak_rss_mb": resident}


def figures(output):
    """`name TAB metric TAB value` lines; icu_words' own lines, of which the last counts."""
    result = {}
    for line in output.splitlines():
        columns, words = line.split("\t"), line.split()
        if len(columns) == 3:
            result[columns[1]] = float(columns[2])
        elif len(words) > 2 and words[1] == "MB/s":
            result["MB/s"] = float(words[2])
    if not result:
        raise Failed(f"no figure in {output[-300:]!r}")
    return result


@dataclasses.dataclass
class Setting:
    """Where everything is."""
    root: pathlib.Path
    tool: str
    bench: str
    python: str
    shared_peers: pathlib.Path
    own_peers: pathlib.Path
    work: pathlib.Path
    quick: bool
    precisions: bool  # whether hanpipe-bench knows --precision
    onednn: bool  # whether the oneDNN peer could be compiled

    def runs(self, limit=20000):
        """Options for the amount of work."""
        return ["--runs", "1", "--limit", "500"] if self.quick else ["--runs", "3", "--limit", str(limit)]

    def hanpipe(self, mode, *options, limit=20000):
        if mode in ("icu", "segment"):
            return Contender([self.bench, mode, str(self.work / "lines.txt"), "--runs", "1" if self.quick else "3", *options])
        file = "words.tsv" if mode == "train" else "words.txt"
        return Contender([self.bench, mode, str(self.work / file), *self.runs(limit), *options])

    def torch(self, mode, *options, limit=20000):
        file = "words.tsv" if mode == "train" else "words.txt"
        script = str(self.own_peers / "lstm_torch.py")
        return Contender([self.python, script, mode, str(self.work / file), *self.runs(limit), *options])

    def onnxruntime(self, *options, limit=20000):
        script = str(self.shared_peers / "lstm_onnxruntime.py")
        return Contender([self.python, script, str(self.work / "words.txt"), *self.runs(limit), *options])

    def oneDNN(self, *options, limit=20000):
        return Contender([str(self.work / "lstm_onednn"), str(self.work / "words.txt"), *self.runs(limit), *options])

    def jieba(self, engine):
        script = str(self.shared_peers / "segment_jieba.py")
        return Contender([self.python, script, "time", str(self.work / "lines.txt"), "--engine", engine])

    def python_pipeline(self, file, *options, repeats=1):
        script = str(self.shared_peers / "pipeline_python.py")
        return Contender([self.python, script, *options], whole=True, repeats=repeats, input=str(self.work / file))

    def classify(self, file, repeats=1):
        return Contender([self.tool, "classify", str(self.work / file)], whole=True, repeats=repeats)


def prepare(root, a):
    """Builds what is missing and lays the inputs down: 20,000 reviews, their words by ICU, 8,000 with labels."""
    subprocess.run(["swift", "build", "-c", "release", "--package-path", str(root / "Benchmarks")], check=True,
                   stdout=subprocess.DEVNULL)
    work = pathlib.Path(tempfile.mkdtemp(prefix="hanpipe-compare-"))
    tool = str(root / ".build/release/hanpipe")
    bench = str(root / "Benchmarks/.build/release/hanpipe-bench")
    peers = pathlib.Path(a.shared) / "peers"
    subprocess.run(["cc", "-O3", str(peers / "icu_words.c"), "-o", str(work / "icu_words"), "-licuuc"], check=True)
    lay_inputs(work, tool, pathlib.Path(a.shared) / "data/sentiment/shopping.tsv", 2000 if a.quick else 20000)
    unknown = subprocess.run([bench, "infer", str(work / "one.txt"), "--precision", "nonsense"], capture_output=True)
    return Setting(root, tool, bench, a.python, peers, root / "Benchmarks/peers", work, a.quick, unknown.returncode != 0,
                   compile_onednn(root / "Benchmarks/peers/lstm_onednn.cpp", work / "lstm_onednn"))


def lay_inputs(work, tool, reviews, count):
    records = [line.split("\t", 1) for line in open(reviews, encoding="utf-8").read().splitlines()][:20000]
    records = records[::20000 // count]  # labels stand in blocks: a few are taken from all over
    (work / "lines.txt").write_text("".join(text + "\n" for _, text in records), encoding="utf-8")
    segmented = subprocess.run([tool, "segment", "--segmenter", "icu", str(work / "lines.txt")], check=True, capture_output=True, text=True).stdout
    (work / "words.txt").write_text(segmented, encoding="utf-8")
    labelled = list(zip(records, segmented.splitlines()))[:8000]
    (work / "words.tsv").write_text("".join(f"{label}\t{words}\n" for (label, _), words in labelled), encoding="utf-8")
    (work / "one.txt").write_text("这家酒店很干净，服务员也很热情，下次还会来。\n", encoding="utf-8")


def compile_onednn(source, target):
    """oneDNN's LSTM primitive; needs libdnnl-dev. False if it is not there."""
    if not source.exists() or not (shutil.which("c++") or shutil.which("clang++")):
        return False
    compiler = shutil.which("c++") or shutil.which("clang++")
    done = subprocess.run([compiler, "-O2", "-std=c++17", "-fopenmp", str(source), "-o", str(target), "-ldnnl"], capture_output=True)
    return done.returncode == 0
