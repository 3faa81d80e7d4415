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

#include "lstm_cells.inc.h"

static void HP_NAME(lstm_step_reduced)(reduced_tile *tile, size_t H, size_t active, const float *restrict x,
                                       const int32_t *restrict xrows, size_t operand_count, const reduced_operand *operands,
                                       const float *c_prev, float *c_next, float *restrict h_next, size_t ld_h_next,
                                       bool from_last_block) {
    const size_t Hp = hp_lstm_padded(H);
    for (size_t i = 0; i < Hp; i += 16) {
        const size_t block = from_last_block ? Hp - 16 - i : i;
        for (size_t row = 0, rows; row < active; row += rows) {
            rows = hp_tile_rows(active - row);
            const float *xr[HP_ROWS];
            HP_NAME(lstm_find_rows)(rows, Hp, active, x, xrows, row, block, xr);
            _Alignas(64) float z[HP_ROWS * HP_PANEL];
            if (operand_count == 0) memset(z, 0, sizeof z);
            for (const reduced_operand *o = operands; o < operands + operand_count; o++)
                tile(rows, o->K, o->rows + row * o->ld, o->ld, o->panels + block / 16 * o->panel_words, z, o > operands);
            const size_t at = row * Hp + block;
            HP_NAME(lstm_cells)(rows, Hp, xr, z, c_prev ? c_prev + at : NULL, c_next + at, h_next + row * ld_h_next + block,
                                ld_h_next, NULL);
        }
    }
}
