// What follows the product in an LSTM step, whatever the precision of the product; see each_isa.h.

/// `rows` rows of one block of 16 units. Every pointer is at the tile's first row, in the block's columns; z is U h.
HP_INLINE void HP_NAME(lstm_cells)(size_t rows, size_t Hp, const float *const *x, const float *z, const float *c_prev,
                                   float *c_next, float *h_next, size_t ld_h, float *gates) {
    for (size_t r = 0; r < rows; r++) {
        HP_UNROLL for (size_t j = 0; j < 16; j += HP_W) {
            const float *xr = x[r] + j, *zr = z + r * HP_PANEL + j;
            const vf i = HP_NAME(gate_sigmoid)(HP_NAME(load)(xr) + HP_NAME(load)(zr));
            const vf f = HP_NAME(gate_sigmoid)(HP_NAME(load)(xr + 16) + HP_NAME(load)(zr + 16));
            const vf g = HP_NAME(tanh)(HP_NAME(load)(xr + 32) + HP_NAME(load)(zr + 32));
            const vf o = HP_NAME(gate_sigmoid)(HP_NAME(load)(xr + 48) + HP_NAME(load)(zr + 48));
            const vf c = f * (c_prev ? HP_NAME(load)(c_prev + r * Hp + j) : (vf)(0.0f)) + i * g;
            HP_NAME(store)(c_next + r * Hp + j, c);
            HP_NAME(store)(h_next + r * ld_h + j, o * HP_NAME(tanh)(c));
            if (gates) {
                float *saved = gates + r * 4 * Hp + j;
                HP_NAME(store)(saved, i);
                HP_NAME(store)(saved + 16, f);
                HP_NAME(store)(saved + 32, g);
                HP_NAME(store)(saved + 48, o);
            }
        }
    }
}
