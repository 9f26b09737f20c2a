/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/map-table.h"

static void
append_label (GString *table,
              const RgEvidence *evidence,
              guint word)
{
  g_autofree char *label = rg_evidence_dup_label (evidence, word);
  g_auto (GStrv) lines = g_strsplit (label, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    g_string_append_printf (table, "# %s\n", lines[i]);
}

static void
append_number (GString *table,
               double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_c (table, ',');
  g_string_append (table, g_ascii_formatd (digits, sizeof digits, "%.9g", value));
}

GBytes *
rg_map_table_new (const RgEvidence *evidence,
                  guint word)
{
  RgPatchGrid *grid = rg_explanation_get_grid (evidence->explanation);
  const float *map = rg_explanation_get_map (evidence->explanation, word);
  const float *errors = rg_explanation_get_errors (evidence->explanation, word);
  GString *table = g_string_new (NULL);

  append_label (table, evidence, word);
  g_string_append_printf (table, "tile,row,col,x,y,width,height,value%s\n", errors != NULL ? ",standard_error" : "");

  for (guint patch = 0; patch < rg_patch_grid_get_n_patches (grid); patch++)
    {
      RgRect rect = rg_patch_grid_get_source_rect (grid, patch);
      const double numbers[] = { rect.x, rect.y, rect.width, rect.height, map[patch] };
      guint tile, row, col;

      rg_patch_grid_locate (grid, patch, &tile, &row, &col);
      g_string_append_printf (table, "%u,%u,%u", tile, row, col);
      for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
        append_number (table, numbers[i]);
      if (errors != NULL)
        append_number (table, errors[patch]);
      g_string_append_c (table, '\n');
    }

  return g_string_free_to_bytes (table);
}
