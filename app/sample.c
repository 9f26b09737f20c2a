/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/sample.h"

#include <glib/gi18n.h>

#include "ui/image-loader.h"

/* Drawn by resources/samples/draw-samples.c. The question is put to the model as it stands, in the user's language: a
 * translation must be one that it learned (engine/train/phrases-*.c). */
static const struct
{
  const char *name;
  const char *title;
  const char *question;
} samples[RG_N_SAMPLES] = {
  { "star-house", N_ ("Star, house and tree"), N_ ("What is left of the house?") },
  { "animals", N_ ("Four animals"), N_ ("Where is the fish?") },
  { "apples", N_ ("Apples, a banana and a cup"), N_ ("How many apples are there?") },
  { "umbrella", N_ ("At night"), N_ ("What colour is the bicycle?") },
};

typedef struct
{
  guint sample;
  GWeakRef window;
} Opening;

static void
opening_free (Opening *opening)
{
  g_weak_ref_clear (&opening->window);
  g_free (opening);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Opening, opening_free)

static void
loaded_cb (GObject *source,
           GAsyncResult *result,
           gpointer user_data)
{
  g_autoptr (Opening) opening = user_data;
  g_autoptr (RgWindow) window = g_weak_ref_get (&opening->window);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgImage) image = rg_image_loader_load_finish (result, &error);

  if (image == NULL)
    {
      g_warning ("%s", error->message);
      return;
    }

  if (window == NULL)
    return;

  rg_window_open_image (window, image, _ (samples[opening->sample].title));
  rg_window_set_question (window, _ (samples[opening->sample].question));
}

GFile *
rg_sample_get_file (guint sample)
{
  g_autofree char *uri = NULL;

  g_return_val_if_fail (sample < RG_N_SAMPLES, NULL);

  uri = g_strdup_printf ("resource:///io/github/regard_app/Regard/samples/%s.png", samples[sample].name);

  return g_file_new_for_uri (uri);
}

void
rg_sample_open (guint sample,
                RgWindow *window)
{
  g_autoptr (GFile) file = rg_sample_get_file (sample);
  Opening *opening;

  g_return_if_fail (sample < RG_N_SAMPLES);

  opening = g_new0 (Opening, 1);
  opening->sample = sample;
  g_weak_ref_init (&opening->window, window);
  rg_image_loader_load_async (file, NULL, loaded_cb, opening);
}
