// See CICU.h.
#include "CICU.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/ubrk.h>
#include <unicode/uloc.h>
#include <unicode/utypes.h>
#include <unicode/uversion.h>

struct hp_icu_breaker {
  UBreakIterator *iterator;
  /// The chunk in UTF-16, `capacity` units.
  UChar *units;
  /// Where each unit starts in the UTF-8, and where the last one ends; later where the words end. `capacity + 1` of them.
  uint32_t *offsets;
  size_t capacity;
};

/// Units before a chunk's end whose boundaries are not trusted: ICU's longest dictionary word has 20.
enum { margin = 256 };

void hp_icu_version(char *buffer) {
  UVersionInfo version;
  u_getVersion(version);
  u_versionToString(version, buffer);
}

const char *hp_icu_error_name(hp_icu_error error) { return u_errorName((UErrorCode)error); }

int hp_icu_knows_locale(const char *locale) {
  // ICU opens any name and falls back to the root silently; only languages that it knows have a code of three letters.
  return locale[0] == 0 || uloc_getISO3Language(locale)[0] != 0;
}

/// Makes room for `capacity` units; keeps nothing.
static int reserve(hp_icu_breaker *breaker, size_t capacity) {
  free(breaker->units);
  free(breaker->offsets);
  breaker->units = malloc(capacity * sizeof *breaker->units);
  breaker->offsets = malloc((capacity + 1) * sizeof *breaker->offsets);
  breaker->capacity = breaker->units && breaker->offsets ? capacity : 0;
  return breaker->capacity != 0;
}

hp_icu_breaker *hp_icu_open(const char *locale, hp_icu_error *error) {
  *error = U_MEMORY_ALLOCATION_ERROR;
  hp_icu_breaker *breaker = calloc(1, sizeof *breaker);
  if (!breaker) return NULL;
  UErrorCode status = U_ZERO_ERROR;
  breaker->iterator = ubrk_open(UBRK_WORD, locale, NULL, 0, &status);
  if (U_FAILURE(status) || !reserve(breaker, HP_ICU_CHUNK)) {
    if (U_FAILURE(status)) *error = status;
    hp_icu_close(breaker);
    return NULL;
  }
  *error = U_ZERO_ERROR;
  return breaker;
}

void hp_icu_close(hp_icu_breaker *breaker) {
  if (!breaker) return;
  if (breaker->iterator) ubrk_close(breaker->iterator);
  free(breaker->units);
  free(breaker->offsets);
  free(breaker);
}

/// Turns valid UTF-8 into UTF-16 until either ends, and notes where each unit starts. Returns the units.
///
/// One pass and no checks, where `u_strFromUTF8` checks every byte and gives no offsets.
static size_t transcode(const uint8_t *restrict s, size_t length, UChar *restrict u, uint32_t *restrict offsets,
                        size_t capacity) {
  size_t i = 0, n = 0;
  while (i < length && n + 2 <= capacity) {
    const uint32_t a = s[i];
    offsets[n] = (uint32_t)i;
    if (a < 0x80) {
      u[n++] = (UChar)a;
      i += 1;
    } else if (a >= 0xE0 && a < 0xF0) {
      u[n++] = (UChar)(a << 12 | (s[i + 1] & 0x3Fu) << 6 | (s[i + 2] & 0x3Fu));
      i += 3;
    } else if (a < 0xE0) {
      u[n++] = (UChar)((a & 0x1Fu) << 6 | (s[i + 1] & 0x3Fu));
      i += 2;
    } else {
      const uint32_t scalar = (a & 7u) << 18 | (s[i + 1] & 0x3Fu) << 12 | (s[i + 2] & 0x3Fu) << 6 | (s[i + 3] & 0x3Fu);
      u[n] = (UChar)(0xD7C0u + (scalar >> 10));
      u[n + 1] = (UChar)(0xDC00u | (scalar & 0x3FFu));
      // ICU never breaks inside a pair, so that the second unit's offset is not read; the character's is as good as any.
      offsets[n + 1] = (uint32_t)i;
      n += 2;
      i += 4;
    }
  }
  offsets[n] = (uint32_t)i;
  return n;
}

/// Collects the boundaries of `units` units, those up to `limit` only. `offsets` becomes the words' ends. Returns the words.
static size_t collect(hp_icu_breaker *breaker, size_t units, size_t limit, hp_icu_error *error) {
  UErrorCode status = U_ZERO_ERROR;
  ubrk_setText(breaker->iterator, breaker->units, (int32_t)units, &status);
  *error = U_FAILURE(status) ? status : U_ZERO_ERROR;
  if (*error) return 0;
  uint32_t *const offsets = breaker->offsets;
  size_t words = 0;
  int32_t end;
  // In place: word k ends at unit k + 1 or later, so what is overwritten has been read.
  while ((end = ubrk_next(breaker->iterator)) != UBRK_DONE && (size_t)end <= limit) offsets[words++] = offsets[end];
  return words;
}

size_t hp_icu_words(hp_icu_breaker *breaker, const uint8_t *utf8, size_t length, const uint32_t **ends, size_t *consumed,
                    hp_icu_error *error) {
  *error = U_ZERO_ERROR;
  *ends = NULL;
  size_t words = 0;
  // A word longer than a chunk makes the chunk grow fourfold each time: the whole stays linear in its length.
  for (size_t capacity = HP_ICU_CHUNK; words == 0 && length > 0; capacity *= 4) {
    if (breaker->capacity != capacity && !reserve(breaker, capacity)) {
      *error = U_MEMORY_ALLOCATION_ERROR;
      return 0;
    }
    const size_t units = transcode(utf8, length, breaker->units, breaker->offsets, capacity);
    const int whole = breaker->offsets[units] == length;
    // ICU counts in int32: the next size but one would not fit. A single word of 500 million units is no word.
    if (!whole && capacity > INT32_MAX / 8) {
      *error = U_INDEX_OUTOFBOUNDS_ERROR;
      return 0;
    }
    words = collect(breaker, units, whole ? units : units - margin, error);
    // A whole text ends with a boundary; an iterator that finds none is broken, and asking again would never end.
    if (whole && !words && !*error) *error = U_INTERNAL_PROGRAM_ERROR;
    if (*error) return 0;
  }
  *ends = breaker->offsets;
  *consumed = words ? breaker->offsets[words - 1] : 0;
  return words;
}
