"""Writes recurrent-*.json and optimizers.json: outputs, gradients and updates as PyTorch computes them.

Run: python make_recurrent.py
Parameters are float32 numbers; everything expected is computed from them in float64.
"""

import numpy as np
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from fixture import EXPECTED, INPUT, numbers, tensor, write

MADE_BY = f"make_recurrent.py with PyTorch {torch.__version__}, NumPy {np.__version__}"
GATES = {"lstm": 4, "gru": 3, "rnn": 1}
MODULES = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
ATTENTION = 3  # width A of attention pooling

VOCABULARY = 9
# Ragged and unsorted, with repeated words; the longest is neither first nor last.
RECORDS = [[4, 2, 7], [3, 8, 3, 5, 2, 6], [5], [2, 2, 6, 8]]

CASES = [
    # name, cell, units, layers, bidirectional, output, pooling, head, labels
    ("lstm-last", "lstm", 5, 1, False, "last", None, "sigmoid", 1),
    ("lstm-last-17-units", "lstm", 17, 1, False, "last", None, "softmax", 3),
    ("lstm-bidirectional-last", "lstm", 5, 1, True, "last", None, "sigmoid", 1),
    ("lstm-2-layers-last", "lstm", 5, 2, False, "last", None, "softmax", 3),
    ("lstm-bidirectional-2-layers-max", "lstm", 4, 2, True, "sequence", "max-pooling", "sigmoid", 1),
    ("lstm-mean-multi-label", "lstm", 5, 1, False, "sequence", "mean-pooling", "sigmoid", 3),
    ("lstm-attention", "lstm", 5, 1, False, "sequence", "attention-pooling", "softmax", 3),
    ("gru-last", "gru", 5, 1, False, "last", None, "sigmoid", 1),
    ("gru-bidirectional-2-layers-max", "gru", 4, 2, True, "sequence", "max-pooling", "softmax", 3),
    ("rnn-last", "rnn", 5, 1, False, "last", None, "sigmoid", 1),
    ("rnn-bidirectional-last", "rnn", 5, 1, True, "last", None, "softmax", 3),
    ("lstm-2-layers-last-window-2", "lstm", 5, 2, False, "last", None, "softmax", 3, 2),
    ("gru-2-layers-mean-window-3", "gru", 4, 2, False, "sequence", "mean-pooling", "sigmoid", 1, 3),
]
EMBEDDING = 4


def targets(head, labels):
    if head == "softmax":
        return [2, 0, 1, 0]
    return [1, 0, 1, 0] if labels == 1 else [[1, 0, 1], [0, 0, 0], [0, 1, 1], [1, 1, 0]]


def shapes(cell, units, layers, directions, pooling, labels):
    """Our parameters' names and shapes, in the order in which they are drawn."""
    rows, width = GATES[cell] * units, EMBEDDING
    result = {"embedding.weight": (VOCABULARY, EMBEDDING)}
    for layer in range(layers):
        for direction in ("forward", "backward")[:directions]:
            prefix = f"layers.{layer}.{direction}."
            result[prefix + "weight_ih"] = (rows, width)
            result[prefix + "weight_hh"] = (rows, units)
            for bias in ("bias_ih", "bias_hh") if cell == "gru" else ("bias",):
                result[prefix + bias] = (rows,)
        width = directions * units
    if pooling == "attention-pooling":
        result |= {"pooling.weight": (ATTENTION, width), "pooling.bias": (ATTENTION,), "pooling.query": (ATTENTION,)}
    return result | {"head.weight": (labels, width), "head.bias": (labels,)}


def load(network, parameters, cell):
    """Copies our parameters into `network`. Returns PyTorch's parameter for each of our names."""
    theirs = {}
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            kind, _, place = name.rpartition("_l")
            layer, _, reverse = place.partition("_")
            prefix = f"layers.{layer}.{'backward' if reverse else 'forward'}."
            if cell != "gru" and kind == "bias_hh":
                parameter.zero_()  # our one bias is bias_ih
                continue
            ours = prefix + ("bias" if cell != "gru" and kind == "bias_ih" else kind)
            parameter.copy_(parameters[ours])
            theirs[ours] = parameter
    return theirs


def pool(steps, lengths, pooling, leaves):
    """`steps` is (B, T, D); steps beyond a record's length take no part."""
    real = (torch.arange(steps.shape[1])[None, :] < lengths[:, None])[:, :, None]
    if pooling == "max-pooling":
        return steps.masked_fill(~real, -torch.inf).amax(1)
    if pooling == "mean-pooling":
        return (steps * real).sum(1) / lengths[:, None]
    scores = torch.tanh(steps @ leaves["pooling.weight"].T + leaves["pooling.bias"]) @ leaves["pooling.query"]
    weights = scores.masked_fill(~real[:, :, 0], -torch.inf).softmax(1)
    return (weights[:, :, None] * steps).sum(1)


def truncated(network, embedded, window):
    """One record's steps (T, E) in windows counted from its end, no gradient from one to the one before.
    Returns the top layer's steps (T, H)."""
    first = len(embedded) % window or window
    state, steps = None, []
    for start in [0, *range(first, len(embedded), window)]:
        end = start + window if start else first
        result, state = network(embedded[None, start:end], state)
        state = tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
        steps.append(result[0])
    return torch.cat(steps)


def recurrent(seed, name, cell, units, layers, bidirectional, output, pooling, head, labels, window=None):
    directions = 2 if bidirectional else 1
    generator = np.random.default_rng(seed)
    drawn = {
        key: generator.uniform(-0.4, 0.4, shape).astype(np.float32)
        for key, shape in shapes(cell, units, layers, directions, pooling, labels).items()
    }
    leaves = {key: torch.from_numpy(array.astype(np.float64)).requires_grad_() for key, array in drawn.items()}
    network = MODULES[cell](EMBEDDING, units, layers, batch_first=True, bidirectional=bidirectional).double()
    leaves |= load(network, leaves, cell)

    lengths = torch.tensor([len(record) for record in RECORDS])
    padded = torch.tensor([record + [0] * (int(lengths.max()) - len(record)) for record in RECORDS])
    packed = pack_padded_sequence(
        leaves["embedding.weight"][padded], lengths, batch_first=True, enforce_sorted=False
    )
    result, state = network(packed)
    if window:
        windows = [truncated(network, leaves["embedding.weight"][torch.tensor(record)], window) for record in RECORDS]
        every, _ = pad_packed_sequence(result, batch_first=True)
        for b, steps in enumerate(windows):
            assert torch.allclose(steps, every[b, : len(steps)])  # truncation changes gradients only
    if window and output == "last":
        final = torch.stack([steps[-1] for steps in windows])
        encoder = final
    elif window:
        final = pool(nn.utils.rnn.pad_sequence(windows, batch_first=True), lengths, pooling, leaves)
        encoder = windows
    elif output == "last":
        hidden = state[0] if cell == "lstm" else state
        # h_n is (L * directions, B, H); the last layer's directions stand side by side.
        final = torch.cat(list(hidden[-directions:]), 1)
        encoder = final
    else:
        steps, _ = pad_packed_sequence(result, batch_first=True)
        final = pool(steps, lengths, pooling, leaves)
        encoder = [steps[b, : lengths[b]] for b in range(len(RECORDS))]

    logits = final @ leaves["head.weight"].T + leaves["head.bias"]
    goal = torch.tensor(targets(head, labels))
    if head == "softmax":
        probabilities, loss = logits.softmax(1), cross_entropy(logits, goal)
    else:
        probabilities = logits.sigmoid()
        loss = binary_cross_entropy_with_logits(logits, goal.double().reshape(logits.shape))
    loss.backward()

    def expected(value):
        if isinstance(value, list):
            return [expected(item) for item in value]
        return numbers(value.detach(), EXPECTED)

    outputs = {"encoder": expected(encoder)}
    if pooling:
        outputs["pooled"] = expected(final)
    outputs |= {"logits": expected(logits), "probabilities": expected(probabilities), "loss": expected(loss)}
    write(
        f"recurrent-{name}.json",
        {
            "made_by": MADE_BY,
            "name": name,
            "cell": cell,
            "vocabulary": VOCABULARY,
            "embedding": EMBEDDING,
            "units": units,
            "layers": layers,
            "bidirectional": bidirectional,
            "output": output,
            **({"window": window} if window else {}),
            "pooling": pooling,
            "head": head,
            "labels": labels,
            "records": RECORDS,
            "targets": targets(head, labels),
            "parameters": {key: tensor(array, INPUT) for key, array in drawn.items()},
            "outputs": outputs,
            "gradients": {key: tensor(leaves[key].grad, EXPECTED) for key in drawn},
        },
    )


OPTIMIZERS = [
    # name, class, settings in PyTorch's words
    ("sgd", torch.optim.SGD, {"lr": 0.1}),
    ("sgd-momentum", torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    ("sgd-nesterov", torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("adam", torch.optim.Adam, {"lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-7}),
    ("adam-l2", torch.optim.Adam, {"lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-7, "weight_decay": 0.01}),
    ("adamw", torch.optim.AdamW, {"lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-7, "weight_decay": 0.01}),
]
PARAMETER = [0.5, -0.25, 1.5, -2.0, 0.125, 0.0]
# Of very different sizes, with zeros: a component without a gradient, and one that comes late.
GRADIENTS = [
    [0.1, -0.2, 3.0, 1e-6, 0.0, 0.0],
    [0.2, 0.1, -2.5, 1e-6, 0.0, -0.5],
    [-0.1, 0.3, 1.0, -2e-6, 0.0, 0.0],
    [0.05, -0.4, 4.0, 3e-6, 0.0, 0.25],
    [0.0, 0.15, -0.5, 1e-6, 0.0, 0.0],
]


def updates(name, optimizer, settings):
    parameter = torch.tensor(PARAMETER, dtype=torch.float64, requires_grad=True)
    step = optimizer([parameter], **settings)
    after = []
    for gradient in GRADIENTS:
        parameter.grad = torch.tensor(gradient, dtype=torch.float64)
        step.step()
        after.append(numbers(parameter.detach().clone(), EXPECTED))
    return {"name": name, "settings": settings, "parameter_after_each_step": after}


def clipping(name, largest):
    gradients = {"a": [[3.0, -4.0], [0.5, 0.0]], "b": [12.0, -1.0, 0.25]}
    leaves = [torch.zeros(np.shape(gradient), dtype=torch.float64).requires_grad_() for gradient in gradients.values()]
    for leaf, gradient in zip(leaves, gradients.values()):
        leaf.grad = torch.tensor(gradient, dtype=torch.float64)
    norm = nn.utils.clip_grad_norm_(leaves, largest)
    return {
        "name": name,
        "formula": "every gradient times min(1, max_norm / (norm + 1e-6)), norm over all gradients together",
        "max_norm": largest,
        "gradients": {key: tensor(torch.tensor(value), INPUT) for key, value in gradients.items()},
        "norm": float(norm),
        "clipped": {key: tensor(leaf.grad, EXPECTED) for key, leaf in zip(gradients, leaves)},
    }


SCHEDULES = [
    ("step-decay", "base * gamma ^ floor(epoch / step_size)", "StepLR", {"step_size": 3, "gamma": 0.5}),
    ("exponential", "base * gamma ^ epoch", "ExponentialLR", {"gamma": 0.9}),
    (
        "cosine",
        "eta_min + (base - eta_min) * (1 + cos(pi * epoch / T_max)) / 2",
        "CosineAnnealingLR",
        {"T_max": 10, "eta_min": 0.0001},
    ),
    (
        "linear-warm-up",
        "base * (start_factor + (1 - start_factor) * min(epoch, total_iters) / total_iters)",
        "LinearLR",
        {"start_factor": 0.1, "total_iters": 5},
    ),
]
EPOCHS, BASE = 10, 0.01


def schedule(name, formula, kind, settings):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=BASE)
    scheduler = getattr(torch.optim.lr_scheduler, kind)(optimizer, **settings)
    rates = []
    for _ in range(EPOCHS):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return {
        "name": name, "formula": formula, "made_with": kind, "settings": settings, "base": BASE, "rate_of_epoch": rates,
    }


def main():
    torch.set_num_threads(1)
    for number, case in enumerate(CASES):
        recurrent(2024 + number, *case)
    write(
        "optimizers.json",
        {
            "made_by": MADE_BY,
            "parameter": PARAMETER,
            "gradients": GRADIENTS,
            "optimizers": [updates(*case) for case in OPTIMIZERS],
            "clipping": [clipping("above", 5.0), clipping("below", 20.0)],
            "schedules": [schedule(*case) for case in SCHEDULES],
        },
    )


if __name__ == "__main__":
    main()
