/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/map-difference.h"

#include "ui/closures.h"
#include "ui/why-text.h"

static double
sum_positive (const float *map,
              guint n)
{
  double sum = 0;

  for (guint i = 0; i < n; i++)
    sum += MAX (map[i], 0.0f);

  return sum;
}

gboolean
rg_map_difference_has_unit (RgMethod a,
                            RgMethod b)
{
  return g_str_equal (rg_why_text_unit (a), rg_why_text_unit (b));
}

gboolean
rg_map_difference_is_possible (RgPatchGrid *a,
                               RgPatchGrid *b)
{
  guint n_patches = rg_patch_grid_get_n_patches (a);

  if (a == b)
    return TRUE;
  if (n_patches != rg_patch_grid_get_n_patches (b))
    return FALSE;

  for (guint p = 0; p < n_patches; p++)
    {
      guint tile_a, row_a, col_a, tile_b, row_b, col_b;

      rg_patch_grid_locate (a, p, &tile_a, &row_a, &col_a);
      rg_patch_grid_locate (b, p, &tile_b, &row_b, &col_b);
      if (tile_a != tile_b || row_a != row_b || col_a != col_b)
        return FALSE;
    }

  return TRUE;
}

double
rg_map_difference (const float *a,
                   const float *b,
                   guint n_patches,
                   gboolean same_unit,
                   float *difference)
{
  double sum_a = sum_positive (a, n_patches), sum_b = sum_positive (b, n_patches), scale = 0;

  for (guint i = 0; i < n_patches; i++)
    {
      double left = a[i], right = b[i];

      if (!same_unit)
        {
          left = sum_a > 0 ? MAX (left, 0) / sum_a : 0;
          right = sum_b > 0 ? MAX (right, 0) / sum_b : 0;
        }
      difference[i] = (float) (left - right);
      scale = MAX (scale, fabs (difference[i]));
    }

  return scale;
}

char *
rg_map_difference_text_side (const char *word,
                             RgMethod method,
                             gboolean calibrated)
{
  /* Translators: a word of the answer, and the method of a map. */
  return g_strdup_printf (C_ ("side by side", "“%s” · %s"), word, rg_why_text_method_of (method, calibrated));
}

char *
rg_map_difference_text_scale (RgMethod a,
                              RgMethod b,
                              double scale)
{
  gboolean same_unit = rg_map_difference_has_unit (a, b);
  g_autofree char *value = same_unit ? rg_why_text_value (a, scale) : rg_format_percent (scale);

  if (same_unit)
    /* Translators: a number with its unit. */
    return g_strdup_printf (_ ("Orange: more in the picture’s map; purple: more in this one. The strongest colours stand for %s."), value);

  /* Translators: a share such as "5.1 %". */
  return g_strdup_printf (_ ("Orange: more in the picture’s map; purple: more in this one. The two have different units: each patch as a share of its own map; the strongest colours stand for %s."), value);
}
