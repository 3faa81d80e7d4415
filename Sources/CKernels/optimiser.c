// Optimiser updates: the choice among the versions of optimiser.inc.h.
#include "dispatch.h"

#define HP_TEMPLATE "optimiser.inc.h"
#include "each_isa.h"

// Their template is the plain loop.
#define adam_scalar adam_portable
#define sgd_scalar sgd_portable

void hp_adam_update(hp_isa isa, size_t n, const hp_adam *p, const float *restrict gradient, float *restrict m, float *restrict v,
                    float *restrict w) {
    HP_DISPATCH(isa, adam, n, p, gradient, m, v, w);
}

void hp_sgd_update(hp_isa isa, size_t n, const hp_sgd *p, const float *restrict gradient, float *restrict velocity,
                   float *restrict w) {
    HP_DISPATCH(isa, sgd, n, p, gradient, velocity, w);
}
