/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/box-text.h"

#include "ui/closures.h"

char *
rg_box_text_describe (RgRect box,
                      guint width,
                      guint height)
{
  g_autofree char *area = NULL;

  if (rg_rect_is_empty (box))
    return g_strdup (_ ("Draw a box on the picture, or press an arrow key: arrows move it, Shift and arrows change its size."));

  area = rg_format_percent (box.width * box.height / ((double) width * height));

  /* Translators: pixels from–to across and from–to down; a share such as "12 %". */
  return g_strdup_printf (_ ("Pixels %.0f–%.0f across, %.0f–%.0f down: %s of the picture"), box.x, box.x + box.width, box.y, box.y + box.height, area);
}

char *
rg_box_text_share (double share,
                   double area)
{
  g_autofree char *percent = rg_format_percent (share);

  /* Translators: a share such as "45 %", and how many times the box's share of the picture's area that is. */
  return g_strdup_printf (C_ ("box", "%s, %.1f × its area"), percent, share / area);
}

char *
rg_box_text_head (guint layer,
                  guint head)
{
  return g_strdup_printf (C_ ("box", "Layer %u, head %u"), layer + 1, head + 1);
}

char *
rg_box_text_measure (const RgHeadMeasure *measure,
                     gboolean has_box)
{
  g_autofree char *name = rg_box_text_head (measure->layer, measure->head);
  g_autofree char *share = rg_format_percent (measure->share);
  g_autofree char *inside = rg_format_percent (measure->inside);

  if (has_box)
    /* Translators: "Layer 2, head 3"; two shares such as "45 %"; a number between 0 and 1. */
    return g_strdup_printf (_ ("%s: %s on the picture, %s in the box, sharpness %.2f"), name, share, inside, measure->sharpness);

  /* Translators: "Layer 2, head 3"; a share such as "45 %"; a number between 0 and 1. */
  return g_strdup_printf (_ ("%s: %s on the picture, sharpness %.2f"), name, share, measure->sharpness);
}
