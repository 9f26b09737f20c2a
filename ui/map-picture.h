/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/paper.h"

/* One word's map as a picture to keep: the map on the picture, and below it all that a map needs to be read: the question
 * and the answer with the word in bold, what the map is of, the colour bar, and where it comes from. */

G_BEGIN_DECLS

/**
 * RgMapPicture:
 * @side: longer side of the picture in the units of the context
 * @growing: whether the words after @word are still to come
 */
typedef struct
{
  const RgEvidence *evidence;
  guint word;
  double side;
  gboolean growing;
} RgMapPicture;

/** rg_map_picture_get_width: Returns: its width, margins included; the same for all words. */
double rg_map_picture_get_width (const RgMapPicture *self);

/** rg_map_picture_measure: Returns: its height, which is that of its texts, too. */
double rg_map_picture_measure (const RgMapPicture *self);

/** rg_map_picture_draw: @paper: of the same evidence, and white. Returns: its height */
double rg_map_picture_draw (const RgMapPicture *self, RgPaper *paper);

G_END_DECLS
