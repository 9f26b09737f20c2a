/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/model.h"
#include "engine/train/optimizer.h"
#include "engine/train/scene.h"

/* A recipe: everything that decides what `regard-cli train` makes, in one key file. The same recipe gives the same model, to
 * the last bit on one kind of processor. Groups: [Model], [World], [Training]; every key has the meaning of the field below
 * that it is named after. */

G_BEGIN_DECLS

/**
 * RgRecipe:
 * @model: sizes; the vocabulary's is that of the tokenizer to be made
 * @vocabulary_size: tokens to learn at most
 * @scenes: what the pictures show at full difficulty
 * @languages: bit mask, 1 << RgLanguage
 * @max_turns: questions about one picture
 * @max_tokens: of the conversation about one picture
 * @aspect: chance that a picture is not square, and therefore padded
 * @pictures: how many pictures the whole run sees, each once
 * @batch: pictures an update
 * @part: pictures a pass; the parts of a batch run side by side
 * @first_image_size: side of the pictures in the first part of the run; [Model] image_size to begin at full size
 * @grow: where in the run, 0 … 1, the pictures grow to full size; small pictures cost a fraction and teach most of the
 *   language
 * @easy: the first part of the run, 0 … 1, over which scenes grow from easy to full difficulty
 * @align_weight: of the patches' words in the loss
 * @pair_weight: of pictures against captions in the loss
 * @seed: of weights and scenes
 * @int8: round matrices to 8 bits for the products that go forward and those that give the derivatives of what was multiplied (see
 *   rg_int8_weights_new()), where the processor multiplies such numbers faster: twice as fast, and coarser
 */
typedef struct
{
  RgModelConfig model;
  guint vocabulary_size;
  RgSceneOptions scenes;
  guint languages;
  guint max_turns, max_tokens;
  double aspect;
  guint64 pictures;
  guint batch, part;
  guint first_image_size;
  double grow;
  double easy;
  double align_weight, pair_weight;
  guint64 seed;
  gboolean int8;
  RgOptimizerConfig optimizer;
} RgRecipe;

/** rg_recipe_read: @path: a key file. Errors: %RG_ERROR_FORMAT naming the key, or a file error. */
gboolean rg_recipe_read (RgRecipe *self, const char *path, GError **error);

/** rg_recipe_get_n_steps: Returns: updates of the whole run. */
guint rg_recipe_get_n_steps (const RgRecipe *self);

/**
 * rg_recipe_at:
 * @step: of the run
 *
 * Returns: the recipe with the picture size of that part of the run, and scenes that fit: objects keep their size in pixels,
 *   and there are only as many as small pictures have room for
 */
RgRecipe rg_recipe_at (const RgRecipe *self, guint step);

G_END_DECLS
