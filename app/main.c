/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/application.h"
#include "app/data-dir.h"

int
main (int argc,
      char **argv)
{
  g_autoptr (RgApplication) application = NULL;

  rg_data_dir_init_locale ();
  application = rg_application_new ();

  return g_application_run (G_APPLICATION (application), argc, argv);
}
