/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/method.h"

#include <string.h>

#include "engine/explain/gradient.h"

static const struct
{
  const char *name, *question, *unit;
} methods[RG_N_METHODS] = {
  { "attention", "where it looked", "share" },
  { "kv-cut", "what mattered", "nats" },
  { "occlusion", "what mattered", "nats" },
  { "gradient", "would matter", "nats of odds" },
};

const char *
rg_method_get_name (RgMethod self)
{
  return methods[self].name;
}

const char *
rg_method_get_question (RgMethod self)
{
  return methods[self].question;
}

const char *
rg_method_get_unit (RgMethod self)
{
  return methods[self].unit;
}

gboolean
rg_method_find (const char *name, RgMethod *self)
{
  for (RgMethod method = 0; method < RG_N_METHODS; method++)
    if (g_str_equal (name, methods[method].name))
      {
        *self = method;
        return TRUE;
      }

  return FALSE;
}

RgMethodOptions
rg_method_options_default (void)
{
  return (RgMethodOptions){ .layer = -1, .head = -1, .masks = rg_mask_options_default (), .fill = RG_FILL_MEAN };
}

static gboolean
map_attention (const RgExplained *answer, int layer, int head, float *maps, GError **error)
{
  const RgTextConfig *config = &rg_model_get_config (answer->model)->text;
  gsize n_patches = rg_image_state_get_n_patches (answer->image);
  g_autofree float *weights = g_new (float, config->n_layers * config->block.n_heads * n_patches);
  g_autofree float *map = g_new (float, n_patches);

  memset (maps, 0, answer->n_words * n_patches * sizeof (float));
  for (guint w = 0; w < answer->n_words; w++)
    for (guint t = 0; t < answer->words[w].n; t++)
      {
        gsize at = answer->first + answer->words[w].first + t;
        g_autoptr (RgAttention) attention = NULL;

        if (!rg_model_differentiate (answer->model, answer->pass, answer->image, answer->ids, at, answer->first, answer->ids[at], weights, NULL, error))
          return FALSE;

        rg_explained_note_run (answer);
        attention = rg_attention_new (config->n_layers, config->block.n_heads, n_patches, weights);
        rg_attention_map (attention, layer, head, map);
        for (gsize p = 0; p < n_patches; p++)
          maps[w * n_patches + p] = MAX (maps[w * n_patches + p], map[p]);
      }

  return TRUE;
}

guint
rg_method_count_runs (RgMethod self, const RgExplained *answer, const RgMethodOptions *options)
{
  guint rows, cols, n_tokens = 0;

  rg_explained_get_shape (answer, &rows, &cols);

  if (self == RG_METHOD_KV_CUT)
    return options->masks.n_masks;
  if (self == RG_METHOD_OCCLUSION)
    return rg_occlusion_count (rows, cols, RG_OCCLUSION_BLOCK);

  for (guint w = 0; w < answer->n_words; w++)
    n_tokens += answer->words[w].n;

  return n_tokens;
}

gboolean
rg_method_map (RgMethod self, const RgExplained *answer, const RgMethodOptions *options, float *maps, float *errors, GError **error)
{
  g_auto (RgPixelHiding) pixels = { 0 };
  guint rows, cols;

  rg_explained_get_shape (answer, &rows, &cols);

  switch (self)
    {
    case RG_METHOD_ATTENTION:
      return map_attention (answer, options->layer, options->head, maps, error);

    case RG_METHOD_KV_CUT:
      return rg_mask_regression (rows, cols, &options->masks, rg_explained_cut, (gpointer) answer, answer->n_words, maps, errors, error);

    case RG_METHOD_OCCLUSION:
      rg_pixel_hiding_init (&pixels, answer, options->fill);
      return rg_occlusion_map (rows, cols, RG_OCCLUSION_BLOCK, rg_pixel_hiding_apply, &pixels, answer->n_words, maps, error);

    case RG_METHOD_GRADIENT:
      return rg_gradient_map (answer, maps, error);

    case RG_N_METHODS:
    default:
      g_assert_not_reached ();
    }
}
