/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tensor/pool.h"

#include <stdatomic.h>

/* Turns of the spin before a thread goes to sleep, some tens of microseconds: longer than the gap between two products of
 * one layer, shorter than what waking a sleeper costs on a machine whose cores are all taken. */
#define SPINS 1000

/* So many shares a thread, as some are held up by other programs. */
#define SHARES_A_THREAD 2
/* The size of a share is a multiple of this. */
#define SHARE_GRAIN 16

/* What several threads write has two cache lines of its own, as processors fetch them in pairs. Cores may be far apart: with this, and
 * with tasks that are claimed many at a time, two threads read Q8_0 weights at 56 GB/s instead of 33 on a cut-up server. */
#define APART __attribute__ ((aligned (128)))

/* The whole protocol rests on `ticket`: the number of the loop in the upper half, the tasks nobody has claimed yet in the
 * lower. A worker that comes late from an earlier loop fails its compare-and-swap, so the caller need not wait for workers
 * that the system has not let run, only for the tasks themselves. */
struct _RgPool
{
  guint n_threads;
  GThread **threads; /* (n_threads - 1) */

  APART _Atomic guint64 ticket;
  APART _Atomic gsize pending; /* tasks that are not done yet */
  APART _Atomic gboolean busy; /* a loop is running */
  _Atomic gboolean quit;

  /* Written by the caller before the ticket is published, read by those who claimed a task. */
  gsize n_tasks;
  RgPoolFunc func;
  gpointer data;

  GMutex mutex;
  GCond work; /* there are tasks to claim, or the end has come */
  GCond done; /* pending fell to 0 */
  _Atomic guint n_sleepers;
  _Atomic gboolean caller_sleeps;
};

static inline void
relax (void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause ();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static inline guint32
unclaimed (RgPool *pool)
{
  return (guint32) atomic_load (&pool->ticket);
}

/* Claims and runs tasks until none is left: many at a time at first, so that threads seldom meet and walk through memory in order,
 * fewer towards the end, so that they end together (Polychronopoulos and Kuck, “Guided self-scheduling”, 1987). While a thread
 * holds tasks that it has not reported, the loop cannot end, so the fields of the loop stay valid and one report for all its
 * tasks is enough. */
static void
work (RgPool *pool)
{
  guint64 ticket = atomic_load (&pool->ticket);
  gsize n_done = 0;

  while ((guint32) ticket != 0)
    {
      guint32 left = (guint32) ticket, n = MAX (1, left / pool->n_threads);

      if (!atomic_compare_exchange_weak (&pool->ticket, &ticket, ticket - n))
        continue;
      for (guint32 i = 0; i < n; i++)
        pool->func (pool->n_tasks - left + i, pool->data);
      n_done += n;
      ticket = atomic_load (&pool->ticket);
    }

  if (n_done != 0 && atomic_fetch_sub (&pool->pending, n_done) == n_done && atomic_load (&pool->caller_sleeps))
    {
      g_mutex_lock (&pool->mutex);
      g_cond_signal (&pool->done);
      g_mutex_unlock (&pool->mutex);
    }
}

static gpointer
worker (gpointer data)
{
  RgPool *pool = data;

  while (!atomic_load (&pool->quit))
    {
      for (guint i = 0; i < SPINS && unclaimed (pool) == 0; i++)
        relax ();

      if (unclaimed (pool) == 0)
        {
          g_mutex_lock (&pool->mutex);
          /* First the count, then the look at the ticket; the caller does it the other way round, so one of the two
           * always notices. */
          atomic_fetch_add (&pool->n_sleepers, 1);
          while (unclaimed (pool) == 0 && !atomic_load (&pool->quit))
            g_cond_wait (&pool->work, &pool->mutex);
          atomic_fetch_sub (&pool->n_sleepers, 1);
          g_mutex_unlock (&pool->mutex);
        }
      work (pool);
    }

  return NULL;
}

static void
wait_for_pending (RgPool *pool)
{
  for (guint i = 0; i < SPINS && atomic_load (&pool->pending) != 0; i++)
    relax ();
  if (atomic_load (&pool->pending) == 0)
    return;

  g_mutex_lock (&pool->mutex);
  atomic_store (&pool->caller_sleeps, TRUE);
  while (atomic_load (&pool->pending) != 0)
    g_cond_wait (&pool->done, &pool->mutex);
  atomic_store (&pool->caller_sleeps, FALSE);
  g_mutex_unlock (&pool->mutex);
}

RgPool *
rg_pool_new (guint n_threads)
{
  RgPool *pool = g_aligned_alloc0 (1, sizeof (RgPool), G_ALIGNOF (RgPool));

  pool->n_threads = n_threads != 0 ? n_threads : g_get_num_processors ();
  g_mutex_init (&pool->mutex);
  g_cond_init (&pool->work);
  g_cond_init (&pool->done);
  pool->threads = g_new0 (GThread *, pool->n_threads);
  for (guint i = 0; i + 1 < pool->n_threads; i++)
    pool->threads[i] = g_thread_new ("regard-pool", worker, pool);

  return pool;
}

void
rg_pool_free (RgPool *pool)
{
  if (pool == NULL)
    return;
  g_assert (!atomic_load (&pool->busy));

  g_mutex_lock (&pool->mutex);
  atomic_store (&pool->quit, TRUE);
  g_cond_broadcast (&pool->work);
  g_mutex_unlock (&pool->mutex);
  for (guint i = 0; i + 1 < pool->n_threads; i++)
    g_thread_join (pool->threads[i]);

  g_free (pool->threads);
  g_mutex_clear (&pool->mutex);
  g_cond_clear (&pool->work);
  g_cond_clear (&pool->done);
  g_aligned_free (pool);
}

guint
rg_pool_get_n_threads (const RgPool *pool)
{
  return pool != NULL ? pool->n_threads : 1;
}

void
rg_pool_run (RgPool *pool, gsize n_tasks, RgPoolFunc func, gpointer data)
{
  gboolean idle = FALSE;
  guint64 loop;

  g_assert (n_tasks <= G_MAXUINT32);
  if (rg_pool_get_n_threads (pool) == 1 || n_tasks <= 1 || !atomic_compare_exchange_strong (&pool->busy, &idle, TRUE))
    {
      for (gsize i = 0; i < n_tasks; i++)
        func (i, data);
      return;
    }

  pool->n_tasks = n_tasks;
  pool->func = func;
  pool->data = data;
  atomic_store (&pool->pending, n_tasks);
  loop = (atomic_load (&pool->ticket) >> 32) + 1;
  atomic_store (&pool->ticket, loop << 32 | n_tasks);
  if (atomic_load (&pool->n_sleepers) != 0)
    {
      g_mutex_lock (&pool->mutex);
      g_cond_broadcast (&pool->work);
      g_mutex_unlock (&pool->mutex);
    }

  work (pool);
  wait_for_pending (pool);
  atomic_store (&pool->busy, FALSE);
}

typedef struct
{
  gsize n, size;
  RgPoolShareFunc func;
  gpointer data;
} Shares;

static void
do_share (gsize task, gpointer data)
{
  const Shares *self = data;

  self->func (task * self->size, MIN (self->n, (task + 1) * self->size), self->data);
}

void
rg_pool_share (RgPool *pool, gsize n, gsize least, RgPoolShareFunc func, gpointer data)
{
  const gsize n_threads = rg_pool_get_n_threads (pool), n_shares = n_threads > 1 ? MIN (SHARES_A_THREAD * n_threads, n / MAX (least, 1)) : 1;
  Shares shares = { n, n, func, data };

  /* Whole registers, so that the last bits of a number do not depend on where the shares begin. */
  if (n_shares > 1)
    shares.size = (n / n_shares + SHARE_GRAIN) / SHARE_GRAIN * SHARE_GRAIN;

  if (n > 0)
    rg_pool_run (pool, (n + shares.size - 1) / shares.size, do_share, &shares);
}
