/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/head-item.h"

struct _RgHeadItem
{
  GObject parent_instance;

  RgHeadMeasure measure;
  double maximum;

  /* Owned */
  float *map;
};

G_DEFINE_FINAL_TYPE (RgHeadItem, rg_head_item, G_TYPE_OBJECT)

static void
rg_head_item_finalize (GObject *object)
{
  g_free (RG_HEAD_ITEM (object)->map);

  G_OBJECT_CLASS (rg_head_item_parent_class)->finalize (object);
}

static void
rg_head_item_class_init (RgHeadItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = rg_head_item_finalize;
}

static void
rg_head_item_init (RgHeadItem *self)
{
}

RgHeadItem *
rg_head_item_new (const RgHeadMeasure *measure,
                  RgTokenList *tokens,
                  const RgWord *word,
                  guint n_patches)
{
  RgHeadItem *self = g_object_new (RG_TYPE_HEAD_ITEM, NULL);

  self->measure = *measure;
  self->map = g_new0 (float, n_patches);
  rg_token_list_map_word (tokens, word, (int) measure->layer, (int) measure->head, self->map, NULL);
  for (guint p = 0; p < n_patches; p++)
    self->maximum = MAX (self->maximum, self->map[p]);

  return self;
}

const RgHeadMeasure *
rg_head_item_get_measure (RgHeadItem *self)
{
  g_return_val_if_fail (RG_IS_HEAD_ITEM (self), NULL);

  return &self->measure;
}

const float *
rg_head_item_get_map (RgHeadItem *self)
{
  g_return_val_if_fail (RG_IS_HEAD_ITEM (self), NULL);

  return self->map;
}

double
rg_head_item_get_maximum (RgHeadItem *self)
{
  g_return_val_if_fail (RG_IS_HEAD_ITEM (self), 0);

  return self->maximum;
}
