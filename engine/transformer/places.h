/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/tensor.h"

/* Vectors of places on a square grid of cells, row by row: what a model adds to its patches. */

G_BEGIN_DECLS

/**
 * rg_places_fill: two-dimensional sinusoids times @scale, see %RG_INIT_PLACES
 * @tensor: a square number of rows; its columns are a multiple of 4
 */
void rg_places_fill (RgTensor *tensor, float scale);

/**
 * rg_places_grow: sinusoids and, on top of them, what @source has learned on a grid of another size, interpolated between its cells
 * @source: began with rg_places_fill() and the same @scale
 */
void rg_places_grow (RgTensor *tensor, const RgTensor *source, float scale);

G_END_DECLS
