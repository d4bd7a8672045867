/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Pictures in prompts and sessions, and files and pictures that are not as they should be.
 * Argument: the folder with the models of make-tiny-mmproj.py. */
#include <math.h>
#include <string.h>

#include "sen-media-prompt.h"
#include "sen-projector-private.h"
#include "senses-fixture.h"

#define N_CTX 512

/* Something to see: stripes, of another slant for each @seed. */
static SenImage *
make_picture (int width, int height, uint32_t seed)
{
  g_autofree uint8_t *pixels = g_new (uint8_t, (size_t) width * height * 3);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int c = 0; c < 3; c++)
        pixels[((size_t) y * width + x) * 3 + c] = (uint8_t) ((x * (seed + 3) + y * 7 + c * 50) % 256);
  return sen_image_new (width, height, pixels);
}

static SenMedia *
see (SenProjector *projector, int width, int height, uint32_t seed)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenImage) image = make_picture (width, height, seed);
  SenMedia *media = sen_projector_see (projector, image, NULL, &error);
  g_assert_no_error (error);
  return media;
}

static SenProjector *
open_projector (SenModel *model, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *mmproj = g_strconcat (name, ".mmproj", NULL);
  SenProjector *projector = fixture_projector (model, mmproj, &error);
  g_assert_no_error (error);
  return projector;
}

static SenSession *
new_session (SenModel *model, uint32_t n_batch)
{
  g_autoptr (GError) error = NULL;
  const SenSessionParams params = { .n_ctx = N_CTX, .n_batch = n_batch, .kv_type = SEN_TYPE_F32 };
  SenSession *session = sen_session_new (model, fixture_device (), NULL, &params, &error);
  g_assert_no_error (error);
  return session;
}

static SenMediaPrompt *
make_prompt (SenModel *model, const char *text, SenMedia *const *media, size_t n_media)
{
  g_autoptr (GError) error = NULL;
  const SenMediaText words = { .text = text, .length = -1, .add_special = true };
  SenMediaPrompt *prompt = sen_media_prompt_new (sen_model_tokenizer (model), &words, media, n_media, &error);
  g_assert_no_error (error);
  return prompt;
}

static void
read_prompt (SenSession *session, const SenMediaPrompt *prompt)
{
  g_autoptr (GError) error = NULL;
  size_t n_parts;
  const SenPart *parts = sen_media_prompt_parts (prompt, &n_parts);
  sen_session_sync (session, parts, n_parts, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (sen_session_n_past (session), ==, sen_media_prompt_n_tokens (prompt));
}

static double
farthest (const float *a, const float *b, size_t n)
{
  double most = 0.0;
  for (size_t i = 0; i < n; i++)
    most = MAX (most, fabs ((double) a[i] - b[i]));
  return most;
}

/* --- Prompts -------------------------------------------------------------------------------------------------------------------------- */

static void
test_prompt (void)
{
  g_autoptr (SenModel) model = fixture_model ("llava-a");
  g_autoptr (SenProjector) projector = open_projector (model, "llava-a");
  g_autoptr (SenMedia) media = see (projector, 20, 30, 0);
  SenMedia *const both[] = { media, media };
  g_assert_cmpuint (sen_media_n_tokens (media), ==, 16);
  g_assert_cmpuint (sen_media_n_spans (media), ==, 1);
  const SenMediaSpan *span = sen_media_span (media, 0);
  g_assert_cmpuint (span->n_row * span->n_column, ==, span->part.n);
  /* Taller than wide: the frame is at its sides. */
  g_assert_cmpfloat (span->x0, <, 0.0f);
  g_assert_cmpfloat (span->x1, >, 1.0f);
  g_assert_cmpfloat (span->y0, ==, 0.0f);
  g_assert_cmpfloat (span->y1, ==, 1.0f);

  g_autoptr (SenMediaPrompt) prompt = make_prompt (model, "a " SEN_MEDIA_MARK SEN_MEDIA_MARK " b", both, 2);
  uint32_t first[2], n[2];
  size_t n_parts;
  const SenPart *parts = sen_media_prompt_parts (prompt, &n_parts);
  for (size_t i = 0; i < 2; i++)
    sen_media_prompt_place (prompt, i, &first[i], &n[i]);
  g_assert_cmpuint (first[1], ==, first[0] + n[0]);
  g_assert_cmpuint (n[1], ==, 16);
  g_assert_cmpint (parts[0].tokens[0], ==, sen_tokenizer_bos (sen_model_tokenizer (model)));

  /* Another mark leaves the usual one to those who write about it. */
  const SenMediaText other = { .text = "\x1b" SEN_MEDIA_MARK "\x1b\x1b", .length = -1, .mark = "\x1b\x1b" };
  g_autoptr (GError) error = NULL;
  g_autoptr (SenMediaPrompt) marked = sen_media_prompt_new (sen_model_tokenizer (model), &other, both, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (sen_media_prompt_n_tokens (marked), >, 16 + 5);

  const SenMediaText few = { .text = "no mark", .length = -1 };
  g_assert_null (sen_media_prompt_new (sen_model_tokenizer (model), &few, both, 2, &error));
  assert_sentence (error, SEN_ERROR_INVALID, "the text has 0 of the marks <__media__> and 2 pictures and recordings were given");
}

/* --- Sessions ------------------------------------------------------------------------------------------------------------------------- */

static void
test_again (void)
{
  g_autoptr (SenModel) model = fixture_model ("idefics3-c");
  g_autoptr (SenProjector) projector = open_projector (model, "idefics3-c");
  g_autoptr (SenMedia) media = see (projector, 40, 30, 1);
  g_autoptr (SenMedia) same = see (projector, 40, 30, 1);
  g_assert_cmpuint (sen_projector_n_encoded (projector), ==, 1);
  g_autoptr (SenMedia) turned = see (projector, 30, 40, 1);
  g_assert_cmpuint (sen_projector_n_encoded (projector), ==, 2);

  g_autoptr (SenSession) session = new_session (model, 0);
  g_autoptr (SenMediaPrompt) first = make_prompt (model, "See " SEN_MEDIA_MARK " What is it?", &media, 1);
  g_autoptr (SenMediaPrompt) second = make_prompt (model, "See " SEN_MEDIA_MARK " And whose?", &same, 1);
  g_autoptr (SenMediaPrompt) other = make_prompt (model, "See " SEN_MEDIA_MARK " What is it?", &turned, 1);
  read_prompt (session, first);
  g_assert_cmpuint (sen_session_n_read (session), ==, sen_media_prompt_n_tokens (first));
  read_prompt (session, second);
  uint32_t at, n;
  sen_media_prompt_place (second, 0, &at, &n);
  g_assert_cmpuint (sen_session_n_read (session), <=, sen_media_prompt_n_tokens (second) - at - n);
  read_prompt (session, other);
  g_assert_cmpuint (sen_session_n_read (session), >=, sen_media_n_tokens (turned) / 2);
}

/* A picture that is read together is read alone and whole, however long batches are and wherever the timeline was cut. */
static void
test_together (void)
{
  g_autoptr (SenModel) model = fixture_model ("gemma3-a");
  g_autoptr (SenProjector) projector = open_projector (model, "gemma3-a");
  g_autoptr (SenMedia) media = see (projector, 64, 50, 2);
  uint32_t n_vocab = sen_model_info (model)->n_vocab, at, n;
  g_autoptr (SenMediaPrompt) prompt = make_prompt (model, "One " SEN_MEDIA_MARK " of them", &media, 1);
  sen_media_prompt_place (prompt, 0, &at, &n);

  g_autoptr (SenSession) session = new_session (model, 0);
  read_prompt (session, prompt);
  g_autofree float *logits = g_memdup2 (sen_session_logits (session), n_vocab * sizeof (float));
  g_autoptr (SenSession) odd = new_session (model, 5);
  read_prompt (odd, prompt);
  g_assert_cmpfloat (farthest (logits, sen_session_logits (odd), n_vocab), <, 2e-3);

  sen_session_truncate (session, at + n / 2);
  read_prompt (session, prompt);
  g_assert_cmpuint (sen_session_n_read (session), >=, sen_media_prompt_n_tokens (prompt) - at - 1);
  g_assert_cmpfloat (farthest (logits, sen_session_logits (session), n_vocab), <, 1e-4);

  /* The same embeddings in order are another thing, and are not taken for what was read together. */
  size_t n_parts;
  const SenPart *parts = sen_media_prompt_parts (prompt, &n_parts);
  g_autofree SenPart *in_order = g_memdup2 (parts, n_parts * sizeof *parts);
  for (size_t i = 0; i < n_parts; i++)
    in_order[i].together = false;
  g_autoptr (GError) error = NULL;
  sen_session_sync (session, in_order, n_parts, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (sen_session_n_read (session), >, n);
  g_assert_cmpfloat (farthest (logits, sen_session_logits (session), n_vocab), >, 1e-2);

  const SenPart long_part = { .embeddings = in_order[1].embeddings, .n = SEN_MAX_TOGETHER + 1, .together = true };
  g_assert_false (sen_session_sync (session, &long_part, 1, NULL, NULL, NULL, &error));
  assert_sentence (error, SEN_ERROR_LIMIT, "are to be read in one go");
}

static void
test_twenty (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenModel) model = fixture_model ("idefics3-a");
  g_autoptr (SenProjector) projector = open_projector (model, "idefics3-a");
  g_autoptr (GPtrArray) media = g_ptr_array_new_with_free_func ((GDestroyNotify) sen_media_unref);
  g_autoptr (GString) text = g_string_new (NULL);
  for (uint32_t i = 0; i < 20; i++)
    {
      g_ptr_array_add (media, see (projector, 30 + (int) i % 3, 20, i % 3));
      g_string_append (text, SEN_MEDIA_MARK "\n");
    }
  g_assert_cmpuint (sen_projector_n_encoded (projector), ==, 3);
  g_autoptr (SenMediaPrompt) prompt = make_prompt (model, text->str, (SenMedia **) media->pdata, media->len);
  g_autoptr (SenSession) session = new_session (model, 0);
  size_t n_parts;
  const SenPart *parts = sen_media_prompt_parts (prompt, &n_parts);
  g_assert_false (sen_session_sync (session, parts, n_parts, NULL, NULL, NULL, &error));
  assert_sentence (error, SEN_ERROR_CONTEXT_FULL, "and the context holds 512");
  g_clear_error (&error);
  g_assert_true (sen_media_prompt_check_room (prompt, N_CTX, &error));
  g_assert_false (sen_media_prompt_check_room (prompt, 100, &error));
  assert_sentence (error, SEN_ERROR_CONTEXT_FULL, "picture or recording 1 takes 129 positions of the context, which holds 100");
}

/* --- Odd pictures --------------------------------------------------------------------------------------------------------------------- */

static void
test_odd_pictures (void)
{
  static const char *const names[] = { "llava-b", "llava-tiles", "idefics3-b", "gemma3-b", "qwen2vl-b", "qwen2.5vl-b" };
  static const int sizes[][2] = { { 1, 1 }, { 1, 900 }, { 900, 1 }, { 2, 3 }, { 500, 400 } };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (SenModel) model = fixture_model (names[i]);
      g_autoptr (SenProjector) projector = open_projector (model, names[i]);
      g_assert_cmpint (sen_projector_senses (projector), ==, SEN_SEES);
      g_assert_null (sen_projector_family (projector, SEN_HEARS));
      for (size_t j = 0; j < G_N_ELEMENTS (sizes); j++)
        {
          g_autoptr (SenMedia) media = see (projector, sizes[j][0], sizes[j][1], (uint32_t) j);
          uint32_t n_tokens = 0;
          for (size_t k = 0; k < sen_media_n_spans (media); k++)
            {
              const SenPart *part = &sen_media_span (media, k)->part;
              n_tokens += part->n;
              for (size_t v = 0; part->embeddings != NULL && v < (size_t) part->n * sen_model_info (model)->n_embd; v++)
                g_assert_true (isfinite (part->embeddings[v]));
            }
          g_assert_cmpuint (n_tokens, ==, sen_media_n_tokens (media));
        }
    }
}

/* Larger pictures are shown in tiles, whose places cover them, and then as a whole. */
static void
test_tiles (void)
{
  g_autoptr (SenModel) model = fixture_model ("llava-tiles");
  g_autoptr (SenProjector) projector = open_projector (model, "llava-tiles");
  g_autoptr (SenMedia) small = see (projector, 50, 40, 0);
  g_assert_cmpuint (sen_media_n_spans (small), ==, 1);
  g_autoptr (SenMedia) wide = see (projector, 300, 100, 0);
  g_assert_cmpuint (sen_media_n_spans (wide), ==, 4);
  for (size_t i = 0; i < 4; i++)
    {
      const SenMediaSpan *span = sen_media_span (wide, i);
      g_assert_cmpfloat_with_epsilon (span->x0, i < 3 ? i / 3.0 : 0.0, 1e-6);
      g_assert_cmpfloat_with_epsilon (span->x1, i < 3 ? (i + 1) / 3.0 : 1.0, 1e-6);
      g_assert_cmpfloat_with_epsilon (span->y0, 0.0, 1e-6);
      g_assert_cmpfloat_with_epsilon (span->y1, 1.0, 1e-6);
    }
}

/* A picture keeps its proportions and has rows and columns, which the language model counts; the next one stands behind the longer side. */
static void
test_grid (void)
{
  static const struct { int width, height; uint32_t n_column, n_row; } rows[] = {
    { 60, 40, 4, 3 },      /* made larger: eight embeddings are the fewest */
    { 300, 100, 11, 4 },
    { 40, 240, 1, 9 },
    { 3, 300, 1, 11 },
    { 98, 182, 4, 7 },     /* halves are rounded away from zero */
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (SenModel) model = fixture_model ("qwen2vl-a");
  g_autoptr (SenProjector) projector = open_projector (model, "qwen2vl-a");
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (SenMedia) media = see (projector, rows[i].width, rows[i].height, (uint32_t) i);
      g_assert_cmpuint (sen_media_n_spans (media), ==, 3);
      const SenMediaSpan *span = sen_media_span (media, 1);
      g_assert_cmpuint (span->n_column, ==, rows[i].n_column);
      g_assert_cmpuint (span->n_row, ==, rows[i].n_row);
      g_assert_cmpuint (span->part.n, ==, rows[i].n_column * rows[i].n_row);
      g_assert_cmpuint (span->part.n_column, ==, rows[i].n_column);
      g_assert_cmpuint (sen_parts_n_counted (&span->part, 1, model), ==, MAX (rows[i].n_column, rows[i].n_row));
      /* All of the picture is seen, and a frame at two sides where the proportions changed. */
      g_assert_true (span->x0 <= 0.0f && span->y0 <= 0.0f && span->x1 >= 1.0f && span->y1 >= 1.0f);
      g_assert_true (span->x1 - span->x0 == 1.0f || span->y1 - span->y0 == 1.0f);
    }
  /* Where there is little room a picture is seen smaller, marks and all, and so anew. */
  uint32_t n_encoded = sen_projector_n_encoded (projector);
  sen_projector_set_room (projector, 30);
  g_autoptr (SenMedia) smaller = see (projector, 300, 100, 1);
  g_assert_cmpuint (sen_media_n_tokens (smaller), <=, 30);
  g_assert_cmpuint (sen_media_n_tokens (smaller), >=, 20);
  g_assert_cmpuint (sen_projector_n_encoded (projector), ==, n_encoded + 1);
  sen_projector_set_room (projector, 0);
  g_autoptr (SenImage) thread = make_picture (1, 1000000, 0);
  g_assert_null (sen_projector_see (projector, thread, NULL, &error));
  assert_sentence (error, SEN_ERROR_LIMIT, "a picture of 1 × 1000000 pixels is too narrow to be seen as at most 4096 parts");
}

/* A second question about a picture finds it again, and a conversation that goes back into it goes on as if it were new. */
static void
test_grid_again (void)
{
  g_autoptr (SenModel) model = fixture_model ("qwen2.5vl-c");
  g_autoptr (SenProjector) projector = open_projector (model, "qwen2.5vl-c");
  g_autoptr (SenMedia) media = see (projector, 200, 150, 1);
  uint32_t n_vocab = sen_model_info (model)->n_vocab, at, n;
  g_autoptr (SenMediaPrompt) first = make_prompt (model, "See " SEN_MEDIA_MARK " What is it?", &media, 1);
  g_autoptr (SenMediaPrompt) second = make_prompt (model, "See " SEN_MEDIA_MARK " And whose?", &media, 1);
  sen_media_prompt_place (second, 0, &at, &n);
  g_autoptr (SenSession) session = new_session (model, 0), fresh = new_session (model, 7);
  read_prompt (session, first);
  read_prompt (session, second);
  g_assert_cmpuint (sen_session_n_read (session), <=, sen_media_prompt_n_tokens (second) - at - n);
  read_prompt (fresh, second);
  g_assert_cmpfloat (farthest (sen_session_logits (session), sen_session_logits (fresh), n_vocab), <, 2e-3);
  sen_session_truncate (session, at + n / 2);
  read_prompt (session, second);
  g_assert_cmpfloat (farthest (sen_session_logits (session), sen_session_logits (fresh), n_vocab), <, 2e-3);
}

/* Files that do not say how large a picture is to be cut take it as it is. */
static void
test_too_many_tiles (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenModel) model = fixture_model ("idefics3-c");
  g_autoptr (SenProjector) projector = fixture_changed (model, "idefics3-c", "preproc_image_size", "preproc_image_sizf", NULL);
  g_autoptr (SenImage) image = make_picture (1200, 1100, 0);
  g_assert_null (sen_projector_see (projector, image, NULL, &error));
  assert_sentence (error, SEN_ERROR_LIMIT, "1200 × 1100 pixels would be cut into 420 tiles of 56 pixels, and 256 are the most");
}

static void
test_cancelled (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenModel) model = fixture_model ("llava-c");
  g_autoptr (SenProjector) projector = open_projector (model, "llava-c");
  g_autoptr (SenImage) image = make_picture (30, 30, 0);
  SenCancel cancel = { .requested = 1 };
  g_assert_null (sen_projector_see (projector, image, &cancel, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CANCELLED);
  g_autoptr (SenMedia) media = see (projector, 30, 30, 0);
  g_assert_cmpuint (sen_projector_n_encoded (projector), ==, 1);
}

/* --- Bad files ------------------------------------------------------------------------------------------------------------------------ */

static void
test_of_another_model (void)
{
  static const struct { const char *model, *mmproj; int code; const char *sentence; } rows[] = {
    { "llava-b", "llava-a.mmproj", SEN_ERROR_INVALID, "llava-a.mmproj.gguf gives embeddings of 96 numbers and tiny llava-b takes 160" },
    { "gemma3-b", "gemma3-a.mmproj", SEN_ERROR_INVALID, "gives embeddings of 96 numbers" },
    { "llava-a", "idefics3-a.mmproj", SEN_ERROR_INVALID, "marks pictures with the token \\n\\n, which tiny llava-a does not have" },
    { "idefics3-b", "idefics3-a.mmproj", SEN_ERROR_INVALID, "gives embeddings of 96 numbers" },
    { "llava-a", "qwen2vl-a.mmproj", SEN_ERROR_INVALID, "gives pictures in rows and columns, which tiny llava-a does not count" },
    { "qwen2vl-b", "qwen2.5vl-a.mmproj", SEN_ERROR_INVALID, "gives embeddings of 96 numbers" },
    { "llava-a", "llava-a", SEN_ERROR_UNSUPPORTED, "is no mmproj file" },
    { "llava-a", "nothing", SEN_ERROR_NOT_FOUND, "nothing.gguf" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SenModel) model = fixture_model (rows[i].model);
      g_assert_null (fixture_projector (model, rows[i].mmproj, &error));
      assert_sentence (error, rows[i].code, rows[i].sentence);
    }
}

static void
test_damaged (void)
{
  static const struct { const char *name, *from, *to, *sentence; } rows[] = {
    { "llava-a", "v.blk.1.attn_q.weight", "v.blk.1.attn_p.weight", "tensor v.blk.1.attn_q.weight is missing" },
    { "llava-a", "mm.0.weight", "mm.8.weight", "tensor mm.0.weight is missing" },
    { "llava-a", "vision.block_count", "vision.block_coumt", "clip.vision.block_count is missing or not from 1 to" },
    { "llava-a", "v.position_embd.weight", "v.position_embb.weight", "it has no v.position_embd.weight" },
    { "gemma3-a", "mm.soft_emb_norm.weight", "mm.soft_emb_norn.weight", "tensor mm.soft_emb_norm.weight is missing" },
    { "idefics3-a", "vision.image_std", "vision.image_stt", "clip.vision.image_std is not three numbers" },
    { "qwen2vl-a", "vision.image_mean", "vision.image_meam", "clip.vision.image_mean is not three numbers" },
    { "qwen2vl-a", "v.patch_embd.weight.1", "v.patch_embd.weight.2", "v.patch_embd.weight.1" },
    { "qwen2vl-a", "v.blk.2.ffn_down.weight", "v.blk.2.ffn_dowm.weight", "tensor v.blk.2.ffn_down.weight is missing" },
    { "qwen2vl-a", "mm.2.weight", "mm.8.weight", "tensor mm.2.weight is missing" },
    { "qwen2.5vl-a", "n_wa_pattern", "n_wa_patterm", "clip.vision.n_wa_pattern is missing" },
    { "qwen2.5vl-a", "v.blk.1.ffn_gate.weight", "v.blk.1.ffn_gade.weight", "v.blk.1.ffn_gate.weight" },
    { "qwen2vl-a", "v.post_ln.weight", "v.post_lm.weight", "v.post_ln.weight" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (SenModel) model = fixture_model (rows[i].name);
      g_assert_null (fixture_changed (model, rows[i].name, rows[i].from, rows[i].to, rows[i].sentence));
    }
}

/* @name's mmproj with @value as the number of @key. */
static SenProjector *
open_with_number (SenModel *model, const char *name, const char *key, uint32_t value, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *mmproj = g_strconcat (name, ".mmproj", NULL), *path = fixture_path (mmproj), *bytes = NULL;
  gsize length;
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  char *at = memmem (bytes, length, key, strlen (key));
  g_assert_nonnull (at);
  memcpy (at + strlen (key) + 4, &value, sizeof value);   /* behind its type */
  g_autoptr (GBytes) file = g_bytes_new (bytes, length);
  g_autoptr (SenGguf) gguf = sen_gguf_open_bytes (file, "bad", &local);
  g_assert_no_error (local);
  return sen_projector_open_gguf (gguf, model, fixture_device (), NULL, error);
}

/* Numbers that no model has. */
static void
test_bad_numbers (void)
{
  static const struct { const char *key; uint32_t value; int code; const char *sentence; } rows[] = {
    { "clip.vision.patch_size", 0, SEN_ERROR_FORMAT, "clip.vision.patch_size is missing or not from 1 to 56" },
    { "clip.vision.patch_size", 4000000000u, SEN_ERROR_FORMAT, "clip.vision.patch_size is missing or not from 1 to 56" },
    { "clip.vision.patch_size", 15, SEN_ERROR_FORMAT, "v.patch_embd.weight" },
    { "clip.vision.embedding_length", UINT32_MAX, SEN_ERROR_FORMAT, "clip.vision.embedding_length is missing or not from 1 to" },
    { "clip.vision.embedding_length", 12288, SEN_ERROR_UNSUPPORTED, "heads of its encoder are wider than 1024 numbers" },
    { "clip.vision.attention.head_count", 0, SEN_ERROR_FORMAT, "clip.vision.attention.head_count is missing or not from 1 to" },
    { "clip.vision.attention.head_count", 5, SEN_ERROR_UNSUPPORTED, "do not divide into quarters" },
    { "clip.vision.block_count", UINT32_MAX, SEN_ERROR_FORMAT, "clip.vision.block_count is missing or not from 1 to" },
    { "clip.vision.block_count", 200, SEN_ERROR_FORMAT, "v.blk.3." },
  };
  g_autoptr (SenModel) model = fixture_model ("qwen2vl-a");
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (open_with_number (model, "qwen2vl-a", rows[i].key, rows[i].value, &error));
      assert_sentence (error, rows[i].code, rows[i].sentence);
    }
}

/* Where every single layer sees all of a picture there are no windows; and none are larger than memory has room for. */
static void
test_bad_windows (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenModel) model = fixture_model ("qwen2.5vl-whole");
  g_autoptr (SenProjector) none = open_projector (model, "qwen2.5vl-whole");
  g_autoptr (SenProjector) one = open_with_number (model, "qwen2.5vl-whole", "clip.vision.n_wa_pattern", 1, &error);
  g_assert_no_error (error);
  g_autoptr (SenMedia) expected = see (none, 200, 150, 1), seen = see (one, 200, 150, 1);
  const SenPart *part = &sen_media_span (expected, 1)->part;
  g_assert_cmpmem (sen_media_span (seen, 1)->part.embeddings, (size_t) part->n * sen_model_info (model)->n_embd * sizeof (float),
                   part->embeddings, (size_t) part->n * sen_model_info (model)->n_embd * sizeof (float));

  g_autoptr (SenModel) windowed = fixture_model ("qwen2.5vl-a");
  g_assert_null (open_with_number (windowed, "qwen2.5vl-a", "clip.vision.patch_size", 1, &error));
  assert_sentence (error, SEN_ERROR_UNSUPPORTED, "windows of its encoder hold more than 1024 patches");
}

static bool
opens (SenModel *model, const uint8_t *data, gsize length, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, length);
  g_autoptr (SenGguf) gguf = sen_gguf_open_bytes (bytes, "damaged", error);
  g_autoptr (SenProjector) projector = gguf != NULL ? sen_projector_open_gguf (gguf, model, fixture_device (), NULL, error) : NULL;
  return projector != NULL;
}

/* Cut anywhere it is refused; with a bit of its head turned any answer is right, as long as it is one. */
static void
test_cut_and_turned (void)
{
  static const char *const names[] = { "llava-legacy", "llava-tiles", "idefics3-c", "gemma3-a", "qwen2vl-legacy", "qwen2.5vl-a" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (SenModel) model = fixture_model (names[i]);
      g_autofree char *mmproj = g_strconcat (names[i], ".mmproj", NULL), *path = fixture_path (mmproj), *bytes = NULL;
      gsize length;
      g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
      for (gsize n = 0; n < length; n += n < 4096 ? 61 : length / 16)
        {
          g_autoptr (GError) error = NULL;
          g_assert_false (opens (model, (const uint8_t *) bytes, n, &error));
          g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
        }
      for (gsize bit = 0; bit < 6000 * 8; bit += 37)
        {
          g_autoptr (GError) error = NULL;
          bytes[bit / 8] ^= (char) (1 << bit % 8);
          g_assert_true (opens (model, (const uint8_t *) bytes, length, &error) == (error == NULL));
          bytes[bit / 8] ^= (char) (1 << bit % 8);
        }
    }
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  g_test_add_func ("/seeing/prompt", test_prompt);
  g_test_add_func ("/seeing/again", test_again);
  g_test_add_func ("/seeing/together", test_together);
  g_test_add_func ("/seeing/twenty", test_twenty);
  g_test_add_func ("/seeing/odd pictures", test_odd_pictures);
  g_test_add_func ("/seeing/tiles", test_tiles);
  g_test_add_func ("/seeing/grid", test_grid);
  g_test_add_func ("/seeing/grid again", test_grid_again);
  g_test_add_func ("/seeing/too many tiles", test_too_many_tiles);
  g_test_add_func ("/seeing/cancelled", test_cancelled);
  g_test_add_func ("/seeing/of another model", test_of_another_model);
  g_test_add_func ("/seeing/damaged", test_damaged);
  g_test_add_func ("/seeing/bad numbers", test_bad_numbers);
  g_test_add_func ("/seeing/bad windows", test_bad_windows);
  g_test_add_func ("/seeing/cut and turned", test_cut_and_turned);
  return fixture_run ();
}
