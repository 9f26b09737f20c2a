/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>

#include "engine/train/recipe.h"
#include "tests/fuzz/fuzz.h"

/* A recipe that is accepted has stages that hold together. */
gboolean
rg_fuzz_read (const guint8 *bytes, gsize n)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  RgRecipe recipe, stage;
  gboolean good;
  int file = g_file_open_tmp ("regard-recipe-XXXXXX.ini", &path, NULL);

  g_assert_cmpint (file, >=, 0);
  g_assert_true (g_close (file, NULL));
  g_assert_true (g_file_set_contents (path, (const char *) bytes, (gssize) n, NULL));
  good = rg_recipe_read (&recipe, path, &error);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_true (good == (error == NULL));
  if (good)
    {
      stage = rg_recipe_at (&recipe, 0);
      g_assert_cmpuint (rg_recipe_get_n_steps (&recipe), >, 0);
      g_assert_cmpuint (stage.scenes.min_objects, <=, stage.scenes.max_objects);
      g_assert_cmpuint (stage.model.vision.image_size % stage.model.vision.patch_size, ==, 0);
    }

  return good;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  rg_fuzz_read (data, size);

  return 0;
}
