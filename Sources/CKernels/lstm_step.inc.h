// The blocks and rows of an LSTM step, for products of any precision; see each_isa.h. For one precision at a time:
//   HP_STEP(f)    f_avx2, f_reduced_avx2, …
//   HP_OPERAND    an operand of the products, with its K
//   HP_PRODUCT(o, rows, row, block, x, z, add)  z (HP_PANEL apart) = or += `rows` rows of operand o, from `row` on, times its panel
//                 `block`; of reduced precision with x (a pointer a row) added to the first one
//   HP_NO_PRODUCT(rows, x, z)  the same of no operand: zeros, or x
//   HP_CELLS(t)   what follows the product
#include "lstm_cells.h"

/// U h of one tile: `rows` rows from `row` on, panel `block`.
HP_INLINE void HP_STEP(lstm_products)(size_t operand_count, const HP_OPERAND *operands, size_t rows, size_t row, size_t block,
                                      const float *const *x, float *z) {
    (void)x;
    if (operand_count == 0) HP_NO_PRODUCT(rows, x, z);
    for (size_t i = 0; i < operand_count; i++) HP_PRODUCT(operands + i, rows, row, block, x, z, i > 0);
}

/// The only row: it is one tile a block, and the cells of several blocks are computed together, which else would wait for each other.
static void HP_STEP(lstm_lone_row)(size_t blocks, const float *x, size_t operand_count, const HP_OPERAND *operands, const float *c_prev,
                                   float *c_next, float *h_next, float *gates, bool from_last_block) {
    for (size_t line = 0; line < blocks * HP_PANEL; line += 16) __builtin_prefetch(x + line);
    for (size_t done = 0, count; done < blocks; done += count) {
        count = hp_tile_rows(blocks - done);
        const size_t first = from_last_block ? blocks - done - count : done;
        _Alignas(64) float z[HP_ROWS * HP_PANEL];
        lstm_cells cells = {
            .count = count, .z = z, .c_prev = c_prev ? c_prev + first * 16 : NULL, .c_next = c_next + first * 16, .ld_c = 16,
            .h_next = h_next + first * 16, .ld_h = 16, .gates = gates ? gates + first * HP_PANEL : NULL, .ld_gates = HP_PANEL,
        };
        for (size_t i = 0; i < count; i++) {
            const size_t at = from_last_block ? count - 1 - i : i;
            cells.x[at] = x + (first + at) * HP_PANEL;
            HP_STEP(lstm_products)(operand_count, operands, 1, 0, first + at, cells.x + at, z + at * HP_PANEL);
        }
        HP_CELLS(&cells);
    }
}

static void HP_STEP(lstm_step)(size_t H, size_t active, const float *restrict x, const int32_t *restrict xrows, size_t operand_count,
                               const HP_OPERAND *operands, const float *c_prev, float *c_next, float *restrict h_next,
                               size_t ld_h_next, float *restrict gates, bool from_last_block) {
    const size_t Hp = hp_lstm_padded(H), blocks = Hp / 16;
    if (active == 1) {
        const float *row = x + (xrows ? (size_t)xrows[0] * 4 * Hp : 0);
        return HP_STEP(lstm_lone_row)(blocks, row, operand_count, operands, c_prev, c_next, h_next, gates, from_last_block);
    }
    // Blocks outside, rows inside: a block's panel (32 KB at H = 128) is read from L2 once and then from L1.
    for (size_t i = 0; i < blocks; i++) {
        const size_t block = from_last_block ? blocks - 1 - i : i;
        for (size_t row = 0, rows; row < active; row += rows) {
            rows = hp_tile_rows(active - row);
            _Alignas(64) float z[HP_ROWS * HP_PANEL];
            const size_t at = row * Hp + block * 16;
            lstm_cells cells = {
                .count = rows, .z = z, .c_prev = c_prev ? c_prev + at : NULL, .c_next = c_next + at, .ld_c = Hp,
                .h_next = h_next + row * ld_h_next + block * 16, .ld_h = ld_h_next,
                .gates = gates ? gates + at * 4 : NULL, .ld_gates = 4 * Hp,
            };
            for (size_t r = 0; r < rows; r++) {
                cells.x[r] = x + (xrows ? (size_t)xrows[row + r] : row + r) * 4 * Hp + block * HP_PANEL;
                // Rows of a vocabulary's table lie anywhere in memory; the product gives them time to arrive. Not in L1, whose few
                // open requests the panel needs (735 and 771 thousand tokens/s at H = 128).
                HP_UNROLL for (size_t line = 0; line < HP_PANEL; line += 16) __builtin_prefetch(cells.x[r] + line, 0, 2);
            }
            HP_STEP(lstm_products)(operand_count, operands, rows, row, block, cells.x, z);
            HP_CELLS(&cells);
        }
    }
}

#undef HP_STEP
#undef HP_CELLS
#undef HP_OPERAND
#undef HP_PRODUCT
#undef HP_NO_PRODUCT
