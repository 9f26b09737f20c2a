/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/formats/weights.h"
#include "engine/tensor/gemm.h"
#include "engine/tensor/random.h"
#include "engine/tensor/tensor.h"

/* The parameters of a model, one table: each part declares its tensors (name, shape, how to begin), then all of them are
 * either begun at random for training, bound to a file, or shared with another thread's copy of the model. Training sees
 * them as one flat array, so that optimizer, clipping and reduction are three plain loops. */

G_BEGIN_DECLS

/**
 * RgInit: what a parameter begins with.
 * @RG_INIT_CONSTANT: every value is the scale
 * @RG_INIT_NORMAL: normal distribution, standard deviation the scale
 * @RG_INIT_PLACES: two-dimensional sinusoids times the scale: rows are the cells of a square grid; a quarter of the columns
 *   each sine and cosine of the row and of the column, frequencies from 1 to 1/20 on a grid stretched to 8 × 8
 */
typedef enum
{
  RG_INIT_CONSTANT,
  RG_INIT_NORMAL,
  RG_INIT_PLACES,
} RgInit;

/**
 * RgParameterKind: what a parameter is to the optimizer.
 * @RG_PARAMETER_VECTOR: gains, biases, places: no weight decay
 * @RG_PARAMETER_TABLE: rows that are used one by one, such as word vectors: weight decay
 * @RG_PARAMETER_MATRIX: what ops multiply with, each row in one op of a pass: weight decay, and its updates may be made orthogonal
 */
typedef enum
{
  RG_PARAMETER_VECTOR,
  RG_PARAMETER_TABLE,
  RG_PARAMETER_MATRIX,
} RgParameterKind;

/**
 * RgLoadWatch: who looks on while weights are read.
 * @cancellable: (nullable): looked at before each tensor
 * @progress: (nullable): called with @data after each tensor, with the fraction of their bytes that are read
 */
typedef struct
{
  GCancellable *cancellable;
  void (*progress) (double fraction, gpointer data);
  gpointer data;
} RgLoadWatch;

typedef struct _RgParameters RgParameters;

RgParameters *rg_parameters_new (void) G_GNUC_WARN_UNUSED_RESULT;
void rg_parameters_free (RgParameters *self);

/**
 * rg_parameters_declare:
 * @tensor: (out caller-allocates): becomes rows × cols; must outlive @self; has no data until one of the functions below
 * @kind: what it is to the optimizer
 * @format: printf format of the name in the file, where the tensor is two-dimensional; a dot at its beginning, behind which
 *   a part without a prefix has its name, is left out
 */
void rg_parameters_declare (RgParameters *self, RgTensor *tensor, gsize rows, gsize cols, RgInit init, float scale, RgParameterKind kind, const char *format, ...) G_GNUC_PRINTF (8, 9);

/**
 * rg_parameters_set_in_out: whether the matrices that are declared from now on lie in the file as D_in × D_out, the way of
 *   GPT-2's first code, and are turned when they are read
 */
void rg_parameters_set_in_out (RgParameters *self, gboolean in_out);

/**
 * rg_parameters_set_window:
 * @n: places of a window, 0 for none
 *
 * Whether the matrices that are declared from now on are kernels of convolutions, which lie in the file channel by channel, as
 * PyTorch has them, and are turned when they are read: to all channels of a place, place by place.
 */
void rg_parameters_set_window (RgParameters *self, guint n);

/**
 * rg_parameters_add_alias:
 * @name: of declared tensors, or how the names of several begin
 * @alias: what stands in its place in files that do not have them: another name of the same, or what is the same
 *
 * Of several for one tensor, the first that a file has counts.
 */
void rg_parameters_add_alias (RgParameters *self, const char *name, const char *alias);

/** rg_parameters_count: Returns: the number of values. */
gsize rg_parameters_count (const RgParameters *self);

/** rg_parameters_begin: gives every tensor memory and its first values. */
void rg_parameters_begin (RgParameters *self, RgRandom *random);

/**
 * rg_parameters_share: every tensor gets the data, and the panels, of the same declaration in @source, which must outlive @self
 */
void rg_parameters_share (RgParameters *self, RgParameters *source);

/**
 * rg_parameters_grow: as rg_parameters_begin(), with the values of @source, whose grids of places may have another number of
 *   cells: what was learned about a place, apart from the sinusoids that it began with, is interpolated between cells.
 */
void rg_parameters_grow (RgParameters *self, RgParameters *source);

/**
 * rg_parameters_pack: packs matrices and tables for products in bfloat16, now and after each change of the values; only where
 *   rg_gemm_rounds(FAST). Those that rg_parameters_share() these from then on have the panels, too
 * @int8: round matrices of at most %RG_INT8_MOST rows and columns to 8 bits instead; only where rg_gemm_int8_is_supported(). The first
 *   time decides
 */
void rg_parameters_pack (RgParameters *self, RgPool *pool, gboolean int8);

/**
 * rg_parameters_want_grads:
 * @sums: (nullable): the parameters of a replica, which want gradients already and whose pass, of the same ops, is ahead of this
 *   one's (see rg_pass_backward_behind()); always the same or always %NULL
 *
 * Before each pass that goes backward: gives every tensor memory for a gradient and forgets what is there. With @sums the pass adds
 * to the gradients of the matrices of @sums, and there is memory for the other tensors alone.
 */
void rg_parameters_want_grads (RgParameters *self, RgParameters *sums);

/** rg_parameters_complete_grads: after it: clears the gradients that the pass did not write, or adds those of other tensors than
 *   matrices to the sums, which are complete. */
void rg_parameters_complete_grads (RgParameters *self);

/** rg_parameters_set_watch: @watch: (nullable): borrowed until the weights are read. */
void rg_parameters_set_watch (RgParameters *self, const RgLoadWatch *watch);

/**
 * rg_parameters_bind: gives every tensor its values in a file
 * @weights: has every declared name; a tensor may have more dimensions than two, where its first ones make the rows and the
 *   others the columns, and a vector is a row. F32, F16, BF16 or quantised
 * @path: what the messages call @weights
 * @writable: whether the values will be changed. Otherwise matrices and tables stay in the type that the file has, and
 *   mapped from it; those declared with rg_parameters_set_in_out() or rg_parameters_set_window() are copied, but lie in memory only once, as the file's
 *   pages are given back. Vectors, which take little room, become single precision
 *
 * NaN and infinity are refused.
 *
 * Errors: %RG_ERROR_SHAPE, %RG_ERROR_VALUE; both name the tensor.
 */
gboolean rg_parameters_bind (RgParameters *self, RgWeights *weights, const char *path, gboolean writable, GError **error);

/**
 * rg_parameters_get_precision:
 * @measuring: whether numbers of the pass are compared with one another or with other programs', as explanations and dumps
 *   do; an answer needs no more than the file's own precision
 *
 * Returns: for a pass through the model, where the file has most values in less than single precision: %RG_PRECISION_SPLIT for
 *   @measuring, otherwise %RG_PRECISION_FAST; %RG_PRECISION_F32 for files in single precision
 */
RgPrecision rg_parameters_get_precision (const RgParameters *self, gboolean measuring);

/** rg_parameters_load: rg_parameters_bind() to what rg_weights_open() finds at @path. */
gboolean rg_parameters_load (RgParameters *self, const char *path, gboolean writable, GError **error);

/** rg_parameters_save: writes all tensors as F32, atomically; only after rg_parameters_begin() or a writable load. */
gboolean rg_parameters_save (RgParameters *self, const char *path, GError **error);

/**
 * rg_parameters_get_values: Returns: (transfer none): all values in the order of declaration; only after
 *   rg_parameters_begin() or a writable load
 */
float *rg_parameters_get_values (RgParameters *self);

/** rg_parameters_get_grads: Returns: (transfer none): all derivatives in the same order; not with other parameters' sums. */
float *rg_parameters_get_grads (RgParameters *self);

/**
 * RgParametersFunc:
 * @start: of its first value among all values
 * @rows, @cols: shape
 */
typedef void (*RgParametersFunc) (gsize start, gsize rows, gsize cols, RgParameterKind kind, gpointer data);

/** rg_parameters_visit: calls @func for each parameter, in order. */
void rg_parameters_visit (RgParameters *self, RgParametersFunc func, gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgParameters, rg_parameters_free)

G_END_DECLS
