/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/tokenizer/detokenizer.h"

#include "engine/tokenizer/utf8.h"

struct _RgDetokenizer
{
  const RgTokenizer *tokenizer;
  gboolean skip_special;
  GString *pending; /* the beginning of a character, at most 3 bytes between calls */
  GString *text;    /* what the last call gave */
};

RgDetokenizer *
rg_detokenizer_new (const RgTokenizer *tokenizer, gboolean skip_special)
{
  RgDetokenizer *self = g_new0 (RgDetokenizer, 1);

  self->tokenizer = tokenizer;
  self->skip_special = skip_special;
  self->pending = g_string_new (NULL);
  self->text = g_string_new (NULL);

  return self;
}

void
rg_detokenizer_free (RgDetokenizer *self)
{
  g_string_free (self->pending, TRUE);
  g_string_free (self->text, TRUE);
  g_free (self);
}

const char *
rg_detokenizer_push (RgDetokenizer *self, guint32 id)
{
  gsize done = 0;

  g_string_truncate (self->text, 0);
  if (self->skip_special && rg_tokenizer_is_special (self->tokenizer, id))
    return self->text->str;
  rg_tokenizer_append_bytes (self->tokenizer, id, self->pending);
  while (done < self->pending->len)
    {
      gunichar code;
      gsize step = rg_utf8_step (self->pending->str + done, self->pending->len - done, &code);

      if (code == RG_UTF8_INCOMPLETE)
        break;
      g_string_append_unichar (self->text, code == RG_UTF8_INVALID || code == 0 ? 0xfffd : code);
      done += step;
    }
  g_string_erase (self->pending, 0, (gssize) done);

  return self->text->str;
}

const char *
rg_detokenizer_flush (RgDetokenizer *self)
{
  g_string_assign (self->text, self->pending->len > 0 ? "\xef\xbf\xbd" : "");
  g_string_truncate (self->pending, 0);

  return self->text->str;
}
