/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights that are packed once give what they would give if each product packed them, to the last bit. */
#include "engine/tensor/panels.h"

#include <string.h>

#include "engine/tensor/ops.h"
#include "engine/transformer/parameters.h"
#include "tests/numeric.h"

#define ROWS 5 /* of x, where a linear map is tested */

/* A right factor, packed and not. */
typedef struct
{
  RgTensor *values;
  RgPanels *panels;
  RgFactor plain, packed;
} Right;

static Right
right_new (RgRandom *random, gboolean transposed, gsize n, gsize k)
{
  Right self = { .values = numeric_tensor_new (random, transposed ? n : k, transposed ? k : n) };

  self.panels = rg_panels_new (self.values->rows, self.values->cols, FALSE);
  rg_panels_fill (self.panels, self.values->data);
  self.packed = rg_panels_get_factor (self.panels, transposed, self.values->data);
  self.plain = self.packed;
  self.plain.panels = NULL;

  return self;
}

static void
right_clear (Right *self)
{
  rg_panels_free (self->panels);
  numeric_tensor_free (self->values);
}

/* Products with both, added to something and not, @m rows of a left factor that is stored either way. */
static void
check_same (RgRandom *random, RgPool *pool, RgPrecision precision, gsize m, gsize n, gsize k, const RgFactor *plain, const RgFactor *packed)
{
  RgTensor *a = numeric_tensor_new (random, m, k), *addend = numeric_tensor_new (random, m, n);
  g_autofree float *expected = g_new (float, m *n);
  g_autofree float *got = g_new (float, m *n);

  for (guint way = 0; way < 4; way++)
    {
      const RgFactor left = { RG_DTYPE_F32, way & 1, a->data, way & 1 ? m : k };
      const float *added = way & 2 ? addend->data : NULL;

      rg_gemm_typed (pool, precision, m, n, k, &left, plain, added, n, expected, n);
      rg_gemm_typed (pool, precision, m, n, k, &left, packed, added, n, got, n);
      g_assert_cmpmem (got, m * n * sizeof (float), expected, m * n * sizeof (float));
    }
  numeric_tensor_free (a);
  numeric_tensor_free (addend);
}

/* Within a tile and beyond one block of columns, one slice of k, one block of rows; enough work for several tasks. */
static void
test_products (void)
{
  static const gsize sizes[][3] = { { 2, 3, 1 }, { 1, 70, 33 }, { 70, 1, 33 }, { 13, 33, 257 }, { 29, 37, 1283 }, { 7, 2081, 129 }, { 389, 1031, 323 } };
  g_autoptr (RgPool) pool = rg_pool_new (3);
  RgRandom random;

  if (!numeric_can_round ())
    return;

  rg_random_init (&random, 1, 0);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint transposed = 0; transposed < 2; transposed++)
      {
        const gsize *size = sizes[i];
        Right right = right_new (&random, transposed, size[1], size[2]);

        for (RgPrecision precision = RG_PRECISION_F32; precision <= RG_PRECISION_SPLIT; precision++)
          {
            check_same (&random, NULL, precision, size[0], size[1], size[2], &right.plain, &right.packed);
            check_same (&random, pool, precision, size[0], size[1], size[2], &right.plain, &right.packed);
          }
        right_clear (&right);
      }
}

/* The panels are what is read, not the values. */
static void
test_read (void)
{
  g_autofree float *zeros = g_new0 (float, 300 * 70);
  RgRandom random;

  if (!numeric_can_round ())
    return;

  rg_random_init (&random, 2, 0);
  for (guint transposed = 0; transposed < 2; transposed++)
    {
      Right right = right_new (&random, transposed, 70, 300);

      right.packed.data = zeros;
      check_same (&random, NULL, RG_PRECISION_FAST, 6, 70, 300, &right.plain, &right.packed);
      right_clear (&right);
    }
}

/* What begins within a factor, and may end within a pair and a panel. */
static void
test_from (void)
{
  static const gsize ends[][2] = { { 1100, 700 }, { 1099, 699 }, { 65, 35 }, { 97, 303 } };
  const gsize column = 64, step = 34;
  RgRandom random;

  if (!numeric_can_round ())
    return;

  rg_random_init (&random, 3, 0);
  for (guint transposed = 0; transposed < 2; transposed++)
    {
      Right right = right_new (&random, transposed, 1100, 700);
      const RgFactor plain = rg_factor_from (&right.plain, transposed ? column : step, transposed ? step : column);
      const RgFactor packed = rg_factor_from (&right.packed, transposed ? column : step, transposed ? step : column);

      g_assert_null (plain.panels);
      for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
        for (RgPrecision precision = RG_PRECISION_FAST; precision <= RG_PRECISION_SPLIT; precision++)
          check_same (&random, NULL, precision, 14, ends[i][0] - column, ends[i][1] - step, &plain, &packed);
      right_clear (&right);
    }
}

/* --- parameters --- */

typedef struct
{
  RgParameters *parameters;
  RgTensor matrix, bias, table;
} Model;

static void
model_init (Model *self)
{
  self->parameters = rg_parameters_new ();
  rg_parameters_declare (self->parameters, &self->matrix, 71, 50, RG_INIT_NORMAL, 1, RG_PARAMETER_MATRIX, "matrix");
  rg_parameters_declare (self->parameters, &self->bias, 1, 71, RG_INIT_NORMAL, 1, RG_PARAMETER_VECTOR, "bias");
  rg_parameters_declare (self->parameters, &self->table, 33, 50, RG_INIT_NORMAL, 1, RG_PARAMETER_TABLE, "table");
}

/* Whether a map by the weights is one by their values as they are now. */
static gboolean
follows (RgPass *pass, RgTensor *x, const RgTensor *weight)
{
  RgTensor packed = *weight, plain = *weight;

  plain.panels = NULL;

  return memcmp (rg_linear (pass, x, &packed, NULL, NULL)->data, rg_linear (pass, x, &plain, NULL, NULL)->data, x->rows * weight->rows * sizeof (float)) == 0;
}

static void
check_packed (const Model *self, RgTensor *x, gboolean up_to_date)
{
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_FAST);

  g_assert_true (self->matrix.panels != NULL && self->table.panels != NULL && self->matrix.panels != self->table.panels);
  g_assert_null (self->bias.panels);
  g_assert_true (follows (pass, x, &self->matrix) == up_to_date);
  g_assert_true (follows (pass, x, &self->table) == up_to_date);
}

static void
test_parameters (void)
{
  g_autoptr (RgPool) pool = rg_pool_new (2);
  Model model, replica;
  RgRandom random;
  RgTensor *x;

  if (!numeric_can_round ())
    return;

  rg_random_init (&random, 4, 0);
  x = numeric_tensor_new (&random, ROWS, 50);
  model_init (&model);
  model_init (&replica);
  rg_parameters_begin (model.parameters, &random);
  g_assert_null (model.matrix.panels);
  rg_parameters_pack (model.parameters, NULL, FALSE);
  rg_parameters_share (replica.parameters, model.parameters);
  check_packed (&model, x, TRUE);
  check_packed (&replica, x, TRUE);

  /* A step of training, whose replicas see it, too. */
  for (gsize i = 0; i < rg_parameters_count (model.parameters); i++)
    rg_parameters_get_values (model.parameters)[i] += rg_random_range (&random, -1, 1);
  check_packed (&model, x, FALSE);
  rg_parameters_pack (model.parameters, pool, FALSE);
  check_packed (&model, x, TRUE);
  check_packed (&replica, x, TRUE);

  rg_parameters_free (replica.parameters);
  rg_parameters_free (model.parameters);
  numeric_tensor_free (x);
}

/* --- some rows of a map --- */

/* Forward and backward through rows of the weights. Returns: (transfer full): y, and the derivatives of x, weights and biases */
static GArray *
run_rows (RgPass *pass, RgTensor *x, RgLinear *map, gsize first, gsize n)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (float));
  RgTensor *y, *in[] = { x, &map->weight, &map->bias };

  rg_pass_reset (pass);
  pass->recording = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (in); i++)
    {
      in[i]->grad = NULL;
      in[i]->grad_set = FALSE;
    }

  y = rg_linear_rows (pass, x, map, first, n);
  g_array_append_vals (all, y->data, x->rows * n);
  memcpy (rg_pass_grad_added (pass, y), y->data, x->rows * n * sizeof (float));
  rg_pass_backward (pass);
  for (guint i = 0; i < G_N_ELEMENTS (in); i++)
    g_array_append_vals (all, in[i]->grad, in[i]->rows * in[i]->cols);

  return all;
}

/* Rows that begin with a panel, and others, for which there are none. */
static void
test_rows (void)
{
  static const gsize ranges[][2] = { { 0, 71 }, { 0, 33 }, { 32, 39 }, { 64, 5 }, { 7, 40 }, { 34, 31 } };
  g_autoptr (RgPass) pass = rg_pass_new (NULL, RG_PRECISION_FAST);
  RgRandom random;
  RgTensor *x, *weight, *bias;
  RgPanels *panels;

  if (!numeric_can_round ())
    return;

  rg_random_init (&random, 5, 0);
  x = numeric_tensor_new (&random, ROWS, 50);
  weight = numeric_tensor_new (&random, 71, 50);
  bias = numeric_tensor_new (&random, 1, 71);
  panels = rg_panels_new (71, 50, FALSE);
  rg_panels_fill (panels, weight->data);
  for (guint i = 0; i < G_N_ELEMENTS (ranges); i++)
    {
      const gsize first = ranges[i][0], n = ranges[i][1];
      RgLinear plain = { *weight, *bias }, packed = plain;
      g_autoptr (GArray) expected = NULL;
      g_autoptr (GArray) got = NULL;
      RgTensor *whole;

      packed.weight.panels = panels;
      expected = run_rows (pass, x, &plain, first, n);
      got = run_rows (pass, x, &packed, first, n);
      g_assert_cmpmem (got->data, got->len * sizeof (float), expected->data, expected->len * sizeof (float));

      whole = rg_linear (pass, x, &packed.weight, &packed.bias, NULL);
      for (gsize r = 0; r < ROWS; r++)
        g_assert_cmpmem (&g_array_index (got, float, r *n), n * sizeof (float), whole->data + r * 71 + first, n * sizeof (float));
    }

  rg_panels_free (panels);
  numeric_tensor_free (x);
  numeric_tensor_free (weight);
  numeric_tensor_free (bias);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/panels/products", test_products);
  g_test_add_func ("/panels/read", test_read);
  g_test_add_func ("/panels/from", test_from);
  g_test_add_func ("/panels/parameters", test_parameters);
  g_test_add_func ("/panels/rows", test_rows);

  return g_test_run ();
}
