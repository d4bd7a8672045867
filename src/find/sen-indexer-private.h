/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What the parts of the indexer share: sen-indexer.c is its thread and what others say to it, sen-index-work.c what it does. */
#pragma once

#include "sen-indexer.h"
#include "sen-reading.h"
#include "sen-watch.h"

G_BEGIN_DECLS

#define SEN_RATE_POINTS 16

struct SenIndexer {
  /* Fixed. */
  char            *path;
  SenFindEncoders *encoders;
  char            *ignore;
  bool             takes_hidden, takes_mounts, watches, is_gentle;
  uint64_t         max_bytes;
  GStrv            languages;
  GMainContext    *context;
  void           (*changed) (gpointer data);
  gpointer         data;
  GThread         *thread;
  int              wake_fd;
  SenCancel        stop;

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
  SenStore        *store;
  SenDecode       *decode;          /* for what is heard */
  SenReader        reader;          /* of the thread that reads ahead; changed only when that has nothing to do */
  SenVitPreparation preparation;
  GThread         *read_thread;
  GAsyncQueue     *to_read, *was_read;
  GArray          *begun;           /* int64_t: contents with a pass that has to be given back */
  SenIndexPass     begun_pass;
  SenSpace         spaces[SEN_N_SPACE_ROLES];
  bool             can_hear;
  int64_t          after[SEN_N_SPACE_ROLES];   /* all chunks up to this have their vectors */
  GHashTable      *notes;           /* what -> sentence */
  SenWatch        *watch;           /* or NULL */
  gint64           power_time;      /* when it was looked at last */
  bool             is_mains;
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
/** Whether there is something to do first: an order, a folder that changed. */
bool sen_indexer_has_news (SenIndexer *self);

/* --- sen-index-work.c ----------------------------------------------------------------------------------------------------------------- */

void sen_index_start_reading (SenIndexer *self);
void sen_index_stop_reading (SenIndexer *self);
/** Finds out which models there are, and opens their spaces. */
bool sen_index_open_models (SenIndexer *self, GError **error);
/** All that the database says is to do, or until there are news. */
bool sen_index_work (SenIndexer *self, GError **error);

G_END_DECLS
