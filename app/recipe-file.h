/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/train/recipe.h"

/* The copy of a recipe that lies beside the model it made: it says how a stopped run goes on, and in which world the model
 * is to be tested. */

G_BEGIN_DECLS

/** rg_recipe_file_in: Returns: (transfer full): the path of the copy in @dir, whether it is there or not. */
char *rg_recipe_file_in (const char *dir) G_GNUC_WARN_UNUSED_RESULT;

/**
 * rg_recipe_file_keep:
 * @path: the recipe
 * @dir: the model's folder
 *
 * Copies the recipe. Returns: %FALSE with a file error, or %RG_ERROR_VALUE where the run in @dir was begun with another one.
 */
gboolean rg_recipe_file_keep (const char *path, const char *dir, GError **error);

/**
 * rg_recipe_file_world:
 * @world: (out caller-allocates): what the recipe in @dir says of scenes and languages for pictures of @model's size; the
 *   default world where there is no recipe
 */
gboolean rg_recipe_file_world (RgRecipe *world, const RgModel *model, const char *dir, GError **error);

G_END_DECLS
