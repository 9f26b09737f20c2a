/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/evidence.h"

#include "config.h"
#include "ui/closures.h"
#include "ui/why-text.h"

#define OPACITY 0.75

/* Of a fingerprint, for people: enough to tell two models apart. */
#define FINGERPRINT_DIGITS 12

/* Of the first record there is; one of another grid says nothing about the maps. */
static void
read_sizes (RgEvidence *self,
            RgTokenList *tokens)
{
  guint n_patches = rg_patch_grid_get_n_patches (rg_explanation_get_grid (self->explanation));

  for (guint i = 0; i < rg_token_list_get_length (tokens) && self->n_layers == 0; i++)
    {
      RgAttention *attention = rg_token_get_attention (rg_token_list_get (tokens, i));

      if (attention == NULL || rg_attention_get_n_patches (attention) != n_patches)
        continue;

      self->n_layers = rg_attention_get_n_layers (attention);
      self->n_heads = rg_attention_get_n_heads (attention);
    }
}

static void
read_shares (RgEvidence *self,
             RgTokenList *tokens)
{
  const RgMethodOptions *options = rg_explanation_get_options (self->explanation);
  guint n_words = rg_explanation_get_n_words (self->explanation);
  g_autofree float *map = g_new (float, rg_patch_grid_get_n_patches (rg_explanation_get_grid (self->explanation)));

  self->shares = g_new (double, n_words);
  for (guint w = 0; w < n_words; w++)
    if (rg_explanation_get_shares (self->explanation, w) != NULL)
      self->shares[w] = rg_explanation_get_shares (self->explanation, w)->of[RG_SOURCE_PICTURE];
    else if (self->n_layers == 0 || !rg_token_list_map_word (tokens, rg_explanation_get_word (self->explanation, w), options->layer, options->head, map, &self->shares[w]))
      self->shares[w] = -1;
}

RgEvidence *
rg_evidence_new (const RgAnswered *answered,
                 RgExplanation *explanation,
                 const RgModelInfo *model,
                 const RgSampling *sampling)
{
  RgEvidence *self = g_new0 (RgEvidence, 1);

  self->picture = rg_image_ref (answered->image);
  self->question = g_strdup (answered->question);
  self->answer = rg_token_list_dup_text (answered->tokens);
  self->n_earlier = answered->n_turns;
  self->explanation = rg_explanation_ref (explanation);
  self->model = rg_model_info_copy (model);
  self->sampling = *sampling;
  self->style = (RgHeatmapStyle){
    .palette = RG_PALETTE_INFERNO,
    .is_signed = rg_method_is_signed (rg_explanation_get_method (explanation)),
    .scale = rg_explanation_get_extent (explanation),
    .opacity = OPACITY,
  };
  read_sizes (self, answered->tokens);
  read_shares (self, answered->tokens);

  return self;
}

void
rg_evidence_free (RgEvidence *self)
{
  rg_image_unref (self->picture);
  g_free (self->name);
  g_free (self->question);
  g_free (self->answer);
  rg_explanation_unref (self->explanation);
  g_free (self->shares);
  rg_model_info_free (self->model);
  g_free (self);
}

char *
rg_evidence_dup_caption (const RgEvidence *self,
                         guint word)
{
  const RgMethodOptions *options = rg_explanation_get_options (self->explanation);
  RgMethod method = rg_explanation_get_method (self->explanation);
  g_autofree char *heads = rg_why_text_heads (method, options->calibrated, options->layer, options->head, self->n_layers, self->n_heads);
  g_autofree char *text = rg_why_text_word (rg_explanation_get_word (self->explanation, word)->text, rg_explanation_get_against (self->explanation, word));

  return rg_why_text_sentence (method, text, heads,
                               self->shares[word], rg_explanation_get_dependence (self->explanation, word));
}

/* Of the numbers share and dependence, the one that is not in the caption. */
static char *
dup_other_number (const RgEvidence *self,
                  guint word)
{
  double share = self->shares[word];
  g_autofree char *number = NULL;

  if (rg_method_is_share (rg_explanation_get_method (self->explanation)))
    {
      number = rg_why_text_nats (rg_explanation_get_dependence (self->explanation, word));
      /* Translators: a number with its unit. */
      return g_strdup_printf (_ ("%s from the whole picture"), number);
    }

  if (share < 0)
    return g_strdup (_ ("attention not recorded"));

  number = rg_format_percent (share);

  /* Translators: a share. */
  return g_strdup_printf (_ ("%s of its attention on the picture"), number);
}

char *
rg_evidence_dup_details (const RgEvidence *self,
                         guint word)
{
  RgMethod method = rg_explanation_get_method (self->explanation);
  const RgMethodOptions *options = rg_explanation_get_options (self->explanation);
  const RgShares *shares = rg_explanation_get_shares (self->explanation, word);
  g_autofree char *number = dup_other_number (self, word);
  g_autofree char *looked = shares != NULL ? rg_why_text_shares (shares, options->hide_sinks) : NULL;
  g_autofree char *legend = looked != NULL ? rg_why_text_sink_legend (self->explanation) : NULL;
  /* Translators: a method; a unit; a number and what it is; the kind of scale. */
  g_autofree char *details = g_strdup_printf (_ ("%s · unit: %s · %s · %s"), rg_why_text_method_of (method, options->calibrated), rg_why_text_unit (method), number,
                                              self->stretched ? _ ("colours stretched to this word: not to be compared with other words") : _ ("one scale for all words of the answer"));

  return looked != NULL ? g_strconcat (details, "\n", looked, legend != NULL ? " · " : NULL, legend, NULL) : g_steal_pointer (&details);
}

char *
rg_evidence_dup_source (const RgEvidence *self)
{
  /* Translators: version of the program; name of a model; the beginning of a checksum. */
  return g_strdup_printf (_ ("Regard %s · model “%s”, SHA-256 %.*s…"), RG_VERSION, self->model->name, FINGERPRINT_DIGITS, self->model->fingerprint);
}

char *
rg_evidence_dup_line (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *line = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    g_string_append_unichar (line, g_unichar_iscntrl (g_utf8_get_char (p)) ? ' ' : g_utf8_get_char (p));

  return g_strstrip (g_string_free (line, FALSE));
}

char *
rg_evidence_dup_label (const RgEvidence *self,
                       guint word)
{
  g_autofree char *question = rg_evidence_dup_line (self->question);
  g_autofree char *answer = rg_evidence_dup_line (self->answer);
  g_autofree char *caption = rg_evidence_dup_caption (self, word);
  g_autofree char *details = rg_evidence_dup_details (self, word);
  g_autofree char *scale = rg_why_text_scale (rg_explanation_get_method (self->explanation), self->style.scale);
  g_autofree char *source = rg_evidence_dup_source (self);

  return g_strdup_printf ("%s\n%s\n%s\n%s\n%s\n%s", question, answer, caption, details, scale, source);
}
