// Products and the LSTM step in reduced precision for one instruction set; see each_isa.h and reduced.c.
#include "vector.inc.h"

#if HP_W < 16  // AVX-512 has instructions of its own, or takes what AVX2 has
/// Pairs of 16-bit numbers in each lane: a.low·b.low + a.high·b.high.
HP_INLINE vi HP_NAME(dot_pairs)(vi a, vi b) {
#if !defined(__x86_64__)
    return (a << 16 >> 16) * (b << 16 >> 16) + (a >> 16) * (b >> 16);
#elif HP_W == 4
    return (vi)_mm_madd_epi16((__m128i)a, (__m128i)b);
#else
    return (vi)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#endif
}

#define HP_NATIVE 0
#include "reduced_bf16.inc.h"
#include "reduced_int8.inc.h"
#undef HP_NATIVE
#endif

#include "lstm_cells_reduced.inc.h"

#define HP_STEP(name) HP_NAME(name##_reduced)
#define HP_CELLS(cells) HP_NAME(lstm_cells_reduced)(cells)
#define HP_OPERAND reduced_operand
#define HP_NO_PRODUCT(rows, x, z) hp_copy_panels(rows, x, z)
#define HP_PRODUCT(o, rows, row, block, x, z, add) \
    (o)->tile(rows, (o)->K, (o)->rows + (row) * (o)->ld, (o)->ld, (o)->panels + (block) * (o)->panel_words, (add) ? NULL : (x), z, add)
#include "lstm_step.inc.h"
