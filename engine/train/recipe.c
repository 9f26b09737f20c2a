/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/recipe.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/error.h"
#include "engine/train/question.h"

#define SMALLER 0.8 /* objects of small pictures are a little smaller than their size in pixels would be */
#define CROWD 0.3   /* part of a small picture's area that the squares around its smallest objects may take */

/* A reader of one file that remembers the first thing that was wrong, so that the recipe can be read as a plain list. */
typedef struct
{
  GKeyFile *file;
  const char *path;
  GError *error;
} Reader;

static void
fail (Reader *self, const char *group, const char *key, const char *expected)
{
  if (self->error == NULL)
    g_set_error (&self->error, RG_ERROR, RG_ERROR_FORMAT, _ ("%s: [%s] %s: expected %s"), self->path, group, key, expected);
}

static double
read_number (Reader *self, const char *group, const char *key, double min, double max)
{
  g_autoptr (GError) error = NULL;
  double value = g_key_file_get_double (self->file, group, key, &error);

  if (error != NULL || !(value >= min && value <= max))
    {
      g_autofree char *expected = g_strdup_printf (_ ("a number between %g and %g"), min, max);

      fail (self, group, key, expected);
      return min;
    }

  return value;
}

static double
read_whole (Reader *self, const char *group, const char *key, double min, double max)
{
  double value = read_number (self, group, key, min, max);

  if (value != floor (value))
    fail (self, group, key, _ ("a whole number"));

  return value;
}

/* "all", or names joined by semicolons, as bits. */
static guint64
read_names (Reader *self, const char *group, const char *key, const char *(*get_name) (guint), guint n_names)
{
  g_auto (GStrv) words = g_key_file_get_string_list (self->file, group, key, NULL, NULL);
  guint64 bits = 0;

  if (words == NULL || words[0] == NULL)
    fail (self, group, key, _ ("names, or “all”"));

  for (guint i = 0; words != NULL && words[i] != NULL; i++)
    {
      guint64 found = strcmp (words[i], "all") == 0 ? (G_GUINT64_CONSTANT (1) << n_names) - 1 : 0;

      for (guint n = 0; n < n_names; n++)
        if (strcmp (words[i], get_name (n)) == 0)
          found = G_GUINT64_CONSTANT (1) << n;

      if (found == 0)
        {
          g_autofree char *expected = g_strdup_printf (_ ("names that Regard knows, not “%s”"), words[i]);

          fail (self, group, key, expected);
        }
      bits |= found;
    }

  return bits;
}

static const char *
kind_name (guint i)
{
  return rg_kind_get_name (i);
}

static const char *
color_name (guint i)
{
  return rg_color_get_name (i);
}

static const char *
style_name (guint i)
{
  return rg_style_get_name (i);
}

static const char *
language_name (guint i)
{
  return rg_language_get_code (i);
}

static void
read_block (Reader *reader, RgBlockConfig *block, guint width, guint heads)
{
  *block = rg_block_config_new (width, heads, 4 * width);

  if (width % 4 != 0 || width % (2 * heads) != 0 || width / heads > 512)
    fail (reader, "Model", "width", _ ("a multiple of 4 and of twice the heads, at most 512 a head"));
}

static void
read_model (Reader *reader, RgRecipe *self)
{
  const char *group = "Model";
  RgVisionConfig *vision = &self->model.vision;
  RgTextConfig *text = &self->model.text;
  guint width = read_whole (reader, group, "width", 16, 1024), heads = read_whole (reader, group, "heads", 1, 64);
  gsize n_stem = 0;
  g_autofree int *stem = g_key_file_get_integer_list (reader->file, group, "stem", &n_stem, NULL);

  vision->image_size = read_whole (reader, group, "image_size", 16, 1024);
  vision->n_residual = read_whole (reader, group, "residual_convolutions", 0, RG_MAX_RESIDUAL);
  vision->patch_bias = TRUE;
  vision->last_norm = TRUE;
  vision->n_layers = read_whole (reader, group, "encoder_layers", 1, RG_MAX_LAYERS);
  read_block (reader, &vision->block, width, heads);

  if (n_stem < 1 || n_stem > RG_MAX_STEM)
    fail (reader, group, "stem", _ ("one to four numbers of channels"));
  vision->n_stem = MIN (n_stem, RG_MAX_STEM);
  for (guint i = 0; i < vision->n_stem; i++)
    {
      vision->stem[i] = CLAMP (stem[i], 1, 4096);
      if (stem[i] != (int) vision->stem[i])
        fail (reader, group, "stem", _ ("numbers of channels between 1 and 4096"));
    }
  vision->patch_size = 1u << vision->n_stem;
  if (vision->image_size % vision->patch_size != 0 || vision->image_size / vision->patch_size > 128)
    fail (reader, group, "image_size", _ ("a multiple of 2 to the power of the number of stem convolutions, at most 128 times that"));

  text->n_layers = read_whole (reader, group, "decoder_layers", 1, RG_MAX_LAYERS);
  text->max_positions = read_whole (reader, group, "max_positions", 32, 65536);
  read_block (reader, &text->block, width, heads);
  text->block.cross = TRUE;
  text->last_norm = TRUE;
  text->block.rotary_base = read_number (reader, group, "rope_theta", 1, 1e9);
  self->vocabulary_size = read_whole (reader, group, "vocabulary", 300, 100000);
}

static void
read_world (Reader *reader, RgRecipe *self)
{
  const char *group = "World";
  RgSceneOptions *scenes = &self->scenes;

  *scenes = rg_scene_options_default ();
  scenes->width = scenes->height = self->model.vision.image_size;
  scenes->kinds = read_names (reader, group, "kinds", kind_name, RG_N_KINDS);
  scenes->colors = read_names (reader, group, "colors", color_name, RG_N_COLORS);
  scenes->styles = read_names (reader, group, "styles", style_name, RG_N_STYLES);
  scenes->min_objects = read_whole (reader, group, "min_objects", 0, RG_SCENE_MAX_OBJECTS);
  scenes->max_objects = read_whole (reader, group, "max_objects", MAX (1, scenes->min_objects), RG_SCENE_MAX_OBJECTS);
  scenes->empty = read_number (reader, group, "empty", 0, 1);
  scenes->min_size = read_number (reader, group, "min_size", 0.02, 1);
  scenes->max_size = read_number (reader, group, "max_size", scenes->min_size, 1);
  scenes->repeat = read_number (reader, group, "repeat", 0, 1);
  scenes->degrade = read_number (reader, group, "degrade", 0, 1) > 0;
  self->languages = read_names (reader, group, "languages", language_name, RG_N_LANGUAGES);
  self->max_turns = read_whole (reader, group, "max_turns", 1, 64);
  self->max_tokens = read_whole (reader, group, "max_tokens", 32, self->model.text.max_positions);
  self->aspect = read_number (reader, group, "aspect", 0, 1);
}

static void
read_training (Reader *reader, RgRecipe *self)
{
  const char *group = "Training";
  RgOptimizerConfig *optimizer = &self->optimizer;

  self->batch = read_whole (reader, group, "batch", 1, 4096);
  self->pictures = read_whole (reader, group, "pictures", self->batch, 1e9);
  self->part = read_whole (reader, group, "part", 1, 4096);
  if (self->batch % self->part != 0)
    fail (reader, group, "batch", _ ("a multiple of “part”"));
  self->first_image_size = read_whole (reader, group, "first_image_size", 1u << self->model.vision.n_stem, self->model.vision.image_size);
  if (self->first_image_size % self->model.vision.patch_size != 0)
    fail (reader, group, "first_image_size", _ ("a multiple of 2 to the power of the number of stem convolutions"));
  self->grow = read_number (reader, group, "grow", 0, 1);
  self->easy = read_number (reader, group, "easy", 0, 1);
  self->scenes.worn = read_number (reader, group, "worn", 0, 1);
  self->align_weight = read_number (reader, group, "align_weight", 0, 100);
  self->pair_weight = read_number (reader, group, "pair_weight", 0, 100);
  self->seed = read_whole (reader, group, "seed", 0, 1e15);
  self->int8 = read_whole (reader, group, "int8", 0, 1);

  optimizer->learning_rate = read_number (reader, group, "learning_rate", 0, 1);
  optimizer->warmup_steps = read_whole (reader, group, "warmup_steps", 0, 1e6);
  optimizer->decay = read_number (reader, group, "decay", 0, 1);
  optimizer->final = read_number (reader, group, "final", 0, 1);
  optimizer->beta1 = read_number (reader, group, "beta1", 0, 0.9999);
  optimizer->beta2 = read_number (reader, group, "beta2", 0, 0.99999);
  optimizer->epsilon = 1e-8;
  optimizer->weight_decay = read_number (reader, group, "weight_decay", 0, 1);
  optimizer->momentum = read_number (reader, group, "momentum", 0, 0.999);
  optimizer->clip = read_number (reader, group, "clip", 1e-6, 1e6);
}

gboolean
rg_recipe_read (RgRecipe *self, const char *path, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  Reader reader = { .file = file, .path = path };

  *self = (RgRecipe){ 0 };

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error))
    {
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }

  read_model (&reader, self);
  read_world (&reader, self);
  read_training (&reader, self);

  if (reader.error != NULL)
    {
      g_propagate_error (error, reader.error);
      return FALSE;
    }

  return TRUE;
}

guint
rg_recipe_get_n_steps (const RgRecipe *self)
{
  return self->pictures / self->batch;
}

RgRecipe
rg_recipe_at (const RgRecipe *self, guint step)
{
  RgRecipe stage = *self;
  guint full = self->model.vision.image_size;

  if (step < self->grow * rg_recipe_get_n_steps (self) && self->first_image_size < full)
    {
      RgSceneOptions *scenes = &stage.scenes;
      double ratio = (double) full / self->first_image_size;

      stage.model.vision.image_size = scenes->width = scenes->height = self->first_image_size;
      scenes->min_size = MIN (scenes->min_size * ratio * SMALLER, scenes->max_size);
      scenes->max_objects = MAX (1, MIN (scenes->max_objects, CROWD / (scenes->min_size * scenes->min_size)));
      scenes->min_objects = MIN (scenes->min_objects, scenes->max_objects);
    }

  return stage;
}
