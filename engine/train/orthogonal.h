/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** rg_orthogonalize_room: Returns: how many floats rg_orthogonalize() needs besides the matrix. */
gsize rg_orthogonalize_room (gsize rows, gsize cols);

/**
 * rg_orthogonalize:
 * @x: (inout): rows × cols
 * @room: rg_orthogonalize_room() floats
 *
 * Makes a matrix about orthogonal: of its singular value decomposition U Σ Vᵀ the Σ is replaced by values between 0.6 and 1.2
 * (those more than about 700 times smaller than the length of the matrix stay below). Five Newton-Schulz steps with
 * the quintic of Jordan et al. (“Muon: an optimizer for hidden layers in neural networks”, 2024), which trades exactness for
 * speed. A matrix whose sides differ much takes some of them on its Gram matrix, which is smaller (Zhang, Amsel, Chen and
 * Dao, “Gram Newton-Schulz”, 2026). A matrix of zeros stays what it is. Any thread.
 */
void rg_orthogonalize (float *x, gsize rows, gsize cols, float *room);

G_END_DECLS
