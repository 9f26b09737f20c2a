/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/intervention.h"

/* Occlusion: pixels are hidden, and the whole model runs again. The slow reference that no doubt about the model's inside
 * reaches (Zeiler and Fergus, 2014; Fong and Vedaldi, 2017). What stands in the hidden place matters, so there are two fills:
 * a flat colour may itself look like an object, a blur may leave something to be guessed. */

G_BEGIN_DECLS

/** rg_fill_get_name: Returns: "mean", "blur". */
const char *rg_fill_get_name (RgFill self);

/**
 * RgPixelHiding: an intervention on pixels; init, use, clear.
 */
typedef struct
{
  const RgExplained *answer; /* borrowed */
  float *fill, *changed;     /* owned, as many values as the picture has */
} RgPixelHiding;

void rg_pixel_hiding_init (RgPixelHiding *self, const RgExplained *answer, RgFill fill);
void rg_pixel_hiding_clear (RgPixelHiding *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RgPixelHiding, rg_pixel_hiding_clear)

/** rg_pixel_hiding_apply: hides the pixels of the patches; an RgHideFunc whose @data is an RgPixelHiding. */
gboolean rg_pixel_hiding_apply (gpointer data, const guint8 *hidden, guint n, double *logprobs, GError **error);

/** RG_OCCLUSION_BLOCK: the usual side of the square, in patches. */
#define RG_OCCLUSION_BLOCK 2

/** rg_occlusion_count: Returns: how often rg_occlusion_map() hides something. */
guint rg_occlusion_count (guint rows, guint cols, guint block);

/**
 * rg_occlusion_map:
 * @rows, @cols: the grid of patches, P = rows × cols
 * @block: side in patches of the square that is hidden at a time; the squares do not overlap
 * @hide: (scope call): called rg_occlusion_count() times, on the calling thread
 * @maps: (out caller-allocates): n_words × P values in nats: how much less likely the word was with the patch's square hidden,
 *   divided by the patches of the square; negative where it became likelier
 *
 * Any thread. Returns: %FALSE with the error of @hide
 */
gboolean rg_occlusion_map (guint rows, guint cols, guint block, RgHideFunc hide, gpointer data, guint n_words, float *maps, GError **error);

G_END_DECLS
