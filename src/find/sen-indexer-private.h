/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What the parts of the indexer share: sen-indexer.c is its thread and what others say to it, sen-index-work.c what it does,
 * sen-index-workers.c who helps. */
#pragma once

#include "sen-indexer.h"
#include "sen-reading.h"
#include "sen-watch.h"

G_BEGIN_DECLS

#define SEN_RATE_POINTS 16

typedef struct SenIndexWorker SenIndexWorker;

/** A chunk that lacks a vector. */
typedef struct {
  int64_t     content, chunk, start_ms, end_ms;
  char       *path, *text, *headings;
  SenFileKind kind;
} SenLack;

/** A page that was read of a document that is not at its end. */
typedef struct {
  int64_t      content;
  SenIndexPass pass;
  GArray      *parts;           /* as of sen_read_parts_new() */
} SenFoundPart;

void sen_found_part_free (gpointer part);

typedef enum { SEN_JOB_READ, SEN_JOB_EMBED, SEN_JOB_END } SenIndexJobKind;

/** A piece of work for a worker; who gives it keeps what it points to. */
typedef struct {
  SenIndexJobKind kind;
  uint32_t        n_embd;       /* of the space that vectors are for; 0: pictures that are read are not looked at */
  const char     *identity;     /* likewise */
  GError         *trouble;      /* with a model or its device, or it was stopped: the rest was left */

  SenReading     *reading;      /* of SEN_JOB_READ */

  SenSpaceRole    role;         /* of SEN_JOB_EMBED: of lacks[first], lacks[first + step] … */
  const SenLack  *lacks;
  size_t          first, step, n;
  float          *values;       /* [n][n_embd] */
  bool           *is_made;      /* [n]; false: none can be made of it, because of its file */
  bool           *is_done;      /* [n] */
  char          **tags;         /* [n] of pictures; owned by who gives the job. NULL: none is told */
} SenIndexJob;

struct SenIndexer {
  /* Fixed. */
  char            *path;
  SenFindEncoders *encoders;        /* of the thread, for what is heard */
  SenFindEncodersParams params;     /* it was made with; for workers */
  SenDebug         debug;
  SenModelStore   *models;
  char            *device;
  char            *ignore, *program;
  bool             takes_hidden, takes_mounts, watches, is_quick, is_gentle;
  uint64_t         max_bytes;
  GStrv            languages;
  GMainContext    *context;
  void           (*changed) (gpointer data);
  gpointer         data;
  GThread         *thread;
  int              wake_fd;
  SenCancel        stop;
  SenCancel        yield;           /* there are news: what takes long ends behind its next page */
  SenCancel        hush;            /* likewise the transcript that is being made: now */

  /* What others say, and what they are told: under the lock. */
  GMutex           lock;
  GCond            cond;
  GPtrArray       *orders;          /* of Order */
  bool             is_paused, only_on_mains;
  SenIndexProgress progress;
  SenIndexerStage  working_stage;   /* what it is at when it is not held up */
  GSource         *told;            /* changed() is to be called */
  gint64           rate_times[SEN_RATE_POINTS];
  uint64_t         rate_counts[SEN_RATE_POINTS];
  uint32_t         n_rate;

  /* The thread's. */
  GThread         *own;             /* itself */
  bool             was_held_up;     /* and what was in work was laid down */
  int64_t          heard;           /* the content whose transcript is made; 0: none */
  SenStore        *store;
  SenReader        reader;          /* what workers read with, but for the decoder; changed only when they have nothing to do */
  SenVitPreparation preparation;
  SenIndexWorker  *hearing;         /* what the thread itself embeds and decodes with */
  GPtrArray       *workers;
  GAsyncQueue     *jobs, *jobs_done;
  GAsyncQueue     *parts;           /* SenFoundPart: pages that workers have read of documents they are not done with */
  GArray          *begun;           /* int64_t: contents with a pass that has to be given back */
  SenIndexPass     begun_pass;
  SenSpace         spaces[SEN_N_SPACE_ROLES];
  char            *identities[SEN_N_SPACE_ROLES];   /* of them */
  bool             can_hear;
  int64_t          after[SEN_N_SPACE_ROLES];   /* all chunks up to this have their vectors */
  GHashTable      *notes;           /* what -> sentence */
  SenWatch        *watch;           /* or NULL */
  gint64           power_time;      /* when it was looked at last */
  bool             is_mains;
  gint64           crawl_time;      /* when all folders were looked through last */
  bool             lacks_root;      /* a folder was not there then */
  GHashTable      *refused;         /* path of a folder that can't be read, a slash at its end -> errno */
  bool             is_finished;     /* the last round did all there was */
  bool             is_at_rest;      /* models are closed, memory given back */
};

/* --- sen-indexer.c -------------------------------------------------------------------------------------------------------------------- */

/** Begins a stage of @n_total pieces. */
void sen_indexer_begin_stage (SenIndexer *self, SenIndexerStage stage, uint64_t n_total);
/** @n more of them are done. */
void sen_indexer_advance (SenIndexer *self, uint64_t n, const char *path);
/** What is lacking; NULL: it is there again. */
void sen_indexer_note (SenIndexer *self, const char *what, const char *sentence);
/** Waits while the work is held up. False when it is to end. */
bool sen_indexer_may_go_on (SenIndexer *self);
bool sen_indexer_is_held_up (SenIndexer *self);
bool sen_indexer_has_orders (SenIndexer *self);
/** Whether there is something to do first: an order, a folder that changed. */
bool sen_indexer_has_news (SenIndexer *self);

/* --- sen-index-work.c ----------------------------------------------------------------------------------------------------------------- */

/** Finds out which models there are, and opens their spaces. */
bool sen_index_open_models (SenIndexer *self, GError **error);
/** All that the database says is to do, or until there are news. */
bool sen_index_work (SenIndexer *self, GError **error);
/** What the thread itself has in work is held up, or goes on. False when there is nothing. */
bool sen_index_hold (SenIndexer *self, bool is_held);

/* --- sen-index-workers.c -------------------------------------------------------------------------------------------------------------- */

/** On the CPU a worker for each of its threads, which runs its models on that one alone: a picture a thread goes half as fast again as a
 *  picture over two, and no thread waits for another that the system took away. Elsewhere one. */
bool sen_index_start_workers (SenIndexer *self, GError **error);
void sen_index_stop_workers (SenIndexer *self);
/** Their models are closed; while they have nothing to do. */
void sen_index_rest_workers (SenIndexer *self);
/** Hands over a job, and waits for one that is done; for @timeout_ms at most, then NULL, or for ever when that is 0. */
void         sen_index_give_job (SenIndexer *self, SenIndexJob *job);
SenIndexJob *sen_index_take_job (SenIndexer *self, uint32_t timeout_ms);
/** The thread's own decoder. */
SenDecode   *sen_index_worker_decode (SenIndexWorker *worker);
/** Whether it is the device, the memory or a cancel that failed, and not the file. */
bool         sen_index_is_of_device (const GError *error);
/** A job done by whoever calls. */
void         sen_index_worker_run (SenIndexWorker *worker, SenIndexJob *job);

/** Sound for models; waits while the indexer is held up, however long the sound is, and ends with SEN_ERROR_CANCELLED for an order. */
typedef struct {
  SenIndexer *indexer;
  SenSound   *sound;
  uint64_t    n_left;         /* samples */
} SenIndexHearing;
gssize sen_index_read_sound (float *samples, size_t n, gpointer hearing, GError **error);

G_END_DECLS
