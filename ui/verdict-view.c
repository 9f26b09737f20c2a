/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/verdict-view.h"

#include "ui/busy-view.h"
#include "ui/cost-bar.h"
#include "ui/verdict-text.h"
#include "ui/why-text.h"

struct _RgVerdictView
{
  GtkWidget parent_instance;

  /* Template Widgets */
  GtkStack *stack;
  RgBusyView *busy;
  GtkLabel *headline;
  GtkLabel *measured;
  GtkGrid *grid;
  GtkLabel *effect;
  GtkLabel *rule;
  GtkLabel *anyway;
  GtkLabel *hiding;

  /* Children of the grid */
  GtkLabel *names[RG_N_VERDICT_BARS];
  RgCostBar *bars[RG_N_VERDICT_BARS];
  GtkLabel *changes[RG_N_VERDICT_BARS];

  /* Owned */
  char *text;
};

G_DEFINE_FINAL_TYPE (RgVerdictView, rg_verdict_view, GTK_TYPE_WIDGET)

static void
take_text (RgVerdictView *self,
           char *text)
{
  g_free (self->text);
  self->text = text;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
take_label (GtkLabel *label,
            char *text)
{
  gtk_label_set_label (label, text);
  g_free (text);
}

/* Each bar under its name, so that it is long also where the page is narrow. */
static void
add_bars (RgVerdictView *self)
{
  for (RgVerdictBar bar = 0; bar < RG_N_VERDICT_BARS; bar++)
    {
      self->names[bar] = GTK_LABEL (gtk_label_new (NULL));
      gtk_label_set_xalign (self->names[bar], 0);
      gtk_label_set_wrap (self->names[bar], TRUE);
      gtk_grid_attach (self->grid, GTK_WIDGET (self->names[bar]), 0, 2 * bar, 2, 1);

      self->bars[bar] = RG_COST_BAR (rg_cost_bar_new ());
      gtk_widget_set_hexpand (GTK_WIDGET (self->bars[bar]), TRUE);
      if (bar == RG_VERDICT_TOP)
        gtk_widget_add_css_class (GTK_WIDGET (self->bars[bar]), "accent");
      gtk_grid_attach (self->grid, GTK_WIDGET (self->bars[bar]), 0, 2 * bar + 1, 1, 1);

      self->changes[bar] = GTK_LABEL (gtk_label_new (NULL));
      gtk_label_set_xalign (self->changes[bar], 1);
      gtk_widget_add_css_class (GTK_WIDGET (self->changes[bar]), "numeric");
      gtk_grid_attach (self->grid, GTK_WIDGET (self->changes[bar]), 1, 2 * bar + 1, 1, 1);
    }
}

static void
rg_verdict_view_dispose (GObject *object)
{
  RgVerdictView *self = RG_VERDICT_VIEW (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), RG_TYPE_VERDICT_VIEW);
  g_clear_pointer (&self->text, g_free);

  G_OBJECT_CLASS (rg_verdict_view_parent_class)->dispose (object);
}

static void
rg_verdict_view_class_init (RgVerdictViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = rg_verdict_view_dispose;

  g_type_ensure (RG_TYPE_BUSY_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/regard_app/Regard/ui/verdict-view.ui");
  gtk_widget_class_bind_template_child (widget_class, RgVerdictView, stack);
  gtk_widget_class_bind_template_child (widget_class, RgVerdictView, busy);
  gtk_widget_class_bind_template_child (widget_class, RgVerdictView, headline);
  gtk_widget_class_bind_template_child (widget_class, RgVerdictView, measured);
  gtk_widget_class_bind_template_child (widget_class, RgVerdictView, grid);
  gtk_widget_class_bind_template_child (widget_class, RgVerdictView, effect);
  gtk_widget_class_bind_template_child (widget_class, RgVerdictView, rule);
  gtk_widget_class_bind_template_child (widget_class, RgVerdictView, anyway);
  gtk_widget_class_bind_template_child (widget_class, RgVerdictView, hiding);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "verdictview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
rg_verdict_view_init (RgVerdictView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  add_bars (self);
  take_text (self, g_strdup (""));
}

GtkWidget *
rg_verdict_view_new (void)
{
  return g_object_new (RG_TYPE_VERDICT_VIEW, NULL);
}

static void
show_busy (RgVerdictView *self,
           const char *text)
{
  gtk_stack_set_visible_child_name (self->stack, "busy");
  take_text (self, g_strdup (text));
}

void
rg_verdict_view_show_progress (RgVerdictView *self,
                               const char *text,
                               double fraction)
{
  g_return_if_fail (RG_IS_VERDICT_VIEW (self));

  rg_busy_view_show_progress (self->busy, text, fraction);
  show_busy (self, text);
}

void
rg_verdict_view_show_sentence (RgVerdictView *self,
                               const char *text)
{
  g_return_if_fail (RG_IS_VERDICT_VIEW (self));

  rg_busy_view_show_sentence (self->busy, text);
  show_busy (self, text);
}

/* All bars on one axis, whose ends are the largest and the smallest of what is drawn. */
static void
update_bars (RgVerdictView *self,
             const RgVerdict *verdict)
{
  double low = MIN (0, verdict->random - verdict->random_deviation), high = MAX (0, verdict->random + verdict->random_deviation);

  for (RgVerdictBar bar = 0; bar < RG_N_VERDICT_BARS; bar++)
    {
      low = MIN (low, rg_verdict_get_cost (verdict, bar));
      high = MAX (high, rg_verdict_get_cost (verdict, bar));
    }

  /* Where nothing reaches what counts as an effect, short bars say so. */
  high = MAX (high, RG_LEAST_DEPENDENCE);

  for (RgVerdictBar bar = 0; bar < RG_N_VERDICT_BARS; bar++)
    {
      take_label (self->names[bar], rg_verdict_text_name (verdict, bar));
      take_label (self->changes[bar], rg_verdict_text_change (verdict, bar));
      rg_cost_bar_set (self->bars[bar], rg_verdict_get_cost (verdict, bar), bar == RG_VERDICT_RANDOM ? verdict->random_deviation : 0, low, high);
    }
}

void
rg_verdict_view_show_verdict (RgVerdictView *self,
                              RgExplanation *explanation,
                              guint word)
{
  const RgVerdict *verdict;
  const char *against;
  g_autofree char *name = NULL;
  double dependence;

  g_return_if_fail (RG_IS_VERDICT_VIEW (self));
  g_return_if_fail (explanation != NULL);

  verdict = rg_explanation_get_verdict (explanation, word);
  g_return_if_fail (verdict != NULL);

  against = rg_explanation_get_against (explanation, word);
  dependence = rg_explanation_get_dependence (explanation, word);
  name = rg_why_text_word (rg_explanation_get_word (explanation, word)->text, against);
  take_label (self->headline, rg_verdict_text_headline (name, verdict));
  take_label (self->measured, rg_verdict_text_measured (against));
  take_label (self->effect, rg_verdict_text_effect (verdict, against));
  take_label (self->rule, rg_verdict_text_rule (verdict, dependence, against));
  take_label (self->anyway, rg_why_text_anyway (name, dependence));
  gtk_widget_set_visible (GTK_WIDGET (self->anyway), !rg_explanation_depends (explanation, word));
  gtk_label_set_label (self->hiding, rg_verdict_text_hiding (rg_explanation_get_hidden_by (explanation)));
  update_bars (self, verdict);
  gtk_stack_set_visible_child_name (self->stack, "verdict");
  take_text (self, rg_verdict_text_describe (explanation, word));
}

const char *
rg_verdict_view_get_text (RgVerdictView *self)
{
  g_return_val_if_fail (RG_IS_VERDICT_VIEW (self), "");

  return self->text;
}
