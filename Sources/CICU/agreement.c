// See agreement.h.
#include "agreement.h"

#include "plain.h"

#include <string.h>
#include <unicode/uversion.h>

/// Whether an iterator cuts a text where `boundaries` says, `count` of them.
static int cuts_at(UBreakIterator *iterator, const UChar *text, size_t units, const int32_t *boundaries, size_t count) {
  UErrorCode status = U_ZERO_ERROR;
  ubrk_setText(iterator, text, (int32_t)units, &status);
  if (U_FAILURE(status)) return 0;
  for (size_t i = 0; i < count; i++) {
    if (ubrk_next(iterator) != boundaries[i]) return 0;
  }
  return ubrk_next(iterator) == UBRK_DONE;
}

static int has_plain_rules(UBreakIterator *iterator) {
  UChar text[hp_plain_sample_capacity];
  int32_t boundaries[hp_plain_sample_capacity];
  const size_t units = hp_plain_sample(text);
  size_t count = 0;
  for (size_t at = 0; at < units;) {
    const hp_plain_stretch stretch = hp_plain_next(text, units, at);
    if (stretch.kind != hp_plain_word) return 0;
    at = stretch.end;
    boundaries[count++] = (int32_t)at;
  }
  return cuts_at(iterator, text, units, boundaries, count);
}

static int has_dictionary(UBreakIterator *iterator, hp_icu_dictionary *dictionary) {
  static const UChar text[] = u"结婚的和尚未结婚的中华人民共和国国务院总理在外面的时候"
                              u"南京市长江大桥研究生命起源乒乓球拍卖完了他说的确实在理"
                              u"下雨天留客天留我不留電腦軟體開發臺灣鬱龘龘齉齾乂丂丄東京都渋谷区";
  enum { units = sizeof text / sizeof *text - 1 };
  uint8_t lengths[units + 1];
  int32_t boundaries[units];
  if (!hp_icu_dictionary_cut(dictionary, text, units, lengths)) return 0;
  size_t count = 0;
  for (size_t at = 0; at < units;) {
    at += lengths[at];
    boundaries[count++] = (int32_t)at;
  }
  return cuts_at(iterator, text, units, boundaries, count);
}

int hp_icu_agrees(UBreakIterator *iterator, hp_icu_dictionary *dictionary, const char *locale) {
  if (!has_plain_rules(iterator)) return 0;
  // ICU 72 is the one that the tests compare with on whole corpora. Without an extension, no locale of it changes the dictionary.
  const int known = U_ICU_VERSION_MAJOR_NUM == 72 && !strpbrk(locale, "@") && !strstr(locale, "-u-") && !strstr(locale, "_u_");
  return known || has_dictionary(iterator, dictionary);
}
