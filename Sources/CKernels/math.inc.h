// Functions over arrays for one instruction set; see each_isa.h.
#include "vector.inc.h"

#define HP_MAP(function)                                                              \
    static void HP_NAME(map_##function)(size_t n, const float *x, float *y) {         \
        for (size_t i = 0; i < n; i += HP_W) {                                        \
            const size_t width = hp_min(n - i, HP_W);                                 \
            const vf v = HP_NAME(load_part)(x + i, width);                            \
            HP_NAME(store_part)(y + i, HP_NAME(function)(v), width);                  \
        }                                                                             \
    }
HP_MAP(exp)
HP_MAP(sigmoid)
HP_MAP(tanh)
#undef HP_MAP

// The compiler makes vectors of the next four by itself.

static void HP_NAME(add)(size_t n, const float *restrict x, float *restrict y) {
    for (size_t i = 0; i < n; i++) y[i] += x[i];
}

static void HP_NAME(max)(size_t n, const float *restrict x, float *restrict y) {
    for (size_t i = 0; i < n; i++) y[i] = x[i] > y[i] || x[i] != x[i] ? x[i] : y[i];
}

static void HP_NAME(axpy)(size_t n, float a, const float *restrict x, float *restrict y) {
    for (size_t i = 0; i < n; i++) y[i] += a * x[i];
}

static void HP_NAME(scale)(size_t n, float a, float *x) {
    for (size_t i = 0; i < n; i++) x[i] *= a;
}

/// At most DOT_BLOCK elements. Lane l adds the products of elements l, l + 32, …; the last ones are padded with zeros.
static double HP_NAME(dot_block)(size_t n, const float *x, const float *y) {
    vf sum[DOT_LANES / HP_W] = {0};
    float x_end[DOT_LANES] = {0}, y_end[DOT_LANES] = {0};
    memcpy(x_end, x + n / DOT_LANES * DOT_LANES, n % DOT_LANES * sizeof(float));
    memcpy(y_end, y + n / DOT_LANES * DOT_LANES, n % DOT_LANES * sizeof(float));
    for (size_t i = 0; i < n; i += DOT_LANES) {
        const float *from_x = n - i < DOT_LANES ? x_end : x + i, *from_y = n - i < DOT_LANES ? y_end : y + i;
        HP_UNROLL for (size_t v = 0; v < DOT_LANES / HP_W; v++)
            sum[v] += HP_NAME(load)(from_x + v * HP_W) * HP_NAME(load)(from_y + v * HP_W);
    }
    float lane[DOT_LANES];
    memcpy(lane, sum, sizeof lane);
    double folded[DOT_LANES];
    for (size_t l = 0; l < DOT_LANES; l++) folded[l] = lane[l];
    for (size_t half = DOT_LANES / 2; half > 0; half /= 2)
        for (size_t l = 0; l < half; l++) folded[l] += folded[l + half];
    return folded[0];
}

static double HP_NAME(dot)(size_t n, const float *x, const float *y) {
    double total = 0;
    for (size_t i = 0; i < n; i += DOT_BLOCK) total += HP_NAME(dot_block)(hp_min(n - i, DOT_BLOCK), x + i, y + i);
    return total;
}

/// The sums of the lanes of four vectors.
HP_INLINE void HP_NAME(fold_four)(const vf sum[4], float total[4]) {
    float lane[4][HP_W];
    memcpy(lane, sum, sizeof lane);
    HP_UNROLL for (size_t half = HP_W / 2; half > 0; half /= 2)
        for (size_t k = 0; k < 4; k++)
            for (size_t l = 0; l < half; l++) lane[k][l] += lane[k][l + half];
    for (size_t k = 0; k < 4; k++) total[k] = lane[k][0];
}

/// The scores of at most four rows of w, `first` and those behind it.
static void HP_NAME(four_scores)(size_t M, size_t K, size_t n, size_t first, const float *restrict x, const float *restrict w,
                                 const float *restrict bias, float *restrict out) {
    const size_t tags = hp_min(K - first, 4), whole = n / HP_W * HP_W, rest = n - whole;
    const float *row[4];  // the last one again where there are fewer
    float row_end[4][HP_W] = {0}, x_end[HP_W] = {0};
    for (size_t k = 0; k < 4; k++) {
        row[k] = w + (first + hp_min(k, tags - 1)) * n;
        memcpy(row_end[k], row[k] + whole, rest * sizeof(float));
    }
    for (size_t m = 0; m < M; m++, x += n) {
        vf sum[4] = {0};
        for (size_t i = 0; i < whole; i += HP_W) {
            const vf part = HP_NAME(load)(x + i);
            HP_UNROLL for (size_t k = 0; k < 4; k++) sum[k] += part * HP_NAME(load)(row[k] + i);
        }
        if (rest > 0) {
            memcpy(x_end, x + whole, rest * sizeof(float));
            HP_UNROLL for (size_t k = 0; k < 4; k++) sum[k] += HP_NAME(load)(x_end) * HP_NAME(load)(row_end[k]);
        }
        float total[4];
        HP_NAME(fold_four)(sum, total);
        for (size_t k = 0; k < tags; k++) out[m * K + first + k] = total[k] + bias[first + k];
    }
}

static void HP_NAME(scores)(size_t M, size_t K, size_t n, const float *restrict x, const float *restrict w,
                            const float *restrict bias, float *restrict out) {
    for (size_t first = 0; first < K; first += 4) HP_NAME(four_scores)(M, K, n, first, x, w, bias, out);
}
