/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/application.h"
#include "app/data-dir.h"

#define GRAPHICS_CARDS "/dev/dri"

/* Without a graphics card GTK's OpenGL is computed by the processor, through a compiler that takes some 100 MB, nearly as much
 * as all the rest; Cairo draws the same window without it. */
static void
choose_renderer (void)
{
  if (!g_file_test (GRAPHICS_CARDS, G_FILE_TEST_IS_DIR))
    g_setenv ("GSK_RENDERER", "cairo", FALSE);
}

int
main (int argc,
      char **argv)
{
  g_autoptr (RgApplication) application = NULL;

  choose_renderer ();
  rg_data_dir_init_locale ();
  application = rg_application_new ();

  return g_application_run (G_APPLICATION (application), argc, argv);
}
