/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/error.h"

/* A name with hyphens is not a subtraction. */
/* clang-format off */
G_DEFINE_QUARK (rg-error-quark, rg_error)
/* clang-format on */
