/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/panels.h"

/* A tensor is a matrix of float32: rows × cols, row after row without gaps. Pictures are channels-last, one row a pixel or
 * patch; text has one row a token; a batch is the rows of its members one below the other. Three or four dimensions are
 * then a matter of which rows belong together, and every product is a matrix product. */

G_BEGIN_DECLS

/**
 * RgTensor:
 * @data: rows × cols values; %NULL where @stored has them, or nobody any more (rg_pass_forget())
 * @grad: rows × cols derivatives of the loss, %NULL where none were asked for yet or @rounded_grad has them
 * @grad_set: whether they are values that a further derivative is to be added to
 * @rounded_grad: (nullable): the derivatives as bfloat16 instead, see rg_pass_grad_rounded()
 * @rounds_grad: whether they may be: products will read them, and round them anyway; so is what a bias sums up
 * @wants_grad: whether derivatives are to flow into it
 * @stored: (nullable): rows × cols elements of @dtype. Matrices and tables of weights may come so, as a file has them, which
 *   linear maps and rg_gather_rows() read, on the border of a block where they read a part; they are never trained. So may what rg_pass_factor() made, in bfloat16
 * @panels: (nullable): of weights in training, @data packed for the products
 */
typedef struct
{
  gsize rows, cols;
  float *data;
  float *grad;
  guint16 *rounded_grad;
  gboolean grad_set;
  gboolean rounds_grad;
  gboolean wants_grad;
  const void *stored;
  RgDtype dtype;
  const RgPanels *panels;
} RgTensor;

/**
 * RgView: the columns @col … of a tensor; how wide the view is, its user says. Lets the query, key and value of one product
 * be used where they lie.
 */
typedef struct
{
  RgTensor *tensor;
  gsize col;
} RgView;

G_END_DECLS
