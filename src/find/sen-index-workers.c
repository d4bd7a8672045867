/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Threads that read contents and make vectors, each with a decoder and models of its own, so that none waits for another. They don't know
 * the store. */
#include <string.h>

#include "sen-error.h"
#include "sen-index-reason.h"
#include "sen-indexer-private.h"

/* More would want more memory than speed is worth; each has a helper that decodes. */
#define MAX_WORKERS 8
/* For a picture or a page. It is the clock on the wall, and who indexes is often the last to get a processor: what takes a second else must
 * not be given up because others work. */
#define DECODE_MS (4 * 60 * 1000)

struct SenIndexWorker {
  SenIndexer      *indexer;
  SenDecode       *decode;
  SenFindEncoders *encoders;      /* owned, but for the indexer's own */
  GThread         *thread;        /* NULL: the indexer's */
  char            *frames_path;   /* of the video whose pictures are kept */
  GPtrArray       *frames;        /* SenVideoFrame */
};

SenDecode *
sen_index_worker_decode (SenIndexWorker *worker)
{
  return worker->decode;
}

void
sen_found_part_free (gpointer data)
{
  SenFoundPart *found = data;
  g_array_unref (found->parts);
  g_free (found);
}

static void
pass_on (const SenReading *reading, const SenStorePart *part, gpointer data)
{
  SenIndexer *self = data;
  SenFoundPart *found = g_new (SenFoundPart, 1);
  *found = (SenFoundPart) { reading->task.content, reading->pass, sen_read_parts_new () };
  sen_read_parts_add (part, found->parts);
  g_async_queue_push (self->parts, found);
}

static SenReader
reader_of (const SenIndexWorker *worker)
{
  SenReader reader = worker->indexer->reader;
  reader.decode = worker->decode;
  reader.yield = &worker->indexer->yield;
  reader.part = pass_on;
  reader.data = worker->indexer;
  return reader;
}

/* --- Vectors -------------------------------------------------------------------------------------------------------------------------- */

gssize
sen_index_read_sound (float *samples, size_t n, gpointer data, GError **error)
{
  SenIndexHearing *hearing = data;
  if (!sen_indexer_may_go_on (hearing->indexer) || sen_indexer_has_orders (hearing->indexer))
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "hearing was put off");
      return -1;
    }
  gssize got = sen_sound_read (hearing->sound, samples, MIN (n, hearing->n_left), &hearing->indexer->stop, error);
  hearing->n_left -= (uint64_t) MAX (got, 0);
  return got;
}

static bool
embed_text (SenIndexWorker *worker, const SenLack *lack, float *row, GError **error)
{
  const SenPassage passage = { .text = lack->text, .headings = lack->headings };
  g_autofree char *text = sen_passage_dup_for_encoder (&passage, worker->indexer->reader.tokenizer);
  return sen_find_encoders_text (worker->encoders, text, row, &worker->indexer->stop, error);
}

static void
forget_frames (SenIndexWorker *worker)
{
  g_clear_pointer (&worker->frames_path, g_free);
  g_clear_pointer (&worker->frames, g_ptr_array_unref);
}

/* The pictures of a video, which are asked for one after the other. */
static bool
keep_frames (SenIndexWorker *worker, const char *path, GError **error)
{
  const SenReader reader = reader_of (worker);
  if (g_strcmp0 (worker->frames_path, path) == 0)
    return true;
  forget_frames (worker);
  worker->frames = sen_reader_read_frames (&reader, path, &worker->indexer->stop, error);
  if (worker->frames != NULL)
    worker->frames_path = g_strdup (path);
  return worker->frames != NULL;
}

/* *@is_file: what failed is the file's fault. */
static bool
embed_picture (SenIndexWorker *worker, const SenLack *lack, float *row, bool *is_file, GError **error)
{
  const SenReader reader = reader_of (worker);
  SenCancel *stop = &worker->indexer->stop;
  g_autofree float *pixels = NULL;
  if (lack->kind != SEN_FILE_VIDEO)
    pixels = sen_reader_read_picture (&reader, lack->path, stop, error);
  else if (keep_frames (worker, lack->path, error))
    pixels = sen_reader_choose_frame (&reader, worker->frames, lack->start_ms, error);
  *is_file = pixels == NULL;
  return !*is_file && sen_find_encoders_see (worker->encoders, pixels, row, stop, error);
}

static bool
embed_sound (SenIndexWorker *worker, const SenLack *lack, float *row, bool *is_file, GError **error)
{
  SenCancel *stop = &worker->indexer->stop;
  int64_t start_ms = MAX (lack->start_ms, 0), length_ms = lack->end_ms - start_ms;
  g_autoptr (SenSound) sound = sen_decode_open_sound (worker->decode, lack->path, (double) start_ms / 1000.0, stop, error);
  SenIndexHearing hearing = {
    .indexer = worker->indexer, .sound = sound, .n_left = length_ms > 0 ? (uint64_t) length_ms * SEN_SOUND_RATE / 1000 : G_MAXUINT64,
  };
  /* Unless it is the device's, which is seen by the error. */
  *is_file = true;
  return sound != NULL && sen_find_encoders_sound (worker->encoders, sen_index_read_sound, &hearing, row, stop, error);
}

bool
sen_index_is_of_device (const GError *error)
{
  return error->domain == SEN_ERROR
         && (error->code == SEN_ERROR_CANCELLED || error->code == SEN_ERROR_DEVICE || error->code == SEN_ERROR_DEVICE_LOST
             || error->code == SEN_ERROR_DEVICE_MEMORY || error->code == SEN_ERROR_NO_MEMORY);
}

/* Whether this worker's model is the one that the space is of: it may have been replaced since that was opened. */
static bool
has_model (SenIndexWorker *worker, SenIndexJob *job, SenSpaceRole role)
{
  uint32_t n_embd;
  const char *identity = sen_find_encoders_identity (worker->encoders, role, &n_embd, &worker->indexer->stop, &job->trouble);
  if (identity != NULL && (strcmp (identity, job->identity) != 0 || n_embd != job->n_embd))
    sen_index_fail (&job->trouble, SEN_INDEX_REASON_REPLACED, NULL);
  return job->trouble == NULL;
}

static void
embed_lacks (SenIndexWorker *worker, SenIndexJob *job)
{
  if (!has_model (worker, job, job->role))
    return;
  for (size_t i = job->first; i < job->n && sen_indexer_may_go_on (worker->indexer); i += job->step)
    {
      g_autoptr (GError) why = NULL;
      float *row = job->values + i * job->n_embd;
      const SenLack *lack = &job->lacks[i];
      bool is_file = false;
      job->is_made[i] = job->role == SEN_SPACE_TEXT    ? embed_text (worker, lack, row, &why)
                        : job->role == SEN_SPACE_SIGHT ? embed_picture (worker, lack, row, &is_file, &why)
                                                       : embed_sound (worker, lack, row, &is_file, &why);
      if (why != NULL && (!is_file || sen_index_is_of_device (why)))
        {
          job->trouble = g_steal_pointer (&why);
          return;
        }
      /* It may be back the next time. */
      if (g_error_matches (why, SEN_ERROR, SEN_ERROR_NOT_FOUND) || g_error_matches (why, SEN_ERROR, SEN_ERROR_IO))
        continue;
      if (job->is_made[i] && job->role == SEN_SPACE_SIGHT && lack->kind == SEN_FILE_PICTURE)
        job->tags[i] = sen_find_encoders_tags (worker->encoders, row, &worker->indexer->stop, NULL);
      job->is_done[i] = true;
    }
}

/* Vectors of what is seen in a content, and what that seems to be. */
static void
see_chunks (SenIndexWorker *worker, SenIndexJob *job)
{
  SenReading *reading = job->reading;
  SenCancel *stop = &worker->indexer->stop;
  for (guint i = 0; i < reading->chunks->len && job->n_embd > 0 && reading->state == SEN_INDEX_DONE; i++)
    {
      SenReadChunk *read = &g_array_index (reading->chunks, SenReadChunk, i);
      if (read->pixels == NULL)
        continue;
      if (!has_model (worker, job, SEN_SPACE_SIGHT))
        return;
      g_autofree float *row = g_new (float, job->n_embd);
      if (!sen_find_encoders_see (worker->encoders, read->pixels, row, stop, &job->trouble))
        return;
      if (reading->task.kind == SEN_FILE_PICTURE)
        {
          g_autofree char *tags = sen_find_encoders_tags (worker->encoders, row, stop, NULL);
          sen_reading_add_fact (reading, SEN_ABOUT_TAGS, tags);
        }
      g_array_index (reading->chunks, SenReadChunk, i).vector = g_steal_pointer (&row);
    }
}

/* --- Threads -------------------------------------------------------------------------------------------------------------------------- */

void
sen_index_worker_run (SenIndexWorker *worker, SenIndexJob *job)
{
  if (job->kind == SEN_JOB_EMBED)
    {
      embed_lacks (worker, job);
      return;
    }
  const SenReader reader = reader_of (worker);
  sen_reader_read (&reader, job->reading, &worker->indexer->stop);
  see_chunks (worker, job);
}

static gpointer
run (gpointer data)
{
  SenIndexWorker *worker = data;
  for (SenIndexJob *job; (job = g_async_queue_pop (worker->indexer->jobs))->kind != SEN_JOB_END;)
    {
      sen_index_worker_run (worker, job);
      g_async_queue_push (worker->indexer->jobs_done, job);
    }
  return NULL;
}

static SenIndexWorker *
make_worker (SenIndexer *self, SenFindEncoders *encoders)
{
  SenIndexWorker *worker = g_new0 (SenIndexWorker, 1);
  worker->indexer = self;
  worker->encoders = encoders;
  worker->decode = sen_decode_new (&(SenDecodeParams) { .helper = self->params.debug->decode_helper, .time_ms = DECODE_MS });
  return worker;
}

bool
sen_index_start_workers (SenIndexer *self, GError **error)
{
  g_autoptr (GError) why = NULL;
  uint32_t n_threads;
  bool is_cpu = sen_find_encoders_use_cpu (self->encoders, &n_threads, &why);
  if (why != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&why));
      return false;
    }
  self->jobs = g_async_queue_new ();
  self->jobs_done = g_async_queue_new ();
  self->parts = g_async_queue_new_full (sen_found_part_free);
  self->workers = g_ptr_array_new ();
  self->hearing = make_worker (self, self->encoders);
  uint32_t n = is_cpu ? CLAMP (n_threads, 1, MAX_WORKERS) : 1;
  for (uint32_t i = 0; i < n; i++)
    {
      SenFindEncodersParams params = self->params;
      if (is_cpu)
        {
          params.device = "cpu";
          params.n_threads = MAX (n_threads / n, 1);
        }
      SenIndexWorker *worker = make_worker (self, sen_find_encoders_new (&params));
      worker->thread = g_thread_new ("sen-index-work", run, worker);
      g_ptr_array_add (self->workers, worker);
    }
  return true;
}

void
sen_index_stop_workers (SenIndexer *self)
{
  SenIndexJob end = { .kind = SEN_JOB_END };
  if (self->workers == NULL)
    return;
  for (guint i = 0; i < self->workers->len; i++)
    g_async_queue_push (self->jobs, &end);
  for (guint i = 0; i < self->workers->len; i++)
    {
      SenIndexWorker *worker = g_ptr_array_index (self->workers, i);
      g_thread_join (worker->thread);
      sen_find_encoders_free (worker->encoders);
      forget_frames (worker);
      sen_decode_free (worker->decode);
      g_free (worker);
    }
  sen_decode_free (self->hearing->decode);
  g_clear_pointer (&self->hearing, g_free);
  g_clear_pointer (&self->workers, g_ptr_array_unref);
  g_clear_pointer (&self->jobs, g_async_queue_unref);
  g_clear_pointer (&self->jobs_done, g_async_queue_unref);
  g_clear_pointer (&self->parts, g_async_queue_unref);
}

void
sen_index_rest_workers (SenIndexer *self)
{
  for (guint i = 0; i < self->workers->len; i++)
    {
      SenIndexWorker *worker = g_ptr_array_index (self->workers, i);
      sen_find_encoders_rest (worker->encoders);
      forget_frames (worker);
    }
}

void
sen_index_give_job (SenIndexer *self, SenIndexJob *job)
{
  g_async_queue_push (self->jobs, job);
}

SenIndexJob *
sen_index_take_job (SenIndexer *self, uint32_t timeout_ms)
{
  return timeout_ms > 0 ? g_async_queue_timeout_pop (self->jobs_done, (guint64) timeout_ms * 1000) : g_async_queue_pop (self->jobs_done);
}
