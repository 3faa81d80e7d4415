// What stands around the product in an LSTM step, whatever the precision of the product; see each_isa.h.

/// Where the input products of a tile are: `rows` rows of the batch from `row` on, in the block's columns.
HP_INLINE void HP_NAME(lstm_find_rows)(size_t rows, size_t Hp, size_t active, const float *x, const int32_t *xrows, size_t row,
                                       size_t block, const float **xr) {
    for (size_t r = 0; r < rows; r++) {
        xr[r] = x + (xrows ? (size_t)xrows[row + r] : row + r) * 4 * Hp + block * 4;
        // Rows of a vocabulary's table lie anywhere in memory; the product gives them time to arrive. Not in L1, whose few
        // open requests the panel needs (735 and 771 thousand tokens/s at H = 128), but for a lone row, which waits.
        HP_UNROLL for (size_t line = 0; line < HP_PANEL; line += 16) {
            if (active == 1)
                __builtin_prefetch(xr[r] + line);
            else
                __builtin_prefetch(xr[r] + line, 0, 2);
        }
    }
}

/// `rows` rows of one block of 16 units. Every pointer is at the tile's first row, in the block's columns; z is U h, and is used up.
///
/// The gates first, each vector by itself, then what joins them: in one go a vector is a chain of some 150 operations, of which
/// the processor's window holds not even two, so that it waits for each result.
HP_INLINE void HP_NAME(lstm_cells)(size_t rows, size_t Hp, const float *const *x, float *z, const float *c_prev, float *c_next,
                                   float *h_next, size_t ld_h, float *gates) {
    for (size_t r = 0; r < rows; r++) {
        const float *zr = z + r * HP_PANEL;
        float *gate = gates ? gates + r * 4 * Hp : z + r * HP_PANEL;
        HP_UNROLL for (size_t column = 0; column < HP_PANEL; column += HP_W) {
            const vf sum = HP_NAME(load)(x[r] + column) + HP_NAME(load)(zr + column);
            HP_NAME(store)(gate + column, column / 16 == 2 ? HP_NAME(tanh)(sum) : HP_NAME(gate_sigmoid)(sum));
        }
        HP_UNROLL for (size_t j = 0; j < 16; j += HP_W) {
            const vf i = HP_NAME(load)(gate + j), f = HP_NAME(load)(gate + 16 + j);
            const vf g = HP_NAME(load)(gate + 32 + j), o = HP_NAME(load)(gate + 48 + j);
            const vf c = f * (c_prev ? HP_NAME(load)(c_prev + r * Hp + j) : (vf)(0.0f)) + i * g;
            HP_NAME(store)(c_next + r * Hp + j, c);
            HP_NAME(store)(h_next + r * ld_h + j, o * HP_NAME(tanh)(c));
        }
    }
}
