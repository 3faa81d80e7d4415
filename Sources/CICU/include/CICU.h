#ifndef HP_CICU_H
#define HP_CICU_H

#include <stddef.h>
#include <stdint.h>

/// Shims over ICU's word break iterator (ubrk.h).
///
/// Swift cannot import ICU: its functions are macros that add the version (`ubrk_next_72`). And a call from Swift for every
/// boundary would cost more than this one call for a whole text: the loop is here.
///
/// Not safe to use from two threads at once; any number of breakers may exist.
typedef struct hp_icu_breaker hp_icu_breaker;

/// Units of UTF-16 that a text is cut into, so that memory does not grow with it. 32,768: 260 KB with the offsets, within L2.
#define HP_ICU_CHUNK 32768

/// ICU's error codes that the functions below return: 0 is success, `hp_icu_error_name` names the others.
typedef int32_t hp_icu_error;

/// The version of the ICU library in this process, such as "72.1".
/// - `buffer`: room for 20 bytes; receives a NUL-terminated string.
void hp_icu_version(char *_Nonnull buffer);

/// The name of an error, such as "U_MEMORY_ALLOCATION_ERROR". Never freed.
const char *_Nonnull hp_icu_error_name(hp_icu_error error);

/// Whether the locale's language is one that ICU knows: "zh", "zh-Hant" and "" (the root) are, "chinese" is not.
int hp_icu_knows_locale(const char *_Nonnull locale);

/// Opens a word break iterator: 40 µs to 1 ms, so open one a thread, not one a text (which costs 3.6 times the whole run).
/// - `error`: receives 0 or why there is none; required.
hp_icu_breaker *_Nullable hp_icu_open(const char *_Nonnull locale, hp_icu_error *_Nonnull error);

/// From now on ICU is asked for every boundary. Without this, plain Chinese text is cut as ICU would cut it, but by our own walk through
/// its dictionary, five times as fast; ICU is asked for the rest, and for everything where its rules are others than those we know.
/// For tests and benchmarks, which compare the two.
void hp_icu_ask_always(hp_icu_breaker *_Nonnull breaker);

/// Whether ICU is asked for every boundary.
int hp_icu_asks_always(const hp_icu_breaker *_Nonnull breaker);

/// Frees the breaker; NULL is allowed.
void hp_icu_close(hp_icu_breaker *_Nullable breaker);

/// Finds the words at the beginning of a text, at most HP_ICU_CHUNK units of UTF-16 of it; longer if no word ends there.
///
/// Call again with the rest until `consumed` covers the text. What a chunk says about its last 256 units is not used, since
/// the text that follows could change it; they are looked at again at the beginning of the next one.
/// - `utf8`: valid UTF-8, `length` bytes. The caller has checked it: no byte is tested here.
/// - `ends`: receives where the words end, in bytes from `utf8`, rising; the first word starts at 0. Valid until the next call.
/// - `consumed`: receives the bytes that the words cover.
/// - `error`: receives 0, or why it failed; then the result is 0 and `consumed` untouched.
/// - Returns how many words were found; 0 only for an empty text or with an error.
size_t hp_icu_words(hp_icu_breaker *_Nonnull breaker, const uint8_t *_Nonnull utf8, size_t length,
                    const uint32_t *_Nullable *_Nonnull ends, size_t *_Nonnull consumed, hp_icu_error *_Nonnull error);

#endif
