// See plain.h.
#include "plain.h"

#include "dictionary.h"

/// Kinds of characters, named after the classes of Annex 29's table 3 that matter here.
typedef enum {
  /// Of any other kind: ICU's rules decide about everything that touches one.
  other = 0,
  ideograph,
  /// An ASCII letter or digit (ALetter, Numeric): always joined with another.
  alphanumeric,
  /// Punctuation that nothing is joined with.
  mark,
  /// Punctuation that joins some letters or digits on both sides of it (MidLetter, MidNum, MidNumLet, Single_Quote).
  joiner,
  /// A space, joined with other spaces only (WSegSpace).
  space,
} kind;

// Left out are `@` (a letter to CLDR 42), `_` and U+FF3F (ExtendNumLet), U+3000 (a space of other width), and whatever may begin or end an emoji.
static const uint8_t latin[256] = {
  [' '] = space,
  ['!' ... '&'] = mark,
  ['\''] = joiner,
  ['(' ... '+'] = mark,
  [','] = joiner,
  ['-'] = mark,
  ['.'] = joiner,
  ['/'] = mark,
  ['0' ... '9'] = alphanumeric,
  [':' ... ';'] = joiner,
  ['<' ... '?'] = mark,
  ['A' ... 'Z'] = alphanumeric,
  ['[' ... '^'] = mark,
  ['`'] = mark,
  ['a' ... 'z'] = alphanumeric,
  ['{' ... '~'] = mark,
  [0xB7] = joiner,  // ·
};
static const uint8_t general[256] = {
  [0x12 ... 0x16] = mark,  // dashes
  [0x18 ... 0x19] = joiner,  // ‘ ’
  [0x1C ... 0x1E] = mark,  // “ ”
  [0x22] = mark,
  [0x25 ... 0x26] = mark,  // … twice in Chinese
};
static const uint8_t cjk[256] = {
  [0x01 ... 0x02] = mark,  // 、 。
  [0x08 ... 0x11] = mark,  // 〈 to 】
  [0x14 ... 0x1B] = mark,
};
static const uint8_t fullwidth[256] = {
  [0x01 ... 0x06] = mark,  // ！ to ＆
  [0x07] = joiner,
  [0x08 ... 0x0B] = mark,
  [0x0C] = joiner,  // ，
  [0x0D] = mark,
  [0x0E] = joiner,
  [0x0F] = mark,
  [0x1A ... 0x1B] = joiner,  // ： ；
  [0x1C ... 0x20] = mark,
  [0x3B ... 0x3E] = mark,
  [0x5B ... 0x5E] = mark,
};

static inline kind kind_of(uint16_t unit) {
  if (hp_icu_is_ideograph(unit)) return ideograph;
  switch (unit >> 8) {
  case 0x00: return latin[unit];
  case 0x20: return general[unit & 0xFF];
  case 0x30: return cjk[unit & 0xFF];
  case 0xFF: return fullwidth[unit & 0xFF];
  default: return other;
  }
}

/// Whether the place between a unit of kind `left`, the last before `at`, and one of kind `right` is a boundary for certain.
static inline int is_certain(const uint16_t *units, size_t count, size_t at, kind left, kind right) {
  if (left == other || right == other) return 0;
  if (left == right) return left == mark || left == joiner;
  // Between letters or digits a joiner joins, or does not; what a character of another kind is, is not known.
  if (left == alphanumeric && right == joiner) {
    if (at + 1 == count) return 1;
    const kind next = kind_of(units[at + 1]);
    return next != alphanumeric && next != other;
  }
  if (left == joiner && right == alphanumeric) {
    if (at == 1) return 1;
    const kind before = kind_of(units[at - 2]);
    return before != alphanumeric && before != other;
  }
  return 1;
}

hp_plain_stretch hp_plain_next(const uint16_t *units, size_t count, size_t start) {
  kind last = kind_of(units[start]);
  hp_plain_kind what = last == ideograph ? hp_plain_ideographs : last == other ? hp_plain_asked : hp_plain_word;
  size_t end = start + 1;
  for (; end < count; end++) {
    const kind next = kind_of(units[end]);
    if (next == last && (next == ideograph || next == alphanumeric)) continue;
    if (is_certain(units, count, end, last, next)) break;
    what = hp_plain_asked;
    last = next;
  }
  return (hp_plain_stretch){end, what};
}

size_t hp_plain_sample(uint16_t *units) {
  size_t count = 0;
  for (uint32_t unit = 0; unit <= 0xFFFF; unit++) {
    const kind kind = kind_of((uint16_t)unit);
    if (kind == other || kind == ideograph) continue;
    // A letter and a digit on either side of each, but where that would have to be asked; 。 is joined with nothing.
    units[count++] = (uint16_t)unit;
    if (kind == mark || kind == space) units[count++] = 'a', units[count++] = '1';
    if (kind == joiner) units[count++] = 0x3002;
  }
  return count;
}
