/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/library.h"

#include <glib/gstdio.h>
#include <math.h>
#include <unistd.h>

#include "engine/error.h"
#include "engine/families/family.h"
#include "engine/library/family-table.h"
#include "engine/library/model-places.h"
#include "engine/model-folder.h"
#include "tests/fixture.h"
#include "tests/tiny-gguf.h"
#include "tests/tiny-model.h"

typedef struct
{
  char *dir;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->dir = g_dir_make_tmp ("regard-library-XXXXXX", NULL);
}

static void
remove_all (const char *path)
{
  if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    {
      g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
      const char *name;

      while ((name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *child = g_build_filename (path, name, NULL);

          remove_all (child);
        }
    }
  g_remove (path);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  remove_all (self->dir);
  g_free (self->dir);
}

/* Returns: (transfer full): a path in the fixture's room, whose folder was made. */
static char *
place (Fixture *self, const char *name)
{
  char *path = g_build_filename (self->dir, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);

  return path;
}

static void
put (Fixture *self, const char *name, const char *text)
{
  g_autofree char *path = place (self, name);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* The model at @name in the fixture's room has a reason with @said in it. */
static void
check_refused (Fixture *self, const char *name, const char *said)
{
  g_autofree char *path = g_build_filename (self->dir, name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (RgModelDescription) model = rg_model_description_read (path, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (model->uses, ==, RG_MODEL_USE_NONE);
  g_assert_nonnull (model->reason);
  if (strstr (model->reason, said) == NULL)
    g_error ("“%s” does not say “%s”", model->reason, said);
}

/* --- one model ---------------------------------------------------------------------------------------------------- */

static void
test_runnable (Fixture *self, gconstpointer data)
{
  g_autofree char *folder = place (self, "tiny/x");
  g_autofree char *dir = g_path_get_dirname (folder);
  g_autofree char *weights = g_build_filename (dir, RG_MODEL_WEIGHTS, NULL);
  g_autoptr (RgModel) made = tiny_model_new (dir, 1, 1);
  g_autoptr (RgModelDescription) model = rg_model_description_read (dir, NULL, NULL, NULL);
  g_autoptr (RgModelDescription) by_file = rg_model_description_read (weights, NULL, NULL, NULL);

  g_assert_null (model->reason);
  g_assert_cmpint (model->uses, ==, RG_MODEL_USE_ANSWER | RG_MODEL_USE_EMBED);
  g_assert_cmpstr (model->family, ==, "Regard");
  g_assert_cmpstr (model->name, ==, "tiny");
  g_assert_cmpstr (model->weight_type, ==, "F32");
  g_assert_cmpuint (model->n_parameters, ==, rg_parameters_count (rg_model_get_parameters (made)));
  g_assert_cmpuint (model->memory_bytes, >, model->file_bytes);
  g_assert_cmpuint (model->n_patches, ==, 16);
  g_assert_cmpstr (by_file->path, ==, dir);
}

static void
test_gguf (Fixture *self, gconstpointer data)
{
  g_autofree char *text = place (self, "pair/text.gguf");
  g_autofree char *vision = place (self, "pair/mmproj-text.gguf");
  g_autofree char *unknown = place (self, "other/mmproj-x.gguf");
  g_autofree char *lone = place (self, "lone/mmproj-x.gguf");
  g_autofree char *blind = place (self, "blind/x.gguf");
  g_autofree char *cut = place (self, "cut/x.gguf");
  g_autoptr (RgModelDescription) model = NULL;
  g_autoptr (RgModelDescription) by_hand = NULL;

  tiny_gguf_write (text, NULL, 0);
  tiny_gguf_write (vision, "idefics3", 0);
  tiny_gguf_write (lone, "idefics3", 0);
  tiny_gguf_write (unknown, "crystal", 0);
  tiny_gguf_write (blind, NULL, 0);
  tiny_gguf_write (cut, NULL, 100);

  model = rg_model_description_read (vision, NULL, NULL, NULL);
  g_assert_cmpstr (model->path, ==, text);
  g_assert_cmpstr (model->projector_path, ==, vision);
  g_assert_cmpstr (model->family, ==, "SmolVLM");
  g_assert_cmpuint (model->n_parameters, ==, 2 * TINY_GGUF_SIDE * TINY_GGUF_SIDE);
  by_hand = rg_model_description_read (blind, unknown, NULL, NULL);
  g_assert_cmpstr (by_hand->projector_path, ==, unknown);
  g_assert_nonnull (strstr (by_hand->reason, "crystal"));

  check_refused (self, "lone", "only the vision half");
  check_refused (self, "blind", "text-only");
  check_refused (self, "cut", "cut off");
}

static void
test_hostile (Fixture *self, gconstpointer data)
{
  g_autofree char *index = g_build_filename (self->dir, "shards", NULL);
  g_autoptr (GError) error = NULL;

  put (self, "text/config.json", "{\"model_type\": \"llama\"}");
  put (self, "text/model.safetensors", "\x02\0\0\0\0\0\0\0{}");
  check_refused (self, "text", "model.safetensors");
  put (self, "header/x.gguf", "GGUF\x03");
  check_refused (self, "header/x.gguf", "cut off");
  put (self, "bracket/config.json", "[[[[[[[[");
  check_refused (self, "bracket", "config.json");
  put (self, "shards/config.json", "{\"model_type\": \"regard\"}");
  put (self, "shards/model.safetensors.index.json", "{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\", \"b\": \"model-00002-of-00002.safetensors\"}}");
  put (self, "shards/model-00001-of-00002.safetensors", "x");
  check_refused (self, "shards", "Shard 2 of 2 is missing");
  put (self, "out/config.json", "{\"model_type\": \"regard\"}");
  put (self, "out/model.safetensors.index.json", "{\"weight_map\": {\"a\": \"../shards/model-00001-of-00002.safetensors\"}}");
  check_refused (self, "out", "model.safetensors.index.json");
  put (self, "alone/x.safetensors", "x");
  check_refused (self, "alone/x.safetensors", "config.json");

  g_assert_null (rg_model_description_read (self->dir, NULL, NULL, &error));
  g_assert_nonnull (strstr (error->message, "no model"));
}

/* Whoever asks it a question is told what it is for. */
static void
check_told (const char *path, const char *said)
{
  RgPreprocessConfig preprocess;
  g_autoptr (GError) error = NULL;

  g_assert_null (rg_model_folder_load (path, NULL, &preprocess, NULL, &error));
  g_assert_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, said));
}

static void
test_fixtures (void)
{
  static const struct
  {
    const char *name, *family, *said;
  } models[] = {
    { "idefics3", "SmolVLM", "SmolVLM" },
    { "gguf-q8_0", "SmolVLM", "SmolVLM" },
    { "clip", "CLIP", "regard-cli embed" },
    { "bert", "BERT", "regard-cli embed" },
    { "resnet", "ResNet", "regard-cli classify" },
    { "whisper", "Whisper", "sound" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (models); i++)
    {
      g_autofree char *path = fixture_path (models[i].name);
      g_autoptr (RgModelDescription) model = NULL;

      if (path == NULL)
        return;
      model = rg_model_description_read (path, NULL, NULL, NULL);
      g_assert_cmpstr (model->family, ==, models[i].family);
      g_assert_cmpuint (model->n_parameters, >, 10000);
      /* What is not supported today may be tomorrow: then there is no reason left. */
      g_assert_true (model->reason == NULL || strstr (model->reason, models[i].said) != NULL);
      if (model->reason != NULL)
        check_told (path, models[i].said);
    }
}

/* A model that listens is sized like one that sees: a row of its encoder is two frames. */
static void
test_sound (void)
{
  g_autofree char *path = fixture_path ("whisper");
  g_autoptr (RgModelDescription) model = NULL;

  if (path == NULL)
    return;

  model = rg_model_description_read (path, NULL, NULL, NULL);
  g_assert_cmpint (model->uses, ==, RG_MODEL_USE_ANSWER);
  g_assert_null (model->reason);
  g_assert_cmpuint (model->n_patches, ==, 100);
  g_assert_cmpuint (model->vision_layers, ==, 2);
  g_assert_cmpuint (model->vision_width, ==, 48);
  g_assert_cmpuint (model->text_layers, ==, 2);
  g_assert_cmpuint (model->n_context, ==, 64);
  g_assert_cmpuint (model->vision_parameters, >, 0);
  g_assert_cmpuint (model->text_parameters, >, model->vision_parameters);
}

/* --- places ------------------------------------------------------------------------------------------------------- */

static void
collect (RgModelDescription *model, gpointer data)
{
  g_ptr_array_add (data, g_strdup (model->name));
  rg_model_description_free (model);
}

static void
put_manifest (Fixture *self, const char *tag, const char *digest)
{
  g_autofree char *name = g_strconcat ("ollama/manifests/registry/library/eye/", tag, NULL);
  g_autofree char *text = g_strdup_printf ("{\"layers\": [{\"mediaType\": \"application/vnd.ollama.image.model\", \"digest\": \"%s\"}]}", digest);

  put (self, name, text);
}

static void
test_places (Fixture *self, gconstpointer data)
{
  static const char digits[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *hub = place (self, "hub/models--org--eye/snapshots/1/x.gguf");
  g_autofree char *blob_name = g_strconcat ("ollama/blobs/sha256-", digits, NULL);
  g_autofree char *digest = g_strconcat ("sha256:", digits, NULL);
  g_autofree char *blob = place (self, blob_name);
  g_autofree char *outside = place (self, "outside.gguf");
  g_autofree char *chosen = place (self, "chosen/mine.gguf");
  g_autofree char *behind = place (self, "away/far.gguf");
  g_autofree char *away = g_path_get_dirname (behind);
  g_autofree char *link = place (self, "chosen/link");
  g_autofree char *loop = place (self, "chosen/loop");
  g_autofree char *folder = g_build_filename (self->dir, "chosen", NULL);
  g_autofree char *hub_root = g_build_filename (self->dir, "hub", NULL);
  g_autofree char *ollama_root = g_build_filename (self->dir, "ollama", NULL);

  tiny_gguf_write (hub, NULL, 0);
  tiny_gguf_write (blob, NULL, 0);
  tiny_gguf_write (outside, NULL, 0);
  tiny_gguf_write (chosen, NULL, 0);
  g_assert_cmpint (symlink (folder, loop), ==, 0);
  tiny_gguf_write (behind, NULL, 0);
  g_assert_cmpint (symlink (away, link), ==, 0);
  put_manifest (self, "good", digest);
  put (self, "ollama/blobs/sha256-x/keep", "");
  put_manifest (self, "evil", "sha256:x/../../../outside.gguf");
  put_manifest (self, "worse", "../../outside.gguf");
  g_setenv ("HF_HUB_CACHE", hub_root, TRUE);
  g_setenv ("OLLAMA_MODELS", ollama_root, TRUE);

  rg_model_places_scan (folder, collect, names, NULL);
  g_unsetenv ("HF_HUB_CACHE");
  g_unsetenv ("OLLAMA_MODELS");
  g_assert_cmpuint (names->len, ==, 3);
  g_assert_cmpstr (names->pdata[0], ==, "mine");
  g_assert_cmpstr (names->pdata[1], ==, "org/eye");
  g_assert_cmpstr (names->pdata[2], ==, "eye:good");
}

static void
test_list (Fixture *self, gconstpointer data)
{
  g_autoptr (RgLibrary) library = rg_library_new ();
  g_autofree char *chosen = place (self, "chosen/mine.gguf");
  g_autofree char *folder = g_path_get_dirname (chosen);
  g_autoptr (RgLibraryItem) item = NULL;

  tiny_gguf_write (chosen, NULL, 0);
  rg_library_scan (library, NULL, "/nowhere");
  rg_library_scan (library, NULL, folder);
  while (rg_library_get_scanning (library))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (library)), ==, 1);
  item = g_list_model_get_item (G_LIST_MODEL (library), 0);
  g_assert_cmpstr (rg_library_item_get_model (item)->path, ==, chosen);
  g_assert_cmpstr (rg_library_item_get_model (item)->name, ==, "mine");
  g_assert_cmpfloat (rg_library_item_get_fit (item)->words_per_second, >, 0);
}

/* An answer's evidence names the model, too: not the commit that the cache's folder is called after. */
static void
test_names (void)
{
  static const char *const names[][3] = {
    { "/cache/models--HuggingFaceTB--SmolVLM-256M-Instruct/snapshots/7e3e67e", "SmolVLM", "HuggingFaceTB/SmolVLM-256M-Instruct" },
    { "/models/tiny.Q4_0.gguf", NULL, "tiny.Q4_0" },
    { "/models/folder", "LLaVA", "folder" },
    { "/usr/share/regard/model", "Regard", "Regard" },
    { "/models/model", NULL, "model" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *name = rg_model_path_dup_name (names[i][0], names[i][1]);

      g_assert_cmpstr (name, ==, names[i][2]);
    }
}

static void
test_round (void)
{
  g_assert_cmpfloat (rg_fit_round (13009), ==, 13000);
  g_assert_cmpfloat (rg_fit_round (7.46), ==, 7.5);
  g_assert_cmpfloat (rg_fit_round (0.004712), ==, 0.0047);
  g_assert_cmpfloat (rg_fit_round (0), ==, 0);
  g_assert_true (isnan (rg_fit_round (NAN)));
}

/* What is offered is what loads, for every type that the one table or the other might have. */
static void
test_families (void)
{
  static const char *const types[] = {
    "regard",
    "clip",
    "siglip",
    "blip",
    "vision-encoder-decoder",
    "idefics3",
    "smolvlm",
    "llava",
    "qwen2_vl",
    "qwen2_5_vl",
    "paligemma",
    "nanovlm",
    "gemma3",
    "mllama",
    "resnet",
    "vit",
    "whisper",
    "bert",
    "gpt2",
    "llama",
    "magic",
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      const RgFamilyEntry *entry = rg_families_find (types[i]);

      g_assert_cmpint (entry != NULL && (entry->uses & RG_MODEL_USE_ANSWER) != 0, ==, rg_family_find (types[i], NULL) != NULL);
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *home = g_dir_make_tmp ("regard-home-XXXXXX", NULL);
  int status;

  /* Before anything asks: the models and the cache of whoever runs the tests are none of their business. */
  g_setenv ("HOME", home, TRUE);
  g_setenv ("XDG_DATA_HOME", home, TRUE);
  g_setenv ("XDG_CACHE_HOME", home, TRUE);
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/library/runnable", Fixture, NULL, set_up, test_runnable, tear_down);
  g_test_add ("/library/gguf", Fixture, NULL, set_up, test_gguf, tear_down);
  g_test_add ("/library/hostile", Fixture, NULL, set_up, test_hostile, tear_down);
  g_test_add_func ("/library/names", test_names);
  g_test_add_func ("/library/round", test_round);
  g_test_add_func ("/library/families", test_families);
  g_test_add_func ("/library/fixtures", test_fixtures);
  g_test_add_func ("/library/sound", test_sound);
  g_test_add ("/library/places", Fixture, NULL, set_up, test_places, tear_down);
  g_test_add ("/library/list", Fixture, NULL, set_up, test_list, tear_down);
  status = g_test_run ();
  remove_all (home);

  return status;
}
