"""PyTorch on Embedding(V, D) -> LSTM or GRU(H) -> Linear(1) -> sigmoid, float32: as ../shared/peers/lstm_torch.py, with more forms.

  python lstm_torch.py infer SEGMENTED.txt [--batch 256] [--threads 1] [--dim 128] [--units 128] [--layers 1] [--bidirectional]
                       [--cell lstm|gru] [--padded]
  python lstm_torch.py train SEGMENTED.tsv [--sparse] ...        (label TAB space-separated words)

--padded gives the network whole rectangles instead of packed sequences and takes the state at each sequence's last step: more
arithmetic in fewer, larger products, which is often faster. Lines are sorted by length, so that little is padding.
Prints one line a measurement: name TAB metric TAB value, the median of --runs after one that is not counted.
"""
import argparse
import resource
import statistics
import time

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

VOCABULARY = 20000


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["infer", "train"])
    parser.add_argument("file")
    for name, standard in [("batch", 256), ("threads", 1), ("dim", 128), ("units", 128), ("layers", 1), ("runs", 5),
                           ("maximum", 200), ("limit", 20000)]:
        parser.add_argument("--" + name, type=int, default=standard)
    parser.add_argument("--cell", choices=["lstm", "gru"], default="lstm")
    for name in ("bidirectional", "padded", "sparse"):
        parser.add_argument("--" + name, action="store_true")
    a = parser.parse_args()
    if a.padded and a.bidirectional:
        parser.error("--padded and --bidirectional: the backward direction would begin in the padding")
    return a


def read(path, labelled, limit, maximum):
    lines = open(path, encoding="utf-8").read().splitlines()[:limit]
    labels = [float(line.split("\t", 1)[0]) if labelled else 0.0 for line in lines]
    words = [(line.split("\t", 1)[1] if labelled else line).split()[:maximum] or ["<unk>"] for line in lines]
    counts = {}
    for word in (word for record in words for word in record):
        counts[word] = counts.get(word, 0) + 1
    ranked = sorted(counts, key=lambda word: (-counts[word], word))[:VOCABULARY - 2]
    vocabulary = {word: i + 2 for i, word in enumerate(ranked)}
    return [torch.tensor([vocabulary.get(word, 1) for word in record]) for record in words], labels


def batches(ids, labels, size):
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    for start in range(0, len(order), size):
        part = order[start:start + size]
        yield (pad_sequence([ids[i] for i in part], batch_first=True), torch.tensor([len(ids[i]) for i in part]),
               torch.tensor([labels[i] for i in part]))


class Network(nn.Module):
    def __init__(self, a):
        super().__init__()
        self.padded = a.padded
        self.lasts = 2 if a.bidirectional else 1
        self.embedding = nn.Embedding(VOCABULARY, a.dim, sparse=a.sparse)
        cell = nn.LSTM if a.cell == "lstm" else nn.GRU
        self.encoder = cell(a.dim, a.units, num_layers=a.layers, batch_first=True, bidirectional=a.bidirectional)
        self.dense = nn.Linear(a.units * self.lasts, 1)

    def forward(self, ids, lengths):
        x = self.embedding(ids)
        if self.padded:
            y, _ = self.encoder(x)
            last = y[torch.arange(len(lengths)), lengths - 1]
        else:
            _, h = self.encoder(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
            h = h[0] if isinstance(h, tuple) else h
            last = torch.cat(list(h[-self.lasts:]), 1)
        return self.dense(last)[:, 0]


def inference(network, work):
    with torch.inference_mode():
        for x, lengths, _ in work:
            torch.sigmoid(network(x, lengths))


def optimizers(network, sparse):
    dense = [p for name, p in network.named_parameters() if not (sparse and name.startswith("embedding"))]
    result = [torch.optim.Adam(dense, fused=True)]
    return result + [torch.optim.SparseAdam(network.embedding.parameters())] if sparse else result


def epoch(network, work, steps, loss=nn.BCEWithLogitsLoss()):
    for x, lengths, labels in work:
        for optimizer in steps:
            optimizer.zero_grad()
        loss(network(x, lengths), labels).backward()
        for optimizer in steps:
            optimizer.step()


def main():
    a = arguments()
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    ids, labels = read(a.file, a.mode == "train", a.limit, a.maximum)
    work = list(batches(ids, labels, a.batch))
    network = Network(a)
    steps = optimizers(network, a.sparse) if a.mode == "train" else []
    if a.mode == "infer":
        network.eval()
    seconds = []
    for _ in range(a.runs + 1):
        start = time.perf_counter()
        if a.mode == "infer":
            inference(network, work)
        else:
            epoch(network, work, steps)
        seconds.append(time.perf_counter() - start)
    median = statistics.median(seconds[1:])
    flags = [name for name in ("bidirectional", "padded", "sparse") if getattr(a, name)]
    name = " ".join([f"torch-{torch.__version__} {a.mode} {a.cell} b{a.batch} t{a.threads} d{a.dim} h{a.units} l{a.layers}"] + flags)
    print(f"{name}\tsentences/s\t{len(ids) / median:.0f}")
    print(f"{name}\ttokens/s\t{sum(map(len, ids)) / median:.0f}")
    print(f"{name}\tpeak_rss_mb\t{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}")


main()
