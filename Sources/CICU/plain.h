#ifndef HP_ICU_PLAIN_H
#define HP_ICU_PLAIN_H

#include <stddef.h>
#include <stdint.h>

/// Word boundaries of plain Chinese text, known without asking ICU's rules: between ideographs, the common punctuation, ASCII
/// letters and digits and single spaces, Unicode Standard Annex 29 leaves nothing to decide but a mark between two letters or
/// digits (`3.5`, `it's`, `1，2`) and what stands beside a character of another kind (kana, combining marks, emoji).

typedef enum {
  /// A run of ideographs: the dictionary cuts it.
  hp_plain_ideographs,
  /// One word.
  hp_plain_word,
  /// ICU has to be asked, about this stretch alone: its ends are boundaries whatever stands around it.
  hp_plain_asked,
} hp_plain_kind;

typedef struct {
  size_t end;
  hp_plain_kind kind;
} hp_plain_stretch;

/// The stretch that begins at `start`, which must be 0 or the end of the stretch before.
/// - `units`: a text of `count` units of UTF-16, `start` less than `count`.
hp_plain_stretch hp_plain_next(const uint16_t *units, size_t count, size_t start);

/// A text with every character that is known here but ideographs and nothing that has to be asked, so that an iterator's rules can be
/// compared with what is known: those of a locale or of a later ICU may be others.
/// - `units`: room for `hp_plain_sample_capacity`.
/// - Returns the number of units.
size_t hp_plain_sample(uint16_t *units);
enum { hp_plain_sample_capacity = 1024 };

#endif
