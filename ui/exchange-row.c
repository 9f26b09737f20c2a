/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/exchange-row.h"

#include "ui/closures.h"

struct _RgExchangeRow
{
  GtkListBoxRow parent_instance;

  /* Owned */
  RgExchange *exchange;
};

enum
{
  PROP_EXCHANGE = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (RgExchangeRow, rg_exchange_row, GTK_TYPE_LIST_BOX_ROW)

static void
update_accessible (RgExchangeRow *self)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, rg_exchange_get_question (self->exchange),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, rg_exchange_get_answer (self->exchange),
                                  -1);
}

static void
rg_exchange_row_constructed (GObject *object)
{
  RgExchangeRow *self = RG_EXCHANGE_ROW (object);

  G_OBJECT_CLASS (rg_exchange_row_parent_class)->constructed (object);

  g_signal_connect_object (self->exchange, "notify::answer", G_CALLBACK (update_accessible), self, G_CONNECT_SWAPPED);
  update_accessible (self);
}

static void
rg_exchange_row_dispose (GObject *object)
{
  RgExchangeRow *self = RG_EXCHANGE_ROW (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), RG_TYPE_EXCHANGE_ROW);
  g_clear_object (&self->exchange);

  G_OBJECT_CLASS (rg_exchange_row_parent_class)->dispose (object);
}

static void
rg_exchange_row_get_property (GObject *object,
                              guint prop_id,
                              GValue *value,
                              GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_EXCHANGE:
      g_value_set_object (value, RG_EXCHANGE_ROW (object)->exchange);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_exchange_row_set_property (GObject *object,
                              guint prop_id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_EXCHANGE:
      RG_EXCHANGE_ROW (object)->exchange = g_value_dup_object (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rg_exchange_row_class_init (RgExchangeRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->constructed = rg_exchange_row_constructed;
  object_class->dispose = rg_exchange_row_dispose;
  object_class->get_property = rg_exchange_row_get_property;
  object_class->set_property = rg_exchange_row_set_property;

  properties[PROP_EXCHANGE] = g_param_spec_object ("exchange", NULL, NULL, RG_TYPE_EXCHANGE,
                                                   G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/regard_app/Regard/ui/exchange-row.ui");
  gtk_widget_class_bind_template_callback (widget_class, rg_closure_is_text);
}

static void
rg_exchange_row_init (RgExchangeRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
rg_exchange_row_new (RgExchange *exchange)
{
  g_return_val_if_fail (RG_IS_EXCHANGE (exchange), NULL);

  return g_object_new (RG_TYPE_EXCHANGE_ROW, "exchange", exchange, NULL);
}

RgExchange *
rg_exchange_row_get_exchange (RgExchangeRow *self)
{
  g_return_val_if_fail (RG_IS_EXCHANGE_ROW (self), NULL);

  return self->exchange;
}
