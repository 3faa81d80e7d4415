// Chains of multiply-adds that stay in registers; see each_isa.h.
#include "vector.inc.h"

/// Each chain begins elsewhere, so that no two can be computed as one; a, b make every chain converge: nothing overflows, and
/// nothing becomes subnormal, which some processors do slowly.
static double HP_NAME(multiply_add_chains)(size_t rounds, float a, float b, float *sum) {
    vf chain[CHAINS];
    HP_UNROLL
    for (int j = 0; j < CHAINS; j++) chain[j] = (vf)(a + b * (float)j);
    for (size_t r = 0; r < rounds; r++) {
        HP_UNROLL
        for (int k = 0; k < STEPS; k++) {
            HP_UNROLL
            for (int j = 0; j < CHAINS; j++) chain[j] = chain[j] * (vf)(a) + (vf)(b);
        }
    }
    vf total = chain[0];
    HP_UNROLL
    for (int j = 1; j < CHAINS; j++) total += chain[j];
    *sum = total[0];
    return 2.0 * HP_W * CHAINS * STEPS * (double)rounds;
}
