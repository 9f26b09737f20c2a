/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/map-report.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "app/cli.h"

void
rg_map_report_table (const RgMapBenchmark *self, const char *title)
{
  double n = MAX (self->n, 1);

  printf (_ ("%s: maps of %u words, from %u scenes, %u questions, %u right answers\n"), title, self->n, self->count, self->n_asked, self->n_right);
  printf (_ ("  the words depend on the picture by %.1f nats, the objects take up %.1f %% of the patches\n"), self->dependence / n, 100 * self->scores[0].sum.area / n);
  printf ("  %-10s %8s %8s %8s %10s %8s %8s\n", "", _ ("pointing"), _ ("energy"), "AUROC", _ ("supported"), _ ("weak"), _ ("ms/word"));
  for (RgBenchmarkMap map = 0; map < RG_N_BENCHMARK_MAPS; map++)
    {
      const RgBenchmarkScore *score = &self->scores[map];

      printf ("  %-10s %6.1f %% %6.1f %% %8.3f %8.1f %% %6.1f %% %8.1f\n", rg_benchmark_map_get_name (map), 100 * score->sum.hit / n, 100 * score->sum.energy / n,
              score->sum.auroc / n, 100 * score->supported / n, 100 * score->weak / n, 1000 * score->seconds / n);
    }
}

void
rg_map_report_json (const RgMapBenchmark *self, JsonBuilder *builder)
{
  double n = MAX (self->n, 1);

  rg_cli_json_int (builder, "count", self->count);
  rg_cli_json_int (builder, "asked", self->n_asked);
  rg_cli_json_int (builder, "right", self->n_right);
  rg_cli_json_int (builder, "words", self->n);
  rg_cli_json_number (builder, "dependence", self->dependence / n);
  rg_cli_json_number (builder, "area", self->scores[0].sum.area / n);
  json_builder_set_member_name (builder, "maps");
  json_builder_begin_object (builder);
  for (RgBenchmarkMap map = 0; map < RG_N_BENCHMARK_MAPS; map++)
    {
      const RgBenchmarkScore *score = &self->scores[map];

      json_builder_set_member_name (builder, rg_benchmark_map_get_name (map));
      json_builder_begin_object (builder);
      rg_cli_json_number (builder, "pointing", score->sum.hit / n);
      rg_cli_json_number (builder, "energy", score->sum.energy / n);
      rg_cli_json_number (builder, "auroc", score->sum.auroc / n);
      rg_cli_json_number (builder, "supported", score->supported / n);
      rg_cli_json_number (builder, "weak", score->weak / n);
      rg_cli_json_number (builder, "seconds_per_word", score->seconds / n);
      json_builder_end_object (builder);
    }
  json_builder_end_object (builder);
}
