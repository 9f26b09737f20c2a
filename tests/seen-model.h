/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tests/tiny-model.h"

/* A tiny model that has seen one picture, as fixture of a test, and a text for it to read. */

#define SEED 7
#define SCALE 4 /* weights large enough that attention is not everywhere the same */
#define PIXELS (TINY_SIDE * TINY_SIDE * 3)
#define N_MAPS 4 /* layers × heads */
#define PATCHES (TINY_SIDE / 8 * TINY_SIDE / 8)

static const guint32 ids[] = { 1, 2, 70, 80, 90, 100, 3, 75, 4, 2, 85, 3 };

#define N_IDS G_N_ELEMENTS (ids)

/* A model, and one picture that it saw. */
typedef struct
{
  char *dir;
  RgModel *model;
  RgPass *pass;
  RgImageState *image;
  float pixels[PIXELS];
  RgPixelValues seen; /* of pixels */
  guint n_tokens;     /* in the vocabulary */
} Fixture;

static inline void
fill_pixels (float *pixels, guint64 seed)
{
  RgRandom random;

  rg_random_init (&random, seed, 0);
  for (gsize i = 0; i < PIXELS; i++)
    pixels[i] = rg_random_range (&random, -1, 1);
}

static inline RgImageState *
see (RgModel *model, RgPass *pass, const float *pixels)
{
  g_autoptr (GError) error = NULL;
  RgPixelValues seen = rg_pixel_values_borrow (rg_model_get_config (model)->vision.image_size, (float *) pixels);
  RgImageState *state = rg_model_see (model, pass, &seen, NULL, NULL, &error);

  g_assert_no_error (error);

  return state;
}

static inline void
set_up (Fixture *self, gconstpointer data)
{
  self->dir = g_dir_make_tmp ("regard-model-XXXXXX", NULL);
  self->model = tiny_model_new (self->dir, SEED, SCALE);
  self->pass = rg_pass_new (NULL, RG_PRECISION_F32);
  self->n_tokens = rg_model_get_config (self->model)->text.vocabulary_size;
  fill_pixels (self->pixels, 1);
  self->seen = rg_pixel_values_borrow (TINY_SIDE, self->pixels);
  self->image = see (self->model, self->pass, self->pixels);
}

static inline void
tear_down (Fixture *self, gconstpointer data)
{
  rg_image_state_free (self->image);
  rg_pass_free (self->pass);
  rg_model_free (self->model);
  tiny_folder_remove (self->dir);
}

static inline void
read_ids (const Fixture *self, RgModel *model, RgImageState *image, RgTextState *text, gsize start, gsize n, float *logits, float *attention)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (rg_model_read (model, self->pass, image, text, ids + start, n, logits, attention, &error));
  g_assert_no_error (error);
}

/* The picture's keys and values for each of the two layers, made of the parts themselves; they live in the pass. */
static inline void
remember (Fixture *self, RgTensor **memory)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  RgProjector *projector = rg_model_get_projector (self->model);
  guint offsets[] = { 0, PATCHES };
  RgTensor *x;

  rg_pass_reset (self->pass);
  x = rg_vision_encoder_forward (self->pass, rg_model_get_encoder (self->model), &config->vision, rg_pass_input (self->pass, TINY_SIDE * TINY_SIDE, 3, self->pixels), &(RgVisionRun){ .n_images = 1, .offsets = offsets });
  x = rg_projector_remember (self->pass, projector, &config->projector, rg_projector_forward (self->pass, projector, &config->projector, x, 1), 1);
  for (guint i = 0; i < 2; i++)
    memory[i] = rg_block_remember (self->pass, &rg_model_get_decoder (self->model)->layers[i], &rg_model_get_config (self->model)->text.block, x);
}
