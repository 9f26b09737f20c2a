/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/pool.h"

#define MOST_TASKS 64

typedef struct
{
  RgPool *pool;
  guint counts[MOST_TASKS]; /* each written by one task only: the pool orders them against the reader */
  gint total;
  gint n_inside; /* tasks that wait for one another */
} Loop;

static void
count (gsize task, gpointer data)
{
  Loop *loop = data;

  loop->counts[task]++;
  g_atomic_int_inc (&loop->total);
}

static void
check_loops (RgPool *pool, guint n_loops)
{
  for (guint i = 0; i < n_loops; i++)
    {
      gsize n_tasks = i % (MOST_TASKS + 1);
      Loop loop = { pool };

      rg_pool_run (pool, n_tasks, count, &loop);
      g_assert_cmpint (loop.total, ==, n_tasks);
      for (gsize j = 0; j < MOST_TASKS; j++)
        g_assert_cmpuint (loop.counts[j], ==, j < n_tasks);
      /* Now and then long enough for the workers to fall asleep. */
      if (i % 100 == 99)
        g_usleep (2000);
    }
}

static void
test_loops (void)
{
  static const guint n_threads[] = { 0, 1, 2, 3, 9 };

  check_loops (NULL, 100);
  for (gsize i = 0; i < G_N_ELEMENTS (n_threads); i++)
    {
      RgPool *pool = rg_pool_new (n_threads[i]);

      check_loops (pool, 1000);
      rg_pool_free (pool);
    }
}

#define MOST_ITEMS 300

/* Marks items; each belongs to one share. */
static void
mark (gsize start, gsize end, gpointer data)
{
  guint8 *marks = data;

  g_assert_cmpuint (start, <, end);
  for (gsize i = start; i < end; i++)
    marks[i]++;
}

static void
test_shares (void)
{
  static const guint n_threads[] = { 1, 2, 5 };

  for (gsize i = 0; i < G_N_ELEMENTS (n_threads); i++)
    {
      g_autoptr (RgPool) pool = rg_pool_new (n_threads[i]);

      for (gsize n = 0; n < MOST_ITEMS; n++)
        for (gsize least = 0; least < 40; least += 13)
          {
            guint8 marks[MOST_ITEMS] = { 0 };

            rg_pool_share (n % 7 == 0 ? NULL : pool, n, least, mark, marks);
            for (gsize j = 0; j < MOST_ITEMS; j++)
              g_assert_cmpuint (marks[j], ==, j < n);
          }
    }
}

static void
test_size (void)
{
  RgPool *pool = rg_pool_new (3);

  g_assert_cmpuint (rg_pool_get_n_threads (NULL), ==, 1);
  g_assert_cmpuint (rg_pool_get_n_threads (pool), ==, 3);
  rg_pool_free (pool);

  pool = rg_pool_new (0);
  g_assert_cmpuint (rg_pool_get_n_threads (pool), ==, g_get_num_processors ());
  rg_pool_free (pool);
  rg_pool_free (NULL);
}

/* Each task waits until all have begun: only as many threads as tasks can end this. */
static void
meet (gsize task, gpointer data)
{
  Loop *loop = data;

  g_atomic_int_inc (&loop->n_inside);
  while (g_atomic_int_get (&loop->n_inside) < 3)
    g_thread_yield ();
}

static void
test_parallel (void)
{
  RgPool *pool = rg_pool_new (3);

  for (int i = 0; i < 50; i++)
    {
      Loop loop = { pool };

      rg_pool_run (pool, 3, meet, &loop);
      g_assert_cmpint (loop.n_inside, ==, 3);
      if (i % 10 == 9)
        g_usleep (2000);
    }
  rg_pool_free (pool);
}

static void
run_within (gsize task, gpointer data)
{
  Loop *loop = data;
  Loop inner = { loop->pool };

  rg_pool_run (loop->pool, 5, count, &inner);
  g_assert_cmpint (inner.total, ==, 5);
  g_atomic_int_add (&loop->total, inner.total);
}

static void
test_within (void)
{
  RgPool *pool = rg_pool_new (3);
  Loop loop = { pool };

  rg_pool_run (pool, 20, run_within, &loop);
  g_assert_cmpint (loop.total, ==, 100);
  rg_pool_free (pool);
}

static gpointer
call_often (gpointer data)
{
  check_loops (data, 500);
  return NULL;
}

static void
test_two_callers (void)
{
  RgPool *pool = rg_pool_new (2);
  GThread *thread = g_thread_new ("caller", call_often, pool);

  check_loops (pool, 500);
  g_thread_join (thread);
  rg_pool_free (pool);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pool/loops", test_loops);
  g_test_add_func ("/pool/shares", test_shares);
  g_test_add_func ("/pool/size", test_size);
  g_test_add_func ("/pool/parallel", test_parallel);
  g_test_add_func ("/pool/within", test_within);
  g_test_add_func ("/pool/two-callers", test_two_callers);
  return g_test_run ();
}
