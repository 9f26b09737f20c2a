/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/calibration.h"
#include "engine/explain/intervention.h"

/* Maps of where the model looked: the attention of the rows that predict a word's tokens. They say what was read, not what
 * mattered. Of a word's tokens a patch has the largest value. */

G_BEGIN_DECLS

/**
 * RgTokenMapFunc: makes the map of one token.
 * @weights: layers × heads × P probabilities of the row that predicts it
 * @map: (out caller-allocates): P values
 */
typedef void (*RgTokenMapFunc) (gpointer data, const float *weights, float *map);

/**
 * RgLooking: how it is looked at where the model looked.
 * @hide_sinks: whether attention to sinks (sinks.h) counts as none
 * @shares: (out caller-allocates) (nullable): for each word, of the heads that make the map
 * @sinks: (nullable) (element-type RgSink): to which those are added that were found
 */
typedef struct
{
  gboolean hide_sinks;
  RgShares *shares;
  GArray *sinks;
} RgLooking;

/**
 * rg_looked_each: the map of each word from the attention of its tokens' rows.
 * @looking: (nullable)
 * @parts: (nullable): layers × heads: how much of the map is of each, for the shares; the same for all where it is %NULL
 * @func: (scope call): called for each token, in order
 * @maps: (out caller-allocates): n_words × P values
 *
 * One run forward. Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_looked_each (const RgExplained *self, const RgLooking *looking, const double *parts, RgTokenMapFunc func, gpointer data, float *maps, GError **error);

/** rg_looked_map: @layer, @head: −1 for the mean of all; as rg_attention_map(). Otherwise as rg_looked_each(). */
gboolean rg_looked_map (const RgExplained *self, const RgLooking *looking, int layer, int head, float *maps, GError **error);

/**
 * rg_looked_value_norms: |W_O v| of one head for each patch: the length of what it would write for it at full attention.
 * @norms: (out caller-allocates): P values, relative to their mean
 */
void rg_looked_value_norms (RgModel *model, RgImageState *image, guint layer, guint head, float *norms);

/**
 * RgHeadMixer: the chosen heads' attention to one picture as one map; init, use, clear.
 * @norms: (nullable): heads × P, of the chosen heads, mean 1 each; where the calibration wants them
 */
typedef struct
{
  const RgCalibration *calibration; /* borrowed */
  guint n_layers, n_heads;
  guint grid; /* side of the grid, 0 where it is no square */
  gsize n_patches;
  float *norms;
} RgHeadMixer;

void rg_head_mixer_init (RgHeadMixer *self, const RgCalibration *calibration, RgModel *model, RgImageState *image);
void rg_head_mixer_clear (RgHeadMixer *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RgHeadMixer, rg_head_mixer_clear)

/** rg_head_mixer_mix: an RgTokenMapFunc whose @data is an RgHeadMixer; @map has no negative values. */
void rg_head_mixer_mix (gpointer data, const float *weights, float *map);

/** rg_looked_calibrated_map: by the answer's calibration. As rg_looked_each(). */
gboolean rg_looked_calibrated_map (const RgExplained *self, const RgLooking *looking, float *maps, GError **error);

G_END_DECLS
