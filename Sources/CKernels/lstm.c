// The LSTM step: packing, the plain loops, and the choice among the vector versions of lstm.inc.h.
#include <math.h>
#include <string.h>

#include "dispatch.h"

#define HP_TEMPLATE "lstm.inc.h"
#include "each_isa.h"

static float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

static void lstm_step_scalar(size_t H, size_t active, const float *x, const int32_t *xrows, size_t operand_count,
                             const hp_lstm_operand *operands, const float *c_prev, float *c_next, float *h_next, size_t ld_h_next,
                             float *gates, bool from_last_block) {
    (void)from_last_block;
    const size_t Hp = hp_lstm_padded(H);
    for (size_t b = 0; b < active; b++) {
        for (size_t j = 0; j < Hp; j++) {
            float z[4];
            for (size_t gate = 0; gate < 4; gate++) {
                const size_t p = hp_lstm_packed_index(gate, j);
                float sum = 0;
                for (const hp_lstm_operand *o = operands; o < operands + operand_count; o++)
                    for (size_t k = 0; k < o->K; k++)
                        sum += o->packed[p / HP_PANEL * HP_PANEL * o->K + k * HP_PANEL + p % HP_PANEL] * o->rows[b * o->ld + k];
                z[gate] = x[(xrows ? (size_t)xrows[b] : b) * 4 * Hp + p] + sum;
            }
            const float i = sigmoid(z[0]), f = sigmoid(z[1]), g = tanhf(z[2]), o = sigmoid(z[3]);
            const float c = f * (c_prev ? c_prev[b * Hp + j] : 0) + i * g;
            c_next[b * Hp + j] = c;
            h_next[b * ld_h_next + j] = o * tanhf(c);
            const float saved[4] = {i, f, g, o};
            for (size_t gate = 0; gates && gate < 4; gate++) gates[b * 4 * Hp + hp_lstm_packed_index(gate, j)] = saved[gate];
        }
    }
}

static void lstm_step_backward_scalar(size_t H, size_t active, const float *gates, const float *c_prev, const float *c,
                                      const float *dh, size_t ld_dh, float *dc, float *dgates) {
    const size_t Hp = hp_lstm_padded(H);
    for (size_t b = 0; b < active; b++) {
        for (size_t j = 0; j < Hp; j++) {
            const float *gate = gates + b * 4 * Hp;
            const float i = gate[hp_lstm_packed_index(0, j)], f = gate[hp_lstm_packed_index(1, j)];
            const float g = gate[hp_lstm_packed_index(2, j)], o = gate[hp_lstm_packed_index(3, j)];
            const float tanh_c = tanhf(c[b * Hp + j]), d = dh[b * ld_dh + j];
            const float d_c = dc[b * Hp + j] + d * o * (1 - tanh_c * tanh_c);
            dc[b * Hp + j] = d_c * f;
            float *out = dgates + b * 4 * Hp;
            out[hp_lstm_packed_index(0, j)] = d_c * g * i * (1 - i);
            out[hp_lstm_packed_index(1, j)] = d_c * (c_prev ? c_prev[b * Hp + j] : 0) * f * (1 - f);
            out[hp_lstm_packed_index(2, j)] = d_c * i * (1 - g * g);
            out[hp_lstm_packed_index(3, j)] = d * tanh_c * o * (1 - o);
        }
    }
}

void hp_lstm_step(hp_isa isa, size_t H, size_t active, const float *restrict x, const int32_t *restrict xrows,
                  size_t operand_count, const hp_lstm_operand *operands, const float *c_prev, float *c_next,
                  float *restrict h_next, size_t ld_h_next, float *restrict gates, bool from_last_block) {
    HP_DISPATCH(isa, lstm_step, H, active, x, xrows, operand_count, operands, c_prev, c_next, h_next, ld_h_next, gates,
                from_last_block);
}

void hp_lstm_step_backward(hp_isa isa, size_t H, size_t active, const float *gates, const float *restrict c_prev,
                           const float *restrict c, const float *restrict dh, size_t ld_dh, float *restrict dc, float *dgates) {
    HP_DISPATCH(isa, lstm_step_backward, H, active, gates, c_prev, c, dh, ld_dh, dc, dgates);
}

void hp_lstm_pack_weights(size_t H, size_t K, const float *restrict W, size_t ldw, float *restrict packed) {
    memset(packed, 0, hp_lstm_packed_weights_floats(H, K) * sizeof(float));
    for (size_t gate = 0; gate < 4; gate++) {
        for (size_t j = 0; j < H; j++) {
            const size_t p = hp_lstm_packed_index(gate, j);
            float *column = packed + p / HP_PANEL * HP_PANEL * K + p % HP_PANEL;
            for (size_t k = 0; k < K; k++) column[k * HP_PANEL] = W[(gate * H + j) * ldw + k];
        }
    }
}

void hp_lstm_pack_rows(size_t H, size_t n, const float *restrict rows, size_t ldr, float *restrict packed, size_t ldp) {
    memset(packed, 0, 4 * hp_lstm_padded(H) * ldp * sizeof(float));
    for (size_t gate = 0; gate < 4; gate++)
        for (size_t j = 0; j < H; j++)
            memcpy(packed + hp_lstm_packed_index(gate, j) * ldp, rows + (gate * H + j) * ldr, n * sizeof(float));
}

void hp_lstm_unpack_rows(size_t H, size_t n, const float *restrict packed, size_t ldp, float *restrict rows, size_t ldr) {
    for (size_t gate = 0; gate < 4; gate++)
        for (size_t j = 0; j < H; j++)
            memcpy(rows + (gate * H + j) * ldr, packed + hp_lstm_packed_index(gate, j) * ldp, n * sizeof(float));
}
