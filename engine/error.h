/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define RG_ERROR (rg_error_quark ())

/**
 * RgError:
 * @RG_ERROR_FORMAT: a file breaks the rules of its format; the message names file, place and what was expected
 * @RG_ERROR_UNSUPPORTED: well-formed, but something Regard cannot run
 * @RG_ERROR_SHAPE: a tensor is missing or has another shape or type than the configuration asks for
 * @RG_ERROR_LIMIT: too large, too long, or not enough memory
 * @RG_ERROR_VALUE: numbers that no model may hold (NaN, infinity), or an argument a user gave that is out of range
 *
 * Cancelling is %G_IO_ERROR_CANCELLED; what the system refuses is a %G_IO_ERROR or %G_FILE_ERROR.
 */
typedef enum
{
  RG_ERROR_FORMAT,
  RG_ERROR_UNSUPPORTED,
  RG_ERROR_SHAPE,
  RG_ERROR_LIMIT,
  RG_ERROR_VALUE,
} RgError;

GQuark rg_error_quark (void);

/** rg_error_advise_download: @error: of reading a model's weights; an %RG_ERROR_FORMAT then begins with what a person can do about it. */
void rg_error_advise_download (GError **error);

G_END_DECLS
