/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/arena.h"
#include "engine/tensor/random.h"

#include <string.h>

static void
test_alignment (void)
{
  g_autoptr (RgArena) arena = rg_arena_new ();

  for (gsize size = 0; size < 300; size++)
    {
      guint8 *memory = rg_arena_alloc (arena, size);

      g_assert_cmpuint ((gsize) memory % 64, ==, 0);
      memset (memory, 1, size);
    }
}

/* What was handed out is nobody else's. */
static void
test_apart (void)
{
  g_autoptr (RgArena) arena = rg_arena_new ();
  guint8 *pieces[200];
  gsize sizes[200];
  RgRandom random;

  rg_random_init (&random, 1, 0);
  for (guint pass = 0; pass < 3; pass++)
    {
      for (guint i = 0; i < 200; i++)
        {
          sizes[i] = 1 + rg_random_below (&random, i % 10 == 0 ? 9000000 : 200000);
          pieces[i] = rg_arena_alloc (arena, sizes[i]);
          memset (pieces[i], i, MIN (sizes[i], 1000));
          memset (pieces[i] + sizes[i] - MIN (sizes[i], 1000), i, MIN (sizes[i], 1000));
        }
      for (guint i = 0; i < 200; i++)
        {
          g_assert_cmpuint (pieces[i][0], ==, i);
          g_assert_cmpuint (pieces[i][sizes[i] - 1], ==, i);
        }
      rg_arena_reset (arena);
    }
}

/* What was handed out before a mark stays; what came after it is handed out again, without new memory. */
static void
test_release (void)
{
  g_autoptr (RgArena) arena = rg_arena_new ();
  guint8 *before = rg_arena_alloc (arena, 1000);
  RgArenaMark mark = rg_arena_mark (arena);
  guint8 *first = rg_arena_alloc (arena, 100), *large = rg_arena_alloc (arena, 9 << 20);
  gsize size;

  memset (before, 7, 1000);
  for (guint i = 0; i < 50; i++)
    {
      rg_arena_release (arena, mark);
      g_assert_true (rg_arena_alloc (arena, 100) == first);
      g_assert_true (rg_arena_alloc (arena, 9 << 20) == large);
      memset (large, i, 9 << 20);
      memset (first, i, 100);
      if (i == 0)
        size = rg_arena_get_size (arena);
    }
  g_assert_cmpuint (rg_arena_get_size (arena), ==, size);
  g_assert_cmpuint (before[0] + before[999], ==, 14);

  rg_arena_reset (arena);
  g_assert_cmpuint (rg_arena_get_size (arena), <, 2 * (9 << 20)); /* the most at a time, not the sum */
}

static void
fill (RgArena *arena, guint64 seed, gsize *total)
{
  RgRandom random;

  rg_random_init (&random, seed, 0);
  *total = 0;
  for (guint i = 0; i < 60; i++)
    {
      gsize size = rg_random_below (&random, i % 7 == 0 ? 12 << 20 : 1 << 20);

      rg_arena_alloc (arena, size);
      *total += size;
    }
}

static void
test_reset (void)
{
  g_autoptr (RgArena) arena = rg_arena_new ();
  gsize size, total;

  fill (arena, 1, &total);
  rg_arena_reset (arena);
  size = rg_arena_get_size (arena);
  g_assert_cmpuint (size, >=, total);
  for (guint i = 0; i < 100; i++)
    {
      fill (arena, 1, &total);
      rg_arena_reset (arena);
    }
  g_assert_cmpuint (rg_arena_get_size (arena), ==, size);
}

/* Passes of changing sizes, as texts of a training run are: what is reserved stays near what the largest one needs. */
static void
test_changing (void)
{
  g_autoptr (RgArena) arena = rg_arena_new ();
  gsize largest = 0, total;

  for (guint i = 0; i < 1000; i++)
    {
      fill (arena, i, &total);
      largest = MAX (largest, total);
      rg_arena_reset (arena);
    }
  g_assert_cmpuint (rg_arena_get_size (arena), <, 2 * largest);
}

static void
test_large (void)
{
  g_autoptr (RgArena) arena = rg_arena_new ();
  guint8 *small = rg_arena_alloc (arena, 10), *large = rg_arena_alloc (arena, 50 << 20);

  small[9] = 1;
  large[0] = large[(50 << 20) - 1] = 1;
  g_assert_cmpuint (rg_arena_get_size (arena), >=, 50 << 20);
  rg_arena_reset (arena);
  large = rg_arena_alloc (arena, 50 << 20);
  large[(50 << 20) - 1] = 2;
  g_assert_cmpuint (rg_arena_get_size (arena), <, 60 << 20);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arena/alignment", test_alignment);
  g_test_add_func ("/arena/apart", test_apart);
  g_test_add_func ("/arena/release", test_release);
  g_test_add_func ("/arena/reset", test_reset);
  g_test_add_func ("/arena/changing", test_changing);
  g_test_add_func ("/arena/large", test_large);

  return g_test_run ();
}
