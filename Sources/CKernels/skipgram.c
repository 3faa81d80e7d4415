// Skip-gram with negative sampling: the scalar twin, and the choice among the versions of skipgram.inc.h.
#include <math.h>

#include "dispatch.h"

#define HP_TEMPLATE "skipgram.inc.h"
#include "each_isa.h"

static void skip_gram_scalar(size_t width, size_t inputs, const int32_t *input_ids, float *input_rows, size_t outputs,
                             const int32_t *output_ids, float *output_rows, float rate, float *scratch) {
    float *gradients = scratch, *changes = scratch + inputs * outputs;
    for (size_t i = 0; i < inputs; i++)
        for (size_t j = 0; j < outputs; j++) {
            const float *a = input_rows + (size_t)input_ids[i] * width, *b = output_rows + (size_t)output_ids[j] * width;
            double dot = 0;
            for (size_t k = 0; k < width; k++) dot += (double)a[k] * b[k];
            gradients[i * outputs + j] = (float)(rate * ((j == 0) - 1 / (1 + exp(-dot))));
        }
    for (size_t k = 0; k < inputs * width; k++) changes[k] = 0;
    for (size_t j = 0; j < outputs; j++) {
        float *output = output_rows + (size_t)output_ids[j] * width;
        for (size_t i = 0; i < inputs; i++)
            for (size_t k = 0; k < width; k++) changes[i * width + k] += gradients[i * outputs + j] * output[k];
        for (size_t i = 0; i < inputs; i++)
            for (size_t k = 0; k < width; k++)
                output[k] += gradients[i * outputs + j] * input_rows[(size_t)input_ids[i] * width + k];
    }
    for (size_t i = 0; i < inputs; i++)
        for (size_t k = 0; k < width; k++) input_rows[(size_t)input_ids[i] * width + k] += changes[i * width + k];
}

void hp_skip_gram(hp_isa isa, size_t width, size_t inputs, const int32_t *input_ids, float *input_rows, size_t outputs,
                  const int32_t *output_ids, float *output_rows, float rate, float *scratch) {
    HP_DISPATCH(isa, skip_gram, width, inputs, input_ids, input_rows, outputs, output_ids, output_rows, rate, scratch);
}
