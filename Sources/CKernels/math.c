// Functions over arrays: the plain loops, and the choice among the vector versions of math.inc.h.
#include <math.h>
#include <string.h>

#include "dispatch.h"

enum { DOT_LANES = 32, DOT_BLOCK = 4096 };

#define HP_TEMPLATE "math.inc.h"
#include "each_isa.h"

static void map_exp_scalar(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i++) y[i] = expf(x[i]);
}

static void map_sigmoid_scalar(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i++) y[i] = (float)(1.0 / (1.0 + exp(-(double)x[i])));  // in float, e^100 would overflow
}

static void map_tanh_scalar(size_t n, const float *x, float *y) {
    for (size_t i = 0; i < n; i++) y[i] = tanhf(x[i]);
}

static double dot_scalar(size_t n, const float *x, const float *y) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * y[i];
    return sum;
}

static void scores_scalar(size_t M, size_t K, size_t n, const float *restrict x, const float *restrict w,
                          const float *restrict bias, float *restrict out) {
    for (size_t m = 0; m < M; m++)
        for (size_t k = 0; k < K; k++) out[m * K + k] = (float)(bias[k] + dot_scalar(n, x + m * n, w + k * n));
}

// Their template is the plain loop.
#define add_scalar add_portable
#define max_scalar max_portable
#define axpy_scalar axpy_portable
#define scale_scalar scale_portable

void hp_exp(hp_isa isa, size_t n, const float *x, float *y) { HP_DISPATCH(isa, map_exp, n, x, y); }
void hp_sigmoid(hp_isa isa, size_t n, const float *x, float *y) { HP_DISPATCH(isa, map_sigmoid, n, x, y); }
void hp_tanh(hp_isa isa, size_t n, const float *x, float *y) { HP_DISPATCH(isa, map_tanh, n, x, y); }

void hp_add(hp_isa isa, size_t n, const float *restrict x, float *restrict y) { HP_DISPATCH(isa, add, n, x, y); }
void hp_max(hp_isa isa, size_t n, const float *restrict x, float *restrict y) { HP_DISPATCH(isa, max, n, x, y); }
void hp_axpy(hp_isa isa, size_t n, float a, const float *restrict x, float *restrict y) { HP_DISPATCH(isa, axpy, n, a, x, y); }
void hp_scale(hp_isa isa, size_t n, float a, float *x) { HP_DISPATCH(isa, scale, n, a, x); }
double hp_dot(hp_isa isa, size_t n, const float *x, const float *y) { return HP_DISPATCH(isa, dot, n, x, y); }

void hp_scores(hp_isa isa, size_t M, size_t K, size_t n, const float *restrict x, const float *restrict w, const float *restrict bias,
               float *restrict out) {
    HP_DISPATCH(isa, scores, M, K, n, x, w, bias, out);
}
