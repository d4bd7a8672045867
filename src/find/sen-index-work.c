/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What the indexer does with what was found in the folders: two passes over contents, and vectors for what lacks them. Workers read and
 * embed; what is written, and what is heard, is done here. */
#include <string.h>
#include <sys/stat.h>

#include "sen-crawl.h"
#include "sen-error.h"
#include "sen-index-reason.h"
#include "sen-indexer-private.h"

/* Contents that are in work for each worker: one that is read, one that waits for it, few enough to be cheap when they are lost. */
#define AHEAD 2
/* Passages, pictures or stretches of sound for each worker that get their vectors in one transaction: some seconds' work. */
#define BATCH 32
/* How often it is looked for news while workers read. */
#define NEWS_MS 250

static bool
is_interrupted (SenIndexer *self)
{
  return sen_cancel_requested (&self->stop) || sen_indexer_has_news (self);
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
        {
          sen_indexer_note (self, role_names[role], NULL);
          g_free (self->identities[role]);
          self->identities[role] = g_strdup (identity);
        }
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
  g_autofree char *unread = self->reader.can_read_text ? NULL : sen_index_say (SEN_INDEX_REASON_NO_LANGUAGE, NULL);
  sen_indexer_note (self, "reading", unread);
  return true;
}

/* --- What takes long ------------------------------------------------------------------------------------------------------------------ */

/* Pages that were read of documents that are not done. */
static bool
keep_parts (SenIndexer *self, GError **error)
{
  for (SenFoundPart *found; (found = g_async_queue_try_pop (self->parts)) != NULL; sen_found_part_free (found))
    if (!sen_store_put_parts (self->store, found->content, found->pass, (const SenStorePart *) found->parts->data, found->parts->len,
                              error))
      {
        sen_found_part_free (found);
        return false;
      }
  return true;
}

/* Takes back what asked for an end, unless it is for good. */
static void
forget_request (SenIndexer *self, SenCancel *request)
{
  g_atomic_int_set (&request->requested, 0);
  if (sen_cancel_requested (&self->stop))
    g_atomic_int_set (&request->requested, 1);
}

typedef struct {
  SenIndexHearing hearing;
  SenReading     *reading;
  SenChunker     *chunker;
  GArray         *window;     /* SenStorePart: what was said since the place that was kept last */
  gint64          begun;
  gint64          not_before; /* it makes way for something else; 0: the place it went on from is not reached yet */
  GError         *failure;    /* of the store */
} Transcript;

static gssize
read_sound (float *samples, size_t n, gpointer data, GError **error)
{
  return sen_index_read_sound (samples, n, &((Transcript *) data)->hearing, error);
}

static void
add_heard (Transcript *transcript, const SenStorePart *part)
{
  if (*part->text == '\0')
    return;
  sen_chunker_add (transcript->chunker, &(SenDocumentBlock) {
    .kind = SEN_BLOCK_PARAGRAPH, .start_ms = part->start_ms, .end_ms = part->end_ms, .text = (char *) part->text,
  });
  sen_reading_take_passages (transcript->reading, transcript->chunker, SEN_CHUNK_HEARD, 0);
}

static void
take_segment (const SenTranscriptSegment *segment, gpointer data)
{
  Transcript *transcript = data;
  g_autofree char *text = g_strstrip (g_strdup (segment->text));
  const SenStorePart part = {
    .place = "", .start_ms = (int64_t) (segment->start * 1000.0), .end_ms = (int64_t) (segment->end * 1000.0), .text = text,
  };
  add_heard (transcript, &part);
  sen_read_parts_add (&part, transcript->window);
}

static void
take_language (const char *code, float probability, gpointer data)
{
  Transcript *transcript = data;
  g_free (transcript->reading->language);
  transcript->reading->language = g_strdup (code);
}

/* What was said since the last place is kept with this one, which is its frame behind the language: words are not timed. */
static bool
keep_window (Transcript *transcript, const SenTranscribePlace *place, GError **error)
{
  SenIndexer *self = transcript->hearing.indexer;
  const SenReading *reading = transcript->reading;
  if (reading->language == NULL)
    return true;   /* there was nothing to hear */
  if (transcript->window->len == 0)
    sen_read_parts_add (&(SenStorePart) { .place = "", .start_ms = -1, .end_ms = -1, .text = "" }, transcript->window);
  SenStorePart *last = &g_array_index (transcript->window, SenStorePart, transcript->window->len - 1);
  g_free ((char *) last->place);
  last->place = g_strdup_printf ("%s %" G_GUINT64_FORMAT, reading->language, place->frame);
  bool ok = sen_store_put_parts (self->store, reading->task.content, reading->pass, (const SenStorePart *) transcript->window->data,
                                 transcript->window->len, error);
  g_array_set_size (transcript->window, 0);
  return ok;
}

/* Between two windows what waits goes first. Where much had to be read again to come here, as much time again is spent on it before. */
static void
reach (double seconds, const SenTranscribePlace *place, gpointer data)
{
  Transcript *transcript = data;
  SenIndexer *self = transcript->hearing.indexer;
  bool ok = transcript->failure == NULL && keep_window (transcript, place, &transcript->failure) && keep_parts (self, &transcript->failure);
  gint64 now = g_get_monotonic_time ();
  if (transcript->not_before == 0)
    transcript->not_before = transcript->reading->parts->len > 0 ? now + (now - transcript->begun) : now;
  if (!ok || !sen_indexer_may_go_on (self) || (now >= transcript->not_before && sen_indexer_has_news (self)))
    g_atomic_int_set (&self->hush.requested, 1);
}

/* Adds the transcript to @reading, or what is left of it; false when the store can't keep it. */
static bool
transcribe (SenIndexer *self, SenReading *reading, GError **error)
{
  GError *why = NULL;
  SenTranscribePlace place = { 0 };
  bool is_resumed = reading->parts->len > 0;
  forget_request (self, &self->hush);
  if (sen_indexer_has_orders (self))
    g_atomic_int_set (&self->hush.requested, 1);
  g_autoptr (SenSound) sound = sen_decode_open_sound (sen_index_worker_decode (self->hearing), reading->task.path, 0.0, &self->stop, &why);
  g_autoptr (SenChunker) chunker = sen_chunker_new (self->reader.tokenizer);
  g_autoptr (GArray) window = sen_read_parts_new ();
  Transcript transcript = {
    .hearing = { self, sound, G_MAXUINT64 }, .reading = reading, .chunker = chunker, .window = window, .begun = g_get_monotonic_time (),
  };
  for (guint i = 0; i < reading->parts->len; i++)
    add_heard (&transcript, &g_array_index (reading->parts, SenStorePart, i));
  if (is_resumed)
    {
      const char *kept = g_array_index (reading->parts, SenStorePart, reading->parts->len - 1).place, *space = strchr (kept, ' ');
      place.frame = space != NULL ? g_ascii_strtoull (space + 1, NULL, 10) : 0;
      g_free (reading->language);
      reading->language = g_strndup (kept, strcspn (kept, " "));
    }
  g_autofree char *language = is_resumed ? g_strdup (reading->language) : NULL;
  const SenTranscribeParams params = {
    .segment = take_segment, .found = take_language, .reached = reach, .user_data = &transcript, .language = language,
    .resume = is_resumed ? &place : NULL,
  };
  self->heard = reading->task.content;
  bool ok = sound != NULL && sen_find_encoders_transcribe (self->encoders, &params, read_sound, &transcript, &self->hush, &why);
  self->heard = 0;
  if (transcript.failure != NULL)
    {
      g_propagate_error (error, transcript.failure);
      g_clear_error (&why);
      return false;
    }
  sen_chunker_end (chunker);
  sen_reading_take_passages (reading, chunker, SEN_CHUNK_HEARD, 0);
  if (!ok && sen_index_is_of_device (why))
    {
      /* The recording is not to blame. */
      if (!g_error_matches (why, SEN_ERROR, SEN_ERROR_CANCELLED))
        {
          self->can_hear = false;
          sen_indexer_note (self, "transcripts", why->message);
        }
      reading->state = SEN_INDEX_TO_DO;
      g_error_free (why);
    }
  else if (!ok)
    sen_reading_fail (reading, why);
  return true;
}

/* --- Passes --------------------------------------------------------------------------------------------------------------------------- */

static void
forget_begun (SenIndexer *self, int64_t content)
{
  for (guint i = 0; i < self->begun->len; i++)
    if (g_array_index (self->begun, int64_t, i) == content)
      {
        g_array_remove_index_fast (self->begun, i);
        return;
      }
}

/* Whether what was read is still what the store knows by that name: a file may go, or become another, while it is read. */
static bool
is_as_stored (SenIndexer *self, const SenReading *reading, bool *is_same, GError **error)
{
  SenStoredFile stored;
  struct stat status;
  if (!sen_store_find_file (self->store, reading->task.path, &stored, error))
    return false;
  SenFileStamp stamp = { 0 };
  *is_same = stored.content == reading->task.content && lstat (reading->task.path, &status) == 0 && S_ISREG (status.st_mode)
             && (stamp = sen_crawl_stamp (&status), sen_crawl_is_same (&stamp, &stored.stamp));
  return true;
}

/* @space: what the vectors in @reading are of. */
static bool
finish (SenIndexer *self, SenReading *reading, int64_t space, GError **error)
{
  if (reading->state == SEN_INDEX_DONE && reading->has_sound && self->can_hear && !transcribe (self, reading, error))
    return false;
  bool is_same;
  if (!is_as_stored (self, reading, &is_same, error))
    return false;
  /* The next look through the folders finds what it is now. */
  if (sen_cancel_requested (&self->stop) || !is_same)
    reading->state = SEN_INDEX_TO_DO;
  guint n = reading->state != SEN_INDEX_TO_DO ? reading->chunks->len : 0;
  g_autofree SenChunk *chunks = g_new (SenChunk, n + 1);
  g_autofree const float **vectors = g_new (const float *, n + 1);
  for (guint i = 0; i < n; i++)
    {
      chunks[i] = g_array_index (reading->chunks, SenReadChunk, i).chunk;
      vectors[i] = g_array_index (reading->chunks, SenReadChunk, i).vector;
    }
  const SenPassResult result = {
    .state = reading->state, .error = reading->error, .deep_state = reading->deep_state, .language = reading->language,
    .made_us = reading->made_us, .chunks = chunks, .n_chunks = n, .space = space, .vectors = space != 0 ? vectors : NULL,
  };
  if (!sen_store_finish_pass (self->store, reading->task.content, reading->pass, &result, error))
    return false;
  forget_begun (self, reading->task.content);
  return true;
}

/* What was begun and never finished, because the database could not be written, does not count as a try. */
static bool
give_back (SenIndexer *self, GError **error)
{
  while (self->begun->len > 0)
    {
      const SenPassResult result = { .state = SEN_INDEX_TO_DO };
      int64_t content = g_array_index (self->begun, int64_t, self->begun->len - 1);
      if (!sen_store_finish_pass (self->store, content, self->begun_pass, &result, error))
        return false;
      g_array_set_size (self->begun, self->begun->len - 1);
    }
  return true;
}

bool
sen_index_hold (SenIndexer *self, bool is_held)
{
  g_autoptr (GError) error = NULL;
  if (self->heard == 0)
    return false;
  if (sen_store_hold_pass (self->store, self->heard, SEN_INDEX_DEEP, is_held, &error))
    return true;
  g_debug ("what is held up counts as if it were not: %s", error->message);
  return false;
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

/* A job for the next content to read; *@after moves on. *@job: NULL when there is none. */
static bool
begin_reading (SenIndexer *self, SenIndexPass pass, int64_t *after, SenIndexJob **job, GError **error)
{
  SenStoreTask task = { 0 };
  *job = NULL;
  if (!sen_store_begin_pass (self->store, pass, kinds_of (self, pass), *after, &task, error))
    return false;
  if (task.content == 0)
    return true;
  *after = task.after;
  g_array_append_val (self->begun, task.content);
  *job = g_new0 (SenIndexJob, 1);
  (*job)->kind = SEN_JOB_READ;
  (*job)->n_embd = self->spaces[SEN_SPACE_SIGHT].space != 0 ? self->spaces[SEN_SPACE_SIGHT].n_embd : 0;
  (*job)->identity = self->identities[SEN_SPACE_SIGHT];
  (*job)->reading = sen_reading_new (&task, pass);
  return sen_store_each_part (self->store, (*job)->reading->task.content, pass, sen_read_parts_add, (*job)->reading->parts, error);
}

/* A model or its device failed. */
static void
take_trouble (SenIndexer *self, SenSpaceRole role, const GError *trouble)
{
  if (trouble != NULL && !g_error_matches (trouble, SEN_ERROR, SEN_ERROR_CANCELLED))
    give_up_role (self, role, trouble);
}

/* What a worker has read, into the store. */
static bool
end_reading (SenIndexer *self, SenIndexJob *job, int64_t space, bool ok, GError **error)
{
  g_autoptr (SenReading) reading = job->reading;
  take_trouble (self, SEN_SPACE_SIGHT, job->trouble);
  g_clear_error (&job->trouble);
  g_free (job);
  ok = ok && finish (self, reading, space, error);
  if (ok)
    sen_indexer_advance (self, 1, reading->task.path);
  return ok;
}

static bool
run_pass (SenIndexer *self, SenIndexPass pass, GError **error)
{
  SenStoreCounts counts;
  int64_t after = 0, space = self->spaces[SEN_SPACE_SIGHT].space;
  guint n_out = 0;
  /* What was in work when the program ended is read alone, so that only what ends it again and again comes to be given up. */
  SenIndexJob *alone = NULL;
  uint32_t kinds = kinds_of (self, pass);
  bool more = true, is_alone = false, is_dry = false, is_due;
  bool ok = give_back (self, error) && sen_store_retry_due (self->store, pass, kinds, &is_due, error)
            && sen_store_count (self->store, &counts, error);
  self->begun_pass = pass;
  self->was_held_up = false;
  forget_request (self, &self->yield);
  if (!ok || counts.n_to_do[pass] == 0)
    return ok;
  sen_indexer_begin_stage (self, pass == SEN_INDEX_QUICK ? SEN_INDEXER_READING : SEN_INDEXER_DEEPENING,
                           kinds == SEN_ALL_KINDS ? counts.n_to_do[pass] : 0);
  for (;;)
    {
      /* What is in work comes back before it is waited for what holds it up. */
      bool is_held_up = n_out > 0 && sen_indexer_is_held_up (self);
      more = ok && more && (is_held_up || sen_indexer_may_go_on (self)) && !sen_indexer_has_news (self);
      if (more && !is_held_up)
        forget_request (self, &self->yield);
      while (ok && more && !is_held_up && !is_alone && n_out < AHEAD * self->workers->len)
        {
          SenIndexJob *job;
          ok = begin_reading (self, pass, &after, &job, error);
          more = job != NULL;
          is_dry = ok && !more;
          is_alone = job != NULL && job->reading->task.n_tries > 1;
          if (is_alone)
            alone = job;
          else if (job != NULL)
            {
              sen_index_give_job (self, job);
              n_out++;
            }
        }
      if (n_out == 0 && alone != NULL)
        {
          sen_index_give_job (self, g_steal_pointer (&alone));
          n_out++;
        }
      if (n_out == 0 && is_dry && !is_interrupted (self))
        {
          /* What was laid down while it was held up is begun again; what was given up and is due comes last, one by one. */
          is_due = false;
          if (!self->was_held_up && after < 0)
            ok = sen_store_retry_due (self->store, pass, kinds, &is_due, error);
          more = self->was_held_up || after >= 0 || is_due;
          after = self->was_held_up ? 0 : SEN_STORE_INTERRUPTED;
          self->was_held_up = is_dry = false;
          if (more)
            continue;
        }
      if (n_out == 0)
        return ok;
      SenIndexJob *job = NULL;
      while (job == NULL)
        {
          job = sen_index_take_job (self, NEWS_MS);
          ok = ok && keep_parts (self, error);
          bool must_wait = sen_indexer_is_held_up (self);
          self->was_held_up |= must_wait;
          if (!ok || must_wait || sen_indexer_has_news (self))
            g_atomic_int_set (&self->yield.requested, 1);
        }
      n_out--;
      ok = end_reading (self, job, space, ok, error);
      is_alone = alone != NULL;
    }
}

/* --- Vectors -------------------------------------------------------------------------------------------------------------------------- */

static void
clear_lack (gpointer data)
{
  SenLack *lack = data;
  g_free (lack->path);
  g_free (lack->text);
  g_free (lack->headings);
}

static void
note_lack (const SenStoreMissing *missing, gpointer data)
{
  const SenLack lack = {
    .content = missing->content, .chunk = missing->chunk, .start_ms = missing->passage.start_ms, .end_ms = missing->passage.end_ms,
    .path = g_strdup (missing->path), .text = g_strdup (missing->passage.text), .headings = g_strdup (missing->passage.headings),
    .kind = missing->kind,
  };
  g_array_append_val ((GArray *) data, lack);
}

/* What is heard is heard here, over all threads; the rest is shared out. */
static void
embed_shared (SenIndexer *self, SenIndexJob *whole)
{
  if (whole->role == SEN_SPACE_SOUND)
    {
      whole->step = 1;
      sen_index_worker_run (self->hearing, whole);
      return;
    }
  guint n = self->workers->len;
  g_autofree SenIndexJob *jobs = g_new (SenIndexJob, n);
  for (guint i = 0; i < n; i++)
    {
      jobs[i] = *whole;
      jobs[i].first = i;
      jobs[i].step = n;
      sen_index_give_job (self, &jobs[i]);
    }
  for (guint i = 0; i < n; i++)
    {
      SenIndexJob *job = sen_index_take_job (self, 0);
      if (whole->trouble == NULL)
        whole->trouble = g_steal_pointer (&job->trouble);
      g_clear_error (&job->trouble);
    }
}

/* The next of what lacks a vector of @role. *@n: how many were gone through; what has its file away is passed over. */
static bool
embed_some (SenIndexer *self, SenSpaceRole role, guint *n, GError **error)
{
  const SenSpace space = self->spaces[role];
  uint32_t limit = role == SEN_SPACE_SOUND ? AHEAD : BATCH * self->workers->len;
  g_autoptr (GArray) lacks = g_array_new (FALSE, FALSE, sizeof (SenLack));
  g_array_set_clear_func (lacks, clear_lack);
  *n = 0;
  if (!sen_store_each_missing (self->store, space.space, self->after[role], limit, note_lack, lacks, error))
    return false;
  if (lacks->len == 0)
    return true;
  g_autofree float *values = g_new (float, (size_t) lacks->len * space.n_embd);
  g_autofree bool *is_made = g_new0 (bool, lacks->len), *is_done = g_new0 (bool, lacks->len);
  g_autoptr (GPtrArray) tags = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_set_size (tags, (gint) lacks->len);
  SenIndexJob whole = {
    .kind = SEN_JOB_EMBED, .role = role, .n_embd = space.n_embd, .identity = self->identities[role],
    .lacks = (const SenLack *) lacks->data, .n = lacks->len, .values = values, .is_made = is_made, .is_done = is_done,
    .tags = (char **) tags->pdata,
  };
  embed_shared (self, &whole);
  g_autoptr (GError) trouble = whole.trouble;
  take_trouble (self, role, trouble);

  g_autofree SenVectorRow *rows = g_new (SenVectorRow, lacks->len);
  guint n_made = 0;
  for (guint i = 0; i < lacks->len; i++)
    {
      if (whole.tags[i] != NULL && !sen_store_put_fact (self->store, whole.lacks[i].content, SEN_ABOUT_TAGS, whole.tags[i], error))
        return false;
      if (is_done[i])
        rows[n_made++] = (SenVectorRow) { whole.lacks[i].chunk, is_made[i] ? values + (size_t) i * space.n_embd : NULL };
    }
  if (n_made > 0 && !sen_store_put_vectors (self->store, space.space, rows, n_made, error))
    return false;
  if (n_made > 0)
    sen_indexer_advance (self, n_made, whole.lacks[lacks->len - 1].path);
  if (trouble != NULL || sen_cancel_requested (&self->stop))
    return true;
  *n = lacks->len;
  self->after[role] = whole.lacks[lacks->len - 1].chunk;
  return true;
}

static bool
embed_missing (SenIndexer *self, GError **error)
{
  /* Tags of pictures are texts. */
  static const SenSpaceRole order[] = { SEN_SPACE_SIGHT, SEN_SPACE_SOUND, SEN_SPACE_TEXT };
  uint64_t n_missing = 0;
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    {
      uint64_t n = 0;
      if (self->spaces[role].space != 0 && !sen_store_count_missing (self->store, self->spaces[role].space, &n, error))
        return false;
      n_missing += n;
    }
  if (n_missing > 0)
    sen_indexer_begin_stage (self, SEN_INDEXER_EMBEDDING, n_missing);
  for (size_t i = 0; i < G_N_ELEMENTS (order) && n_missing > 0; i++)
    {
      guint n_all = 0;
      bool is_from_start = self->after[order[i]] == 0;
      for (guint n = 1; n > 0 && self->spaces[order[i]].space != 0; n_all += n)
        if (!sen_indexer_may_go_on (self) || sen_indexer_has_news (self))
          return true;
        else if (!embed_some (self, order[i], &n, error))
          return false;
      /* What was passed over before, because its file was away, is looked at again the next time. */
      if (n_all == 0 && !is_from_start)
        self->after[order[i]] = 0;
    }
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

bool
sen_index_work (SenIndexer *self, GError **error)
{
  for (int round = 0; round < (self->is_quick ? 1 : 2); round++)
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
