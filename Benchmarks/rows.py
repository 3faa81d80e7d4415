"""What is compared, as data: sessions of contenders that take turns, and the rows that their figures give."""
import dataclasses

from contenders import Contender


@dataclasses.dataclass
class Row:
    name: str
    metric: str
    unit: str
    ours: str
    peers: list
    goal: float = None

    @property
    def less_is_better(self):
        return self.metric in ("s", "ms", "peak_rss_mb")

    def best(self, values):
        return min(values) if self.less_is_better else max(values)

    def factor(self, theirs, ours):
        """How many times better `ours` is."""
        return theirs / ours if self.less_is_better else ours / theirs


@dataclasses.dataclass
class Session:
    name: str
    contenders: dict
    rows: list


def threads_text(threads):
    return f"{threads} thread" + ("s" if threads > 1 else "")


def sessions(s):
    """All of them. s: contenders.Setting."""
    yield icu(s)
    yield lexicon(s)
    yield inference(s, "infer", ["--dim", "128", "--units", "128"], goal=2.2, packed_goal=3.2)
    yield single(s)
    yield reduced(s)
    for name, options in [("bidirectional", ["--bidirectional"]), ("two layers", ["--layers", "2"]), ("GRU", ["--cell", "gru"])]:
        yield shape(s, name, options)
    for units in ("256", "512"):
        yield inference(s, f"infer H = {units}", ["--dim", units, "--units", units], limit=4000)
    for batch in ("32", "128"):
        yield training(s, batch)
    yield one_line(s)
    yield whole(s)


def icu(s):
    contenders = {f"hanpipe t{t}": s.hanpipe("icu", "--threads", str(t)) for t in (1, 2)}
    contenders["ICU in C, 1 thread"] = Contender([str(s.work / "icu_words"), "time", str(s.work / "lines.txt")])
    raw = ["ICU in C, 1 thread"]
    return Session("icu", contenders, [
        Row("icu stage, 1 thread", "MB/s", "MB/s", "hanpipe t1", raw, 0.95),
        Row("icu stage, 2 threads", "MB/s", "MB/s", "hanpipe t2", raw, 1.9),
        Row("icu stage, 2 threads against 1", "MB/s", "MB/s", "hanpipe t2", ["hanpipe t1"], 1.85),
    ])


def lexicon(s):
    """The lexicon stage with the shipped dictionary."""
    spec = ["--pipeline", str(s.root / "pipelines/lexicon.json")]
    contenders = {f"hanpipe t{t}": s.hanpipe("segment", *spec, "--threads", str(t)) for t in (1, 2)}
    contenders |= {"jieba-rs, 1 thread": s.jieba("rjieba"), "jieba, 1 thread": s.jieba("jieba")}
    return Session("lexicon", contenders, [
        Row("lexicon stage, 1 thread", "MB/s", "MB/s", "hanpipe t1", ["jieba-rs, 1 thread"], 1.5),
        Row("lexicon stage, 1 thread, jieba", "MB/s", "MB/s", "hanpipe t1", ["jieba, 1 thread"]),
        Row("lexicon stage, 2 threads against 1", "MB/s", "MB/s", "hanpipe t2", ["hanpipe t1"], 1.85),
    ])


def inference(s, name, shape, goal=None, packed_goal=None, limit=20000):
    """Bulk inference on one and two threads, against each peer at the better of two batch sizes."""
    contenders, rows = {}, []
    for t in (1, 2):
        threads = ["--threads", str(t), *shape]
        contenders[f"hanpipe t{t}"] = s.hanpipe("infer", "--batch", "256", *threads, limit=limit)
        packed, others = [], []
        for batch in ("32", "256"):
            size = ["--batch", batch, *threads]
            packed.append(f"PyTorch packed, batch {batch}, t{t}")
            contenders[packed[-1]] = s.torch("infer", *size, limit=limit)
            others += [f"PyTorch padded, batch {batch}, t{t}", f"ONNX Runtime, batch {batch}, t{t}"]
            contenders[others[-2]] = s.torch("infer", "--padded", *size, limit=limit)
            contenders[others[-1]] = s.onnxruntime(*size, limit=limit)
            if s.onednn and t == 1:
                others.append(f"oneDNN, batch {batch}, t{t}")
                contenders[others[-1]] = s.oneDNN(*size, limit=limit)
        rows.append(Row(f"{name}, {threads_text(t)}, fastest peer", "tokens/s", "tokens/s", f"hanpipe t{t}", packed + others, goal))
        rows.append(Row(f"{name}, {threads_text(t)}, packed", "tokens/s", "tokens/s", f"hanpipe t{t}", packed, packed_goal))
    rows.append(Row(f"{name}, 2 threads against 1", "tokens/s", "tokens/s", "hanpipe t2", ["hanpipe t1"], 1.85))
    return Session(name, contenders, rows)


def single(s):
    """A sentence at a time in a warm process."""
    size = ["--batch", "1", "--threads", "1"]
    contenders = {"hanpipe": s.hanpipe("infer", *size, limit=4000), "ONNX Runtime": s.onnxruntime(*size, limit=4000),
                  "ONNX Runtime int8": s.onnxruntime("--int8", *size, limit=4000)}
    rows = [Row("infer batch 1, 1 thread", "tokens/s", "tokens/s", "hanpipe", ["ONNX Runtime"], 2),
            Row("infer batch 1, 1 thread, float32 against int8", "tokens/s", "tokens/s", "hanpipe", ["ONNX Runtime int8"])]
    for precision in ("bf16", "int8") if s.precisions else ():
        contenders[f"hanpipe {precision}"] = s.hanpipe("infer", "--precision", precision, *size, limit=4000)
        rows.append(Row(f"infer batch 1, 1 thread, {precision}", "tokens/s", "tokens/s", f"hanpipe {precision}",
                        ["ONNX Runtime int8"], 1))
    return Session("infer batch 1", contenders, rows)


def reduced(s):
    """bf16 and int8 in bulk, against int8 of the peers at their best batch size."""
    contenders, rows, runtime, dnn = {}, [], [], []
    for batch in ("1", "32", "256") if s.precisions else ():
        size = ["--batch", batch, "--threads", "1"]
        runtime.append(f"ONNX Runtime int8, batch {batch}")
        contenders[runtime[-1]] = s.onnxruntime("--int8", *size)
        if s.onednn:
            dnn.append(f"oneDNN int8, batch {batch}")
            contenders[dnn[-1]] = s.oneDNN("--precision", "int8", *size)
            contenders[f"oneDNN bf16, batch {batch}"] = s.oneDNN("--precision", "bf16", *size)
    for precision in ("bf16", "int8"):
        own = f"hanpipe {precision}"
        if s.precisions:
            contenders[own] = s.hanpipe("infer", "--batch", "256", "--threads", "1", "--precision", precision)
            contenders[own + " t2"] = s.hanpipe("infer", "--batch", "256", "--threads", "2", "--precision", precision)
        rows.append(Row(f"infer {precision}, 1 thread", "tokens/s", "tokens/s", own, runtime, 2))
        rows.append(Row(f"infer {precision}, 1 thread, oneDNN int8", "tokens/s", "tokens/s", own, dnn, 1.6))
        rows.append(Row(f"infer {precision}, 2 threads against 1", "tokens/s", "tokens/s", own + " t2", [own], 1.85))
    return Session("infer reduced", contenders, rows)


def shape(s, name, options):
    """Another encoder, against PyTorch at its best."""
    contenders, rows = {}, []
    for t in (1, 2):
        threads = ["--threads", str(t), *options]
        contenders[f"hanpipe t{t}"] = s.hanpipe("infer", "--batch", "256", *threads, limit=8000)
        peers = []
        for batch in ("32", "256"):
            for form in ([], ["--padded"]) if "--bidirectional" not in options else ([],):
                peers.append(f"PyTorch {'padded' if form else 'packed'}, batch {batch}, t{t}")
                contenders[peers[-1]] = s.torch("infer", "--batch", batch, *form, *threads, limit=8000)
        packed = [peer for peer in peers if "packed" in peer]
        own = f"hanpipe t{t}"
        rows.append(Row(f"infer {name}, {threads_text(t)}, fastest of PyTorch", "tokens/s", "tokens/s", own, peers, 2.2))
        rows.append(Row(f"infer {name}, {threads_text(t)}, packed", "tokens/s", "tokens/s", own, packed, 3.2))
    rows.append(Row(f"infer {name}, 2 threads against 1", "tokens/s", "tokens/s", "hanpipe t2", ["hanpipe t1"], 1.85))
    return Session(f"infer {name}", contenders, rows)


def training(s, batch):
    """Epochs over 8,000 reviews, against the best of PyTorch's forms; then memory, against its least."""
    contenders, rows = {}, []
    for t in (1, 2):
        size = ["--batch", batch, "--threads", str(t)]
        contenders[f"hanpipe t{t}"] = s.hanpipe("train", *size, limit=8000)
        peers = []
        for form in ([], ["--sparse"], ["--padded"], ["--padded", "--sparse"]):
            peers.append(f"PyTorch {'padded' if '--padded' in form else 'packed'}{', sparse' if '--sparse' in form else ''}, t{t}")
            contenders[peers[-1]] = s.torch("train", *size, *form, limit=8000)
        own = f"hanpipe t{t}"
        rows.append(Row(f"train batch {batch}, {threads_text(t)}", "sentences/s", "sentences/s", own, peers, 3))
        rows.append(Row(f"train batch {batch}, {threads_text(t)}, memory", "peak_rss_mb", "MB", own, peers, 3))
    rows.append(Row(f"train batch {batch}, 2 threads against 1", "sentences/s", "sentences/s", "hanpipe t2", ["hanpipe t1"], 1.85))
    return Session(f"train batch {batch}", contenders, rows)


FAST = ["--segmenter", "rjieba", "--engine", "onnxruntime"]
USUAL = ["--segmenter", "jieba", "--engine", "torch"]


def one_line(s):
    peers = ["jieba-rs + ONNX Runtime", "jieba + PyTorch"]
    contenders = {"hanpipe": s.classify("one.txt", repeats=5), peers[0]: s.python_pipeline("one.txt", *FAST),
                  peers[1]: s.python_pipeline("one.txt", *USUAL)}
    return Session("one line", contenders, [Row("one line, start to end", "ms", "ms", "hanpipe", peers)])


def whole(s):
    peers = ["jieba-rs + ONNX Runtime", "jieba + PyTorch"]
    contenders = {"hanpipe": s.classify("lines.txt", repeats=3), peers[0]: s.python_pipeline("lines.txt", *FAST),
                  peers[1]: s.python_pipeline("lines.txt", *USUAL)}
    name = f"classify {'2,000' if s.quick else '20,000'} reviews"
    return Session("classify", contenders, [
        Row(f"{name}, the faster pipeline", "s", "s", "hanpipe", peers[:1], 5),
        Row(f"{name}, the usual pipeline", "s", "s", "hanpipe", peers[1:], 25),
        Row(f"{name}, memory", "peak_rss_mb", "MB", "hanpipe", peers),
    ])
