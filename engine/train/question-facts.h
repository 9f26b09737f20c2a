/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/train/phrase.h"

/* What is true of a scene beyond doubt. All distances are between centres, in pixels of the scene; a fact that a person
 * could see otherwise is no fact. */

G_BEGIN_DECLS

/** Distance of a centre from the lines between the thirds, in shares of the picture's width or height. */
#define RG_FACTS_PLACE_MARGIN 0.04
/** Distance that makes an object lie on a side of another, in shares of the longer side of the picture. */
#define RG_FACTS_SIDE_MARGIN 0.08
/** Ratio of two sizes that anybody sees. */
#define RG_FACTS_SIZE_RATIO 1.3
/** The highest number and the longest description that questions ask for. */
#define RG_FACTS_MAX_COUNT 6

/** rg_facts_count: @kind, @color: RG_ANY leaves the choice open. Returns: how many objects are such. */
guint rg_facts_count (const RgScene *scene, int kind, int color);

/** rg_facts_find: Returns: the index of the only object that is such, or -1 where there is none or more than one. */
int rg_facts_find (const RgScene *scene, int kind, int color);

/** rg_facts_place: Returns: the place of an object, 0 … 8 in reading order, or -1 where it is near a line. */
int rg_facts_place (const RgScene *scene, int object);

/** rg_facts_at: @object: (out): the only object at @place, or -1 for nothing.
 * "At the top" is heard as the middle third or as the whole row: both readings must give the same answer.
 * Returns: FALSE where that is in doubt. */
gboolean rg_facts_at (const RgScene *scene, int place, int *object);

/** rg_facts_beside: @neighbour: (out): the only object on @side of @object, or -1 for nothing.
 * An object is on a side when it lies RG_FACTS_SIDE_MARGIN away in that direction, and not further across than along.
 * Returns: FALSE where there are several, or one that half the people would count. */
gboolean rg_facts_beside (const RgScene *scene, int object, RgSide side, int *neighbour);

/** rg_facts_bigger: Returns: whether @a is clearly bigger than @b. */
gboolean rg_facts_bigger (const RgScene *scene, int a, int b);

/** rg_facts_extreme: Returns: the object clearly bigger (or smaller) than all others, or -1. */
int rg_facts_extreme (const RgScene *scene, gboolean biggest);

/** rg_facts_from_left: Returns: (transfer full) (element-type int): all objects, by x; equal x from the top. */
GArray *rg_facts_from_left (const RgScene *scene);

G_END_DECLS
