// Vectors of HP_W floats, and e^x, σ, tanh on them; see each_isa.h.
//
// Worst errors in ulps of the result (2^-149 for subnormal ones), measured at every float with 2^-31 <= |x| <= 105 (tanh: 12)
// against glibc's double precision functions, without FMA / with:
//   exp 1.03 / 1.05, sigmoid 2.41 / 2.41, tanh 2.61 / 2.57.
#include <string.h>

#define vf HP_NAME(vf)
#define vi HP_NAME(vi)
typedef float vf __attribute__((ext_vector_type(HP_W)));
typedef int32_t vi __attribute__((ext_vector_type(HP_W)));

HP_INLINE vf HP_NAME(load)(const float *p) {
    vf v;
    memcpy(&v, p, sizeof v);  // becomes one unaligned load
    return v;
}

HP_INLINE void HP_NAME(store)(float *p, vf v) { memcpy(p, &v, sizeof v); }

/// The first `width` floats at p, then zeros.
HP_INLINE vf HP_NAME(load_part)(const float *p, size_t width) {
    if (width == HP_W) return HP_NAME(load)(p);
    vf v = (vf)(0.0f);
    memcpy(&v, p, width * sizeof(float));
    return v;
}

HP_INLINE void HP_NAME(store_part)(float *p, vf v, size_t width) {
    if (width == HP_W) return HP_NAME(store)(p, v);
    memcpy(p, &v, width * sizeof(float));
}

/// Limits x; NaN stays NaN, because both comparisons are false for it. (One min and one max instruction.)
HP_INLINE vf HP_NAME(clamp)(vf x, float low, float high) {
    x = x > (vf)(high) ? (vf)(high) : x;
    return x < (vf)(low) ? (vf)(low) : x;
}

/// x = n·ln 2 + r with |r| ≤ ln 2 / 2; gives e^r - 1, and n. For |x| < 2^20.
HP_INLINE vf HP_NAME(expm1_reduced)(vf x, vi *n) {
    const vf magic = (vf)(0x1.8p23f);  // adding it rounds to an integer, which stands in the low bits then
    const vf t = x * 0x1.715476p0f + magic;
    *n = (vi)t - (vi)magic;
    const vf k = t - magic;
    vf r = x - k * 0x1.63p-1f;  // ln 2 in two parts, the first with so few bits that k times it is exact
    r = r + k * 0x1.bd0106p-13f;
    // (e^r - 1 - r) / r², minimax of the relative error of e^r - 1 (1.7e-8), by Lawson's iteration in long double
    vf q = r * 0x1.6bec06p-10f + 0x1.122776p-7f;
    q = q * r + 0x1.555674p-5f;
    q = q * r + 0x1.5554b0p-3f;
    q = q * r + 0x1.fffffep-2f;
    return r * r * q + r;
}

/// 2^n for -126 ≤ n ≤ 127.
HP_INLINE vf HP_NAME(power_of_two)(vi n) { return (vf)((n + 127) << 23); }

/// e^x for all x. 2^n is applied in two factors, since n reaches -150 (subnormal results) and 128.
HP_INLINE vf HP_NAME(exp)(vf x) {
    vi n;
    const vf p = HP_NAME(expm1_reduced)(HP_NAME(clamp)(x, -104.0f, 89.0f), &n);
    const vi half = n >> 1;
    const vf s = HP_NAME(power_of_two)(half);
    return (s * p + s) * HP_NAME(power_of_two)(n - half);
}

/// σ(x) as e^x/(1 + e^x), which keeps its relative accuracy in the lower tail; above 30 it is 1.
HP_INLINE vf HP_NAME(sigmoid)(vf x) {
    const vf e = HP_NAME(exp)(HP_NAME(clamp)(x, -104.0f, 30.0f));
    return e / (e + 1.0f);
}

// σ of a gate and tanh, of which an LSTM step has five a unit, in as few operations as there may be: x = n·ln 2 + r, with n both as a
// number and as what `scaled` wants.
#if HP_W == 16
// AVX-512 rounds, and scales by a power of two, in one instruction each.
HP_INLINE vf HP_NAME(nearest)(vf x, vf *exponent) {
    return *exponent = (vf)_mm512_roundscale_ps((__m512)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
HP_INLINE vf HP_NAME(scaled)(vf x, vf exponent) { return (vf)_mm512_scalef_ps((__m512)x, (__m512)exponent); }
#else
/// Rounds |x| < 2^22.
HP_INLINE vf HP_NAME(nearest)(vf x, vf *exponent) {
    const vf magic = (vf)(0x1.8p23f);  // adding it rounds to an integer, which stands in the low bits then
    *exponent = x + magic;
    return *exponent - magic;
}
/// x·2^n, where neither is near the ends of what a float can be. What is above n's bits is shifted out.
HP_INLINE vf HP_NAME(scaled)(vf x, vf exponent) { return (vf)((vi)x + ((vi)exponent << 23)); }
#endif

/// 1 + e^-x, e^-x = 2^n·e^-r, of which σ of a gate is the reciprocal. The clamp changes σ by at most 7e-13, and keeps products of two of
/// these and a tanh's far from infinity.
HP_INLINE vf HP_NAME(sigmoid_denominator)(vf x) {
    x = HP_NAME(clamp)(x, -28.0f, 28.0f);
    vf exponent;
    const vf n = HP_NAME(nearest)(x * -0x1.715476p0f, &exponent);
    const vf r = n * 0x1.62e43p-1f + x;
    // e^-r, minimax of the relative error (9.2e-8), by Lawson's iteration
    vf q = r * -0x1.0fa822p-7f + 0x1.573a6cp-5f;
    q = q * r - 0x1.555a6cp-3f;
    q = q * r + 0x1.fffdc6p-2f;
    q = q * r - 0x1.fffff6p-1f;
    q = q * r + 1.0f;
    return HP_NAME(scaled)(q, exponent) + 1.0f;
}

/// σ of a gate. Absolute error at most 9.4e-8; in the lower tail the relative one grows to 7 ulps, 70 without FMA, and below -28 the
/// result stays at 6.9e-13.
HP_INLINE vf HP_NAME(gate_sigmoid)(vf x) { return 1.0f / HP_NAME(sigmoid_denominator)(x); }

/// m = e^2x - 1, computed without cancellation: 2x = n·ln 2 + 2r. tanh x is m/(m + 2), which the clamp changes nowhere.
HP_INLINE vf HP_NAME(tanh_numerator)(vf x) {
    x = HP_NAME(clamp)(x, -9.1f, 9.1f);
    vf exponent;
    const vf n = HP_NAME(nearest)(x * 0x1.715476p1f, &exponent);
    const vf r = x - n * 0x1.62e43p-2f;
    // (e^2r - 1 - 2r) / r², as in expm1_reduced
    vf q = r * 0x1.6bec06p-4f + 0x1.122776p-2f;
    q = q * r + 0x1.555674p-1f;
    q = q * r + 0x1.5554b0p0f;
    q = q * r + 0x1.fffffep0f;
    const vf p = r * r * q + (r + r);
    const vf s = HP_NAME(scaled)((vf)(1.0f), exponent);
    return s * p + (s - 1.0f);
}

HP_INLINE vf HP_NAME(tanh)(vf x) {
    const vf m = HP_NAME(tanh_numerator)(x);
    return m / (m + 2.0f);
}
