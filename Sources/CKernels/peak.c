// What the processor's float32 units do at most: the bound that the other kernels are measured against.
#include "dispatch.h"

/// A unit of four cycles' latency, twice in a core, is busy from eight chains up; twelve leave registers for a and b on AVX2.
enum { CHAINS = 12, STEPS = 16 };

#define HP_TEMPLATE "peak.inc.h"
#include "each_isa.h"

// No plain loop to compare with: it would measure something else.
#define multiply_add_chains_scalar multiply_add_chains_portable

double hp_multiply_add_chains(hp_isa isa, size_t rounds, float a, float b, float *sum) {
    return HP_DISPATCH(isa, multiply_add_chains, rounds, a, b, sum);
}
