// GRU and plain recurrent cells for one instruction set; see each_isa.h.
#include "vector.inc.h"

/// Part of an optional array: NULL is zeros.
HP_INLINE vf HP_NAME(load_or_zero)(const float *p, size_t at, size_t width) {
    return p ? HP_NAME(load_part)(p + at, width) : (vf)(0.0f);
}

static void HP_NAME(gru_cell)(size_t H, size_t active, const float *restrict x, const int32_t *restrict xrows,
                              const float *restrict u, const float *restrict bias, const float *h_prev, size_t ld_h_prev,
                              float *h_next, size_t ld_h_next, float *restrict gates) {
    for (size_t b = 0; b < active; b++) {
        const float *xb = x + (xrows ? (size_t)xrows[b] : b) * 3 * H, *ub = u ? u + b * 3 * H : NULL;
        for (size_t j = 0; j < H; j += HP_W) {
            const size_t width = hp_min(H - j, HP_W);
            vf xv[3], uv[3];
            HP_UNROLL for (size_t gate = 0; gate < 3; gate++) {
                xv[gate] = HP_NAME(load_part)(xb + gate * H + j, width);
                uv[gate] = HP_NAME(load_or_zero)(ub, gate * H + j, width) + HP_NAME(load_or_zero)(bias, gate * H + j, width);
            }
            const vf r = HP_NAME(gate_sigmoid)(xv[0] + uv[0]), z = HP_NAME(gate_sigmoid)(xv[1] + uv[1]);
            const vf n = HP_NAME(tanh)(xv[2] + r * uv[2]);
            const vf before = HP_NAME(load_or_zero)(h_prev, b * ld_h_prev + j, width);
            HP_NAME(store_part)(h_next + b * ld_h_next + j, (1.0f - z) * n + z * before, width);
            if (gates) {
                const vf saved[4] = {r, z, n, uv[2]};
                HP_UNROLL for (size_t gate = 0; gate < 4; gate++)
                    HP_NAME(store_part)(gates + (b * 4 + gate) * H + j, saved[gate], width);
            }
        }
    }
}

static void HP_NAME(gru_cell_backward)(size_t H, size_t active, const float *restrict gates, const float *restrict h_prev,
                                       size_t ld_h_prev, const float *dh, size_t ld_dh, float *restrict dx, float *restrict du,
                                       float *dh_prev) {
    for (size_t b = 0; b < active; b++) {
        for (size_t j = 0; j < H; j += HP_W) {
            const size_t width = hp_min(H - j, HP_W);
            vf gate[4];
            HP_UNROLL for (size_t g = 0; g < 4; g++) gate[g] = HP_NAME(load_part)(gates + (b * 4 + g) * H + j, width);
            const vf r = gate[0], z = gate[1], n = gate[2], u_n = gate[3];
            const vf before = HP_NAME(load_or_zero)(h_prev, b * ld_h_prev + j, width);
            const vf d = HP_NAME(load_part)(dh + b * ld_dh + j, width);
            const vf dn = d * (1.0f - z) * (1.0f - n * n);
            const vf dz = d * (before - n) * z * (1.0f - z);
            const vf dr = dn * u_n * r * (1.0f - r);
            const vf to_x[3] = {dr, dz, dn}, to_u[3] = {dr, dz, dn * r};
            HP_UNROLL for (size_t g = 0; g < 3; g++) {
                HP_NAME(store_part)(dx + (b * 3 + g) * H + j, to_x[g], width);
                HP_NAME(store_part)(du + (b * 3 + g) * H + j, to_u[g], width);
            }
            HP_NAME(store_part)(dh_prev + b * H + j, d * z, width);
        }
    }
}

static void HP_NAME(rnn_cell)(size_t H, size_t active, const float *restrict x, const int32_t *restrict xrows,
                              const float *restrict u, const float *restrict bias, float *restrict h_next, size_t ld_h_next) {
    for (size_t b = 0; b < active; b++) {
        const float *xb = x + (xrows ? (size_t)xrows[b] : b) * H;
        for (size_t j = 0; j < H; j += HP_W) {
            const size_t width = hp_min(H - j, HP_W);
            const vf ub = HP_NAME(load_or_zero)(u, b * H + j, width) + HP_NAME(load_or_zero)(bias, j, width);
            HP_NAME(store_part)(h_next + b * ld_h_next + j, HP_NAME(tanh)(HP_NAME(load_part)(xb + j, width) + ub), width);
        }
    }
}

static void HP_NAME(rnn_cell_backward)(size_t H, size_t active, const float *restrict h, size_t ld_h, const float *restrict dh,
                                       size_t ld_dh, float *restrict dz) {
    for (size_t b = 0; b < active; b++)
        for (size_t j = 0; j < H; j++) dz[b * H + j] = dh[b * ld_dh + j] * (1.0f - h[b * ld_h + j] * h[b * ld_h + j]);
}
