// What the files of reduced precision share.
#ifndef HP_REDUCED_H
#define HP_REDUCED_H

#include <string.h>

#include "dispatch.h"

/// z (rows HP_PANEL apart) = or += a·panel, for one to six rows of converted activations.
/// x: NULL, or for each row HP_PANEL floats to which the product is added instead.
typedef void reduced_tile(size_t rows, size_t K, const uint32_t *a, size_t lda, const uint32_t *panel, const float *const *x, float *z,
                          bool add);
/// Converts rows of K floats to activations, with zeros in the last group's columns from K on.
typedef void reduced_convert(size_t K, size_t rows, const float *A, size_t lda, uint32_t *to, size_t ld);

/// What a product is added to that is added to nothing.
static const float hp_zeros[HP_PANEL] = {0};

/// `hp_reduced_operand` with its rows converted, and its tile.
typedef struct reduced_operand {
    reduced_tile *tile;
    size_t K;
    const uint32_t *rows;
    size_t ld;
    const uint32_t *panels;
    size_t panel_words;
} reduced_operand;

/// A group of k is what one word of packed weights holds: two (bf16, and int8 as 16-bit numbers) or four (int8).
static inline size_t hp_bf16_groups(size_t K) { return (K + 1) / 2; }
static inline size_t hp_int16_groups(size_t K) { return (K + 1) / 2; }
static inline size_t hp_int8_groups(size_t K) { return (K + 3) / 4; }

/// Columns of a converted row: whole vectors of any instruction set.
static inline size_t hp_reduced_padded(size_t K) { return (K + 15) / 16 * 16; }
/// Where the scale of a row of int8 stands, in words from its beginning: behind 16 bits for each activation, the most that any version
/// uses. The rows of a step are read once for each block of units, so they should fit L1 beside its panel.
static inline size_t hp_reduced_scale_at(size_t K) { return hp_reduced_padded(K) / 2; }
/// Words from a row to the next.
static inline size_t hp_reduced_ld(hp_precision precision, size_t K) {
    return precision == HP_PRECISION_INT8 ? hp_reduced_scale_at(K) + 1 : hp_reduced_padded(K);
}

/// Columns of a panel of an LSTM's int8 weights: after the four gates of 16 units a second one for the candidate g, with what
/// rounding left over of its weights. The error of g adds up in the cell state, where the other gates' only scales: of the
/// change of a probability two thirds came from it (max 0.0082 with 8 bits for all, 0.0027 so; 1,000 reviews, units 128).
#define HP_RESIDUAL_PANEL (HP_PANEL + 16)
/// Where a column's product belongs: what is left over of g to g.
static inline size_t hp_reduced_target(size_t column) { return column < HP_PANEL ? column : column - HP_PANEL + 32; }

/// How many steps of what is left over make one of the weight it is left of.
#define HP_RESIDUAL_STEPS 254
/// Of so many groups a sum of 16-bit weights with what is left over of them fits 32 bits: 512·127·(254·127 + 127) < 2³¹.
#define HP_INT16_MOST_GROUPS 256

// Without an instruction for bytes weights stand as the 16-bit numbers that the processor multiplies: shifts of a tile's bytes took
// more registers than there are. What is left over of g's weights then needs no columns: 254·q + r is one such number.

// A panel of int8 begins with each column's scale (a float), and where they are bytes with what its sum begins with, as the
// activations have 128 added to be unsigned: -128·Σw.
/// Rows with no greater number count as zeros: 127 divided by it is still finite.
#define HP_INT8_SMALLEST 0x1p-100f

// tanh(x/2) as a rational function; see lstm_cells_reduced.inc.h.
#define HP_HALF_TANH_LIMIT 10.48f
#define HP_HALF_TANH_N0 0x1.8ba8bp14f
#define HP_HALF_TANH_N1 0x1.3f77aep9f
#define HP_HALF_TANH_D0 0x1.8bc17p15f
#define HP_HALF_TANH_D1 0x1.5728e4p12f
#define HP_HALF_TANH_D2 0x1.3a0c9ep5f

static inline float hp_float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/// z = x, a panel a row.
static inline void hp_copy_panels(size_t rows, const float *const *x, float *z) {
    for (size_t r = 0; r < rows; r++) memcpy(z + r * HP_PANEL, x[r], HP_PANEL * sizeof(float));
}

#endif
