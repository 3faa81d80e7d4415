#ifndef HP_ICU_DICTIONARY_H
#define HP_ICU_DICTIONARY_H

#include <stddef.h>
#include <stdint.h>

/// ICU's own dictionary of Chinese and Japanese words (`cjdict`), read where ICU keeps it, and the best way through it.
///
/// ICU's break engine finds the same way, but asks for each run of ideographs whether it is normalised, keeps what it knows in
/// vectors that check every index, and walks the trie from its root, a branch of 15,000: nine times the work.
typedef struct hp_icu_dictionary hp_icu_dictionary;

/// The dictionary of the ICU in this process, or NULL if it has none in the one format that is known here. Never freed: the
/// process has one, opened at the first call, and any number of threads may read it.
hp_icu_dictionary *hp_icu_dictionary_shared(void);

/// Ideographs of Unicode 11's first block, which no normalisation changes and the dictionary has words of.
enum { hp_icu_first_ideograph = 0x4E00, hp_icu_ideographs = 0x9FEF - 0x4E00 + 1 };

static inline int hp_icu_is_ideograph(uint16_t unit) { return (uint16_t)(unit - hp_icu_first_ideograph) < hp_icu_ideographs; }

/// The cheapest way through a run of ideographs, as ICU's `CjkBreakEngine` has it: a word costs what the dictionary says, an
/// ideograph that is no word 255, and of two ways of one cost the one whose last word is longer wins. Linear in `count`.
///
/// - `units`: `count` ideographs, at least one.
/// - `lengths`: room for `count + 1`; receives at each word's first ideograph how many it has. Others are undefined.
/// - Returns 0 if there is no memory for what is read of the dictionary when it is first needed, else 1.
int hp_icu_dictionary_cut(hp_icu_dictionary *dictionary, const uint16_t *units, size_t count, uint8_t *lengths);

#endif
