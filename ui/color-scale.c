/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/color-scale.h"

#include "ui/why-text.h"

void
rg_color_scale_get_color (RgMethod method,
                          RgPalette palette,
                          double place,
                          guint8 rgb[3])
{
  if (rg_method_is_signed (method))
    rg_palette_get_signed_color (2 * place - 1, rgb);
  else
    rg_palette_get_color (palette, place, rgb);
}

char *
rg_color_scale_format (RgMethod method,
                       double scale,
                       guint place)
{
  if (place == 1 && !rg_method_is_share (method))
    return g_strdup (rg_why_text_unit (method));

  return rg_why_text_number (method, rg_method_is_signed (method) ? scale * ((int) place - 1) : scale * place / (RG_COLOR_SCALE_PLACES - 1));
}
