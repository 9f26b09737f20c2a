/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/evidence.h"

G_BEGIN_DECLS

/**
 * rg_map_table_new:
 *
 * The numbers of one map as comma-separated values, in UTF-8: lines that begin with "#" are its label; then the names of the
 * columns, and a row a patch: tile, row and column from 0; the rectangle of the original picture that the patch saw (x, y,
 * width, height, in pixels; width and height 0 for padding); its value in the unit that the label names; and its standard
 * error where there is one. Numbers have a point, whatever the language, and as many digits as a float32 has.
 *
 * Any thread. Returns: (transfer full): the file
 */
GBytes *rg_map_table_new (const RgEvidence *evidence, guint word) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
