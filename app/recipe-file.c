/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/recipe-file.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/error.h"
#include "engine/formats/atomic-file.h"
#include "engine/train/evaluate.h"

char *
rg_recipe_file_in (const char *dir)
{
  return g_build_filename (dir, "recipe.ini", NULL);
}

gboolean
rg_recipe_file_keep (const char *path, const char *dir, GError **error)
{
  g_autofree char *copy = rg_recipe_file_in (dir);
  g_autofree char *content = NULL;
  g_autofree char *begun = NULL;
  gsize length;

  if (!g_file_get_contents (path, &content, &length, error))
    return FALSE;

  if (!g_file_get_contents (copy, &begun, NULL, NULL))
    return rg_atomic_write (copy, content, length, error);

  if (strcmp (content, begun) == 0)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_VALUE, _ ("%s: a run with another recipe was begun in this folder; choose another folder, or go on without naming a recipe"), dir);

  return FALSE;
}

gboolean
rg_recipe_file_world (RgRecipe *world, const RgModel *model, const char *dir, GError **error)
{
  g_autofree char *path = rg_recipe_file_in (dir);
  guint image_size = rg_model_get_config (model)->vision.image_size;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      rg_evaluation_world (world, model);
      return TRUE;
    }

  if (!rg_recipe_read (world, path, error))
    return FALSE;

  /* A model that has not grown yet knows the world of small pictures only. */
  if (world->model.vision.image_size != image_size)
    *world = rg_recipe_at (world, 0);

  return TRUE;
}
