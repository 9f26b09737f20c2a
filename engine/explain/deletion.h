/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/intervention.h"
#include "engine/tensor/random.h"

/* Deletion and insertion (Petsiuk, Das and Saenko, RISE, 2018): patches are hidden in the order of a map, the most important
 * first, or uncovered in that order, and the word's log-probability is followed. It is measured on a scale of its own, 0
 * where everything is hidden and 1 where nothing is, cut off at both ends. A good map makes the first curve fall at once and the
 * second rise at once; how much of that is the map's merit shows only beside random orders of the same word. */

G_BEGIN_DECLS

/**
 * RgDeletion: areas under the two curves, 0 … 1, over the share of patches.
 */
typedef struct
{
  double deletion, insertion;
} RgDeletion;

/**
 * RgDeletionScale: a word's log-probability with the whole picture and with nothing of it, nats.
 */
typedef struct
{
  double whole, blank;
} RgDeletionScale;

/**
 * rg_deletion_scale: @hide: (scope call): of a single word; called twice. Returns: %FALSE with its error
 */
gboolean rg_deletion_scale (guint n_patches, RgHideFunc hide, gpointer data, RgDeletionScale *scale, GError **error);

/**
 * rg_deletion_measure:
 * @map: (nullable): @n_patches values, larger is more important; a random order without
 * @random: settles equal values
 * @scale: its two ends must differ
 * @hide: (scope call): called twelve times
 *
 * The curves are followed at 1/32, 1/16, 1/8, 1/4, 1/2 and 3/4 of the patches, straight in between. Returns: %FALSE with the
 *   error of @hide
 */
gboolean rg_deletion_measure (const float *map, guint n_patches, RgRandom *random, const RgDeletionScale *scale, RgHideFunc hide, gpointer data, RgDeletion *result, GError **error);

G_END_DECLS
