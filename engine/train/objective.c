/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/objective.h"

void
rg_losses_add (RgLosses *self, const RgLosses *other)
{
  self->answers += other->answers;
  self->patches += other->patches;
  self->pairs += other->pairs;
  self->n_right += other->n_right;
  self->n_answers += other->n_answers;
  self->n_parts += other->n_parts;
}

static double
patch_loss (RgPass *pass, RgModel *model, const RgRecipe *recipe, const RgWords *words, const RgBatch *batch, RgTensor *tokens, float weight)
{
  RgDecoder *decoder = rg_model_get_decoder (model);
  RgTensor *patches = rg_normalize_rows (pass, tokens); /* (N · P) × D */
  double loss = 0;

  for (guint concept = 0; concept < RG_N_CONCEPTS; concept++)
    {
      RgTensor *says;

      if (!(recipe->languages & 1u << rg_concept_get_language (concept)))
        continue;
      says = rg_shared_space_say (pass, rg_model_get_shared_space (model), patches, &decoder->embedding, concept, words->ids[concept], words->n[concept]);
      loss += rg_cross_entropy (pass, says, batch->patches[concept], weight, NULL, NULL);
    }

  return loss;
}

static double
pair_loss (RgPass *pass, RgModel *model, const RgBatch *batch, RgTensor *tokens, float weight)
{
  RgSharedSpace *space = rg_model_get_shared_space (model);
  RgDecoder *decoder = rg_model_get_decoder (model);
  RgTensor *pictures = rg_shared_space_picture (pass, space, tokens, batch->image_offsets, batch->n);
  RgTensor *captions = rg_shared_space_caption (pass, space, &decoder->embedding, (const guint32 *) batch->captions->data, batch->caption_offsets, batch->n);
  int *diagonal = rg_arena_alloc (pass->arena, batch->n * sizeof (int));
  double loss;

  for (guint i = 0; i < batch->n; i++)
    diagonal[i] = i;

  loss = rg_cross_entropy (pass, rg_shared_space_pair (pass, space, pictures, captions), diagonal, weight / 2, NULL, NULL);
  loss += rg_cross_entropy (pass, rg_shared_space_pair (pass, space, captions, pictures), diagonal, weight / 2, NULL, NULL);

  return loss / 2;
}

RgLosses
rg_objective_forward (RgPass *pass, RgModel *model, const RgRecipe *recipe, const RgWords *words, const RgBatch *batch, double share)
{
  const RgModelConfig *config = rg_model_get_config (model);
  RgDecoder *decoder = rg_model_get_decoder (model);
  RgProjector *projector = rg_model_get_projector (model);
  gsize side = config->vision.image_size;
  RgTensor *memory[RG_MAX_LAYERS];
  RgRowChoice answering = { (const guint32 *) batch->rows->data, batch->rows->len, batch->row_offsets };
  RgDecoderRun run = {
    .ids = (const guint32 *) batch->ids->data,
    .n = batch->ids->len,
    .n_texts = batch->n,
    .offsets = batch->text_offsets,
    .memory = memory,
    .memory_offsets = batch->memory_offsets,
    .wanted = &answering,
  };
  RgLosses losses = { .n_parts = 1 };
  float *values = rg_arena_alloc (pass->arena, batch->n * side * side * 3 * sizeof (float));
  RgTensor *pixels, *patches, *tokens, *remembered, *hidden;

  for (guint i = 0; i < batch->n; i++)
    rg_batch_get_pixels (batch, i, values + i * side * side * 3);
  pixels = rg_pass_input (pass, batch->n * side * side, 3, values);
  patches = rg_vision_encoder_forward (pass, rg_model_get_encoder (model), &config->vision, pixels, &(RgVisionRun){ .n_images = batch->n, .offsets = batch->image_offsets });
  tokens = rg_projector_forward (pass, projector, &config->projector, patches, batch->n); /* (N · P) × D */

  if (recipe->align_weight > 0)
    losses.patches = patch_loss (pass, model, recipe, words, batch, tokens, share * recipe->align_weight);
  if (recipe->pair_weight > 0)
    losses.pairs = pair_loss (pass, model, batch, tokens, share * recipe->pair_weight);

  remembered = rg_projector_remember (pass, projector, &config->projector, tokens, batch->n); /* (N · (1 + P)) × D */
  for (guint i = 0; i < config->text.n_layers; i++)
    memory[i] = rg_block_remember (pass, &decoder->layers[i], &config->text.block, remembered);

  hidden = rg_decoder_forward (pass, decoder, &config->text, &run); /* answering × D */
  losses.answers = rg_cross_entropy (pass, rg_decoder_logits (pass, decoder, &config->text, hidden), (const int *) batch->targets->data, share, &losses.n_right, &losses.n_answers);

  return losses;
}
