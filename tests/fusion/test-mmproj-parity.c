/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Small random models that see or hear, with several media in a text, against what llama.cpp's mtmd makes of them.
 * Arguments: the folder with the models, the golden file, tests/data, and "cpu" or "vulkan". */
#include "golden.h"
#include "sen-cpu.h"
#include "sen-debug.h"
#include "sen-decode.h"
#include "sen-media-prompt.h"
#include "sen-projector.h"
#include "sen-vulkan.h"

#include <math.h>
#include <string.h>

#define ALLOWED 0.02
#define ODD_BATCH 61
#define N_LEAST_SHAPES 3

typedef struct {
  const char *folder, *data;
  Golden     *golden;
  SenDecode  *decode;
} Suite;

typedef struct {
  const Suite *suite;
  SenDevice   *device;
  const char  *family;
} Run;

/* A model, what lets it see or hear, and a session, for all cases of one name. */
typedef struct {
  const char   *name;
  SenModel     *model;
  SenProjector *projector;
  SenSession   *session;
} Opened;

/* What is scored on the way. */
typedef struct {
  const GoldenCase *golden;
  const uint32_t   *positions;     /* of the golden tokens */
  uint32_t          n_all;         /* positions of all parts */
  uint32_t          n_vocab, next;
  double            worst;
} Scored;

static const char *const families[] = { "llava", "idefics3", "gemma3", "qwen2vl", "qwen2.5vl", "ultravox", "qwen2a", "voxtral", "both" };

static SenMedia *
encode (const Suite *suite, SenProjector *projector, const char *name)
{
  g_autoptr (GError) error = NULL;
  SenMedia *media = NULL;
  g_autofree char *path = g_build_filename (g_str_has_prefix (name, "made/") ? suite->folder : suite->data, name, NULL);
  if (!g_str_has_suffix (name, ".wav"))
    {
      g_autoptr (SenImage) image = sen_decode_picture (suite->decode, path, NULL, NULL, &error);
      g_assert_no_error (error);
      media = sen_projector_see (projector, image, NULL, &error);
    }
  else
    {
      g_autoptr (GArray) samples = sen_decode_read_sound (suite->decode, path, 600.0, NULL, &error);
      g_assert_no_error (error);
      media = sen_projector_hear (projector, (const float *) samples->data, samples->len, NULL, &error);
    }
  g_assert_no_error (error);
  return media;
}

static void
compare (Scored *scored, const float *logits, SenToken token, float reference)
{
  float logprob = sen_logprob (logits, scored->n_vocab, token);
  scored->worst = MAX (scored->worst, isfinite (logprob) ? fabs ((double) logprob - reference) : INFINITY);
}

static void
take_row (uint32_t position, const float *logits, gpointer data)
{
  Scored *scored = data;
  const GoldenCase *golden = scored->golden;
  if (scored->next < golden->n_tokens && scored->positions[scored->next] == position + 1)
    {
      compare (scored, logits, golden->tokens[scored->next], golden->logprobs[scored->next - 1]);
      scored->next++;
    }
  for (uint32_t i = 0; position + 1 == scored->n_all && i < golden->n_top; i++)
    compare (scored, logits, golden->top[i].token, golden->top[i].logprob);
}

/* Where the text's tokens stand, and how many positions there are; tokens must be those of the reference, and as far must be counted. */
static uint32_t *
check_parts (const GoldenCase *golden, const SenModel *model, const SenPart *parts, size_t n_parts, uint32_t *n_all)
{
  uint32_t *positions = g_new (uint32_t, golden->n_tokens), n = 0;
  *n_all = 0;
  for (size_t i = 0; i < n_parts; i++)
    for (uint32_t j = 0; j < parts[i].n; j++, ++*n_all)
      if (parts[i].tokens != NULL)
        {
          g_assert_cmpuint (n, <, golden->n_tokens);
          g_assert_cmpint (parts[i].tokens[j], ==, golden->tokens[n]);
          positions[n++] = *n_all;
        }
  g_assert_cmpuint (n, ==, golden->n_tokens);
  g_assert_cmpuint (sen_parts_n_counted (parts, n_parts, model), ==, golden->n_past);
  return positions;
}

static void
opened_clear (Opened *opened)
{
  g_clear_pointer (&opened->session, sen_session_free);
  g_clear_pointer (&opened->projector, sen_projector_free);
  g_clear_pointer (&opened->model, sen_model_unref);
}

static void
open_pair (Opened *opened, const Run *run, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_strdup_printf ("%s/%s.gguf", run->suite->folder, name);
  g_autofree char *mmproj = g_strdup_printf ("%s/%s.mmproj.gguf", run->suite->folder, name);
  const SenSessionParams params = {
    .n_ctx = run->suite->golden->n_ctx, .kv_type = SEN_TYPE_F32, .n_batch = ODD_BATCH, .n_out_max = ODD_BATCH,
  };
  opened_clear (opened);
  opened->name = name;
  opened->model = sen_model_open (path, &error);
  g_assert_no_error (error);
  opened->projector = sen_projector_open (mmproj, opened->model, run->device, NULL, &error);
  g_assert_no_error (error);
  opened->session = sen_session_new (opened->model, run->device, NULL, &params, &error);
  g_assert_no_error (error);
}

static double
check_case (const Run *run, Opened *opened, const GoldenCase *golden)
{
  g_autoptr (GError) error = NULL;
  if (g_strcmp0 (opened->name, golden->name) != 0)
    open_pair (opened, run, golden->name);

  g_autoptr (GPtrArray) media = g_ptr_array_new_with_free_func ((GDestroyNotify) sen_media_unref);
  for (char **name = golden->media; *name != NULL; name++)
    g_ptr_array_add (media, encode (run->suite, opened->projector, *name));
  const SenMediaText text = { .text = golden->text, .length = -1, .add_special = true };
  g_autoptr (SenMediaPrompt) prompt
    = sen_media_prompt_new (sen_model_tokenizer (opened->model), &text, (SenMedia **) media->pdata, media->len, &error);
  g_assert_no_error (error);
  size_t n_parts;
  const SenPart *parts = sen_media_prompt_parts (prompt, &n_parts);
  Scored scored = { .golden = golden, .next = 1, .n_vocab = sen_model_info (opened->model)->n_vocab };
  g_autofree uint32_t *positions = check_parts (golden, opened->model, parts, n_parts, &scored.n_all);
  scored.positions = positions;
  sen_session_score (opened->session, parts, n_parts, take_row, &scored, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (scored.next, ==, golden->n_tokens);
  if (!(scored.worst <= ALLOWED))
    {
      g_test_message ("%s: \"%s\" is off by %g, allowed %g", golden->name, golden->text, scored.worst, ALLOWED);
      g_test_fail ();
    }
  return scored.worst;
}

static void
test_family (gconstpointer data)
{
  const Run *run = data;
  g_autoptr (GHashTable) shapes = g_hash_table_new (g_str_hash, g_str_equal);
  Opened opened = { NULL };
  double worst = 0.0;
  for (guint i = 0; i < run->suite->golden->cases->len; i++)
    {
      const GoldenCase *golden = g_ptr_array_index (run->suite->golden->cases, i);
      size_t length = strlen (run->family);
      if (strncmp (golden->name, run->family, length) != 0 || golden->name[length] != '-')
        continue;
      worst = MAX (worst, check_case (run, &opened, golden));
      g_hash_table_add (shapes, golden->name);
    }
  opened_clear (&opened);
  g_assert_cmpuint (g_hash_table_size (shapes), >=, N_LEAST_SHAPES);
  g_test_message ("largest difference: %g", worst);
}

/* With a budget of so many bytes (0: all there is) a session of the small model @name with the CPU to fall back on: what it says of its
 * place. (transfer full) */
static char *
place (const Suite *suite, const char *name, uint64_t budget, uint64_t *held, uint64_t *left)
{
  g_autoptr (GError) error = NULL;
  SenDebug debug = sen_debug_from_env ();
  debug.vulkan_budget_bytes = budget;
  g_autofree char *path = g_strdup_printf ("%s/%s.gguf", suite->folder, name);
  g_autoptr (SenModel) model = sen_model_open (path, &error);
  g_assert_no_error (error);
  g_autoptr (SenDevice) device = sen_vulkan_device_new (&(SenVulkanParams) { .debug = &debug }, &error);
  g_assert_no_error (error);
  g_autoptr (SenDevice) cpu = sen_cpu_device_new (&(SenCpuParams) { .n_threads = 1 }, &error);
  g_assert_no_error (error);
  *left = sen_device_budget_bytes (device);
  const SenSessionParams params = sen_session_params_default ();
  g_autoptr (SenSession) session = sen_session_new (model, device, cpu, &params, &error);
  g_assert_no_error (error);
  *held = sen_session_info (session)->memory_bytes;
  return g_strdup (sen_session_info (session)->reason);
}

/* Gemma 3 reads the embeddings of a picture together, by a pass that is made when the first one comes: its layers leave room for that. A
 * budget that all layers of another model fill to the last byte is too small for it. */
static void
test_room (gconstpointer data)
{
  const uint64_t reserve = 64 << 20, all = 1 << 30;
  static const struct {
    const char *name;
    bool        fits;
  } rows[] = { { "llava-a", true }, { "gemma3-a", false } };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      uint64_t held, left, unused;
      g_autofree char *much = place (data, rows[i].name, all, &held, &left);
      g_assert_null (strstr (much, "layers fit"));
      g_autofree char *tight = place (data, rows[i].name, all - left + held + reserve, &unused, &unused);
      g_test_message ("%s: %s", rows[i].name, tight);
      g_assert_true ((strstr (tight, "layers fit") == NULL) == rows[i].fits);
    }
}

/* A picture of so many patches along each side, made of one number. */
static SenMedia *
see_square (SenProjector *projector, int n_side, uint32_t seed)
{
  enum { PATCH = 14 };
  g_autoptr (GError) error = NULL;
  int side = n_side * PATCH;
  g_autofree uint8_t *pixels = g_malloc ((size_t) side * side * 3);
  for (int i = 0; i < side * side * 3; i++)
    pixels[i] = (uint8_t) ((seed = seed * 1664525 + 1013904223) >> 24);
  g_autoptr (SenImage) image = sen_image_new (side, side, pixels);
  SenMedia *media = sen_projector_see (projector, image, NULL, &error);
  g_assert_no_error (error);
  return media;
}

static void
assert_alike (const SenMedia *a, const SenMedia *b, uint32_t n_embd)
{
  double square = 0.0, error = 0.0;
  g_assert_cmpuint (sen_media_n_spans (a), ==, sen_media_n_spans (b));
  for (size_t i = 0; i < sen_media_n_spans (a); i++)
    {
      const SenPart *one = &sen_media_span (a, i)->part, *other = &sen_media_span (b, i)->part;
      g_assert_cmpuint (one->n, ==, other->n);
      for (size_t j = 0; one->tokens == NULL && j < (size_t) one->n * n_embd; j++)
        {
          double x = (double) one->embeddings[j], y = (double) other->embeddings[j];
          square += x * x;
          error += (x - y) * (x - y);
        }
    }
  g_assert_cmpfloat (sqrt (error / square), <=, 1e-3);
}

/* One picture is too large for the device: it is seen with the CPU, and the next one with the device again. A picture that is a little
 * larger than any before finds its room there. */
static void
test_large_picture (gconstpointer data)
{
  enum { SMALL = 30, LITTLE_LARGER = 32, LARGE = 52 };
  const Suite *suite = data;
  const uint64_t all = 1 << 30;
  g_autoptr (GError) error = NULL;
  SenDebug debug = sen_debug_from_env ();
  debug.vulkan_budget_bytes = all;
  g_autofree char *path = g_strdup_printf ("%s/qwen2vl-a.gguf", suite->folder);
  g_autofree char *mmproj = g_strdup_printf ("%s/qwen2vl-a.mmproj.gguf", suite->folder);
  g_autoptr (SenModel) model = sen_model_open (path, &error);
  g_assert_no_error (error);
  g_autoptr (SenDevice) cpu = sen_cpu_device_new (&(SenCpuParams) { .n_threads = 2, .exact = true }, &error);
  g_autoptr (SenDevice) wide = sen_vulkan_device_new (&(SenVulkanParams) { .exact = true, .debug = &debug }, &error);
  g_assert_no_error (error);
  uint32_t n_embd = sen_model_info (model)->n_embd;

  g_autoptr (SenProjector) on_wide = sen_projector_open (mmproj, model, wide, cpu, &error);
  g_assert_no_error (error);
  g_autoptr (SenMedia) first = see_square (on_wide, SMALL, 1);
  uint64_t left = sen_device_budget_bytes (wide);
  g_autoptr (SenMedia) second = see_square (on_wide, LITTLE_LARGER, 2);
  g_assert_cmpuint (sen_device_budget_bytes (wide), ==, left);

  debug.vulkan_budget_bytes = all - left + 4096;
  g_autoptr (SenDevice) narrow = sen_vulkan_device_new (&(SenVulkanParams) { .exact = true, .debug = &debug }, &error);
  g_assert_no_error (error);
  g_autoptr (SenProjector) on_narrow = sen_projector_open (mmproj, model, narrow, cpu, &error);
  g_autoptr (SenProjector) on_cpu = sen_projector_open (mmproj, model, cpu, NULL, &error);
  g_assert_no_error (error);
  uint64_t unused = sen_device_budget_bytes (narrow);
  g_autoptr (SenMedia) small = see_square (on_narrow, SMALL, 1);
  uint64_t seen = sen_device_budget_bytes (narrow);
  g_assert_cmpuint (seen, <, unused);
  g_autoptr (SenMedia) large = see_square (on_narrow, LARGE, 3);
  g_assert_cmpuint (sen_device_budget_bytes (narrow), ==, unused);
  g_autoptr (SenMedia) again = see_square (on_narrow, LITTLE_LARGER, 2);
  g_assert_cmpuint (sen_device_budget_bytes (narrow), ==, seen);

  g_autoptr (SenMedia) large_on_cpu = see_square (on_cpu, LARGE, 3);
  assert_alike (small, first, n_embd);
  assert_alike (again, second, n_embd);
  assert_alike (large, large_on_cpu, n_embd);
}

static void
add_runs (const Suite *suite, SenDevice *device, const char *device_name, GPtrArray *runs)
{
  for (size_t i = 0; i < G_N_ELEMENTS (families); i++)
    {
      Run *run = g_new (Run, 1);
      *run = (Run) { .suite = suite, .device = device, .family = families[i] };
      g_ptr_array_add (runs, run);
      g_autofree char *path = g_strdup_printf ("/mmproj/%s/%s", device_name, families[i]);
      g_test_add_data_func (path, run, test_family);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 5);
  const SenDebug debug = sen_debug_from_env ();
  g_autoptr (Golden) golden = golden_load (argv[2]);
  g_autoptr (GPtrArray) devices = NULL, runs = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (SenDecode) decode = sen_decode_new (&(SenDecodeParams) { .helper = debug.decode_helper });
  const Suite suite = { .folder = argv[1], .data = argv[3], .golden = golden, .decode = decode };

  if (g_str_equal (argv[4], "cpu"))
    devices = exact_cpu_devices ();
  else if ((devices = exact_vulkan_devices ()) == NULL)
    return 0;
  else
    {
      g_test_add_data_func ("/mmproj/vulkan/room", &suite, test_room);
      g_test_add_data_func ("/mmproj/vulkan/large-picture", &suite, test_large_picture);
    }
  for (guint i = 0; i < devices->len; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s%u", argv[4], i);
      add_runs (&suite, g_ptr_array_index (devices, i), name, runs);
    }
  return g_test_run ();
}
