/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/looked.h"

#include <math.h>
#include <string.h>

#include "engine/explain/shares.h"
#include "engine/explain/sinks.h"
#include "engine/image-state.h"

#define LONE 10 /* times as large as each neighbour */

/* One token of a word in the record. */
typedef struct
{
  guint word;
  gsize row;
} Token;

static GArray *
list_tokens (const RgExplained *self, const RgTextRecord *record)
{
  GArray *tokens = g_array_new (FALSE, FALSE, sizeof (Token));

  for (guint w = 0; w < self->n_words; w++)
    for (guint t = 0; t < self->words[w].n; t++)
      {
        Token token = { w, rg_text_record_get_row (record, self->first + self->words[w].first + t) };

        g_array_append_val (tokens, token);
      }

  return tokens;
}

static void
measure_shares (const RgExplained *self, const RgTextRecord *record, const GArray *tokens, const double *parts, const guint8 *sinks, const RgLooking *looking)
{
  g_autofree gsize *rows = g_new (gsize, tokens->len);

  for (guint w = 0; looking->shares != NULL && w < self->n_words; w++)
    looking->shares[w] = (RgShares){ .of = { -1 } };
  for (guint i = 0; i < tokens->len; i++)
    {
      const Token *token = &g_array_index (tokens, Token, i);
      RgShares shares;

      rows[i] = token->row;
      if (looking->shares == NULL)
        continue;
      rg_shares_measure (self, record, token->row, parts, sinks, &shares);
      if (shares.of[RG_SOURCE_PICTURE] > looking->shares[token->word].of[RG_SOURCE_PICTURE])
        looking->shares[token->word] = shares;
    }
  if (looking->sinks != NULL)
    rg_shares_list_sinks (self, record, rows, tokens->len, parts, sinks, looking->sinks);
}

gboolean
rg_looked_each (const RgExplained *self, const RgLooking *looking, const double *parts, RgTokenMapFunc func, gpointer data, float *maps, GError **error)
{
  const RgTextConfig *config = &rg_model_get_config (self->model)->text;
  gsize n_patches = rg_image_state_get_n_patches (self->image), n_maps = (gsize) rg_text_config_count_looks (config) * config->block.n_heads, n = n_maps * n_patches;
  g_autofree float *weights = g_new (float, n);
  g_autofree float *map = g_new (float, n_patches);
  g_autofree double *same = g_new (double, n_maps);
  g_autofree guint8 *sinks = NULL;
  g_autoptr (GArray) tokens = NULL;
  RgTextRecord record;

  if (!rg_text_record_read (&record, self->model, self->pass, self->image, &(RgTextReading){ .ids = self->ids, .n = self->n_ids - 1, .n_prompt = self->first, .attention = TRUE }, error))
    return FALSE;

  rg_explained_note_run (self);
  for (gsize i = 0; i < n_maps; i++)
    same[i] = 1.0 / n_maps;
  tokens = list_tokens (self, &record);
  if (looking != NULL)
    {
      sinks = rg_sinks_find (self, &record);
      measure_shares (self, &record, tokens, parts != NULL ? parts : same, sinks, looking);
    }

  memset (maps, 0, self->n_words * n_patches * sizeof (float));
  for (guint t = 0; t < tokens->len; t++)
    {
      const Token *token = &g_array_index (tokens, Token, t);
      float *all = maps + token->word * n_patches;

      rg_text_record_pick (&record, self->image, record.attention, token->row, weights);
      for (gsize i = 0; looking != NULL && looking->hide_sinks && i < n; i++)
        weights[i] = sinks[i] ? 0 : weights[i];
      func (data, weights, map);
      for (gsize p = 0; p < n_patches; p++)
        all[p] = MAX (all[p], map[p]);
    }

  return TRUE;
}

/* --- one layer or head, or the mean --- */

typedef struct
{
  guint n_layers, n_heads, n_patches;
  int layer, head;
} Choice;

static void
map_choice (gpointer data, const float *weights, float *map)
{
  const Choice *self = data;
  g_autoptr (RgAttention) attention = rg_attention_new (self->n_layers, self->n_heads, self->n_patches, weights);

  rg_attention_map (attention, self->layer, self->head, map);
}

gboolean
rg_looked_map (const RgExplained *self, const RgLooking *looking, int layer, int head, float *maps, GError **error)
{
  const RgTextConfig *config = &rg_model_get_config (self->model)->text;
  guint n_layers = rg_text_config_count_looks (config), n_heads = config->block.n_heads, n_maps = n_layers * n_heads, n_chosen = (layer < 0 ? n_layers : 1) * (head < 0 ? n_heads : 1);
  Choice choice = { n_layers, n_heads, rg_image_state_get_n_patches (self->image), layer, head };
  g_autofree double *parts = g_new0 (double, n_maps);

  for (guint map = 0; map < n_maps; map++)
    if ((layer < 0 || (int) (map / n_heads) == layer) && (head < 0 || (int) (map % n_heads) == head))
      parts[map] = 1.0 / n_chosen;

  return rg_looked_each (self, looking, parts, map_choice, &choice, maps, error);
}

/* --- chosen heads --- */

/* W_Oᵀ W_O of one head, head_dim × head_dim: |W_O v|² = vᵀ (W_Oᵀ W_O) v needs no longer vector than v. */
static float *
multiply_by_itself (RgTensor *out, gsize head, gsize dim)
{
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_F32);
  float *square = g_new0 (float, dim *dim);

  for (guint32 row = 0; row < out->rows; row++)
    {
      const float *w;

      rg_pass_reset (pass);
      w = rg_gather_rows (pass, out, &row, 1)->data + head * dim;

      for (gsize i = 0; i < dim; i++)
        for (gsize j = 0; j < dim; j++)
          square[i * dim + j] += w[i] * w[j];
    }

  return square;
}

void
rg_looked_value_norms (RgModel *model, RgImageState *image, guint look, guint head, float *norms)
{
  const RgBlockConfig *config = &rg_model_get_config (model)->text.block;
  guint layer = rg_text_config_find_look (&rg_model_get_config (model)->text, look);
  RgTensor memory = rg_image_state_copy_memory (image, layer);
  const guint32 *places = rg_image_state_get_places (image);
  gsize dim = config->head_dim, n_patches = rg_image_state_get_n_patches (image);
  gsize value = memory.cols / 2 + head * config->n_kv_heads / config->n_heads * dim;
  RgBlock *block = &rg_model_get_decoder (model)->layers[layer];
  g_autofree float *square = multiply_by_itself (config->cross ? &block->cross_out.weight : &block->out.weight, head, dim);
  double sum = 0;

  for (gsize p = 0; p < n_patches; p++)
    {
      const float *v = memory.data + places[p] * memory.cols + value;
      float product = 0;

      for (gsize i = 0; i < dim; i++)
        for (gsize j = 0; j < dim; j++)
          product += v[i] * square[i * dim + j] * v[j];
      norms[p] = sqrt (MAX (product, 0)); /* rounding */
      sum += norms[p];
    }

  for (gsize p = 0; p < n_patches; p++)
    norms[p] = sum > 0 ? norms[p] * n_patches / sum : 1;
  g_free (memory.data);
}

void
rg_head_mixer_init (RgHeadMixer *self, const RgCalibration *calibration, RgModel *model, RgImageState *image)
{
  const RgModelConfig *config = rg_model_get_config (model);
  gsize n_patches = rg_image_state_get_n_patches (image);
  guint side = 1;

  while ((gsize) side * side < n_patches)
    side++;
  *self = (RgHeadMixer){ calibration, rg_text_config_count_looks (&config->text), config->text.block.n_heads, (gsize) side * side == n_patches ? side : 0, n_patches };
  if (!calibration->value_norm)
    return;

  self->norms = g_new (float, calibration->n_heads *n_patches);
  for (guint i = 0; i < calibration->n_heads; i++)
    rg_looked_value_norms (model, image, calibration->heads[i].layer, calibration->heads[i].head, self->norms + i * n_patches);
}

void
rg_head_mixer_clear (RgHeadMixer *self)
{
  g_clear_pointer (&self->norms, g_free);
}

/* Adds one head's part to @map. @norms: (nullable) */
static void
add_head (const float *weights, const float *norms, gsize n_patches, double weight, float *map)
{
  for (gsize p = 0; p < n_patches; p++)
    map[p] += weight * weights[p] * (norms != NULL ? norms[p] : 1);
}

/* A peak beside which there is next to nothing is made as high as what surrounds it. */
static void
level_lone_peaks (float *map, int grid)
{
  gsize n_patches = (gsize) grid * grid;
  g_autofree float *before = g_memdup2 (map, n_patches * sizeof (float));

  for (int row = 0; row < grid; row++)
    for (int col = 0; col < grid; col++)
      {
        float largest = 0, sum = 0;
        guint n = 0;

        for (int r = MAX (row - 1, 0); r <= MIN (row + 1, grid - 1); r++)
          for (int c = MAX (col - 1, 0); c <= MIN (col + 1, grid - 1); c++)
            if (r != row || c != col)
              {
                largest = MAX (largest, before[r * grid + c]);
                sum += before[r * grid + c];
                n++;
              }
        if (n > 0 && before[row * grid + col] > LONE * largest)
          map[row * grid + col] = sum / n;
      }
}

/* Each value of a line becomes the mean of itself, twice, and its two neighbours; at the ends, of what there is. */
static void
share_along (const float *from, float *to, int n, int step)
{
  for (int i = 1; i + 1 < n; i++)
    to[i * step] = (from[(i - 1) * step] + 2 * from[i * step] + from[(i + 1) * step]) / 4;
  if (n > 1)
    {
      to[0] = (2 * from[0] + from[step]) / 3;
      to[(n - 1) * step] = (2 * from[(n - 1) * step] + from[(n - 2) * step]) / 3;
    }
  else
    to[0] = from[0];
}

static void
share_with_neighbours (float *map, int grid)
{
  g_autofree float *across = g_new (float, grid *grid);

  for (int row = 0; row < grid; row++)
    share_along (map + row * grid, across + row * grid, grid, 1);
  for (int col = 0; col < grid; col++)
    share_along (across + col, map + col, grid, grid);
}

/* @times: the mean */
static void
take_off (float *map, gsize n_patches, double times)
{
  double mean = 0;

  for (gsize p = 0; p < n_patches; p++)
    mean += map[p] / n_patches;
  for (gsize p = 0; p < n_patches; p++)
    map[p] = MAX (map[p] - times * mean, 0);
}

void
rg_head_mixer_mix (gpointer data, const float *weights, float *map)
{
  const RgHeadMixer *self = data;
  const RgCalibration *calibration = self->calibration;
  gsize n_patches = self->n_patches, n_all = (gsize) self->n_layers * self->n_heads;

  memset (map, 0, n_patches * sizeof (float));
  for (guint i = 0; i < calibration->n_heads; i++)
    {
      const RgHeadWeight *chosen = &calibration->heads[i];
      gsize head = (gsize) chosen->layer * self->n_heads + chosen->head;

      add_head (weights + head * n_patches, self->norms != NULL ? self->norms + i * n_patches : NULL, n_patches, chosen->weight, map);
    }
  for (gsize head = 0; calibration->n_heads == 0 && head < n_all; head++)
    add_head (weights + head * n_patches, NULL, n_patches, 1.0 / n_all, map);

  if (calibration->lone_peaks && self->grid > 0)
    level_lone_peaks (map, self->grid);
  if (calibration->smooth && self->grid > 0)
    share_with_neighbours (map, self->grid);
  take_off (map, n_patches, calibration->floor);
}

gboolean
rg_looked_calibrated_map (const RgExplained *self, const RgLooking *looking, float *maps, GError **error)
{
  static const RgCalibration none = { 0 };
  const RgCalibration *calibration = self->calibration != NULL ? self->calibration : &none;
  const RgTextConfig *config = &rg_model_get_config (self->model)->text;
  g_autofree double *parts = g_new0 (double, rg_text_config_count_looks (config) * config->block.n_heads);
  g_auto (RgHeadMixer) mixer = { 0 };
  double sum = 0;

  /* Values are the memory's, which may have to be made first. */
  if (!rg_image_state_ask (self->image, self->model, self->pass, self->ids, self->first, NULL, error))
    return FALSE;

  for (guint i = 0; i < calibration->n_heads; i++)
    sum += calibration->heads[i].weight;
  for (guint i = 0; i < calibration->n_heads; i++)
    parts[calibration->heads[i].layer * config->block.n_heads + calibration->heads[i].head] += calibration->heads[i].weight / sum;
  rg_head_mixer_init (&mixer, calibration, self->model, self->image);

  return rg_looked_each (self, looking, calibration->n_heads > 0 ? parts : NULL, rg_head_mixer_mix, &mixer, maps, error);
}
