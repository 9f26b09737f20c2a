/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli.h"

int
main (int argc,
      char **argv)
{
  return rg_cli_run (argc, argv);
}
