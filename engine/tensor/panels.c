/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/panels.h"

#include "engine/tensor/int8-weights.h"
#include "engine/tensor/memory.h"

#ifdef __x86_64__
#include "engine/tensor/bf16-panels.h"
#endif

struct _RgPanels
{
  gsize rows, cols;
  guint32 *words[2];   /* as stored, and transposed */
  gsize steps[2];      /* from one panel to the next, in words */
  RgInt8Weights *int8; /* nullable: instead of both */
};

RgPanels *
rg_panels_new (gsize rows, gsize cols, gboolean int8)
{
  RgPanels *self = g_new0 (RgPanels, 1);

  self->rows = rows;
  self->cols = cols;
  if (int8 && MAX (rows, cols) <= RG_INT8_MOST)
    {
      self->int8 = rg_int8_weights_new (rows, cols);
      return self;
    }

  for (guint transposed = 0; transposed < 2; transposed++)
    {
      gsize k = transposed ? cols : rows, n = transposed ? rows : cols;

      /* The pairs along k, and one more that keeps whole panels out of each other's cache sets. */
      self->steps[transposed] = ((k + 1) / 2 + 1) * RG_PANEL_COLUMNS;
      self->words[transposed] = rg_memory_new0 ((n + RG_PANEL_COLUMNS - 1) / RG_PANEL_COLUMNS * self->steps[transposed] * sizeof (guint32));
    }

  return self;
}

void
rg_panels_free (RgPanels *self)
{
  if (self == NULL)
    return;

  rg_int8_weights_free (self->int8);
  g_aligned_free (self->words[0]);
  g_aligned_free (self->words[1]);
  g_free (self);
}

RgFactor
rg_panels_get_factor (const RgPanels *self, gboolean transposed, const float *values)
{
  RgFactor factor = { RG_DTYPE_F32, transposed, values, self->cols };

  if (self->int8 != NULL)
    factor.int8 = rg_int8_weights_get_columns (self->int8, transposed);
  factor.panels = self->words[transposed != FALSE];
  factor.panel_step = self->steps[transposed != FALSE];

  return factor;
}

void
rg_panels_fill (RgPanels *self, const float *values)
{
#ifdef __x86_64__
  if (self->int8 != NULL)
    {
      rg_int8_weights_fill (self->int8, values);
      return;
    }

  for (guint transposed = 0; transposed < 2; transposed++)
    {
      const RgFactor whole = rg_panels_get_factor (self, transposed, values);
      gsize k = transposed ? self->cols : self->rows, n = transposed ? self->rows : self->cols;

      for (gsize j = 0; j < n; j += RG_PANEL_BLOCK)
        for (gsize p = 0; p < k; p += RG_PANEL_SLICE)
          {
            const RgFactor piece = rg_factor_from (&whole, transposed ? j : p, transposed ? p : j);

            rg_panels_pack_right ((guint32 *) piece.panels, self->steps[transposed], &piece, MIN (n - j, RG_PANEL_BLOCK), MIN (k - p, RG_PANEL_SLICE), RG_BF16_ROUNDED);
          }
    }
#else
  g_assert_not_reached ();
#endif
}
