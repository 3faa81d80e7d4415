// Sums of rows of a table that ids name: embeddings of steps with several ids. Bound by the latency of memory, so that one form serves
// every instruction set; the rows of a step are independent loads.
#include <string.h>

#include "CKernels.h"

typedef float float4 __attribute__((vector_size(16)));

/// How many ids ahead a row is asked for: the processor looks ahead itself, but not beyond the end of a step that it did not foresee.
enum { AHEAD = 24 };
/// A table of so few floats fits near caches, and needs no asking.
enum { FEW_FLOATS = 1 << 15 };

/// Rows of a few registers of four floats, one as wide as the scores of the tags B, M, E, S.
__attribute__((always_inline)) static inline bool sum_narrow_rows(const size_t registers, size_t count, const ptrdiff_t *restrict bounds,
                                                                  const int32_t *restrict ids, const float *restrict table,
                                                                  size_t rows, float scale, const bool isAhead,
                                                                  float *restrict out) {
    const size_t width = 4 * registers;
    const ptrdiff_t last = bounds[count] - 1;
    ptrdiff_t k = bounds[0];
    for (size_t r = 0; r < count; r++) {
        float4 sum[4] = {{0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}};
        for (const ptrdiff_t end = bounds[r + 1]; k < end; k++) {
            // An address alone, and any is allowed: whether there is such a row is asked when it is read.
            if (isAhead) {
                const uint32_t next = (uint32_t)ids[k + AHEAD < last ? k + AHEAD : last];
                hp_prefetch((const void *)((uintptr_t)table + next * (width * sizeof(float))));
            }
            if ((uint32_t)ids[k] >= rows) {  // negative ones too
                if (ids[k] < 0) continue;
                return false;
            }
            const float *from = table + (size_t)ids[k] * width;
            for (size_t i = 0; i < registers; i++) {
                float4 row;
                memcpy(&row, from + 4 * i, sizeof row);
                sum[i] += row;
            }
        }
        for (size_t i = 0; i < registers; i++) {
            sum[i] *= scale;
            memcpy(out + r * width + 4 * i, &sum[i], sizeof sum[i]);
        }
    }
    return true;
}

bool hp_sum_rows(size_t count, const ptrdiff_t *restrict bounds, const int32_t *restrict ids, const float *restrict table,
                 size_t rows, size_t width, float scale, float *restrict out) {
    const bool isAhead = rows * width >= FEW_FLOATS;
    switch (width) {
    case 4:
        return isAhead ? sum_narrow_rows(1, count, bounds, ids, table, rows, scale, true, out)
                       : sum_narrow_rows(1, count, bounds, ids, table, rows, scale, false, out);
    case 8: return sum_narrow_rows(2, count, bounds, ids, table, rows, scale, isAhead, out);
    case 12: return sum_narrow_rows(3, count, bounds, ids, table, rows, scale, isAhead, out);
    case 16: return sum_narrow_rows(4, count, bounds, ids, table, rows, scale, isAhead, out);
    default: break;
    }
    for (size_t r = 0; r < count; r++, out += width) {
        for (size_t i = 0; i < width; i++) out[i] = 0;
        for (ptrdiff_t k = bounds[r]; k < bounds[r + 1]; k++) {
            if ((uint32_t)ids[k] >= rows) {
                if (ids[k] < 0) continue;
                return false;
            }
            const float *row = table + (size_t)ids[k] * width;
            for (size_t i = 0; i < width; i++) out[i] += row[i];
        }
        for (size_t i = 0; i < width; i++) out[i] *= scale;
    }
    return true;
}
