// One step of skip-gram with negative sampling; see hp_skip_gram and each_isa.h.
#include "vector.inc.h"

HP_INLINE float HP_NAME(row_dot)(size_t width, const float *a, const float *b) {
    vf sum0 = (vf)(0.0f), sum1 = (vf)(0.0f);
    size_t i = 0;
    for (; i + 2 * HP_W <= width; i += 2 * HP_W) {
        sum0 += HP_NAME(load)(a + i) * HP_NAME(load)(b + i);
        sum1 += HP_NAME(load)(a + i + HP_W) * HP_NAME(load)(b + i + HP_W);
    }
    for (; i < width; i += HP_W) {
        const size_t part = hp_min(HP_W, width - i);
        sum0 += HP_NAME(load_part)(a + i, part) * HP_NAME(load_part)(b + i, part);
    }
    float total = 0.0f;
    sum0 += sum1;
    for (size_t k = 0; k < HP_W; k++) total += sum0[k];
    return total;
}

/// y += factor·x
HP_INLINE void HP_NAME(add_row)(size_t width, float factor, const float *x, float *y) {
    for (size_t i = 0; i < width; i += HP_W) {
        const size_t part = hp_min(HP_W, width - i);
        HP_NAME(store_part)(y + i, HP_NAME(load_part)(y + i, part) + factor * HP_NAME(load_part)(x + i, part), part);
    }
}

static void HP_NAME(skip_gram)(size_t width, size_t inputs, const int32_t *input_ids, float *input_rows, size_t outputs,
                               const int32_t *output_ids, float *output_rows, float rate, float *scratch) {
    float *gradients = scratch, *changes = scratch + inputs * outputs;
    for (size_t i = 0; i < inputs; i++) {
        const float *row = input_rows + (size_t)input_ids[i] * width;
        for (size_t j = 0; j < outputs; j++)
            gradients[i * outputs + j] = HP_NAME(row_dot)(width, row, output_rows + (size_t)output_ids[j] * width);
    }
    for (size_t i = 0; i < inputs * outputs; i += HP_W) {
        const size_t part = hp_min(HP_W, inputs * outputs - i);
        HP_NAME(store_part)(gradients + i, HP_NAME(sigmoid)(HP_NAME(load_part)(gradients + i, part)), part);
    }
    for (size_t i = 0; i < inputs * outputs; i++) gradients[i] = rate * ((i % outputs == 0 ? 1.0f : 0.0f) - gradients[i]);
    memset(changes, 0, inputs * width * sizeof(float));
    for (size_t j = 0; j < outputs; j++) {
        float *output = output_rows + (size_t)output_ids[j] * width;
        for (size_t i = 0; i < inputs; i++) HP_NAME(add_row)(width, gradients[i * outputs + j], output, changes + i * width);
        for (size_t i = 0; i < inputs; i++)
            HP_NAME(add_row)(width, gradients[i * outputs + j], input_rows + (size_t)input_ids[i] * width, output);
    }
    for (size_t i = 0; i < inputs; i++)
        HP_NAME(add_row)(width, 1.0f, changes + i * width, input_rows + (size_t)input_ids[i] * width);
}
#undef vf
#undef vi
