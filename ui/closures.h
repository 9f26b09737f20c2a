/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib/gi18n.h>
#include <math.h>

#include "engine/job.h"
#include "engine/token-list.h"

/* Pure functions from values to what is written on the screen: used by the widgets, and by the .ui files as closures,
 * tested without a display. */

/**
 * rg_format_percent:
 * @fraction: 0 … 1
 *
 * Returns: (transfer full): whole per cents from ten on, one decimal below
 */
static G_GNUC_UNUSED char *
rg_format_percent (double fraction)
{
  double percent = isnan (fraction) ? 0 : fraction * 100;

  if (percent >= 9.95 || percent < 0.05)
    /* Translators: a share such as "41 %", with a no-break space. */
    return g_strdup_printf (C_ ("share", "%.0f %%"), percent);

  /* Translators: a small share such as "2.5 %", with a no-break space. */
  return g_strdup_printf (C_ ("share", "%.1f %%"), percent);
}

/**
 * rg_format_attention_set:
 * @layer: -1 for the mean over layers
 * @head: -1 for the mean over heads
 *
 * Returns: (transfer full): which layers and heads a map is of; people count from 1
 */
static G_GNUC_UNUSED char *
rg_format_attention_set (int layer,
                         int head,
                         guint n_layers,
                         guint n_heads)
{
  if (layer < 0 && head < 0)
    return g_strdup_printf (C_ ("attention", "mean of %u layers × %u heads"), n_layers, n_heads);

  if (layer < 0)
    return g_strdup_printf (ngettext ("mean of %u layer, head %d", "mean of %u layers, head %d", n_layers), n_layers, head + 1);

  if (head < 0)
    return g_strdup_printf (ngettext ("layer %2$d, mean of %1$u head", "layer %2$d, mean of %1$u heads", n_heads), n_heads, layer + 1);

  return g_strdup_printf (C_ ("attention", "layer %d, head %d"), layer + 1, head + 1);
}

/**
 * rg_format_caption:
 * @set: what rg_format_attention_set() says
 * @share: of attention on the picture, 0 … 1; negative where nothing was recorded
 *
 * Returns: (transfer full): the sentence under the picture
 */
static G_GNUC_UNUSED char *
rg_format_caption (const char *word,
                   const char *set,
                   double share)
{
  g_autofree char *percent = NULL;

  if (share < 0)
    return g_strdup_printf (_ ("No attention was recorded for the word “%s”."), word);

  percent = rg_format_percent (share);

  /* Translators: word, which layers and heads, share. */
  return g_strdup_printf (_ ("Where it looked: attention of the word “%s”, %s · %s on the picture"), word, set, percent);
}

/**
 * rg_format_alternatives:
 * @logprob: natural logarithm of the word's probability
 * @alternatives: (array length=n): what else could have stood there
 *
 * Returns: (transfer full): a chip's tooltip, several lines
 */
static G_GNUC_UNUSED char *
rg_format_alternatives (double logprob,
                        const RgAlternative *alternatives,
                        guint n)
{
  g_autofree char *probability = rg_format_percent (exp (logprob));
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, _ ("Probability %s"), probability);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *percent = rg_format_percent (exp (alternatives[i].logprob));
      g_autofree char *word = g_strstrip (g_strdup (alternatives[i].text));

      g_string_append_c (text, '\n');
      /* Translators: a word that could have stood here, and its probability. */
      g_string_append_printf (text, C_ ("alternative", "“%s” %s"), alternatives[i].text, percent);
    }

  return g_string_free (text, FALSE);
}

/** rg_format_stage: Returns: (transfer none): what the engine is doing, for people. */
static G_GNUC_UNUSED const char *
rg_format_stage (RgStage stage)
{
  switch (stage)
    {
    case RG_STAGE_LOAD:
      return _ ("Loading the model…");
    case RG_STAGE_PREPROCESS:
    case RG_STAGE_ENCODE:
    case RG_STAGE_PROJECT:
      return _ ("Looking at the picture…");
    case RG_STAGE_PREFILL:
      return _ ("Reading the question…");
    case RG_STAGE_DECODE:
      return _ ("Answering…");
    case RG_STAGE_EXPLAIN:
      return _ ("Finding out why…");
    case RG_STAGE_VERIFY:
      return _ ("Putting it to the test…");
    case RG_STAGE_TRAIN:
      return _ ("Training…");
    case RG_STAGE_NONE:
    default:
      return _ ("Waiting…");
    }
}

/** rg_format_place: Returns: (transfer full): "3 / 5", the word that a time bar stands at; @position counts from 0. */
static G_GNUC_UNUSED char *
rg_format_place (int position,
                 guint n)
{
  if (position < 0)
    return g_strdup ("");

  /* Translators: the chosen word's number, and how many words there are. */
  return g_strdup_printf (C_ ("time bar", "%d / %u"), position + 1, n);
}

/** rg_closure_is_text: for .ui files. Returns: whether @text is there and not empty. */
static G_GNUC_UNUSED gboolean
rg_closure_is_text (GObject *self,
                    const char *text)
{
  return text != NULL && text[0] != '\0';
}

/** rg_closure_get_bar_value: for .ui files. Returns: @share, or 0 where it is unknown. */
static G_GNUC_UNUSED double
rg_closure_get_bar_value (GObject *self,
                          double share)
{
  return MAX (share, 0);
}

/** rg_closure_format_share: for .ui files. Returns: (transfer full): @share in per cent, or a dash where it is unknown. */
static G_GNUC_UNUSED char *
rg_closure_format_share (GObject *self,
                         double share)
{
  return share < 0 ? g_strdup ("–") : rg_format_percent (share);
}

/** rg_format_word: Returns: (transfer full): what a screen reader says of a chip. */
static G_GNUC_UNUSED char *
rg_format_word (const char *word,
                double share)
{
  g_autofree char *percent = NULL;

  if (share < 0)
    return g_strdup (word);

  percent = rg_format_percent (share);

  /* Translators: a word of the answer, and its share of attention. */
  return g_strdup_printf (C_ ("word", "%s, %s on the picture"), word, percent);
}
