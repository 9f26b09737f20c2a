/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/evidence-text.h"

#include "ui/closures.h"
#include "ui/verdict-text.h"
#include "ui/why-text.h"

const char *
rg_evidence_text_caution (void)
{
  return _ ("Attention is not proof. A map shows where the model looked, or what changed its words when it was hidden; it shows neither that the answer is right nor "
            "why the model gave it.");
}

char *
rg_evidence_text_picture (const RgEvidence *evidence)
{
  /* Translators: name of a picture; its width and height. */
  return g_strdup_printf (_ ("The picture: %s, %u × %u pixels"), evidence->name != NULL ? evidence->name : C_ ("picture", "without a name"),
                          rg_image_get_width (evidence->picture), rg_image_get_height (evidence->picture));
}

char *
rg_evidence_text_view (const RgEvidence *evidence)
{
  RgPatchGrid *grid = rg_explanation_get_grid (evidence->explanation);
  const RgTile *tile = rg_patch_grid_get_tile (grid, 0);
  guint width = rg_image_get_width (tile->view), height = rg_image_get_height (tile->view), n_tiles = rg_patch_grid_get_n_tiles (grid);

  if (n_tiles == 1)
    /* Translators: width and height; columns and rows. */
    return g_strdup_printf (_ ("What the model saw: %u × %u pixels, %u × %u patches"), width, height, tile->cols, tile->rows);

  /* Translators: parts that the picture was cut into; width and height; columns and rows. */
  return g_strdup_printf (ngettext ("What the model saw: %u part of %u × %u pixels, %u × %u patches", "What the model saw: %u parts of %u × %u pixels, %u × %u patches each", n_tiles),
                          n_tiles, width, height, tile->cols, tile->rows);
}

/* xgettext does not know how long the format of a guint64 is. */
static char *
dup_number (guint64 number)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT, number);
}

/* Layers and heads, or what was hidden and how. */
static char *
dup_choices (const RgEvidence *evidence)
{
  const RgMethodOptions *options = rg_explanation_get_options (evidence->explanation);
  g_autofree char *seed = dup_number (options->masks.seed);
  RgMethod method = rg_explanation_get_method (evidence->explanation);

  switch (method)
    {
    case RG_METHOD_KV_CUT:
      /* Translators: number of masks; side of a block, twice; a number. */
      return g_strdup_printf (_ ("%u random masks of blocks of %u × %u patches, seed %s"), options->masks.n_masks, options->masks.block, options->masks.block, seed);
    case RG_METHOD_OCCLUSION:
      return g_strdup (options->fill == RG_FILL_BLUR ? _ ("pixels blurred") : _ ("pixels in the picture’s mean colour"));
    case RG_METHOD_GRADIENT:
      return g_strdup (_ ("gradient of the word’s odds"));
    case RG_METHOD_DIRECT:
      return g_strdup (_ ("what heads wrote for each patch, the last norm as it was"));
    case RG_METHOD_RELEVANCY:
      return g_strdup (_ ("attention times its gradient, through all layers"));
    case RG_METHOD_PATCH_WORDS:
      return g_strdup (_ ("each patch by itself, whatever was asked"));
    case RG_METHOD_ATTENTION:
    case RG_METHOD_CALIBRATED:
    case RG_METHOD_ROLLOUT:
    case RG_N_METHODS:
    default:
      return rg_why_text_heads (method, options->calibrated, options->layer, options->head, evidence->n_layers, evidence->n_heads);
    }
}

char *
rg_evidence_text_maps (const RgEvidence *evidence)
{
  RgMethod method = rg_explanation_get_method (evidence->explanation);
  g_autofree char *scale = rg_why_text_scale (method, rg_explanation_get_extent (evidence->explanation));
  g_autofree char *choices = dup_choices (evidence);
  g_autofree char *sinks = rg_why_text_sinks (evidence->explanation);
  g_autofree char *legend = rg_why_text_sink_legend (evidence->explanation);
  /* Translators: a method; layers and heads, or what was hidden; what the colours mean. */
  g_autofree char *maps = g_strdup_printf (_ ("%s: %s. %s; one scale for all words."), rg_why_text_method_of (method, rg_explanation_get_options (evidence->explanation)->calibrated), choices, scale);

  return sinks != NULL ? g_strdup_printf ("%s %s; %s.", maps, sinks, legend) : g_steal_pointer (&maps);
}

/* --- words -------------------------------------------------------------------------------------------------------- */

char *
rg_evidence_text_verdict (const RgEvidence *evidence,
                          guint word)
{
  const RgVerdict *verdict = rg_explanation_get_verdict (evidence->explanation, word);
  g_autofree char *text = rg_why_text_word (rg_explanation_get_word (evidence->explanation, word)->text, rg_explanation_get_against (evidence->explanation, word));

  return verdict != NULL ? rg_verdict_text_headline (text, verdict) : g_strdup_printf (C_ ("verdict", "“%s”: the map was not tested"), text);
}

char *
rg_evidence_text_numbers (const RgEvidence *evidence,
                          guint word)
{
  const RgVerdict *verdict = rg_explanation_get_verdict (evidence->explanation, word);
  g_autofree char *nats = rg_why_text_nats (rg_explanation_get_dependence (evidence->explanation, word));
  g_autofree char *share = evidence->shares[word] >= 0 ? rg_format_percent (evidence->shares[word]) : g_strdup ("–");
  /* Translators: share of attention; a number with its unit. */
  g_autofree char *short_basics = g_strdup_printf (_ ("%s on the picture · %s from the whole picture"), share, nats);
  const RgShares *shares = rg_explanation_get_shares (evidence->explanation, word);
  g_autofree char *looked = shares != NULL ? rg_why_text_shares (shares, rg_explanation_get_options (evidence->explanation)->hide_sinks) : NULL;
  g_autofree char *basics = looked != NULL ? g_strconcat (short_basics, "\n", looked, NULL) : g_steal_pointer (&short_basics);
  g_autofree char *deviation = NULL;
  char *costs[RG_N_VERDICT_BARS], *tested;

  if (verdict == NULL)
    return g_steal_pointer (&basics);

  /* As changes of the word's log-probability, or of its lead over the other. */
  for (RgVerdictBar bar = 0; bar < RG_N_VERDICT_BARS; bar++)
    costs[bar] = rg_why_text_number (RG_METHOD_KV_CUT, -rg_verdict_get_cost (verdict, bar));
  deviation = rg_why_text_number (RG_METHOD_GRADIENT, verdict->random_deviation);

  /* Translators: what is known of a word; how its log-probability, or its lead over another word, changed when patches were hidden: numbers, the third a
   * standard deviation. */
  tested = g_strdup_printf (_ ("%s\nHidden, in nats: important %s, random %s ± %s, unimportant %s"), basics, costs[RG_VERDICT_TOP], costs[RG_VERDICT_RANDOM], deviation, costs[RG_VERDICT_BOTTOM]);
  for (RgVerdictBar bar = 0; bar < RG_N_VERDICT_BARS; bar++)
    g_free (costs[bar]);

  return tested;
}

char *
rg_evidence_text_anyway (const RgEvidence *evidence)
{
  GString *words = g_string_new (NULL);
  g_autofree char *list = NULL;

  for (guint w = 0; w < rg_explanation_get_n_words (evidence->explanation); w++)
    if (!rg_explanation_depends (evidence->explanation, w))
      {
        g_autofree char *nats = rg_why_text_nats (rg_explanation_get_dependence (evidence->explanation, w));

        g_string_append_printf (words, "%s“%s” (%s)", words->len > 0 ? ", " : "", rg_explanation_get_word (evidence->explanation, w)->text, nats);
      }

  list = g_string_free (words, FALSE);
  if (list[0] == '\0')
    return NULL;

  /* Translators: a list of words, each with the change by the picture. */
  return g_strdup_printf (_ ("No map, as the picture hardly changes them: %s"), list);
}

/* --- origin ------------------------------------------------------------------------------------------------------- */

static char *
dup_model (const RgEvidence *evidence)
{
  const RgModelInfo *model = evidence->model;
  g_autofree char *n_parameters = dup_number (model->n_parameters);

  if (strcmp (model->name, model->family) == 0)
    /* Translators: name of a model; number of its parameters; a checksum. */
    return g_strdup_printf (_ ("Model: “%s”, %s parameters; SHA-256 of its weights %s"), model->name, n_parameters, model->fingerprint);

  /* Translators: name and family of a model; number of its parameters; a checksum. */
  return g_strdup_printf (_ ("Model: “%s” (%s), %s parameters; SHA-256 of its weights %s"), model->name, model->family, n_parameters, model->fingerprint);
}

static char *
dup_picture (const RgEvidence *evidence)
{
  guint width = rg_image_get_width (evidence->picture), height = rg_image_get_height (evidence->picture);
  g_autofree char *sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, rg_image_get_pixels (evidence->picture), (gsize) width * height * 3);

  /* Translators: a checksum. */
  return g_strdup_printf (_ ("Picture: SHA-256 of its pixels (RGB, 8 bits each, row by row) %s"), sum);
}

/* From pixel to pixel, as the first tile went; of how the values were scaled the model's own files tell. */
static char *
dup_preprocessing (const RgEvidence *evidence)
{
  const RgTile *tile = rg_patch_grid_get_tile (rg_explanation_get_grid (evidence->explanation), 0);
  guint n_more = rg_patch_grid_get_n_tiles (rg_explanation_get_grid (evidence->explanation)) - 1;
  const RgRect *from = &tile->source, *to = &tile->content;
  gboolean is_padded = to->width < rg_image_get_width (tile->view) || to->height < rg_image_get_height (tile->view);
  /* Translators: two rectangles: left, top, width × height. */
  g_autofree char *first = g_strdup_printf (_ ("Preprocessing: pixels %.0f, %.0f, %.0f × %.0f of the picture became pixels %.0f, %.0f, %.0f × %.0f of the input"),
                                            from->x, from->y, from->width, from->height, to->x, to->y, to->width, to->height);
  g_autofree char *whole = is_padded ? g_strconcat (first, _ ("; the rest is padding"), NULL) : g_steal_pointer (&first);

  if (n_more == 0)
    return g_steal_pointer (&whole);

  return g_strdup_printf (ngettext ("%s; and %u more part in the same way", "%s; and %u more parts in the same way", n_more), whole, n_more);
}

static char *
dup_answer (const RgEvidence *evidence)
{
  const RgSampling *sampling = &evidence->sampling;
  g_autofree char *seed = dup_number (sampling->seed);
  g_autofree char *choice = NULL;

  if (sampling->temperature > 0)
    /* Translators: numbers. */
    choice = g_strdup_printf (_ ("drawn at temperature %g, top-k %u, top-p %g, seed %s"), sampling->temperature, sampling->top_k, sampling->top_p, seed);
  else
    choice = g_strdup (_ ("always the likeliest token (no seed)"));

  if (evidence->n_earlier == 0)
    /* Translators: how tokens were chosen; a number. */
    return g_strdup_printf (_ ("Answer: %s, at most %u tokens"), choice, sampling->max_tokens);

  /* Translators: how tokens were chosen; numbers. */
  return g_strdup_printf (ngettext ("Answer: %s, at most %u tokens, after %u earlier question", "Answer: %s, at most %u tokens, after %u earlier questions", evidence->n_earlier),
                          choice, sampling->max_tokens, evidence->n_earlier);
}

/* Returns: (nullable): the rule of those maps that were tested. */
static char *
dup_test (const RgEvidence *evidence)
{
  for (guint w = 0; w < rg_explanation_get_n_words (evidence->explanation); w++)
    {
      const RgVerdict *verdict = rg_explanation_get_verdict (evidence->explanation, w);

      if (verdict != NULL)
        {
          /* Translators: how patches were hidden; numbers, the last in nats. */
          g_autofree char *rule = g_strdup_printf (_ ("Test: %s Supported: hiding the %u most important patches cost more than each of %u random draws of as many without the first %u, and %.1f nats or more above their mean."),
                                                   rg_verdict_text_hiding (rg_explanation_get_hidden_by (evidence->explanation)), verdict->k, verdict->n_random, verdict->n_spared, RG_LEAST_DEPENDENCE);

          if (rg_explanation_get_against (evidence->explanation, w) == NULL)
            return g_steal_pointer (&rule);

          /* Translators: a sentence. */
          return g_strdup_printf (_ ("%s What it cost is the word’s lead over the other: the difference of their log-probabilities."), rule);
        }
    }

  return NULL;
}

char *
rg_evidence_text_origin (const RgEvidence *evidence)
{
  char *(*const parts[]) (const RgEvidence *) = { dup_model, dup_picture, dup_preprocessing, dup_answer, dup_test };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *part = parts[i](evidence);

      if (part != NULL)
        g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", part);
    }

  return g_string_free (text, FALSE);
}
