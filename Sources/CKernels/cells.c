// GRU and plain recurrent cells: the plain loops, and the choice among the vector versions of cells.inc.h.
#include <math.h>
#include <string.h>

#include "dispatch.h"

#define HP_TEMPLATE "cells.inc.h"
#include "each_isa.h"

static float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

static void gru_cell_scalar(size_t H, size_t active, const float *x, const int32_t *xrows, const float *u, const float *bias,
                            const float *h_prev, size_t ld_h_prev, float *h_next, size_t ld_h_next, float *gates) {
    for (size_t b = 0; b < active; b++) {
        for (size_t j = 0; j < H; j++) {
            float xv[3], uv[3];
            for (size_t gate = 0; gate < 3; gate++) {
                xv[gate] = x[(xrows ? (size_t)xrows[b] : b) * 3 * H + gate * H + j];
                uv[gate] = (u ? u[b * 3 * H + gate * H + j] : 0) + (bias ? bias[gate * H + j] : 0);
            }
            const float r = sigmoid(xv[0] + uv[0]), z = sigmoid(xv[1] + uv[1]), n = tanhf(xv[2] + r * uv[2]);
            h_next[b * ld_h_next + j] = (1 - z) * n + z * (h_prev ? h_prev[b * ld_h_prev + j] : 0);
            const float saved[4] = {r, z, n, uv[2]};
            for (size_t gate = 0; gates && gate < 4; gate++) gates[(b * 4 + gate) * H + j] = saved[gate];
        }
    }
}

static void gru_cell_backward_scalar(size_t H, size_t active, const float *gates, const float *h_prev, size_t ld_h_prev,
                                     const float *dh, size_t ld_dh, float *dx, float *du, float *dh_prev) {
    for (size_t b = 0; b < active; b++) {
        for (size_t j = 0; j < H; j++) {
            const float *gate = gates + b * 4 * H + j;
            const float r = gate[0], z = gate[H], n = gate[2 * H], u_n = gate[3 * H];
            const float d = dh[b * ld_dh + j], before = h_prev ? h_prev[b * ld_h_prev + j] : 0;
            const float dn = d * (1 - z) * (1 - n * n), dz = d * (before - n) * z * (1 - z), dr = dn * u_n * r * (1 - r);
            const float to_x[3] = {dr, dz, dn}, to_u[3] = {dr, dz, dn * r};
            for (size_t g = 0; g < 3; g++) {
                dx[(b * 3 + g) * H + j] = to_x[g];
                du[(b * 3 + g) * H + j] = to_u[g];
            }
            dh_prev[b * H + j] = d * z;
        }
    }
}

static void rnn_cell_scalar(size_t H, size_t active, const float *x, const int32_t *xrows, const float *u, const float *bias,
                            float *h_next, size_t ld_h_next) {
    for (size_t b = 0; b < active; b++)
        for (size_t j = 0; j < H; j++)
            h_next[b * ld_h_next + j] =
                tanhf(x[(xrows ? (size_t)xrows[b] : b) * H + j] + (u ? u[b * H + j] : 0) + (bias ? bias[j] : 0));
}

// Its template is the plain loop.
#define rnn_cell_backward_scalar rnn_cell_backward_portable

void hp_gru_cell(hp_isa isa, size_t H, size_t active, const float *restrict x, const int32_t *restrict xrows,
                 const float *restrict u, const float *restrict recurrent_bias, const float *h_prev, size_t ld_h_prev,
                 float *h_next, size_t ld_h_next, float *restrict gates) {
    HP_DISPATCH(isa, gru_cell, H, active, x, xrows, u, recurrent_bias, h_prev, ld_h_prev, h_next, ld_h_next, gates);
}

void hp_gru_cell_backward(hp_isa isa, size_t H, size_t active, const float *restrict gates, const float *restrict h_prev,
                          size_t ld_h_prev, const float *dh, size_t ld_dh, float *restrict dx, float *restrict du, float *dh_prev) {
    HP_DISPATCH(isa, gru_cell_backward, H, active, gates, h_prev, ld_h_prev, dh, ld_dh, dx, du, dh_prev);
}

void hp_rnn_cell(hp_isa isa, size_t H, size_t active, const float *restrict x, const int32_t *restrict xrows,
                 const float *restrict u, const float *restrict recurrent_bias, float *restrict h_next, size_t ld_h_next) {
    HP_DISPATCH(isa, rnn_cell, H, active, x, xrows, u, recurrent_bias, h_next, ld_h_next);
}

void hp_rnn_cell_backward(hp_isa isa, size_t H, size_t active, const float *restrict h, size_t ld_h, const float *restrict dh,
                          size_t ld_dh, float *restrict dz) {
    HP_DISPATCH(isa, rnn_cell_backward, H, active, h, ld_h, dh, ld_dh, dz);
}
