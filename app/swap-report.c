/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/swap-report.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "app/cli.h"

void
rg_swap_report_table (const RgSwap *self)
{
  guint n_pictures = rg_swap_get_n_pictures (self);

  printf ("%s\n", _ ("log-probability of each word of the answer, in nats, with"));
  rg_cli_print_column (_ ("word"), 16);
  for (guint i = 0; i < n_pictures; i++)
    printf (" %9s", rg_picture_kind_get_name (rg_swap_get_picture (self, i)->kind));
  printf ("\n");

  for (guint w = 0; w < rg_swap_get_n_words (self); w++)
    {
      rg_cli_print_column (rg_swap_get_word (self, w), 16);
      for (guint i = 0; i < n_pictures; i++)
        rg_cli_print_nats (rg_swap_get_logprob (self, i, w), 10);
      printf ("%s%s\n", rg_swap_is_anyway (self, w) ? "  " : "", rg_swap_is_anyway (self, w) ? _ ("would have said it anyway") : "");
    }

  printf ("%s\n", _ ("what it would answer"));
  for (guint i = 0; i < n_pictures; i++)
    printf ("%-16s %s\n", rg_picture_kind_get_name (rg_swap_get_picture (self, i)->kind), rg_swap_get_picture (self, i)->answer);
}

static void
add_word (const RgSwap *self, guint word, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  rg_cli_json_string (builder, "word", rg_swap_get_word (self, word));
  json_builder_set_member_name (builder, "anyway");
  json_builder_add_boolean_value (builder, rg_swap_is_anyway (self, word));
  json_builder_set_member_name (builder, "logprobs");
  json_builder_begin_array (builder);
  for (guint i = 0; i < rg_swap_get_n_pictures (self); i++)
    json_builder_add_double_value (builder, rg_swap_get_logprob (self, i, word));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

void
rg_swap_report_json (const RgSwap *self, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "swap");
  json_builder_begin_object (builder);
  rg_cli_json_string (builder, "unit", "nats");

  json_builder_set_member_name (builder, "pictures");
  json_builder_begin_array (builder);
  for (guint i = 0; i < rg_swap_get_n_pictures (self); i++)
    {
      const RgSwapped *picture = rg_swap_get_picture (self, i);

      json_builder_begin_object (builder);
      rg_cli_json_string (builder, "picture", rg_picture_kind_get_name (picture->kind));
      rg_cli_json_string (builder, "answer", picture->answer);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);

  json_builder_set_member_name (builder, "words");
  json_builder_begin_array (builder);
  for (guint w = 0; w < rg_swap_get_n_words (self); w++)
    add_word (self, w, builder);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}
