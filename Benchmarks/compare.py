"""Runs hanpipe and its peers in turns on the same work and prints one table of ratios.

  python3 Benchmarks/compare.py [--rounds 3] [--only 'train*'] [--quick] [--python ../.venv-peers/bin/python] [--shared ../shared] [--out DIR]

Needs the peers' Python environment (see ../shared/peers/README.md), a C compiler, libicu-dev, and the tool built by scripts/setup.
What is measured stands in rows.py, as data. In a session all contenders take turns, round by round, so that a drift of the machine
meets all; a peer that is 20 % behind the best of its kind in the first round is left out of the rest. Figures are medians over the
rounds; a ratio is the median of the rounds' ratios. Writes table.md and raw.tsv (every single figure) into --out.
"""
import argparse
import fnmatch
import pathlib
import statistics
import sys

import contenders
import rows

root = pathlib.Path(__file__).resolve().parent.parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=str(root.parent / ".venv-peers/bin/python"), help="of the peers' environment")
    parser.add_argument("--shared", default=str(root.parent / "shared"), help="holds peers/ and data/")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="*", help="sessions with this name; * for any letters, commas between several")
    parser.add_argument("--quick", action="store_true", help="one round of little work: to see that everything runs")
    parser.add_argument("--out", default=str(root / "Benchmarks/.build/compare"))
    a = parser.parse_args()
    a.rounds = 1 if a.quick else a.rounds
    return a


def say(text):
    print(text, file=sys.stderr, flush=True)


def measure(session, rounds, raw):
    """All contenders in turns. Gives {contender: [metrics of each round]}; a contender that failed is not in it."""
    measured = {}
    left = dict(session.contenders)
    for round in range(rounds):
        for name, contender in list(left.items()):
            try:
                metrics = contender.run()
            except contenders.Failed as error:
                say(f"{session.name}: {name}: {error}")
                del left[name]
                measured.pop(name, None)
                continue
            measured.setdefault(name, []).append(metrics)
            for metric, value in metrics.items():
                raw.write(f"{session.name}\t{name}\t{round + 1}\t{metric}\t{value:g}\n")
            raw.flush()
        if round == 0:
            for name in slow(session, measured):
                left.pop(name, None)
    return measured


def slow(session, measured):
    """The peers that no row will name: 20 % behind the best of every row that lists them, in the first round."""
    needed = set()
    for row in session.rows:
        present = [peer for peer in row.peers if peer in measured]
        needed.add(row.ours)
        if present:
            best = row.best([measured[peer][0][row.metric] for peer in present])
            needed |= {peer for peer in present if row.factor(measured[peer][0][row.metric], best) < 1.25}
    return set(measured) - needed


def result(row, measured):
    """What a row says: our figure, the best peer's, its name, and the ratio; None if either is missing."""
    peers = {peer: [m[row.metric] for m in measured[peer]] for peer in row.peers if peer in measured}
    if row.ours not in measured or not peers:
        return None
    full = max(map(len, peers.values()))
    medians = {peer: statistics.median(values) for peer, values in peers.items() if len(values) == full}
    best = row.best(medians.values())
    peer = next(name for name, value in medians.items() if value == best)
    ours = [m[row.metric] for m in measured[row.ours]]
    ratio = statistics.median(row.factor(theirs, own) for own, theirs in zip(ours, peers[peer]))
    return statistics.median(ours), best, peer, ratio


def figure(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:,.1f}" if value >= 10 else f"{value:,.2f}"


def line(row, outcome):
    ours, theirs, peer, ratio = outcome
    goal = f"{row.goal:g}×" if row.goal else ""
    return f"| {row.name} | {figure(ours)} {row.unit} | {figure(theirs)} {row.unit} | **{ratio:.2f}×** | {goal} | {peer} |"


def main():
    a = arguments()
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    setting = contenders.prepare(root, a)
    heading = ["| work | hanpipe | peer | ratio | goal | peer is |", "|---|---|---|---|---|---|"]
    lines = []
    with open(out / "raw.tsv", "w", encoding="utf-8") as raw:
        raw.write("session\tcontender\tround\tmetric\tvalue\n")
        for session in rows.sessions(setting):
            if not any(fnmatch.fnmatchcase(session.name, pattern) for pattern in a.only.split(",")):
                continue
            measured = measure(session, a.rounds, raw)
            for row in session.rows:
                outcome = result(row, measured)
                lines.append(line(row, outcome) if outcome else f"| {row.name} | - | - | - | | not measured |")
                say(lines[-1])
            (out / "table.md").write_text("\n".join(heading + lines) + "\n", encoding="utf-8")
    print("\n".join(heading + lines))
    say(f"written to {out}/table.md and raw.tsv")


main()
