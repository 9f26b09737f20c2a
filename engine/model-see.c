/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a model looks at a picture; see model.h. */
#include "engine/model.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/decoder/sampler.h"
#include "engine/decoder/text-positions.h"
#include "engine/error.h"
#include "engine/image-state.h"

/* Rows of the text around the image tokens that are read in one go. */
#define CHUNK 256

/* Rows of views that are encoded together, where products are fast: weights are read once for all of them, and cancelling, which
 * waits for the end of a layer, still does not take long. */
#define MOST_ROWS 2048

/* Of the work on a picture, the part that the encoder does where the decoder reads image tokens afterwards. */
#define ENCODER_SHARE 0.9

/* One look, with what its progress needs. */
typedef struct
{
  RgModel *model;
  RgPass *pass;
  const RgPixelValues *pixels;
  RgImageState *state;
  RgLayerFunc each_layer;
  gpointer data;
  double from, share; /* of the whole work: what is done, and what is being done */
} Look;

static gboolean
report (double fraction, gpointer data)
{
  const Look *self = data;

  return self->each_layer == NULL || self->each_layer (self->from + fraction * self->share, self->data);
}

static gboolean
set_look_cancelled (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Looking at the picture was cancelled"));

  return FALSE;
}

RgTensor *
rg_model_get_views (const RgModel *self, RgPass *pass, const RgPixelValues *pixels, guint first, guint n)
{
  const RgVisionConfig *config = &rg_model_get_config (self)->vision;
  gsize n_view = pixels->n_values / pixels->n_views;

  /* Tiles that see one another are one picture. */
  if (config->max_tiles > 0)
    return rg_vision_config_views (config, pass, pixels->width, pixels->height * pixels->n_views, pixels->values, 1);

  return rg_vision_config_views (config, pass, pixels->width, pixels->height, pixels->values + first * n_view, n);
}

/* Views @first … @first + @n − 1. Returns: (nullable): their tokens, (n · P_view) × D_text */
static RgTensor *
encode_views (Look *self, guint first, guint n)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  guint width = self->pixels->width, height = self->pixels->height, n_rows = rg_vision_config_count_rows (&config->vision, width, height);
  guint offsets[MOST_ROWS + 1];
  RgTensor *x;

  for (guint i = 0; i <= n; i++)
    offsets[i] = i * n_rows;
  rg_pass_reset (self->pass);
  x = rg_vision_encoder_forward (self->pass, rg_model_get_encoder (self->model), &config->vision, rg_model_get_views (self->model, self->pass, self->pixels, first, n), &(RgVisionRun){ .n_images = n, .offsets = offsets, .width = width, .height = height, .tile_rows = self->pixels->rows, .tile_cols = self->pixels->cols, .each_layer = report, .data = self });

  return x != NULL ? rg_projector_forward (self->pass, rg_model_get_projector (self->model), &config->projector, x, n) : NULL;
}

/* Encodes a few views at a time, so that memory does not grow with their number. Returns: whether the state has the tokens of all */
static gboolean
encode (Look *self, GError **error)
{
  const RgVisionConfig *config = &rg_model_get_config (self->model)->vision;
  const RgPixelValues *pixels = self->pixels;
  guint n_rows = rg_vision_config_count_rows (config, pixels->width, pixels->height), n_views = config->max_tiles > 0 ? 1 : pixels->n_views;
  gboolean is_fast = self->pass->precision == RG_PRECISION_FAST && rg_gemm_rounds (RG_PRECISION_FAST);
  guint n_together = is_fast ? CLAMP (MOST_ROWS / n_rows, 1, n_views) : 1, n;
  RgTensor *all = &self->state->tokens;
  double whole = self->share;

  for (guint view = 0; view < n_views; view += n)
    {
      RgTensor *x;

      n = MIN (n_views - view, n_together);
      self->from = whole * view / n_views;
      self->share = whole * n / n_views;
      x = encode_views (self, view, n);
      if (x == NULL)
        return set_look_cancelled (error);

      if (view == 0)
        *all = (RgTensor){ .rows = x->rows / n * n_views, .cols = x->cols, .data = g_new (float, x->rows / n * n_views * x->cols) };
      memcpy (all->data + view * (x->rows / n) * x->cols, x->data, x->rows * x->cols * sizeof (float));
    }
  self->from = whole;

  return TRUE;
}

/* Cross-attention's keys and values, of those layers that look at the picture. The first row, of each tile, may be no patch: a null
 * key, or that of the whole picture. Of tiles at once, rows of those that the picture has not stand behind. */
static void
remember (Look *self)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  RgImageState *state = self->state;
  gboolean is_asked = config->question_encoder.n_layers > 0;
  RgDecoder *looking = is_asked ? rg_model_get_question_encoder (self->model) : rg_model_get_decoder (self->model);
  const RgTextConfig *text = is_asked ? &config->question_encoder : &config->text;
  RgKeptRows *memories = is_asked ? &state->question_memories : &state->memories;
  RgTensor *tokens = rg_pass_input (self->pass, state->tokens.rows, state->tokens.cols, state->tokens.data);
  RgTensor *memory = rg_projector_remember (self->pass, rg_model_get_projector (self->model), &config->projector, tokens, 1); /* (1 + P) × D, or P × D */
  guint n_before = config->projector.remembers || config->vision.class_token ? 1 : 0, max_tiles = config->vision.max_tiles;
  guint n_tile = memory->rows / MAX (max_tiles, 1), n_patches = n_tile - n_before;

  if (is_asked)
    rg_kept_rows_init (memories, text->n_layers, rg_block_config_cache_width (&text->block));
  for (guint i = 0; i < text->n_layers; i++)
    if (!rg_text_config_looks (text, i))
      memories->layers[i].cols = 0;
  rg_kept_rows_resize (memories, self->pass->precision, memory->rows);
  for (guint i = 0; i < text->n_layers; i++)
    if (rg_text_config_looks (text, i))
      {
        RgBlockConfig block = rg_text_config_get_block (text, i);
        RgArenaMark mark = rg_arena_mark (self->pass->arena);
        const RgTensor *rows = rg_block_remember (self->pass, &looking->layers[i], &block, memory);

        rg_kept_rows_write (&memories->layers[i], 0, 0, rows->cols, rows->data, rows->cols, rows->rows);
        rg_arena_release (self->pass->arena, mark);
      }

  state->n_padding = max_tiles > 0 ? (max_tiles - self->pixels->n_views) * n_tile : 0;
  state->n_patches = n_patches * (max_tiles > 0 ? self->pixels->n_views : 1);
  state->places = g_new (guint32, state->n_patches);
  for (guint p = 0; p < state->n_patches; p++)
    state->places[p] = p / n_patches * n_tile + n_before + p % n_patches;
}

/* Before anything is computed. */
static guint
count_image_tokens (const Look *self)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  guint side = rg_model_config_get_token_size (config);

  return self->pixels->n_views * (self->pixels->width / side) * (self->pixels->height / side);
}

/* The text from its beginning to the last image token. Returns: (transfer full) (nullable): its ids */
static GArray *
write_prefix (const Look *self, guint n_tokens, GError **error)
{
  const RgPromptFormat *format = rg_model_get_prompt_format (self->model);
  const RgTokenizer *tokenizer = rg_model_get_tokenizer (self->model);
  const RgPixelValues *pixels = self->pixels;
  RgPromptPicture picture = { pixels->rows, pixels->cols, n_tokens / pixels->n_views };
  g_autofree char *prompt = rg_prompt_format_render (format, tokenizer, &(RgPromptTurn){ "?", 1, NULL }, 1, error);
  g_autofree char *expanded = prompt != NULL ? rg_prompt_format_expand (format, prompt, &picture, 1, error) : NULL;
  guint32 image_token;
  GArray *ids = expanded != NULL ? rg_prompt_format_encode (format, tokenizer, expanded, &image_token, error) : NULL;

  while (ids != NULL && ids->len > 0 && g_array_index (ids, guint32, ids->len - 1) != image_token)
    g_array_set_size (ids, ids->len - 1);

  return ids;
}

static gboolean
check_prefix (const Look *self, const GArray *ids, guint n_tokens, GError **error)
{
  guint max_positions = rg_model_get_config (self->model)->text.max_positions;

  if (self->state->n_patches != n_tokens)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("The text of this model has room for %u image tokens, but the picture has %u."), self->state->n_patches, n_tokens);
      return FALSE;
    }

  if (ids->len + 2 > max_positions)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_LIMIT, _ ("This picture takes %u tokens, but the model reads at most %u."), ids->len, max_positions);
      return FALSE;
    }

  return TRUE;
}

/* How many rows to read from @done on; @run: (out): which of them see one another, all of which are read in one go. */
static guint
count_chunk (const Look *self, guint done, guint n_ids, RgDecoderRun *run)
{
  const RgImageState *state = self->state;
  guint n = MIN (n_ids - done, CHUNK), first, end;

  if (!rg_model_get_config (self->model)->text.mutual_image || state->n_patches == 0)
    return n;

  first = state->places[0];
  end = state->places[state->n_patches - 1] + 1;
  if (done > first || done + n <= first)
    return n;
  run->mutual_first = first;
  run->mutual_end = end;

  return MAX (n, end - done);
}

/* Reads the text with the image tokens in it; what its self-attention leaves in the caches is the memory. Nobody wants what
 * comes out of the last layer, so it gives one row only. */
static gboolean
read_prefix (Look *self, const GArray *ids, GError **error)
{
  const RgTextConfig *config = &rg_model_get_config (self->model)->text;
  RgImageState *state = self->state;
  g_autofree RgBlockCache *caches = g_new0 (RgBlockCache, state->n_layers);
  g_autofree guint32 *rows = g_new (guint32, ids->len);
  guint32 last = 0;
  guint wanted_offsets[] = { 0, 1 }, token = 0;

  state->positions = rg_text_positions_new (rg_model_get_config (self->model), self->pixels, (const guint32 *) ids->data, ids->len, &state->next);
  rg_kept_rows_resize (&state->memories, self->pass->precision, ids->len);
  for (guint i = 0; i < state->n_layers; i++)
    caches[i].rows = state->memories.layers[i];

  for (guint done = 0, n; done < ids->len; done += n)
    {
      guint offsets[] = { 0, 0 }, first = token;
      RgDecoderRun run = { .ids = (const guint32 *) ids->data + done, .n_texts = 1, .offsets = offsets, .image_rows = rows, .caches = caches, .wanted = &(RgRowChoice){ &last, 1, wanted_offsets } };
      RgTensor tokens;

      n = count_chunk (self, done, ids->len, &run);
      offsets[1] = n;
      while (token < state->n_patches && state->places[token] < done + n)
        {
          rows[token - first] = state->places[token] - done;
          token++;
        }
      tokens = (RgTensor){ .rows = token - first, .cols = state->tokens.cols, .data = state->tokens.data + first * state->tokens.cols };

      run.n = n;
      run.image_tokens = &tokens;
      run.positions = state->positions != NULL ? state->positions + done * RG_ROTARY_AXES : NULL;
      rg_pass_reset (self->pass);
      if (rg_decoder_forward (self->pass, rg_model_get_decoder (self->model), config, &run) == NULL ||
          !report ((done + n) / (double) ids->len, self))
        return set_look_cancelled (error);
    }

  return TRUE;
}

/* Where image tokens stand in the text: whether it has room for them. */
static gboolean
plan_prefix (Look *self, GError **error)
{
  guint n_tokens = count_image_tokens (self);
  RgImageState *state = self->state;
  guint32 image_token;

  state->places = g_new (guint32, n_tokens);
  state->prefix = write_prefix (self, n_tokens, error);
  if (state->prefix == NULL)
    return FALSE;

  image_token = state->prefix->len > 0 ? g_array_index (state->prefix, guint32, state->prefix->len - 1) : 0;
  for (guint i = 0; i < state->prefix->len; i++)
    if (g_array_index (state->prefix, guint32, i) == image_token && state->n_patches++ < n_tokens)
      state->places[state->n_patches - 1] = i;

  return check_prefix (self, self->state->prefix, n_tokens, error);
}

/* Where the picture's mark stands in a text that looks at it: only rows from there on are about it. */
static gboolean
find_mark (Look *self, GError **error)
{
  g_autoptr (GArray) ids = NULL;

  if (rg_model_get_config (self->model)->text.looking_layers == 0)
    return TRUE;

  ids = write_prefix (self, count_image_tokens (self), error);
  if (ids == NULL)
    return FALSE;
  self->state->n_blind = MAX (ids->len, 1) - 1;

  return TRUE;
}

static gboolean
read_image_tokens (Look *self, GError **error)
{
  RgImageState *state = self->state;

  g_assert (state->tokens.rows == state->n_patches);
  self->share = 1 - self->from;

  return rg_model_get_config (self->model)->text.sees_prompt || read_prefix (self, state->prefix, error);
}

/* What the model takes for the beginning of a text in this sound says which language is spoken in it. */
static gboolean
hear_language (Look *self, GError **error)
{
  const RgModelConfig *config = rg_model_get_config (self->model);
  g_autoptr (RgTextState) text = rg_text_state_new (self->model);
  g_autofree float *logits = g_new (float, config->text.vocabulary_size);

  if (config->n_languages == 0)
    return TRUE;
  if (!rg_model_read (self->model, self->pass, self->state, text, &config->bos, 1, logits, NULL, error))
    return FALSE;

  self->state->language = config->first_language + rg_logits_find_best (logits + config->first_language, config->n_languages);

  return TRUE;
}

static gboolean
check_pixels (const RgModelConfig *config, const RgPixelValues *pixels, GError **error)
{
  guint side = config->vision.image_size, max_tiles = config->vision.max_tiles;
  gboolean may_have_views = max_tiles > 0 || (side > 0 && !config->text.block.cross);

  if (max_tiles > 0 && (rg_tiles_find_shape (max_tiles, pixels->rows, pixels->cols) == 0 || pixels->rows * pixels->cols != pixels->n_views))
    {
      g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("This model looks at pictures of at most %u tiles side by side, not at %u in %u rows of %u."), max_tiles, pixels->n_views, pixels->rows, pixels->cols);
      return FALSE;
    }

  if (rg_vision_config_fits (&config->vision, pixels->width, pixels->height) && (pixels->n_views == 1 || may_have_views))
    return TRUE;

  if (side == 0)
    {
      g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("This model looks at one picture whose sides are multiples of %u pixels, not at %u of %u × %u."), config->vision.patch_size * config->vision.block_size, pixels->n_views, pixels->width, pixels->height);
      return FALSE;
    }

  g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("This model looks at pictures of %u × %u pixels, not %u × %u."), side, config->vision.n_bands > 0 ? config->vision.n_bands : side, pixels->width, pixels->height);

  return FALSE;
}

static gboolean
check_grid (const RgImageState *state, const RgPatchGrid *grid, GError **error)
{
  if (grid == NULL || rg_patch_grid_get_n_patches (grid) == state->n_patches)
    return TRUE;

  g_set_error (error, RG_ERROR, RG_ERROR_SHAPE, _ ("%s makes %u image tokens of this picture, but the model %u."), RG_MODEL_PREPROCESSOR, rg_patch_grid_get_n_patches (grid), state->n_patches);

  return FALSE;
}

RgImageState *
rg_model_see (RgModel *self, RgPass *pass, const RgPixelValues *pixels, RgLayerFunc each_layer, gpointer data, GError **error)
{
  const RgModelConfig *config = rg_model_get_config (self);
  gboolean in_text = !config->text.block.cross;
  g_autoptr (RgImageState) state = g_new0 (RgImageState, 1);
  Look look = { self, pass, pixels, state, each_layer, data, .share = in_text ? ENCODER_SHARE : 1 };

  state->n_layers = config->text.n_layers;
  rg_kept_rows_init (&state->memories, state->n_layers, rg_block_config_cache_width (&config->text.block));
  if (!check_pixels (config, pixels, error) || !(in_text ? plan_prefix (&look, error) : find_mark (&look, error)) || !encode (&look, error))
    return NULL;

  if (!in_text)
    remember (&look);
  if (in_text ? !read_image_tokens (&look, error) : !hear_language (&look, error))
    return NULL;

  return check_grid (state, pixels->grid, error) ? g_steal_pointer (&state) : NULL;
}
