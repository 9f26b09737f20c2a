/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/tensor/arena.h"
#include "engine/tensor/gemm.h"
#include "engine/tensor/pool.h"
#include "engine/tensor/tensor.h"

/* A pass is one run through a model: where its tensors live, how it computes, and what it keeps. The same forward code
 * serves inference (nothing is kept), explanation (attention is recorded) and training (each op leaves a node that knows
 * how to go backward). One thread at a time; two threads use two passes. */

G_BEGIN_DECLS

typedef struct _RgPass RgPass;
typedef struct _RgNode RgNode;

/**
 * RgNode: what an op leaves behind when the pass records; ops embed it as the first field of their own struct.
 */
struct _RgNode
{
  void (*backward) (RgPass *pass, RgNode *node);
  RgNode *previous;
  RgTensor *made; /* what the op made, nullable; nothing reads its derivatives once the node has run */
};

struct _RgPass
{
  RgArena *arena;
  RgPool *pool;              /* borrowed, nullable: ops then run in the calling thread */
  RgPrecision precision;     /* of the matrix products */
  gboolean recording;        /* keep nodes for rg_pass_backward() */
  gboolean compact;          /* rg_pass_factor() makes bfloat16: half the memory to go through; set where rg_gemm_rounds(FAST) */
  RgNode *last;              /* newest node */
  int n_nodes;               /* recorded since the reset */
  GArray *spare;             /* memory of values and derivatives that were used, for those to come */
  GCancellable *cancellable; /* borrowed, nullable */
};

/** rg_pass_new: @pool: (nullable): borrowed, must outlive the pass. */
RgPass *rg_pass_new (RgPool *pool, RgPrecision precision) G_GNUC_WARN_UNUSED_RESULT;
void rg_pass_free (RgPass *self);

/** rg_pass_reset: gives back all tensors of the pass and forgets its nodes. */
void rg_pass_reset (RgPass *self);

/** rg_pass_set_cancellable: @cancellable: (nullable) (transfer none): looked at once a layer; must stay until replaced. */
void rg_pass_set_cancellable (RgPass *self, GCancellable *cancellable);

/** rg_pass_is_cancelled: whether the work should stop; model parts ask once a layer. */
gboolean rg_pass_is_cancelled (RgPass *self);

/** rg_pass_tensor: Returns: (transfer none): rows × cols uninitialised values that live until the reset or rg_pass_forget(). */
RgTensor *rg_pass_tensor (RgPass *self, gsize rows, gsize cols);

/**
 * rg_pass_factor: Returns: (transfer none): rows × cols uninitialised values that linear maps, convolutions and rg_gather_rows() alone will read.
 *   In a compact pass they are @stored as %RG_DTYPE_BF16, to which the products would round them; otherwise floats
 */
RgTensor *rg_pass_factor (RgPass *self, gsize rows, gsize cols);

/**
 * rg_pass_forget: says that no op will read the values of @tensor any more, forward or backward; in a compact pass that records, which goes
 *   through a lot of memory once, what is made next may have its place. For what an op of the pass made as floats, but not for the
 *   values of another tensor, as rg_join_rows() gives them. Once more does no harm
 */
void rg_pass_forget (RgPass *self, RgTensor *tensor);

/** rg_pass_input: Returns: (transfer none): a tensor over the caller's @data, which must outlive the pass; no gradient. */
RgTensor *rg_pass_input (RgPass *self, gsize rows, gsize cols, const float *data);

/**
 * rg_pass_keep: gives back all tensors that were made since @mark, but for @x, which moves; for long stacks of layers in a
 *   pass that does not record, and has not forgotten anything since
 *
 * Returns: (transfer none): @x
 */
RgTensor *rg_pass_keep (RgPass *self, RgArenaMark mark, const RgTensor *x);

/**
 * rg_pass_node:
 * @size: of the op's struct, whose first field is an RgNode
 * @made: (nullable): the tensor that the op made; of several nodes that make one together only the oldest may say so
 *
 * Returns: (transfer none): a new newest node
 */
gpointer rg_pass_node (RgPass *self, gsize size, void (*backward) (RgPass *, RgNode *), RgTensor *made);

/**
 * rg_pass_grad:
 * @accumulate: (out): whether to add to what is there (otherwise write)
 *
 * For backward functions: Returns: (transfer none): the derivatives of @tensor, rows × cols; memory that nobody reads where
 *   @tensor wants none
 */
float *rg_pass_grad (RgPass *self, RgTensor *tensor, gboolean *accumulate);

/**
 * rg_pass_grad_rounded: for backward functions that compute in bfloat16
 *
 * Returns: (transfer none) (nullable): where the derivatives of @tensor are to be written, or %NULL where floats are needed or
 *   some are there already: then rg_pass_grad(). That adds to rounded ones as well; it widens them first.
 */
guint16 *rg_pass_grad_rounded (RgPass *self, RgTensor *tensor);

/** rg_pass_grad_added: as rg_pass_grad(), cleared at the first call, so that the caller always adds. */
float *rg_pass_grad_added (RgPass *self, RgTensor *tensor);

/** rg_add_values: to += from, @n values; for derivatives that come from several places. */
void rg_add_values (float *to, const float *from, gsize n);

/**
 * rg_pass_move_grad: hands the derivatives of @from, which then has none, to @to, or adds them where it has some. For backward
 *   functions whose output changes as its input does; @from must be what their node made, and as large as @to, which an op made, too
 */
void rg_pass_move_grad (RgPass *self, RgTensor *from, RgTensor *to);

/** rg_pass_drop_grad: gives back the derivatives of a tensor that no op made, once they were read; those to come may have their memory. */
void rg_pass_drop_grad (RgPass *self, RgTensor *tensor);

/**
 * rg_pass_backward: runs all nodes from the newest to the oldest; losses have left the derivatives it starts from. Those of
 *   what ops made are gone afterwards: their memory is used again while it is in the caches. The nodes stay until the reset: whoever
 *   puts @last back can run them once more from other derivatives.
 */
void rg_pass_backward (RgPass *self);

/**
 * rg_pass_backward_behind:
 * @ahead: (nullable): the @progress of a pass of the same ops (as many nodes, in the same order), which may be on its way in another
 *   thread; both are atomic
 * @progress: (out): 0 before; the number of nodes that have run, %G_MAXINT when all have
 *
 * As rg_pass_backward(), but each node first waits until its counterpart of the other pass has run. So both may add to the
 * derivatives of the same weights, with the same result, to the last bit, as one pass after the other, if each of their rows is used by
 * one op alone of each pass.
 */
void rg_pass_backward_behind (RgPass *self, int *ahead, int *progress);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgPass, rg_pass_free)

G_END_DECLS
