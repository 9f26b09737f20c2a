/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/method.h"

#include <glib/gi18n.h>

#include "engine/error.h"
#include "engine/explain/contrast.h"
#include "engine/explain/direct.h"
#include "engine/explain/gradient.h"
#include "engine/explain/patch-words.h"
#include "engine/explain/relevancy.h"
#include "engine/explain/rollout.h"
#include "engine/families/family.h"

static const struct
{
  const char *name, *question, *unit;
} methods[RG_N_METHODS] = {
  { "attention", "where it looked", "share" },
  { "calibrated", "where it looked", "share" },
  { "rollout", "where it looked", "share" },
  { "kv-cut", "what mattered", "nats" },
  { "occlusion", "what mattered", "nats" },
  { "gradient", "would matter", "nats of odds" },
  { "direct", "would matter", "nats" },
  { "relevancy", "would matter", "relevancy" },
  { "patch-words", "what the patch says", "cosine" },
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

guint
rg_method_count_runs (RgMethod self, const RgExplained *answer, const RgMethodOptions *options)
{
  guint rows, cols, n_tokens = 0;

  rg_explained_get_shape (answer, &rows, &cols);

  if (self == RG_METHOD_KV_CUT)
    return options->masks.n_masks;
  if (self == RG_METHOD_OCCLUSION)
    return rg_occlusion_count (rows, cols, RG_OCCLUSION_BLOCK);
  if (self == RG_METHOD_PATCH_WORDS)
    return 0;
  if (self == RG_METHOD_RELEVANCY)
    return rg_relevancy_count_runs (answer);
  if (rg_method_is_share (self))
    return 1;

  for (guint w = 0; w < answer->n_words; w++)
    n_tokens += rg_contrast_count_targets (answer, w);

  return n_tokens;
}

/* What a patch says can be asked where image tokens and words share a space: where they stand in one text, or were taught to; what it writes into a word's score, where the answer
 * looks at the picture itself. */
static gboolean
check_available (RgMethod self, const RgExplained *answer, GError **error)
{
  const RgModelConfig *config = rg_model_get_config (answer->model);
  gboolean in_words = !config->text.block.cross || config->family == &rg_family_regard;
  gboolean is_asked = config->question_encoder.n_layers > 0;

  if (self == RG_METHOD_DIRECT && is_asked)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("There is no map “%s” of this model: its answer looks at the question alone, so that patches write nothing into the score of a word, but only into what the question becomes."), rg_method_get_name (self));
      return FALSE;
    }
  if (self == RG_METHOD_PATCH_WORDS && !in_words)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED, _ ("There is no map “%s” of this model: what it makes of patches is only looked at, and does not stand among its words."), rg_method_get_name (self));
      return FALSE;
    }

  return TRUE;
}

gboolean
rg_method_map (RgMethod self, const RgExplained *answer, const RgMethodOptions *options, float *maps, const RgMethodFindings *findings, GError **error)
{
  RgLooking looking = { .hide_sinks = options->hide_sinks };
  g_auto (RgPixelHiding) pixels = { 0 };
  guint rows, cols;

  if (findings != NULL)
    looking = (RgLooking){ options->hide_sinks, findings->shares, findings->sinks };

  if (!check_available (self, answer, error))
    return FALSE;

  rg_explained_get_shape (answer, &rows, &cols);
  switch (self)
    {
    case RG_METHOD_ATTENTION:
      return rg_looked_map (answer, &looking, options->layer, options->head, maps, error);

    case RG_METHOD_CALIBRATED:
      return rg_looked_calibrated_map (answer, &looking, maps, error);

    case RG_METHOD_ROLLOUT:
      return rg_rollout_map (answer, &looking, maps, error);

    case RG_METHOD_KV_CUT:
      return rg_mask_regression (rows, cols, &options->masks, rg_explained_cut, (gpointer) answer, answer->n_words, maps, findings != NULL ? findings->errors : NULL, error);

    case RG_METHOD_OCCLUSION:
      rg_pixel_hiding_init (&pixels, answer, options->fill);
      return rg_occlusion_map (rows, cols, RG_OCCLUSION_BLOCK, rg_pixel_hiding_apply, &pixels, answer->n_words, maps, error);

    case RG_METHOD_GRADIENT:
      return rg_gradient_map (answer, maps, error);

    case RG_METHOD_DIRECT:
      return rg_direct_map (answer, maps, NULL, error);

    case RG_METHOD_RELEVANCY:
      return rg_relevancy_map (answer, maps, error);

    case RG_METHOD_PATCH_WORDS:
      rg_patch_words_map (answer, maps);
      return TRUE;

    case RG_N_METHODS:
    default:
      g_assert_not_reached ();
    }
}
