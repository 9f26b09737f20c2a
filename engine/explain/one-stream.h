/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/explain/intervention.h"

/* Relevancy where image tokens stand in the text, see relevancy.h: through all rows of the decoder, through what made tokens of
 * patches, and through all rows of the encoder, view by view. */

G_BEGIN_DECLS

/**
 * rg_one_stream_map: what rg_relevancy_map() does with such a model.
 * @maps: (inout): n_words × P values, to which is added
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_one_stream_map (const RgExplained *self, float *maps, GError **error);

G_END_DECLS
