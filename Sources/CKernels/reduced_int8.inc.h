// 8-bit integers: weights with a scale for each column, activations with one for each row. See each_isa.h and reduced_tile.inc.h.
// HP_NATIVE: the processor's own dot product (AVX512_VNNI) of four bytes, which wants activations unsigned: q + 128. Without, both
// sides are pairs of 16-bit numbers. Sums of integers are exact: every instruction set gets the same ones.

/// Activations k and on in the order of the weights, which is their own.
HP_INLINE void HP_NAME(store_int8)(uint32_t *row, size_t k, vi q) {
#if HP_NATIVE
    typedef uint8_t bytes __attribute__((ext_vector_type(16)));
    const bytes values = __builtin_convertvector(q + 128, bytes);
    memcpy((uint8_t *)row + k, &values, sizeof values);
#else
    typedef int16_t numbers __attribute__((ext_vector_type(HP_W)));
    const numbers values = __builtin_convertvector(q, numbers);
    memcpy((int16_t *)row + k, &values, sizeof values);
#endif
}

/// q = round(127·x / max|x|) for each row, and the scale max|x| / 127; a row with a NaN has the scale NaN.
static void HP_NAME(convert_int8)(size_t K, size_t rows, const float *A, size_t lda, uint32_t *to, size_t ld) {
// The product must be rounded before the addition, with and without FMA: the integers are the same everywhere.
#pragma clang fp contract(off)
    const size_t whole = K / HP_W * HP_W;
    const vf magic = (vf)(0x1.8p23f);  // adding it rounds to an integer, which stands in the low bits then
    for (size_t r = 0; r < rows; r++) {
        const float *row = A + r * lda;
        uint32_t *q = to + r * ld;
        // Bits of magnitudes are in the order of the numbers, and NaN's above them all.
        vi largest = (vi)(0);
        for (size_t k = 0; k < whole; k += HP_W)
            largest = __builtin_elementwise_max(largest, (vi)HP_NAME(load)(row + k) & 0x7fffffff);
        if (whole < K) largest = __builtin_elementwise_max(largest, (vi)HP_NAME(load_part)(row + whole, K - whole) & 0x7fffffff);
        const float max = hp_float_of((uint32_t)__builtin_reduce_max(largest));
        const float factor = max > HP_INT8_SMALLEST ? 127.0f / max : 0.0f, scale = max / 127.0f;
        for (size_t k = 0; k < whole; k += HP_W)
            HP_NAME(store_int8)(q, k, (vi)(HP_NAME(load)(row + k) * factor + magic) - (vi)magic);
        for (size_t k = whole; k < hp_reduced_padded(K); k += HP_W) {
            const vf x = k < K ? HP_NAME(load_part)(row + k, K - k) : (vf)(0.0f);
            HP_NAME(store_int8)(q, k, (vi)(x * factor + magic) - (vi)magic);
        }
        memcpy(q + hp_reduced_scale_at(K), &scale, sizeof scale);
    }
}

/// sum + the four products of each lane, or two.
HP_INLINE vi HP_NAME(group_int8)(vi sum, vi w, const uint32_t *a) {
#if HP_NATIVE
    return (vi)_mm512_dpbusd_epi32((__m512i)sum, _mm512_set1_epi32((int)*a), (__m512i)w);
#else
    return sum + HP_NAME(dot_pairs)(w, (vi)(int32_t)*a);
#endif
}

HP_INLINE vf HP_NAME(int8_product)(vi sum, const uint32_t *panel, size_t v, float scale, vf z) {
    vf scales;
    memcpy(&scales, panel + v * HP_W, sizeof scales);
    return __builtin_convertvector(sum, vf) * (scales * scale) + z;
}

#if HP_NATIVE
HP_INLINE vi HP_NAME(int8_begin)(const uint32_t *begins, size_t v) {
    vi begin;
    memcpy(&begin, begins + v * HP_W, sizeof begin);
    return begin;
}
#endif

#define HP_SUM vi
#define HP_WORDS 1
#define HP_GROUP HP_NAME(group_int8)
#define HP_END(sum, panel, v, scale, z) HP_NAME(int8_product)(sum, panel, v, scale, z)
#if HP_NATIVE
#define HP_BEGIN(panel, v) HP_NAME(int8_begin)(panel + HP_COLUMNS, v)
#define HP_GROUPS hp_int8_groups
#define HP_HEAD 2
#else
#define HP_BEGIN(panel, v) (vi)(0)
#define HP_GROUPS hp_int16_groups
#define HP_HEAD 1
#endif
#define HP_TILE(name) HP_NAME(name##_int8)
#define HP_COLUMNS HP_PANEL
#define HP_MOST_GROUPS SIZE_MAX
#include "reduced_tile.inc.h"
#define HP_TILE(name) HP_NAME(name##_residual_int8)
#if HP_NATIVE
#define HP_COLUMNS HP_RESIDUAL_PANEL
#define HP_MOST_GROUPS SIZE_MAX
#else
#define HP_COLUMNS HP_PANEL
#define HP_MOST_GROUPS HP_INT16_MOST_GROUPS
#endif
#include "reduced_tile.inc.h"
#undef HP_SUM
#undef HP_WORDS
#undef HP_GROUP
#undef HP_GROUPS
#undef HP_HEAD
#undef HP_BEGIN
#undef HP_END
