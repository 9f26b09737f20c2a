/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "engine/error.h"
#include "engine/formats/npy.h"
#include "tests/fixture.h"

static const float values[6] = { 0, 1, -2.5f, 3e30f, 1e-40f, 6 };

/* Writes, and reads again; returns the file's content. */
static char *
round_trip (const gsize *shape, guint n_dims, gsize n_values, gsize *n)
{
  g_autofree char *folder = g_dir_make_tmp ("regard-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "x.npy", NULL);
  g_autoptr (RgNpy) npy = NULL;
  g_autoptr (GError) error = NULL;
  char *content;

  rg_npy_write (path, values, shape, n_dims, &error);
  g_assert_no_error (error);
  npy = rg_npy_read (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (npy->n_dims, ==, n_dims);
  for (guint i = 0; i < n_dims; i++)
    g_assert_cmpuint (npy->shape[i], ==, shape[i]);
  g_assert_cmpuint (npy->n_values, ==, n_values);
  g_assert_cmpmem (npy->values, npy->n_values * sizeof (float), values, n_values * sizeof (float));
  g_assert_true (g_file_get_contents (path, &content, n, NULL));
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);

  return content;
}

static void
test_shapes (void)
{
  static const struct
  {
    gsize shape[RG_NPY_MAX_DIMS];
    guint n_dims;
    gsize n_values;
    const char *spelling;
  } cases[] = {
    { { 0 }, 0, 1, "'shape': (), }" },
    { { 5 }, 1, 5, "'shape': (5,), }" },
    { { 2, 3 }, 2, 6, "'shape': (2, 3), }" },
    { { 4, 0, 2 }, 3, 0, "'shape': (4, 0, 2), }" },
    { { 1, 1, 1, 2, 1, 1, 1, 3 }, 8, 6, "'shape': (1, 1, 1, 2, 1, 1, 1, 3), }" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize n;
      g_autofree char *content = round_trip (cases[i].shape, cases[i].n_dims, cases[i].n_values, &n);

      g_assert_nonnull (memmem (content, n, cases[i].spelling, strlen (cases[i].spelling)));
      g_assert_cmpuint (n % 64, ==, cases[i].n_values * sizeof (float) % 64);
    }
}

/* Byte for byte what numpy.save() makes of the same array. */
static void
test_layout (void)
{
  g_autoptr (GString) expected = g_string_new_len ("\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }", 10 + 59);
  gsize n;
  g_autofree char *content = round_trip ((const gsize[]){ 2, 1 }, 2, 2, &n);

  while (expected->len < 127)
    g_string_append_c (expected, ' ');
  g_string_append_len (expected, "\n\x00\x00\x00\x00\x00\x00\x80\x3f", 9);
  g_assert_cmpmem (content, n, expected->str, expected->len);
}

static void
assert_refused (const char *shape, gsize n_data, int code, const char *message)
{
  g_autoptr (GString) file = g_string_new_len ("\x93NUMPY\x01\x00\x00\x00", 10);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (RgNpy) npy = NULL;
  g_autoptr (GError) error = NULL;

  g_string_append_printf (file, "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }\n", shape);
  file->str[8] = (char) (file->len - 10);
  for (gsize i = 0; i < n_data; i++)
    g_string_append_c (file, '\0');
  bytes = g_bytes_new (file->str, file->len);
  npy = rg_npy_parse (bytes, "x.npy", &error);
  g_assert_null (npy);
  g_assert_error (error, RG_ERROR, code);
  g_assert_cmpstr (error->message, ==, message);
}

/* tests/corpus has the others. */
static void
test_refusals (void)
{
  assert_refused ("(7,)", 24, RG_ERROR_FORMAT, "x.npy: its shape does not fit its size");
  assert_refused ("(4611686018427387904, 4)", 0, RG_ERROR_FORMAT, "x.npy: its shape does not fit its size");
  assert_refused ("(6,", 24, RG_ERROR_FORMAT, "x.npy: its shape is malformed or has more than 8 dimensions");
  assert_refused ("(6,), 'descr': '<f4'", 24, RG_ERROR_FORMAT, "x.npy: its header has unknown or repeated members");
}

/* A file that NumPy 1.24 wrote, read and written again. */
static void
test_fixture (void)
{
  g_autofree char *path = fixture_path ("vit-gpt2/reference/case0_landscape/pixel_values.npy");
  g_autofree char *folder = NULL;
  g_autofree char *copy = NULL;
  g_autoptr (RgNpy) npy = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *theirs = NULL;
  g_autofree char *ours = NULL;
  gsize n_theirs, n_ours;

  if (path == NULL)
    return;
  npy = rg_npy_read (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (npy->n_dims, ==, 4);
  g_assert_cmpuint (npy->n_values, ==, 3 * 32 * 32);
  folder = g_dir_make_tmp ("regard-XXXXXX", NULL);
  copy = g_build_filename (folder, "x.npy", NULL);
  g_assert_true (rg_npy_write (copy, npy->values, npy->shape, npy->n_dims, NULL));
  g_assert_true (g_file_get_contents (path, &theirs, &n_theirs, NULL));
  g_assert_true (g_file_get_contents (copy, &ours, &n_ours, NULL));
  g_assert_cmpmem (ours, n_ours, theirs, n_theirs);
  g_assert_cmpint (g_remove (copy), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/npy/shapes", test_shapes);
  g_test_add_func ("/npy/layout", test_layout);
  g_test_add_func ("/npy/refusals", test_refusals);
  g_test_add_func ("/npy/fixture", test_fixture);

  return g_test_run ();
}
