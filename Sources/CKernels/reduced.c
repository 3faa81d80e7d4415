// Recurrent products in bfloat16 and in 8-bit integers: packing, the plain loops, and the choice among the versions of
// reduced.inc.h, which for the product itself may be one of the two extensions of AVX-512 made for it.
#include "reduced.h"

#include <math.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define HP_TEMPLATE "reduced.inc.h"
#include "each_isa.h"

#if defined(__x86_64__)
#define HP_NATIVE 1
#define HP_W 16
#define HP_V 4
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512bf16,avx2,fma,f16c"))), apply_to = function)
#define HP_NAME(name) name##_avx512bf16
#include "vector.inc.h"
#include "reduced_bf16.inc.h"
#undef HP_NAME
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512vnni,avx2,fma,f16c"))), apply_to = function)
#define HP_NAME(name) name##_vnni
#include "vector.inc.h"
#include "reduced_int8.inc.h"
#undef HP_NAME
#pragma clang attribute pop
#undef HP_NATIVE
#undef HP_W
#undef HP_V
#endif

// MARK: The plain loops

static uint16_t bf16_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return x == x ? (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16) : 0x7fc0;
}

static void convert_bf16_scalar(size_t K, size_t rows, const float *A, size_t lda, uint32_t *to, size_t ld) {
    for (size_t r = 0; r < rows; r++)
        for (size_t k = 0; k < K; k++) to[r * ld + k] = (uint32_t)bf16_of(A[r * lda + k]) << 16;
}

static void tile_bf16_scalar(size_t rows, size_t K, const uint32_t *a, size_t lda, const uint32_t *panel, const float *const *x, float *z,
                             bool add) {
    for (size_t r = 0; r < rows; r++) {
        for (size_t n = 0; n < HP_PANEL; n++) {
            float sum = 0;
            for (size_t k = 0; k < K; k++) {
                const uint32_t w = panel[k / 2 * HP_PANEL + n];
                sum += hp_float_of(k % 2 ? w & 0xffff0000 : w << 16) * hp_float_of(a[r * lda + k]);
            }
            z[r * HP_PANEL + n] = sum + (add ? z[r * HP_PANEL + n] : x ? x[r][n] : 0);
        }
    }
}

static void convert_int8_scalar(size_t K, size_t rows, const float *A, size_t lda, uint32_t *to, size_t ld) {
    for (size_t r = 0; r < rows; r++) {
        float max = 0;
        for (size_t k = 0; k < K; k++) max = fabsf(A[r * lda + k]) > max || A[r * lda + k] != A[r * lda + k] ? fabsf(A[r * lda + k]) : max;
        const float factor = max > HP_INT8_SMALLEST ? 127.0f / max : 0.0f, scale = max / 127.0f;
        int16_t *q = (int16_t *)(to + r * ld);
        for (size_t k = 0; k < hp_reduced_padded(K); k++) q[k] = k < K && factor > 0 ? (int16_t)rintf(A[r * lda + k] * factor) : 0;
        memcpy(to + r * ld + hp_reduced_scale_at(K), &scale, sizeof scale);
    }
}

static void int8_columns_scalar(size_t columns, size_t rows, size_t K, const uint32_t *a, size_t lda, const uint32_t *panel,
                                const float *const *x, float *z, bool add) {
    for (size_t r = 0; r < rows; r++) {
        const int16_t *q = (const int16_t *)(a + r * lda);
        const float scale = hp_float_of(a[r * lda + hp_reduced_scale_at(K)]);
        for (size_t n = 0; n < columns; n++) {
            int32_t sum = 0;
            for (size_t k = 0; k < K; k++) sum += (int8_t)(panel[(2 + k / 4) * columns + n] >> k % 4 * 8) * q[k];
            const float product = (float)sum * (hp_float_of(panel[n]) * scale);
            float *to = z + r * HP_PANEL + hp_reduced_target(n);
            *to = product + (add || n >= HP_PANEL ? *to : x ? x[r][n] : 0);
        }
    }
}

static void tile_int8_scalar(size_t rows, size_t K, const uint32_t *a, size_t lda, const uint32_t *panel, const float *const *x, float *z,
                             bool add) {
    int8_columns_scalar(HP_PANEL, rows, K, a, lda, panel, x, z, add);
}

static void tile_residual_int8_scalar(size_t rows, size_t K, const uint32_t *a, size_t lda, const uint32_t *panel,
                                      const float *const *x, float *z, bool add) {
    int8_columns_scalar(HP_RESIDUAL_PANEL, rows, K, a, lda, panel, x, z, add);
}

/// tanh(x/2); see lstm_cells_reduced.inc.h.
static float half_tanh(float x) {
    if (x > HP_HALF_TANH_LIMIT) x = HP_HALF_TANH_LIMIT;
    if (x < -HP_HALF_TANH_LIMIT) x = -HP_HALF_TANH_LIMIT;
    const float s = x * x;
    return ((s + HP_HALF_TANH_N1) * s + HP_HALF_TANH_N0) * x / ((s * HP_HALF_TANH_D2 + HP_HALF_TANH_D1) * s + HP_HALF_TANH_D0);
}

static void map_coarse_tanh_scalar(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i++) y[i] = half_tanh(2 * x[i]);
}

/// 16 units of a row.
static void cells_reduced_scalar(const float *z, const float *c_prev, float *c_next, float *h_next) {
    for (size_t j = 0; j < 16; j++) {
        const float i = 0.5f + 0.5f * half_tanh(z[j]), f = 0.5f + 0.5f * half_tanh(z[16 + j]), g = half_tanh(2 * z[32 + j]);
        c_next[j] = f * (c_prev ? c_prev[j] : 0) + i * g;
        h_next[j] = (0.5f + 0.5f * half_tanh(z[48 + j])) * half_tanh(2 * c_next[j]);
    }
}

static void lstm_step_reduced_scalar(size_t H, size_t active, const float *x, const int32_t *xrows, size_t operand_count,
                                     const reduced_operand *operands, const float *c_prev, float *c_next, float *h_next,
                                     size_t ld_h_next, float *gates, bool from_last_block) {
    (void)gates;
    (void)from_last_block;  // blocks within a record here, and they are independent
    const size_t Hp = hp_lstm_padded(H);
    for (size_t b = 0; b < active; b++) {
        for (size_t block = 0; block < Hp; block += 16) {
            float z[HP_PANEL];
            memcpy(z, x + ((xrows ? (size_t)xrows[b] : b) * Hp + block) * 4, sizeof z);
            for (const reduced_operand *o = operands; o < operands + operand_count; o++)
                o->tile(1, o->K, o->rows + b * o->ld, o->ld, o->panels + block / 16 * o->panel_words, NULL, z, true);
            const size_t at = b * Hp + block;
            cells_reduced_scalar(z, c_prev ? c_prev + at : NULL, c_next + at, h_next + b * ld_h_next + block);
        }
    }
}

// MARK: Packing

/// How weights stand: bfloat16, bytes with a second column for what is left over, or 16-bit numbers that hold both.
typedef enum layout { LAYOUT_BF16, LAYOUT_INT8, LAYOUT_INT16 } layout;

static layout layout_for(hp_isa isa, hp_precision precision) {
    if (precision == HP_PRECISION_BF16) return LAYOUT_BF16;
    return isa == HP_ISA_SCALAR || hp_reduced_is_native(isa, precision) ? LAYOUT_INT8 : LAYOUT_INT16;
}

/// - isLSTM: an LSTM's panel, and so perhaps one with columns for what is left over.
static size_t panel_words(layout layout, bool isLSTM, size_t K) {
    switch (layout) {
    case LAYOUT_BF16: return HP_PANEL * hp_bf16_groups(K);
    case LAYOUT_INT8: return (isLSTM ? HP_RESIDUAL_PANEL : HP_PANEL) * (2 + hp_int8_groups(K));
    case LAYOUT_INT16: return HP_PANEL * (1 + hp_int16_groups(K));
    }
}

size_t hp_reduced_packed_words(hp_isa isa, hp_precision precision, size_t N, size_t K) {
    return (N + HP_PANEL - 1) / HP_PANEL * panel_words(layout_for(isa, precision), false, K);
}

size_t hp_lstm_reduced_packed_words(hp_isa isa, hp_precision precision, size_t H, size_t K) {
    return hp_lstm_padded(H) / 16 * panel_words(layout_for(isa, precision), true, K);
}

size_t hp_reduced_row_words(size_t K) { return hp_reduced_padded(K) + 1; }

/// A row of weights as a column of its panel.
static void pack_bf16(size_t K, const float *w, uint32_t *column) {
    for (size_t k = 0; k < K; k++) column[k / 2 * HP_PANEL] |= (uint32_t)bf16_of(w[k]) << k % 2 * 16;
}

/// A row of weights in 8 bits, q = round(127·w / max|w|), and what that leaves over, in steps of 1/254.
typedef struct int8_weights {
    float factor, scale;
} int8_weights;

static int8_weights int8_weights_of(size_t K, const float *w) {
    float max = 0;
    for (size_t k = 0; k < K; k++) max = fabsf(w[k]) > max ? fabsf(w[k]) : max;
    return (int8_weights){max > HP_INT8_SMALLEST ? 127.0f / max : 0.0f, max / 127.0f};
}
static int32_t rounded(int8_weights s, float w) { return (int32_t)rintf(w * s.factor); }
static int32_t left_over(int8_weights s, float w) {
    return (int32_t)rintf((w * s.factor - rintf(w * s.factor)) * HP_RESIDUAL_STEPS);
}

/// A row of weights as a column of a panel of bytes: scale, -128·Σq, and q.
/// - residual: NULL, or the column of what that leaves over.
static void pack_int8(size_t columns, size_t K, const float *w, uint32_t *column, uint32_t *residual) {
    const int8_weights weights = int8_weights_of(K, w);
    const float finer = weights.scale / HP_RESIDUAL_STEPS;
    int32_t sum = 0, residual_sum = 0;
    for (size_t k = 0; k < K; k++) {
        const int32_t q = rounded(weights, w[k]), left = left_over(weights, w[k]);
        const size_t at = (2 + k / 4) * columns, shift = k % 4 * 8;
        column[at] |= (uint32_t)(uint8_t)q << shift;
        sum += q;
        if (residual) residual[at] |= (uint32_t)(uint8_t)left << shift;
        residual_sum += left;
    }
    memcpy(column, &weights.scale, sizeof weights.scale);
    column[columns] = (uint32_t)(-128 * sum);
    if (!residual) return;
    memcpy(residual, &finer, sizeof finer);
    residual[columns] = (uint32_t)(-128 * residual_sum);
}

/// A row of weights as a column of a panel of 16-bit numbers: scale, and q, or with what that leaves over 254·q + r.
static void pack_int16(size_t K, const float *w, uint32_t *column, bool hasResidual) {
    const int8_weights weights = int8_weights_of(K, w);
    const float scale = hasResidual ? weights.scale / HP_RESIDUAL_STEPS : weights.scale;
    for (size_t k = 0; k < K; k++) {
        const int32_t q = rounded(weights, w[k]);
        const int32_t value = hasResidual ? HP_RESIDUAL_STEPS * q + left_over(weights, w[k]) : q;
        column[(1 + k / 2) * HP_PANEL] |= (uint32_t)(uint16_t)value << k % 2 * 16;
    }
    memcpy(column, &scale, sizeof scale);
}

void hp_reduced_pack(hp_isa isa, hp_precision precision, size_t N, size_t K, const float *restrict W, size_t ldw,
                     void *restrict packed) {
    const layout layout = layout_for(isa, precision);
    memset(packed, 0, hp_reduced_packed_words(isa, precision, N, K) * sizeof(uint32_t));
    for (size_t n = 0; n < N; n++) {
        uint32_t *column = (uint32_t *)packed + n / HP_PANEL * panel_words(layout, false, K) + n % HP_PANEL;
        switch (layout) {
        case LAYOUT_BF16: pack_bf16(K, W + n * ldw, column); break;
        case LAYOUT_INT8: pack_int8(HP_PANEL, K, W + n * ldw, column, NULL); break;
        case LAYOUT_INT16: pack_int16(K, W + n * ldw, column, false); break;
        }
    }
}

void hp_lstm_pack_reduced(hp_isa isa, hp_precision precision, size_t H, size_t K, const float *restrict W, size_t ldw,
                          void *restrict packed) {
    const layout layout = layout_for(isa, precision);
    memset(packed, 0, hp_lstm_reduced_packed_words(isa, precision, H, K) * sizeof(uint32_t));
    for (size_t gate = 0; gate < 4; gate++) {
        for (size_t j = 0; j < H; j++) {
            const float *w = W + (gate * H + j) * ldw;
            uint32_t *panel = (uint32_t *)packed + j / 16 * panel_words(layout, true, K);
            uint32_t *column = panel + hp_lstm_packed_index(gate, j % 16);
            switch (layout) {
            case LAYOUT_BF16: pack_bf16(K, w, column); break;
            case LAYOUT_INT8:
                pack_int8(HP_RESIDUAL_PANEL, K, w, column, gate == 2 ? panel + HP_PANEL + j % 16 : NULL);
                break;
            case LAYOUT_INT16: pack_int16(K, w, column, gate == 2); break;
            }
        }
    }
}

// MARK: The choice

typedef struct reduced_kernel {
    reduced_convert *convert;
    /// For panels of `hp_reduced_pack`, and of `hp_lstm_pack_reduced`.
    reduced_tile *tile;
    reduced_tile *lstm_tile;
} reduced_kernel;

bool hp_reduced_is_native(hp_isa isa, hp_precision precision) {
#if defined(__x86_64__)
    if (isa == HP_ISA_AVX512)
        return precision == HP_PRECISION_INT8 ? __builtin_cpu_supports("avx512vnni") : __builtin_cpu_supports("avx512bf16");
#endif
    return false;
}

#define INT8_KERNEL(isa) ((reduced_kernel){convert_int8_##isa, tile_int8_##isa, tile_residual_int8_##isa})
#define BF16_KERNEL(isa) ((reduced_kernel){convert_bf16_##isa, tile_bf16_##isa, tile_bf16_##isa})

static reduced_kernel kernel_for(hp_isa isa, hp_precision precision) {
    const bool int8 = precision == HP_PRECISION_INT8;
    if (isa == HP_ISA_SCALAR) return int8 ? INT8_KERNEL(scalar) : BF16_KERNEL(scalar);
#if defined(__x86_64__)
    if (hp_reduced_is_native(isa, precision)) return int8 ? INT8_KERNEL(vnni) : BF16_KERNEL(avx512bf16);
    if (isa != HP_ISA_PORTABLE) return int8 ? INT8_KERNEL(avx2) : BF16_KERNEL(avx2);
#endif
    return int8 ? INT8_KERNEL(portable) : BF16_KERNEL(portable);
}

void hp_reduced_multiply(hp_isa isa, hp_precision precision, size_t M, size_t N, size_t K, const float *restrict A, size_t lda,
                         const void *restrict packed, float *restrict C, size_t ldc, void *restrict scratch) {
    const reduced_kernel kernel = kernel_for(isa, precision);
    const size_t ld = hp_reduced_ld(precision, K);
    kernel.convert(K, M, A, lda, scratch, ld);
    const uint32_t *panel = packed, *a = scratch;
    const size_t words = panel_words(layout_for(isa, precision), false, K);
    for (size_t column = 0; column < N; column += HP_PANEL, panel += words) {
        for (size_t row = 0, rows; row < M; row += rows) {
            rows = hp_tile_rows(M - row);
            _Alignas(64) float z[HP_ROWS * HP_PANEL];
            kernel.tile(rows, K, a + row * ld, ld, panel, NULL, z, false);
            for (size_t r = 0; r < rows; r++)
                memcpy(C + (row + r) * ldc + column, z + r * HP_PANEL, hp_min(N - column, HP_PANEL) * sizeof(float));
        }
    }
}

void hp_coarse_tanh(hp_isa isa, size_t n, const float *x, float *y) { HP_DISPATCH(isa, map_coarse_tanh, n, x, y); }

void hp_lstm_step_reduced(hp_isa isa, hp_precision precision, size_t H, size_t active, const float *restrict x,
                          const int32_t *restrict xrows, size_t operand_count, const hp_reduced_operand *operands,
                          const float *c_prev, float *c_next, float *restrict h_next, size_t ld_h_next, bool from_last_block) {
    const reduced_kernel kernel = kernel_for(isa, precision);
    reduced_operand converted[HP_REDUCED_OPERANDS];
    for (size_t i = 0; i < operand_count; i++) {
        const hp_reduced_operand *o = operands + i;
        const size_t ld = hp_reduced_ld(precision, o->K);
        kernel.convert(o->K, active, o->rows, o->ld, o->scratch, ld);
        converted[i] = (reduced_operand){
            kernel.lstm_tile, o->K, o->scratch, ld, o->packed, panel_words(layout_for(isa, precision), true, o->K),
        };
    }
    HP_DISPATCH(isa, lstm_step_reduced, H, active, x, xrows, operand_count, converted, c_prev, c_next, h_next, ld_h_next, NULL,
                from_last_block);
}
