/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/job.h"

#include "engine/error.h"

#include <math.h>
#include <string.h>

#define N_REPORTS 1000

/* What a listener saw, as one letter an event: s(tate) g(rid) t(oken) l(ine) F(inished). */
typedef struct
{
  GString *events;
  guint n_fraction;
  guint n_stage;
  guint next_id;
  gboolean in_order;
  gboolean never_fell;
  double last_fraction;
  GThread *main_thread;
} Listener;

static void
on_state (RgJob *job,
          GParamSpec *pspec,
          gpointer data)
{
  Listener *listener = data;

  g_string_append_c (listener->events, 's');
}

static void
on_stage (RgJob *job,
          GParamSpec *pspec,
          gpointer data)
{
  Listener *listener = data;

  listener->n_stage++;
  listener->last_fraction = 0;
}

static void
on_fraction (RgJob *job,
             GParamSpec *pspec,
             gpointer data)
{
  Listener *listener = data;

  g_assert_true (g_thread_self () == listener->main_thread);
  listener->n_fraction++;
  listener->never_fell &= rg_job_get_fraction (job) >= listener->last_fraction;
  listener->last_fraction = rg_job_get_fraction (job);
}

static void
on_grid (RgJob *job,
         GParamSpec *pspec,
         gpointer data)
{
  Listener *listener = data;

  g_string_append_c (listener->events, 'g');
}

static void
on_token (RgJob *job,
          RgToken *token,
          gpointer data)
{
  Listener *listener = data;

  g_assert_true (g_thread_self () == listener->main_thread);
  g_assert_cmpuint (rg_token_list_get_length (rg_job_get_tokens (job)), ==, listener->next_id + 1);
  listener->in_order &= rg_token_get_id (token) == listener->next_id;
  listener->next_id++;
  g_string_append_c (listener->events, 't');
}

static void
on_line (RgJob *job,
         const char *line,
         gpointer data)
{
  Listener *listener = data;

  g_string_append_c (listener->events, 'l');
}

static void
on_finished (RgJob *job,
             gpointer data)
{
  Listener *listener = data;

  g_assert_true (rg_job_is_finished (job));
  g_string_append_c (listener->events, 'F');
}

static void
listen (Listener *listener,
        RgJob *job)
{
  *listener = (Listener){
    .events = g_string_new (NULL),
    .in_order = TRUE,
    .never_fell = TRUE,
    .main_thread = g_thread_self (),
  };
  g_signal_connect (job, "notify::state", G_CALLBACK (on_state), listener);
  g_signal_connect (job, "notify::stage", G_CALLBACK (on_stage), listener);
  g_signal_connect (job, "notify::fraction", G_CALLBACK (on_fraction), listener);
  g_signal_connect (job, "notify::patch-grid", G_CALLBACK (on_grid), listener);
  g_signal_connect (job, "token", G_CALLBACK (on_token), listener);
  g_signal_connect (job, "progress-line", G_CALLBACK (on_line), listener);
  g_signal_connect (job, "finished", G_CALLBACK (on_finished), listener);
}

static RgPatchGrid *
grid_new (void)
{
  g_autoptr (GBytes) pixels = g_bytes_new_static ("\0\0\0\0\0\0\0\0\0\0\0", 12);
  g_autoptr (RgImage) view = rg_image_new (2, 2, pixels);
  RgTile tile = { view, 1, 1, { 0, 0, 2, 2 }, { 0, 0, 2, 2 } };

  return rg_patch_grid_new (&tile, 1, 2, 2);
}

static void
report_token (RgJob *job,
              guint id)
{
  g_autoptr (RgToken) token = rg_token_new (id, " x", -0.5, NULL, NULL);

  rg_job_report_token (job, token);
}

static void
test_coalesced (void)
{
  g_autoptr (RgJob) job = rg_job_new ();
  Listener listener;

  listen (&listener, job);
  for (guint i = 0; i < N_REPORTS; i++)
    {
      rg_job_report_progress (job, RG_STAGE_DECODE, i / (double) N_REPORTS);
      report_token (job, i);
    }
  g_assert_cmpuint (listener.n_fraction, ==, 0);
  g_assert_cmpint (rg_job_get_state (job), ==, RG_JOB_WAITING);
  g_assert_cmpuint (G_OBJECT (job)->ref_count, ==, 2); /* ours and that of the one source */
  rg_job_report_end (job, NULL);
  rg_job_wait (job);

  g_assert_cmpuint (listener.n_fraction, ==, 1);
  g_assert_cmpuint (listener.n_stage, ==, 1);
  g_assert_cmpuint (listener.next_id, ==, N_REPORTS);
  g_assert_true (listener.in_order);
  g_assert_cmpint (rg_job_get_state (job), ==, RG_JOB_DONE);
  g_assert_null (rg_job_get_error (job));
  g_string_free (listener.events, TRUE);
}

static void
test_order (void)
{
  g_autoptr (RgJob) job = rg_job_new ();
  g_autoptr (RgPatchGrid) grid = grid_new ();
  Listener listener;

  listen (&listener, job);
  report_token (job, 0);
  rg_job_report_line (job, "{}");
  rg_job_report_prompt_tokens (job, 7);
  rg_job_report_patch_grid (job, grid);
  report_token (job, 1);
  rg_job_report_end (job, g_error_new_literal (RG_ERROR, RG_ERROR_VALUE, "No."));

  /* The end is final. */
  report_token (job, 2);
  rg_job_report_end (job, NULL);
  rg_job_wait (job);
  while (g_main_context_iteration (NULL, FALSE))
    ;

  g_assert_cmpstr (listener.events->str, ==, "gttlsF");
  g_assert_true (rg_job_get_patch_grid (job) == grid);
  g_assert_cmpuint (rg_job_get_n_prompt_tokens (job), ==, 7);
  g_assert_cmpint (rg_job_get_state (job), ==, RG_JOB_FAILED);
  g_assert_error (rg_job_get_error (job), RG_ERROR, RG_ERROR_VALUE);
  g_string_free (listener.events, TRUE);
}

static gpointer
work (gpointer data)
{
  RgJob *job = data;
  g_autoptr (RgPatchGrid) grid = grid_new ();

  rg_job_begin (job);
  rg_job_report_patch_grid (job, grid);
  for (guint i = 0; i < N_REPORTS; i++)
    {
      /* Falls on purpose in between. */
      rg_job_report_progress (job, i < 500 ? RG_STAGE_PREFILL : RG_STAGE_DECODE, i % 7 / 7.0);
      report_token (job, i);
      if (i % 100 == 0)
        g_usleep (200);
    }
  rg_job_report_end (job, NULL);

  return NULL;
}

static void
test_worker (void)
{
  for (guint round = 0; round < 20; round++)
    {
      g_autoptr (RgJob) job = rg_job_new ();
      GThread *thread;
      Listener listener;

      listen (&listener, job);
      thread = g_thread_new ("worker", work, job);
      rg_job_wait (job);
      g_thread_join (thread);

      g_assert_cmpuint (listener.next_id, ==, N_REPORTS);
      g_assert_true (listener.in_order);
      g_assert_true (listener.never_fell);
      g_assert_true (g_str_has_prefix (strchr (listener.events->str, 'g'), "gt"));
      g_assert_cmpint (strchr (listener.events->str, 'g') - listener.events->str, <=, 1);
      g_assert_true (g_str_has_suffix (listener.events->str, "tsF"));
      g_assert_cmpuint (rg_token_list_get_length (rg_job_get_tokens (job)), ==, N_REPORTS);
      g_string_free (listener.events, TRUE);
    }
}

static void
test_fraction (void)
{
  g_autoptr (RgJob) job = rg_job_new ();
  double fraction;
  int stage;

  rg_job_report_progress (job, RG_STAGE_ENCODE, 0.75);
  rg_job_report_progress (job, RG_STAGE_ENCODE, 0.25);
  g_main_context_iteration (NULL, FALSE);
  g_object_get (job, "fraction", &fraction, "stage", &stage, NULL);
  g_assert_cmpfloat (fraction, ==, 0.75);
  g_assert_cmpint (stage, ==, RG_STAGE_ENCODE);

  rg_job_report_progress (job, RG_STAGE_ENCODE, 42);
  g_main_context_iteration (NULL, FALSE);
  g_assert_cmpfloat (rg_job_get_fraction (job), ==, 1);

  rg_job_report_progress (job, RG_STAGE_DECODE, G_MINDOUBLE - G_MAXDOUBLE);
  rg_job_report_progress (job, RG_STAGE_DECODE, (double) NAN);
  g_main_context_iteration (NULL, FALSE);
  g_assert_cmpfloat (rg_job_get_fraction (job), ==, 0);

  rg_job_report_end (job, NULL);
  rg_job_wait (job);
}

static void
test_seconds (void)
{
  g_autoptr (RgJob) job = rg_job_new ();
  double encode;

  g_assert_cmpfloat (rg_job_get_seconds (job, RG_STAGE_ENCODE), ==, 0);
  rg_job_report_progress (job, RG_STAGE_ENCODE, 0);
  g_usleep (2000);
  g_assert_cmpfloat (rg_job_get_seconds (job, RG_STAGE_ENCODE), >=, 0.002);
  rg_job_report_progress (job, RG_STAGE_DECODE, 0);
  encode = rg_job_get_seconds (job, RG_STAGE_ENCODE);
  g_usleep (2000);
  g_assert_cmpfloat (rg_job_get_seconds (job, RG_STAGE_ENCODE), ==, encode);
  rg_job_report_end (job, NULL);
  encode = rg_job_get_seconds (job, RG_STAGE_DECODE);
  g_assert_cmpfloat (encode, >=, 0.002);
  g_usleep (1000);
  g_assert_cmpfloat (rg_job_get_seconds (job, RG_STAGE_DECODE), ==, encode);
  rg_job_wait (job);
}

static gpointer
work_until_cancelled (gpointer data)
{
  RgJob *job = data;
  GError *error = NULL;

  for (guint i = 0; !g_cancellable_set_error_if_cancelled (rg_job_get_cancellable (job), &error); i++)
    {
      report_token (job, i);
      g_usleep (500);
    }
  rg_job_report_end (job, error);

  return NULL;
}

static void
cancel_at_third (RgJob *job,
                 RgToken *token,
                 gpointer data)
{
  if (rg_token_get_id (token) == 2)
    rg_job_cancel (job);
}

static void
test_cancel (void)
{
  g_autoptr (RgJob) job = rg_job_new ();
  GThread *thread;
  Listener listener;

  listen (&listener, job);
  g_signal_connect (job, "token", G_CALLBACK (cancel_at_third), NULL);
  thread = g_thread_new ("worker", work_until_cancelled, job);
  rg_job_wait (job);
  g_thread_join (thread);

  g_assert_cmpint (rg_job_get_state (job), ==, RG_JOB_CANCELLED);
  g_assert_error (rg_job_get_error (job), G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (rg_token_list_get_length (rg_job_get_tokens (job)), >=, 3);
  g_string_free (listener.events, TRUE);
}

static void
test_cancel_waiting (void)
{
  g_autoptr (RgJob) job = rg_job_new ();
  Listener listener;

  listen (&listener, job);
  rg_job_cancel (job);
  rg_job_wait (job);
  g_assert_cmpint (rg_job_get_state (job), ==, RG_JOB_CANCELLED);

  /* The worker comes to it later, and finds it over. */
  g_assert_false (rg_job_begin (job));
  report_token (job, 0);
  rg_job_report_end (job, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpstr (listener.events->str, ==, "sF");
  g_assert_cmpint (rg_job_get_state (job), ==, RG_JOB_CANCELLED);
  g_string_free (listener.events, TRUE);
}

static void
wait_inside (RgJob *job,
             RgToken *token,
             gpointer data)
{
  if (rg_token_get_id (token) == 0)
    {
      report_token (job, 2);
      rg_job_report_end (job, NULL);
      rg_job_wait (job);
    }
}

/* A handler that runs the main loop must not see later tokens before earlier ones. */
static void
test_nested (void)
{
  g_autoptr (RgJob) job = rg_job_new ();
  Listener listener;

  listen (&listener, job);
  g_signal_connect (job, "token", G_CALLBACK (wait_inside), NULL);
  report_token (job, 0);
  report_token (job, 1);
  rg_job_wait (job);
  while (g_main_context_iteration (NULL, FALSE))
    ;

  g_assert_cmpstr (listener.events->str, ==, "stttsF");
  g_assert_true (listener.in_order);
  g_string_free (listener.events, TRUE);
}

static gpointer
drop_last (gpointer data)
{
  g_object_unref (data);

  return NULL;
}

static void
test_finalize (void)
{
  RgJob *job = rg_job_new ();
  g_autoptr (RgPatchGrid) grid = grid_new ();
  gpointer watched;

  /* In a worker, with things reported that nobody will ever see. */
  watched = job;
  g_object_add_weak_pointer (G_OBJECT (job), &watched);
  rg_job_report_patch_grid (job, grid);
  report_token (job, 0);
  rg_job_report_line (job, "{}");
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_thread_join (g_thread_new ("worker", drop_last, job));
  g_assert_null (watched);

  /* Dropped by all while a flush is queued: the source is the last owner. */
  job = rg_job_new ();
  watched = job;
  g_object_add_weak_pointer (G_OBJECT (job), &watched);
  report_token (job, 0);
  rg_job_report_end (job, g_error_new_literal (RG_ERROR, RG_ERROR_VALUE, "No."));
  g_object_unref (job);
  g_assert_nonnull (watched);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_null (watched);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/engine/job/coalesced", test_coalesced);
  g_test_add_func ("/engine/job/order", test_order);
  g_test_add_func ("/engine/job/worker", test_worker);
  g_test_add_func ("/engine/job/fraction", test_fraction);
  g_test_add_func ("/engine/job/seconds", test_seconds);
  g_test_add_func ("/engine/job/cancel", test_cancel);
  g_test_add_func ("/engine/job/cancel-waiting", test_cancel_waiting);
  g_test_add_func ("/engine/job/nested", test_nested);
  g_test_add_func ("/engine/job/finalize", test_finalize);

  return g_test_run ();
}
