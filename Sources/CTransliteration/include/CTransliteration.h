#ifndef HP_CTRANSLITERATION_H
#define HP_CTRANSLITERATION_H

#include <stdint.h>

/// Which simplified character stands for each traditional one, as ICU's transliterator "Hant-Hans" has it.
///
/// ICU's library of transliterators is loaded when it is asked for, since most programs never do: it comes with the one that breaks
/// words, in Debian's package libicu.
///
/// - `images`: receives, for the characters from `first` on, `count` UTF-16 units: the character itself where it stays as it is.
///   Characters that become several are left as they are. Only characters of the basic plane, no surrogates.
/// - Returns NULL, or what is missing or failed, never freed.
const char *_Nullable hp_simplified_characters(uint16_t first, uint32_t count, uint16_t *_Nonnull images);

#endif
