#!/usr/bin/env python3
"""Classifies with a network that `hanpipe export` wrote, without hanpipe: from words to ids to probabilities.

  hanpipe export models/mine --onnx mine.onnx
  python3 classify.py mine.onnx < words.txt          a text a line; its words between spaces, or whole for a model of characters
  python3 classify.py mine.onnx --check              whether all ids and answers are those of the examples in the file

Needs onnxruntime and numpy. How texts become words, and words ids, stands in the file's metadata; of the stages that can do so this
program knows normalize (NFKC, folding case), characters and whitespace, vocabulary, padding, and ngrams with "bag". Words that icu or
another segmenter cuts have to be cut by that before (docs/onnx.md).
"""
import base64
import json
import sys
import unicodedata

import numpy as np
import onnxruntime

MASK = (1 << 64) - 1
KNOWN = {"normalize", "characters", "whitespace", "vocabulary", "padding", "ngrams"}


class IDs:
    """What makes the ids of one input."""

    def __init__(self, name, facts):
        self.facts = {key[len(name) + 1 :]: value for key, value in facts.items() if key.startswith(name + ".")}
        self.stages = {stage["type"]: stage for stage in json.loads(self.facts["stages"])}
        if "vocabulary" in self.facts:
            words = self.facts["vocabulary"].split("\n")[:-1]
            self.number = {unescaped(word): id for id, word in enumerate(words)}
        if not self.stages.get("ngrams", {"bag": True})["bag"]:
            sys.exit(f"{name}: only n-grams with \"bag\" are known here")
        self.filter = base64.b64decode(self.facts["filter"]) if "filter" in self.facts else None

    def of(self, text):
        words = self.words(text)
        if "ngrams" in self.stages:
            grams = self.stages["ngrams"]
            return bag(words, grams["orders"], grams["buckets"], self.filter)
        ids = [self.number.get(word, int(self.facts["unknown"])) for word in words]
        maximum = int(self.facts.get("maximum", len(ids)))
        return ids[-maximum:] if self.facts.get("truncate") == "pre" and maximum < len(ids) else ids[:maximum]

    def words(self, text):
        if "normalize" in self.stages:
            text = unicodedata.normalize(self.stages["normalize"]["form"], text)
            if "case" in self.stages["normalize"]["fold"]:
                text = text.casefold()
        if "characters" not in self.stages:
            return text.split()
        # Characters are extended grapheme clusters; of Chinese text these are its code points.
        keeps = self.stages["characters"]["keepWhitespace"]
        return [character for character in text if keeps or not character.isspace()]


def unescaped(word):
    return word.replace("\\\\", "\0").replace("\\t", "\t").replace("\\n", "\n").replace("\\r", "\r").replace("\0", "\\")


def joined(a, b):
    """SplitMix64's finaliser over both."""
    value = (a * 0x9E3779B97F4A7C15 & MASK) ^ b
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & MASK
    value = (value ^ value >> 27) * 0x94D049BB133111EB & MASK
    return value ^ value >> 31


def word_hash(word):
    """FNV-1a of the word's UTF-8, finished by SplitMix64."""
    value = 0xCBF29CE484222325
    for byte in word.encode():
        value = (value ^ byte) * 0x100000001B3 & MASK
    return joined(value, 0)


def bag(words, orders, buckets, bits):
    """For each word the ids of the n-grams that begin with it, shortest first, without those that `bits` does not hold."""
    longest = max(orders)
    hashes = [word_hash(word) for word in words] + [0xBB67AE8584CAA73B] * (longest - 1)  # what stands behind the last word
    rows, grams = [[] for _ in words], hashes
    for n in range(1, longest + 1):
        if n > 1:
            grams = [joined(gram, following) for gram, following in zip(grams, hashes[n - 1 :])]
        if n not in orders:
            continue
        factor = joined(sorted(orders).index(n) + 1, 0) | 1
        for row, gram in zip(rows, grams):
            place = gram & (1 << 22) - 1
            if bits is None or bits[place >> 3] >> (place & 7) & 1:
                row.append((gram * factor & MASK) >> 32)
    return [[value * buckets >> 32 for value in row] for row in rows]


class Classifier:
    def __init__(self, path):
        self.session = onnxruntime.InferenceSession(path)
        self.facts = self.session.get_modelmeta().custom_metadata_map
        self.labels = json.loads(self.facts["labels"])
        self.inputs = [port.name for port in self.session.get_inputs()]
        self.makers = {name: IDs(name, self.facts) for name in self.inputs if name.endswith("ids")}

    def probabilities(self, records):
        """Of ids by input's name for each record."""
        feeds = {}
        for name, maker in self.makers.items():
            rows = [record[name] for record in records]
            longest = max([1] + [len(row) for row in rows])
            if "none" in maker.facts:
                # Some ids a step: -1 where there are fewer.
                widest = max([1] + [len(step) for row in rows for step in row])
                ids = np.full((len(rows), longest, widest), int(maker.facts["none"]), np.int64)
                for i, row in enumerate(rows):
                    for t, step in enumerate(row):
                        ids[i, t, : len(step)] = step
            else:
                # Behind a record's own ids: the id for padding, which the network does not read.
                ids = np.full((len(rows), longest), int(maker.facts["padding"]), np.int64)
                for i, row in enumerate(rows):
                    ids[i, : len(row)] = row
            feeds[name] = ids
            lengths = name[: -len("ids")] + "lengths"
            if lengths in self.inputs:
                feeds[lengths] = np.array([len(row) for row in rows], np.int32)
        return self.session.run(["probabilities"], feeds)[0]

    def ids(self, text):
        return {name: maker.of(text) for name, maker in self.makers.items()}

    def check(self):
        foreign = {stage for maker in self.makers.values() for stage in maker.stages} - KNOWN
        if foreign:
            sys.exit(f"nothing here cuts words as {', '.join(sorted(foreign))}: cut them before")
        examples = json.loads(self.facts["examples"])
        for example in examples:
            ids = self.ids(example["text"])
            expected = {name: example["inputs"][name] for name in self.makers}
            assert ids == expected, f"other ids of {example['text']!r}: {ids}, not {expected}"
        found = self.probabilities([self.ids(example["text"]) for example in examples])
        return len(examples), float(np.abs(found - np.array([example["probabilities"] for example in examples])).max())


if __name__ == "__main__":
    classifier = Classifier(sys.argv[1])
    if sys.argv[2:] == ["--check"]:
        print("%d examples, largest difference %.1e" % classifier.check())
        sys.exit()
    texts = sys.stdin.read().splitlines()
    for text, row in zip(texts, classifier.probabilities([classifier.ids(text) for text in texts])):
        print(text, " ".join(f"{label} {value:.4f}" for label, value in zip(classifier.labels, row)), sep="\t")
