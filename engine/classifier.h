/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/tensor/pool.h"
#include "engine/types.h"

/* What is on a picture, of the labels that a model was trained to tell apart, and which parts of the picture spoke for each. */

G_BEGIN_DECLS

/** RgClassifier: one thread at a time. */
typedef struct _RgClassifier RgClassifier;

/**
 * rg_classifier_load:
 * @path: a model folder
 * @pool: (nullable): borrowed, must outlive the classifier
 *
 * Returns: (transfer full) (nullable): %NULL with %RG_ERROR_UNSUPPORTED where the model knows no labels, another %RG_ERROR, a
 *   %G_FILE_ERROR or %G_IO_ERROR_CANCELLED
 */
RgClassifier *rg_classifier_load (const char *path, RgPool *pool, GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rg_classifier_free (RgClassifier *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgClassifier, rg_classifier_free)

/** rg_classifier_see: Returns: %FALSE with %G_IO_ERROR_CANCELLED or %RG_ERROR_LIMIT (memory). */
gboolean rg_classifier_see (RgClassifier *self, RgImage *image, GCancellable *cancellable, GError **error);

/* --- about the picture seen last ----------------------------------------------------------------------------------- */

/**
 * RgLabel: free nothing, the classifier owns it
 * @label: its number
 * @score: what the model gives (a logit)
 * @probability: the softmax over all labels
 */
typedef struct
{
  guint label;
  const char *name;
  double score, probability;
} RgLabel;

/** rg_classifier_get_labels: Returns: (transfer none) (array length=n): all labels, the likeliest first. */
const RgLabel *rg_classifier_get_labels (const RgClassifier *self, guint *n);

/** rg_classifier_get_grid: Returns: (transfer none): of the maps: what of the picture each cell stands over. */
RgPatchGrid *rg_classifier_get_grid (const RgClassifier *self);

/**
 * rg_classifier_map: how much each cell spoke for a label, or, below 0, against it: the class activation map (Zhou et al., 2016)
 * @map: (out caller-allocates): a value for each patch of the grid, in the unit of scores; their sum is the label's score less
 *   its bias, so that nothing is estimated. A cell has seen more of the picture than it stands over
 */
void rg_classifier_map (const RgClassifier *self, guint label, float *map);

G_END_DECLS
