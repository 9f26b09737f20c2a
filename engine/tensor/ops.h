/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/pass.h"

/* The operations that models are made of. Each has its forward and, below it in the same file, its backward. All return
 * tensors of the pass; inputs must outlive it. d before a name means the derivative of the loss with respect to it.
 * Letters: R rows, D columns (width), H heads, S segments (the pictures or texts of a batch, one below the other). */

G_BEGIN_DECLS

/* --- linear.c ----------------------------------------------------------------------------------------------------- */

/**
 * rg_linear: y = x · Wᵀ + b + r
 * @x: R × D_in
 * @weight: D_out × D_in (as the field stores it); may be stored in another type, and then wants no derivative
 * @bias: (nullable): 1 × D_out
 * @residual: (nullable): R × D_out; its derivative is the output's, moved, not copied
 *
 * Returns: R × D_out
 */
RgTensor *rg_linear (RgPass *pass, RgTensor *x, RgTensor *weight, RgTensor *bias, RgTensor *residual);

/**
 * RgLinear: the weights of one linear map.
 * @weight: D_out × D_in
 * @bias: 1 × D_out, or 0 × 0 where there is none
 */
typedef struct
{
  RgTensor weight, bias;
} RgLinear;

/** rg_linear_get_bias: Returns: (transfer none) (nullable): for rg_linear(). */
RgTensor *rg_linear_get_bias (RgLinear *self);

/**
 * rg_linear_rows: the map by some rows of the weights alone, as where queries, keys and values are of one matrix
 * @x: R × D_in
 * @first: of @n rows of the map; best a multiple of %RG_PANEL_COLUMNS, as weights that are packed are packed once more where it is none
 *
 * Returns: R × @n; what rg_linear() has in columns @first …
 */
RgTensor *rg_linear_rows (RgPass *pass, RgTensor *x, RgLinear *map, gsize first, gsize n);

/**
 * rg_linear_beside: several maps of the same rows, their results side by side, as attention wants queries, keys and values
 * @x: R × D_in
 * @parts: (array length=n): may have different D_out
 *
 * Returns: R × Σ D_out
 */
RgTensor *rg_linear_beside (RgPass *pass, RgTensor *x, RgLinear *parts, guint n);

/** RG_LINEAR_MAX: the most maps of rg_linear_beside() and rg_linear_apart(). */
#define RG_LINEAR_MAX 3

/**
 * rg_linear_apart: several maps of the same rows, each with a result of its own, as a gated MLP wants them
 * @parts: (array length=n): see rg_linear_beside()
 * @results: (out caller-allocates) (array length=n): R × D_out each
 */
void rg_linear_apart (RgPass *pass, RgTensor *x, RgLinear **parts, guint n, RgTensor **results);

/* --- norm.c ------------------------------------------------------------------------------------------------------- */

/**
 * rg_layer_norm: y = (x − mean) / √(variance + ε) · γ + β over each row (Ba, Kiros and Hinton, 2016)
 * @x: R × D
 * @gain: 1 × D, γ
 * @bias: 1 × D, β
 */
RgTensor *rg_layer_norm (RgPass *pass, RgTensor *x, RgTensor *gain, RgTensor *bias, float epsilon);

/** rg_layer_norm_factor: as rg_layer_norm(), its result as rg_pass_factor() makes it. */
RgTensor *rg_layer_norm_factor (RgPass *pass, RgTensor *x, RgTensor *gain, RgTensor *bias, float epsilon);

/**
 * rg_rms_norm: y = x / √(mean of x² + ε) · (@offset + γ) over each row (Zhang and Sennrich, 2019)
 * @gain: 1 × D, γ; or of a width that divides D: then over each part of a row of that width, as over the heads of queries
 */
RgTensor *rg_rms_norm (RgPass *pass, RgTensor *x, RgTensor *gain, float offset, float epsilon);

/** rg_normalize_rows: y = x / |x| for each row; a row of zeros stays zero. */
RgTensor *rg_normalize_rows (RgPass *pass, RgTensor *x);

/* --- activation.c ------------------------------------------------------------------------------------------------- */

/**
 * RgActivation: the functions between the layers of the field's models.
 * @RG_ACTIVATION_GELU_TANH: x / 2 · (1 + tanh (√(2/π) (x + 0.044715 x³))) (Hendrycks and Gimpel, 2016, the tanh form)
 * @RG_ACTIVATION_GELU_ERF: x / 2 · (1 + erf (x / √2)) (the same paper's definition)
 * @RG_ACTIVATION_GELU_QUICK: x · σ (1.702 x) (the same paper's other approximation)
 * @RG_ACTIVATION_SILU: x · σ (x)
 * @RG_ACTIVATION_RELU: max (x, 0)
 */
typedef enum
{
  RG_ACTIVATION_GELU_TANH,
  RG_ACTIVATION_GELU_ERF,
  RG_ACTIVATION_GELU_QUICK,
  RG_ACTIVATION_SILU,
  RG_ACTIVATION_RELU,
} RgActivation;

/** rg_activate: y = f (x), element by element. */
RgTensor *rg_activate (RgPass *pass, RgTensor *x, RgActivation kind);

/** rg_activate_factor: as rg_activate(), its result as rg_pass_factor() makes it; a compact pass then does not read @x once more. */
RgTensor *rg_activate_factor (RgPass *pass, RgTensor *x, RgActivation kind);

/** rg_multiply: y = a · b, element by element; a gate (Shazeer, “GLU variants improve Transformer”, 2020). */
RgTensor *rg_multiply (RgPass *pass, RgTensor *a, RgTensor *b);

/**
 * rg_add_gated: y = x + tanh (g) · f (Alayrac et al., “Flamingo”, 2022)
 * @gate: 1 × 1, g; has no derivative
 * @closed: (nullable): a byte for each row, not 0 where nothing is added; must live as long as the pass records
 */
RgTensor *rg_add_gated (RgPass *pass, RgTensor *x, RgTensor *f, const RgTensor *gate, const guint8 *closed);

/** rg_exp_scale: y = exp (s) · x, a learned temperature; @log_scale: 1 × 1. */
RgTensor *rg_exp_scale (RgPass *pass, RgTensor *x, RgTensor *log_scale);

/* --- attention.c -------------------------------------------------------------------------------------------------- */

/**
 * RgAttentionWalk: what the backward pass does where it passes attention, for relevancy (Chefer, Gur and Wolf, 2021): with
 *   Ā = mean over heads of max (p · dp, 0), p the probabilities and dp as in RgAttentionSpec.record_grad, row by row
 *   w ← w + w Ā. No matrix of all rows is kept for that, unless it is asked for.
 * @relevancy: w, for each row; read and written by the backward pass, for which it may be set anew each time
 * @order: (nullable): the number in @relevancy of each row, where they are sorted; set by whoever sorts them
 * @mean: (nullable): n × n for n rows: there Ā is written by the backward pass; where the pass does not record, the mean over heads of p
 *   by the forward pass, which nothing else of this concerns
 * @again: whether the backward pass computes the probabilities once more, block by block (Dao et al., “FlashAttention”, 2022), instead
 *   of finding them kept: of n rows there are H · n²
 */
typedef struct
{
  double *relevancy;
  const guint32 *order;
  float *mean;
  gboolean again;
} RgAttentionWalk;

/**
 * RgAttentionSpec:
 * @n_heads: H
 * @n_kv_heads: 0 for H; otherwise so many heads of keys and values, each serving H / n_kv_heads heads of queries one after
 *   the other (Ainslie et al., “GQA”, 2023)
 * @head_dim: width of one head
 * @scale: what scores are multiplied with before the softmax; 0 for 1 / √head_dim
 * @n_segments: S; queries of a segment see the keys of the same segment only
 * @q_offsets: S + 1 row numbers: segment s is the query rows q_offsets[s] … q_offsets[s + 1] − 1
 * @k_offsets: likewise for keys and values
 * @causal: the last query of a segment sees all its keys, the one before all but the last …
 * @mutual_first, @mutual_end: one segment only: but the queries of these keys (those before counted) all see up to the last of
 *   them: a prompt that is seen as a whole (prefix-LM, Raffel et al., “T5”, 2020), or a picture in a text
 * @window: causal only: a query sees so many keys at most, its own the last (Beltagy et al., “Longformer”, 2020), and of its
 *   @mutual_first … @mutual_end all; those before counted, which all stand where they were read. 0 where it sees all
 * @before_k, @before_v, @n_before: rows of keys and values that stand before those of @k and @v in every segment, and lie
 *   elsewhere: a picture that many texts look back at. Derivatives do not flow into them
 * @before_ends: (nullable): for each query, with @q_rows for each row of the text, how many of those it sees, from the first on; not
 *   while the pass records
 * @record: (nullable): for each segment H × queries × keys probabilities are written here
 * @record_last: of which only those of so many last queries, where it is not 0; one segment only, and the pass does not record
 * @record_grad: (nullable): one segment only: the backward pass writes the derivatives of the loss with respect to those
 *   probabilities here, each as if the others stayed as they are
 * @walk: (nullable): of rows that are queries and keys alike, none of which stand before
 * @hidden: (nullable): a byte for each key row (of @before_k, where there is one, for one segment after the other): where it is
 *   not 0 no query sees the key, and the others share its probability in proportion. A query that is left without any key gets
 *   zeros
 * @hidden_rows: one segment only, that is not causal: so many queries have the same keys hidden, and the next so many other ones,
 *   for which the next bytes of @hidden are; 0 where all have the same
 * @q_period: one segment only, that is not causal: so many queries, and then the same again and again, whose scores are the same but
 *   for what is hidden; 0 where they are all their own
 * @q_rows: (nullable): the queries are a choice of a text's rows, with these rising numbers; they see what they would see
 *   if all were there
 * @row_offsets: S + 1 row numbers of the text, as @q_offsets would be without the choice
 *
 * The offsets, @q_rows, @hidden, @walk and @record_grad must live as long as the pass records.
 */
typedef struct
{
  guint n_heads, n_kv_heads, head_dim;
  float scale;
  guint n_segments;
  const guint *q_offsets, *k_offsets;
  gboolean causal;
  gsize mutual_first, mutual_end, window;
  RgView before_k, before_v;
  gsize n_before;
  const guint32 *before_ends;
  float *record;
  gsize record_last;
  float *record_grad;
  const RgAttentionWalk *walk;
  const guint8 *hidden;
  gsize hidden_rows;
  gsize q_period;
  const guint32 *q_rows;
  const guint *row_offsets;
} RgAttentionSpec;

/**
 * rg_attention: y = softmax (scale · q kᵀ) v, head by head (Vaswani et al., 2017)
 * @q: H · head_dim columns of a tensor with a row a query
 * @k: n_kv_heads · head_dim columns of a tensor with a row a key
 * @v: likewise
 *
 * Returns: queries × (H · head_dim); in a compact pass that records, and if @spec asks for nothing more, as rg_pass_factor() makes it
 */
RgTensor *rg_attention (RgPass *pass, RgView q, RgView k, RgView v, const RgAttentionSpec *spec);

/**
 * rg_attention_forget: rg_pass_forget() for queries, keys and values that only that attention reads, where it kept its own of them
 */
void rg_attention_forget (RgPass *pass, RgView q, RgView k, RgView v, const RgAttentionSpec *spec);

/* --- rotation.c --------------------------------------------------------------------------------------------------- */

/**
 * RgRotation: by which angles the rows of a text are turned, made once for all layers.
 * @cosines, @sines: n_rows × half, of the angle of each pair of each row
 * @pairs: whether the two that turn together stand side by side, (2 i, 2 i + 1), and not half a head apart, (i, i + half)
 */
typedef struct
{
  gsize n_rows;
  guint half;
  const float *cosines, *sines;
  gboolean pairs;
} RgRotation;

/** RG_ROTARY_AXES: of positions, at most: time, row and column. */
#define RG_ROTARY_AXES 3

/**
 * RgRotaryStretch: for texts longer than those of the first training, pairs that turn slowly turn more slowly still (Grattafiori et
 *   al., “The Llama 3 herd of models”, 2024): with n turns over @length positions, those of n < @low by @factor, those of n > @high
 *   not at all, and in between in proportion to n.
 * @factor: 0 where nothing is stretched
 */
typedef struct
{
  float factor, low, high, length;
} RgRotaryStretch;

/** rg_rotary_stretch_evenly: every pair by @factor, as if positions were closer together (Chen et al., “Positional interpolation”, 2023). */
void rg_rotary_stretch_evenly (RgRotaryStretch *self, float factor);

/**
 * RgRotary: how positions turn the pairs of a head.
 * @head_dim: width of a head, even
 * @base: pair i turns by position · base^(−2 i / head_dim)
 * @sections: how many pairs the positions of each axis turn, one axis behind the other, head_dim / 2 in all (M-RoPE, Wang et
 *   al., “Qwen2-VL”, 2024); all 0 where there is one axis that turns all
 * @restarts: whether the exponent begins anew with each section, all of which then are as long: base^(−i / length), i from the
 *   section's first pair on
 * @stretch: of the frequencies
 */
typedef struct
{
  guint head_dim;
  float base;
  guint sections[RG_ROTARY_AXES];
  gboolean restarts;
  RgRotaryStretch stretch;
} RgRotary;

/** rg_rotary_get_n_axes: Returns: 1 or more. */
guint rg_rotary_get_n_axes (const RgRotary *self);

/**
 * rg_rotation_new: rotary positions (Su et al., 2021)
 * @positions: (array): @n rows of a position for each axis
 *
 * Returns: (transfer none): lives until the pass is reset
 */
RgRotation *rg_rotation_new (RgPass *pass, const guint *positions, gsize n, const RgRotary *rotary);

/** rg_rotation_choose: Returns: (transfer none): of @n of its rows; lives until the pass is reset. */
RgRotation *rg_rotation_choose (RgPass *pass, const RgRotation *all, const guint32 *rows, gsize n);

/**
 * rg_rotate: turns, in place, the pairs of each of @n_heads heads of width 2 · half from column @col on
 * @x: a row for each of the rotation's, or for the first of them
 * @rotation: must live as long as the pass records
 */
void rg_rotate (RgPass *pass, RgView x, guint n_heads, const RgRotation *rotation);

/* --- convolution.c ------------------------------------------------------------------------------------------------ */

/**
 * RgConvolution: a square kernel over channels-last pictures.
 * @height, @width: of the input; @n_images pictures one below the other
 * @is_line: what is filtered has one dimension, such as time: pictures of height 1 with kernels of height 1
 */
typedef struct
{
  gsize n_images, height, width;
  guint kernel, stride, padding;
  gboolean is_line;
} RgConvolution;

/** rg_convolution_out: Returns: the output's extent for an input's @extent. */
gsize rg_convolution_out (const RgConvolution *spec, gsize extent);

/**
 * rg_convolution:
 * @x: (n_images · height · width) × C_in
 * @weight: C_out × (kernel · kernel · C_in), in the order row, column, channel; of a line C_out × (kernel · C_in)
 * @bias: 1 × C_out
 * @residual: (nullable): added to the output, see rg_linear()
 *
 * Returns: (n_images · out · out) × C_out; of lines (n_images · out) × C_out
 */
RgTensor *rg_convolution (RgPass *pass, RgTensor *x, RgTensor *weight, RgTensor *bias, RgTensor *residual, const RgConvolution *spec);

/**
 * rg_max_pool: the largest value of each window, channel by channel; what is outside the picture does not count
 * @x: (n_images · height · width) × C
 * @spec: padding less than the kernel
 *
 * Returns: (n_images · out · out) × C
 */
RgTensor *rg_max_pool (RgPass *pass, RgTensor *x, const RgConvolution *spec);

/**
 * rg_patches: cuts pictures into squares without overlap, as the patch embeddings of ViTs want them
 * @x: (n_images · channels · height) × width: the planes of the pictures one below the other
 * @side: of a patch; divides height and width
 *
 * Returns: a row a patch, row by row of the picture: channels · side · side values, channel by channel
 */
RgTensor *rg_patches (RgPass *pass, RgTensor *x, gsize n_images, gsize channels, gsize side);

/* --- rows.c ------------------------------------------------------------------------------------------------------- */

/**
 * RgRowChoice: some rows of a batch of segments.
 * @rows: their numbers, rising
 * @n: how many
 * @offsets: S + 1 places in @rows: those of segment s are rows[offsets[s]] … rows[offsets[s + 1] − 1]
 */
typedef struct
{
  const guint32 *rows;
  gsize n;
  const guint *offsets;
} RgRowChoice;

/** rg_gather_rows: y[i] = x[ids[i]]: an embedding, whose table may be stored in another type, or a choice of rows; @ids must live as long as the pass records. */
RgTensor *rg_gather_rows (RgPass *pass, RgTensor *x, const guint32 *ids, gsize n);

/** rg_add_repeated: y = x + p, where @p (R_p × D) is added again to every R_p rows of @x. */
RgTensor *rg_add_repeated (RgPass *pass, RgTensor *x, RgTensor *p);

/** rg_prepend_row: puts @row (1 × D) in front of each of the @n_segments equal parts of @x. */
RgTensor *rg_prepend_row (RgPass *pass, RgTensor *x, RgTensor *row, gsize n_segments);

/** rg_concat_rows: a above b. */
RgTensor *rg_concat_rows (RgPass *pass, RgTensor *a, RgTensor *b);

/** rg_put_rows: y = x but for the rows @ids, which are those of @rows (N × D), all different; @ids must live as long as the pass records. */
RgTensor *rg_put_rows (RgPass *pass, RgTensor *x, RgTensor *rows, const guint32 *ids);

/** rg_join_rows: every @n rows, one behind the other, become one: R/n × n · D. Its values are those of @x, where they lie. */
RgTensor *rg_join_rows (RgPass *pass, RgTensor *x, gsize n);

/** rg_join_columns: a beside b, R × (D_a + D_b). */
RgTensor *rg_join_columns (RgPass *pass, RgTensor *a, RgTensor *b);

/** rg_segment_mean: Returns: S × D, the mean row of each segment; @offsets as in RgAttentionSpec. */
RgTensor *rg_segment_mean (RgPass *pass, RgTensor *x, const guint *offsets, guint n_segments);

/* --- loss.c ------------------------------------------------------------------------------------------------------- */

/**
 * rg_cross_entropy: the mean over rows with a target of −log softmax (logits)[target]
 * @logits: R × classes
 * @targets: R class numbers, −1 for rows that do not count
 * @weight: what the derivative that is left in the logits is multiplied with
 * @n_right: (out) (optional): rows whose largest logit is the target's
 * @n_counted: (out) (optional): rows with a target
 *
 * Returns: the mean, 0 where no row counts
 */
double rg_cross_entropy (RgPass *pass, RgTensor *logits, const int *targets, float weight, guint *n_right, guint *n_counted);

G_END_DECLS
