// The inner loops of hanpipe: recurrent steps, matrix products, elementwise functions and optimiser updates, in float32.
//
// Rules that hold for every function here:
// - Row-major arrays. "B×H" is B rows of H floats; a leading dimension `ld…` is the distance between rows, in floats.
// - The first argument chooses the instruction set. It must be available (`hp_isa_available`); nothing is checked, nothing
//   is global, nothing allocates, and every function may run on any number of threads at once.
// - A function cannot fail, unless it says so. Shapes that do not match are the caller's error, as are NULLs where `_Nullable` is not said.
// - Zero sizes are allowed and do nothing. Pointers need no alignment; weights packed into 64-byte aligned memory are read faster.
// - The result for a row (or an element) has the same bits whatever other rows (elements) are computed with it, and wherever
//   it stands. Different instruction sets differ by rounding only.
#ifndef HP_CKERNELS_H
#define HP_CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// MARK: Instruction sets

/// Which code runs. `scalar` is the plain loop that tests compare the others with; `portable` needs nothing beyond the
/// architecture's baseline (SSE2, NEON).
typedef enum __attribute__((enum_extensibility(closed))) hp_isa {
    HP_ISA_SCALAR __attribute__((swift_name("scalar"))) = 0,
    HP_ISA_PORTABLE __attribute__((swift_name("portable"))) = 1,
    HP_ISA_AVX2 __attribute__((swift_name("avx2"))) = 2,
    HP_ISA_AVX512 __attribute__((swift_name("avx512"))) = 3,
} hp_isa;

/// The fastest set that this processor and this build have. Ask once and keep the answer.
hp_isa hp_isa_best(void);
bool hp_isa_available(hp_isa isa);
/// "scalar", "portable", "avx2", "avx512".
const char *hp_isa_name(hp_isa isa);

// MARK: Memory

/// Has the cache line at an address brought near. Any address is allowed; nothing is read.
static inline void hp_prefetch(const void *address) { __builtin_prefetch(address); }

/// Asks for pages of 2 MB (Linux) for what lies in whole ones of them, for a table that is read at random: with pages of 4 KB the processor
/// knows where only so many of them are, and each has to be asked for. Before it is first written to; a wish, and no change of what
/// the memory holds.
void hp_use_large_pages(void *memory, size_t bytes);

// MARK: Hashing

/// Goes on with a SHA-256 (FIPS 180-4) over blocks of 64 bytes, by the processor's instructions for it.
/// - Returns: false, and nothing done, if it has none.
bool hp_sha256_blocks(uint32_t *state, const uint8_t *bytes, size_t blocks);

// MARK: The bound

/// 12 independent chains of y = a·y + b, 16 steps a round, all in registers: as many float32 multiply-adds as the processor can do.
/// (SSE2 and older have no fused multiply-add: a product and a sum.) With 0 < a < 1 every chain converges to b/(1 - a).
/// - sum: receives the sum of the chains in one lane, so that none of the work can be left out.
/// - Returns: how many floating-point operations that were; 2 a multiply-add.
double hp_multiply_add_chains(hp_isa isa, size_t rounds, float a, float b, float *sum);

// MARK: Matrix product

/// Floats of scratch that `hp_gemm` needs for these sizes (at most 156 thousand: its blocks have a fixed size).
size_t hp_gemm_scratch_floats(size_t M, size_t N, size_t K);

/// C = op(A)·op(B), or C += op(A)·op(B) when `accumulate`.
///
/// - A: M×K, or K×M when `transpose_a`; B: K×N, or N×K when `transpose_b`; C: M×N, overlapping neither.
/// - scratch: `hp_gemm_scratch_floats(M, N, K)` floats, contents undefined before and after.
/// - K = 0 leaves C (accumulate) or zeroes it.
///
/// Every element is one chain of multiply-adds in the order of k, beginning at 0 or at C.
/// 2·M·N·K floating-point operations.
void hp_gemm(hp_isa isa, bool transpose_a, bool transpose_b, size_t M, size_t N, size_t K, const float *restrict A, size_t lda,
             const float *restrict B, size_t ldb, float *restrict C, size_t ldc, bool accumulate, float *restrict scratch);

/// Floats of a K×N matrix packed by `hp_gemm_pack_b`: N rounded up to 64, times K.
size_t hp_gemm_packed_floats(size_t N, size_t K);

/// Packs op(B) once for many products. The layout is the same for every instruction set.
/// B: K×N, or N×K when `transpose_b`.
void hp_gemm_pack_b(bool transpose_b, size_t N, size_t K, const float *restrict B, size_t ldb, float *restrict packed);

/// C = A·B, or C += A·B when `accumulate`, with B packed ahead: the product of a step, where M is the number of active rows.
/// A: M×K; C: M×N. The same bits as `hp_gemm`.
void hp_gemm_packed(hp_isa isa, size_t M, size_t N, size_t K, const float *restrict A, size_t lda, const float *restrict packed,
                    float *restrict C, size_t ldc, bool accumulate);

// MARK: LSTM
//
// i = σ(z_i), f = σ(z_f), g = tanh(z_g), o = σ(z_o), where z = x + U h (and + W·in above the first layer); c' = f⊙c + i⊙g; h' = o⊙tanh(c').
// Hochreiter & Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735, with the forget gate of Gers et al. 2000.
//
// Packed order. Units are taken in blocks of 16, for every instruction set: Hp = H rounded up to 16, and gate (0…3 = i, f, g, o)
// of unit j stands at (j/16)·64 + gate·16 + j%16 in a row of 4Hp floats. Padding units have zero weights and zero inputs, and
// so zero c and h: states have Hp columns, of which the last Hp - H must be 0 at the start and stay 0.

/// H rounded up to the unit block, 16.
static inline size_t hp_lstm_padded(size_t H) { return (H + 15) / 16 * 16; }

/// Where gate (0…3 = i, f, g, o) of unit j stands in a packed row.
static inline size_t hp_lstm_packed_index(size_t gate, size_t j) { return j / 16 * 64 + gate * 16 + j % 16; }

/// Floats of 4H×K weights packed for `hp_lstm_step`: 4·Hp·K.
static inline size_t hp_lstm_packed_weights_floats(size_t H, size_t K) { return 4 * hp_lstm_padded(H) * K; }

/// Packs weights for `hp_lstm_step`: for each block of 16 units, for k in 0..<K, [gate][16].
/// W: 4H×K, gate-major (i, f, g, o) as PyTorch's `weight_hh` (K = H) and `weight_ih`; packed: 4·Hp·K floats.
void hp_lstm_pack_weights(size_t H, size_t K, const float *restrict W, size_t ldw, float *restrict packed);

/// Gate-major rows to packed order: `rows` 4H×n to `packed` 4Hp×ldp. Padding rows, and columns n..<ldp, become zero.
/// For input weights (n = E), a bias (n = 1, ldr = ldp = 1), and for U as the right side of dh = dgates·U (n = H, ldp = Hp).
void hp_lstm_pack_rows(size_t H, size_t n, const float *restrict rows, size_t ldr, float *restrict packed, size_t ldp);

/// The way back, for gradients: the first n columns of `packed` 4Hp×ldp to gate-major `rows` 4H×n; padding is dropped.
void hp_lstm_unpack_rows(size_t H, size_t n, const float *restrict packed, size_t ldp, float *restrict rows, size_t ldr);

/// A product that a step computes itself: rows·Wᵀ, where the rows are the states of the step before, or those of this step in
/// the layer below. The products never stand in memory.
typedef struct hp_lstm_operand {
    /// Columns of the rows: H, or the width of the layer below.
    size_t K;
    /// active×K, rows `ld` apart.
    const float *rows;
    size_t ld;
    /// From `hp_lstm_pack_weights`.
    const float *packed;
} hp_lstm_operand;

/// Advances the first `active` rows of a batch by one time step. (Sort the batch by length: the active rows are a prefix.)
///
/// - x: rows of 4Hp in packed order, W·x + b with both biases in it; padding 0.
/// - xrows: row b of the batch reads row xrows[b] of x (x is then a table over the vocabulary); NULL: row b.
/// - operands: what is added to x, in their order; of no operands: zero.
/// - c_prev: active×Hp; NULL: zeros.
/// - c_next: active×Hp, receives c'; may be c_prev.
/// - h_next: active×Hp, rows ld_h_next apart, receives h'; must not overlap an operand's rows.
/// - gates: NULL, or active×4Hp, receives i, f, g, o in packed order for `hp_lstm_step_backward`.
/// - from_last_block: goes through the blocks of units backwards. Alternate from step to step: the weights that were read last are
///   still in L1 then. No bit of the result depends on it.
///
/// 8·active·K·Hp floating-point operations for each operand, and 5·active·Hp exponentials.
void hp_lstm_step(hp_isa isa, size_t H, size_t active, const float *restrict x, const int32_t *_Nullable restrict xrows,
                  size_t operand_count, const hp_lstm_operand *_Nullable operands, const float *_Nullable c_prev, float *c_next,
                  float *restrict h_next, size_t ld_h_next, float *_Nullable restrict gates, bool from_last_block);

/// The way back through the elementwise part of a step. The caller has added up dh (from above, and from step t+1), and
/// computes dh_prev = dgates·U afterwards, with `hp_gemm_packed`.
///
/// - gates: active×4Hp, as saved by `hp_lstm_step`; c_prev: active×Hp, NULL: zeros; c: active×Hp, the step's c'.
/// - dh: active×Hp, rows ld_dh apart, the gradient of h'.
/// - dc: active×Hp, in: the gradient of c' that comes from step t+1; out: the gradient of c_prev.
/// - dgates: active×4Hp, receives the gradient of z, packed order; may be `gates`.
void hp_lstm_step_backward(hp_isa isa, size_t H, size_t active, const float *gates, const float *_Nullable restrict c_prev,
                           const float *restrict c, const float *restrict dh, size_t ld_dh, float *restrict dc, float *dgates);

// MARK: Reduced precision
//
// Recurrent products with weights and activations of 16 or 8 bits; what goes in and comes out is float32. Rows of weights (N×K, as
// PyTorch's) and rows of activations (M×K) are rounded:
// - bf16: to bfloat16, nearest, ties to even. Products are exact, sums float32. The AVX512_BF16 instruction takes subnormal
//   numbers as zeros.
// - int8: to q = round(127·x / max|x|), the largest of each row of weights and of each row of activations, which needs no
//   calibration. Sums of products are 32-bit integers, exact for K to 133,000 and the same for every instruction set; then
//   they are multiplied by both scales. A row that holds a NaN gives NaN.

typedef enum __attribute__((enum_extensibility(closed))) hp_precision {
    HP_PRECISION_BF16 __attribute__((swift_name("bf16"))) = 0,
    HP_PRECISION_INT8 __attribute__((swift_name("int8"))) = 1,
} hp_precision;

/// Whether this processor has an instruction for it that `isa` uses: AVX512_BF16, AVX512_VNNI. Without, `avx512` computes these
/// products as `avx2` does; int8 is then still faster than float32, and bf16 no longer is.
bool hp_reduced_is_native(hp_isa isa, hp_precision precision);

/// 32-bit words of N×K weights packed by `hp_reduced_pack`: N rounded up to 64, times K/2 (bf16), K/4 + 2 (int8 where `isa` has an
/// instruction for it), or K/2 + 1.
size_t hp_reduced_packed_words(hp_isa isa, hp_precision precision, size_t N, size_t K);

/// Packs weights once for many products by `isa`.
/// W: N×K.
void hp_reduced_pack(hp_isa isa, hp_precision precision, size_t N, size_t K, const float *restrict W, size_t ldw,
                     void *restrict packed);

/// 32-bit words of 4H×K weights packed by `hp_lstm_pack_reduced`.
size_t hp_lstm_reduced_packed_words(hp_isa isa, hp_precision precision, size_t H, size_t K);

/// As `hp_lstm_pack_weights`, for `hp_lstm_step_reduced`. The candidate's int8 weights have a second 8 bits each, for what the
/// first leave over: its errors add up in the cell state. (Where both stand as one number, sums are exact for 512 columns at a time.)
void hp_lstm_pack_reduced(hp_isa isa, hp_precision precision, size_t H, size_t K, const float *restrict W, size_t ldw,
                          void *restrict packed);

/// 32-bit words of scratch that a row of K activations takes.
size_t hp_reduced_row_words(size_t K);

/// C = A·Wᵀ. A: M×K; C: M×N; scratch: M·hp_reduced_row_words(K) words, contents undefined before and after.
void hp_reduced_multiply(hp_isa isa, hp_precision precision, size_t M, size_t N, size_t K, const float *restrict A, size_t lda,
                         const void *restrict packed, float *restrict C, size_t ldc, void *restrict scratch);

/// As `hp_lstm_operand`, for `hp_lstm_step_reduced`.
typedef struct hp_reduced_operand {
    size_t K;
    /// active×K, rows `ld` apart.
    const float *rows;
    size_t ld;
    /// From `hp_lstm_pack_reduced`.
    const void *packed;
    /// active·hp_reduced_row_words(K) words, contents undefined before and after; each operand has its own.
    void *scratch;
} hp_reduced_operand;

/// The most operands of a step.
#define HP_REDUCED_OPERANDS 2

/// tanh to 5.7e-5, as `hp_lstm_step_reduced` computes it. NaN stays NaN.
void hp_coarse_tanh(hp_isa isa, size_t n, const float *x, float *y);

/// `hp_lstm_step` with the operands' products in reduced precision. x, c and h are float32 as there, and so are the gates, but for σ and
/// tanh, which are `hp_coarse_tanh`: off by less than what rounding the states leaves.
void hp_lstm_step_reduced(hp_isa isa, hp_precision precision, size_t H, size_t active, const float *restrict x,
                          const int32_t *_Nullable restrict xrows, size_t operand_count,
                          const hp_reduced_operand *_Nullable operands, const float *_Nullable c_prev, float *c_next,
                          float *restrict h_next, size_t ld_h_next, bool from_last_block);

// MARK: GRU and plain recurrent cells
//
// Gate-major rows without padding; the product U h comes from `hp_gemm_packed` (N = 3H or H, K = H).

/// GRU, reset after the product (PyTorch; Keras with `reset_after`), Cho et al. 2014, doi:10.3115/v1/D14-1179:
/// r = σ(x_r + u_r), z = σ(x_z + u_z), n = tanh(x_n + r⊙u_n), h' = (1 - z)⊙n + z⊙h, where u = U h + b_h.
///
/// - x: rows of 3H in the order r, z, n, W·x + b; xrows as in `hp_lstm_step`.
/// - u: active×3H, the products U h; NULL: zeros. recurrent_bias: 3H, b_h, added to u; NULL: zeros.
/// - h_prev: active×H, rows ld_h_prev apart; NULL: zeros. h_next: likewise; may be h_prev.
/// - gates: NULL, or active×4H, receives r, z, n and u_n (bias included) for `hp_gru_cell_backward`.
void hp_gru_cell(hp_isa isa, size_t H, size_t active, const float *restrict x, const int32_t *_Nullable restrict xrows,
                 const float *_Nullable restrict u, const float *_Nullable restrict recurrent_bias, const float *_Nullable h_prev,
                 size_t ld_h_prev, float *h_next, size_t ld_h_next, float *_Nullable restrict gates);

/// - dh: active×H, rows ld_dh apart, the gradient of h'.
/// - dx: active×3H, receives the gradient of x; du: active×3H, receives that of u (sum its rows for recurrent_bias).
/// - dh_prev: active×H, receives z⊙dh, the part that does not pass through U; add du·U with `hp_gemm_packed`, `accumulate`.
///   With ld_dh = H it may be dh.
void hp_gru_cell_backward(hp_isa isa, size_t H, size_t active, const float *restrict gates, const float *_Nullable restrict h_prev,
                          size_t ld_h_prev, const float *dh, size_t ld_dh, float *restrict dx, float *restrict du, float *dh_prev);

/// h' = tanh(x + u + b). x: rows of H, xrows as in `hp_lstm_step`; u: active×H, U h, NULL: zeros; recurrent_bias: H, NULL: zeros;
/// h_next: active×H, rows ld_h_next apart.
void hp_rnn_cell(hp_isa isa, size_t H, size_t active, const float *restrict x, const int32_t *_Nullable restrict xrows,
                 const float *_Nullable restrict u, const float *_Nullable restrict recurrent_bias, float *restrict h_next,
                 size_t ld_h_next);

/// dz = dh⊙(1 - h'²), the gradient of x and of u. h, dh: active×H, rows ld_h and ld_dh apart; dz: active×H.
void hp_rnn_cell_backward(hp_isa isa, size_t H, size_t active, const float *restrict h, size_t ld_h, const float *restrict dh,
                          size_t ld_dh, float *restrict dz);

// MARK: Functions over arrays
//
// y may be x. NaN gives NaN, infinities give the limits. Errors are against double precision, over all floats.

/// y = e^x, within 1.05 ulp.
void hp_exp(hp_isa isa, size_t n, const float *x, float *y);
/// y = 1/(1 + e^-x), within 2.41 ulp, in the lower tail too: σ(-100) = 3.8e-44.
void hp_sigmoid(hp_isa isa, size_t n, const float *x, float *y);
/// y = tanh x, within 2.61 ulp; exactly ±1 from |x| = 9.02 up; tanh(-0) = +0.
void hp_tanh(hp_isa isa, size_t n, const float *x, float *y);

/// y += x.
void hp_add(hp_isa isa, size_t n, const float *restrict x, float *restrict y);
/// y = max(x, y), NaN where either is.
void hp_max(hp_isa isa, size_t n, const float *restrict x, float *restrict y);
/// y += a·x.
void hp_axpy(hp_isa isa, size_t n, float a, const float *restrict x, float *restrict y);
/// x *= a.
void hp_scale(hp_isa isa, size_t n, float a, float *x);
/// Σ x·y: 32 lanes in float32, folded into a double every 4,096 elements. The order is the same for every instruction set.
double hp_dot(hp_isa isa, size_t n, const float *x, const float *y);
/// out[m·K + k] = bias[k] + Σ_i x[m·n + i]·w[k·n + i]: products with few rows, such as the scores of four tags, for which the tiles
/// of `hp_gemm` are too wide. x: M×n; w: K×n; out: M×K. Each sum is of as many lanes as the vectors have, folded pairwise.
void hp_scores(hp_isa isa, size_t M, size_t K, size_t n, const float *restrict x, const float *restrict w, const float *restrict bias,
               float *restrict out);
/// Σ x², as `hp_dot`.
static inline double hp_sum_of_squares(hp_isa isa, size_t n, const float *x) { return hp_dot(isa, n, x, x); }

/// float32 to IEEE half precision, round to nearest, ties to even; overflow gives infinity, NaN stays NaN.
/// The same bits for every instruction set.
void hp_f16_from_f32(hp_isa isa, size_t n, const float *restrict x, uint16_t *restrict y);
/// IEEE half precision to float32, exact.
void hp_f32_from_f16(hp_isa isa, size_t n, const uint16_t *restrict x, float *restrict y);

// MARK: Word vectors

/// One step of gradient ascent on ln σ(aᵢ·b₀) + Σⱼ ln σ(−aᵢ·bⱼ), j from 1, summed over i: skip-gram with negative sampling (Mikolov et al.
/// 2013, arXiv:1310.4546), the negatives shared by the words of a window (Ji et al. 2016, arXiv:1604.04661). The aᵢ are rows of
/// `input_rows` that `input_ids` names, the bⱼ rows of `output_rows`; both move at once. `output_ids[0]` is the word that was there.
/// `scratch`: inputs · (outputs + width) floats. The two tables must not overlap.
void hp_skip_gram(hp_isa isa, size_t width, size_t inputs, const int32_t *input_ids, float *input_rows, size_t outputs,
                  const int32_t *output_ids, float *output_rows, float rate, float *scratch);

// MARK: Optimisers

/// One step of Adam (Kingma & Ba 2015, arXiv:1412.6980) and AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101).
typedef struct hp_adam {
    float learning_rate;
    float beta1;
    float beta2;
    float epsilon;
    /// 1 - beta1^t and 1 - beta2^t at step t = 1, 2, …
    float correction1;
    float correction2;
    /// Multiplies the gradient first: 1, or what clips its norm.
    float gradient_scale;
    /// Added to the gradient as l2·w; 0 for AdamW.
    float l2;
    /// Decoupled: w *= 1 - learning_rate·decay before the step; 0 for Adam.
    float decay;
} hp_adam;

/// g' = gradient_scale·g + l2·w; m = β1·m + (1-β1)·g'; v = β2·v + (1-β2)·g'²; w *= 1 - lr·decay;
/// w -= lr·(m/correction1) / (√v/√correction2 + ε). All arrays: n floats. PyTorch's order of operations.
void hp_adam_update(hp_isa isa, size_t n, const hp_adam *p, const float *restrict gradient, float *restrict m, float *restrict v,
                    float *restrict w);

typedef struct hp_sgd {
    float learning_rate;
    float momentum;
    /// Multiplies the gradient first: 1, or what clips its norm.
    float gradient_scale;
    /// Added to the gradient as l2·w.
    float l2;
    bool nesterov;
} hp_sgd;

/// g' = gradient_scale·g + l2·w; v = momentum·v + g'; w -= lr·v, or lr·(g' + momentum·v) with `nesterov` (PyTorch's forms).
/// All arrays: n floats. velocity NULL: no momentum, w -= lr·g'.
void hp_sgd_update(hp_isa isa, size_t n, const hp_sgd *p, const float *restrict gradient, float *_Nullable restrict velocity,
                   float *restrict w);

// MARK: Embedding

/// Row r of out = scale · Σ table[ids[k]] for bounds[r] ≤ k < bounds[r + 1], the rows added in the order of k; a negative id adds
/// nothing.
///
/// - bounds: count + 1 of them. table: `rows` rows of `width` floats; out: `count` rows of them.
/// - Returns: false, and out undefined, if an id is not below `rows`: checked here, as a scan of its own took as long as the sums.
/// The same bits on every processor: only sums, and one product at the end.
bool hp_sum_rows(size_t count, const ptrdiff_t *restrict bounds, const int32_t *restrict ids, const float *restrict table,
                 size_t rows, size_t width, float scale, float *restrict out);

#pragma clang assume_nonnull end

#endif
