// See CICU.h.
#include "CICU.h"

#include "agreement.h"
#include "dictionary.h"
#include "plain.h"

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
  /// Words' lengths in a run of ideographs, `capacity + 1` of them.
  uint8_t *lengths;
  /// What cuts ideographs where ICU need not be asked; NULL if it is asked for everything.
  hp_icu_dictionary *dictionary;
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
  free(breaker->lengths);
  breaker->units = malloc(capacity * sizeof *breaker->units);
  breaker->offsets = malloc((capacity + 1) * sizeof *breaker->offsets);
  breaker->lengths = malloc(capacity + 1);
  breaker->capacity = breaker->units && breaker->offsets && breaker->lengths ? capacity : 0;
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
  hp_icu_dictionary *const dictionary = hp_icu_dictionary_shared();
  if (dictionary && hp_icu_agrees(breaker->iterator, dictionary, locale)) breaker->dictionary = dictionary;
  *error = U_ZERO_ERROR;
  return breaker;
}

void hp_icu_ask_always(hp_icu_breaker *breaker) { breaker->dictionary = NULL; }

int hp_icu_asks_always(const hp_icu_breaker *breaker) { return !breaker->dictionary; }

void hp_icu_close(hp_icu_breaker *breaker) {
  if (!breaker) return;
  if (breaker->iterator) ubrk_close(breaker->iterator);
  free(breaker->units);
  free(breaker->offsets);
  free(breaker->lengths);
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

/// Words found so far in the chunk: their ends stand at the beginning of `offsets`, written over what has been read, as word k ends
/// at unit k + 1 or later.
typedef struct {
  uint32_t *offsets;
  size_t words;
  /// Boundaries behind this unit are not wanted.
  size_t limit;
} found;

static inline int add(found *found, size_t end) {
  if (end > found->limit) return 0;
  found->offsets[found->words++] = found->offsets[end];
  return 1;
}

/// Has ICU cut the units from `start` to `end`.
static int ask(hp_icu_breaker *breaker, size_t start, size_t end, found *found, UErrorCode *status) {
  ubrk_setText(breaker->iterator, breaker->units + start, (int32_t)(end - start), status);
  if (U_FAILURE(*status)) return 0;
  int32_t at;
  while ((at = ubrk_next(breaker->iterator)) != UBRK_DONE) {
    if (!add(found, start + (size_t)at)) return 0;
  }
  return 1;
}

/// Has the dictionary cut the ideographs from `start` to `end`.
static int look_up(hp_icu_breaker *breaker, size_t start, size_t end, found *found, UErrorCode *status) {
  if (!hp_icu_dictionary_cut(breaker->dictionary, breaker->units + start, end - start, breaker->lengths)) {
    *status = U_MEMORY_ALLOCATION_ERROR;
    return 0;
  }
  for (size_t at = 0; at < end - start;) {
    at += breaker->lengths[at];
    if (!add(found, start + at)) return 0;
  }
  return 1;
}

/// Cuts the units stretch by stretch, and asks ICU only where it must.
static void cut_plain(hp_icu_breaker *breaker, size_t units, found *found, UErrorCode *status) {
  int more = 1;
  for (size_t start = 0; start < units && more;) {
    const hp_plain_stretch stretch = hp_plain_next(breaker->units, units, start);
    switch (stretch.kind) {
    case hp_plain_ideographs: more = look_up(breaker, start, stretch.end, found, status); break;
    case hp_plain_word: more = add(found, stretch.end); break;
    case hp_plain_asked: more = ask(breaker, start, stretch.end, found, status); break;
    }
    start = stretch.end;
  }
}

/// Collects the boundaries of `units` units, those up to `limit` only. `offsets` becomes the words' ends. Returns the words.
static size_t collect(hp_icu_breaker *breaker, size_t units, size_t limit, hp_icu_error *error) {
  UErrorCode status = U_ZERO_ERROR;
  found found = {breaker->offsets, 0, limit};
  if (breaker->dictionary) cut_plain(breaker, units, &found, &status);
  else ask(breaker, 0, units, &found, &status);
  *error = U_FAILURE(status) ? status : U_ZERO_ERROR;
  return *error ? 0 : found.words;
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
