/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-grounding-json.h"

#include <math.h>
#include <string.h>

#include "sen-error.h"
#include "sen-grounding-private.h"
#include "sen-json-quote.h"
#include "sen-json-reader.h"
#include "sen-message.h"

#define NAME "the sources of this answer"
#define MAX_SENTENCES 10000
#define MAX_TEXT SEN_CHUNK_MAX_BYTES
#define MAX_NAME 255
#define MAX_MS (INT64_C (1) << 50)

void
sen_grounding_record_free (SenGroundingRecord *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->grounding, sen_grounding_free);
  g_clear_pointer (&self->weaker, sen_grounding_free);
  g_clear_pointer (&self->check, sen_grounding_check_free);
  g_free (self->query);
  g_free (self->folder);
  g_free (self);
}

/* --- Writing -------------------------------------------------------------------------------------------------------------------------- */

/* Names of files are bytes; an address holds any. */
static void
append_path (GString *json, const char *name, const char *path)
{
  g_autofree char *uri = path != NULL && g_path_is_absolute (path) ? g_filename_to_uri (path, NULL, NULL) : NULL;
  if (uri != NULL)
    sen_json_add_text (json, name, uri);
}

static void
append_source (GString *json, const SenSource *source)
{
  g_string_append_printf (json, "{\"kind\":%d", (int) source->kind);
  sen_json_add_text (json, "name", source->name);
  append_path (json, "uri", source->path);
  if (source->page > 0)
    g_string_append_printf (json, ",\"page\":%u", source->page);
  if (source->line > 0)
    g_string_append_printf (json, ",\"line\":%u", source->line);
  if (source->start_ms >= 0)
    g_string_append_printf (json, ",\"start_ms\":%" G_GINT64_FORMAT ",\"end_ms\":%" G_GINT64_FORMAT, source->start_ms, source->end_ms);
  if (*source->headings != '\0')
    sen_json_add_text (json, "headings", source->headings);
  sen_json_add_text (json, "text", source->text);
  if (*source->instructions != '\0')
    sen_json_add_text (json, "instructions", source->instructions);
  sen_json_add_number (json, "score", "%.4f", (double) source->score);
  sen_json_add_number (json, "cosine", "%.4f", (double) source->cosine);
  /* Nanoseconds are more than a number of JSON holds. */
  if (source->size_bytes > 0 || source->mtime_ns != 0)
    g_string_append_printf (json, ",\"bytes\":\"%" G_GUINT64_FORMAT "\",\"mtime_ns\":\"%" G_GINT64_FORMAT "\"", source->size_bytes,
                            source->mtime_ns);
  if (source->is_guess)
    g_string_append (json, ",\"guess\":true");
  if (source->seen_by != NULL)
    sen_json_add_text (json, "seen_by", source->seen_by);
  g_string_append_printf (json, ",\"tokens\":%u}", source->n_tokens);
}

static void
append_sources (GString *json, const char *name, const SenGrounding *grounding)
{
  g_string_append_printf (json, ",\"%s\":[", name);
  for (uint32_t i = 0; i < sen_grounding_n_sources (grounding); i++)
    {
      g_string_append (json, i > 0 ? "," : "");
      append_source (json, sen_grounding_source (grounding, i));
    }
  g_string_append_c (json, ']');
}

void
sen_grounding_append_sentence (GString *json, const SenGroundedSentence *sentence)
{
  g_string_append_printf (json, "{\"start\":%u,\"end\":%u,\"claim\":%s", sentence->start, sentence->end,
                          sentence->is_claim ? "true" : "false");
  sen_json_add_number (json, "support", "%.4f", (double) sentence->support);
  if (sentence->source >= 0)
    g_string_append_printf (json, ",\"source\":%d", sentence->source + 1);
  g_string_append (json, ",\"cited\":[");
  for (guint i = 0, n = 0; i < SEN_GROUNDING_MAX_SOURCES; i++)
    if (sentence->cited >> i & 1)
      g_string_append_printf (json, "%s%u", n++ > 0 ? "," : "", i + 1);
  g_string_append (json, "]}");
}

char *
sen_grounding_record_to_json (const SenGroundingRecord *self)
{
  GString *json = g_string_new ("{\"version\":1");
  sen_json_add_text (json, "query", self->query);
  append_path (json, "folder", self->folder);
  append_sources (json, "sources", self->grounding);
  if (self->weaker != NULL)
    append_sources (json, "weaker", self->weaker);
  if (self->check != NULL)
    {
      g_string_append_printf (json, ",\"found\":%s,\"sentences\":[", self->check->is_not_found ? "false" : "true");
      for (uint32_t i = 0; i < self->check->n; i++)
        {
          g_string_append (json, i > 0 ? "," : "");
          sen_grounding_append_sentence (json, &self->check->sentences[i]);
        }
      g_string_append_c (json, ']');
    }
  g_string_append_c (json, '}');
  return g_string_free (json, FALSE);
}

/* --- Reading -------------------------------------------------------------------------------------------------------------------------- */

static uint64_t
read_whole (const SenJson *object, const char *name, uint64_t max, uint64_t fallback)
{
  uint64_t number;
  return sen_json_u64 (sen_json_member (object, name), &number) && number <= max ? number : fallback;
}

static float
read_share (const SenJson *object, const char *name)
{
  const SenJson *member = sen_json_member (object, name);
  double number = member != NULL ? sen_json_number (member) : 0.0;
  return isfinite (number) && fabs (number) < 1e6 ? (float) number : 0.0f;
}

static bool
read_bool (const SenJson *object, const char *name)
{
  const SenJson *member = sen_json_member (object, name);
  return member != NULL && sen_json_bool (member);
}

/* An array; NULL where there is none. */
static const SenJson *
find_array (const SenJson *object, const char *name)
{
  const SenJson *member = sen_json_member (object, name);
  return member != NULL && sen_json_kind (member) == SEN_JSON_ARRAY ? member : NULL;
}

/* Of no more than MAX_TEXT bytes; "" where there is none. */
static const char *
read_text (const SenJson *object, const char *name)
{
  const SenJson *member = sen_json_member (object, name);
  const char *text = member != NULL ? sen_json_string (member) : NULL;
  return text != NULL && strlen (text) <= MAX_TEXT ? text : "";
}

/* (transfer full); NULL where there is none on this machine. */
static char *
read_path (const SenJson *object, const char *name)
{
  const SenJson *member = sen_json_member (object, name);
  const char *uri = member != NULL ? sen_json_string (member) : NULL;
  g_autofree char *host = NULL, *path = uri != NULL ? g_filename_from_uri (uri, &host, NULL) : NULL;
  return path != NULL && host == NULL ? g_steal_pointer (&path) : NULL;
}

/* What is borrowed from @object is copied by who restores it. */
static SenSource
read_source (const SenJson *object, GPtrArray *paths)
{
  char *path = read_path (object, "uri");
  g_ptr_array_add (paths, path != NULL ? path : g_strdup (""));
  SenSource source = {
    .path = g_ptr_array_index (paths, paths->len - 1),
    .name = read_text (object, "name"),
    .kind = (SenFileKind) read_whole (object, "kind", SEN_N_FILE_KINDS - 1, SEN_FILE_OTHER),
    .page = (uint32_t) read_whole (object, "page", UINT32_MAX, 0),
    .line = (uint32_t) read_whole (object, "line", UINT32_MAX, 0),
    .start_ms = -1,
    .end_ms = -1,
    .headings = read_text (object, "headings"),
    .text = read_text (object, "text"),
    .instructions = read_text (object, "instructions"),
    .score = read_share (object, "score"),
    .cosine = read_share (object, "cosine"),
    .n_tokens = (uint32_t) read_whole (object, "tokens", UINT32_MAX, 0),
    .size_bytes = g_ascii_strtoull (read_text (object, "bytes"), NULL, 10),
    .mtime_ns = g_ascii_strtoll (read_text (object, "mtime_ns"), NULL, 10),
    .is_guess = read_bool (object, "guess"),
    .seen_by = read_text (object, "seen_by"),
  };
  if (*source.seen_by == '\0' || strlen (source.seen_by) > MAX_NAME)
    source.seen_by = NULL;
  if (sen_json_member (object, "start_ms") != NULL)
    {
      source.start_ms = (int64_t) read_whole (object, "start_ms", MAX_MS, 0);
      source.end_ms = (int64_t) read_whole (object, "end_ms", MAX_MS, 0);
    }
  return source;
}

static SenGrounding *
read_sources (const SenJson *array, const char *question)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  SenSource sources[SEN_GROUNDING_MAX_SOURCES];
  uint32_t n = (uint32_t) MIN (sen_json_length (array), SEN_GROUNDING_MAX_SOURCES);
  for (uint32_t i = 0; i < n; i++)
    sources[i] = read_source (sen_json_at (array, i), paths);
  return sen_grounding_restore (question, sources, n);
}

static bool
read_sentence (const SenJson *object, uint32_t n_sources, uint32_t start, const char *answer, SenGroundedSentence *sentence)
{
  size_t length = strlen (answer);
  const SenJson *cited = find_array (object, "cited");
  *sentence = (SenGroundedSentence) {
    .start = (uint32_t) read_whole (object, "start", length, UINT32_MAX),
    .end = (uint32_t) read_whole (object, "end", length, 0),
    .source = (int32_t) read_whole (object, "source", n_sources, 0) - 1,
    .support = CLAMP (read_share (object, "support"), 0.0f, 1.0f),
    .is_claim = read_bool (object, "claim"),
  };
  for (size_t i = 0; cited != NULL && i < MIN (sen_json_length (cited), SEN_GROUNDING_MAX_SOURCES); i++)
    {
      uint64_t number;
      if (sen_json_u64 (sen_json_at (cited, i), &number) && number >= 1 && number <= n_sources)
        sentence->cited |= UINT64_C (1) << (number - 1);
    }
  /* Whole characters, one sentence behind the other. */
  return sentence->start >= start && sentence->start < sentence->end && ((guchar) answer[sentence->start] & 0xC0) != 0x80
         && ((guchar) answer[sentence->end] & 0xC0) != 0x80;
}

/* NULL when it is not that of @answer. */
static SenGroundingCheck *
read_check (const SenJson *root, const SenGrounding *grounding, const char *answer)
{
  const SenJson *array = find_array (root, "sentences");
  size_t n = array != NULL ? sen_json_length (array) : 0;
  if (n == 0 || n > MAX_SENTENCES)
    return NULL;
  g_autoptr (SenGroundingCheck) check = g_new0 (SenGroundingCheck, 1);
  check->sentences = g_new0 (SenGroundedSentence, n);
  check->is_not_found = !read_bool (root, "found");
  for (uint32_t start = 0; check->n < n; check->n++)
    {
      SenGroundedSentence *sentence = &check->sentences[check->n];
      if (!read_sentence (sen_json_at (array, check->n), sen_grounding_n_sources (grounding), start, answer, sentence))
        return NULL;
      start = sentence->end;
      check->n_claims += sentence->is_claim;
      check->n_supported += sentence->source >= 0;
      check->used |= sentence->source >= 0 ? UINT64_C (1) << sentence->source : 0;
    }
  return g_steal_pointer (&check);
}

SenGroundingRecord *
sen_grounding_record_from_json (const char *json, const char *question, const char *answer, GError **error)
{
  size_t length = strlen (json);
  if (length > SEN_MESSAGE_MAX_SOURCES)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "%s take more than %d bytes", NAME, SEN_MESSAGE_MAX_SOURCES);
      return NULL;
    }
  g_autoptr (SenJsonDocument) document = sen_json_parse (json, length, NAME, error);
  if (document == NULL)
    return NULL;
  const SenJson *root = sen_json_root (document), *sources = find_array (root, "sources"), *weaker = find_array (root, "weaker");
  if (sources == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s are no list of sources", NAME);
      return NULL;
    }
  SenGroundingRecord *self = g_new0 (SenGroundingRecord, 1);
  self->query = g_strdup (read_text (root, "query"));
  self->folder = read_path (root, "folder");
  self->grounding = read_sources (sources, question);
  self->weaker = weaker != NULL ? read_sources (weaker, question) : NULL;
  self->check = read_check (root, self->grounding, answer);
  return self;
}
