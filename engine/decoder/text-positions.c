/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/decoder/text-positions.h"

guint32
rg_text_positions_write (const guint32 *ids, gsize n, guint32 image_token, guint rows, guint cols, guint32 *positions)
{
  guint32 next = 0, n_seen = 0;

  for (gsize i = 0; i < n; i++, positions += RG_TEXT_AXES)
    {
      gboolean in_picture = ids[i] == image_token && n_seen < rows * cols;

      positions[0] = next;
      positions[1] = next + (in_picture ? n_seen / cols : 0);
      positions[2] = next + (in_picture ? n_seen % cols : 0);
      if (in_picture && ++n_seen < rows * cols)
        continue;
      next += in_picture ? MAX (rows, cols) : 1;
    }

  return next;
}
