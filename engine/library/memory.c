/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/library/memory.h"

#include <string.h>

#define MEMINFO "/proc/meminfo"
#define KEY "MemAvailable:"

guint64
rg_memory_get_available (void)
{
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents (MEMINFO, &text, NULL, NULL) || (line = strstr (text, KEY)) == NULL)
    return 0;

  return g_ascii_strtoull (line + strlen (KEY), NULL, 10) * 1024;
}
