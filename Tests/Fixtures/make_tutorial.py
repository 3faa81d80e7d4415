"""Writes tutorial.json, padding.json and optimizers-keras.json: what Keras 3 computes, on its PyTorch backend.

Run: KERAS_BACKEND=torch python make_tutorial.py
"""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
import torch

from fixture import EXPECTED, INPUT, Number, numbers, write
from make_recurrent import GRADIENTS, PARAMETER

MADE_BY = (
    f"make_tutorial.py with Keras {keras.__version__} on PyTorch {torch.__version__}, NumPy {np.__version__}"
)
FULL = "%.17g"  # a float64 and back

TEXTS = ["我喜欢吃苹果", "我不喜欢吃苹果"]
WORDS = [["我", "喜欢", "吃", "苹果"], ["我", "不", "喜欢", "吃", "苹果"]]
LABELS = [1, 0]
WIDTH, UNITS, EPOCHS, RATE = 128, 128, 100, 0.001
PADDING, UNKNOWN = 0, 1


def vocabulary():
    """Ids from 2 by descending count, then by the word's code points."""
    counts = {}
    for record in WORDS:
        for word in record:
            counts[word] = counts.get(word, 0) + 1
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    return {word: 2 + place for place, word in enumerate(ordered)}


def filled(number, shape, scale):
    """Tensor `number`, row-major, from integers alone."""
    u = np.arange(np.prod(shape), dtype=np.uint32) * np.uint32(2654435761)
    u += np.uint32(number * 40503 % 2**32)
    u ^= u >> np.uint32(15)
    u *= np.uint32(2246822519)
    u ^= u >> np.uint32(13)
    values = ((u >> np.uint32(8)).astype(np.float64) / 16777216 - 0.5) * scale
    return values.astype(np.float32).reshape(shape)


def glorot(fan_in, fan_out):
    return 2 * (6 / (fan_in + fan_out)) ** 0.5


def weights(size):
    """Our six tensors in order, with the scale each is filled with, or none."""
    gates = 4 * UNITS
    bias = np.zeros(gates, np.float32)
    bias[UNITS : 2 * UNITS] = 1
    scales = [0.1, glorot(WIDTH, gates), glorot(UNITS, gates), None, glorot(UNITS, 1), None]
    return [
        ("embedding.weight", filled(0, (size, WIDTH), scales[0]), scales[0]),
        ("layers.0.forward.weight_ih", filled(1, (gates, WIDTH), scales[1]), scales[1]),
        ("layers.0.forward.weight_hh", filled(2, (gates, UNITS), scales[2]), scales[2]),
        ("layers.0.forward.bias", bias, None),
        ("head.weight", filled(4, (1, UNITS), scales[4]), scales[4]),
        ("head.bias", np.zeros(1, np.float32), None),
    ]


def model(tensors):
    """The origin's model. Keras keeps the transpose of our weights; its gates i, f, c, o are our i, f, g, o."""
    network = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(len(tensors[0]), WIDTH, mask_zero=True),
            keras.layers.LSTM(UNITS),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    embedding, kernel, recurrent, bias, dense, dense_bias = tensors
    network.set_weights([embedding, kernel.T, recurrent.T, bias, dense.T, dense_bias])
    network.compile(keras.optimizers.Adam(RATE), loss="binary_crossentropy", metrics=["accuracy"])
    return network


def float64_run(tensors, records):
    """The same training written out in float64: the losses before each step, and the last probabilities."""
    leaves = [torch.tensor(tensor.astype(np.float64), requires_grad=True) for tensor in tensors]
    embedding, kernel, recurrent, bias, dense, dense_bias = leaves
    moments = [(torch.zeros_like(leaf), torch.zeros_like(leaf)) for leaf in leaves]

    def logits():
        result = []
        for record in records:
            h = c = torch.zeros(UNITS, dtype=torch.float64)
            for word in record:
                i, f, g, o = (kernel @ embedding[word] + recurrent @ h + bias).chunk(4)
                c = f.sigmoid() * c + i.sigmoid() * g.tanh()
                h = o.sigmoid() * c.tanh()
            result.append(dense @ h + dense_bias)
        return torch.cat(result)

    losses = []
    goal = torch.tensor(LABELS, dtype=torch.float64)
    for step in range(1, EPOCHS + 1):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits(), goal)
        losses.append(loss.item())
        gradients = torch.autograd.grad(loss, leaves)
        alpha = RATE * (1 - 0.999**step) ** 0.5 / (1 - 0.9**step)
        with torch.no_grad():
            for leaf, gradient, (m, v) in zip(leaves, gradients, moments):
                m += (gradient - m) * (1 - 0.9)
                v += (gradient**2 - v) * (1 - 0.999)
                leaf -= alpha * m / (v.sqrt() + 1e-7)
    return losses, logits().sigmoid().detach().numpy()


def tutorial():
    ids = vocabulary()
    records = [[ids[word] for word in record] for record in WORDS]
    padded = keras.utils.pad_sequences(records, padding="post")
    named = weights(2 + len(ids))
    tensors = [array for _, array, _ in named]
    network = model(tensors)
    before = network.predict(padded, verbose=0)[:, 0]
    # Two records are one batch, so an epoch's loss is that of the weights before its one step.
    history = network.fit(
        padded, np.array(LABELS, np.float32)[:, None], batch_size=32, epochs=EPOCHS, shuffle=False, verbose=0
    ).history
    after = network.predict(padded, verbose=0)[:, 0]
    losses, exact = float64_run(tensors, records)
    worst = max(abs(a - b) / b for a, b in zip(history["loss"], losses))
    print("largest relative difference of Keras' losses from float64:", worst)
    print("probabilities after, Keras and float64:", after, exact)
    assert worst < 1e-2, worst
    assert max(abs(a - b) for a, b in zip(history["loss"][:3], losses)) < 1e-6

    def description(number, name, array, scale):
        flat = array.reshape(-1)
        result = {"number": number, "name": name, "rows_columns": list(array.shape)}
        if scale is None:
            return result | {"fill": "0, forget gate 1" if name.endswith("forward.bias") else "0"}
        return result | {
            "fill": "formula",
            "scale": Number(scale, FULL),
            "first_values": numbers(flat[:4], INPUT),
            "last_value": Number(flat[-1], INPUT),
        }

    write(
        "tutorial.json",
        {
            "made_by": MADE_BY,
            "texts": TEXTS,
            "words": WORDS,
            "labels": LABELS,
            "padding": PADDING,
            "unknown": UNKNOWN,
            "vocabulary": ids,
            "records": records,
            "padded": padded.tolist(),
            "embedding": WIDTH,
            "units": UNITS,
            "optimizer": {
                "name": "adam",
                "rate": RATE,
                "beta1": 0.9,
                "beta2": 0.999,
                "epsilon": 1e-7,
                "formula": "w -= rate * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + epsilon)",
            },
            "batch_size": 32,
            "epochs": EPOCHS,
            "weights": {
                "formula": [
                    "u = UInt32(i) &* 2654435761 &+ UInt32(number) &* 40503",
                    "u ^= u >> 15; u = u &* 2246822519; u ^= u >> 13",
                    "value = Float((Double(u >> 8) / 16777216 - 0.5) * scale)",
                ],
                "tensors": [description(number, *entry) for number, entry in enumerate(named)],
            },
            "probabilities_before": numbers(before, INPUT),
            "probabilities_after": numbers(after, INPUT),
            "loss": numbers(history["loss"], INPUT),
            "accuracy": numbers(history["accuracy"], INPUT),
            "float64": {
                "about": "the same training in float64 with PyTorch's gradients",
                "first_losses": [Number(loss, FULL) for loss in losses[:3]],
                "last_loss": Number(losses[-1], FULL),
                "probabilities_after": numbers(exact, FULL),
                "largest_relative_difference_of_keras_loss": Number(worst, "%.2g"),
            },
        },
    )


RAGGED = [[5, 6, 7], [2], [8, 9, 3, 4, 6], []]


def padding():
    cases = []
    for longest in (None, 3, 7):
        for pad in ("pre", "post"):
            for cut in ("pre", "post"):
                padded = keras.utils.pad_sequences(RAGGED, maxlen=longest, padding=pad, truncating=cut)
                cases.append({"length": longest, "padding": pad, "truncating": cut, "padded": padded.tolist()})
    write("padding.json", {"made_by": MADE_BY, "records": RAGGED, "value": 0, "cases": cases})


ADAM = {"learning_rate": 0.01, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
MOMENTUM = {"learning_rate": 0.1, "momentum": 0.9}
OPTIMIZERS = [
    ("keras-sgd-momentum", keras.optimizers.SGD, MOMENTUM),
    ("keras-sgd-nesterov", keras.optimizers.SGD, MOMENTUM | {"nesterov": True}),
    ("keras-adam", keras.optimizers.Adam, ADAM),
    ("keras-adamw", keras.optimizers.AdamW, ADAM | {"weight_decay": 0.01}),
]


def updates(name, optimizer, settings):
    variable = keras.Variable(np.array(PARAMETER), dtype="float64")
    step = optimizer(**settings)
    after = []
    for gradient in GRADIENTS:
        step.apply([torch.tensor(gradient, dtype=torch.float64)], [variable])
        after.append(numbers(variable.numpy(), EXPECTED))
    return {"name": name, "settings": settings, "parameter_after_each_step": after}


def main():
    torch.set_num_threads(1)
    tutorial()
    padding()
    keras.config.set_floatx("float64")
    write(
        "optimizers-keras.json",
        {
            "made_by": MADE_BY,
            "parameter": PARAMETER,
            "gradients": GRADIENTS,
            "optimizers": [updates(*case) for case in OPTIMIZERS],
        },
    )


if __name__ == "__main__":
    main()
