// The tile for rows and weights of reduced precision, all accumulators in registers, as tile.inc.h; see each_isa.h. For one
// precision at a time:
//   HP_TILE(f)          f_bf16_avx2, …
//   HP_COLUMNS          columns of a panel: HP_PANEL, or HP_RESIDUAL_PANEL
//   HP_SUM              the vector that sums
//   HP_GROUPS(K)        words of weights for K columns
//   HP_MOST_GROUPS      of how many groups a sum surely fits its type; of more there are several, each to floats
//   HP_WORDS            words of a row's activations for one of them
//   HP_GROUP(s, w, a)   sum s plus the products of w, HP_W words of weights, and a, HP_WORDS words of a row
//   HP_HEAD             words of a panel before its weights, for each column
//   HP_BEGIN(panel, v)  what vector v's sum begins with
//   HP_END(sum, panel, v, scale, z)  z plus its value

/// R rows, HP_W·V columns. Every element is one chain in the order of k, so a row's bits do not depend on the tile that holds it.
/// - begin, end: the groups of k.
HP_INLINE void HP_TILE(tile_columns)(const size_t R, const size_t V, size_t begin, size_t end, const uint32_t *restrict a, size_t lda,
                                     size_t scale_at, const uint32_t *restrict panel, size_t first, const float *const *from,
                                     float *z) {
    HP_SUM sum[HP_ROWS][HP_COLUMNS / HP_W];
    HP_UNROLL for (size_t r = 0; r < R; r++) {
        HP_UNROLL for (size_t v = 0; v < V; v++) sum[r][v] = HP_BEGIN(panel, first + v);
    }
    const uint32_t *weights = panel + HP_HEAD * HP_COLUMNS + first * HP_W;
    for (size_t g = begin; g < end; g++) {
        vi w[HP_COLUMNS / HP_W];
        HP_UNROLL for (size_t v = 0; v < V; v++) memcpy(&w[v], weights + g * HP_COLUMNS + v * HP_W, sizeof w[v]);
        HP_UNROLL for (size_t r = 0; r < R; r++) {
            const uint32_t *ar = a + r * lda + g * HP_WORDS;
            HP_UNROLL for (size_t v = 0; v < V; v++) sum[r][v] = HP_GROUP(sum[r][v], w[v], ar);
        }
    }
    HP_UNROLL for (size_t r = 0; r < R; r++) {
        const float scale = hp_float_of(a[r * lda + scale_at]);
        HP_UNROLL for (size_t v = 0; v < V; v++) {
            const size_t column = (first + v) * HP_W;
            float *to = z + r * HP_PANEL + hp_reduced_target(column);
            const float *before = column < HP_PANEL ? from[r] + column : to;
            HP_NAME(store)(to, HP_END(sum[r][v], panel, first + v, scale, HP_NAME(load)(before)));
        }
    }
}

/// The columns of a panel in groups of V vectors.
HP_INLINE void HP_TILE(tile_rows)(const size_t R, const size_t V, size_t K, const uint32_t *restrict a, size_t lda,
                                  const uint32_t *restrict panel, const float *const *x, float *z, bool add) {
    const size_t vectors = HP_COLUMNS / HP_W, whole = vectors / V * V;
    const size_t groups = HP_GROUPS(K), scale_at = hp_reduced_scale_at(K);
    const float *rows[HP_ROWS], *const *from = x;
    if (!x) {
        for (size_t r = 0; r < R; r++) rows[r] = add ? z + r * HP_PANEL : hp_zeros;
        from = rows;
    }
    size_t begin = 0;
    do {
        const size_t end = begin + hp_min(groups - begin, HP_MOST_GROUPS);
        for (size_t first = 0; first < whole; first += V)
            HP_TILE(tile_columns)(R, V, begin, end, a, lda, scale_at, panel, first, from, z);
        if (whole < vectors) HP_TILE(tile_columns)(R, vectors - whole, begin, end, a, lda, scale_at, panel, whole, from, z);
        begin = end;
        for (size_t r = 0; r < R; r++) rows[r] = z + r * HP_PANEL;
        from = rows;
    } while (begin < groups);
}

/// rows (1…6) × HP_COLUMNS. Few rows take more columns at once, so that enough chains hide the latency of the sums.
static void HP_TILE(tile)(size_t rows, size_t K, const uint32_t *a, size_t lda, const uint32_t *panel, const float *const *x, float *z,
                          bool add) {
    enum {
        VECTORS = HP_COLUMNS / HP_W,
        ONE = VECTORS > 10 ? VECTORS / 2 : VECTORS,
        TWO = VECTORS % 5 == 0 ? 5 : 4,
        SOME = HP_W == 16 ? VECTORS : HP_V,
    };
    switch (rows) {
    case 1: HP_TILE(tile_rows)(1, ONE, K, a, lda, panel, x, z, add); break;
    case 2: HP_TILE(tile_rows)(2, TWO, K, a, lda, panel, x, z, add); break;
    case 3: HP_TILE(tile_rows)(3, SOME, K, a, lda, panel, x, z, add); break;
    case 4: HP_TILE(tile_rows)(4, SOME, K, a, lda, panel, x, z, add); break;
    case 5: HP_TILE(tile_rows)(5, SOME, K, a, lda, panel, x, z, add); break;
    default: HP_TILE(tile_rows)(6, HP_V, K, a, lda, panel, x, z, add); break;
    }
}

#undef HP_TILE
#undef HP_COLUMNS
#undef HP_MOST_GROUPS
