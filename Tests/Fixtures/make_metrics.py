"""Writes metrics.json and metrics-multi-label.json: classification figures as scikit-learn computes them.

Run: python make_metrics.py
"""

import warnings

import numpy as np
import sklearn
from sklearn import metrics

from fixture import EXPECTED, numbers, write

# Ties across the classes (0.4, 0.7), and within one (0.2). The classes differ in size, so that no two figures agree by chance.
BINARY_TRUTH = [1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1]
BINARY_SCORES = [0.9, 0.4, 0.4, 0.7, 0.7, 0.2, 0.8, 0.2, 0.3, 0.1, 0.45]

# The most likely class is never 2 in the second.
THREE_TRUTH = [0, 1, 2, 2, 1, 0, 2, 0, 1, 2, 2, 0]
THREE_SCORES = {
    "three-classes": [
        [0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.3, 0.5], [0.5, 0.1, 0.4], [0.3, 0.4, 0.3], [0.2, 0.5, 0.3],
        [0.05, 0.15, 0.8], [0.6, 0.3, 0.1], [0.25, 0.15, 0.6], [0.15, 0.25, 0.6], [0.1, 0.2, 0.7], [0.1, 0.8, 0.1],
    ],
    "class-never-predicted": [
        [0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.45, 0.15, 0.4], [0.5, 0.1, 0.4], [0.3, 0.4, 0.3], [0.2, 0.5, 0.3],
        [0.15, 0.45, 0.4], [0.6, 0.3, 0.1], [0.55, 0.25, 0.2], [0.5, 0.2, 0.3], [0.4, 0.35, 0.25], [0.8, 0.1, 0.1],
    ],
}  # fmt: skip


def figures(name, truth, scores, predicted, classes):
    labels = list(range(classes))
    options = {"labels": labels, "zero_division": 0}

    def average(kind):
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(truth, predicted, average=kind, **options)
        return {"precision": float(precision), "recall": float(recall), "f1": float(f1)}

    precision, recall, f1, support = metrics.precision_recall_fscore_support(truth, predicted, **options)
    if classes == 2:
        area = {"roc_auc": float(metrics.roc_auc_score(truth, scores))}
    else:
        one = [float(metrics.roc_auc_score(np.equal(truth, label), np.array(scores)[:, label])) for label in labels]
        area = {
            "roc_auc_one_vs_rest": one,
            "roc_auc_macro": float(metrics.roc_auc_score(truth, scores, multi_class="ovr", average="macro")),
            "roc_auc_weighted": float(metrics.roc_auc_score(truth, scores, multi_class="ovr", average="weighted")),
        }
    return {
        "name": name,
        "classes": classes,
        "truth": truth,
        "scores": scores,
        "predicted": predicted,
        "accuracy": float(metrics.accuracy_score(truth, predicted)),
        "precision": numbers(precision, EXPECTED),
        "recall": numbers(recall, EXPECTED),
        "f1": numbers(f1, EXPECTED),
        "support": support.tolist(),
        "macro": average("macro"),
        "weighted": average("weighted"),
        # Rows are the truth, columns the prediction.
        "confusion": metrics.confusion_matrix(truth, predicted, labels=labels).tolist(),
        **area,
        "log_loss": float(metrics.log_loss(truth, scores, labels=labels)),
    }


# Labels that do not exclude each other: records with none, with all, and an answer that gives none. Label 3 is never given.
MANY_TRUTH = [[1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1], [1, 1, 0, 0]]
MANY_SCORES = [
    [0.9, 0.1, 0.2, 0.3], [0.2, 0.8, 0.4, 0.1], [0.6, 0.2, 0.1, 0.4], [0.7, 0.9, 0.8, 0.45],
    [0.3, 0.35, 0.2, 0.2], [0.8, 0.6, 0.7, 0.05], [0.1, 0.3, 0.55, 0.2], [0.95, 0.75, 0.15, 0.25],
]  # fmt: skip


def multi_label():
    truth, scores = np.array(MANY_TRUTH), np.array(MANY_SCORES)
    predicted = (scores >= 0.5).astype(int)
    options = {"zero_division": 0}
    precision, recall, f1, support = metrics.precision_recall_fscore_support(truth, predicted, **options)
    micro = metrics.precision_recall_fscore_support(truth, predicted, average="micro", **options)
    return {
        "truth": MANY_TRUTH,
        "scores": MANY_SCORES,
        "subset_accuracy": float(metrics.accuracy_score(truth, predicted)),
        "hamming_loss": float(metrics.hamming_loss(truth, predicted)),
        "precision": numbers(precision, EXPECTED),
        "recall": numbers(recall, EXPECTED),
        "f1": numbers(f1, EXPECTED),
        "support": support.tolist(),
        "micro": numbers(np.array(micro[:3]), EXPECTED),
        "macro_f1": float(metrics.f1_score(truth, predicted, average="macro", **options)),
        "weighted_f1": float(metrics.f1_score(truth, predicted, average="weighted", **options)),
        "roc_auc": numbers(np.array([metrics.roc_auc_score(truth[:, c], scores[:, c]) for c in range(4)]), EXPECTED),
        # The mean over records and labels.
        "log_loss": float(np.mean([metrics.log_loss(truth[:, c], scores[:, c], labels=[0, 1]) for c in range(4)])),
    }


def main():
    warnings.simplefilter("error")
    cases = [figures("binary", BINARY_TRUTH, BINARY_SCORES, [int(score > 0.5) for score in BINARY_SCORES], 2)]
    for name, scores in THREE_SCORES.items():
        cases.append(figures(name, THREE_TRUTH, scores, np.argmax(scores, 1).tolist(), 3))
    assert 2 not in cases[-1]["predicted"]
    made_by = f"make_metrics.py with scikit-learn {sklearn.__version__}, NumPy {np.__version__}"
    write("metrics.json", {"made_by": made_by, "cases": cases})
    write("metrics-multi-label.json", {"made_by": made_by, **multi_label()})


if __name__ == "__main__":
    main()
