// The matrix product: cache blocking and packing. The arithmetic is tile.inc.h.
#include <string.h>

#include "dispatch.h"

enum {
    /// Depth of a block: a panel of 256×64 floats is 64 KB.
    KC = 256,
    /// Columns of a block of B packed on the fly: 512 KB, half of the L2 of the machine we measured on.
    NC = 512,
    /// Rows of a block of A: 96 KB, which stay in L2 while the panels of B pass.
    MC = 96,
};

#define HP_TEMPLATE "gemm.inc.h"
#include "each_isa.h"

// The plain loops of gemm_scalar and gemm_packed_scalar take the place of a scalar block.
#define gemm_block_scalar gemm_block_portable

static void gemm_scalar(bool transpose_a, bool transpose_b, size_t M, size_t N, size_t K, const float *A, size_t lda,
                        const float *B, size_t ldb, float *C, size_t ldc, bool accumulate) {
    for (size_t m = 0; m < M; m++) {
        for (size_t n = 0; n < N; n++) {
            float sum = accumulate ? C[m * ldc + n] : 0;
            for (size_t k = 0; k < K; k++)
                sum += (transpose_a ? A[k * lda + m] : A[m * lda + k]) * (transpose_b ? B[n * ldb + k] : B[k * ldb + n]);
            C[m * ldc + n] = sum;
        }
    }
}

static void gemm_packed_scalar(size_t M, size_t N, size_t K, const float *A, size_t lda, const float *packed, float *C, size_t ldc,
                               bool accumulate) {
    for (size_t m = 0; m < M; m++) {
        for (size_t n = 0; n < N; n++) {
            float sum = accumulate ? C[m * ldc + n] : 0;
            for (size_t k = 0; k < K; k++)
                sum += A[m * lda + k] * packed[n / HP_PANEL * HP_PANEL * K + k * HP_PANEL + n % HP_PANEL];
            C[m * ldc + n] = sum;
        }
    }
}

typedef float quad __attribute__((ext_vector_type(4)));

/// Four rows of four floats, rows ldb apart, as columns: 16 bytes at a time, since float by float the packing of a transposed
/// B costs a tenth of the whole product at M = 128.
static void transpose_4x4(const float *restrict B, size_t ldb, float *restrict packed) {
    quad r[4];
    for (size_t i = 0; i < 4; i++) memcpy(&r[i], B + i * ldb, sizeof r[i]);
    const quad a = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5), b = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5);
    const quad c = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7), d = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
    const quad columns[4] = {
        __builtin_shufflevector(a, b, 0, 1, 4, 5), __builtin_shufflevector(a, b, 2, 3, 6, 7),
        __builtin_shufflevector(c, d, 0, 1, 4, 5), __builtin_shufflevector(c, d, 2, 3, 6, 7)};
    for (size_t i = 0; i < 4; i++) memcpy(packed + i * HP_PANEL, &columns[i], sizeof columns[i]);
}

/// op(B) (K×N) as panels of [k][HP_PANEL], the last one padded with zeros.
static void pack_panels(bool transpose, size_t N, size_t K, const float *restrict B, size_t ldb, float *restrict packed) {
    for (size_t column = 0; column < N; column += HP_PANEL, packed += HP_PANEL * K) {
        const size_t columns = hp_min(N - column, HP_PANEL);
        if (!transpose) {
            for (size_t k = 0; k < K; k++) {
                memcpy(packed + k * HP_PANEL, B + k * ldb + column, columns * sizeof(float));
                memset(packed + k * HP_PANEL + columns, 0, (HP_PANEL - columns) * sizeof(float));
            }
            continue;
        }
        if (columns < HP_PANEL) memset(packed, 0, HP_PANEL * K * sizeof(float));
        const float *rows = B + column * ldb;
        const size_t whole_n = columns / 4 * 4, whole_k = K / 4 * 4;
        // Sixteen columns at a time fill whole cache lines of the panel.
        for (size_t n16 = 0; n16 < whole_n; n16 += 16)
            for (size_t k = 0; k < whole_k; k += 4)
                for (size_t n = n16; n < hp_min(n16 + 16, whole_n); n += 4)
                    transpose_4x4(rows + n * ldb + k, ldb, packed + k * HP_PANEL + n);
        for (size_t n = 0; n < columns; n++)
            for (size_t k = n < whole_n ? whole_k : 0; k < K; k++) packed[k * HP_PANEL + n] = rows[n * ldb + k];
    }
}

/// A block of a transposed A (K×M) as tiles of [k][rows], rows as `hp_tile_rows` deals them.
///
/// Eight k at a time, so that their cache lines are still in L1 for the next tile, and the next eight asked for ahead: the rows
/// are too far apart for the hardware to guess. (Gradients, 512×128×3200: 68 GFLOP/s without, 96 with.)
static void pack_transposed_a(size_t M, size_t K, const float *restrict A, size_t lda, float *restrict packed) {
    for (size_t k0 = 0; k0 < K; k0 += 8) {
        for (size_t row = 0, rows; row < M; row += rows) {
            rows = hp_tile_rows(M - row);
            for (size_t k = k0; k < hp_min(k0 + 8, K); k++) {
                const float *from = A + k * lda + row;
                float *to = packed + row * K + k * rows;
                __builtin_prefetch(A + hp_min(k + 8, K - 1) * lda + row);
                if (rows == HP_ROWS)
                    memcpy(to, from, HP_ROWS * sizeof(float));  // a known size: two moves, not a call
                else
                    for (size_t r = 0; r < rows; r++) to[r] = from[r];
            }
        }
    }
}

static void clear(size_t M, size_t N, float *C, size_t ldc) {
    for (size_t m = 0; m < M; m++) memset(C + m * ldc, 0, N * sizeof(float));
}

static size_t round_to_panel(size_t N) { return (N + HP_PANEL - 1) / HP_PANEL * HP_PANEL; }

size_t hp_gemm_scratch_floats(size_t M, size_t N, size_t K) {
    return hp_min(K, KC) * (hp_min(round_to_panel(N), NC) + hp_min(M, MC));
}

void hp_gemm(hp_isa isa, bool transpose_a, bool transpose_b, size_t M, size_t N, size_t K, const float *restrict A, size_t lda,
             const float *restrict B, size_t ldb, float *restrict C, size_t ldc, bool accumulate, float *restrict scratch) {
    if (isa == HP_ISA_SCALAR) return gemm_scalar(transpose_a, transpose_b, M, N, K, A, lda, B, ldb, C, ldc, accumulate);
    if (K == 0 && !accumulate) clear(M, N, C, ldc);
    float *packed_a = scratch + hp_min(K, KC) * hp_min(round_to_panel(N), NC);
    for (size_t n = 0; n < N; n += NC) {
        const size_t columns = hp_min(N - n, NC);
        for (size_t k = 0; k < K; k += KC) {
            const size_t depth = hp_min(K - k, KC);
            pack_panels(transpose_b, columns, depth, transpose_b ? B + n * ldb + k : B + k * ldb + n, ldb, scratch);
            for (size_t m = 0; m < M; m += MC) {
                const size_t rows = hp_min(M - m, MC);
                if (transpose_a) pack_transposed_a(rows, depth, A + k * lda + m, lda, packed_a);
                const float *a = transpose_a ? packed_a : A + m * lda + k;
                HP_DISPATCH(isa, gemm_block, rows, columns, depth, a, transpose_a ? 0 : lda, scratch, depth * HP_PANEL,
                            C + m * ldc + n, ldc, accumulate || k > 0);
            }
        }
    }
}

size_t hp_gemm_packed_floats(size_t N, size_t K) { return round_to_panel(N) * K; }

void hp_gemm_pack_b(bool transpose_b, size_t N, size_t K, const float *restrict B, size_t ldb, float *restrict packed) {
    pack_panels(transpose_b, N, K, B, ldb, packed);
}

void hp_gemm_packed(hp_isa isa, size_t M, size_t N, size_t K, const float *restrict A, size_t lda, const float *restrict packed,
                    float *restrict C, size_t ldc, bool accumulate) {
    if (isa == HP_ISA_SCALAR) return gemm_packed_scalar(M, N, K, A, lda, packed, C, ldc, accumulate);
    if (K == 0 && !accumulate) clear(M, N, C, ldc);
    for (size_t k = 0; k < K; k += KC)
        for (size_t m = 0; m < M; m += MC)
            HP_DISPATCH(isa, gemm_block, hp_min(M - m, MC), N, hp_min(K - k, KC), A + m * lda + k, lda, packed + k * HP_PANEL,
                        K * HP_PANEL, C + m * ldc, ldc, accumulate || k > 0);
}
