/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/factor.h"

RgFactor
rg_factor_from (const RgFactor *self, gsize row, gsize col)
{
  RgFactor rest = *self;

  rest.data = (const guint8 *) self->data + rg_dtype_get_size (self->dtype, row * self->ld + col);

  return rest;
}
