/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/decoder/decoder.h"

void
rg_decoder_declare (RgDecoder *self, const RgTextConfig *config, RgParameters *parameters)
{
  gsize d = config->block.width;

  rg_parameters_declare (parameters, &self->embedding, config->vocabulary_size, d, RG_INIT_NORMAL, 0.02f, RG_PARAMETER_TABLE, "text_model.embed_tokens.weight");

  for (guint i = 0; i < config->n_layers; i++)
    {
      g_autofree char *prefix = g_strdup_printf ("text_model.layers.%u", i);

      rg_block_declare (&self->layers[i], &config->block, &rg_block_names, parameters, prefix);
    }

  rg_norm_declare (&self->norm, config->block.norm, d, parameters, "text_model", "norm");
}

static RgRotation *
rotate_texts (RgPass *pass, const RgBlockConfig *config, const RgDecoderRun *run)
{
  guint *positions = rg_arena_alloc (pass->arena, run->n * sizeof (guint));
  guint start = run->caches != NULL ? run->caches[0].n_rows : 0;

  for (guint t = 0; t < run->n_texts; t++)
    for (guint r = run->offsets[t]; r < run->offsets[t + 1]; r++)
      positions[r] = start + r - run->offsets[t];

  return rg_rotation_new (pass, positions, run->n, config->head_dim, config->rotary_base);
}

RgTensor *
rg_decoder_forward (RgPass *pass, RgDecoder *self, const RgTextConfig *config, const RgDecoderRun *run)
{
  RgBlockRun layer_run = {
    .n_segments = run->n_texts,
    .offsets = run->offsets,
    .causal = TRUE,
    .rotation = config->block.rotary_base > 0 ? rotate_texts (pass, &config->block, run) : NULL,
    .memory_offsets = run->memory_offsets,
    .memory_hidden = run->memory_hidden,
  };
  RgTensor *x = rg_gather_rows (pass, &self->embedding, run->ids, run->n); /* R × D */

  g_assert (run->wanted == NULL || (run->record == NULL && run->record_grad == NULL));

  for (guint i = 0; i < config->n_layers; i++)
    {
      if (rg_pass_is_cancelled (pass))
        return NULL;

      layer_run.keep = i + 1 == config->n_layers ? run->wanted : NULL;
      layer_run.memory = run->memory != NULL ? run->memory[i] : NULL;
      layer_run.cache = run->caches != NULL ? &run->caches[i] : NULL;
      layer_run.record = run->record != NULL ? run->record + i * config->block.n_heads * run->n * layer_run.memory->rows : NULL;
      layer_run.record_grad = run->record_grad != NULL ? run->record_grad + i * config->block.n_heads * run->n * layer_run.memory->rows : NULL;
      layer_run.self_record = run->self_record != NULL ? run->self_record + i * config->block.n_heads * run->n * run->n : NULL;

      x = rg_block_forward (pass, &self->layers[i], &config->block, x, &layer_run); /* R × D */
      if (run->layers != NULL)
        run->layers[i] = x;
    }

  return rg_norm_forward (pass, &self->norm, x, config->block.epsilon);
}

RgTensor *
rg_decoder_logits (RgPass *pass, RgDecoder *self, RgTensor *hidden)
{
  return rg_linear (pass, hidden, &self->embedding, NULL, NULL);
}
