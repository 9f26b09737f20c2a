/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/verdict-text.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/why-text.h"

/* A larger factor is no longer measured, and no longer understood. */
#define MOST_TIMES 1000

/* Less than a tenth more or less likely is as likely as before. */
#define LEAST_TIMES 1.1

char *
rg_verdict_text_headline (const char *word,
                          const RgVerdict *verdict)
{
  switch (verdict->support)
    {
    case RG_SUPPORT_FULL:
      return g_strdup_printf (C_ ("verdict", "“%s”: the test supports the map"), word);
    case RG_SUPPORT_WEAK:
      return g_strdup_printf (C_ ("verdict", "“%s”: the test supports the map, but weakly"), word);
    case RG_SUPPORT_NONE:
    default:
      return g_strdup_printf (C_ ("verdict", "“%s”: the test does not support the map"), word);
    }
}

char *
rg_verdict_text_name (const RgVerdict *verdict,
                      RgVerdictBar bar)
{
  switch (bar)
    {
    case RG_VERDICT_TOP:
      return g_strdup_printf (ngettext ("%u important patch", "%u important patches", verdict->k), verdict->k);
    case RG_VERDICT_RANDOM:
      return g_strdup_printf (ngettext ("%u random patch", "%u random patches", verdict->k), verdict->k);
    case RG_VERDICT_BOTTOM:
    case RG_N_VERDICT_BARS:
    default:
      return g_strdup_printf (ngettext ("%u unimportant patch", "%u unimportant patches", verdict->k), verdict->k);
    }
}

double
rg_verdict_get_cost (const RgVerdict *verdict,
                     RgVerdictBar bar)
{
  return bar == RG_VERDICT_TOP ? verdict->top : bar == RG_VERDICT_RANDOM ? verdict->random
                                                                         : verdict->bottom;
}

char *
rg_verdict_text_change (const RgVerdict *verdict,
                        RgVerdictBar bar)
{
  g_autofree char *change = rg_why_text_nats (-rg_verdict_get_cost (verdict, bar));
  g_autofree char *deviation = NULL;

  if (bar != RG_VERDICT_RANDOM)
    return g_steal_pointer (&change);

  deviation = rg_why_text_number (RG_METHOD_GRADIENT, verdict->random_deviation);

  /* Translators: a number with its unit, and its standard deviation. */
  return g_strdup_printf (C_ ("verdict", "%s ± %s"), change, deviation);
}

static char *
format_times (double times)
{
  if (times >= MOST_TIMES)
    return g_strdup_printf (C_ ("times", "more than %d"), MOST_TIMES);

  return g_strdup_printf (times < 9.95 ? "%.1f" : "%.0f", times);
}

char *
rg_verdict_text_measured (const char *against)
{
  if (against == NULL)
    return g_strdup (_ ("What was hidden, and how much of the word’s log-probability that cost:"));

  /* Translators: another word. */
  return g_strdup_printf (_ ("What was hidden, and how much that cost the word’s lead over “%s”, the difference of the two words’ log-probabilities:"), against);
}

static char *
describe_lead (const RgVerdict *verdict,
               const char *number,
               const char *against)
{
  if (number == NULL)
    /* Translators: another word. */
    return g_strdup_printf (_ ("Without the important patches the word is as likely, compared with “%s”, as with them."), against);

  if (verdict->top < 0)
    /* Translators: a number, or "more than 1000"; another word. */
    return g_strdup_printf (_ ("Without the important patches the word is %s times likelier, compared with “%s”."), number, against);

  /* Translators: a number, or "more than 1000"; another word. */
  return g_strdup_printf (_ ("Without the important patches the word is %s times less likely, compared with “%s”."), number, against);
}

char *
rg_verdict_text_effect (const RgVerdict *verdict,
                        const char *against)
{
  double times = exp (fabs (verdict->top));
  g_autofree char *number = times >= LEAST_TIMES ? format_times (times) : NULL;

  if (against != NULL)
    return describe_lead (verdict, number, against);

  if (number == NULL)
    return g_strdup (_ ("Without the important patches the word is as likely as with them."));

  if (verdict->top < 0)
    /* Translators: a number, or "more than 1000". */
    return g_strdup_printf (_ ("Without the important patches the word is %s times likelier."), number);

  /* Translators: a number, or "more than 1000". */
  return g_strdup_printf (_ ("Without the important patches the word is %s times less likely."), number);
}

/* Whether the picture matters to the word, but none of the parts that were hidden. */
static gboolean
is_needless (const RgVerdict *verdict,
             double dependence)
{
  return dependence >= RG_LEAST_DEPENDENCE && MAX (verdict->top, MAX (verdict->random, verdict->bottom)) < RG_LEAST_DEPENDENCE;
}

/* That the test failed is no proof against the map: the words say what was done, and what it shows. */
static char *
describe_needless (const RgVerdict *verdict,
                   double dependence,
                   const char *against)
{
  g_autofree char *times = format_times (exp (dependence));

  if (against != NULL)
    /* Translators: how many; another word; a number, or "more than 1000"; the other word again. */
    return g_strdup_printf (ngettext ("Not supported: hiding %u patch, important or not, hardly changes the word’s lead over “%s”. The rest of the picture is enough for the model, so the test can neither confirm the map nor refute it. Without any picture the word is %s times less likely, compared with “%s”.",
                                      "Not supported: hiding %u patches, important or not, hardly changes the word’s lead over “%s”. The rest of the picture is enough for the model, so the test can neither confirm the map nor refute it. Without any picture the word is %s times less likely, compared with “%s”.", verdict->k),
                            verdict->k, against, times, against);

  /* Translators: how many; a number, or "more than 1000". */
  return g_strdup_printf (ngettext ("Not supported: hiding %u patch, important or not, hardly changes the word. The rest of the picture is enough for the model, so the test can neither confirm the map nor refute it. Without any picture the word is %s times less likely.",
                                    "Not supported: hiding %u patches, important or not, hardly changes the word. The rest of the picture is enough for the model, so the test can neither confirm the map nor refute it. Without any picture the word is %s times less likely.", verdict->k),
                          verdict->k, times);
}

char *
rg_verdict_text_rule (const RgVerdict *verdict,
                      double dependence,
                      const char *against)
{
  switch (verdict->support)
    {
    case RG_SUPPORT_FULL:
      return g_strdup_printf (ngettext ("Supported: hiding them cost more than hiding the unimportant ones, more than each of %u random draws without the map’s %u strongest patch, and at least %.1f nats more than the draws’ mean.",
                                        "Supported: hiding them cost more than hiding the unimportant ones, more than each of %u random draws without the map’s %u strongest patches, and at least %.1f nats more than the draws’ mean.", verdict->n_spared),
                              verdict->n_random, verdict->n_spared, RG_LEAST_DEPENDENCE);
    case RG_SUPPORT_WEAK:
      return g_strdup_printf (_ ("Weak: hiding them cost more than hiding the unimportant ones and than %u of %u random draws, but not more than each draw and %.1f nats above their mean."),
                              verdict->n_beaten, verdict->n_random, RG_LEAST_DEPENDENCE);
    case RG_SUPPORT_NONE:
    default:
      if (is_needless (verdict, dependence))
        return describe_needless (verdict, dependence, against);

      /* Translators: the first two are numbers of draws, the last one of patches. */
      return g_strdup_printf (ngettext ("Not supported: hiding the important patches did not clearly cost more than hiding others: %u of %u random draws, which left the map’s %u strongest patch alone, cost less. So nothing shows yet that the word needed what the map calls important.",
                                        "Not supported: hiding the important patches did not clearly cost more than hiding others: %u of %u random draws, which left the map’s %u strongest patches alone, cost less. So nothing shows yet that the word needed what the map calls important.", verdict->n_spared),
                              verdict->n_beaten, verdict->n_random, verdict->n_spared);
    }
}

const char *
rg_verdict_text_hiding (RgHiding hiding)
{
  return hiding == RG_HIDING_BLUR ? _ ("To hide patches, the test blurred them and looked at the picture again. The map was made in another way, so that it is no judge of itself.")
                                  : _ ("To hide patches, the test kept the text from looking at their image tokens. The map was made in another way, so that it is no judge of itself.");
}

char *
rg_verdict_text_describe (const RgExplanation *explanation,
                          guint word)
{
  const RgVerdict *verdict = rg_explanation_get_verdict (explanation, word);
  const char *against = rg_explanation_get_against (explanation, word);
  g_autofree char *pair = rg_why_text_word (rg_explanation_get_word (explanation, word)->text, against);
  g_autofree char *headline = rg_verdict_text_headline (pair, verdict);
  g_autofree char *measured = rg_verdict_text_measured (against);
  g_autofree char *effect = rg_verdict_text_effect (verdict, against);
  g_autofree char *rule = rg_verdict_text_rule (verdict, rg_explanation_get_dependence (explanation, word), against);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%s. %s", headline, measured);
  for (RgVerdictBar bar = 0; bar < RG_N_VERDICT_BARS; bar++)
    {
      g_autofree char *name = rg_verdict_text_name (verdict, bar);
      g_autofree char *change = rg_verdict_text_change (verdict, bar);

      g_string_append (text, bar == 0 ? " " : "; ");
      /* Translators: what was hidden, and how what was measured changed. */
      g_string_append_printf (text, C_ ("verdict", "%s hidden: %s"), name, change);
    }

  g_string_append_printf (text, ". %s %s %s", effect, rule, rg_verdict_text_hiding (rg_explanation_get_hidden_by (explanation)));

  return g_string_free (text, FALSE);
}
