/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib/gstdio.h>

#include "engine/model.h"
#include "engine/tokenizer/vocabulary.h"
#include "engine/types.h"

/* A model folder with random weights: it knows nothing, but it answers, and everything that runs a real model runs it. */

#define TINY_SIDE 32
#define TINY_POSITIONS 64

static const char *
tiny_corpus_next (gpointer data)
{
  static const char *const lines[] = { "what is left of the house?", "a red star", "what colour is the star?", "red", "a red star and a blue house", "what colour is it?" };
  guint *next = data;

  /* Each line twice: a pair that occurs once is not merged. */
  return *next < 2 * G_N_ELEMENTS (lines) ? lines[(*next)++ / 2] : NULL;
}

static inline RgModelConfig
tiny_config (void)
{
  RgBlockConfig block = rg_block_config_new (16, 2, 24);
  RgModelConfig config = {
    .vision = { .image_size = TINY_SIDE, .patch_size = 8, .n_stem = 3, .stem = { 4, 6, 8 }, .patch_bias = TRUE, .last_norm = TRUE, .n_layers = 2, .block = block },
    .text = { .max_positions = TINY_POSITIONS, .n_layers = 2, .block = block },
  };

  config.text.block.cross = TRUE;
  config.text.last_norm = TRUE;
  config.text.block.rotary_base = 10000;

  return config;
}

/* @seed: of the weights; @scale: multiplies them, so that different texts and pictures get different answers. */
static inline RgModel *
tiny_model_new (const char *dir,
                guint64 seed,
                float scale)
{
  static const char *const special[] = { "<pad>", "<bos>", "<question>", "<answer>", "<eos>", NULL };
  g_autofree char *path = g_build_filename (dir, RG_MODEL_TOKENIZER, NULL);
  g_autoptr (GError) error = NULL;
  RgModelConfig config = tiny_config ();
  RgParameters *parameters;
  RgModel *model;
  RgRandom random;
  guint next = 0;

  g_assert_true (rg_vocabulary_write (path, tiny_corpus_next, &next, 360, special, &error));
  model = rg_model_new (&config, rg_tokenizer_new_from_file (path, NULL), &error);
  g_assert_no_error (error);

  rg_random_init (&random, seed, 0);
  parameters = rg_model_get_parameters (model);
  rg_parameters_begin (parameters, &random);
  for (gsize i = 0; i < rg_parameters_count (parameters); i++)
    rg_parameters_get_values (parameters)[i] *= scale;

  g_assert_true (rg_model_save (model, dir, &error));

  return model;
}

/* Returns: (transfer full): a new folder with the four files of a model. */
static inline char *
tiny_folder_new (guint64 seed,
                 float scale)
{
  char *dir = g_dir_make_tmp ("regard-model-XXXXXX", NULL);

  rg_model_free (tiny_model_new (dir, seed, scale));

  return dir;
}

/* @dir: (transfer full). */
static inline void
tiny_folder_remove (char *dir)
{
  static const char *const names[] = { RG_MODEL_CONFIG, RG_MODEL_WEIGHTS, RG_MODEL_TOKENIZER, RG_MODEL_PREPROCESSOR };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (dir, names[i], NULL);

      g_remove (path);
    }
  g_assert_cmpint (g_rmdir (dir), ==, 0);
  g_free (dir);
}

/* A picture whose pixels depend on @seed. */
static inline RgImage *
tiny_image_new (guint width,
                guint height,
                guint32 seed)
{
  guint8 *data = g_malloc (3 * width * height);
  g_autoptr (GBytes) pixels = g_bytes_new_take (data, 3 * width * height);
  RgRandom random;

  rg_random_init (&random, seed, 1);
  for (guint i = 0; i < 3 * width * height; i++)
    data[i] = rg_random_below (&random, 256);

  return rg_image_new (width, height, pixels);
}
