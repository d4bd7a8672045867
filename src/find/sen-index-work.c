/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What the indexer does with what was found in the folders: two passes over contents, whose reading runs ahead on a thread of its own, and
 * vectors for what lacks them. */
#include <math.h>

#include "sen-error.h"
#include "sen-indexer-private.h"

/* Contents that are read ahead: enough that decoder and encoder don't wait for each other, few enough to be cheap when they are lost. */
#define AHEAD 4
/* Passages that get their vectors in one transaction: about a second's work. */
#define BATCH 48

/* --- Reading ahead -------------------------------------------------------------------------------------------------------------------- */

/* What ends the thread. */
static SenReading no_more;

static gpointer
read_ahead (gpointer data)
{
  SenIndexer *self = data;
  for (SenReading *reading; (reading = g_async_queue_pop (self->to_read)) != &no_more;)
    {
      sen_reader_read (&self->reader, reading, &self->stop);
      g_async_queue_push (self->was_read, reading);
    }
  return NULL;
}

void
sen_index_start_reading (SenIndexer *self)
{
  self->to_read = g_async_queue_new ();
  self->was_read = g_async_queue_new ();
  self->read_thread = g_thread_new ("sen-read", read_ahead, self);
}

void
sen_index_stop_reading (SenIndexer *self)
{
  if (self->read_thread == NULL)
    return;
  g_async_queue_push (self->to_read, &no_more);
  g_thread_join (g_steal_pointer (&self->read_thread));
  g_clear_pointer (&self->to_read, g_async_queue_unref);
  g_clear_pointer (&self->was_read, g_async_queue_unref);
}

/* --- Models --------------------------------------------------------------------------------------------------------------------------- */

static const char *const role_names[] = { [SEN_SPACE_TEXT] = "text", [SEN_SPACE_SIGHT] = "sight", [SEN_SPACE_SOUND] = "sound" };

/* Once a role failed it rests until the models are looked for again. */
static void
give_up_role (SenIndexer *self, SenSpaceRole role, const GError *why)
{
  sen_indexer_note (self, role_names[role], why->message);
  self->spaces[role] = (SenSpace) { 0 };
}

bool
sen_index_open_models (SenIndexer *self, GError **error)
{
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    {
      g_autoptr (GError) why = NULL;
      uint32_t n_embd;
      const char *identity = sen_find_encoders_identity (self->encoders, (SenSpaceRole) role, &n_embd, &self->stop, &why);
      if (identity == NULL)
        give_up_role (self, (SenSpaceRole) role, why);
      else if (sen_store_open_space (self->store, (SenSpaceRole) role, identity, n_embd, &self->spaces[role], error))
        sen_indexer_note (self, role_names[role], NULL);
      else
        return false;
      self->after[role] = 0;
    }

  g_autoptr (GError) why = NULL;
  self->can_hear = sen_find_encoders_can_transcribe (self->encoders, &why);
  sen_indexer_note (self, "transcripts", why != NULL ? why->message : NULL);
  g_clear_pointer (&self->reader.tokenizer, sen_tokenizer_unref);
  self->reader.tokenizer = sen_find_encoders_tokenizer (self->encoders, &self->stop, NULL);
  self->reader.preparation
    = sen_find_encoders_preparation (self->encoders, &self->preparation, &self->stop, NULL) ? &self->preparation : NULL;
  self->reader.languages = (const char *const *) self->languages;
  self->reader.can_read_text = sen_decode_can_read_text (self->reader.languages);
  sen_indexer_note (self, "reading", self->reader.can_read_text ? NULL : "Text in pictures is not read: tesseract has no language here.");
  return true;
}

/* --- What is heard -------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  SenIndexer *self;
  SenSound   *sound;
  uint64_t    n_left;         /* samples */
  SenReading *reading;        /* of a transcript */
  SenChunker *chunker;
} Hearing;

/* Waits here while the indexer is held up, however long the sound is. */
static gssize
read_sound (float *samples, size_t n, gpointer data, GError **error)
{
  Hearing *hearing = data;
  SenIndexer *self = hearing->self;
  if (!sen_indexer_may_go_on (self))
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "indexing was stopped");
      return -1;
    }
  gssize got = sen_sound_read (hearing->sound, samples, MIN (n, hearing->n_left), &self->stop, error);
  hearing->n_left -= (uint64_t) MAX (got, 0);
  return got;
}

static void
take_segment (const SenTranscriptSegment *segment, gpointer data)
{
  Hearing *hearing = data;
  g_autofree char *text = g_strstrip (g_strdup (segment->text));
  if (*text == '\0')
    return;
  sen_chunker_add (hearing->chunker, &(SenDocumentBlock) {
    .kind = SEN_BLOCK_PARAGRAPH, .start_ms = (int64_t) (segment->start * 1000.0), .end_ms = (int64_t) (segment->end * 1000.0), .text = text,
  });
  sen_reading_take_passages (hearing->reading, hearing->chunker, SEN_CHUNK_HEARD, 0);
}

static void
take_language (const char *code, float probability, gpointer data)
{
  Hearing *hearing = data;
  g_free (hearing->reading->language);
  hearing->reading->language = g_strdup (code);
}

/* Adds the transcript to @reading. */
static void
transcribe (SenIndexer *self, SenReading *reading)
{
  GError *why = NULL;
  g_autoptr (SenSound) sound = sen_decode_open_sound (self->decode, reading->task.path, 0.0, &self->stop, &why);
  g_autoptr (SenChunker) chunker = sen_chunker_new (self->reader.tokenizer);
  Hearing hearing = { self, sound, G_MAXUINT64, reading, chunker };
  const SenTranscribeParams params = { .beam_size = 1, .segment = take_segment, .found = take_language, .user_data = &hearing };
  bool ok = sound != NULL && sen_find_encoders_transcribe (self->encoders, &params, read_sound, &hearing, &self->stop, &why);
  sen_chunker_end (chunker);
  sen_reading_take_passages (reading, chunker, SEN_CHUNK_HEARD, 0);
  if (!ok)
    sen_reading_fail (reading, why);
}

/* --- Passes --------------------------------------------------------------------------------------------------------------------------- */

/* Vectors of what is seen in @reading: rows[i] of chunk i, NULL where there is none. What fails has to do with the model or its device. */
static float **
see_chunks (SenIndexer *self, SenReading *reading)
{
  const SenSpace *space = &self->spaces[SEN_SPACE_SIGHT];
  float **rows = NULL;
  for (guint i = 0; i < reading->chunks->len && space->space != 0; i++)
    {
      g_autoptr (GError) why = NULL;
      const float *pixels = g_array_index (reading->chunks, SenReadChunk, i).pixels;
      if (pixels == NULL)
        continue;
      g_autofree float *row = g_new (float, space->n_embd);
      if (!sen_find_encoders_see (self->encoders, pixels, row, &self->stop, &why))
        {
          if (!g_error_matches (why, SEN_ERROR, SEN_ERROR_CANCELLED))
            give_up_role (self, SEN_SPACE_SIGHT, why);
          break;
        }
      if (reading->task.kind == SEN_FILE_PICTURE && reading->pass == SEN_INDEX_QUICK)
        {
          g_autofree char *tags = sen_find_encoders_tags (self->encoders, row, &self->stop, NULL);
          sen_reading_add_fact (reading, SEN_ABOUT_TAGS, tags);
        }
      if (rows == NULL)
        rows = g_new0 (float *, reading->chunks->len + SEN_ABOUT_PLACE);
      rows[i] = g_steal_pointer (&row);
    }
  return rows;
}

static bool
finish (SenIndexer *self, SenReading *reading, GError **error)
{
  if (reading->state == SEN_INDEX_DONE && reading->has_sound && self->can_hear)
    transcribe (self, reading);
  int64_t space = self->spaces[SEN_SPACE_SIGHT].space;   /* which may be given up meanwhile */
  g_autofree float **rows = reading->state == SEN_INDEX_DONE ? see_chunks (self, reading) : NULL;
  if (sen_cancel_requested (&self->stop))
    reading->state = SEN_INDEX_TO_DO;
  bool is_kept = reading->state != SEN_INDEX_TO_DO;
  guint n = is_kept ? reading->chunks->len : 0;
  g_autofree SenChunk *chunks = g_new (SenChunk, n + 1);
  for (guint i = 0; i < n; i++)
    chunks[i] = g_array_index (reading->chunks, SenReadChunk, i).chunk;
  const SenPassResult result = {
    .state = reading->state, .error = reading->error, .deep_state = reading->deep_state, .language = reading->language,
    .made_us = reading->made_us, .chunks = chunks, .n_chunks = n,
    .space = space, .vectors = is_kept ? (const float *const *) rows : NULL,
  };
  bool ok = sen_store_finish_pass (self->store, reading->task.content, reading->pass, &result, error);
  for (guint i = 0; rows != NULL && i < reading->chunks->len; i++)
    g_free (rows[i]);
  for (guint i = 0; ok && i < self->begun->len; i++)
    if (g_array_index (self->begun, int64_t, i) == reading->task.content)
      {
        g_array_remove_index_fast (self->begun, i);
        break;
      }
  return ok;
}

/* What was begun and never finished, because the database could not be written, does not count as a try. */
static bool
give_back (SenIndexer *self, GError **error)
{
  while (self->begun->len > 0)
    {
      const SenPassResult result = { .state = SEN_INDEX_TO_DO };
      if (!sen_store_finish_pass (self->store, g_array_index (self->begun, int64_t, self->begun->len - 1), self->begun_pass, &result, error))
        return false;
      g_array_set_size (self->begun, self->begun->len - 1);
    }
  return true;
}

/* What can be done of @pass with what is here. */
static uint32_t
kinds_of (const SenIndexer *self, SenIndexPass pass)
{
  uint32_t heard = 1u << SEN_FILE_SOUND | 1u << SEN_FILE_VIDEO, all = SEN_ALL_KINDS;
  if (pass == SEN_INDEX_QUICK)
    return all;
  if (!self->can_hear)
    all &= ~heard;
  return self->reader.can_read_text ? all : all & heard;
}

static bool
run_pass (SenIndexer *self, SenIndexPass pass, GError **error)
{
  SenStoreCounts counts;
  int64_t after = 0;
  guint n_out = 0;
  bool ok = give_back (self, error) && sen_store_count (self->store, &counts, error), more = true;
  self->begun_pass = pass;
  if (!ok || counts.n_to_do[pass] == 0)
    return ok;
  sen_indexer_begin_stage (self, pass == SEN_INDEX_QUICK ? SEN_INDEXER_READING : SEN_INDEXER_DEEPENING, counts.n_to_do[pass]);
  while (n_out > 0 || (ok && more))
    {
      more = ok && more && sen_indexer_may_go_on (self) && !sen_indexer_has_news (self);
      while (more && n_out < AHEAD)
        {
          SenStoreTask task = { 0 };
          ok = sen_store_begin_pass (self->store, pass, kinds_of (self, pass), after, &task, error);
          more = ok && task.content != 0;
          if (!more)
            break;
          after = task.content;
          g_array_append_val (self->begun, after);
          g_async_queue_push (self->to_read, sen_reading_new (&task, pass));
          n_out++;
        }
      if (n_out == 0)
        break;
      g_autoptr (SenReading) reading = g_async_queue_pop (self->was_read);
      n_out--;
      ok = ok && finish (self, reading, error);
      if (ok)
        sen_indexer_advance (self, 1, reading->task.path);
    }
  return ok;
}

/* --- Vectors -------------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  int64_t     chunk, start_ms, end_ms;
  char       *path, *text, *headings;
  SenFileKind kind;
} Lack;

static void
clear_lack (gpointer data)
{
  Lack *lack = data;
  g_free (lack->path);
  g_free (lack->text);
  g_free (lack->headings);
}

static void
note_lack (const SenStoreMissing *missing, gpointer data)
{
  const Lack lack = {
    .chunk = missing->chunk, .start_ms = missing->passage.start_ms, .end_ms = missing->passage.end_ms, .path = g_strdup (missing->path),
    .text = g_strdup (missing->passage.text), .headings = g_strdup (missing->passage.headings), .kind = missing->kind,
  };
  g_array_append_val ((GArray *) data, lack);
}

static bool
embed_text (SenIndexer *self, const Lack *lack, float *row, GError **error)
{
  const SenPassage passage = { .text = lack->text, .headings = lack->headings };
  g_autofree char *text = sen_passage_dup_for_encoder (&passage, self->reader.tokenizer);
  return sen_find_encoders_text (self->encoders, text, row, &self->stop, error);
}

static bool
embed_picture (SenIndexer *self, const Lack *lack, float *row, bool *is_file, GError **error)
{
  g_autofree float *pixels = NULL;
  *is_file = !sen_reader_read_picture (&self->reader, lack->path, lack->kind, lack->start_ms, &pixels, &self->stop, error);
  return !*is_file && sen_find_encoders_see (self->encoders, pixels, row, &self->stop, error);
}

static bool
embed_sound (SenIndexer *self, const Lack *lack, float *row, bool *is_file, GError **error)
{
  g_autoptr (SenSound) sound = sen_decode_open_sound (self->decode, lack->path, (double) MAX (lack->start_ms, 0) / 1000.0, &self->stop, error);
  int64_t length_ms = lack->end_ms - MAX (lack->start_ms, 0);
  Hearing hearing = { .self = self, .sound = sound, .n_left = length_ms > 0 ? (uint64_t) length_ms * SEN_SOUND_RATE / 1000 : G_MAXUINT64 };
  *is_file = true;
  /* What it can't be made of is the file's fault, unless the device is. */
  return sound != NULL && sen_find_encoders_sound (self->encoders, read_sound, &hearing, row, &self->stop, error);
}

/* One vector: 1; 0: none can be made of it, because of the file; -1: the model or its device failed, or it was stopped. */
static int
embed (SenIndexer *self, SenSpaceRole role, const Lack *lack, float *row, GError **error)
{
  g_autoptr (GError) why = NULL;
  bool is_file = false;
  bool ok = role == SEN_SPACE_TEXT    ? embed_text (self, lack, row, &why)
            : role == SEN_SPACE_SIGHT ? embed_picture (self, lack, row, &is_file, &why)
                                      : embed_sound (self, lack, row, &is_file, &why);
  if (ok)
    return 1;
  bool is_cancelled = g_error_matches (why, SEN_ERROR, SEN_ERROR_CANCELLED);
  bool is_device = g_error_matches (why, SEN_ERROR, SEN_ERROR_DEVICE) || g_error_matches (why, SEN_ERROR, SEN_ERROR_DEVICE_LOST)
                   || g_error_matches (why, SEN_ERROR, SEN_ERROR_DEVICE_MEMORY) || g_error_matches (why, SEN_ERROR, SEN_ERROR_NO_MEMORY);
  if (is_file && !is_cancelled && !is_device)
    return 0;
  g_propagate_error (error, g_steal_pointer (&why));
  return -1;
}

/* The next of what lacks a vector of @role. *@n: how many there were. */
static bool
embed_some (SenIndexer *self, SenSpaceRole role, guint *n, GError **error)
{
  const SenSpace *space = &self->spaces[role];
  g_autoptr (GArray) lacks = g_array_new (FALSE, FALSE, sizeof (Lack));
  g_array_set_clear_func (lacks, clear_lack);
  *n = 0;
  if (!sen_store_each_missing (self->store, space->space, self->after[role], role == SEN_SPACE_TEXT ? BATCH : AHEAD, note_lack, lacks, error))
    return false;
  g_autofree float *values = g_new (float, (size_t) MAX (lacks->len, 1) * space->n_embd);
  g_autofree SenVectorRow *rows = g_new (SenVectorRow, lacks->len + 1);
  g_autoptr (GError) why = NULL;
  guint i;
  for (i = 0; i < lacks->len && sen_indexer_may_go_on (self); i++)
    {
      float *row = values + (size_t) i * space->n_embd;
      int made = embed (self, role, &g_array_index (lacks, Lack, i), row, &why);
      if (made < 0)
        break;
      rows[i] = (SenVectorRow) { g_array_index (lacks, Lack, i).chunk, made > 0 ? row : NULL };
    }
  if (i > 0 && !sen_store_put_vectors (self->store, space->space, rows, i, error))
    return false;
  if (i > 0)
    {
      self->after[role] = rows[i - 1].chunk;
      sen_indexer_advance (self, i, g_array_index (lacks, Lack, i - 1).path);
    }
  if (why != NULL && !g_error_matches (why, SEN_ERROR, SEN_ERROR_CANCELLED))
    give_up_role (self, role, why);
  *n = i;
  return true;
}

static bool
embed_missing (SenIndexer *self, GError **error)
{
  uint64_t n_missing = 0, n_of[SEN_N_SPACE_ROLES] = { 0 };
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    {
      if (self->spaces[role].space != 0 && !sen_store_count_missing (self->store, self->spaces[role].space, &n_of[role], error))
        return false;
      n_missing += n_of[role];
    }
  if (n_missing > 0)
    sen_indexer_begin_stage (self, SEN_INDEXER_EMBEDDING, n_missing);
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    for (guint n = 1; n_of[role] > 0 && n > 0 && self->spaces[role].space != 0;)
      if (!sen_indexer_may_go_on (self) || sen_indexer_has_news (self))
        return true;
      else if (!embed_some (self, (SenSpaceRole) role, &n, error))
        return false;
  return true;
}

/* Spaces that are whole take the place of older ones; the first search brings the map up to date, so that it is not who searches first that
 * waits for it. */
static bool
settle (SenIndexer *self, GError **error)
{
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    {
      SenSpace *space = &self->spaces[role];
      bool is_whole;
      if (space->space == 0)
        continue;
      if (!sen_store_settle_space (self->store, space->space, &is_whole, error))
        return false;
      SenSpread spread;
      g_autofree float *query = g_new0 (float, space->n_embd);
      g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (SenHit));
      query[0] = 1.0f;
      if (!sen_store_search_meaning (self->store, space->space, query, NULL, 1, hits, &spread, &self->stop, error))
        return false;
    }
  return true;
}

static bool
is_interrupted (SenIndexer *self)
{
  return sen_cancel_requested (&self->stop) || sen_indexer_has_news (self);
}

bool
sen_index_work (SenIndexer *self, GError **error)
{
  for (int round = 0; round < 2; round++)
    {
      if (!run_pass (self, round == 0 ? SEN_INDEX_QUICK : SEN_INDEX_DEEP, error))
        return false;
      if (!is_interrupted (self) && !embed_missing (self, error))
        return false;
      if (is_interrupted (self))
        return true;
      if (!settle (self, error))
        return false;
    }
  return true;
}
