/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/why-text.h"

#include "ui/closures.h"
#include "ui/map-text.h"

/* Of the sinks, so many are named. */
#define MOST_SINKS 5

/* Less would be written as 0 %, and says nothing. */
#define LEAST_SHARE 0.0005

/* What the values of a map are. */
typedef enum
{
  UNIT_SHARE,
  UNIT_NATS,
  UNIT_ODDS,
  UNIT_COSINE,
  UNIT_RELEVANCY,
} Unit;

static const struct
{
  Unit unit;
  const char *name;
} methods[RG_N_METHODS] = {
  [RG_METHOD_ATTENTION] = { UNIT_SHARE, NC_ ("method", "Looked (attention)") },
  [RG_METHOD_CALIBRATED] = { UNIT_SHARE, NC_ ("method", "Looked (calibrated heads)") },
  [RG_METHOD_ROLLOUT] = { UNIT_SHARE, NC_ ("method", "Looked (rollout)") },
  [RG_METHOD_KV_CUT] = { UNIT_NATS, NC_ ("method", "Mattered (image cut)") },
  [RG_METHOD_OCCLUSION] = { UNIT_NATS, NC_ ("method", "Mattered (pixels hidden)") },
  [RG_METHOD_GRADIENT] = { UNIT_ODDS, NC_ ("method", "Would matter (gradient)") },
  [RG_METHOD_DIRECT] = { UNIT_NATS, NC_ ("method", "Would matter (written directly)") },
  [RG_METHOD_RELEVANCY] = { UNIT_RELEVANCY, NC_ ("method", "Would matter (relevancy)") },
  [RG_METHOD_PATCH_WORDS] = { UNIT_COSINE, NC_ ("method", "Says (words of the patches)") },
};

const char *
rg_why_text_method_of (RgMethod method,
                       gboolean calibrated)
{
  return method == RG_METHOD_CALIBRATED && !calibrated ? C_ ("method", "Looked (mean of all heads)") : rg_why_text_method (method);
}

const char *
rg_why_text_method (RgMethod method)
{
  g_return_val_if_fail (method < RG_N_METHODS, "");

  return g_dpgettext2 (NULL, "method", methods[method].name);
}

/* As many decimals as say something; a true minus sign. */
static char *
format_number (double value,
               gboolean is_signed)
{
  double size = fabs (value);
  int decimals = size < 0.0995 ? 3 : size < 9.95 ? 2
                                                 : 1;
  g_autofree char *digits = NULL;

  if (!(size >= 0.0005))
    return g_strdup ("0");

  digits = g_strdup_printf ("%.*f", decimals, size);

  return g_strconcat (value < 0 ? "−" : is_signed ? "+"
                                                  : "",
                      digits, NULL);
}

char *
rg_why_text_number (RgMethod method,
                    double value)
{
  return methods[method].unit == UNIT_SHARE ? rg_format_percent (value) : format_number (value, rg_method_is_signed (method));
}

char *
rg_why_text_nats (double value)
{
  g_autofree char *number = format_number (value, TRUE);

  /* Translators: a change of the logarithm of a probability, such as "+0.12 nats", with a no-break space. */
  return g_strdup_printf (C_ ("unit", "%s nats"), number);
}

char *
rg_why_text_value (RgMethod method,
                   double value)
{
  g_autofree char *number = rg_why_text_number (method, value);

  switch (methods[method].unit)
    {
    case UNIT_NATS:
      return rg_why_text_nats (value);
    case UNIT_ODDS:
      /* Translators: a change of the logarithm of odds, such as "0.12 nats of odds", with a no-break space. */
      return g_strdup_printf (C_ ("unit", "%s nats of odds"), number);
    case UNIT_SHARE:
    case UNIT_COSINE:
    case UNIT_RELEVANCY:
    default:
      return g_steal_pointer (&number);
    }
}

const char *
rg_why_text_unit (RgMethod method)
{
  /* A score is no log-probability: the two are not subtracted from one another. */
  if (method == RG_METHOD_DIRECT)
    return C_ ("unit", "nats of score");

  switch (methods[method].unit)
    {
    case UNIT_NATS:
      return C_ ("unit", "nats");
    case UNIT_ODDS:
      return C_ ("unit", "nats of odds");
    case UNIT_COSINE:
      return C_ ("unit", "cosine");
    case UNIT_RELEVANCY:
      return C_ ("unit", "relevancy");
    case UNIT_SHARE:
    default:
      return C_ ("unit", "share of attention");
    }
}

char *
rg_why_text_scale (RgMethod method,
                   double scale)
{
  g_autofree char *last = rg_why_text_value (method, scale);
  g_autofree char *first = rg_why_text_value (method, -scale);

  if (method == RG_METHOD_DIRECT)
    /* Translators: two numbers with their units. */
    return g_strdup_printf (_ ("Colours from %s to %s: orange patches wrote for the word, purple ones against it"), first, last);

  switch (methods[method].unit)
    {
    case UNIT_NATS:
      /* Translators: two numbers with their units. */
      return g_strdup_printf (_ ("Colours from %s to %s: orange patches made the word likelier, purple ones less likely"), first, last);
    case UNIT_ODDS:
      return g_strdup_printf (_ ("Colours from 0 to %s that the word would gain from one patch"), last);
    case UNIT_COSINE:
      /* Translators: a number without unit, at most 1. */
      return g_strdup_printf (_ ("Colours from 0 to %s: how near a patch is to the word, 1 at most"), last);
    case UNIT_RELEVANCY:
      /* Translators: a number without unit. */
      return g_strdup_printf (_ ("Colours from 0 to %s: how much evidence for the word one patch gave, on all ways"), last);
    case UNIT_SHARE:
    default:
      return g_strdup_printf (_ ("Colours from 0 to %s of the attention in one patch"), last);
    }
}

/* The question that the map answers, how, and how much the word depends on the picture. */
static char *
format_mattered (RgMethod method,
                 const char *word,
                 double dependence)
{
  g_autofree char *nats = rg_why_text_nats (dependence);

  switch (method)
    {
    case RG_METHOD_KV_CUT:
      /* Translators: a word; a number with its unit. */
      return g_strdup_printf (_ ("What mattered for “%s”: image tokens were cut · %s from the whole picture"), word, nats);
    case RG_METHOD_OCCLUSION:
      /* Translators: a word; a number with its unit. */
      return g_strdup_printf (_ ("What mattered for “%s”: pixels were hidden · %s from the whole picture"), word, nats);
    case RG_METHOD_PATCH_WORDS:
      /* Translators: a word; a number with its unit. */
      return g_strdup_printf (_ ("What the patches say of “%s”, whatever was asked · %s from the whole picture"), word, nats);
    case RG_METHOD_DIRECT:
      /* Translators: a word; a number with its unit. */
      return g_strdup_printf (_ ("What patches wrote into the score of “%s” directly · %s from the whole picture"), word, nats);
    case RG_METHOD_RELEVANCY:
      /* Translators: a word; a number with its unit. */
      return g_strdup_printf (_ ("What would matter for “%s”: relevancy through all layers · %s from the whole picture"), word, nats);
    case RG_METHOD_GRADIENT:
    case RG_METHOD_ATTENTION:
    case RG_METHOD_CALIBRATED:
    case RG_METHOD_ROLLOUT:
    case RG_N_METHODS:
    default:
      /* Translators: a word; a number with its unit. */
      return g_strdup_printf (_ ("What would matter for “%s”: gradient of its odds · %s from the whole picture"), word, nats);
    }
}

char *
rg_why_text_anyway (const char *word,
                    double dependence)
{
  g_autofree char *nats = rg_why_text_nats (dependence);

  /* Translators: a word; a number with its unit. */
  return g_strdup_printf (_ ("It would have said “%s” anyway: the whole picture changes it by %s, so there is no map"), word, nats);
}

char *
rg_why_text_heads (RgMethod method,
                   gboolean calibrated,
                   int layer,
                   int head,
                   guint n_layers,
                   guint n_heads)
{
  if (method == RG_METHOD_CALIBRATED && !calibrated)
    return rg_format_attention_set (-1, -1, n_layers, n_heads);
  if (method == RG_METHOD_CALIBRATED)
    return g_strdup (C_ ("attention", "the heads that follow objects"));
  if (method == RG_METHOD_ROLLOUT)
    return g_strdup (C_ ("attention", "traced back through the encoder"));

  return rg_format_attention_set (layer, head, n_layers, n_heads);
}

/* A comma behind a word is not what its map is of. */
static char *
dup_bare (const char *word)
{
  gsize length = strlen (word);

  while (length > 0 && strchr (",.;:!?", word[length - 1]) != NULL)
    length--;

  return length > 0 ? g_strndup (word, length) : g_strdup (word);
}

char *
rg_why_text_word (const char *word,
                  const char *against)
{
  g_autofree char *bare = dup_bare (word);

  /* Translators: two words; stands inside the quotation marks of other sentences, so that these come out in pairs. */
  return against != NULL ? g_strdup_printf (C_ ("contrast", "%s” rather than “%s"), bare, against) : g_steal_pointer (&bare);
}

/* "nowhere 59 %" and the like, behind what is there. */
static void
append_share (GString *text,
              const char *name,
              double share)
{
  g_autofree char *percent = rg_format_percent (share);

  if (!(share >= LEAST_SHARE))
    return;

  /* Translators: where attention went; a percentage. */
  g_string_append_printf (text, C_ ("attention", "%s%s %s"), text->len > 0 ? ", " : "", name, percent);
}

/* Returns: (transfer full): the share on the picture, with what is inside it. */
static char *
dup_picture_share (const RgShares *shares,
                   gboolean hide_sinks)
{
  g_autofree char *percent = rg_format_percent (shares->of[RG_SOURCE_PICTURE]);
  GString *inside = g_string_new (NULL);
  g_autofree char *list = NULL;

  append_share (inside, hide_sinks ? C_ ("attention", "sinks, not shown,") : C_ ("attention", "sinks"), shares->sinks);
  /* Translators: around a picture that does not have the shape that the model wants. */
  append_share (inside, C_ ("attention", "blank margins"), shares->padding);
  list = g_string_free (inside, FALSE);

  if (*list == '\0')
    /* Translators: a percentage. */
    return g_strdup_printf (C_ ("attention", "picture %s"), percent);

  /* Translators: a percentage; a list of parts of it, each with its percentage. */
  return g_strdup_printf (C_ ("attention", "picture %s (of which %s)"), percent, list);
}

char *
rg_why_text_shares (const RgShares *shares,
                    gboolean hide_sinks)
{
  g_autofree char *picture = dup_picture_share (shares, hide_sinks);
  GString *text = g_string_new (NULL), *before = g_string_new (picture);
  g_autofree char *looked = NULL;
  g_autofree char *read = NULL;

  /* Translators: a key of its own takes the attention that needs nothing of the picture. */
  append_share (before, C_ ("attention", "nowhere"), shares->of[RG_SOURCE_NULL_KEY]);
  append_share (before, C_ ("attention", "picture as a whole"), shares->of[RG_SOURCE_WHOLE]);
  append_share (before, C_ ("attention", "text around the picture"), shares->of[RG_SOURCE_FRAME]);
  append_share (shares->is_cross ? text : before, C_ ("attention", "question"), shares->of[RG_SOURCE_QUESTION]);
  append_share (shares->is_cross ? text : before, C_ ("attention", "answer so far"), shares->of[RG_SOURCE_ANSWER]);
  read = g_string_free (text, FALSE);
  looked = g_string_free (before, FALSE);

  if (*read == '\0')
    /* Translators: a list of percentages. */
    return g_strdup_printf (_ ("Attention: %s"), looked);

  /* Translators: two lists of percentages, that each make a hundred. */
  return g_strdup_printf (_ ("Looking: %s · Reading: %s"), looked, read);
}

const char *
rg_why_text_shares_meaning (gboolean is_cross)
{
  return is_cross ? _ ("Where this word’s attention went. It looks at the picture and reads the text at the same time, so each of the two makes 100 %. “Nowhere” is what it had no use for: the model has a place for that, the null key.")
                  : _ ("Where this word’s attention went: the picture and the text share 100 %.");
}

char *
rg_why_text_sinks (const RgExplanation *explanation)
{
  GString *list = g_string_new (NULL);
  g_autofree char *places = NULL;
  guint n;
  const RgSink *sinks = rg_explanation_get_sinks (explanation, &n);

  for (guint i = 0; i < MIN (n, MOST_SINKS); i++)
    {
      g_autofree char *share = rg_format_percent (sinks[i].share);
      guint row, col;

      rg_patch_grid_locate (rg_explanation_get_grid (explanation), sinks[i].patch, NULL, &row, &col);
      /* Translators: what stands before; place of a patch, and a percentage. */
      g_string_append_printf (list, C_ ("sink", "%srow %u, column %u (%s)"), i > 0 ? "; " : "", row + 1, col + 1, share);
    }
  places = g_string_free (list, FALSE);
  if (n == 0)
    return NULL;

  /* Translators: a number; a list of places, the first few of them. */
  return g_strdup_printf (ngettext ("%u sink: %s", "%u sinks, most of all %s", n), n, places);
}

char *
rg_why_text_sink_legend (const RgExplanation *explanation)
{
  guint n;

  rg_explanation_get_sinks (explanation, &n);

  /* Translators: what the marks on the picture are; a number. */
  return n > 0 ? g_strdup_printf (ngettext ("× marks %u sink", "× marks %u sinks", n), n) : NULL;
}

char *
rg_why_text_sentence (RgMethod method,
                      const char *word,
                      const char *heads,
                      double share,
                      double dependence)
{
  if (fabs (dependence) < RG_LEAST_DEPENDENCE)
    return rg_why_text_anyway (word, dependence);

  return rg_method_is_share (method) ? rg_format_caption (word, heads, share) : format_mattered (method, word, dependence);
}

/* The patch of the largest value of @sign · @map, and its name for people; NULL where no value has that sign. */
static char *
describe_extreme (RgMethod method,
                  const RgPatchGrid *grid,
                  const float *map,
                  float sign)
{
  g_autofree char *value = NULL;
  guint best = 0, row, col;

  for (guint patch = 1; patch < rg_patch_grid_get_n_patches (grid); patch++)
    if (sign * map[patch] > sign * map[best])
      best = patch;

  if (!(sign * map[best] > 0))
    return NULL;

  rg_patch_grid_locate (grid, best, NULL, &row, &col);
  value = rg_why_text_value (method, map[best]);

  /* Translators: place of a patch, and its value with its unit. */
  return g_strdup_printf (C_ ("patch", "row %u, column %u (%s)"), row + 1, col + 1, value);
}

char *
rg_why_text_describe (RgMethod method,
                      const RgPatchGrid *grid,
                      const float *map,
                      double dependence)
{
  g_autofree char *nats = rg_why_text_nats (dependence);
  g_autofree char *best = describe_extreme (method, grid, map, 1);
  g_autofree char *worst = describe_extreme (method, grid, map, -1);

  if (best == NULL)
    /* Translators: a number with its unit. */
    return g_strdup_printf (_ ("The whole picture gives %s; no patch speaks for this word"), nats);

  if (worst == NULL)
    /* Translators: a number with its unit; place and value of a patch. */
    return g_strdup_printf (_ ("The whole picture gives %s; most of all %s"), nats, best);

  /* Translators: a number with its unit; place and value of two patches. */
  return g_strdup_printf (_ ("The whole picture gives %s; most for the word: %s; most against it: %s"), nats, best, worst);
}
