// IEEE half precision with F16C, eight at a time; the plain loops of half.c where there is none. See each_isa.h.

#if HP_W >= 8
static void HP_NAME(f16_from_f32)(size_t n, const float *restrict x, uint16_t *restrict y) {
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        _mm_storeu_si128((__m128i *)(y + i), _mm256_cvtps_ph(_mm256_loadu_ps(x + i), _MM_FROUND_TO_NEAREST_INT));
    f16_from_f32_scalar(n - i, x + i, y + i);
}

static void HP_NAME(f32_from_f16)(size_t n, const uint16_t *restrict x, float *restrict y) {
    size_t i = 0;
    for (; i + 8 <= n; i += 8) _mm256_storeu_ps(y + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(x + i))));
    f32_from_f16_scalar(n - i, x + i, y + i);
}
#endif
