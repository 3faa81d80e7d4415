// What follows the product in an LSTM step in reduced precision; see each_isa.h and lstm_step.inc.h.
//
// Rounding a state to 8 bits moves it by up to 1/254 of the row's largest, to bfloat16 by up to 1/512 of itself. So σ and tanh need no
// float32's accuracy here, and no exponential: tanh is an odd rational function, nine operations instead of seventeen.
#include "lstm_cells.h"

/// tanh(x/2) = n/d by n = x·(s² + n₁s + n₀), d = d₂s² + d₁s + d₀ with s = x²; σ(x) is (n + d)/2d. Off tanh by at most 5.7e-5, so σ by
/// 2.9e-5: the least that a function of this form can be off (equal ripples, by linear programming), if it is to reach 1 where x is
/// limited: a forget gate that is open forgets nothing.
HP_INLINE vf HP_NAME(half_tanh)(vf x, vf *d) {
    x = HP_NAME(clamp)(x, -HP_HALF_TANH_LIMIT, HP_HALF_TANH_LIMIT);
    const vf s = x * x;
    *d = (s * HP_HALF_TANH_D2 + HP_HALF_TANH_D1) * s + HP_HALF_TANH_D0;
    return ((s + HP_HALF_TANH_N1) * s + HP_HALF_TANH_N0) * x;
}

// With n/d of each gate, and N = n + d,
//   c' = c·N_f/2d_f + N_i/2d_i·n_g/d_g = (c·N_f·d_i·d_g + N_i·n_g·d_f) / (d_i·d_g·2d_f),    h' = N_o·n/(2d_o·d) with n/d of 2c'.
// Three loops, for in one go a vector is a chain of operations that is as long as the processor's window (Zen 3: 45 cycles a vector of
// units, so 34; the float32 cells take 55).

/// z_i and z_g become N_i·n_g and d_i·d_g.
HP_INLINE void HP_NAME(input_gates)(const lstm_cells *t) {
    for (size_t r = 0; r < t->count; r++) {
        float *z = t->z + r * HP_PANEL;
        HP_UNROLL for (size_t j = 0; j < 16; j += HP_W) {
            vf i, g;
            const vf i_over = HP_NAME(half_tanh)(HP_NAME(load)(z + j), &i) + i, z_g = HP_NAME(load)(z + 32 + j);
            const vf g_over = HP_NAME(half_tanh)(z_g + z_g, &g);
            HP_NAME(store)(z + j, i_over * g_over);
            HP_NAME(store)(z + 32 + j, i * g);
        }
    }
}

/// z: U h, with x in it.
HP_INLINE void HP_NAME(lstm_cells_reduced)(const lstm_cells *t) {
    HP_NAME(input_gates)(t);
    for (size_t r = 0; r < t->count; r++) {
        const float *z = t->z + r * HP_PANEL;
        HP_UNROLL for (size_t j = 0; j < 16; j += HP_W) {
            vf f;
            const vf f_over = HP_NAME(half_tanh)(HP_NAME(load)(z + 16 + j), &f) + f;
            const vf over = HP_NAME(load)(z + j), under = HP_NAME(load)(z + 32 + j);
            const vf c = t->c_prev ? HP_NAME(load)(t->c_prev + r * t->ld_c + j) : (vf)(0.0f);
            HP_NAME(store)(t->c_next + r * t->ld_c + j, (c * f_over * under + over * f) / (under * (f + f)));
        }
    }
    for (size_t r = 0; r < t->count; r++) {
        const float *z = t->z + r * HP_PANEL;
        HP_UNROLL for (size_t j = 0; j < 16; j += HP_W) {
            vf o, d;
            const vf o_over = HP_NAME(half_tanh)(HP_NAME(load)(z + 48 + j), &o) + o;
            const vf c = HP_NAME(load)(t->c_next + r * t->ld_c + j), over = HP_NAME(half_tanh)(c + c, &d);
            HP_NAME(store)(t->h_next + r * t->ld_h + j, o_over * over / (d * (o + o)));
        }
    }
}

static void HP_NAME(map_coarse_tanh)(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i += HP_W) {
        const size_t width = hp_min(n - i, HP_W);
        const vf half = HP_NAME(load_part)(x + i, width);
        vf d;
        const vf over = HP_NAME(half_tanh)(half + half, &d);
        HP_NAME(store_part)(y + i, over / d, width);
    }
}
