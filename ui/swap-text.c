/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/swap-text.h"

#include <glib/gi18n.h>
#include <math.h>

const char *
rg_swap_text_picture (RgPictureKind kind)
{
  static const char *const names[RG_N_PICTURE_KINDS] = {
    NC_ ("swapped picture", "Your picture"),
    NC_ ("swapped picture", "No picture"),
    NC_ ("swapped picture", "In grey"),
    NC_ ("swapped picture", "Noise"),
    NC_ ("swapped picture", "Mirrored"),
    NC_ ("swapped picture", "Another picture"),
  };

  g_return_val_if_fail (kind < RG_N_PICTURE_KINDS, "");

  return g_dpgettext2 (NULL, "swapped picture", names[kind]);
}

char *
rg_swap_text_logprob (double logprob)
{
  double size = fabs (logprob);

  return g_strdup_printf ("%s%.*f", logprob < 0 && size >= 0.005 ? "−" : "", size < 9.995 ? 2 : 1, size);
}

char *
rg_swap_text_answer (const char *answer)
{
  if (answer[0] == '\0')
    return g_strdup (_ ("It says nothing."));

  /* Translators: an answer of the model, in quotes. */
  return g_strdup_printf (C_ ("answer", "“%s”"), answer);
}

const char *
rg_swap_text_anyway (void)
{
  return _ ("would have said it anyway");
}

static void
describe_word (const RgSwap *swap,
               guint word,
               GString *text)
{
  /* Translators: a word of the answer, followed by its log-probabilities with several pictures. */
  g_string_append_printf (text, C_ ("picture swap", "“%s”:"), rg_swap_get_word (swap, word));
  for (guint i = 0; i < rg_swap_get_n_pictures (swap); i++)
    {
      g_autofree char *number = rg_swap_text_logprob (rg_swap_get_logprob (swap, i, word));

      g_string_append (text, i > 0 ? ", " : " ");
      /* Translators: the name of a picture, and a log-probability with a no-break space before its unit. */
      g_string_append_printf (text, C_ ("picture swap", "%s %s nats"), rg_swap_text_picture (rg_swap_get_picture (swap, i)->kind), number);
    }
  if (rg_swap_is_anyway (swap, word))
    g_string_append_printf (text, ", %s", rg_swap_text_anyway ());
  g_string_append (text, ". ");
}

char *
rg_swap_text_describe (const RgSwap *swap)
{
  GString *text = g_string_new (NULL);

  for (guint w = 0; w < rg_swap_get_n_words (swap); w++)
    describe_word (swap, w, text);

  for (guint i = 0; i < rg_swap_get_n_pictures (swap); i++)
    {
      const RgSwapped *picture = rg_swap_get_picture (swap, i);
      g_autofree char *answer = rg_swap_text_answer (picture->answer);

      /* Translators: the name of a picture, and what the model answers about it. */
      g_string_append_printf (text, C_ ("picture swap", "%s: %s"), rg_swap_text_picture (picture->kind), answer);
      g_string_append (text, i + 1 < rg_swap_get_n_pictures (swap) ? "; " : "");
    }

  return g_string_free (text, FALSE);
}
