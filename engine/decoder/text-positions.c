/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/decoder/text-positions.h"

guint32 *
rg_text_positions_new (const RgModelConfig *config, const RgPixelValues *pixels, const guint32 *ids, gsize n, guint *next)
{
  guint token_size = rg_model_config_get_token_size (config), n_seen = 0;
  guint rows = pixels != NULL ? pixels->height / token_size : 0, cols = pixels != NULL ? pixels->width / token_size : 0;
  guint32 *positions;

  *next = n;
  if (config->text.block.rotary_sections[0] == 0)
    return NULL;

  positions = g_new (guint32, n * RG_ROTARY_AXES);
  *next = 0;
  for (gsize i = 0; i < n; i++)
    {
      guint32 *position = positions + i * RG_ROTARY_AXES;
      gboolean in_picture = ids[i] == config->image_token && n_seen < rows * cols;

      position[0] = *next;
      position[1] = *next + (in_picture ? n_seen / cols : 0);
      position[2] = *next + (in_picture ? n_seen % cols : 0);
      if (!in_picture)
        *next += 1;
      else if (++n_seen == rows * cols)
        *next += MAX (rows, cols);
    }

  return positions;
}
