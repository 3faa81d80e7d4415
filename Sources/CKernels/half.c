// IEEE half precision: the plain loops, and the choice of half.inc.h where the processor converts.
#include <string.h>

#include "dispatch.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/// The sign, then ten bits of fraction, rounded to even. A NaN keeps its upper bits and becomes quiet, as F16C does it.
static uint16_t half_of(float x) {
    const uint32_t bits = bits_of(x), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) return (uint16_t)(sign | 0x7e00 | (magnitude >> 13 & 0x3ff));
    if (magnitude >= bits_of(65520.0f)) return (uint16_t)(sign | 0x7c00);  // half-way from the largest half to 2^16
    if (magnitude < bits_of(0x1p-14f))  // subnormal: in [0.5, 1) a float's last bit is worth 2^-24, as a subnormal half's is
        return (uint16_t)(sign | (bits_of(float_of(magnitude) + 0.5f) - bits_of(0.5f)));
    const uint32_t rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
    return (uint16_t)(sign | (rounded - (112u << 23)) >> 13);  // 112 = 127 - 15, the difference of the biases
}

static float float_of_half(uint16_t h) {
    const uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, fraction = h & 0x3ff;
    if (exponent == 0) return float_of(sign | bits_of((float)fraction * 0x1p-24f));
    if (exponent == 31) return float_of(sign | 0x7f800000 | fraction << 13 | (fraction ? 0x400000 : 0));
    return float_of(sign | (exponent + 112) << 23 | fraction << 13);
}

static void f16_from_f32_scalar(size_t n, const float *restrict x, uint16_t *restrict y) {
    for (size_t i = 0; i < n; i++) y[i] = half_of(x[i]);
}

static void f32_from_f16_scalar(size_t n, const uint16_t *restrict x, float *restrict y) {
    for (size_t i = 0; i < n; i++) y[i] = float_of_half(x[i]);
}

#define HP_TEMPLATE "half.inc.h"
#include "each_isa.h"

#define f16_from_f32_portable f16_from_f32_scalar
#define f32_from_f16_portable f32_from_f16_scalar

void hp_f16_from_f32(hp_isa isa, size_t n, const float *restrict x, uint16_t *restrict y) {
    HP_DISPATCH(isa, f16_from_f32, n, x, y);
}

void hp_f32_from_f16(hp_isa isa, size_t n, const uint16_t *restrict x, float *restrict y) {
    HP_DISPATCH(isa, f32_from_f16, n, x, y);
}
