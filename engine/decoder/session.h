/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/engine.h"
#include "engine/job.h"
#include "engine/model.h"

/* The generation session: questions about one picture. It keeps what was computed for the picture and for the text read so
 * far, so that a further question reads only what is new. */

G_BEGIN_DECLS

/** RgSession: belongs to one thread. */
typedef struct _RgSession RgSession;

/**
 * rg_session_new:
 * @model: borrowed, must outlive it
 * @image: (transfer full): the picture
 *
 * Returns: (transfer full): a session in which nothing was asked
 */
RgSession *rg_session_new (RgModel *model, RgImageState *image) G_GNUC_WARN_UNUSED_RESULT;
void rg_session_free (RgSession *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgSession, rg_session_free)

/**
 * rg_session_answer:
 * @pass: of the model's thread; its cancellable is the job's
 * @prompt: (element-type guint32): from rg_prompt_new()
 * @given: (nullable): the answer is this, whatever the model would say
 * @job: told of the stages PREFILL and DECODE and of each token; not ended
 *
 * Reads what @prompt has beyond the text read before, then writes until <eos>, @sampling's limit or the last position.
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED, after which the session can be asked again, or %RG_ERROR_VALUE where the
 *   model's numbers are not finite or it has no tokens for @given, or %RG_ERROR_LIMIT where @given is too long for it
 */
gboolean rg_session_answer (RgSession *self, RgPass *pass, GArray *prompt, const char *given, const RgSampling *sampling, RgJob *job, GError **error);

/**
 * rg_session_write: as rg_session_answer(), always the likeliest token, without anybody looking on.
 * @pass: its cancellable is looked at
 *
 * Returns: (transfer full) (nullable): the answer's text; %NULL with the errors of rg_session_answer()
 */
char *rg_session_write (RgSession *self, RgPass *pass, GArray *prompt, guint max_tokens, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** rg_session_get_image: Returns: (transfer none): the picture. */
RgImageState *rg_session_get_image (const RgSession *self);

/** rg_session_get_n_read: Returns: how many tokens were read since the session began; a measure of what was reused. */
guint64 rg_session_get_n_read (const RgSession *self);

G_END_DECLS
