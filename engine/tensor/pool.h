/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * RgPool:
 *
 * A few threads that share one loop. The engine's loops last between a few microseconds and a few milliseconds, too
 * short for a queue of jobs: the workers wait a moment in a spin after each loop, then sleep until the next one.
 */
typedef struct _RgPool RgPool;

/**
 * RgPoolFunc:
 * @task: the number of the task, 0 … n_tasks - 1
 * @data: what was given to rg_pool_run()
 *
 * One task of a loop. Runs on any thread of the pool or on the calling one, at the same time as the other tasks.
 */
typedef void (*RgPoolFunc) (gsize task, gpointer data);

/**
 * rg_pool_new:
 * @n_threads: threads that work on a loop, the calling one counted; 0: one a core; 1: no thread is made
 *
 * Returns: (transfer full): a pool, to be freed with rg_pool_free()
 */
RgPool *rg_pool_new (guint n_threads);

/**
 * rg_pool_free:
 * @pool: (nullable) (transfer full): a pool on which no loop is running
 *
 * Ends the threads and waits for them.
 */
void rg_pool_free (RgPool *pool);

/**
 * rg_pool_get_n_threads:
 * @pool: (nullable): a pool
 *
 * Returns: the threads that work on a loop, the calling one counted; 1 without a pool
 */
guint rg_pool_get_n_threads (const RgPool *pool);

/**
 * rg_pool_run:
 * @pool: (nullable): a pool; without one the loop runs in the calling thread
 * @n_tasks: how many tasks, up to 2³² - 1
 * @func: (scope call): what a task does
 * @data: (nullable): given to @func
 *
 * Runs every task once and returns when all are done; whatever the tasks wrote is then visible to the caller. Tasks are
 * claimed in rising order, many at a time at first and one by one at the end, so uneven ones balance. From any thread; a call made while the pool is busy (from
 * within a task, or from a second thread) runs its loop in the calling thread.
 */
void rg_pool_run (RgPool *pool, gsize n_tasks, RgPoolFunc func, gpointer data);

/**
 * RgPoolShareFunc:
 * @start: the first item
 * @end: the one behind the last
 *
 * A share of the items of rg_pool_share(), on any thread of the pool or on the calling one.
 */
typedef void (*RgPoolShareFunc) (gsize start, gsize end, gpointer data);

/**
 * rg_pool_share:
 * @pool: (nullable): as in rg_pool_run()
 * @n: items, each of which is to be done once
 * @least: the fewest that are worth a share of their own; what takes less is done in one call, in the calling thread
 * @func: (scope call): what is done with a share
 * @data: (nullable): given to @func
 *
 * rg_pool_run() for many small items of the same kind, rows or numbers.
 */
void rg_pool_share (RgPool *pool, gsize n, gsize least, RgPoolShareFunc func, gpointer data);

/** RG_POOL_VALUES: numbers of a tensor that are worth a share, where each takes a few instructions: some microseconds. */
#define RG_POOL_VALUES 16384

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgPool, rg_pool_free)

G_END_DECLS
