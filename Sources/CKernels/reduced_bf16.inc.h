// bfloat16: the upper half of a float32. Products and sums are float32. See each_isa.h and reduced_tile.inc.h.
// HP_NATIVE: the processor's own dot product (AVX512_BF16), which takes subnormal numbers as zeros.

/// To bfloat16, round to nearest, ties to even; NaN becomes the quiet one. Without the instruction, as float32 again: then a row
/// is read as the float32 kernel reads it.
static void HP_NAME(convert_bf16)(size_t K, size_t rows, const float *A, size_t lda, uint32_t *to, size_t ld) {
    for (size_t r = 0; r < rows; r++) {
        for (size_t k = 0; k < K; k += HP_W) {
            const vf x = HP_NAME(load_part)(A + r * lda + k, hp_min(K - k, HP_W));
            const vi bits = (vi)x, rounded = x == x ? bits + 0x7fff + (bits >> 16 & 1) : (vi)(0x7fc00000);
#if HP_NATIVE
            typedef uint16_t half __attribute__((ext_vector_type(HP_W)));
            const half values = __builtin_convertvector(rounded >> 16, half);
            memcpy((uint16_t *)(to + r * ld) + k, &values, sizeof values);
#else
            const vi values = rounded & (vi)((int32_t)0xffff0000);
            memcpy(to + r * ld + k, &values, sizeof values);
#endif
        }
    }
}

/// sum + the products of pairs, the odd one first, as the instruction does it.
HP_INLINE vf HP_NAME(group_bf16)(vf sum, vi w, const uint32_t *a) {
#if HP_NATIVE
    return (vf)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_epi32((int)*a), (__m512bh)w);
#else
    sum += (vf)(w & (vi)((int32_t)0xffff0000)) * hp_float_of(a[1]);
    return sum + (vf)(w << 16) * hp_float_of(a[0]);
#endif
}

#define HP_TILE(name) HP_NAME(name##_bf16)
#define HP_COLUMNS HP_PANEL
#define HP_SUM vf
#if HP_NATIVE
#define HP_WORDS 1
#else
#define HP_WORDS 2
#endif
#define HP_GROUP HP_NAME(group_bf16)
#define HP_GROUPS hp_bf16_groups
#define HP_MOST_GROUPS SIZE_MAX
#define HP_HEAD 0
#define HP_BEGIN(panel, v) (vf)(0.0f)
#define HP_END(sum, panel, v, scale, z) ((void)scale, (z) + (sum))
#include "reduced_tile.inc.h"
#undef HP_SUM
#undef HP_WORDS
#undef HP_GROUP
#undef HP_GROUPS
#undef HP_HEAD
#undef HP_BEGIN
#undef HP_END
