"""Writes statistics.json: tests, intervals, temperatures and curves as statsmodels, SciPy and scikit-learn compute them.

Run: python make_statistics.py
"""

import numpy as np
import scipy
import sklearn
import statsmodels
from scipy import optimize, special
from sklearn import metrics
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from fixture import EXPECTED, INPUT, numbers, write

# Records that only the one and only the other model answers right: on both sides of 25 in all.
DISCORDANT = [(0, 1), (1, 0), (0, 6), (1, 9), (3, 17), (11, 12), (2, 22), (5, 20), (12, 13), (20, 45), (130, 95), (0, 400)]
SHARES = [(0, 1), (1, 1), (0, 40), (40, 40), (7, 13), (923, 1000)]


def mcnemar_cases():
    for first, second in DISCORDANT:
        table = [[100, first], [second, 30]]
        exact = first + second < 25
        found = mcnemar(table, exact=exact, correction=True)
        yield {
            "first": first,
            "second": second,
            "exact": exact,
            "statistic": None if exact else numbers(float(found.statistic), EXPECTED),
            "p_value": numbers(float(found.pvalue), EXPECTED),
        }


def wilson_cases():
    for part, count in SHARES:
        low, high = proportion_confint(part, count, alpha=0.05, method="wilson")
        yield {"part": part, "count": count, "interval": numbers([float(low), float(high)], EXPECTED)}


def log_loss(a, task, logits, truth):
    z = np.float64(logits) * a
    if task == "multi-class":
        return float(np.mean(special.logsumexp(z, 1) - z[np.arange(len(z)), truth]))
    return float(np.mean(np.logaddexp(0, z) - z * np.float64(truth)))


def expected_error(confidence, right, bins=15):
    """As Guo et al. 2017 define it: bin m holds the confidences in ((m - 1)/M, m/M]."""
    confidence, right = np.float64(confidence).ravel(), np.float64(right).ravel()
    place = np.ceil(confidence * bins).astype(int)
    return float(
        sum(abs(np.sum(right[place == m]) - np.sum(confidence[place == m])) for m in range(1, bins + 1)) / len(confidence)
    )


def temperature_case(task, width, sharpness, generator):
    """Logits that are `sharpness` times as large as those the truth was drawn from."""
    fair = generator.normal(0, 1.5, (120, width))
    if task == "multi-class":
        truth = [int(generator.choice(width, p=p)) for p in special.softmax(fair, 1)]
    else:
        truth = (generator.random(fair.shape) < special.expit(fair)).astype(int).tolist()
    logits = np.float32(np.round(fair * sharpness, 4))
    best = optimize.minimize_scalar(
        lambda log_a: log_loss(np.exp(log_a), task, logits, truth), bounds=(-4, 4), method="bounded", options={"xatol": 1e-12}
    )

    def error(a):
        z = np.float64(logits) * a
        if task == "multi-class":
            p = special.softmax(z, 1)
            return expected_error(p.max(1), p.argmax(1) == np.array(truth))
        p = special.expit(z)
        if task == "binary":
            return expected_error(np.maximum(p, 1 - p), (p > 0.5) == np.array(truth))
        return expected_error(p, truth)

    return {
        "task": task,
        "width": width,
        "logits": numbers([float(z) for z in logits.ravel()], INPUT),
        "truth": truth if task == "multi-class" else [row[0] if task == "binary" else row for row in truth],
        "temperature": numbers(float(np.exp(-best.x)), EXPECTED),
        "expected_error": numbers(error(1.0), EXPECTED),
        "log_loss": numbers(log_loss(1.0, task, logits, truth), EXPECTED),
    }


def curve_case(generator):
    # Rounded, so that scores of different records are equal.
    truth = (generator.random(60) < 0.4).astype(int)
    scores = np.float32(np.round(np.clip(generator.normal(0.4 + 0.2 * truth, 0.2), 0, 1), 2))
    precision, recall, thresholds = metrics.precision_recall_curve(truth, scores)
    false_rate, true_rate, _ = metrics.roc_curve(truth, scores, drop_intermediate=False)
    return {
        "truth": truth.tolist(),
        "scores": numbers([float(score) for score in scores], INPUT),
        "average_precision": numbers(float(metrics.average_precision_score(truth, scores)), EXPECTED),
        "area": numbers(float(metrics.roc_auc_score(truth, scores)), EXPECTED),
        "roc": numbers([[float(f), float(t)] for f, t in zip(false_rate, true_rate)], EXPECTED),
        # By falling threshold, as roc_curve has them; the last point, recall 0, is not one of a threshold.
        "precision_recall": numbers(
            [[float(r), float(p)] for r, p in zip(recall[:-1][::-1], precision[:-1][::-1])], EXPECTED
        ),
        "thresholds": numbers([float(t) for t in thresholds[::-1]], INPUT),
    }


def main():
    generator = np.random.default_rng(5)
    write(
        "statistics.json",
        {
            "made_by": f"make_statistics.py with statsmodels {statsmodels.__version__}, SciPy {scipy.__version__}, "
            f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}",
            "mcnemar": list(mcnemar_cases()),
            "wilson": list(wilson_cases()),
            "temperature": [
                temperature_case("binary", 1, 3.0, generator),
                temperature_case("multi-class", 4, 2.0, generator),
                temperature_case("multi-label", 3, 0.5, generator),
            ],
            "curve": curve_case(generator),
        },
    )


if __name__ == "__main__":
    main()
