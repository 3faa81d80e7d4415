// The LSTM step, forward and back, for one instruction set; see each_isa.h.
#include "vector.inc.h"

#include "lstm_cells.inc.h"
#include "tile.inc.h"

#define HP_STEP HP_NAME
#define HP_CELLS(cells) HP_NAME(lstm_cells)(cells)
#define HP_OPERAND hp_lstm_operand
#define HP_NO_PRODUCT(rows, x, z) memset(z, 0, (rows) * HP_PANEL * sizeof(float))
#define HP_PRODUCT(o, rows, row, block, x, z, add) \
    HP_NAME(tile)(rows, (o)->K, (o)->rows + (row) * (o)->ld, (o)->ld, 1, (o)->packed + (block) * HP_PANEL * (o)->K, z, HP_PANEL, add)
#include "lstm_step.inc.h"

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
