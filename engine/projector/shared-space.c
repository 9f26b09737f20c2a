/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/projector/shared-space.h"

#include <math.h>

#define FIRST_SCALE 10.0f /* of the cosines, before training moves it */

void
rg_shared_space_declare (RgSharedSpace *self, gsize width, RgParameters *parameters)
{
  static const char *const names[RG_N_CONCEPTS] = { "kind_en", "kind_fr", "color_en", "color_fr" };
  float scale = sqrtf (1.0f / width);

  for (guint i = 0; i < RG_N_CONCEPTS; i++)
    rg_parameters_declare (parameters, &self->background[i], 1, width, RG_INIT_NORMAL, 0.02f, RG_PARAMETER_TABLE, "shared_space.background_%s.weight", names[i]);

  rg_parameters_declare (parameters, &self->patch_scale, 1, 1, RG_INIT_CONSTANT, logf (FIRST_SCALE), RG_PARAMETER_VECTOR, "shared_space.patch_scale");
  rg_parameters_declare (parameters, &self->picture_weight, width, width, RG_INIT_NORMAL, scale, RG_PARAMETER_MATRIX, "shared_space.picture_proj.weight");
  rg_parameters_declare (parameters, &self->caption_weight, width, width, RG_INIT_NORMAL, scale, RG_PARAMETER_MATRIX, "shared_space.caption_proj.weight");
  rg_parameters_declare (parameters, &self->pair_scale, 1, 1, RG_INIT_CONSTANT, logf (FIRST_SCALE), RG_PARAMETER_VECTOR, "shared_space.pair_scale");
}

RgTensor *
rg_shared_space_say (RgPass *pass, RgSharedSpace *self, RgTensor *patches, RgTensor *embedding, RgConcept concept, const guint32 *words, gsize n_words)
{
  RgTensor *names = rg_concat_rows (pass, &self->background[concept], rg_gather_rows (pass, embedding, words, n_words));
  RgTensor *cosines = rg_linear (pass, patches, rg_normalize_rows (pass, names), NULL, NULL); /* R × (1 + n) */

  return rg_exp_scale (pass, cosines, &self->patch_scale);
}

RgTensor *
rg_shared_space_picture (RgPass *pass, RgSharedSpace *self, RgTensor *tokens, const guint *offsets, guint n)
{
  RgTensor *mean = rg_segment_mean (pass, tokens, offsets, n); /* N × D */

  return rg_normalize_rows (pass, rg_linear (pass, mean, &self->picture_weight, NULL, NULL));
}

RgTensor *
rg_shared_space_caption (RgPass *pass, RgSharedSpace *self, RgTensor *embedding, const guint32 *ids, const guint *offsets, guint n)
{
  RgTensor *words = rg_gather_rows (pass, embedding, ids, offsets[n]);
  RgTensor *mean = rg_segment_mean (pass, words, offsets, n); /* N × D */

  return rg_normalize_rows (pass, rg_linear (pass, mean, &self->caption_weight, NULL, NULL));
}

RgTensor *
rg_shared_space_pair (RgPass *pass, RgSharedSpace *self, RgTensor *a, RgTensor *b)
{
  return rg_exp_scale (pass, rg_linear (pass, a, b, NULL, NULL), &self->pair_scale);
}
