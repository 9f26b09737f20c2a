/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/explain/contrast.h"
#include "engine/train/batch.h"
#include "engine/train/evaluate.h"

/* What the bundled model's words are held against, where nobody says: words of the language that was spoken. */

#define N_SCENES 100
#define N_TO_LEARN 3000 /* scenes whose right answers tell which token is of which language */

typedef struct
{
  RgModel *model;
  RgPass *pass;
  RgRecipe world;
  RgBatch *batch;
  guint8 *languages; /* V: a bit for each language that has the token */
} Fixture;

/* Returns: (transfer full): a question and its right answer; without words where there is none about this scene */
static RgQuestion
write_question (const RgScene *scene, RgLanguage language, RgRandom *random)
{
  RgQuestion question = { 0 };
  RgQuestionKind kind = rg_random_below (random, RG_QUESTION_KIND_DESCRIBE);

  if (!rg_question_write (scene, kind, language, random, &question) || question.object < 0)
    rg_question_clear (&question);

  return question;
}

static void
learn_languages (Fixture *self)
{
  RgRandom random;

  rg_random_init (&random, 2, 0);
  for (guint i = 0; i < N_TO_LEARN; i++)
    {
      g_autoptr (RgScene) scene = rg_scene_new_random (&self->world.scenes, &random);

      for (RgLanguage language = 0; language < RG_N_LANGUAGES; language++)
        {
          RgQuestion question = { 0 };
          g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint32));

          if (!rg_question_write (scene, rg_random_below (&random, RG_QUESTION_KIND_OUTSIDE), language, &random, &question))
            continue;
          rg_model_append_answer (self->model, ids, question.answer);
          for (guint t = 0; t < ids->len; t++)
            self->languages[g_array_index (ids, guint32, t)] |= 1 << language;
          rg_question_clear (&question);
        }
    }
}

/* The last word of a right answer that the model would give. Returns: whether there is one */
static gboolean
find_word (Fixture *self, const RgQuestion *question, GArray *ids, RgExplained *answer, RgWord *word)
{
  RgTokenizer *tokenizer = rg_model_get_tokenizer (self->model);
  double whole;
  guint start;

  rg_model_append_question (self->model, ids, question->question);
  answer->first = ids->len;
  rg_model_append_answer (self->model, ids, question->answer);
  answer->ids = (const guint32 *) ids->data;
  answer->n_ids = ids->len;
  *word = (RgWord){ .n = ids->len - answer->first };
  if (!rg_explained_score (answer, answer->image, &whole, NULL) || whole < -G_LN2)
    return FALSE;

  for (start = ids->len - 2; start > answer->first && !g_str_has_prefix (rg_tokenizer_get_piece (tokenizer, answer->ids[start]), "Ġ");)
    start--;
  *word = (RgWord){ .first = start - answer->first, .n = ids->len - 1 - start };

  return TRUE;
}

static void
fixture_init (Fixture *self)
{
  g_autofree char *dir = g_build_filename (g_getenv ("REGARD_DATADIR"), "model", NULL);
  g_autofree char *recipe = g_build_filename (dir, "recipe.ini", NULL);

  self->model = rg_model_load (dir, FALSE, NULL, NULL);
  g_assert_nonnull (self->model);
  g_assert_true (rg_recipe_read (&self->world, recipe, NULL));
  self->world.part = 1;
  self->pass = rg_pass_new (NULL, RG_PRECISION_F32);
  self->batch = rg_batch_new (&self->world);
  self->languages = g_malloc0 (rg_model_get_config (self->model)->text.vocabulary_size);
  learn_languages (self);
}

static void
fixture_clear (Fixture *self)
{
  g_free (self->languages);
  rg_batch_free (self->batch);
  rg_pass_free (self->pass);
  rg_model_free (self->model);
}

static void
test_language (void)
{
  guint n[RG_N_LANGUAGES] = { 0 }, n_right[RG_N_LANGUAGES] = { 0 };
  Fixture self;

  fixture_init (&self);
  for (guint i = 0; i < N_SCENES; i++)
    {
      RgRandom random;
      RgPixelValues pixels = rg_pixel_values_borrow (self.world.model.vision.image_size, self.batch->pixels);
      g_autoptr (RgScene) scene = NULL;
      g_autoptr (RgImageState) image = NULL;

      rg_random_init (&random, 1, i);
      scene = rg_batch_picture (self.batch, &self.world, &random, 1);
      image = rg_model_see (self.model, self.pass, &pixels, NULL, NULL, NULL);
      for (RgLanguage language = 0; language < RG_N_LANGUAGES; language++)
        {
          RgQuestion question = write_question (scene, language, &random);
          g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint32));
          RgWord word;
          RgExplained answer = { .model = self.model, .pass = self.pass, .image = image, .pixels = &pixels, .words = &word, .n_words = 1 };
          RgContrast contrast;

          if (question.question == NULL)
            continue;
          if (find_word (&self, &question, ids, &answer, &word))
            {
              g_autofree char *other = NULL;

              g_assert_true (rg_contrast_find (&answer, "", &contrast, NULL));
              other = rg_contrast_dup_text (&answer, 0, &contrast, "");
              n[language]++;
              n_right[language] += (self.languages[contrast.id] >> language & 1) != 0;
              g_test_message ("%s → %s, rather than “%s”", question.question, question.answer, other);
            }
          rg_question_clear (&question);
        }
    }
  for (RgLanguage language = 0; language < RG_N_LANGUAGES; language++)
    {
      g_test_message ("%s: %u of %u", rg_language_get_code (language), n_right[language], n[language]);
      g_assert_cmpuint (n[language], >, N_SCENES / 3);
      g_assert_cmpuint (10 * n_right[language], >=, 9 * n[language]);
    }
  fixture_clear (&self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/contrast/language", test_language);

  return g_test_run ();
}
