/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/engine.h"

RgModelInfo *
rg_model_info_copy (const RgModelInfo *self)
{
  RgModelInfo *copy = g_memdup2 (self, sizeof *self);

  copy->name = g_strdup (self->name);
  copy->family = g_strdup (self->family);
  copy->path = g_strdup (self->path);
  copy->fingerprint = g_strdup (self->fingerprint);

  return copy;
}

void
rg_model_info_free (RgModelInfo *self)
{
  if (self == NULL)
    return;

  g_free (self->name);
  g_free (self->family);
  g_free (self->path);
  g_free (self->fingerprint);
  g_free (self);
}
