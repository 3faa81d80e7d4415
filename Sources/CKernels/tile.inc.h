// The product of one to six rows with one panel, all accumulators in registers; see each_isa.h. Serves the LSTM step and GEMM.

/// R rows, HP_W·V columns: z (rows ldz apart) = or += a·panel. Element (r, k) of a is a[r·rs + k·ks].
/// Every element is one chain in the order of k, whatever R and V: a row's bits do not depend on the tile that holds it.
HP_INLINE void HP_NAME(tile_columns)(const size_t R, const size_t V, size_t K, const float *restrict a, size_t rs, size_t ks,
                                     const float *restrict panel, float *restrict z, size_t ldz, bool add) {
    vf sum[HP_ROWS][HP_PANEL / HP_W];
    HP_UNROLL for (size_t r = 0; r < R; r++) {
        HP_UNROLL for (size_t v = 0; v < V; v++) sum[r][v] = add ? HP_NAME(load)(z + r * ldz + v * HP_W) : (vf)(0.0f);
    }
    for (size_t k = 0; k < K; k++) {
        vf w[HP_PANEL / HP_W];
        HP_UNROLL for (size_t v = 0; v < V; v++) w[v] = HP_NAME(load)(panel + k * HP_PANEL + v * HP_W);
        HP_UNROLL for (size_t r = 0; r < R; r++) {
            const float s = a[r * rs + k * ks];
            HP_UNROLL for (size_t v = 0; v < V; v++) sum[r][v] += w[v] * s;
        }
    }
    HP_UNROLL for (size_t r = 0; r < R; r++) {
        HP_UNROLL for (size_t v = 0; v < V; v++) HP_NAME(store)(z + r * ldz + v * HP_W, sum[r][v]);
    }
}

/// The columns of a panel in groups of V vectors.
HP_INLINE void HP_NAME(tile_rows)(const size_t R, const size_t V, size_t K, const float *restrict a, size_t rs, size_t ks,
                                  const float *restrict panel, float *restrict z, size_t ldz, bool add) {
    for (size_t column = 0; column < HP_PANEL; column += V * HP_W)
        HP_NAME(tile_columns)(R, V, K, a, rs, ks, panel + column, z + column, ldz, add);
}

/// rows (1…6) × HP_PANEL. Few rows take more columns at once, so that enough independent chains hide the latency of the adds.
static void HP_NAME(tile)(size_t rows, size_t K, const float *restrict a, size_t rs, size_t ks, const float *restrict panel,
                          float *restrict z, size_t ldz, bool add) {
    const size_t wide = HP_PANEL / HP_W < 8 ? HP_PANEL / HP_W : 8;
    switch (rows) {
    case 1: HP_NAME(tile_rows)(1, wide, K, a, rs, ks, panel, z, ldz, add); break;
    case 2: HP_NAME(tile_rows)(2, 4, K, a, rs, ks, panel, z, ldz, add); break;
    case 3: HP_NAME(tile_rows)(3, HP_V, K, a, rs, ks, panel, z, ldz, add); break;
    case 4: HP_NAME(tile_rows)(4, HP_V, K, a, rs, ks, panel, z, ldz, add); break;
    case 5: HP_NAME(tile_rows)(5, HP_V, K, a, rs, ks, panel, z, ldz, add); break;
    default: HP_NAME(tile_rows)(6, HP_V, K, a, rs, ks, panel, z, ldz, add); break;
    }
}
