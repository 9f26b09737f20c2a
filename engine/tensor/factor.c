/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/factor.h"

RgFactor
rg_factor_from (const RgFactor *self, gsize row, gsize col)
{
  RgFactor rest = *self;
  gsize column = self->transposed ? row : col, step = self->transposed ? col : row;

  rest.data = (const guint8 *) self->data + rg_dtype_get_size (self->dtype, row * self->ld + col);
  if (self->panels != NULL)
    {
      g_assert (column % RG_PANEL_COLUMNS == 0 && step % 2 == 0);
      rest.panels += column / RG_PANEL_COLUMNS * self->panel_step + step / 2 * RG_PANEL_COLUMNS;
    }

  if (self->int8.words != NULL)
    {
      g_assert (column % RG_PANEL_COLUMNS == 0);
      rest.int8.words += column / RG_PANEL_COLUMNS * self->int8.step;
      rest.int8.scales += column;
      rest.int8.sums += column;
    }

  return rest;
}
