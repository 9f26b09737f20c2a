/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/direct.h"

#include <math.h>
#include <string.h>

#include "engine/explain/contrast.h"

#define ROWS 64 /* of a matrix that are looked at in one go */

/* One score, followed back. Letters as in RgTextRecord. */
typedef struct
{
  const RgExplained *answer;
  const RgTextRecord *record;
  gsize row;
  double *u;       /* D: the score is u · x plus what does not depend on x, the stream at the place that was reached */
  double *written; /* D: likewise of what a part adds to the stream */
  double *z;       /* H · head_dim, or D: Wᵀ u of one matrix */
  float *map;
  RgDirectParts *parts;
} Trail;

/* Adds @factor times a row of the output layer to @u; a bias to the score. */
static void
add_output (Trail *self, guint32 id, double factor)
{
  RgDecoder *decoder = rg_model_get_decoder (self->answer->model);
  const RgTextConfig *config = &rg_model_get_config (self->answer->model)->text;
  RgTensor *output = config->scores == RG_SCORES_WORDS ? &decoder->embedding : &decoder->scores_map.weight;
  const RgTensor *row = rg_gather_rows (self->answer->pass, output, &id, 1); /* whatever type the file has */

  for (gsize d = 0; d < config->block.width; d++)
    self->u[d] += factor * row->data[d];
}

/* From behind a norm to before it, its mean and scale as they were. @x: the row that it read */
static void
pass_norm (double *u, const RgNorm *norm, float epsilon, const float *x, gsize width)
{
  gboolean is_layer_norm = norm->bias.cols > 0;
  double mean = 0, square = 0, average = 0;

  for (gsize d = 0; d < width && is_layer_norm; d++)
    mean += x[d] / width;
  for (gsize d = 0; d < width; d++)
    square += (x[d] - mean) * (x[d] - mean) / width;
  for (gsize d = 0; d < width; d++)
    {
      u[d] *= (norm->offset + norm->gain.data[d]) / sqrt (square + epsilon);
      average += u[d] / width;
    }
  for (gsize d = 0; d < width && is_layer_norm; d++)
    u[d] -= average; /* the norm takes the mean off */
}

/* The row of @x that is followed, of R × D. */
static const float *
get_row (const Trail *self, const RgTensor *x)
{
  return x->data + self->row * x->cols;
}

/* self->z = matrixᵀ u */
static void
pass_matrix (Trail *self, RgTensor *matrix, const double *u)
{
  RgPass *pass = self->answer->pass;
  guint32 rows[ROWS];

  memset (self->z, 0, matrix->cols * sizeof (double));
  for (gsize first = 0; first < matrix->rows; first += ROWS)
    {
      RgArenaMark mark = rg_arena_mark (pass->arena);
      gsize n = MIN (matrix->rows - first, ROWS);
      const RgTensor *some;

      for (gsize i = 0; i < n; i++)
        rows[i] = first + i;
      some = rg_gather_rows (pass, matrix, rows, n);
      for (gsize i = 0; i < n; i++)
        for (gsize c = 0; c < matrix->cols; c++)
          self->z[c] += u[first + i] * some->data[i * matrix->cols + c];
      rg_arena_release (pass->arena, mark);
    }
}

/* Scores by map (norm (activation (transform (x)))): f (t) is t times a gate f (t) / t, which is held as the norm's scale is. */
static void
pass_transform (Trail *self, RgTensor *hidden)
{
  const RgTextConfig *config = &rg_model_get_config (self->answer->model)->text;
  RgDecoder *decoder = rg_model_get_decoder (self->answer->model);
  RgTensor *inner = rg_linear_forward (self->answer->pass, &decoder->transform, hidden, NULL);
  const RgTensor *active = rg_activate (self->answer->pass, inner, config->block.activation);

  pass_norm (self->u, &decoder->scores_norm, config->block.epsilon, active->data, active->cols);
  for (gsize d = 0; d < inner->cols; d++)
    self->u[d] *= inner->data[d] != 0 ? active->data[d] / inner->data[d] : 0;
  pass_matrix (self, &decoder->transform.weight, self->u);
  memcpy (self->u, self->z, decoder->transform.weight.cols * sizeof (double));
}

/* self->z: of what attention of a layer gives to @out, through a gate or a norm where there is one. @read: what that norm read */
static void
pass_output (Trail *self, const RgBlockConfig *config, RgBlock *block, RgTensor *out, const RgTensor *read)
{
  memcpy (self->written, self->u, config->width * sizeof (double));
  if (config->out_norms)
    pass_norm (self->written, &block->out_norm, config->epsilon, get_row (self, read), config->width);
  pass_matrix (self, out, self->written);
  for (gsize c = 0; config->gates && c < out->cols; c++)
    self->z[c] *= tanh (block->attention_gate.data[0]);
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

/* What a layer's attention to the memory wrote; self->z is of it. @look: the layer among those that look */
static void
follow_memory (Trail *self, guint layer, guint look, const int *patches)
{
  const RgTextRecord *record = self->record;
  const RgBlockConfig *config = &rg_model_get_config (self->answer->model)->text.block;
  RgTensor memory = rg_image_state_copy_memory (self->answer->image, layer);

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

/* Likewise of self-attention beside cross-attention. @own: the layer among those that have it */
static void
follow_text (Trail *self, guint layer, guint own)
{
  const RgTextRecord *record = self->record;
  const RgBlockConfig *config = &rg_model_get_config (self->answer->model)->text.block;

  for (guint head = 0; head < config->n_heads; head++)
    for (gsize key = 0; key < record->n_rows; key++)
      self->parts->text += weigh (self, head, record->self_attention + (((gsize) own * config->n_heads + head) * record->n_rows + self->row) * record->n_rows, &record->values[layer], key);
}

/* From the scores to before the last norm. */
static void
follow_scores (Trail *self, const RgTextTarget *target, RgTensor *hidden)
{
  const RgTextConfig *config = &rg_model_get_config (self->answer->model)->text;

  memset (self->u, 0, config->block.width * sizeof (double));
  add_output (self, target->next, 1);
  if (target->against != RG_NO_TOKEN)
    add_output (self, target->against, -1);
  if (config->scores == RG_SCORES_TRANSFORM)
    pass_transform (self, hidden);
  if (config->last_norm)
    pass_norm (self->u, &rg_model_get_decoder (self->answer->model)->norm, config->block.epsilon, get_row (self, self->record->layers[config->n_layers - 1]), config->block.width);
}

/* From behind the last layer to before the first. Returns: %FALSE if cancelled */
static gboolean
follow_layers (Trail *self)
{
  const RgTextConfig *config = &rg_model_get_config (self->answer->model)->text;
  guint look = rg_text_config_count_looks (config), own = rg_text_config_count_self (config);
  g_autofree int *patches = invert_places (self->answer, self->record->n_memory);

  for (guint layer = config->n_layers; layer-- > 0;)
    {
      RgBlockConfig shape = rg_text_config_get_block (config, layer);
      RgBlock *block = &rg_model_get_decoder (self->answer->model)->layers[layer];
      const RgBlockNormed *normed = &self->record->normed[layer];

      if (rg_pass_is_cancelled (self->answer->pass))
        return FALSE;

      if (shape.norm_last)
        pass_norm (self->u, &block->mlp_norm, shape.epsilon, get_row (self, normed->mlp), shape.width);
      if (shape.cross)
        {
          if (shape.norm_last)
            pass_norm (self->u, &block->cross_norm, shape.epsilon, get_row (self, normed->cross), shape.width);
          pass_output (self, &shape, block, &block->cross_out.weight, normed->cross);
          follow_memory (self, layer, --look, patches);
        }
      if (!rg_text_config_has_self (config, layer))
        continue;

      if (shape.norm_last)
        pass_norm (self->u, &block->norm, shape.epsilon, get_row (self, normed->self), shape.width);
      pass_output (self, &shape, block, &block->out.weight, normed->self);
      if (config->block.cross)
        follow_text (self, layer, --own);
      else
        follow_memory (self, layer, layer, patches);
    }

  return TRUE;
}

/* @target: of the row. Adds to map and parts. Returns: %FALSE if cancelled */
static gboolean
follow (Trail *self, const RgTextTarget *target)
{
  RgArenaMark mark = rg_arena_mark (self->answer->pass->arena);
  guint32 row = self->row;
  RgTensor *hidden = rg_gather_rows (self->answer->pass, self->record->hidden, &row, 1);
  const RgTensor *logits = rg_decoder_logits (self->answer->pass, rg_model_get_decoder (self->answer->model), &rg_model_get_config (self->answer->model)->text, hidden);
  double score = logits->data[target->next] - (target->against != RG_NO_TOKEN ? (double) logits->data[target->against] : 0);
  RgDirectParts before = *self->parts;

  follow_scores (self, target, hidden);
  if (!follow_layers (self))
    return FALSE;

  self->parts->score += score;
  self->parts->rest += score - (self->parts->picture - before.picture) - (self->parts->memory - before.memory) - (self->parts->text - before.text);
  rg_arena_release (self->answer->pass->arena, mark);

  return TRUE;
}

gboolean
rg_direct_map (const RgExplained *self, float *maps, RgDirectParts *parts, GError **error)
{
  const RgTextConfig *config = &rg_model_get_config (self->model)->text;
  gsize n_patches = rg_image_state_get_n_patches (self->image);
  gsize width = config->block.width, n_heads = config->block.n_heads;
  g_autofree double *u = g_new (double, width), *written = g_new (double, width), *z = g_new (double, MAX (width, n_heads * config->block.head_dim));
  g_autofree RgDirectParts *all = g_new0 (RgDirectParts, self->n_words);
  RgTextRecord record;

  if (!rg_text_record_read (&record, self->model, self->pass, self->image, &(RgTextReading){ .ids = self->ids, .n = self->n_ids - 1, .n_prompt = self->first, .attention = TRUE, .values = TRUE }, error))
    return FALSE;

  memset (maps, 0, self->n_words * n_patches * sizeof (float));
  for (guint w = 0; w < self->n_words; w++)
    for (guint t = 0; t < rg_contrast_count_targets (self, w); t++)
      {
        Trail trail = { self, &record, 0, u, written, z, maps + w * n_patches, &all[w] };
        RgTextTarget target;

        trail.row = rg_text_record_get_row (&record, rg_contrast_get_target (self, w, t, &target));
        if (!follow (&trail, &target))
          return rg_text_record_cancel (self->pass, error);
        rg_explained_note_run (self);
      }
  if (parts != NULL)
    memcpy (parts, all, self->n_words * sizeof *parts);

  return TRUE;
}
