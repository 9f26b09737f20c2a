/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/numeric.h"

#include <math.h>
#include <string.h>

#include "engine/error.h"
#include "engine/explain/bootstrap.h"
#include "engine/explain/deletion.h"
#include "engine/explain/localisation.h"
#include "engine/explain/rank-correlation.h"
#include "engine/explain/square-hiding.h"

/* What maps are measured by, against values worked out by hand. */

static void
test_ranks (void)
{
  static const struct
  {
    float a[5], b[5];
    double expected;
  } cases[] = {
    { { 1, 2, 3, 4, 5 }, { 10, 20, 30, 40, 1000 }, 1 },
    { { 1, 2, 3, 4, 5 }, { 5, 4, 3, 2, -7 }, -1 },
    { { 1, 2, 3, 4, 5 }, { 7, 7, 7, 7, 7 }, 0 },
    { { 1, 2, 3, 4, 5 }, { 2, 1, 4, 3, 5 }, 0.8 },                /* 1 − 6 Σ d² / (n (n² − 1)), Σ d² = 4 */
    { { 1, 1, 2, 3, 3 }, { 1, 2, 3, 4, 5 }, 0.9486832980505138 }, /* ranks −1.5 −1.5 0 1.5 1.5: 9 / √(9 · 10) */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      numeric_assert_near ("ranks", i, rg_rank_correlation (cases[i].a, cases[i].b, 5), cases[i].expected, 1e-12);
      numeric_assert_near ("the other way round", i, rg_rank_correlation (cases[i].b, cases[i].a, 5), cases[i].expected, 1e-12);
    }
}

static void
test_overlap (void)
{
  static const guint8 inside[] = { 0, 1, 1, 0, 0, 0 };
  static const float map[] = { 1, 4, 2, 3, 0, -5 }, nothing[] = { 0, -1, -2, 0, 0, 0 };

  numeric_assert_near ("0.9", 0, rg_localisation_overlap (map, inside, 6, 0.9), 1.0 / 2, 1e-12);
  numeric_assert_near ("0.5", 0, rg_localisation_overlap (map, inside, 6, 0.5), 2.0 / 3, 1e-12);
  numeric_assert_near ("0.2", 0, rg_localisation_overlap (map, inside, 6, 0.2), 2.0 / 4, 1e-12);
  numeric_assert_near ("nothing", 0, rg_localisation_overlap (nothing, inside, 6, 0.5), 0, 0);
}

/* --- intervals --- */

static void
test_bootstrap (void)
{
  static const double values[] = { 1, NAN, 3, 5, 7 }, same[] = { 2, 2, 2, 2, 2 }, none[] = { NAN, NAN };
  static const guint groups[] = { 0, 0, 1, 2, 2 };
  RgInterval got = rg_bootstrap (values, groups, 5, 1000, 3), again = rg_bootstrap (values, groups, 5, 1000, 3);
  RgInterval other = rg_bootstrap (values, groups, 5, 1000, 4), flat = rg_bootstrap (same, groups, 5, 1000, 3), empty = rg_bootstrap (none, groups, 2, 1000, 3);

  g_assert_cmpuint (got.n, ==, 4);
  g_assert_cmpfloat (got.mean, ==, 4);
  g_assert_cmpfloat (got.low, ==, 1);  /* the first group three times: one time in 27, more than 2.5 % */
  g_assert_cmpfloat (got.high, ==, 6); /* and the last */
  g_assert_true (got.low == again.low && got.high == again.high);
  g_assert_cmpuint (other.n, ==, 4);
  g_assert_cmpfloat (flat.low, ==, 2);
  g_assert_cmpfloat (flat.high, ==, 2);
  g_assert_cmpuint (empty.n, ==, 0);
  g_assert_true (isnan (empty.mean));
}

/* Of normal numbers the interval is as wide as theory has it. */
static void
test_bootstrap_width (void)
{
  enum
  {
    N = 400
  };
  double values[N];
  guint groups[N];
  RgInterval got;
  RgRandom random;

  rg_random_init (&random, 1, 0);
  for (guint i = 0; i < N; i++)
    {
      values[i] = rg_random_normal (&random);
      groups[i] = i;
    }
  got = rg_bootstrap (values, groups, N, 2000, 1);
  numeric_assert_near ("width", 0, got.high - got.low, 2 * 1.96 / sqrt (N), 0.02);

  /* Pairs of equal values are no more than one value each. */
  for (guint i = 0; i < N; i++)
    {
      values[i] = values[i / 2 * 2];
      groups[i] = i / 2;
    }
  got = rg_bootstrap (values, groups, N, 2000, 1);
  numeric_assert_near ("pairs", 0, got.high - got.low, 2 * 1.96 / sqrt (N / 2), 0.03);
}

/* --- hiding --- */

#define GRID 8
#define PATCHES (GRID * GRID)
#define DECIDING 27 /* row 3, column 3 */

/* One patch decides: without it the word is e⁻⁴ times as likely. */
typedef struct
{
  guint n_calls, fail_at;
} Planted;

static gboolean
planted_hide (gpointer data, const guint8 *hidden, guint n, double *logprob, GError **error)
{
  Planted *self = data;

  g_assert_cmpuint (n, ==, 1);
  if (self->n_calls++ == self->fail_at)
    {
      g_set_error_literal (error, RG_ERROR, RG_ERROR_VALUE, "planted");
      return FALSE;
    }
  *logprob = hidden[DECIDING] ? -5 : -1;

  return TRUE;
}

static RgDeletion delete (const float *map)
{
  Planted planted = { .fail_at = G_MAXUINT };
  RgDeletionScale scale;
  RgDeletion got;
  RgRandom random;

  rg_random_init (&random, 1, 0);
  g_assert_true (rg_deletion_scale (PATCHES, planted_hide, &planted, &scale, NULL));
  g_assert_cmpfloat (scale.whole, ==, -1);
  g_assert_cmpfloat (scale.blank, ==, -5);
  g_assert_true (rg_deletion_measure (map, PATCHES, &random, &scale, planted_hide, &planted, &got, NULL));
  g_assert_cmpuint (planted.n_calls, ==, 14);

  return got;
}

static void
test_deletion (void)
{
  float map[PATCHES] = { 0 };
  RgDeletion right, wrong;

  map[DECIDING] = 1;
  right = delete (map);
  map[DECIDING] = -1;
  wrong = delete (map);

  /* Gone, or there, from the first step of 1/32 on; straight lines in between. */
  numeric_assert_near ("deletion", 0, right.deletion, 1.0 / 64, 1e-12);
  numeric_assert_near ("insertion", 0, right.insertion, 1 - 1.0 / 64, 1e-12);
  /* There, or gone, until the last step of a quarter. */
  numeric_assert_near ("deletion", 1, wrong.deletion, 1 - 1.0 / 8, 1e-12);
  numeric_assert_near ("insertion", 1, wrong.insertion, 1.0 / 8, 1e-12);
}

/* On average a random order is as good at one as at the other. */
static void
test_deletion_chance (void)
{
  RgDeletion sum = { 0 };
  RgDeletionScale scale = { -1, -5 };
  RgRandom random;

  rg_random_init (&random, 1, 0);
  for (guint i = 0; i < 400; i++)
    {
      Planted planted = { .fail_at = G_MAXUINT };
      RgDeletion got;

      g_assert_true (rg_deletion_measure (NULL, PATCHES, &random, &scale, planted_hide, &planted, &got, NULL));
      sum.deletion += got.deletion / 400;
      sum.insertion += got.insertion / 400;
    }
  numeric_assert_near ("deletion", 0, sum.deletion, 0.5, 0.05);
  numeric_assert_near ("insertion", 0, sum.insertion, 0.5, 0.05);
}

/* Windows of 2 × 2 patches at every patch: four of the 49 have the one that decides. */
static void
test_squares (void)
{
  Planted planted = { .fail_at = G_MAXUINT };
  guint n = rg_square_hiding_count (GRID);
  float costs[49] = { 0 }, sums[49], map[PATCHES] = { 0 };

  g_assert_cmpuint (n, ==, 49);
  g_assert_true (rg_square_hiding_costs (GRID, planted_hide, &planted, costs, NULL));
  g_assert_cmpuint (planted.n_calls, ==, 1 + 49);
  map[DECIDING] = 2;
  map[0] = 1;
  rg_square_hiding_sums (GRID, map, sums);
  for (guint row = 0; row < 7; row++)
    for (guint col = 0; col < 7; col++)
      {
        gboolean has = (row == 2 || row == 3) && (col == 2 || col == 3);

        g_assert_cmpfloat (costs[row * 7 + col], ==, has ? 4 : 0);
        g_assert_cmpfloat (sums[row * 7 + col], ==, has ? 2 : row == 0 && col == 0 ? 1
                                                                                   : 0);
      }

  map[0] = 0;
  rg_square_hiding_sums (GRID, map, sums);
  numeric_assert_near ("right", 0, rg_square_hiding_compare (GRID, sums, costs, 0.01), 1, 1e-12);

  /* What costs next to nothing is nothing, but only where that is wanted. */
  for (guint i = 0; i < n; i++)
    costs[i] += i * 1e-6;
  numeric_assert_near ("floor", 0, rg_square_hiding_compare (GRID, sums, costs, 0.01) > 0.99, 1, 0);
  g_assert_cmpfloat (rg_square_hiding_compare (GRID, sums, costs, 0), <, 0.6);
  g_assert_true (isnan (rg_square_hiding_compare (GRID, sums, costs, 10)));
}

static void
test_failed (void)
{
  RgDeletionScale scale = { -1, -5 };
  float costs[49] = { 0 };

  for (guint fail_at = 0; fail_at < 12; fail_at++)
    {
      Planted one = { .fail_at = fail_at }, other = { .fail_at = fail_at };
      g_autoptr (GError) first = NULL;
      g_autoptr (GError) second = NULL;
      RgDeletion got;
      RgRandom random;

      rg_random_init (&random, 1, 0);
      g_assert_false (rg_deletion_measure (NULL, PATCHES, &random, &scale, planted_hide, &one, &got, &first));
      g_assert_error (first, RG_ERROR, RG_ERROR_VALUE);
      g_assert_false (rg_square_hiding_costs (GRID, planted_hide, &other, costs, &second));
      g_assert_error (second, RG_ERROR, RG_ERROR_VALUE);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/map-measures/ranks", test_ranks);
  g_test_add_func ("/map-measures/overlap", test_overlap);
  g_test_add_func ("/map-measures/bootstrap", test_bootstrap);
  g_test_add_func ("/map-measures/bootstrap/width", test_bootstrap_width);
  g_test_add_func ("/map-measures/deletion", test_deletion);
  g_test_add_func ("/map-measures/deletion/chance", test_deletion_chance);
  g_test_add_func ("/map-measures/squares", test_squares);
  g_test_add_func ("/map-measures/failed", test_failed);

  return g_test_run ();
}
