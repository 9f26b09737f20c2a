/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/engine.h"
#include "engine/explain/method.h"

/* The explainer: all that is found out about an answer's words, in one go, with progress: the maps of one method, what each
 * word depends on, and the test of the maps. The window and the command line have it through rg_engine_explain(). */

G_BEGIN_DECLS

/**
 * rg_explainer_run:
 * @answer: its each_run is not used
 * @grid: of the answer's picture
 * @options: as for rg_engine_explain()
 * @job: told of the stages EXPLAIN and VERIFY and of the explanation; not ended
 *
 * Any thread; the pass has the job's cancellable. Returns: %FALSE with %G_IO_ERROR_CANCELLED
 */
gboolean rg_explainer_run (const RgExplained *answer, RgPatchGrid *grid, const RgExplainOptions *options, RgJob *job, GError **error);

G_END_DECLS
