/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/decoder/decoder.h"

#include <string.h>

#define INIT_SCALE 0.02f

const RgTextNames rg_text_names = {
  .prefix = "text_model",
  .embedding = "embed_tokens.weight",
  .layers = "layers",
  .last_norm = "norm",
  .block = &rg_block_names,
};

gboolean
rg_text_config_looks (const RgTextConfig *config, guint layer)
{
  return config->looking_layers == 0 || (config->looking_layers >> layer & 1) != 0;
}

gboolean
rg_text_config_has_self (const RgTextConfig *config, guint layer)
{
  return config->looking_layers == 0 || (config->looking_layers >> layer & 1) == 0;
}

RgBlockConfig
rg_text_config_get_block (const RgTextConfig *config, guint layer)
{
  RgBlockConfig block = config->block;

  if (config->looking_layers != 0)
    block.cross = block.cross_alone = block.head_norms = block.gates = rg_text_config_looks (config, layer);
  if ((config->local_layers >> layer & 1) != 0)
    {
      block.window = config->local_window;
      block.rotary_base = config->local_rotary_base;
      block.rotary_stretch = (RgRotaryStretch){ 0 };
    }

  return block;
}

guint
rg_text_config_count_looks (const RgTextConfig *config)
{
  guint n = 0;

  for (guint i = 0; i < config->n_layers; i++)
    n += rg_text_config_looks (config, i);

  return n;
}

guint
rg_text_config_count_self (const RgTextConfig *config)
{
  return config->looking_layers == 0 ? config->n_layers : config->n_layers - rg_text_config_count_looks (config);
}

guint
rg_text_config_find_look (const RgTextConfig *config, guint look)
{
  guint layer = 0;

  for (guint n = 0; layer < config->n_layers; layer++)
    if (rg_text_config_looks (config, layer) && n++ == look)
      break;
  g_assert (layer < config->n_layers);

  return layer;
}

void
rg_decoder_declare (RgDecoder *self, const RgTextConfig *config, const RgTextNames *names, RgParameters *parameters)
{
  gsize d = config->block.width;

  rg_parameters_declare (parameters, &self->embedding, config->vocabulary_size + config->n_unscored, d, RG_INIT_NORMAL, INIT_SCALE, RG_PARAMETER_TABLE, "%s.%s", names->prefix, names->embedding);
  if (config->learned_places)
    rg_parameters_declare (parameters, &self->places, config->max_positions, d, RG_INIT_NORMAL, INIT_SCALE, RG_PARAMETER_TABLE, "%s.%s", names->prefix, names->places);
  if (config->n_segment_kinds > 0)
    rg_parameters_declare (parameters, &self->segment_kinds, config->n_segment_kinds, d, RG_INIT_NORMAL, INIT_SCALE, RG_PARAMETER_TABLE, "%s.%s", names->prefix, names->segment_kinds);

  if (config->first_norm)
    rg_norm_declare (&self->first_norm, config->block.norm, d, parameters, names->prefix, names->first_norm);

  for (guint i = 0; i < config->n_layers; i++)
    {
      g_autofree char *prefix = g_strdup_printf ("%s.%s.%u", names->prefix, names->layers, i);
      RgBlockConfig block = rg_text_config_get_block (config, i);

      rg_block_declare (&self->layers[i], &block, block.cross_alone ? names->looking_block : names->block, parameters, prefix);
    }

  if (config->last_norm)
    rg_norm_declare (&self->norm, config->block.norm, d, parameters, names->prefix, names->last_norm);
  if (config->scores == RG_SCORES_TRANSFORM)
    {
      rg_linear_declare (&self->transform, d, d, TRUE, INIT_SCALE, parameters, names->scores, names->transform);
      rg_norm_declare (&self->scores_norm, config->block.norm, d, parameters, names->scores, names->scores_norm);
      rg_linear_declare (&self->scores_map, config->vocabulary_size, d, TRUE, INIT_SCALE, parameters, names->scores, names->scores_map);
    }
  if (config->scores == RG_SCORES_MAP)
    rg_parameters_declare (parameters, &self->scores_map.weight, config->vocabulary_size, d, RG_INIT_NORMAL, INIT_SCALE, RG_PARAMETER_MATRIX, "%s.weight", names->scores_map);
}

/* @n_axes: of which each row has the same position everywhere, as text has. */
static const guint32 *
count_positions (RgPass *pass, const RgDecoderRun *run, guint n_axes)
{
  guint32 *positions = rg_arena_alloc (pass->arena, run->n * n_axes * sizeof (guint32));
  guint start = run->first_position + (run->caches != NULL ? run->caches[0].n_rows : 0);

  for (guint t = 0; t < run->n_texts; t++)
    for (guint r = run->offsets[t]; r < run->offsets[t + 1]; r++)
      for (guint a = 0; a < n_axes; a++)
        positions[r * n_axes + a] = start + r - run->offsets[t];

  return positions;
}

static gsize
count_memory (const RgTextConfig *config, const RgDecoderRun *run)
{
  return run->memory != NULL ? run->memory[rg_text_config_find_look (config, 0)]->rows : 0;
}

gsize
rg_decoder_count_keys (const RgTextConfig *config, const RgDecoderRun *run)
{
  gsize n_cached = run->caches != NULL ? run->caches[0].n_rows : 0;

  return count_memory (config, run) + (config->block.cross ? 0 : n_cached + run->n);
}

/* In place: the vectors were gathered for this run. Whoever trains such a model will want a derivative here, too. */
static void
scale_words (RgTensor *x, const RgTensor *embedding, float scale)
{
  g_assert (!embedding->wants_grad);

  for (gsize i = 0; i < x->rows * x->cols; i++)
    x->data[i] *= scale;
}

/* The rows of the first layer: words, with the image tokens that stand among them, R × D; or of the first text alone, @n. */
static RgTensor *
embed (RgPass *pass, RgDecoder *self, const RgTextConfig *config, const RgDecoderRun *run, const guint32 *positions, gsize n)
{
  static const guint32 first_kind = 0;
  RgTensor *x = rg_gather_rows (pass, &self->embedding, run->ids, n);

  if (config->word_scale > 0)
    scale_words (x, &self->embedding, config->word_scale);
  if (run->image_tokens != NULL)
    x = rg_put_rows (pass, x, run->image_tokens, run->image_rows);
  if (config->learned_places)
    x = rg_add_repeated (pass, x, rg_gather_rows (pass, &self->places, positions, n));
  if (config->n_segment_kinds > 0)
    x = rg_add_repeated (pass, x, rg_gather_rows (pass, &self->segment_kinds, &first_kind, 1));

  return config->first_norm ? rg_norm_forward (pass, &self->first_norm, x, config->block.epsilon) : x;
}

/* Which rows of a text stand before the picture. */
static gboolean
is_blind (const RgDecoderRun *run, guint text, gsize row)
{
  return row - run->offsets[text] + (run->caches != NULL ? run->caches[0].n_rows : 0) < run->n_blind;
}

/* What layers that look in place of self-attention need to know of each row: whether it stands before the picture, and what is
 * hidden from it. */
static void
tell_blind (RgPass *pass, const RgTextConfig *config, const RgDecoderRun *run, RgBlockRun *looking)
{
  gsize n_memory = count_memory (config, run);
  guint8 *closed, *hidden;

  if (config->looking_layers == 0 || run->memory == NULL)
    return;

  looking->closed = closed = rg_arena_alloc (pass->arena, run->n);
  looking->memory_hidden = hidden = rg_arena_alloc (pass->arena, run->n * n_memory);
  looking->hidden_each = TRUE;
  memset (hidden, 0, run->n * n_memory);
  for (guint t = 0; t < run->n_texts; t++)
    for (gsize r = run->offsets[t]; r < run->offsets[t + 1]; r++)
      {
        closed[r] = is_blind (run, t, r);
        if (run->memory_hidden != NULL)
          memcpy (hidden + r * n_memory, run->memory_hidden + (run->memory_offsets != NULL ? 0 : t * n_memory), n_memory);
        if (!closed[r])
          memset (hidden + (r + 1) * n_memory - run->n_padding, 1, run->n_padding);
      }
}

/* In training, many words of the texts are the same, and so are the rows of the first layer where nothing tells them apart but the rotation.
 * Returns: (nullable) */
static const RgRepeats *
find_repeats (RgPass *pass, const RgDecoder *self, const RgTextConfig *config, const RgDecoderRun *run)
{
  if (!pass->recording || !self->embedding.wants_grad || run->image_tokens != NULL || config->learned_places)
    return NULL;

  return rg_repeats_find (pass, run->ids, run->n, self->embedding.rows);
}

/* @local: whether for local layers. Returns: (transfer none) */
static const RgRotation *
make_rotation (RgPass *pass, const RgTextConfig *config, const guint32 *positions, gsize n, gboolean local)
{
  guint layer = 0;
  RgBlockConfig block;
  RgRotary rotary;
  RgRotation *self;

  while (local && (config->local_layers >> layer & 1) == 0)
    layer++;
  while (!local && layer + 1 < config->n_layers && (config->local_layers >> layer & 1) != 0)
    layer++;
  block = rg_text_config_get_block (config, layer);
  rotary = rg_block_config_get_rotary (&block);
  self = rg_rotation_new (pass, positions, n, &rotary);
  self->pairs = block.rotary_pairs;

  return self;
}

/* How many layers work on the first of the texts alone: those up to the first look; the last one may have rows to keep. */
static guint
count_alike (const RgTextConfig *config, const RgDecoderRun *run)
{
  guint n = run->alike && run->n_texts > 1 && config->block.cross ? rg_text_config_find_look (config, 0) + 1 : 0;

  return n < config->n_layers ? n : 0;
}

void
rg_decoder_remember (RgPass *pass, RgDecoder *self, const RgTextConfig *config, RgTensor *rows, RgTensor **memory)
{
  for (guint i = 0; i < config->n_layers; i++)
    {
      RgBlockConfig block = rg_text_config_get_block (config, i);

      memory[i] = rg_text_config_looks (config, i) ? rg_block_remember (pass, &self->layers[i], &block, rows) : NULL;
    }
}

RgTensor *
rg_decoder_forward (RgPass *pass, RgDecoder *self, const RgTextConfig *config, const RgDecoderRun *run)
{
  RgStretch stretch = run->stretch != NULL ? *run->stretch : (RgStretch){ NULL, 0, config->n_layers };
  RgBlockRun layer_run = {
    .n_segments = run->n_texts,
    .offsets = run->offsets,
    .causal = !config->sees_all,
    .mutual_first = run->mutual_first,
    .mutual_end = run->mutual_end,
    .memory_ends = run->memory_ends,
    .memory_offsets = run->memory_offsets,
    .memory_hidden = run->memory_hidden,
    .record_last = run->record_last,
    .walk = run->walk,
  };
  gsize n_keys = run->record != NULL || run->record_grad != NULL ? rg_decoder_count_keys (config, run) : 0;
  gsize n_recorded = config->block.n_heads * (run->record_last > 0 ? run->record_last : run->n) * n_keys;
  RgRotary rotary = rg_block_config_get_rotary (&config->block);
  const RgRotation *rotations[2] = { NULL }; /* of layers that see all, and of local ones */
  const guint32 *positions = run->positions != NULL ? run->positions : count_positions (pass, run, rg_rotary_get_n_axes (&rotary));
  RgBlockRun looking_run = { 0 };
  gsize n_looked = 0, n_self = 0, n_self_recorded = config->block.n_heads * run->n * run->n;
  guint n_alike = count_alike (config, run);
  const RgRepeats *repeats = stretch.x == NULL ? find_repeats (pass, self, config, run) : NULL;
  gsize n_first = n_alike > 0 ? run->offsets[1] : run->n;
  RgArenaMark mark;
  RgTensor *x = stretch.x != NULL ? stretch.x : embed (pass, self, config, run, positions, n_first); /* R × D, or of the first text */

  g_assert (run->wanted == NULL || (run->record == NULL && run->record_grad == NULL));

  for (guint local = 0; rotary.base > 0 && local <= (config->local_layers != 0); local++)
    rotations[local] = make_rotation (pass, config, positions, run->n, local);

  if (run->embedded != NULL)
    *run->embedded = x;

  tell_blind (pass, config, run, &looking_run);
  mark = rg_arena_mark (pass->arena);
  for (guint i = stretch.first; i < stretch.end; i++)
    {
      RgBlockConfig block = rg_text_config_get_block (config, i);

      if (rg_pass_is_cancelled (pass))
        return NULL;

      if (config->looking_layers != 0)
        {
          layer_run.memory_hidden = block.cross ? looking_run.memory_hidden : NULL;
          layer_run.hidden_each = block.cross && looking_run.hidden_each;
          layer_run.closed = block.cross ? looking_run.closed : NULL;
        }
      layer_run.alike = i < n_alike;
      layer_run.repeats = i == 0 ? repeats : NULL;
      layer_run.rotation = rotations[config->local_layers >> i & 1];
      layer_run.keep = i + 1 == config->n_layers ? run->wanted : NULL;
      layer_run.memory = run->memory != NULL ? run->memory[i] : NULL;
      layer_run.cache = run->caches != NULL ? &run->caches[i] : NULL;
      layer_run.normed = run->normed != NULL ? &run->normed[i] : NULL;
      layer_run.record = run->record != NULL ? run->record + n_looked * n_recorded : NULL;
      layer_run.record_grad = run->record_grad != NULL ? run->record_grad + n_looked * n_recorded : NULL;
      layer_run.self_record = run->self_record != NULL ? run->self_record + n_self * n_self_recorded : NULL;
      layer_run.self_record_grad = run->self_record_grad != NULL ? run->self_record_grad + n_self * n_self_recorded : NULL;
      n_looked += rg_text_config_looks (config, i);
      n_self += rg_text_config_has_self (config, i);

      x = rg_block_forward (pass, &self->layers[i], &block, x, &layer_run); /* R × D */
      if (run->layers != NULL)
        run->layers[i] = x;
      else if (!pass->recording)
        x = rg_pass_keep (pass, mark, x);
    }

  return config->last_norm && stretch.end == config->n_layers ? rg_norm_forward (pass, &self->norm, x, config->block.epsilon) : x;
}

RgTensor *
rg_decoder_logits (RgPass *pass, RgDecoder *self, const RgTextConfig *config, RgTensor *hidden)
{
  if (config->scores == RG_SCORES_MAP)
    return rg_linear_forward (pass, &self->scores_map, hidden, NULL);

  if (config->scores == RG_SCORES_TRANSFORM)
    {
      RgTensor *x = rg_activate (pass, rg_linear_forward (pass, &self->transform, hidden, NULL), config->block.activation); /* R × D */

      return rg_linear_forward (pass, &self->scores_map, rg_norm_forward (pass, &self->scores_norm, x, config->block.epsilon), NULL);
    }

  return rg_linear (pass, hidden, &self->embedding, NULL, NULL);
}
