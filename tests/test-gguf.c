/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "engine/error.h"
#include "engine/formats/gguf.h"

/* tests/corpus says which files are refused. Here: what comes out of a good one, and what a person is told of a bad one. */

enum
{
  U8 = 0,
  I8 = 1,
  U32 = 4,
  F32 = 6,
  BOOL = 7,
  STRING = 8,
  ARRAY = 9,
  U64 = 10,
  F64 = 12,
};

/* --- putting a file together -------------------------------------------------------------------------------------- */

static void
put (GByteArray *file, guint64 value, guint size)
{
  for (guint i = 0; i < size; i++)
    {
      guint8 byte = (guint8) (value >> 8 * i);

      g_byte_array_append (file, &byte, 1);
    }
}

static void
put_string (GByteArray *file, const char *text)
{
  put (file, strlen (text), 8);
  g_byte_array_append (file, (const guint8 *) text, (guint) strlen (text));
}

static void
put_f32 (GByteArray *file, float value)
{
  guint32 bits;

  memcpy (&bits, &value, 4);
  put (file, bits, 4);
}

static void
put_key (GByteArray *file, const char *key, guint kind)
{
  put_string (file, key);
  put (file, kind, 4);
}

static void
put_array (GByteArray *file, const char *key, guint kind, guint64 n)
{
  put_key (file, key, ARRAY);
  put (file, kind, 4);
  put (file, n, 8);
}

static void
put_tensor (GByteArray *file, const char *name, guint64 fastest, guint64 slowest, guint type, guint64 offset)
{
  put_string (file, name);
  put (file, 2, 4);
  put (file, fastest, 8);
  put (file, slowest, 8);
  put (file, type, 4);
  put (file, offset, 8);
}

static GByteArray *
begin_file (guint64 n_tensors, guint64 n_keys)
{
  GByteArray *file = g_byte_array_new ();

  g_byte_array_append (file, (const guint8 *) "GGUF", 4);
  put (file, 3, 4);
  put (file, n_tensors, 8);
  put (file, n_keys, 8);

  return file;
}

static void
pad (GByteArray *file)
{
  while (file->len % 32 != 0)
    put (file, 0, 1);
}

/* Takes @bytes. */
static RgGguf *
read_bytes (GByteArray *bytes, GError **error)
{
  g_autoptr (GBytes) content = g_byte_array_free_to_bytes (bytes);

  return rg_gguf_new (content, "f.gguf", error);
}

/* A bit of everything: 13 keys, two tensors. */
static GByteArray *
make_sample (void)
{
  GByteArray *file = begin_file (2, 13);

  put_key (file, "u8", U8), put (file, 200, 1);
  put_key (file, "i8", I8), put (file, 0xfe, 1);
  put_key (file, "u32", U32), put (file, 4000000000, 4);
  put_key (file, "f32", F32), put_f32 (file, 0.5f);
  put_key (file, "nan", F32), put_f32 (file, NAN);
  put_key (file, "bool", BOOL), put (file, 1, 1);
  put_key (file, "string", STRING), put_string (file, "où");
  put_key (file, "bytes", STRING), put_string (file, "\xff\xfe");
  put_key (file, "u64", U64), put (file, G_MAXUINT64, 8);
  put_key (file, "f64", F64), put (file, G_GUINT64_CONSTANT (0xc004000000000000), 8);
  put_array (file, "ints", I8, 3), put (file, 0x80ff7f, 3);
  put_array (file, "floats", F32, 2), put_f32 (file, 1), put_f32 (file, -2);
  put_array (file, "strings", STRING, 3), put_string (file, "a"), put_string (file, ""), put_string (file, "\xff!");
  put_tensor (file, "w", 3, 2, 0, 64);
  put_tensor (file, "q", 32, 1, 8, 0);
  pad (file);
  put (file, 0x3c00, 2); /* the binary16 of 1 */
  for (guint i = 0; i < 32; i++)
    put (file, i, 1);
  pad (file);
  for (guint i = 0; i < 6; i++)
    put_f32 (file, (float) i);

  return file;
}

/* --- what comes out ----------------------------------------------------------------------------------------------- */

static void
test_tensors (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RgGguf) file = read_bytes (make_sample (), &error);
  const RgStoredTensor *w, *q;
  float values[32];

  g_assert_no_error (error);
  g_assert_cmpuint (rg_gguf_get_n_tensors (file), ==, 2);
  g_assert_null (rg_gguf_find (file, "x"));
  w = rg_gguf_get (file, 0);
  g_assert_true (rg_gguf_find (file, "w") == w);
  g_assert_cmpstr (w->name, ==, "w");
  g_assert_cmpint (w->dtype, ==, RG_DTYPE_F32);
  g_assert_cmpuint (w->n_dims, ==, 2);
  g_assert_cmpuint (w->shape[0], ==, 2);
  g_assert_cmpuint (w->shape[1], ==, 3);
  g_assert_cmpuint (w->n_bytes, ==, 24);
  g_assert_true (rg_dtype_to_f32 (w->dtype, w->bytes, values, 6));
  for (guint i = 0; i < 6; i++)
    g_assert_true (values[i] == (float) i);

  q = rg_gguf_find (file, "q");
  g_assert_cmpint (q->dtype, ==, RG_DTYPE_Q8_0);
  g_assert_cmpuint (q->n_bytes, ==, 34);
  g_assert_true (rg_dtype_to_f32 (q->dtype, q->bytes, values, 32));
  for (guint i = 0; i < 32; i++)
    g_assert_true (values[i] == (float) i);
}

static void
test_values (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RgGguf) file = read_bytes (make_sample (), &error);
  g_autofree char *string = NULL;
  gboolean boolean = FALSE;
  gint64 whole = 7;
  double number = 7;

  g_assert_no_error (error);
  g_assert_true (rg_gguf_get_int (file, "u8", RG_CONFIG_REQUIRED, 0, 200, &whole, &error));
  g_assert_cmpint (whole, ==, 200);
  g_assert_true (rg_gguf_get_int (file, "i8", RG_CONFIG_REQUIRED, -2, 0, &whole, &error));
  g_assert_cmpint (whole, ==, -2);
  g_assert_true (rg_gguf_get_int (file, "u32", RG_CONFIG_REQUIRED, 0, G_MAXUINT32, &whole, &error));
  g_assert_cmpint (whole, ==, 4000000000);
  g_assert_true (rg_gguf_get_int (file, "absent", RG_CONFIG_OPTIONAL, 0, 1, &whole, &error));
  g_assert_cmpint (whole, ==, 4000000000);
  g_assert_true (rg_gguf_get_double (file, "f32", RG_CONFIG_REQUIRED, 0.5, 1, &number, &error));
  g_assert_true (number == 0.5);
  g_assert_true (rg_gguf_get_double (file, "f64", RG_CONFIG_REQUIRED, -3, -2.5, &number, &error));
  g_assert_true (number == -2.5);
  g_assert_true (rg_gguf_get_double (file, "absent", RG_CONFIG_OPTIONAL, 0, 1, &number, &error));
  g_assert_true (number == -2.5);
  g_assert_true (rg_gguf_get_boolean (file, "bool", RG_CONFIG_REQUIRED, &boolean, &error));
  g_assert_true (boolean);
  g_assert_true (rg_gguf_get_boolean (file, "absent", RG_CONFIG_OPTIONAL, &boolean, &error));
  g_assert_true (rg_gguf_get_string (file, "string", RG_CONFIG_REQUIRED, &string, &error));
  g_assert_cmpstr (string, ==, "où");
  g_assert_true (rg_gguf_get_string (file, "absent", RG_CONFIG_OPTIONAL, &string, &error));
  g_assert_true (rg_gguf_has (file, "nan"));
  g_assert_false (rg_gguf_has (file, "absent"));
  g_assert_no_error (error);
}

static void
test_arrays (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RgGguf) file = read_bytes (make_sample (), &error);
  g_autoptr (GArray) ints = NULL;
  g_autoptr (GArray) doubles = NULL;
  g_autoptr (GArray) strings = NULL;
  g_autoptr (GArray) absent = NULL;
  RgGgufString *string;

  g_assert_true (rg_gguf_get_ints (file, "ints", RG_CONFIG_REQUIRED, -128, 127, 3, &ints, &error));
  g_assert_cmpuint (ints->len, ==, 3);
  g_assert_cmpint (g_array_index (ints, gint64, 0), ==, 127);
  g_assert_cmpint (g_array_index (ints, gint64, 1), ==, -1);
  g_assert_cmpint (g_array_index (ints, gint64, 2), ==, -128);
  g_assert_true (rg_gguf_get_doubles (file, "floats", RG_CONFIG_REQUIRED, -2, 1, 2, &doubles, &error));
  g_assert_cmpuint (doubles->len, ==, 2);
  g_assert_true (g_array_index (doubles, double, 1) == -2);
  g_assert_true (rg_gguf_get_strings (file, "strings", RG_CONFIG_REQUIRED, 3, &strings, &error));
  g_assert_cmpuint (strings->len, ==, 3);
  string = &g_array_index (strings, RgGgufString, 0);
  g_assert_cmpmem (string->text, string->length, "a", 1);
  g_assert_cmpuint (g_array_index (strings, RgGgufString, 1).length, ==, 0);
  string = &g_array_index (strings, RgGgufString, 2);
  g_assert_cmpmem (string->text, string->length, "\xff!", 2);
  g_assert_cmpuint (rg_gguf_get_length (file, "strings"), ==, 3);
  g_assert_cmpuint (rg_gguf_get_length (file, "u8"), ==, 0);
  g_assert_cmpuint (rg_gguf_get_length (file, "absent"), ==, 0);
  g_assert_true (rg_gguf_get_ints (file, "absent", RG_CONFIG_OPTIONAL, 0, 1, 1, &absent, &error));
  g_assert_true (rg_gguf_get_doubles (file, "absent", RG_CONFIG_OPTIONAL, 0, 1, 1, &absent, &error));
  g_assert_true (rg_gguf_get_strings (file, "absent", RG_CONFIG_OPTIONAL, 1, &absent, &error));
  g_assert_null (absent);
  g_assert_no_error (error);
}

/* A reader that outlives the name it was opened under. */
static void
test_references (void)
{
  RgGguf *file = read_bytes (make_sample (), NULL);
  g_autoptr (RgGguf) other = rg_gguf_ref (file);

  rg_gguf_unref (file);
  g_assert_nonnull (rg_gguf_find (other, "w"));
}

/* --- questions without an answer ----------------------------------------------------------------------------------- */

typedef enum
{
  ASK_INT,
  ASK_DOUBLE,
  ASK_BOOLEAN,
  ASK_STRING,
  ASK_INTS,
  ASK_DOUBLES,
  ASK_STRINGS,
} Question;

/* All ask for numbers in -10 … 10 and for at most two elements. */
static const struct
{
  Question question;
  const char *key;
  const char *message;
} unanswered[] = {
  { ASK_INT, "absent", "f.gguf: absent is missing, expected a whole number between -10 and 10" },
  { ASK_INT, "u8", "f.gguf: u8: expected a whole number between -10 and 10, found 200" },
  { ASK_INT, "u64", "f.gguf: u64: expected a whole number between -10 and 10, found 18446744073709551615" },
  { ASK_INT, "f32", "f.gguf: f32: expected a whole number between -10 and 10, found the f32 0.5" },
  { ASK_INT, "bool", "f.gguf: bool: expected a whole number between -10 and 10, found true" },
  { ASK_INT, "string", "f.gguf: string: expected a whole number between -10 and 10, found \"où\"" },
  { ASK_INT, "ints", "f.gguf: ints: expected a whole number between -10 and 10, found an array of 3 of kind i8" },
  { ASK_DOUBLE, "absent", "f.gguf: absent is missing, expected an f32 or f64 between -10 and 10" },
  { ASK_DOUBLE, "i8", "f.gguf: i8: expected an f32 or f64 between -10 and 10, found -2" },
  { ASK_DOUBLE, "nan", "f.gguf: nan: expected an f32 or f64 between -10 and 10, found the f32 nan" },
  { ASK_DOUBLE, "floats", "f.gguf: floats: expected an f32 or f64 between -10 and 10, found an array of 2 of kind f32" },
  { ASK_BOOLEAN, "absent", "f.gguf: absent is missing, expected a bool" },
  { ASK_BOOLEAN, "u8", "f.gguf: u8: expected a bool, found 200" },
  { ASK_STRING, "absent", "f.gguf: absent is missing, expected a string" },
  { ASK_STRING, "u8", "f.gguf: u8: expected a string, found 200" },
  { ASK_STRING, "strings", "f.gguf: strings: expected a string, found an array of 3 of kind string" },
  { ASK_STRING, "bytes", "f.gguf: bytes: expected valid UTF-8, found \"��\"" },
  { ASK_INTS, "absent", "f.gguf: absent is missing, expected an array of at most 2 whole numbers" },
  { ASK_INTS, "ints", "f.gguf: ints: expected an array of at most 2 whole numbers, found an array of 3 of kind i8" },
  { ASK_INTS, "floats", "f.gguf: floats: expected whole numbers between -10 and 10, also at place 0, found an array of 2 of kind f32" },
  { ASK_INTS, "u8", "f.gguf: u8: expected an array of at most 2 whole numbers, found 200" },
  { ASK_DOUBLES, "ints", "f.gguf: ints: expected an array of at most 2 numbers, found an array of 3 of kind i8" },
  { ASK_DOUBLES, "f32", "f.gguf: f32: expected an array of at most 2 numbers, found the f32 0.5" },
  { ASK_STRINGS, "strings", "f.gguf: strings: expected an array of at most 2 strings, found an array of 3 of kind string" },
  { ASK_STRINGS, "floats", "f.gguf: floats: expected strings, found an array of 2 of kind f32" },
};

static gboolean
ask (RgGguf *file, Question question, const char *key, GError **error)
{
  g_autoptr (GArray) array = NULL;
  g_autofree char *string = NULL;
  gboolean boolean;
  gint64 whole;
  double number;

  switch (question)
    {
    case ASK_INT:
      return rg_gguf_get_int (file, key, RG_CONFIG_REQUIRED, -10, 10, &whole, error);
    case ASK_DOUBLE:
      return rg_gguf_get_double (file, key, RG_CONFIG_REQUIRED, -10, 10, &number, error);
    case ASK_BOOLEAN:
      return rg_gguf_get_boolean (file, key, RG_CONFIG_REQUIRED, &boolean, error);
    case ASK_STRING:
      return rg_gguf_get_string (file, key, RG_CONFIG_REQUIRED, &string, error);
    case ASK_INTS:
      return rg_gguf_get_ints (file, key, RG_CONFIG_REQUIRED, -10, 10, 2, &array, error);
    case ASK_DOUBLES:
      return rg_gguf_get_doubles (file, key, RG_CONFIG_REQUIRED, -10, 10, 2, &array, error);
    case ASK_STRINGS:
      return rg_gguf_get_strings (file, key, RG_CONFIG_REQUIRED, 2, &array, error);
    default:
      g_assert_not_reached ();
    }
}

static void
test_unanswered (void)
{
  g_autoptr (RgGguf) file = read_bytes (make_sample (), NULL);

  for (guint i = 0; i < G_N_ELEMENTS (unanswered); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (ask (file, unanswered[i].question, unanswered[i].key, &error));
      g_assert_error (error, RG_ERROR, RG_ERROR_FORMAT);
      g_assert_cmpstr (error->message, ==, unanswered[i].message);
    }
}

/* Where a number in an array lies outside, the place is told. */
static void
test_places (void)
{
  g_autoptr (RgGguf) file = read_bytes (make_sample (), NULL);
  g_autoptr (GArray) array = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (rg_gguf_get_ints (file, "ints", RG_CONFIG_REQUIRED, -1, 127, 3, &array, &error));
  g_assert_nonnull (strstr (error->message, "at place 2"));
  g_clear_error (&error);
  g_assert_false (rg_gguf_get_doubles (file, "floats", RG_CONFIG_REQUIRED, -1, 1, 2, &array, &error));
  g_assert_nonnull (strstr (error->message, "at place 1"));
  g_assert_null (array);
}

/* --- hostile files ------------------------------------------------------------------------------------------------- */

/* However much of its end is missing, the file is refused. */
static void
test_cut_off (void)
{
  g_autoptr (GByteArray) sample = make_sample ();

  for (guint n = 0; n < sample->len; n++)
    {
      g_autoptr (GBytes) content = g_bytes_new (sample->data, n);
      g_autoptr (GError) error = NULL;
      g_autoptr (RgGguf) file = rg_gguf_new (content, "f.gguf", &error);

      g_assert_null (file);
      g_assert_error (error, RG_ERROR, RG_ERROR_FORMAT);
      g_assert_true (g_str_has_prefix (error->message, "f.gguf: "));
    }
}

/* Whichever byte is changed: an answer or an error, and what lies inside the file stays inside it. */
static void
test_changed_bytes (void)
{
  g_autoptr (GByteArray) sample = make_sample ();

  for (guint i = 0; i < sample->len; i++)
    for (guint bit = 0; bit < 8; bit++)
      {
        g_autoptr (GBytes) content = NULL;
        g_autoptr (GError) error = NULL;
        g_autoptr (RgGguf) file = NULL;

        sample->data[i] ^= (guint8) (1 << bit);
        content = g_bytes_new (sample->data, sample->len);
        sample->data[i] ^= (guint8) (1 << bit);
        file = rg_gguf_new (content, "f.gguf", &error);
        g_assert_true ((file == NULL) == (error != NULL));
        for (guint t = 0; file != NULL && t < rg_gguf_get_n_tensors (file); t++)
          {
            const RgStoredTensor *tensor = rg_gguf_get (file, t);
            const guint8 *first = g_bytes_get_data (content, NULL), *bytes = tensor->bytes;

            g_assert_true (bytes >= first && bytes + tensor->n_bytes <= first + sample->len);
          }
      }
}

/* A check that comes before anything is allocated: 2^60 tensors or keys in a short file. */
static void
test_counts (void)
{
  static const guint64 many = G_GUINT64_CONSTANT (1) << 60;

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (RgGguf) file = read_bytes (i == 0 ? begin_file (many, 0) : begin_file (0, many), &error);

      g_assert_null (file);
      g_assert_error (error, RG_ERROR, RG_ERROR_FORMAT);
      g_assert_cmpstr (error->message, ==, i == 0 ? "f.gguf: 1152921504606846976 tensors and 0 keys are announced, more than a file of 24 bytes can hold; it may be cut off" : "f.gguf: 0 tensors and 1152921504606846976 keys are announced, more than a file of 24 bytes can hold; it may be cut off");
    }
}

/* Files that hold all that they announce, and announce more than any model has. */
static void
test_limits (void)
{
  static const guint8 zeros[1 << 20];

  for (guint i = 0; i < 3; i++)
    {
      GByteArray *content = begin_file (i == 0 ? 131073 : 0, i == 1 ? 65537 : i == 2);
      g_autoptr (GError) error = NULL;
      g_autoptr (RgGguf) file = NULL;

      if (i == 2)
        put_array (content, "a", U8, (1 << 24) + 1);
      for (guint n = 0; n < 17; n++)
        g_byte_array_append (content, zeros, sizeof zeros);
      file = read_bytes (content, &error);
      g_assert_null (file);
      g_assert_error (error, RG_ERROR, RG_ERROR_LIMIT);
    }
}

/* The longest array and the longest string that are read. */
static void
test_long_values (void)
{
  g_autoptr (GByteArray) zeros = g_byte_array_new ();
  g_autofree char *text = NULL;

  g_byte_array_set_size (zeros, (1 << 24) + 1);
  memset (zeros->data, 'x', zeros->len);
  for (guint more = 0; more < 2; more++)
    {
      GByteArray *content = begin_file (0, 2);
      g_autoptr (GError) error = NULL;
      g_autoptr (RgGguf) file = NULL;

      put_array (content, "array", U8, 1 << 24), g_byte_array_append (content, zeros->data, 1 << 24);
      put_key (content, "string", STRING), put (content, (1 << 24) + more, 8);
      g_byte_array_append (content, zeros->data, (1 << 24) + more);
      file = read_bytes (content, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (rg_gguf_get_length (file, "array"), ==, 1 << 24);
      g_assert_true (rg_gguf_get_string (file, "string", RG_CONFIG_REQUIRED, &text, &error) == (more == 0));
      if (more == 1)
        g_assert_error (error, RG_ERROR, RG_ERROR_LIMIT);
    }
}

/* A type that is known by name is called by it, and what is not read is not called a broken file. */
static void
test_types (void)
{
  static const struct
  {
    guint type;
    guint fastest;
    int code;
    const char *message;
  } types[] = {
    { 39, 256, RG_ERROR_UNSUPPORTED, "f.gguf: tensor w has the type MXFP4, which Regard does not read; a file quantised as Q8_0 or Q4_K will do" },
    { 99, 256, RG_ERROR_UNSUPPORTED, "f.gguf: tensor w has the unknown type 99" },
    { 2, 48, RG_ERROR_FORMAT, "f.gguf: tensor w: rows of 48 elements cannot be Q4_0, which comes in blocks of 32" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      GByteArray *content = begin_file (1, 0);
      g_autoptr (GError) error = NULL;
      g_autoptr (RgGguf) file = NULL;

      put_tensor (content, "w", types[i].fastest, 1, types[i].type, 0);
      file = read_bytes (content, &error);
      g_assert_null (file);
      g_assert_error (error, RG_ERROR, types[i].code);
      g_assert_cmpstr (error->message, ==, types[i].message);
    }
}

static void
test_versions (void)
{
  static const struct
  {
    const char *content;
    const char *message;
  } versions[] = {
    { "GGUF\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "f.gguf: the file was made for big-endian machines; one for little-endian machines is needed" },
    { "GGUF\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "f.gguf: version 1 of GGUF, Regard reads 2 and 3" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (versions); i++)
    {
      g_autoptr (GBytes) content = g_bytes_new (versions[i].content, 24);
      g_autoptr (GError) error = NULL;
      g_autoptr (RgGguf) file = rg_gguf_new (content, "f.gguf", &error);

      g_assert_null (file);
      g_assert_error (error, RG_ERROR, RG_ERROR_UNSUPPORTED);
      g_assert_cmpstr (error->message, ==, versions[i].message);
    }
}

/* The byte behind the end would complete the name. */
static void
test_looks_like (void)
{
  g_autoptr (GBytes) three = g_bytes_new_static ("GGUF", 3);
  g_autoptr (GBytes) four = g_bytes_new_static ("GGUF", 4);

  g_assert_false (rg_gguf_looks_like (three));
  g_assert_true (rg_gguf_looks_like (four));
}

/* Whoever opens a file that was not downloaded to its end is told what to do, and only then what is wrong. */
static void
test_cut_file (void)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (RgGguf) file = NULL;
  int fd = g_file_open_tmp ("regard-XXXXXX.gguf", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  close (fd);
  g_assert_true (g_file_set_contents (path, "GGUF\3", 5, NULL));
  file = rg_gguf_open (path, &error);
  g_assert_null (file);
  g_assert_error (error, RG_ERROR, RG_ERROR_FORMAT);
  g_assert_true (g_str_has_prefix (error->message, "This model’s file is damaged or incomplete: download it again. regard-"));
  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
test_no_file (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RgGguf) file = rg_gguf_open ("/nonexistent/m.gguf", &error);

  g_assert_null (file);
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_nonnull (strstr (error->message, "m.gguf: cannot be opened"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gguf/tensors", test_tensors);
  g_test_add_func ("/gguf/values", test_values);
  g_test_add_func ("/gguf/arrays", test_arrays);
  g_test_add_func ("/gguf/references", test_references);
  g_test_add_func ("/gguf/unanswered", test_unanswered);
  g_test_add_func ("/gguf/places", test_places);
  g_test_add_func ("/gguf/cut-off", test_cut_off);
  g_test_add_func ("/gguf/changed-bytes", test_changed_bytes);
  g_test_add_func ("/gguf/counts", test_counts);
  g_test_add_func ("/gguf/limits", test_limits);
  g_test_add_func ("/gguf/long-values", test_long_values);
  g_test_add_func ("/gguf/types", test_types);
  g_test_add_func ("/gguf/versions", test_versions);
  g_test_add_func ("/gguf/looks-like", test_looks_like);
  g_test_add_func ("/gguf/cut-file", test_cut_file);
  g_test_add_func ("/gguf/no-file", test_no_file);

  return g_test_run ();
}
