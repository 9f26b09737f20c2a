/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/evaluation-report.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "app/cli.h"

static RgScore
sum_scores (const RgScore *scores, guint languages)
{
  RgScore sum = { 0 };

  for (guint i = 0; i < RG_N_LANGUAGES; i++)
    if (languages & 1u << i)
      {
        sum.n += scores[i].n;
        sum.right += scores[i].right;
      }

  return sum;
}

/* Of all first questions inside the world. */
static RgScore
sum_kinds (const RgEvaluation *self, guint languages)
{
  RgScore sum = { 0 };

  for (guint kind = 0; kind < RG_QUESTION_KIND_OUTSIDE; kind++)
    {
      RgScore one = sum_scores (self->kinds[kind], languages);

      sum.n += one.n;
      sum.right += one.right;
    }

  return sum;
}

static void
add_score (JsonBuilder *builder, const RgScore *score)
{
  rg_cli_json_int (builder, "n", score->n);
  rg_cli_json_int (builder, "right", score->right);
  rg_cli_json_number (builder, "accuracy", rg_score_get_accuracy (score));
}

/* An object with a score for each language. */
static void
add_languages (JsonBuilder *builder, const char *name, const RgScore *scores, guint languages)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  for (guint i = 0; i < RG_N_LANGUAGES; i++)
    if (languages & 1u << i)
      {
        json_builder_set_member_name (builder, rg_language_get_code (i));
        json_builder_begin_object (builder);
        add_score (builder, &scores[i]);
        json_builder_end_object (builder);
      }
  json_builder_end_object (builder);
}

static void
add_maps (JsonBuilder *builder, const RgMapScore *maps)
{
  double n = MAX (maps->n, 1);

  json_builder_set_member_name (builder, "maps");
  json_builder_begin_object (builder);
  rg_cli_json_int (builder, "n", maps->n);
  rg_cli_json_number (builder, "hits", maps->hits / n);
  rg_cli_json_number (builder, "inside", maps->inside / n);
  rg_cli_json_number (builder, "chance", maps->chance / n);
  json_builder_end_object (builder);
}

void
rg_evaluation_report_json (const RgEvaluation *self, guint languages, JsonBuilder *builder)
{
  RgScore all = sum_kinds (self, languages), wrongly = sum_scores (self->false_dont_know, languages);

  rg_cli_json_int (builder, "count", self->count);
  rg_cli_json_number (builder, "accuracy", rg_score_get_accuracy (&all));
  json_builder_set_member_name (builder, "kinds");
  json_builder_begin_object (builder);
  for (guint kind = 0; kind < RG_QUESTION_KIND_OUTSIDE; kind++)
    add_languages (builder, rg_question_kind_get_name (kind), self->kinds[kind], languages);
  add_languages (builder, "dialogue", self->dialogue, languages);
  json_builder_end_object (builder);
  add_languages (builder, "outside", self->kinds[RG_QUESTION_KIND_OUTSIDE], languages);
  add_languages (builder, "exact_descriptions", self->exact_descriptions, languages);
  rg_cli_json_number (builder, "false_dont_know", rg_score_get_accuracy (&wrongly));
  add_maps (builder, &self->maps);
}

static void
print_row (const char *name, const RgScore *scores, guint languages)
{
  printf ("  %-20s", name);
  for (guint i = 0; i < RG_N_LANGUAGES; i++)
    if (languages & 1u << i)
      printf ("  %6.2f %% %6u", 100 * rg_score_get_accuracy (&scores[i]), scores[i].n);
  putchar ('\n');
}

void
rg_evaluation_report_table (const RgEvaluation *self, guint languages, const char *title)
{
  double n_maps = MAX (self->maps.n, 1);
  RgScore all = sum_kinds (self, languages);

  printf (ngettext ("%s: %u scene\n", "%s: %u scenes\n", self->count), title, self->count);
  printf ("  %-20s", "");
  for (guint i = 0; i < RG_N_LANGUAGES; i++)
    if (languages & 1u << i)
      printf ("  %8s %6s", rg_language_get_code (i), "n");
  putchar ('\n');
  for (guint kind = 0; kind < RG_N_QUESTION_KINDS; kind++)
    print_row (rg_question_kind_get_name (kind), self->kinds[kind], languages);
  print_row ("dialogue", self->dialogue, languages);
  print_row ("exact_descriptions", self->exact_descriptions, languages);
  print_row ("false_dont_know", self->false_dont_know, languages);
  printf (_ ("  all first questions inside the world: %.2f %%\n"), 100 * rg_score_get_accuracy (&all));
  printf (_ ("  maps of %u right answers: strongest patch on the object %.1f %%, share on it %.1f %%, by chance %.1f %%\n"),
          self->maps.n, 100 * self->maps.hits / n_maps, 100 * self->maps.inside / n_maps, 100 * self->maps.chance / n_maps);
}

static void
print_line (const char *name, const RgScore *scores, guint languages)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  RgScore sum = sum_scores (scores, languages);

  json_builder_begin_object (builder);
  rg_cli_json_string (builder, "kind", name);
  add_score (builder, &sum);
  json_builder_end_object (builder);
  rg_cli_print_json (builder);
}

void
rg_evaluation_report_lines (const RgEvaluation *self, guint languages)
{
  for (guint kind = 0; kind < RG_N_QUESTION_KINDS; kind++)
    print_line (rg_question_kind_get_name (kind), self->kinds[kind], languages);
  print_line ("dialogue", self->dialogue, languages);
}
