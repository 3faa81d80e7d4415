// What follows the product in an LSTM step, whatever the precision of the product; see each_isa.h and lstm_step.inc.h.
#include "lstm_cells.h"

// With the denominators I = 1 + e^-z_i, F, O of the three σ, and the numerator m of tanh, which is m/(m + 2),
//   c' = c/F + m/(I·(m + 2)) = (c·I·(m + 2) + m·F) / (I·(m + 2)·F),    h' = m'/(O·(m' + 2)) with m' of c':
// two divisions a unit instead of five. Each loop does one thing for all rows: in one go a vector is a chain of some 150 operations, of
// which the processor's window holds not even two, so that it waits for each result (Zen 3: 71 cycles a vector of units, so 47).

/// z becomes I, F, m and O.
HP_INLINE void HP_NAME(lstm_gates)(const lstm_cells *t) {
    for (size_t r = 0; r < t->count; r++) {
        const float *x = t->x[r];
        float *z = t->z + r * HP_PANEL;
        for (size_t j = 0; j < 16; j += HP_W) {
            HP_UNROLL for (size_t gate = 0; gate < 4; gate++) {
                const size_t at = gate * 16 + j;
                if (gate != 2) HP_NAME(store)(z + at, HP_NAME(sigmoid_denominator)(HP_NAME(load)(x + at) + HP_NAME(load)(z + at)));
            }
        }
    }
    for (size_t r = 0; r < t->count; r++) {
        const float *x = t->x[r] + 32;
        float *z = t->z + r * HP_PANEL + 32;
        HP_UNROLL for (size_t j = 0; j < 16; j += HP_W)
            HP_NAME(store)(z + j, HP_NAME(tanh_numerator)(HP_NAME(load)(x + j) + HP_NAME(load)(z + j)));
    }
}

/// c', and the m' of its tanh where I was.
HP_INLINE void HP_NAME(lstm_cell_states)(const lstm_cells *t) {
    for (size_t r = 0; r < t->count; r++) {
        const float *z = t->z + r * HP_PANEL;
        HP_UNROLL for (size_t j = 0; j < 16; j += HP_W) {
            const vf i = HP_NAME(load)(z + j), f = HP_NAME(load)(z + 16 + j), m = HP_NAME(load)(z + 32 + j), g = m + 2.0f;
            const vf ig = i * g, mf = m * f, inverse = 1.0f / (ig * f);
            const vf c = t->c_prev ? HP_NAME(load)(t->c_prev + r * t->ld_c + j) : (vf)(0.0f);
            HP_NAME(store)(t->c_next + r * t->ld_c + j, (c * ig + mf) * inverse);
            if (!t->gates) continue;
            float *gate = t->gates + r * t->ld_gates + j;
            HP_NAME(store)(gate, g * f * inverse);
            HP_NAME(store)(gate + 16, ig * inverse);
            HP_NAME(store)(gate + 32, mf * i * inverse);
        }
    }
    for (size_t r = 0; r < t->count; r++) {
        HP_UNROLL for (size_t j = 0; j < 16; j += HP_W)
            HP_NAME(store)(t->z + r * HP_PANEL + j, HP_NAME(tanh_numerator)(HP_NAME(load)(t->c_next + r * t->ld_c + j)));
    }
}

HP_INLINE void HP_NAME(lstm_hidden_states)(const lstm_cells *t) {
    for (size_t r = 0; r < t->count; r++) {
        const float *z = t->z + r * HP_PANEL;
        HP_UNROLL for (size_t j = 0; j < 16; j += HP_W) {
            const vf m = HP_NAME(load)(z + j), o = HP_NAME(load)(z + 48 + j), c = m + 2.0f, inverse = 1.0f / (o * c);
            HP_NAME(store)(t->h_next + r * t->ld_h + j, m * inverse);
            if (t->gates) HP_NAME(store)(t->gates + r * t->ld_gates + 48 + j, c * inverse);
        }
    }
}

HP_INLINE void HP_NAME(lstm_cells)(const lstm_cells *t) {
    HP_NAME(lstm_gates)(t);
    HP_NAME(lstm_cell_states)(t);
    HP_NAME(lstm_hidden_states)(t);
}
