/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/why-text.h"

#include "ui/closures.h"
#include "ui/map-text.h"

const char *
rg_why_text_method (RgMethod method)
{
  static const char *const names[RG_N_METHODS] = {
    NC_ ("method", "Looked (attention)"),
    NC_ ("method", "Mattered (image cut)"),
    NC_ ("method", "Mattered (pixels hidden)"),
    NC_ ("method", "Would matter (gradient)"),
  };

  g_return_val_if_fail (method < RG_N_METHODS, "");

  return g_dpgettext2 (NULL, "method", names[method]);
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
  return method == RG_METHOD_ATTENTION ? rg_format_percent (value) : format_number (value, rg_method_is_signed (method));
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

  switch (method)
    {
    case RG_METHOD_KV_CUT:
    case RG_METHOD_OCCLUSION:
      return rg_why_text_nats (value);
    case RG_METHOD_GRADIENT:
      /* Translators: a change of the logarithm of odds, such as "0.12 nats of odds", with a no-break space. */
      return g_strdup_printf (C_ ("unit", "%s nats of odds"), number);
    case RG_METHOD_ATTENTION:
    case RG_N_METHODS:
    default:
      return g_steal_pointer (&number);
    }
}

const char *
rg_why_text_unit (RgMethod method)
{
  switch (method)
    {
    case RG_METHOD_KV_CUT:
    case RG_METHOD_OCCLUSION:
      return C_ ("unit", "nats");
    case RG_METHOD_GRADIENT:
      return C_ ("unit", "nats of odds");
    case RG_METHOD_ATTENTION:
    case RG_N_METHODS:
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

  switch (method)
    {
    case RG_METHOD_KV_CUT:
    case RG_METHOD_OCCLUSION:
      /* Translators: two numbers with their units. */
      return g_strdup_printf (_ ("Colours from %s to %s: orange patches made the word likelier, purple ones less likely"), first, last);
    case RG_METHOD_GRADIENT:
      return g_strdup_printf (_ ("Colours from 0 to %s that the word would gain from one patch"), last);
    case RG_METHOD_ATTENTION:
    case RG_N_METHODS:
    default:
      return g_strdup_printf (_ ("Colours from 0 to %s of the attention in one patch"), last);
    }
}

char *
rg_why_text_caption (RgMethod method,
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
    case RG_METHOD_GRADIENT:
    case RG_METHOD_ATTENTION:
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
rg_why_text_sentence (RgMethod method,
                      const char *word,
                      const char *set,
                      double share,
                      double dependence)
{
  if (fabs (dependence) < RG_LEAST_DEPENDENCE)
    return rg_why_text_anyway (word, dependence);

  return method == RG_METHOD_ATTENTION ? rg_format_caption (word, set, share) : rg_why_text_caption (method, word, dependence);
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
