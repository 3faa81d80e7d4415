// What the cells of an LSTM step work on.
#ifndef HP_LSTM_CELLS_H
#define HP_LSTM_CELLS_H

#include "dispatch.h"

/// 16 units each of `count` rows of a batch, or of `count` blocks of one row. Pointers are at the first 16, `ld_…` floats from those of
/// one row or block to the next.
typedef struct lstm_cells {
    size_t count;
    /// The input products, HP_PANEL of them each.
    const float *x[HP_ROWS];
    /// U h, HP_PANEL apart; in reduced precision x + U h. Used up.
    float *z;
    /// NULL: zeros.
    const float *c_prev;
    /// May be c_prev.
    float *c_next;
    size_t ld_c;
    float *h_next;
    size_t ld_h;
    /// NULL, or receives i, f, g, o.
    float *gates;
    size_t ld_gates;
} lstm_cells;

#endif
