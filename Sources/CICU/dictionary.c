// See dictionary.h.
#include "dictionary.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/udata.h>
#include <unicode/utypes.h>

/// The second ideographs of the words that begin with one. The trie has branches of up to a thousand units there, where a binary
/// search takes some ten jumps that no processor foresees; so each is turned into a hash table when it is first needed.
typedef struct {
  /// What the first ideograph costs alone.
  uint32_t cost;
  /// The table has `1 << bits` places, at most half of them taken.
  uint32_t bits;
  struct second {
    /// 0 if the place is free.
    uint16_t unit;
    /// What the two cost as a word (no word costs ICU more than 255), and 1; 0 if they are none.
    uint16_t cost;
    /// Where the trie goes on behind the two, times 16, and what is left of a linear match there; 0 for nowhere.
    uint32_t next;
  } seconds[];
} initial;

struct hp_icu_dictionary {
  /// In the format of ICU's `UCharsTrie`, documented in its header: nodes of 16-bit units, each with a lead unit.
  const uint16_t *trie;
  /// By first ideograph; NULL until one is first seen. Never freed: all together take some 4 MB, those of a usual text one.
  _Atomic(const initial *) initials[hp_icu_ideographs];
};

enum {
  longest_word = 20,
  /// What an ideograph costs that is no word: the dearest.
  no_word = 255,

  // Lead units of nodes.
  least_linear_match = 0x30,
  least_value = 0x40,
  least_two_unit_node_value = 0x4040,
  three_unit_node_value = 0x7FC0,
  final = 0x8000,
  // Lead units of values in a branch, without `final`.
  least_two_unit_value = 0x4000,
  three_unit_value = 0x7FFF,
  // Jumps of a branch's binary search.
  least_two_unit_jump = 0xFC00,
  three_unit_jump = 0xFFFF,
  /// A branch of at most so many units is a list.
  longest_list = 5,
};

/// A place in the trie: what has matched so far.
typedef struct {
  /// The unit to read next; NULL where nothing follows.
  const uint16_t *at;
  /// Units left of a linear match that `at` is inside of.
  uint32_t left;
} place;

static const place nowhere = {NULL, 0};

static const uint16_t *skip_node_value(const uint16_t *at, uint32_t lead) {
  return at + (lead >= least_two_unit_node_value) + (lead >= three_unit_node_value);
}

static const uint16_t *skip_value(const uint16_t *at) {
  const uint32_t lead = *at++ & 0x7FFFu;
  return at + (lead >= least_two_unit_value) + (lead == three_unit_value);
}

/// The value behind a branch's unit, `final` or a jump.
static uint32_t value_at(const uint16_t *at) {
  const uint32_t lead = *at & 0x7FFFu;
  if (lead < least_two_unit_value) return lead;
  if (lead < three_unit_value) return (lead - least_two_unit_value) << 16 | at[1];
  return (uint32_t)at[1] << 16 | at[2];
}

static const uint16_t *jump(const uint16_t *at) {
  uint32_t by = *at++;
  if (by == three_unit_jump) {
    by = (uint32_t)at[0] << 16 | at[1];
    at += 2;
  } else if (by >= least_two_unit_jump) {
    by = (by - least_two_unit_jump) << 16 | *at++;
  }
  return at + by;
}

static const uint16_t *skip_jump(const uint16_t *at) {
  const uint32_t by = *at++;
  return at + (by >= least_two_unit_jump) + (by == three_unit_jump);
}

/// Where the unit of a list leads whose value is at `at`: a final value is left to be read.
static place entered(const uint16_t *at) { return (place){*at & final ? at : skip_value(at) + value_at(at), 0}; }

/// Follows one unit through a branch of `count`.
static place follow_branch(const uint16_t *at, uint32_t count, uint32_t unit) {
  while (count > longest_list) {
    if (unit < *at++) {
      count >>= 1;
      at = jump(at);
    } else {
      count -= count >> 1;
      at = skip_jump(at);
    }
  }
  for (; count > 1; count--) {
    if (unit == *at++) return entered(at);
    at = skip_value(at);
  }
  return unit == *at ? (place){at + 1, 0} : nowhere;
}

/// The node at the beginning of which a place is: its lead unit without a value, `at` behind that. 0xFFFF if nothing follows.
static inline uint32_t read_lead(const uint16_t **at) {
  uint32_t lead = *(*at)++;
  if (lead & final) return 0xFFFF;
  if (lead < least_value) return lead;
  *at = skip_node_value(*at, lead);
  return lead & (least_value - 1);
}

/// Follows one more unit.
static inline place follow(place from, uint32_t unit) {
  const uint16_t *at = from.at;
  if (from.left > 0) return unit == *at ? (place){at + 1, from.left - 1} : nowhere;
  const uint32_t lead = read_lead(&at);
  if (lead == 0xFFFF) return nowhere;
  if (lead >= least_linear_match) return unit == *at ? (place){at + 1, lead - least_linear_match} : nowhere;
  const uint32_t count = (lead ? lead : *at++) + 1;
  return follow_branch(at, count, unit);
}

/// The cost of the word that ends at a place, or -1.
static inline int32_t cost_at(place here) {
  const uint16_t *const at = here.at;
  const uint32_t lead = *at;
  if (here.left > 0 || lead < least_value) return -1;
  if (lead & final) return (int32_t)value_at(at);
  if (lead < least_two_unit_node_value) return (int32_t)(lead >> 6) - 1;
  if (lead < three_unit_node_value) return (int32_t)(((lead & 0x7FC0u) - least_two_unit_node_value) << 10 | at[1]);
  return (int32_t)((uint32_t)at[1] << 16 | at[2]);
}

static inline uint32_t hash(uint32_t unit, uint32_t bits) { return (uint16_t)(unit * 40503u) >> (16 - bits); }

static void add_second(initial *to, const uint16_t *trie, uint16_t unit, place here) {
  const uint32_t last = (1u << to->bits) - 1;
  uint32_t at = hash(unit, to->bits);
  while (to->seconds[at].unit) at = (at + 1) & last;
  const int more = here.left > 0 || !(*here.at & final);
  to->seconds[at] = (struct second){
    unit, (uint16_t)(cost_at(here) + 1), more ? (uint32_t)(here.at - trie) << 4 | here.left : 0};
}

static void add_branch(initial *to, const uint16_t *trie, const uint16_t *at, uint32_t count) {
  while (count > longest_list) {
    at++;
    add_branch(to, trie, jump(at), count >> 1);
    count -= count >> 1;
    at = skip_jump(at);
  }
  for (; count > 1; count--) {
    add_second(to, trie, *at, entered(at + 1));
    at = skip_value(at + 1);
  }
  add_second(to, trie, *at, (place){at + 1, 0});
}

/// Reads what begins with an ideograph. NULL without memory.
static initial *read_initial(const uint16_t *trie, uint16_t unit) {
  const place here = follow((place){trie, 0}, unit);
  const int32_t cost = here.at ? cost_at(here) : -1;
  const uint16_t *at = here.at;
  const uint32_t lead = at ? read_lead(&at) : 0xFFFF;
  const int branches = lead < least_linear_match;
  const uint32_t count = lead == 0xFFFF ? 0 : branches ? (lead ? lead : *at++) + 1 : 1;
  uint32_t bits = 1;
  while (1u << bits < 2 * count) bits++;
  initial *const result = calloc(1, sizeof *result + (sizeof *result->seconds << bits));
  if (!result) return NULL;
  result->cost = cost < 0 ? no_word : (uint32_t)cost;
  result->bits = bits;
  if (branches) add_branch(result, trie, at, count);
  else if (count) add_second(result, trie, *at, (place){at + 1, lead - least_linear_match});
  return result;
}

static __attribute__((noinline)) const initial *add_initial(hp_icu_dictionary *dictionary, uint16_t unit) {
  initial *const new = read_initial(dictionary->trie, unit);
  const initial *known = NULL;
  if (!new) return NULL;
  if (atomic_compare_exchange_strong(&dictionary->initials[unit - hp_icu_first_ideograph], &known, new)) return new;
  free(new);  // another thread was first
  return known;
}

static inline const initial *initial_of(hp_icu_dictionary *dictionary, uint16_t unit) {
  const initial *const known =
    atomic_load_explicit(&dictionary->initials[unit - hp_icu_first_ideograph], memory_order_acquire);
  return known ? known : add_initial(dictionary, unit);
}

static inline const struct second *find_second(const initial *in, uint16_t unit) {
  const uint32_t last = (1u << in->bits) - 1;
  for (uint32_t at = hash(unit, in->bits);; at = (at + 1) & last) {
    const struct second *const second = &in->seconds[at];
    if (second->unit == unit) return second;
    if (second->unit == 0) return NULL;
  }
}

/// Room for the places that a word from here may end at.
enum { ring = 32 };

/// Ways so far.
typedef struct {
  /// Cost of the best way to each place ahead, by the place modulo `ring`.
  uint32_t best[ring];
  /// How long the last word on the best way to each place is.
  uint8_t *lengths;
} ways;

static inline void try_word(ways *ways, size_t start, size_t length, uint32_t cost) {
  const size_t end = start + length;
  // Only a cheaper way replaces one: of equal ones the first, whose last word begins earlier, stays.
  if (cost < ways->best[end % ring]) {
    ways->best[end % ring] = cost;
    ways->lengths[end] = (uint8_t)length;
  }
}

/// `lengths` tells at each word's end how long it is; afterwards it does so at its beginning.
static void turn_round(uint8_t *lengths, size_t count) {
  size_t end = count;
  uint8_t length = lengths[end];
  while (end > 0) {
    end -= length;
    const uint8_t before = lengths[end];
    lengths[end] = length;
    length = before;
  }
}

int hp_icu_dictionary_cut(hp_icu_dictionary *dictionary, const uint16_t *units, size_t count, uint8_t *lengths) {
  ways ways;
  ways.lengths = lengths;
  memset(ways.best, 0xFF, sizeof ways.best);
  ways.best[0] = 0;
  lengths[0] = 0;
  for (size_t i = 0; i < count; i++) {
    const uint32_t before = ways.best[i % ring];
    ways.best[i % ring] = UINT32_MAX;
    const initial *const initial = initial_of(dictionary, units[i]);
    if (!initial) return 0;
    try_word(&ways, i, 1, before + initial->cost);
    const size_t most = count - i < longest_word ? count - i : longest_word;
    if (most < 2) continue;
    const struct second *const second = find_second(initial, units[i + 1]);
    if (!second) continue;
    if (second->cost) try_word(&ways, i, 2, before + second->cost - 1);
    if (!second->next) continue;
    place here = {dictionary->trie + (second->next >> 4), second->next & 15};
    for (size_t length = 3; length <= most; length++) {
      here = follow(here, units[i + length - 1]);
      if (!here.at) break;
      const int32_t cost = cost_at(here);
      if (cost >= 0) try_word(&ways, i, length, before + (uint32_t)cost);
    }
  }
  turn_round(lengths, count);
  return 1;
}

/// ICU's `DictionaryData`: eight 32-bit numbers, then the trie.
enum { trie_offset = 0, total_size = 3, trie_type = 4, numbers = 8, type_mask = 7, type_units = 1, has_values = 8 };

static hp_icu_dictionary shared;

static void open_shared(void) {
  UErrorCode status = U_ZERO_ERROR;
  UDataMemory *const data = udata_open(U_ICUDATA_NAME "-brkitr", "dict", "cjdict", &status);
  if (U_FAILURE(status)) return;
  UDataInfo info = {.size = sizeof info};
  udata_getInfo(data, &info);
  const int32_t *const header = udata_getMemory(data);
  const int known = memcmp(info.dataFormat, "Dict", 4) == 0 && info.formatVersion[0] == 1
                    && (header[trie_type] & type_mask) == type_units && header[trie_type] & has_values
                    && header[trie_offset] == numbers * (int32_t)sizeof *header
                    // What `second.next` has room for.
                    && header[total_size] / 2 < 1 << 28;
  if (known) shared.trie = (const uint16_t *)(header + numbers);
  else udata_close(data);
}

hp_icu_dictionary *hp_icu_dictionary_shared(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, open_shared);
  return shared.trie ? &shared : NULL;
}
