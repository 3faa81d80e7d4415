// The LSTM step, forward and back, for one instruction set; see each_isa.h.
#include "vector.inc.h"

#include "tile.inc.h"

#include "lstm_cells.inc.h"

static void HP_NAME(lstm_step)(size_t H, size_t active, const float *restrict x, const int32_t *restrict xrows,
                               size_t operand_count, const hp_lstm_operand *operands, const float *c_prev, float *c_next,
                               float *restrict h_next, size_t ld_h_next, float *restrict gates, bool from_last_block) {
    const size_t Hp = hp_lstm_padded(H);
    // Blocks outside, rows inside: a block's panel (32 KB at H = 128) is read from L2 once and then from L1.
    for (size_t i = 0; i < Hp; i += 16) {
        const size_t block = from_last_block ? Hp - 16 - i : i;
        for (size_t row = 0, rows; row < active; row += rows) {
            rows = hp_tile_rows(active - row);
            const float *xr[HP_ROWS];
            HP_NAME(lstm_find_rows)(rows, Hp, active, x, xrows, row, block, xr);
            _Alignas(64) float z[HP_ROWS * HP_PANEL];
            if (operand_count == 0) memset(z, 0, sizeof z);
            for (const hp_lstm_operand *o = operands; o < operands + operand_count; o++) {
                HP_NAME(tile)(rows, o->K, o->rows + row * o->ld, o->ld, 1, o->packed + block * 4 * o->K, z, HP_PANEL, o > operands);
            }
            const size_t at = row * Hp + block;
            HP_NAME(lstm_cells)(rows, Hp, xr, z, c_prev ? c_prev + at : NULL, c_next + at, h_next + row * ld_h_next + block,
                                ld_h_next, gates ? gates + row * 4 * Hp + block * 4 : NULL);
        }
    }
}

static void HP_NAME(lstm_step_backward)(size_t H, size_t active, const float *gates, const float *restrict c_prev,
                                        const float *restrict c, const float *restrict dh, size_t ld_dh, float *restrict dc,
                                        float *dgates) {
    const size_t Hp = hp_lstm_padded(H);
    for (size_t row = 0; row < active; row++) {
        for (size_t j = 0; j < Hp; j += HP_W) {
            const size_t at = row * Hp + j, gate = row * 4 * Hp + hp_lstm_packed_index(0, j);
            const vf i = HP_NAME(load)(gates + gate), f = HP_NAME(load)(gates + gate + 16);
            const vf g = HP_NAME(load)(gates + gate + 32), o = HP_NAME(load)(gates + gate + 48);
            const vf tanh_c = HP_NAME(tanh)(HP_NAME(load)(c + at));
            const vf before = c_prev ? HP_NAME(load)(c_prev + at) : (vf)(0.0f);
            const vf d = HP_NAME(load)(dh + row * ld_dh + j);
            const vf d_c = HP_NAME(load)(dc + at) + d * o * (1.0f - tanh_c * tanh_c);
            HP_NAME(store)(dc + at, d_c * f);
            HP_NAME(store)(dgates + gate, d_c * g * i * (1.0f - i));
            HP_NAME(store)(dgates + gate + 16, d_c * before * f * (1.0f - f));
            HP_NAME(store)(dgates + gate + 32, d_c * i * (1.0f - g * g));
            HP_NAME(store)(dgates + gate + 48, d * tanh_c * o * (1.0f - o));
        }
    }
}
