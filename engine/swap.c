/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/swap.h"

#include <math.h>

#include "engine/explanation.h"

struct _RgSwap
{
  gatomicrefcount refs;
  guint n_pictures, n_words;
  RgSwapped *pictures;
  char **words;
  double *logprobs; /* n_pictures × n_words */
};

G_DEFINE_BOXED_TYPE (RgSwap, rg_swap, rg_swap_ref, rg_swap_unref)

const char *
rg_picture_kind_get_name (RgPictureKind self)
{
  static const char *const names[RG_N_PICTURE_KINDS] = { "own", "none", "grey", "noise", "mirrored", "other" };

  g_return_val_if_fail (self < RG_N_PICTURE_KINDS, "");

  return names[self];
}

RgSwap *
rg_swap_new (const RgSwapped *pictures, guint n_pictures, const RgWord *words, guint n_words, const double *logprobs)
{
  RgSwap *self = g_new0 (RgSwap, 1);

  g_assert (n_pictures > 0 && pictures[0].kind == RG_PICTURE_OWN);

  g_atomic_ref_count_init (&self->refs);
  self->n_pictures = n_pictures;
  self->n_words = n_words;
  self->pictures = g_new (RgSwapped, n_pictures);
  for (guint i = 0; i < n_pictures; i++)
    self->pictures[i] = (RgSwapped){ pictures[i].kind, rg_image_ref (pictures[i].view), g_strdup (pictures[i].answer) };
  self->words = g_new0 (char *, n_words + 1);
  for (guint i = 0; i < n_words; i++)
    self->words[i] = g_strdup (words[i].text);
  self->logprobs = g_memdup2 (logprobs, sizeof (double) * n_pictures * n_words);

  return self;
}

RgSwap *
rg_swap_ref (RgSwap *self)
{
  g_atomic_ref_count_inc (&self->refs);

  return self;
}

void
rg_swap_unref (RgSwap *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;

  for (guint i = 0; i < self->n_pictures; i++)
    {
      rg_image_unref (self->pictures[i].view);
      g_free (self->pictures[i].answer);
    }
  g_free (self->pictures);
  g_strfreev (self->words);
  g_free (self->logprobs);
  g_free (self);
}

guint
rg_swap_get_n_pictures (const RgSwap *self)
{
  return self->n_pictures;
}

guint
rg_swap_get_n_words (const RgSwap *self)
{
  return self->n_words;
}

const RgSwapped *
rg_swap_get_picture (const RgSwap *self, guint picture)
{
  g_return_val_if_fail (picture < self->n_pictures, NULL);

  return &self->pictures[picture];
}

const char *
rg_swap_get_word (const RgSwap *self, guint word)
{
  g_return_val_if_fail (word < self->n_words, "");

  return self->words[word];
}

double
rg_swap_get_logprob (const RgSwap *self, guint picture, guint word)
{
  g_return_val_if_fail (picture < self->n_pictures && word < self->n_words, 0);

  return self->logprobs[(gsize) picture * self->n_words + word];
}

gboolean
rg_swap_changes (const RgSwap *self, guint picture, guint word)
{
  return fabs (rg_swap_get_logprob (self, 0, word) - rg_swap_get_logprob (self, picture, word)) >= RG_LEAST_DEPENDENCE;
}

gboolean
rg_swap_is_anyway (const RgSwap *self, guint word)
{
  for (guint i = 1; i < self->n_pictures; i++)
    if (rg_swap_changes (self, i, word))
      return FALSE;

  return TRUE;
}
