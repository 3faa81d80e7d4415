#ifndef HP_ICU_AGREEMENT_H
#define HP_ICU_AGREEMENT_H

#include "dictionary.h"

#include <unicode/ubrk.h>

/// Whether an iterator cuts as `plain.h` and `dictionary.h` do: the rules of a locale or of a later ICU may be others, a locale may
/// turn the dictionary off (`-u-dx-hani`) or ask for phrases (`-u-lw-phrase`). Takes 20 µs, and a millisecond where ICU's own engine
/// has to be started for it.
int hp_icu_agrees(UBreakIterator *iterator, hp_icu_dictionary *dictionary, const char *locale);

#endif
