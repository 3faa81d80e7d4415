#!/usr/bin/env python3
"""Writes vocab/lexicon.txt: the splits for what ICU's dictionary glues to a negator.

    python3 scripts/find-glued-negators.py [SEGMENTED…] > vocab/lexicon.txt

SEGMENTED are texts that people have cut into words, a sentence a line. Where ICU makes one word of a negator and what is before it, and
people, in at least MINIMUM places and two of the files, begin a word with the negator in at least SHARE of them, the word is split there.

Every subject × adverb × negator × verb of the lists below goes through ICU's word break (locale zh). Where a word holds the
end of the subject and the beginning of what follows, ICU has glued them; the word is split as ICU splits it after the subject 你,
which it glues to nothing, and the subject is put back. Needs libicuuc of any version, found by its file name.
"""
import ctypes
import ctypes.util
import re
import sys

SUBJECTS = (
    "我 你 您 他 她 它 俺 咱 我们 你们 他们 她们 它们 咱们 大家 谁 自己 本人 人家 别人 有人 人人 老板 客服 孩子 朋友 服务 质量 味道 房间 酒店 东西 "
    "我們 你們 他們 她們 誰"
).split()
ADVERBS = [""] + (
    "也 都 就 还 又 再 才 却 从 从来 并 根本 真 真的 可 实在 一直 现在 以后 完全 绝对 一点 一点也 什么都 再也 当然 可能 其实 反正 肯定 总 还是 好像 還 卻 從來"
).split()
NEGATORS = (
    "不 没 没有 不会 不是 不想 不能 不要 不用 不敢 不可 不肯 不知道 不太 不怎么 不够 不再 不必 不应该 不该 不如 不到 没想到 没什么 没能 没法 没人 无 未 别 无法 并不 "
    "并没有 不得不 沒 沒有 不會 不夠"
).split()
VERBS = "喜欢 吃 买 知道 去 想 好 推荐 满意 来 看 说 有 用 值得 错 行 苹果 贵 给 喜歡".split()
PLAIN_SUBJECT = "你"

# Signs of negation, one character each, and how sure people must be that one begins a word.
SIGNS = "不没沒无無未别別"
MINIMUM, SHARE = 5, 0.95


class ICU:
    """ICU's word break iterator; its functions bear the library's version in their names."""

    def __init__(self):
        name = ctypes.util.find_library("icuuc") or sys.exit("no libicuuc; install libicu-dev")
        self.library = ctypes.CDLL(name)
        self.version = re.search(r"\.so\.(\d+)", name).group(1)
        self.function("ubrk_open").restype = ctypes.c_void_p
        self.iterator = ctypes.c_void_p(self.function("ubrk_open")(1, b"zh", None, 0, ctypes.byref(ctypes.c_int())))

    def function(self, name):
        return getattr(self.library, f"{name}_{self.version}")

    def words(self, text):
        units = text.encode("utf-16-le")
        self.function("ubrk_setText")(self.iterator, units, len(units) // 2, ctypes.byref(ctypes.c_int()))
        words, start = [], 0
        while (end := self.function("ubrk_next")(self.iterator)) != -1:
            words.append(units[2 * start : 2 * end].decode("utf-16-le"))
            start = end
        return words


def glued(words, subject, head):
    """The word that holds the subject's last and the negator's first character, if there is one."""
    start = 0
    for word in words:
        end = start + len(word)
        if start < len(subject) < end and end > head:
            return word if start == 0 else None
        start = end
    return None


def ends(words):
    """Where each word ends, in characters."""
    result, end = [], 0
    for word in words:
        result.append(end := end + len(word))
    return result


def glued_in_texts(icu, paths):
    """Of ICU's words that hold a negator behind their first character: where to cut, and in how many places people do."""
    counts = {}
    for number, path in enumerate(paths):
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                gold = line.split()
                text = "".join(gold)
                # ICU counts in UTF-16 units.
                if any(ord(character) > 0xFFFF for character in text):
                    continue
                right, found = set(ends(gold)), icu.words(text)
                for word, end in zip(found, ends(found)):
                    place = next((i for i in range(1, len(word)) if word[i] in SIGNS), 0)
                    if place:
                        cut = end - len(word) + place in right
                        counts.setdefault((word, place), []).append((cut, number))
    result = {}
    for (word, place), cases in counts.items():
        cuts = [number for cut, number in cases if cut]
        if len(cases) >= MINIMUM and len(cuts) >= SHARE * len(cases) and len(set(cuts)) > 1:
            result[word] = (place, len(cuts), len(cases))
    return result


def parts(icu, head, rest):
    """What comes before a negation, as ICU cuts it, and the negation, as ICU cuts it after a subject that it glues to nothing."""
    return icu.words(head) + icu.words(PLAIN_SUBJECT + rest)[1:]


def main():
    icu = ICU()
    seen = glued_in_texts(icu, sys.argv[1:])
    found, tried = {}, 0
    for subject in SUBJECTS:
        for adverb in ADVERBS:
            for negator in NEGATORS:
                for verb in VERBS:
                    tried += 1
                    head = len(subject) + len(adverb)
                    words = icu.words(subject + adverb + negator + verb)
                    if word := glued(words, subject, head):
                        found.setdefault(word, subject)
    print("# Corrections of ICU's words, for the `lexicon` setting of the `icu` stage. Text TAB rule TAB parts; the rules:")
    print("#   force   (or no rule) the text is a word wherever it stands; the longest, leftmost one wins")
    print("#   prefer  adjacent words that make up the text become one; none is ever cut")
    print("#   split   a word that equals the text falls into the parts that follow")
    print("# Texts are compared as the stages before leave them: after case folding, in small letters.")
    print("#")
    print("# ICU's dictionary holds some subjects and negators as one word, so that the negation would hang on the pronoun.")
    print(f"# Found with ICU {icu.version} by scripts/find-glued-negators.py, which writes this file: {len(SUBJECTS)} subjects ×")
    print(f"# {len(ADVERBS)} adverbs × {len(NEGATORS)} negators × {len(VERBS)} verbs, {tried:,} phrases.")
    for word, subject in sorted(found.items(), key=lambda item: (item[1], len(item[0]), item[0])):
        print("\t".join([word, "split", *parts(icu, subject, word[len(subject) :])]))
    seen = {word: case for word, case in seen.items() if word not in found}
    if seen:
        print("#")
        print(f"# Found in texts that people have segmented, {len(sys.argv) - 1} of them: the negator begins a word in at least")
        print(f"# {SHARE:.0%} of {MINIMUM} or more places, and in two of the texts.")
    for word, (place, _, _) in sorted(seen.items(), key=lambda item: (-item[1][1], item[0])):
        print("\t".join([word, "split", *parts(icu, word[:place], word[place:])]))


if __name__ == "__main__":
    main()
