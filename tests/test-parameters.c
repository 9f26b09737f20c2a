/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/transformer/parameters.h"
#include "tests/numeric.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "engine/error.h"
#include "engine/formats/safetensors.h"
#include "tests/stored-weights.h"

#define PLACES_SCALE 0.5f

/* A table of four tensors, one of each kind, the grid of places side × side. */
typedef struct
{
  RgParameters *parameters;
  RgTensor weight, bias, places, extra;
} Table;

static void
table_init (Table *self, guint side)
{
  self->parameters = rg_parameters_new ();
  rg_parameters_declare (self->parameters, &self->weight, 40, 50, RG_INIT_NORMAL, 0.3f, RG_PARAMETER_MATRIX, "layers.%u.weight", 1);
  rg_parameters_declare (self->parameters, &self->bias, 1, 7, RG_INIT_CONSTANT, 0.25f, RG_PARAMETER_VECTOR, "layers.%u.bias", 1);
  rg_parameters_declare (self->parameters, &self->places, side * side, 8, RG_INIT_PLACES, PLACES_SCALE, RG_PARAMETER_VECTOR, "places");
  rg_parameters_declare (self->parameters, &self->extra, 3, 2, RG_INIT_NORMAL, 1, RG_PARAMETER_TABLE, "extra");
}

static void
table_begin (Table *self, guint side, guint64 seed)
{
  RgRandom random;

  table_init (self, side);
  rg_random_init (&random, seed, 0);
  rg_parameters_begin (self->parameters, &random);
}

static void
table_clear (Table *self)
{
  rg_parameters_free (self->parameters);
}

static void
test_begin (void)
{
  Table table, again;
  double sum = 0, squares = 0;

  table_begin (&table, 3, 1);
  g_assert_cmpuint (rg_parameters_count (table.parameters), ==, 2000 + 7 + 72 + 6);
  g_assert_true (table.weight.data == rg_parameters_get_values (table.parameters));
  g_assert_true (table.bias.data == table.weight.data + 2000);
  g_assert_true (table.places.data == table.bias.data + 7);
  g_assert_true (table.extra.data == table.places.data + 72);

  for (guint i = 0; i < 2000; i++)
    {
      sum += table.weight.data[i];
      squares += table.weight.data[i] * table.weight.data[i];
    }
  numeric_assert_near ("mean", 0, sum / 2000, 0, 0.03);
  numeric_assert_near ("deviation", 0, sqrt (squares / 2000), 0.3, 0.02);
  for (guint i = 0; i < 7; i++)
    g_assert_cmpfloat (table.bias.data[i], ==, 0.25f);

  table_begin (&again, 3, 1);
  g_assert_cmpmem (table.weight.data, 2085 * sizeof (float), again.weight.data, 2085 * sizeof (float));
  table_clear (&again);
  table_begin (&again, 3, 2);
  g_assert_true (memcmp (table.weight.data, again.weight.data, 2000 * sizeof (float)) != 0);
  table_clear (&again);
  table_clear (&table);
}

/* Sine and cosine of the row, then of the column: cells of a row share the first half, cells of a column the second. */
static void
test_places (void)
{
  Table table;
  const float *p;

  table_begin (&table, 8, 1);
  p = table.places.data;
  for (guint r = 0; r < 64; r++)
    {
      double angles[2] = { 1, pow (20, -0.5) };

      for (guint i = 0; i < 2; i++)
        {
          numeric_assert_near ("sine of the row", r, p[r * 8 + i], PLACES_SCALE * sin (r / 8 * angles[i]), 1e-6);
          numeric_assert_near ("cosine of the row", r, p[r * 8 + 2 + i], PLACES_SCALE * cos (r / 8 * angles[i]), 1e-6);
          numeric_assert_near ("sine of the column", r, p[r * 8 + 4 + i], PLACES_SCALE * sin (r % 8 * angles[i]), 1e-6);
          numeric_assert_near ("cosine of the column", r, p[r * 8 + 6 + i], PLACES_SCALE * cos (r % 8 * angles[i]), 1e-6);
        }
    }
  table_clear (&table);
}

typedef struct
{
  guint n;
  gsize next;
} Visit;

static void
visit (gsize start, gsize rows, gsize cols, RgParameterKind kind, gpointer data)
{
  static const gsize shapes[][2] = { { 40, 50 }, { 1, 7 }, { 9, 8 }, { 3, 2 } };
  static const RgParameterKind kinds[] = { RG_PARAMETER_MATRIX, RG_PARAMETER_VECTOR, RG_PARAMETER_VECTOR, RG_PARAMETER_TABLE };
  Visit *self = data;

  g_assert_cmpuint (start, ==, self->next);
  g_assert_cmpuint (rows, ==, shapes[self->n][0]);
  g_assert_cmpuint (cols, ==, shapes[self->n][1]);
  g_assert_cmpint (kind, ==, kinds[self->n]);
  self->n++;
  self->next += rows * cols;
}

static void
test_share_and_grads (void)
{
  Table table, replica;
  Visit seen = { 0 };

  table_begin (&table, 3, 1);
  table_init (&replica, 3);
  rg_parameters_share (replica.parameters, table.parameters);
  g_assert_true (replica.places.data == table.places.data && replica.extra.data == table.extra.data);

  rg_parameters_want_grads (replica.parameters, NULL);
  g_assert_true (replica.weight.grad == rg_parameters_get_grads (replica.parameters));
  g_assert_true (replica.extra.grad == replica.weight.grad + 2079);
  for (guint i = 0; i < 2085; i++)
    replica.weight.grad[i] = 1;
  g_assert_true (replica.bias.wants_grad && !replica.bias.grad_set);

  /* A pass writes one of them; the others count as 0. */
  replica.weight.grad_set = TRUE;
  rg_parameters_complete_grads (replica.parameters);
  for (guint i = 0; i < 2085; i++)
    g_assert_cmpfloat (replica.weight.grad[i], ==, i < replica.weight.rows * replica.weight.cols ? 1 : 0);
  g_assert_true (replica.bias.grad_set);
  rg_parameters_want_grads (replica.parameters, NULL);
  g_assert_true (!replica.weight.grad_set && replica.weight.grad == rg_parameters_get_grads (replica.parameters));
  g_assert_null (table.weight.grad);

  rg_parameters_visit (table.parameters, visit, &seen);
  g_assert_cmpuint (seen.n, ==, 4);
  table_clear (&replica);
  table_clear (&table);
}

/* What a pass does whose ops use the weight once, the bias twice and the extra not at all. */
static void
derive (Table *table, RgPass *pass, float value)
{
  gboolean accumulate;
  float *grad = rg_pass_grad (pass, &table->weight, &accumulate);

  for (guint i = 0; i < 2000; i++)
    grad[i] = value + (accumulate ? grad[i] : 0);
  for (guint use = 0; use < 2; use++)
    for (guint i = 0; i < 7; i++)
      rg_pass_grad_added (pass, &table->bias)[i] += value;
}

/* Two replicas, the derivatives of one added to the other's; and the same again, as nothing is left of the first time. */
static void
test_sums (void)
{
  RgPass *pass = rg_pass_new (NULL, RG_PRECISION_F32);
  Table table, replica;

  table_begin (&table, 3, 1);
  table_init (&replica, 3);
  rg_parameters_share (replica.parameters, table.parameters);
  for (guint step = 1; step < 3; step++)
    {
      rg_parameters_want_grads (table.parameters, NULL);
      rg_parameters_want_grads (replica.parameters, table.parameters);
      derive (&table, pass, step);
      derive (&replica, pass, 10);
      rg_parameters_complete_grads (table.parameters);
      rg_parameters_complete_grads (replica.parameters);
      for (guint i = 0; i < 2085; i++)
        g_assert_cmpfloat (rg_parameters_get_grads (table.parameters)[i], ==, i < 2000 ? step + 10 : i < 2007 ? 2 * step + 20
                                                                                                              : 0);
    }
  table_clear (&replica);
  table_clear (&table);
  rg_pass_free (pass);
}

/* --- growth --- */

static void
test_grow_same (void)
{
  Table small, same;

  table_begin (&small, 3, 1);
  small.places.data[20] += 0.1f;
  table_init (&same, 3);
  rg_parameters_grow (same.parameters, small.parameters);
  g_assert_cmpmem (same.weight.data, 2085 * sizeof (float), small.weight.data, 2085 * sizeof (float));
  g_assert_true (same.weight.data != small.weight.data);
  table_clear (&same);
  table_clear (&small);
}

/* What is learned is a plane over the grid, which interpolation between cells gives back, and nothing at all. */
static void
check_growth (guint from, guint to, double constant, double down, double right)
{
  Table small, large, begun;

  table_begin (&small, from, 1);
  for (guint r = 0; r < from * from; r++)
    for (guint c = 0; c < 8; c++)
      small.places.data[r * 8 + c] += (c + 1) * (constant + down * (r / from) + right * (r % from));
  table_init (&large, to);
  rg_parameters_grow (large.parameters, small.parameters);
  table_begin (&begun, to, 1);

  g_assert_cmpmem (large.weight.data, 2007 * sizeof (float), small.weight.data, 2007 * sizeof (float));
  g_assert_cmpmem (large.extra.data, 6 * sizeof (float), small.extra.data, 6 * sizeof (float));
  for (guint r = 0; r < to * to; r++)
    for (guint c = 0; c < 8; c++)
      {
        double y = MIN ((double) (r / to) * from / to, from - 1), x = MIN ((double) (r % to) * from / to, from - 1);
        double learned = (c + 1) * (constant + down * y + right * x);

        numeric_assert_near ("grown", r, large.places.data[r * 8 + c], begun.places.data[r * 8 + c] + learned, constant == 0 && down == 0 && right == 0 ? 0 : 1e-5);
      }
  table_clear (&begun);
  table_clear (&large);
  table_clear (&small);
}

static void
test_grow_larger (void)
{
  check_growth (4, 8, 0, 0, 0);
  check_growth (4, 8, 0.1, 0, 0);
  check_growth (4, 8, 0.1, 0.2, -0.3);
  check_growth (3, 7, -0.1, 0.2, 0.05);
  check_growth (1, 4, 0.5, 0, 0);
  check_growth (8, 4, 0.1, 0.2, 0.3);
}

/* --- files --- */

/* The four tensors as they would be stored; a test changes what it wants to see refused. */
typedef struct
{
  char *dir, *path;
  Table table;
  RgStoredTensor stored[5]; /* the last is not written */
} File;

static void
file_init (File *self)
{
  static const char *const names[] = { "layers.1.weight", "layers.1.bias", "places", "extra" };
  RgTensor *tensors[] = { &self->table.weight, &self->table.bias, &self->table.places, &self->table.extra };

  table_begin (&self->table, 3, 1);
  /* Few enough bits for every type. */
  for (gsize i = 0; i < rg_parameters_count (self->table.parameters); i++)
    self->table.weight.data[i] = (int) (i % 255) / 64.0f - 2;

  self->dir = g_dir_make_tmp ("regard-parameters-XXXXXX", NULL);
  self->path = g_build_filename (self->dir, "model.safetensors", NULL);
  for (guint i = 0; i < 4; i++)
    self->stored[i] = (RgStoredTensor){
      .name = names[i],
      .dtype = RG_DTYPE_F32,
      .n_dims = 2,
      .shape = { tensors[i]->rows, tensors[i]->cols },
      .bytes = tensors[i]->data,
      .n_bytes = tensors[i]->rows * tensors[i]->cols * sizeof (float),
    };
}

static void
file_clear (File *self)
{
  g_remove (self->path);
  g_assert_cmpint (g_rmdir (self->dir), ==, 0);
  g_free (self->path);
  g_free (self->dir);
  table_clear (&self->table);
}

static void
file_write (const File *self, guint n)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (rg_safetensors_write (self->path, self->stored, n, NULL, &error));
}

static void
check_loads (const File *self, gboolean writable)
{
  g_autoptr (GError) error = NULL;
  Table read;
  RgTensor *got[] = { &read.weight, &read.bias, &read.places, &read.extra };
  const float *wanted[] = { self->table.weight.data, self->table.bias.data, self->table.places.data, self->table.extra.data };

  table_init (&read, 3);
  g_assert_true (rg_parameters_load (read.parameters, self->path, writable, &error));
  g_assert_no_error (error);
  g_assert_true ((rg_parameters_get_values (read.parameters) != NULL) == writable);
  for (guint i = 0; i < 4; i++)
    {
      g_autofree float *values = stored_weights_dup_values (got[i]);

      g_assert_cmpmem (values, got[i]->rows * got[i]->cols * sizeof (float), wanted[i], got[i]->rows * got[i]->cols * sizeof (float));
    }
  /* What is trained is in single precision; what is not stays as it is, vectors apart, which are read directly. */
  if (writable)
    read.weight.data[0] = 1;
  g_assert_true (read.weight.stored == NULL || (!writable && self->stored[0].dtype != RG_DTYPE_F32));
  g_assert_nonnull (read.bias.data);
  g_assert_nonnull (read.places.data);
  table_clear (&read);
}

/* Loading fails with this error, which names the file and @name. */
static void
check_refused (const File *self, int code, const char *name)
{
  for (guint writable = 0; writable < 2; writable++)
    {
      g_autoptr (GError) error = NULL;
      Table read;

      table_init (&read, 3);
      g_assert_false (rg_parameters_load (read.parameters, self->path, writable, &error));
      g_assert_error (error, RG_ERROR, code);
      g_assert_nonnull (strstr (error->message, self->path));
      g_assert_nonnull (strstr (error->message, name));
      table_clear (&read);
    }
}

static void
test_save (void)
{
  File file;
  g_autoptr (GError) error = NULL;

  file_init (&file);
  g_assert_true (rg_parameters_save (file.table.parameters, file.path, &error));
  check_loads (&file, FALSE);
  check_loads (&file, TRUE);
  file_clear (&file);
}

/* Numbers of few bits, normal in both types, or 0. */
static guint16
shorten (float value, RgDtype dtype)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  if (dtype == RG_DTYPE_BF16 || value == 0)
    return bits >> 16;

  return (bits >> 16 & 0x8000) | ((bits >> 23 & 0xff) - 127 + 15) << 10 | (bits >> 13 & 0x3ff);
}

static void
test_types (void)
{
  static const RgDtype dtypes[] = { RG_DTYPE_F16, RG_DTYPE_BF16 };

  for (guint t = 0; t < 2; t++)
    for (guint some = 1; some < 16; some++)
      {
        File file;
        guint16 *shorts[4] = { NULL };

        file_init (&file);
        for (guint i = 0; i < 4; i++)
          if (some >> i & 1)
            {
              gsize n = file.stored[i].n_bytes / sizeof (float);

              shorts[i] = g_new (guint16, n);
              for (gsize j = 0; j < n; j++)
                shorts[i][j] = shorten (((const float *) file.stored[i].bytes)[j], dtypes[t]);
              file.stored[i].dtype = dtypes[t];
              file.stored[i].bytes = shorts[i];
              file.stored[i].n_bytes = n * sizeof (guint16);
            }
        file_write (&file, 4);
        check_loads (&file, some % 2);
        file_clear (&file);
        for (guint i = 0; i < 4; i++)
          g_free (shorts[i]);
      }
}

static void
test_missing (void)
{
  File file;
  RgStoredTensor all[5];

  file_init (&file);
  memcpy (all, file.stored, sizeof all);
  for (guint i = 0; i < 4; i++)
    {
      memcpy (file.stored, all, sizeof all);
      file.stored[i] = all[3];
      file_write (&file, 3);
      check_refused (&file, RG_ERROR_SHAPE, all[i].name);
    }

  /* One too many does no harm. */
  memcpy (file.stored, all, sizeof all);
  file.stored[4] = all[3];
  file.stored[4].name = "more";
  file_write (&file, 5);
  check_loads (&file, FALSE);
  file_clear (&file);
}

static void
test_shapes (void)
{
  File file;
  RgStoredTensor good;

  file_init (&file);
  good = file.stored[0];

  file.stored[0].shape[0] = 50;
  file.stored[0].shape[1] = 40;
  file_write (&file, 4);
  check_refused (&file, RG_ERROR_SHAPE, good.name);

  file.stored[0].n_dims = 1;
  file.stored[0].shape[0] = 2000;
  file_write (&file, 4);
  check_refused (&file, RG_ERROR_SHAPE, good.name);

  file.stored[0].n_dims = 3; /* no cut between 40 and 50 */
  file.stored[0].shape[0] = 25;
  file.stored[0].shape[1] = 40;
  file.stored[0].shape[2] = 2;
  file_write (&file, 4);
  check_refused (&file, RG_ERROR_SHAPE, good.name);

  /* A kernel with all its dimensions, and a vector without rows. */
  file.stored[0].shape[0] = 40;
  file.stored[0].shape[1] = 25;
  file.stored[1].n_dims = 1;
  file.stored[1].shape[0] = 7;
  file_write (&file, 4);
  check_loads (&file, FALSE);

  file.stored[0] = good;
  file.stored[0].dtype = RG_DTYPE_I32;
  file_write (&file, 4);
  check_refused (&file, RG_ERROR_SHAPE, good.name);
  file_clear (&file);
}

/* A matrix whose transpose is in the file, whatever else stands around it. */
static void
test_in_out (void)
{
  File file;
  RgTensor turned, bias;
  float values[2000];
  g_autoptr (GError) error = NULL;

  file_init (&file);
  memcpy (values, file.table.weight.data, sizeof values);
  file_write (&file, 4);
  for (guint writable = 0; writable < 2; writable++)
    {
      g_autoptr (RgParameters) parameters = rg_parameters_new ();

      rg_parameters_set_in_out (parameters, TRUE);
      rg_parameters_declare (parameters, &turned, 50, 40, RG_INIT_NORMAL, 1, RG_PARAMETER_MATRIX, "layers.1.weight");
      rg_parameters_declare (parameters, &bias, 1, 7, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "layers.1.bias");
      g_assert_true (rg_parameters_load (parameters, file.path, writable, &error));
      for (guint r = 0; r < 50; r++)
        for (guint c = 0; c < 40; c++)
          g_assert_cmpfloat (turned.data[r * 40 + c], ==, values[c * 50 + r]);
      g_assert_cmpmem (bias.data, 7 * sizeof (float), file.table.bias.data, 7 * sizeof (float));
    }
  file_clear (&file);
}

/* A convolution's kernels, which the file has channel by channel: 50 columns are 10 channels of windows of 5 places. */
static void
test_window (void)
{
  File file;
  RgTensor turned, bias;
  float values[2000];
  g_autoptr (GError) error = NULL;

  file_init (&file);
  memcpy (values, file.table.weight.data, sizeof values);
  file_write (&file, 4);
  for (guint writable = 0; writable < 2; writable++)
    {
      g_autoptr (RgParameters) parameters = rg_parameters_new ();

      rg_parameters_set_window (parameters, 5);
      rg_parameters_declare (parameters, &turned, 40, 50, RG_INIT_NORMAL, 1, RG_PARAMETER_MATRIX, "layers.1.weight");
      rg_parameters_declare (parameters, &bias, 1, 7, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "layers.1.bias");
      g_assert_true (rg_parameters_load (parameters, file.path, writable, &error));
      for (guint r = 0; r < 40; r++)
        for (guint channel = 0; channel < 10; channel++)
          for (guint place = 0; place < 5; place++)
            g_assert_cmpfloat (turned.data[r * 50 + place * 10 + channel], ==, values[r * 50 + channel * 5 + place]);
      g_assert_cmpmem (bias.data, 7 * sizeof (float), file.table.bias.data, 7 * sizeof (float));
    }
  file_clear (&file);
}

/* What is missing may be the same as another tensor, or have a name that begins otherwise; what is there counts. */
static void
test_alias (void)
{
  File file;
  static const char *const cases[][3] = {
    { "scores.bias", "scores.bias", "layers.1.bias" },
    { "layers.1.bias", "layers.1.bias", "extra" },
    { "model.blocks.1.bias", "model.blocks.", "layers." },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (RgParameters) parameters = rg_parameters_new ();
      g_autoptr (GError) error = NULL;
      RgTensor weight;

      file_init (&file);
      file_write (&file, 4);
      rg_parameters_declare (parameters, &weight, 1, 7, RG_INIT_CONSTANT, 0, RG_PARAMETER_VECTOR, "%s", cases[i][0]);
      rg_parameters_add_alias (parameters, "scores", "nothing");
      rg_parameters_add_alias (parameters, cases[i][1], cases[i][2]);
      g_assert_true (rg_parameters_load (parameters, file.path, FALSE, &error));
      g_assert_no_error (error);
      g_assert_cmpmem (weight.data, 7 * sizeof (float), file.table.bias.data, 7 * sizeof (float));
      file_clear (&file);
    }
}

static void
test_values (void)
{
  static const float bad[] = { NAN, INFINITY, -INFINITY };
  static const guint16 bad_half = 0x7c01, bad_bfloat = 0xff80;
  File file;

  file_init (&file);
  for (guint i = 0; i < 4; i++)
    for (guint b = 0; b < G_N_ELEMENTS (bad); b++)
      for (guint last = 0; last < 2; last++)
        {
          float *value = (float *) file.stored[i].bytes + (last ? file.stored[i].n_bytes / sizeof (float) - 1 : 0), before = *value;

          *value = bad[b];
          file_write (&file, 4);
          check_refused (&file, RG_ERROR_VALUE, file.stored[i].name);
          *value = before;
        }

  for (guint t = 0; t < 2; t++)
    {
      guint16 *values = (guint16 *) file.stored[3].bytes;

      memset (values, 0, 12);
      values[5] = t == 0 ? bad_half : bad_bfloat;
      file.stored[3].dtype = t == 0 ? RG_DTYPE_F16 : RG_DTYPE_BF16;
      file.stored[3].n_bytes = 12;
      file_write (&file, 4);
      check_refused (&file, RG_ERROR_VALUE, file.stored[3].name);
    }
  file_clear (&file);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/parameters/begin", test_begin);
  g_test_add_func ("/parameters/places", test_places);
  g_test_add_func ("/parameters/share-and-grads", test_share_and_grads);
  g_test_add_func ("/parameters/sums", test_sums);
  g_test_add_func ("/parameters/grow-same", test_grow_same);
  g_test_add_func ("/parameters/grow-larger", test_grow_larger);
  g_test_add_func ("/parameters/save", test_save);
  g_test_add_func ("/parameters/types", test_types);
  g_test_add_func ("/parameters/missing", test_missing);
  g_test_add_func ("/parameters/shapes", test_shapes);
  g_test_add_func ("/parameters/in-out", test_in_out);
  g_test_add_func ("/parameters/window", test_window);
  g_test_add_func ("/parameters/alias", test_alias);
  g_test_add_func ("/parameters/values", test_values);

  return g_test_run ();
}
