// One block of a matrix product for one instruction set; see each_isa.h and gemm.c.
#include "vector.inc.h"

#include "tile.inc.h"

/// C (M×N) = or += A·panels. A is M×K with rows lda apart; or, with lda = 0, packed by `pack_transposed_a`.
static void HP_NAME(gemm_block)(size_t M, size_t N, size_t K, const float *restrict a, size_t lda, const float *restrict panels,
                                size_t panel_stride, float *restrict C, size_t ldc, bool add) {
    for (size_t column = 0; column < N; column += HP_PANEL, panels += panel_stride) {
        const size_t columns = hp_min(N - column, HP_PANEL);
        for (size_t row = 0, rows; row < M; row += rows) {
            rows = hp_tile_rows(M - row);
            const float *tile = a + row * (lda ? lda : K);
            const size_t rs = lda ? lda : 1, ks = lda ? 1 : rows;
            float *c = C + row * ldc + column;
            if (columns == HP_PANEL) {
                HP_NAME(tile)(rows, K, tile, rs, ks, panels, c, ldc, add);
                continue;
            }
            float z[HP_ROWS * HP_PANEL] = {0};
            for (size_t r = 0; add && r < rows; r++) memcpy(z + r * HP_PANEL, c + r * ldc, columns * sizeof(float));
            HP_NAME(tile)(rows, K, tile, rs, ks, panels, z, HP_PANEL, true);
            for (size_t r = 0; r < rows; r++) memcpy(c + r * ldc, z + r * HP_PANEL, columns * sizeof(float));
        }
    }
}
