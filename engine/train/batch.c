/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/train/batch.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/error.h"
#include "engine/tensor/vector-math.h"
#include "engine/train/dialogue.h"
#include "engine/train/phrase.h"

#define EASY_OBJECTS 2 /* most objects of an easy scene */
#define EASY_SIZE 0.25 /* smallest object of an easy scene */
#define OWNED 0.5      /* a patch says a word where this part of it or more is the object's, */
#define BACKGROUND 0.9 /* and nothing where more than this belongs to none */
#define NARROWEST 0.5  /* shorter side of a picture that is not square */
#define UNKNOWN (-1)

RgLanguage
rg_concept_get_language (RgConcept concept)
{
  return concept == RG_CONCEPT_KIND_EN || concept == RG_CONCEPT_COLOR_EN ? RG_LANGUAGE_EN : RG_LANGUAGE_FR;
}

/* Kinds or colours of the world, those of a list of words. */
static guint64
concept_members (const RgSceneOptions *world, RgConcept concept)
{
  return concept <= RG_CONCEPT_KIND_FR ? world->kinds : world->colors;
}

/* Returns: which word of the list @member is */
static guint
find_place (guint64 members, guint member)
{
  return __builtin_popcountll (members & ((G_GUINT64_CONSTANT (1) << member) - 1));
}

gboolean
rg_words_find (RgWords *self, const RgRecipe *recipe, RgTokenizer *tokenizer, GError **error)
{
  for (guint concept = 0; concept < RG_N_CONCEPTS; concept++)
    {
      gboolean is_kind = concept <= RG_CONCEPT_KIND_FR;
      RgLanguage language = rg_concept_get_language (concept);
      guint64 members = recipe->languages & 1u << language ? concept_members (&recipe->scenes, concept) : 0;

      self->n[concept] = 0;
      for (guint i = 0; members >> i != 0; i++)
        if (members >> i & 1)
          {
            const char *word = is_kind ? rg_kind_get_noun (i, language, FALSE) : rg_color_get_adjective (i, language, FALSE, FALSE);
            g_autoptr (GArray) ids = rg_tokenizer_encode (tokenizer, word, -1, RG_ENCODE_RAW);

            if (ids->len != 1)
              {
                g_set_error (error, RG_ERROR, RG_ERROR_VALUE, _ ("“%s” is not one token of the vocabulary; make the vocabulary larger"), word);
                return FALSE;
              }
            self->ids[concept][self->n[concept]++] = g_array_index (ids, guint32, 0);
          }
    }

  return TRUE;
}

RgBatch *
rg_batch_new (const RgRecipe *recipe)
{
  RgBatch *self = g_new0 (RgBatch, 1);
  gsize n = recipe->part, side = recipe->model.vision.image_size, n_patches = rg_vision_config_n_patches (&recipe->model.vision);

  self->n = n;
  self->side = side;
  self->image_offsets = g_new (guint, n + 1);
  self->memory_offsets = g_new (guint, n + 1);
  self->text_offsets = g_new0 (guint, n + 1);
  self->row_offsets = g_new0 (guint, n + 1);
  self->caption_offsets = g_new0 (guint, n + 1);
  for (gsize i = 0; i <= n; i++)
    {
      self->image_offsets[i] = i * n_patches;
      self->memory_offsets[i] = i * (1 + n_patches);
    }
  for (guint concept = 0; concept < RG_N_CONCEPTS; concept++)
    self->patches[concept] = g_new (int, n *n_patches);
  self->ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->captions = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->rows = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->targets = g_array_new (FALSE, FALSE, sizeof (int));
  self->renderer = rg_scene_renderer_new ();
  self->rgb = g_new (guint8, n * side * side * 3);
  self->widths = g_new (guint, n);
  self->heights = g_new (guint, n);
  self->pixels = g_new (float, side *side * 3);
  self->owner = g_new (guint8, side * side);

  return self;
}

void
rg_batch_free (RgBatch *self)
{
  if (self == NULL)
    return;

  g_free (self->image_offsets);
  g_free (self->memory_offsets);
  g_free (self->text_offsets);
  g_free (self->row_offsets);
  g_free (self->caption_offsets);
  for (guint concept = 0; concept < RG_N_CONCEPTS; concept++)
    g_free (self->patches[concept]);
  g_array_unref (self->ids);
  g_array_unref (self->captions);
  g_array_unref (self->rows);
  g_array_unref (self->targets);
  rg_scene_renderer_free (self->renderer);
  g_free (self->rgb);
  g_free (self->widths);
  g_free (self->heights);
  g_free (self->pixels);
  g_free (self->owner);
  g_free (self);
}

/* Puts the owner mask of a picture of w × h into the middle of the square. */
static void
center_owner (RgBatch *self, gsize w, gsize h)
{
  gsize left = (self->side - w) / 2, top = (self->side - h) / 2;
  g_autofree guint8 *narrow = NULL;

  if (w == self->side && h == self->side)
    return;

  narrow = g_memdup2 (self->owner, w * h);
  memset (self->owner, RG_OWNER_NONE, self->side * self->side);
  for (gsize y = 0; y < h; y++)
    memcpy (self->owner + (top + y) * self->side + left, narrow + y * w, w);
}

void
rg_batch_get_pixels (const RgBatch *self, guint index, float *pixels)
{
  gsize side = self->side, w = self->widths[index], h = self->heights[index];
  const guint8 *rgb = self->rgb + index * side * side * 3;

  if (w < side || h < side)
    memset (pixels, 0, side * side * 3 * sizeof (float)); /* mid-grey */

  for (gsize y = 0; y < h; y++)
    {
      float *row = pixels + (((side - h) / 2 + y) * side + (side - w) / 2) * 3;

      for (gsize i = 0; i < w * 3; i++)
        row[i] = rgb[y * w * 3 + i] * (2.0f / 255) - 1.0f;
    }
}

/* Draws picture @index and the owner mask. */
static RgScene *
draw_picture (RgBatch *self, const RgRecipe *recipe, RgRandom *random, double hard, guint index)
{
  RgSceneOptions options = recipe->scenes;
  gsize side = recipe->model.vision.image_size;
  RgScene *scene;

  if (rg_random_uniform (random) >= hard)
    {
      options.max_objects = MIN (options.max_objects, EASY_OBJECTS);
      options.min_objects = MIN (options.min_objects, options.max_objects);
      options.min_size = MIN (MAX (options.min_size, EASY_SIZE), options.max_size);
      options.degrade = FALSE;
    }

  if (rg_random_uniform (random) < recipe->aspect)
    {
      guint narrow = side * rg_random_range (random, NARROWEST, 1);

      if (rg_random_uniform (random) < 0.5)
        options.width = narrow;
      else
        options.height = narrow;

      /* The smallest object keeps its size in pixels: sizes are fractions of the shorter side. */
      options.min_size *= (double) side / narrow;
      options.max_size = MAX (options.min_size, options.max_size);
    }

  scene = rg_scene_new_random (&options, random);
  rg_scene_render (self->renderer, scene, self->rgb + index * side * side * 3, self->owner);
  center_owner (self, options.width, options.height);
  self->widths[index] = options.width;
  self->heights[index] = options.height;

  return scene;
}

RgScene *
rg_batch_picture (RgBatch *self, const RgRecipe *recipe, RgRandom *random, double hard)
{
  RgScene *scene = draw_picture (self, recipe, random, hard, 0);

  rg_batch_get_pixels (self, 0, self->pixels);

  return scene;
}

/* In a row of patches, gives those without an owner yet that have @least pixels of @owner to it. */
RG_VECTORISED static void
claim (const guint8 *mask, gsize side, gsize patch, guint8 owner, gsize least, guint16 *columns, int *owners)
{
  memset (columns, 0, side * sizeof *columns);
  for (gsize y = 0; y < patch; y++)
    for (gsize x = 0; x < side; x++)
      columns[x] += mask[y * side + x] == owner;

  for (gsize col = 0; col < side / patch; col++)
    {
      gsize n = 0;

      for (gsize x = col * patch; x < (col + 1) * patch; x++)
        n += columns[x];
      if (n >= least && owners[col] == UNKNOWN)
        owners[col] = owner;
    }
}

/* Which object each patch shows: its index, RG_OWNER_NONE for background, UNKNOWN where it is mixed. */
static void
find_owners (const RgBatch *self, guint n_objects, gsize side, gsize patch, int *owners)
{
  gsize grid = side / patch, area = patch * patch;
  g_autofree guint16 *columns = g_new (guint16, side);

  for (gsize p = 0; p < grid * grid; p++)
    owners[p] = UNKNOWN;
  for (gsize p = 0; p < grid * grid; p += grid)
    {
      for (guint i = 0; i < n_objects; i++)
        claim (self->owner + p * area, side, patch, i, (gsize) ceil (OWNED * area), columns, owners + p);
      claim (self->owner + p * area, side, patch, RG_OWNER_NONE, (gsize) (BACKGROUND * area) + 1, columns, owners + p);
    }
}

/* Most patches are background and learned at once; only as many of them count as patches of objects, about. */
static void
label_patches (RgBatch *self, const RgRecipe *recipe, const RgScene *scene, guint index, RgRandom *random)
{
  gsize side = recipe->model.vision.image_size, patch = recipe->model.vision.patch_size, grid = side / patch, n_objects = 0;
  g_autofree int *owners = g_new (int, grid *grid);

  find_owners (self, scene->objects->len, side, patch, owners);
  for (gsize p = 0; p < grid * grid; p++)
    n_objects += owners[p] != UNKNOWN && owners[p] != RG_OWNER_NONE;

  for (gsize p = 0; p < grid * grid; p++)
    {
      int owner = owners[p];
      gsize at = index * grid * grid + p;

      if (owner == RG_OWNER_NONE && rg_random_uniform (random) * grid * grid > n_objects)
        owner = UNKNOWN;

      for (guint concept = 0; concept < RG_N_CONCEPTS; concept++)
        if (owner == UNKNOWN)
          self->patches[concept][at] = -1;
        else if (owner == RG_OWNER_NONE)
          self->patches[concept][at] = 0;
        else
          {
            const RgObject *object = rg_scene_get_object (scene, owner);

            self->patches[concept][at] = 1 + find_place (concept_members (&recipe->scenes, concept), concept <= RG_CONCEPT_KIND_FR ? object->kind : object->color);
          }
    }
}

/* Appends a conversation, and for each token of an answer the row that has to predict it. */
static void
add_dialogue (RgBatch *self, const RgRecipe *recipe, const RgModel *model, GPtrArray *questions)
{
  guint start = self->ids->len;
  g_autoptr (GArray) text = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < questions->len; i++)
    {
      const RgQuestion *question = g_ptr_array_index (questions, i);
      guint before = text->len, asked;

      rg_model_append_question (model, text, question->question);
      asked = text->len;
      rg_model_append_answer (model, text, question->answer);

      if (text->len > recipe->max_tokens)
        {
          g_array_set_size (text, before);
          break;
        }

      for (guint t = asked; t < text->len; t++)
        {
          guint32 row = start + t - 1;
          int target = g_array_index (text, guint32, t);

          g_array_append_val (self->rows, row);
          g_array_append_val (self->targets, target);
        }
    }

  /* A conversation that nothing fits into still needs a row. */
  if (text->len == 0)
    g_array_append_val (text, rg_model_get_config (model)->bos);

  g_array_append_vals (self->ids, text->data, MAX (text->len - 1, 1));
}

static void
add_caption (RgBatch *self, const RgModel *model, const RgScene *scene, RgLanguage language, RgRandom *random)
{
  RgQuestion question = { 0 };

  if (rg_question_write (scene, RG_QUESTION_KIND_DESCRIBE, language, random, &question))
    rg_model_append_answer (model, self->captions, question.answer);
  else
    g_array_append_val (self->captions, rg_model_get_config (model)->eos);

  rg_question_clear (&question);
}

static RgLanguage
pick_language (const RgRecipe *recipe, RgRandom *random)
{
  RgLanguage language;

  do
    language = rg_random_below (random, RG_N_LANGUAGES);
  while (!(recipe->languages & 1u << language));

  return language;
}

/* Forgets what it holds, if that is anything but pictures from @first on. */
static void
turn_to (RgBatch *self, guint64 first, double hard)
{
  if (self->first == first && self->hard == hard)
    return;

  self->first = first;
  self->hard = hard;
  self->n_drawn = 0;
  g_array_set_size (self->ids, 0);
  g_array_set_size (self->rows, 0);
  g_array_set_size (self->targets, 0);
  g_array_set_size (self->captions, 0);
}

gboolean
rg_batch_draw (RgBatch *self, const RgRecipe *recipe, const RgModel *model, guint64 first, double hard)
{
  g_autoptr (RgScene) scene = NULL;
  g_autoptr (GPtrArray) questions = NULL;
  RgLanguage language;
  RgRandom random;
  guint i;

  turn_to (self, first, hard);
  if (self->n_drawn == self->n)
    return FALSE;

  i = self->n_drawn++;
  rg_random_init (&random, recipe->seed, 1 + first + i);
  scene = draw_picture (self, recipe, &random, hard, i);
  label_patches (self, recipe, scene, i, &random);

  language = pick_language (recipe, &random);
  questions = rg_dialogue_write (scene, language, recipe->max_turns, &random);
  add_dialogue (self, recipe, model, questions);
  if (recipe->pair_weight > 0)
    add_caption (self, model, scene, language, &random);
  self->text_offsets[i + 1] = self->ids->len;
  self->row_offsets[i + 1] = self->rows->len;
  self->caption_offsets[i + 1] = self->captions->len;

  return TRUE;
}
