// Sums of rows of a table that ids name: embeddings of steps with several ids. Bound by the latency of memory, so that one form serves
// every instruction set; the rows of a step are independent loads.
#include <string.h>

#include "CKernels.h"

typedef float float4 __attribute__((vector_size(16)));

/// Rows of four floats, as wide as the scores of the tags B, M, E, S: one register.
static void sum_rows_of_4(size_t steps, size_t slots, const int32_t *restrict ids, const float *restrict table, float scale,
                          float *restrict out) {
    for (size_t s = 0; s < steps; s++, ids += slots, out += 4) {
        float4 sum = {0, 0, 0, 0};
        for (size_t k = 0; k < slots; k++) {
            if (ids[k] < 0) continue;
            float4 row;
            memcpy(&row, table + (size_t)ids[k] * 4, sizeof row);
            sum += row;
        }
        sum *= scale;
        memcpy(out, &sum, sizeof sum);
    }
}

void hp_sum_rows(size_t steps, size_t slots, const int32_t *restrict ids, const float *restrict table, size_t width, float scale,
                 float *restrict out) {
    if (width == 4) {
        sum_rows_of_4(steps, slots, ids, table, scale, out);
        return;
    }
    for (size_t s = 0; s < steps; s++, ids += slots, out += width) {
        for (size_t i = 0; i < width; i++) out[i] = 0;
        for (size_t k = 0; k < slots; k++) {
            if (ids[k] < 0) continue;
            const float *row = table + (size_t)ids[k] * width;
            for (size_t i = 0; i < width; i++) out[i] += row[i];
        }
        for (size_t i = 0; i < width; i++) out[i] *= scale;
    }
}
