/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/map-report.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>

#include "app/cli.h"

/* --- for people --- */

/* How a measure is headed and written. */
typedef struct
{
  RgMapMeasure measure;
  const char *title, *markdown;
  gboolean percent;
} Column;

static const Column columns[] = {
  { RG_MAP_MEASURE_POINTING, N_ ("pointing"), "strongest patch on the object", TRUE },
  { RG_MAP_MEASURE_ENERGY, N_ ("energy"), "values on the object", TRUE },
  { RG_MAP_MEASURE_AUROC, "AUROC", "AUROC", FALSE },
  { RG_MAP_MEASURE_OVERLAP, N_ ("overlap"), "IoU", FALSE },
  { RG_MAP_MEASURE_SELECTIVITY, N_ ("own"), "follows the question", TRUE },
  { RG_MAP_MEASURE_CUT_ORDER, N_ ("ρ cut"), "ρ image cut", FALSE },
  { RG_MAP_MEASURE_PIXEL_ORDER, N_ ("ρ pixels"), "ρ pixels hidden", FALSE },
  { RG_MAP_MEASURE_DELETION, N_ ("deletion"), "deletion", FALSE },
  { RG_MAP_MEASURE_INSERTION, N_ ("insertion"), "insertion", FALSE },
  { RG_MAP_MEASURE_SUPPORTED, N_ ("supported"), "supported when tested", TRUE },
  { RG_MAP_MEASURE_RANDOMISED, N_ ("random ρ"), "ρ random weights, without sign", FALSE },
};

/* A column of a table for people: as wide as its heading needs; printf counts bytes. */
#define WIDTH 10

static void
print_cell (const char *text)
{
  printf (" %*s%s", (int) MAX (WIDTH - g_utf8_strlen (text, -1), 0), "", text);
}

/* Returns: (transfer full) */
static char *
format_value (const Column *column, double value)
{
  if (isnan (value))
    return g_strdup ("–");

  return column->percent ? g_strdup_printf ("%.1f %%", 100 * value) : g_strdup_printf ("%.3f", value);
}

static void
print_header (const char *name)
{
  printf ("  %-18s", name);
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    print_cell (_ (columns[i].title));
  print_cell (_ ("ms/word"));
  printf ("\n");
}

/* @size: or %RG_N_PROBE_SIZES for all. */
static void
print_rows (const RgMapBenchmark *self, RgProbeSize size)
{
  for (RgBenchmarkMap map = 0; map < RG_N_BENCHMARK_MAPS; map++)
    {
      const RgBenchmarkRow *row = &self->maps[map];
      const RgInterval *values = size == RG_N_PROBE_SIZES ? row->all : row->sizes[size];
      g_autofree char *time = map < (RgBenchmarkMap) RG_N_METHODS ? g_strdup_printf ("%.1f", 1000 * row->seconds) : g_strdup ("");

      printf ("  %-18s", rg_benchmark_map_get_name (map));
      for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
        {
          g_autofree char *cell = format_value (&columns[i], values[columns[i].measure].mean);

          print_cell (cell);
        }
      print_cell (time);
      printf ("\n");
    }
}

void
rg_map_report_table (const RgMapBenchmark *self, const char *title)
{
  static const char *const sizes[] = { N_ ("words of small objects"), N_ ("words of medium objects"), N_ ("words of large objects") };

  printf (_ ("%s: maps of %u words, from %u scenes, %u questions, %u right answers\n"), title, self->n, self->count, self->n_asked, self->n_right);
  printf (_ ("  the words depend on the picture by %.1f nats, the objects take up %.1f %% of the patches\n"), self->dependence, 100 * self->area);
  printf (_ ("  what hides pixels is measured on %u words\n"), self->maps[RG_METHOD_OCCLUSION].all[RG_MAP_MEASURE_PIXEL_ORDER].n);
  printf (_ ("  reading a token takes %.2f ms, with its calibrated map %.2f ms\n"), 1000 * self->read_seconds, 1000 * self->looked_seconds);
  print_header ("");
  print_rows (self, RG_N_PROBE_SIZES);
  for (RgProbeSize size = 0; size < RG_N_PROBE_SIZES; size++)
    {
      printf ("%s: %u\n", _ (sizes[size]), self->n_sizes[size]);
      print_rows (self, size);
    }
}

/* --- for the README --- */

/* With half of the interval's width. */
static void
append_interval (GString *text, const Column *column, const RgInterval *value)
{
  double half = (value->high - value->low) / 2;

  if (value->n == 0)
    g_string_append (text, " – |");
  else if (column->percent)
    g_string_append_printf (text, " %.1f ± %.1f %% |", 100 * value->mean, 100 * half);
  else
    g_string_append_printf (text, " %.3f ± %.3f |", value->mean, half);
}

static void
append_table (GString *text, const RgMapBenchmark *self)
{
  g_string_append (text, "| map | answers |");
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    g_string_append_printf (text, " %s |", columns[i].markdown);
  g_string_append (text, " ms a word |\n|---|---|");
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    g_string_append (text, "---|");
  g_string_append (text, "---|\n");

  for (RgBenchmarkMap map = 0; map < RG_N_BENCHMARK_MAPS; map++)
    {
      gboolean is_method = map < (RgBenchmarkMap) RG_N_METHODS;

      g_string_append_printf (text, "| %s | %s |", rg_benchmark_map_get_name (map), is_method ? rg_method_get_question ((RgMethod) map) : "");
      for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
        append_interval (text, &columns[i], &self->maps[map].all[columns[i].measure]);
      if (is_method)
        g_string_append_printf (text, " %.1f |\n", 1000 * self->maps[map].seconds);
      else
        g_string_append (text, " |\n");
    }
}

#define N_PLACE_COLUMNS 3 /* the first columns: where a map lies */

static void
append_sizes (GString *text, const RgMapBenchmark *self)
{
  g_string_append (text, "\n| map |");
  for (RgProbeSize size = 0; size < RG_N_PROBE_SIZES; size++)
    for (guint i = 0; i < N_PLACE_COLUMNS; i++)
      g_string_append_printf (text, " %s: %s |", rg_probe_size_get_name (size), columns[i].markdown);
  g_string_append (text, "\n|---|");
  for (guint i = 0; i < RG_N_PROBE_SIZES * N_PLACE_COLUMNS; i++)
    g_string_append (text, "---|");
  g_string_append (text, "\n");

  for (RgBenchmarkMap map = 0; map < RG_N_BENCHMARK_MAPS; map++)
    {
      g_string_append_printf (text, "| %s |", rg_benchmark_map_get_name (map));
      for (RgProbeSize size = 0; size < RG_N_PROBE_SIZES; size++)
        for (guint i = 0; i < N_PLACE_COLUMNS; i++)
          append_interval (text, &columns[i], &self->maps[map].sizes[size][columns[i].measure]);
      g_string_append (text, "\n");
    }
}

char *
rg_map_report_markdown (const RgMapBenchmark *self)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%u words (%u of small, %u of medium, %u of large objects) of %u scenes; what hides pixels on %u of them; ± half the 95 %% interval.\n\n",
                          self->n, self->n_sizes[RG_PROBE_SMALL], self->n_sizes[RG_PROBE_MEDIUM], self->n_sizes[RG_PROBE_LARGE], self->count,
                          self->maps[RG_METHOD_ATTENTION].all[RG_MAP_MEASURE_SUPPORTED].n);
  append_table (text, self);
  append_sizes (text, self);

  return g_string_free (text, FALSE);
}

/* --- for programs --- */

static void
add_measures (JsonBuilder *builder, const char *name, const RgInterval *values)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  for (RgMapMeasure measure = 0; measure < RG_N_MAP_MEASURES; measure++)
    {
      json_builder_set_member_name (builder, rg_map_measure_get_name (measure));
      json_builder_begin_object (builder);
      rg_cli_json_int (builder, "n", values[measure].n);
      rg_cli_json_number (builder, "mean", values[measure].mean);
      rg_cli_json_number (builder, "low", values[measure].low);
      rg_cli_json_number (builder, "high", values[measure].high);
      json_builder_end_object (builder);
    }
  json_builder_end_object (builder);
}

static void
add_row (JsonBuilder *builder, RgBenchmarkMap map, const RgBenchmarkRow *row)
{
  json_builder_set_member_name (builder, rg_benchmark_map_get_name (map));
  json_builder_begin_object (builder);
  if (map < (RgBenchmarkMap) RG_N_METHODS)
    {
      rg_cli_json_string (builder, "question", rg_method_get_question ((RgMethod) map));
      rg_cli_json_number (builder, "seconds_per_word", row->seconds);
    }
  rg_cli_json_number (builder, "threshold", row->threshold);
  add_measures (builder, "all", row->all);
  for (RgProbeSize size = 0; size < RG_N_PROBE_SIZES; size++)
    add_measures (builder, rg_probe_size_get_name (size), row->sizes[size]);
  json_builder_end_object (builder);
}

void
rg_map_report_json (const RgMapBenchmark *self, JsonBuilder *builder)
{
  rg_cli_json_int (builder, "count", self->count);
  rg_cli_json_int (builder, "asked", self->n_asked);
  rg_cli_json_int (builder, "right", self->n_right);
  rg_cli_json_int (builder, "words", self->n);
  for (RgProbeSize size = 0; size < RG_N_PROBE_SIZES; size++)
    rg_cli_json_int (builder, rg_probe_size_get_name (size), self->n_sizes[size]);
  rg_cli_json_number (builder, "dependence", self->dependence);
  rg_cli_json_number (builder, "area", self->area);
  rg_cli_json_number (builder, "read_seconds", self->read_seconds);
  rg_cli_json_number (builder, "looked_seconds", self->looked_seconds);
  json_builder_set_member_name (builder, "maps");
  json_builder_begin_object (builder);
  for (RgBenchmarkMap map = 0; map < RG_N_BENCHMARK_MAPS; map++)
    add_row (builder, map, &self->maps[map]);
  json_builder_end_object (builder);
}
