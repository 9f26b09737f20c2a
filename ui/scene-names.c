/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/scene-names.h"

#include <glib/gi18n.h>

static const char *const kinds[RG_N_KINDS] = {
  NC_ ("thing", "circle"),
  NC_ ("thing", "square"),
  NC_ ("thing", "rectangle"),
  NC_ ("thing", "triangle"),
  NC_ ("thing", "star"),
  NC_ ("thing", "heart"),
  NC_ ("thing", "cross"),
  NC_ ("thing", "ring"),
  NC_ ("thing", "diamond"),
  NC_ ("thing", "oval"),
  NC_ ("thing", "crescent"),
  NC_ ("thing", "arrow"),
  NC_ ("thing", "cat"),
  NC_ ("thing", "dog"),
  NC_ ("thing", "fish"),
  NC_ ("thing", "bird"),
  NC_ ("thing", "rabbit"),
  NC_ ("thing", "turtle"),
  NC_ ("thing", "butterfly"),
  NC_ ("thing", "snail"),
  NC_ ("thing", "tree"),
  NC_ ("thing", "flower"),
  NC_ ("thing", "mushroom"),
  NC_ ("thing", "apple"),
  NC_ ("thing", "banana"),
  NC_ ("thing", "carrot"),
  NC_ ("thing", "house"),
  NC_ ("thing", "car"),
  NC_ ("thing", "boat"),
  NC_ ("thing", "plane"),
  NC_ ("thing", "bicycle"),
  NC_ ("thing", "cup"),
  NC_ ("thing", "key"),
  NC_ ("thing", "umbrella"),
  NC_ ("thing", "book"),
  NC_ ("thing", "ball"),
};

static const char *const colors[RG_N_COLORS] = {
  NC_ ("colour", "red"),
  NC_ ("colour", "orange"),
  NC_ ("colour", "yellow"),
  NC_ ("colour", "green"),
  NC_ ("colour", "blue"),
  NC_ ("colour", "purple"),
  NC_ ("colour", "pink"),
  NC_ ("colour", "brown"),
  NC_ ("colour", "black"),
  NC_ ("colour", "white"),
};

static const char *const styles[RG_N_STYLES] = {
  NC_ ("style", "Filled"),
  NC_ ("style", "Outlined"),
  NC_ ("style", "By hand"),
  NC_ ("style", "Emoji"),
  NC_ ("style", "Chalk"),
};

const char *
rg_scene_name_kind (RgKind kind)
{
  g_return_val_if_fail (kind < RG_N_KINDS, "");

  return g_dpgettext2 (NULL, "thing", kinds[kind]);
}

const char *
rg_scene_name_color (RgColor color)
{
  g_return_val_if_fail (color < RG_N_COLORS, "");

  return g_dpgettext2 (NULL, "colour", colors[color]);
}

const char *
rg_scene_name_style (RgStyle style)
{
  g_return_val_if_fail (style < RG_N_STYLES, "");

  return g_dpgettext2 (NULL, "style", styles[style]);
}

char *
rg_scene_name_object (const RgObject *object)
{
  /* Translators: a thing and its colour, such as "star, red". */
  return g_strdup_printf (C_ ("scene", "%s, %s"), rg_scene_name_kind (object->kind), rg_scene_name_color (object->color));
}
