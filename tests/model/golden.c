/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "golden.h"
#include "sen-cpu.h"
#include "sen-vulkan.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <stdlib.h>

#define DEFAULT_BATCH 128

static void
golden_case_free (gpointer data)
{
  GoldenCase *c = data;
  g_free (c->name);
  g_free (c->tokens);
  g_free (c->logprobs);
  g_free (c->default_logprobs);
  g_free (c->top);
  g_free (c->text);
  g_strfreev (c->media);
  g_free (c);
}

static float *
read_logprobs (JsonObject *object, const char *member, uint32_t n)
{
  if (!json_object_has_member (object, member))
    return NULL;
  JsonArray *array = json_object_get_array_member (object, member);
  g_assert_cmpuint (json_array_get_length (array), ==, n);
  float *values = g_new (float, n);
  for (uint32_t i = 0; i < n; i++)
    values[i] = (float) json_array_get_double_element (array, i);
  return values;
}

static void
read_media (GoldenCase *c, JsonObject *object)
{
  JsonArray *media = json_object_get_array_member (object, "media");
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();
  for (guint i = 0; i < json_array_get_length (media); i++)
    g_strv_builder_add (paths, json_array_get_string_element (media, i));
  c->media = g_strv_builder_end (paths);
  c->text = g_strdup (json_object_get_string_member (object, "text"));
  c->n_past = (uint32_t) json_object_get_int_member (object, "n_past");
}

static GoldenCase *
read_case (JsonObject *object)
{
  GoldenCase *c = g_new0 (GoldenCase, 1);
  JsonArray *tokens = json_object_get_array_member (object, "tokens");
  JsonArray *top = json_object_get_array_member (object, "top");

  c->name = g_strdup (json_object_get_string_member (object, "name"));
  c->n_tokens = json_array_get_length (tokens);
  c->tokens = g_new (SenToken, c->n_tokens);
  for (uint32_t i = 0; i < c->n_tokens; i++)
    c->tokens[i] = (SenToken) json_array_get_int_element (tokens, i);
  c->logprobs = read_logprobs (object, "next_logprobs", c->n_tokens - 1);
  c->default_logprobs = read_logprobs (object, "default_next_logprobs", c->n_tokens - 1);
  c->n_top = json_array_get_length (top);
  c->top = g_new (SenAlternative, c->n_top);
  for (uint32_t i = 0; i < c->n_top; i++)
    {
      JsonArray *pair = json_array_get_array_element (top, i);
      c->top[i] = (SenAlternative) {
        .token = (SenToken) json_array_get_int_element (pair, 0),
        .logprob = (float) json_array_get_double_element (pair, 1),
      };
    }
  if (json_object_has_member (object, "media"))
    read_media (c, object);
  return c;
}

Golden *
golden_load (const char *path)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  if (!json_parser_load_from_file (parser, path, &error))
    g_error ("%s: %s", path, error->message);

  JsonObject *root = json_node_get_object (json_parser_get_root (parser));
  JsonArray *cases = json_object_get_array_member (root, "cases");
  Golden *golden = g_new0 (Golden, 1);
  golden->cases = g_ptr_array_new_with_free_func (golden_case_free);
  golden->n_ctx = (uint32_t) json_object_get_int_member_with_default (root, "n_ctx", 0);
  for (guint i = 0; i < json_array_get_length (cases); i++)
    g_ptr_array_add (golden->cases, read_case (json_array_get_object_element (cases, i)));
  return golden;
}

void
golden_free (Golden *golden)
{
  g_ptr_array_unref (golden->cases);
  g_free (golden);
}

/* --- Differences ---------------------------------------------------------------------------------------------------- */

void
differences_init (Differences *differences)
{
  *differences = (Differences) { .differences = g_array_new (FALSE, FALSE, sizeof (double)) };
}

void
differences_add (Differences *differences, const float *ours, const float *reference, uint32_t n)
{
  for (uint32_t i = 0; i < n; i++)
    {
      /* A NaN must not pass a comparison by comparing false, nor disturb the sorting. */
      double difference = isfinite (ours[i]) ? fabs ((double) ours[i] - reference[i]) : INFINITY;
      g_array_append_val (differences->differences, difference);
      differences->sum_ours += ours[i];
      differences->sum_reference += reference[i];
    }
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return x < y ? -1 : x > y;
}

DifferenceSummary
differences_summary (Differences *differences)
{
  uint32_t n = differences->differences->len;
  double *values = (double *) (void *) differences->differences->data;
  g_assert_cmpuint (n, >, 0);
  qsort (values, n, sizeof *values, compare_doubles);

  /* Between the two nearest ranks, as numpy does. */
  double rank = 0.99 * (n - 1);
  uint32_t below = (uint32_t) rank;
  double p99 = below + 1 < n ? values[below] + (rank - below) * (values[below + 1] - values[below]) : values[below];
  DifferenceSummary summary = {
    .p99 = p99,
    .max = values[n - 1],
    .perplexity_ratio = exp ((differences->sum_reference - differences->sum_ours) / n),
  };
  for (uint32_t i = 0; i < n; i++)
    summary.mean += values[i] / n;
  return summary;
}

void
differences_clear (Differences *differences)
{
  g_clear_pointer (&differences->differences, g_array_unref);
}

/* --- Scoring -------------------------------------------------------------------------------------------------------- */

typedef struct {
  const SenToken *tokens;
  uint32_t        n, n_vocab, n_top;
  float          *logprobs;
  SenAlternative *top;
} Rows;

static void
take_row (uint32_t position, const float *logits, gpointer data)
{
  Rows *rows = data;
  if (position + 1 < rows->n)
    rows->logprobs[position] = sen_logprob (logits, rows->n_vocab, rows->tokens[position + 1]);
  else if (rows->top != NULL)
    sen_top_logprobs (logits, rows->n_vocab, rows->top, rows->n_top);
}

float *
score_tokens (SenModel *model, const Scoring *scoring, const SenToken *tokens, uint32_t n, SenAlternative *top, uint32_t n_top)
{
  g_autoptr (GError) error = NULL;
  SenSessionParams params = sen_session_params_default ();
  params.n_ctx = scoring->n_ctx;
  params.kv_type = scoring->kv_type;
  params.n_batch = params.n_out_max = scoring->n_batch != 0 ? scoring->n_batch : DEFAULT_BATCH;
  g_autoptr (SenSession) session = sen_session_new (model, scoring->device, NULL, &params, &error);
  g_assert_no_error (error);

  float *logprobs = g_new (float, n);
  Rows rows = {
    .tokens = tokens, .n = n, .n_vocab = sen_model_info (model)->n_vocab, .n_top = n_top, .logprobs = logprobs, .top = top,
  };
  const SenPart part = { .tokens = tokens, .n = n };
  sen_session_score (session, &part, 1, take_row, &rows, NULL, &error);
  g_assert_no_error (error);
  return logprobs;
}

double
compare_top (const GoldenCase *golden, const SenAlternative *top)
{
  /* Two nearly as likely tokens may change places, so tokens are looked up; the last few may fall out of the list. */
  double worst = 0.0;
  for (uint32_t i = 0; i < golden->n_top / 2; i++)
    {
      double difference = INFINITY;
      for (uint32_t j = 0; j < golden->n_top; j++)
        if (top[j].token == golden->top[i].token)
          difference = fabs ((double) top[j].logprob - golden->top[i].logprob);
      worst = MAX (worst, difference);
    }
  return worst;
}

/* --- Devices ---------------------------------------------------------------------------------------------------------- */

GPtrArray *
exact_cpu_devices (void)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *devices = g_ptr_array_new_with_free_func ((GDestroyNotify) sen_device_unref);
  g_ptr_array_add (devices, sen_cpu_device_new (&(SenCpuParams) { .n_threads = 2, .exact = true }, &error));
  g_assert_no_error (error);
  return devices;
}

GPtrArray *
exact_vulkan_devices (void)
{
  g_autofree char *reason = NULL;
  const SenDebug debug = sen_debug_from_env ();
  g_autoptr (GPtrArray) found = sen_vulkan_list (&debug, &reason);
  g_autoptr (GPtrArray) devices = g_ptr_array_new_with_free_func ((GDestroyNotify) sen_device_unref);
  for (guint i = 0; i < found->len; i++)
    {
      g_autoptr (GError) error = NULL;
      const SenVulkanInfo *info = g_ptr_array_index (found, i);
      if (info->unusable != NULL)
        continue;
      const SenVulkanParams params = { .index = info->index, .exact = true, .debug = &debug };
      g_ptr_array_add (devices, sen_vulkan_device_new (&params, &error));
      g_assert_no_error (error);
    }
  if (devices->len > 0)
    return g_steal_pointer (&devices);
  g_print ("1..0 # SKIP hardware: %s\n", reason != NULL ? reason : "no usable Vulkan device");
  return NULL;
}
