// The portable kernels (NEON on arm64) beside the plain loops, for an instruction set that the machine of the tests does not have:
// scripts/check-arm64 builds this for arm64 and runs it in an emulator. On x86-64 the Swift tests say more.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "CKernels.h"

static float *random_floats(size_t count, float scale) {
    float *floats = malloc((count + 16) * sizeof(float));
    for (size_t i = 0; i < count + 16; i++) floats[i] = ((float)rand() / (float)RAND_MAX * 2 - 1) * scale;
    return floats;
}

static float worst = 0;

static void compare(size_t count, const float *expected, const float *actual) {
    for (size_t i = 0; i < count; i++) {
        const float difference = fabsf(actual[i] - expected[i]) / (1 + fabsf(expected[i]));
        if (!(difference <= worst)) worst = difference;
    }
}

/// Both versions of a step, `below` units in the layer below, in float32 and in reduced precision.
static void check_lstm(size_t H, size_t active, size_t below) {
    const size_t Hp = hp_lstm_padded(H), count = below ? 2 : 1;
    const float *U = random_floats(4 * H * H, 1 / sqrtf((float)H)), *W = random_floats(4 * H * below, 0.3f);
    const float *x = random_floats(active * 4 * Hp, 2), *h = random_floats(active * Hp, 1), *c = random_floats(active * Hp, 1);
    const float *in = random_floats(active * below, 1);
    float *packed_u = random_floats(hp_lstm_packed_weights_floats(H, H), 0);
    float *packed_w = random_floats(hp_lstm_packed_weights_floats(H, below), 0);
    hp_lstm_pack_weights(H, H, U, H, packed_u);
    hp_lstm_pack_weights(H, below, W, below, packed_w);
    const hp_lstm_operand operands[] = {{H, h, Hp, packed_u}, {below, in, below, packed_w}};
    float *results[2][3];
    for (int isa = 0; isa < 2; isa++) {
        for (int i = 0; i < 3; i++) results[isa][i] = random_floats(active * Hp * (i == 2 ? 4 : 1), 0);
        hp_lstm_step((hp_isa)isa, H, active, x, NULL, count, operands, c, results[isa][0], results[isa][1], Hp, results[isa][2],
                     isa == 1);
    }
    for (int i = 0; i < 3; i++) compare(active * Hp * (i == 2 ? 4 : 1), results[0][i], results[1][i]);
    for (int precision = 0; precision < 2; precision++) {
        for (int isa = 0; isa < 2; isa++) {
            void *reduced_u = malloc(4 * hp_lstm_reduced_packed_words((hp_isa)isa, (hp_precision)precision, H, H) + 64);
            void *reduced_w = malloc(4 * hp_lstm_reduced_packed_words((hp_isa)isa, (hp_precision)precision, H, below) + 64);
            hp_lstm_pack_reduced((hp_isa)isa, (hp_precision)precision, H, H, U, H, reduced_u);
            hp_lstm_pack_reduced((hp_isa)isa, (hp_precision)precision, H, below, W, below, reduced_w);
            const hp_reduced_operand reduced[] = {
                {H, h, Hp, reduced_u, malloc(4 * active * hp_reduced_row_words(H) + 64)},
                {below, in, below, reduced_w, malloc(4 * active * hp_reduced_row_words(below) + 64)}};
            hp_lstm_step_reduced((hp_isa)isa, (hp_precision)precision, H, active, x, NULL, count, reduced, c, results[isa][0],
                                 results[isa][1], Hp, isa == 1);
        }
        for (int i = 0; i < 2; i++) compare(active * Hp, results[0][i], results[1][i]);
    }
}

static void check_gemm(size_t M, size_t N, size_t K) {
    const float *A = random_floats(M * K, 1), *B = random_floats(K * N, 1);
    float *C[2], *scratch = random_floats(hp_gemm_scratch_floats(M, N, K), 0);
    for (int transposed = 0; transposed < 2; transposed++) {
        for (int isa = 0; isa < 2; isa++) {
            C[isa] = random_floats(M * N, 0);
            hp_gemm((hp_isa)isa, transposed, !transposed, M, N, K, A, transposed ? M : K, B, transposed ? N : K, C[isa], N, false,
                    scratch);
        }
        compare(M * N, C[0], C[1]);
    }
}

int main(void) {
    const size_t units[] = {1, 3, 15, 16, 17, 33, 128}, records[] = {1, 5, 6, 7, 13, 64}, below[] = {0, 1, 19, 64};
    int cases = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        for (size_t j = 0; j < sizeof records / sizeof *records; j++) {
            check_gemm(records[j], 4 * units[i], units[i]);
            for (size_t k = 0; k < sizeof below / sizeof *below; k++, cases++) check_lstm(units[i], records[j], below[k]);
        }
    }
    printf("%s kernels: %d shapes, largest difference from the plain loops %.1e\n", hp_isa_name(hp_isa_best()), cases, worst);
    // A hundred roundings.
    return worst < 100 * 0x1p-24f ? 0 : 1;
}
