/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/error.h"

#include <glib/gi18n.h>

/* A name with hyphens is not a subtraction. */
/* clang-format off */
G_DEFINE_QUARK (rg-error-quark, rg_error)
/* clang-format on */

void
rg_error_advise_download (GError **error)
{
  if (error != NULL && g_error_matches (*error, RG_ERROR, RG_ERROR_FORMAT))
    g_prefix_error (error, "%s ", _ ("This model’s file is damaged or incomplete: download it again."));
}
