/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/direct.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/error.h"
#include "engine/explain/contrast.h"

#define ROWS 64 /* of a matrix that are looked at in one go */

/* One score, followed back. Letters as in RgTextRecord. */
typedef struct
{
  const RgExplained *answer;
  const RgTextRecord *record;
  gsize row;
  double *u; /* D: the score is u · x plus what does not depend on x, the stream before the last norm */
  double *z; /* H · head_dim: W_Oᵀ u of one layer */
  float *map;
  RgDirectParts *parts;
} Trail;

/* Adds @factor times a row of the output layer to @u; a bias to the score. */
static void
add_output (Trail *self, guint32 id, double factor)
{
  RgDecoder *decoder = rg_model_get_decoder (self->answer->model);
  const RgTextConfig *config = &rg_model_get_config (self->answer->model)->text;
  RgTensor *output = config->scores == RG_SCORES_MAP ? &decoder->scores_map.weight : &decoder->embedding;
  const RgTensor *row = rg_gather_rows (self->answer->pass, output, &id, 1); /* whatever type the file has */

  for (gsize d = 0; d < config->block.width; d++)
    self->u[d] += factor * row->data[d];
}

/* From behind the last norm to before it, its mean and scale as they were. @x: the stream */
static void
pass_norm (Trail *self, const float *x)
{
  const RgTextConfig *config = &rg_model_get_config (self->answer->model)->text;
  const RgNorm *norm = &rg_model_get_decoder (self->answer->model)->norm;
  gsize width = config->block.width;
  double mean = 0, square = 0, average = 0;

  if (!config->last_norm)
    return;

  for (gsize d = 0; d < width && config->block.norm == RG_NORM_LAYER; d++)
    mean += x[d] / width;
  for (gsize d = 0; d < width; d++)
    square += (x[d] - mean) * (x[d] - mean) / width;
  for (gsize d = 0; d < width; d++)
    {
      self->u[d] *= (norm->offset + norm->gain.data[d]) / sqrt (square + config->block.epsilon);
      average += self->u[d] / width;
    }
  for (gsize d = 0; d < width && config->block.norm == RG_NORM_LAYER; d++)
    self->u[d] -= average; /* the norm takes the mean off */
}

/* self->z = outᵀ u, through the gate where there is one. @gate: (nullable) */
static void
pass_output (Trail *self, RgTensor *out, const RgTensor *gate)
{
  RgPass *pass = self->answer->pass;
  guint32 rows[ROWS];

  memset (self->z, 0, out->cols * sizeof (double));
  for (gsize first = 0; first < out->rows; first += ROWS)
    {
      RgArenaMark mark = rg_arena_mark (pass->arena);
      gsize n = MIN (out->rows - first, ROWS);
      const RgTensor *some;

      for (gsize i = 0; i < n; i++)
        rows[i] = first + i;
      some = rg_gather_rows (pass, out, rows, n);
      for (gsize i = 0; i < n; i++)
        for (gsize c = 0; c < out->cols; c++)
          self->z[c] += self->u[first + i] * some->data[i * out->cols + c];
      rg_arena_release (pass->arena, mark);
    }
  for (gsize c = 0; gate != NULL && c < out->cols; c++)
    self->z[c] *= tanh (gate->data[0]);
}

/* What head @head wrote for one key. @values: keys and values, a row a key */
static double
weigh (const Trail *self, guint head, const float *attention, const RgTensor *values, gsize key)
{
  const RgBlockConfig *config = &rg_model_get_config (self->answer->model)->text.block;
  const float *v = values->data + key * values->cols + values->cols / 2 + (gsize) head * config->n_kv_heads / config->n_heads * config->head_dim;
  const double *z = self->z + (gsize) head * config->head_dim;
  double sum = 0;

  for (guint i = 0; i < config->head_dim; i++)
    sum += z[i] * v[i];

  return attention[key] * sum;
}

/* Where image tokens are among the memory's rows; others are −1. */
static int *
invert_places (const RgExplained *answer, gsize n_memory)
{
  const guint32 *places = rg_image_state_get_places (answer->image);
  int *patches = g_new (int, n_memory);

  memset (patches, 0xff, n_memory * sizeof *patches);
  for (guint p = 0; p < rg_image_state_get_n_patches (answer->image); p++)
    patches[places[p]] = p;

  return patches;
}

/* What a layer's attention to the memory wrote. @look: the layer among those that look */
static void
follow_memory (Trail *self, guint layer, guint look, const int *patches)
{
  const RgTextRecord *record = self->record;
  const RgBlockConfig *config = &rg_model_get_config (self->answer->model)->text.block;
  RgBlock *block = &rg_model_get_decoder (self->answer->model)->layers[layer];
  RgTensor memory = rg_image_state_copy_memory (self->answer->image, layer);

  pass_output (self, config->cross ? &block->cross_out.weight : &block->out.weight, rg_text_config_get_block (&rg_model_get_config (self->answer->model)->text, layer).gates ? &block->attention_gate : NULL);
  for (guint head = 0; head < config->n_heads; head++)
    {
      const float *attention = record->attention + (((gsize) look * config->n_heads + head) * record->n_rows + self->row) * record->n_keys;

      for (gsize key = 0; key < record->n_memory; key++)
        {
          double value = weigh (self, head, attention, &memory, key);

          if (patches[key] >= 0)
            self->map[patches[key]] += value;
          *(patches[key] >= 0 ? &self->parts->picture : &self->parts->memory) += value;
        }
      for (gsize key = 0; !config->cross && key < record->n_rows; key++)
        self->parts->text += weigh (self, head, attention + record->n_memory, &record->values[layer], key);
    }
  g_free (memory.data);
}

/* What a layer's self-attention beside cross-attention wrote. @own: the layer among those that have it */
static void
follow_text (Trail *self, guint layer, guint own)
{
  const RgTextRecord *record = self->record;
  const RgBlockConfig *config = &rg_model_get_config (self->answer->model)->text.block;

  pass_output (self, &rg_model_get_decoder (self->answer->model)->layers[layer].out.weight, NULL);
  for (guint head = 0; head < config->n_heads; head++)
    for (gsize key = 0; key < record->n_rows; key++)
      self->parts->text += weigh (self, head, record->self_attention + (((gsize) own * config->n_heads + head) * record->n_rows + self->row) * record->n_rows, &record->values[layer], key);
}

/* @target: of the row. Adds to map and parts. */
static void
follow (Trail *self, const RgTextTarget *target)
{
  const RgTextConfig *config = &rg_model_get_config (self->answer->model)->text;
  RgDecoder *decoder = rg_model_get_decoder (self->answer->model);
  RgPass *pass = self->answer->pass;
  guint32 row = self->row;
  g_autofree int *patches = invert_places (self->answer, self->record->n_memory);
  const RgTensor *logits = rg_decoder_logits (pass, decoder, config, rg_gather_rows (pass, self->record->hidden, &row, 1));
  double score = logits->data[target->next] - (target->against != RG_NO_TOKEN ? (double) logits->data[target->against] : 0);
  RgDirectParts before = *self->parts;

  memset (self->u, 0, config->block.width * sizeof (double));
  add_output (self, target->next, 1);
  if (target->against != RG_NO_TOKEN)
    add_output (self, target->against, -1);
  pass_norm (self, self->record->layers[config->n_layers - 1]->data + self->row * config->block.width);

  for (guint layer = 0, look = 0, own = 0; layer < config->n_layers; layer++)
    {
      if (rg_text_config_looks (config, layer))
        follow_memory (self, layer, look++, patches);
      if (config->block.cross && rg_text_config_has_self (config, layer))
        follow_text (self, layer, own++);
    }

  self->parts->score += score;
  self->parts->rest += score - (self->parts->picture - before.picture) - (self->parts->memory - before.memory) - (self->parts->text - before.text);
}

static gboolean
check_sum (const RgTextConfig *config, GError **error)
{
  if (!config->block.norm_last && !config->block.out_norms && config->scores != RG_SCORES_TRANSFORM)
    return TRUE;

  g_set_error_literal (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("What patches write into a word’s score cannot be told apart in this model: its scores are no sum of what its layers write."));

  return FALSE;
}

gboolean
rg_direct_map (const RgExplained *self, float *maps, RgDirectParts *parts, GError **error)
{
  const RgTextConfig *config = &rg_model_get_config (self->model)->text;
  gsize n_patches = rg_image_state_get_n_patches (self->image);
  g_autofree double *u = g_new (double, config->block.width);
  g_autofree double *z = g_new (double, (gsize) config->block.n_heads * config->block.head_dim);
  g_autofree RgDirectParts *all = g_new0 (RgDirectParts, self->n_words);
  RgTextRecord record;

  if (!check_sum (config, error) ||
      !rg_text_record_read (&record, self->model, self->pass, self->image, &(RgTextReading){ .ids = self->ids, .n = self->n_ids - 1, .n_prompt = self->first, .attention = TRUE, .values = TRUE }, error))
    return FALSE;

  memset (maps, 0, self->n_words * n_patches * sizeof (float));
  for (guint w = 0; w < self->n_words; w++)
    for (guint t = 0; t < rg_contrast_count_targets (self, w); t++)
      {
        Trail trail = { self, &record, 0, u, z, maps + w * n_patches, &all[w] };
        RgTextTarget target;

        trail.row = rg_text_record_get_row (&record, rg_contrast_get_target (self, w, t, &target));
        follow (&trail, &target);
        rg_explained_note_run (self);
      }
  if (parts != NULL)
    memcpy (parts, all, self->n_words * sizeof *parts);

  return TRUE;
}
