/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/data-dir.h"

#include <libintl.h>
#include <locale.h>

#include "config.h"

/* An empty variable counts as none, as everywhere in the desktop. */
static const char *
variable_or (const char *name,
             const char *otherwise)
{
  const char *value = g_getenv (name);

  return value != NULL && *value != '\0' ? value : otherwise;
}

char *
rg_data_dir_build (const char *name)
{
  return g_build_filename (variable_or ("REGARD_DATADIR", RG_PKGDATADIR), name, NULL);
}

void
rg_data_dir_init_locale (void)
{
  /* An unknown locale leaves the C locale, in which everything still works in English. */
  setlocale (LC_ALL, "");
  bindtextdomain (RG_GETTEXT_DOMAIN, variable_or ("REGARD_LOCALEDIR", RG_LOCALEDIR));
  bind_textdomain_codeset (RG_GETTEXT_DOMAIN, "UTF-8");
  textdomain (RG_GETTEXT_DOMAIN);
}
