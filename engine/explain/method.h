/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/mask-regression.h"
#include "engine/explain/occlusion.h"

/* All ways to make a map of a word, under one roof. Each answers one of two or three different questions, which are never to
 * be confused; a map is shown with the one it answers. */

G_BEGIN_DECLS

/**
 * RgMethod:
 * @RG_METHOD_ATTENTION: where it looked: the row that predicts the word, mean over layers and heads, maximum over the word's
 *   tokens; a share of attention
 * @RG_METHOD_KV_CUT: what mattered: rg_mask_regression() of the image-KV cut; nats
 * @RG_METHOD_OCCLUSION: what mattered: rg_occlusion_map() of the pixels; nats
 * @RG_METHOD_GRADIENT: would matter: rg_gradient_map(); nats of log-odds
 */
typedef enum
{
  RG_METHOD_ATTENTION,
  RG_METHOD_KV_CUT,
  RG_METHOD_OCCLUSION,
  RG_METHOD_GRADIENT,
  RG_N_METHODS
} RgMethod;

/** rg_method_get_name: Returns: "attention", "kv-cut", "occlusion", "gradient". */
const char *rg_method_get_name (RgMethod self);

/** rg_method_find: @self: (out): the method called @name. Returns: whether there is one */
gboolean rg_method_find (const char *name, RgMethod *self);

/** rg_method_get_question: Returns: the question its map answers: "where it looked", "what mattered", "would matter". */
const char *rg_method_get_question (RgMethod self);

/** rg_method_get_unit: Returns: of its values: "share", "nats", "nats of odds". */
const char *rg_method_get_unit (RgMethod self);

/**
 * RgMethodOptions: what some methods let one choose.
 * @layer, @head: of the attention, -1 for the mean of all
 * @masks: of the kv-cut
 * @fill: of the occlusion
 */
typedef struct
{
  int layer, head;
  RgMaskOptions masks;
  RgFill fill;
} RgMethodOptions;

RgMethodOptions rg_method_options_default (void);

/**
 * rg_method_map:
 * @maps: (out caller-allocates): n_words × P values
 * @errors: (out caller-allocates) (nullable): n_words × P standard errors; written by the kv-cut alone
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_method_map (RgMethod self, const RgExplained *answer, const RgMethodOptions *options, float *maps, float *errors, GError **error);

G_END_DECLS
