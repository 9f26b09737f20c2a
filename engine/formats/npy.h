/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* NumPy's array file (numpy.org/devdocs/reference/generated/numpy.lib.format.html), version 1.0, float32 only:
 *
 *   offset  size  what
 *        0     6  0x93 "NUMPY"
 *        6     2  version 1, 0
 *        8     2  N, the header's length, unsigned, little-endian; 10 + N is a multiple of 64 in files written today
 *       10     N  a Python dictionary in ASCII, padded with spaces, last byte a line feed:
 *                 {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
 *     10+N        the elements, little-endian, last index fastest, to the end of the file */

G_BEGIN_DECLS

/** RG_NPY_MAX_DIMS: the largest rank. */
#define RG_NPY_MAX_DIMS 8

/**
 * RgNpy: an array that was read; free with rg_npy_free().
 * @n_dims: 0 for a scalar
 * @values: (array length=n_values)
 */
typedef struct
{
  guint n_dims;
  gsize shape[RG_NPY_MAX_DIMS];
  gsize n_values;
  float *values;
} RgNpy;

/**
 * rg_npy_read:
 *
 * Returns: (transfer full) (nullable): %NULL with %RG_ERROR_FORMAT, %RG_ERROR_UNSUPPORTED (another element type, order or
 *   version) or a %G_FILE_ERROR
 */
RgNpy *rg_npy_read (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** rg_npy_parse: as rg_npy_read() on @content, which messages call @name. */
RgNpy *rg_npy_parse (GBytes *content, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rg_npy_free (RgNpy *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgNpy, rg_npy_free)

/**
 * rg_npy_write:
 * @values: as many as the product of @shape
 * @shape: (array length=n_dims): at most %RG_NPY_MAX_DIMS
 *
 * Returns: %FALSE with a %G_FILE_ERROR, an old file untouched
 */
gboolean rg_npy_write (const char *path, const float *values, const gsize *shape, guint n_dims, GError **error);

G_END_DECLS
