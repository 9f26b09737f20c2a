/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/head-measure.h"

#include <math.h>

#include "engine/box.h"

double
rg_head_get_sharpness (const float *map, guint n_patches)
{
  double sum = 0, entropy = 0;

  for (guint p = 0; p < n_patches; p++)
    sum += map[p];
  if (!(sum > 0) || n_patches < 2)
    return 0;

  for (guint p = 0; p < n_patches; p++)
    if (map[p] > 0)
      entropy -= map[p] / sum * log (map[p] / sum);

  return CLAMP (1 - entropy / log (n_patches), 0, 1);
}

/* The first record among the word's tokens; all of one model's have the same size. */
static RgAttention *
find_record (RgTokenList *tokens, const RgWord *word)
{
  for (guint i = 0; i < word->n; i++)
    {
      RgAttention *attention = rg_token_get_attention (rg_token_list_get (tokens, word->first + i));

      if (attention != NULL)
        return attention;
    }

  return NULL;
}

GArray *
rg_head_measure_all (RgTokenList *tokens, const RgWord *word, const float *weights)
{
  GArray *measures = g_array_new (FALSE, FALSE, sizeof (RgHeadMeasure));
  RgAttention *record = find_record (tokens, word);
  guint n_patches = record != NULL ? rg_attention_get_n_patches (record) : 0;
  g_autofree float *map = g_new (float, n_patches);

  for (guint layer = 0; record != NULL && layer < rg_attention_get_n_layers (record); layer++)
    for (guint head = 0; head < rg_attention_get_n_heads (record); head++)
      {
        RgHeadMeasure measure = { .layer = layer, .head = head };

        rg_token_list_map_word (tokens, word, (int) layer, (int) head, map, &measure.share);
        measure.sharpness = rg_head_get_sharpness (map, n_patches);
        if (weights != NULL)
          measure.inside = measure.share * rg_box_hold (weights, map, n_patches);
        g_array_append_val (measures, measure);
      }

  return measures;
}

static double
get_value (const RgHeadMeasure *measure, RgHeadOrder order)
{
  switch (order)
    {
    case RG_HEAD_ORDER_SHARE:
      return measure->share;
    case RG_HEAD_ORDER_SHARPNESS:
      return measure->sharpness;
    case RG_HEAD_ORDER_INSIDE:
      return measure->inside;
    case RG_HEAD_ORDER_PLACE:
    case RG_N_HEAD_ORDERS:
    default:
      return 0;
    }
}

static int
compare (gconstpointer a, gconstpointer b, gpointer order)
{
  const RgHeadMeasure *left = a, *right = b;
  double difference = get_value (left, GPOINTER_TO_UINT (order)) - get_value (right, GPOINTER_TO_UINT (order));

  if (difference != 0)
    return difference > 0 ? -1 : 1;
  if (left->layer != right->layer)
    return left->layer < right->layer ? -1 : 1;

  return left->head < right->head ? -1 : left->head > right->head;
}

void
rg_head_measure_sort (GArray *measures, RgHeadOrder order)
{
  g_array_sort_with_data (measures, compare, GUINT_TO_POINTER (order));
}
