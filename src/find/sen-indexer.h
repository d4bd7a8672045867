/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-find-encoders.h"

G_BEGIN_DECLS

/**
 * Fills an index and keeps it up to date, on a thread of its own: looks through the folders, reads what is new, embeds it, and goes on with
 * what takes long (text in pictures, transcripts, pictures of videos), the pictures and texts first.
 *
 * Each content is one transaction, and what is left to do stands in the database, so that the program may end in any way at any moment.
 * What can't be read costs one sentence (sen_store_each_failure()). A model that is not here costs a note: names and words are indexed all
 * the same, and the vectors follow when it comes.
 *
 * A disk that is full, or a database that can't be written, stops the work with a sentence; it is tried again after a while. Where another
 * process writes the index, it is waited for.
 *
 * Thread-safety: any thread.
 */
typedef struct SenIndexer SenIndexer;

typedef enum {
  SEN_INDEXER_OPENING,
  SEN_INDEXER_LOOKING,        /* through the folders; the number of files is not known before */
  SEN_INDEXER_READING,        /* contents: metadata, text, pictures */
  SEN_INDEXER_EMBEDDING,      /* passages */
  SEN_INDEXER_DEEPENING,      /* contents: text in pictures, transcripts, pictures of videos */
  SEN_INDEXER_UP_TO_DATE,
  SEN_INDEXER_PAUSED,
  SEN_INDEXER_ON_BATTERY,     /* waits for mains */
  SEN_INDEXER_ELSEWHERE,      /* another process indexes */
  SEN_INDEXER_FAILED,         /* the index can't be opened or written: sentence. It is tried again */
} SenIndexerStage;

typedef struct {
  SenIndexerStage stage;
  uint64_t        n_done, n_total;  /* of the stage, 0: not known */
  double          rate;             /* of them a second, 0: not known */
  double          eta_s;            /* -1: not known */
  uint64_t        n_files, n_failed;
  char           *path;             /* what is in work, bytes; or NULL */
  char           *sentence;         /* of SEN_INDEXER_FAILED and ELSEWHERE; else NULL */
  GStrv           notes;            /* a sentence for each thing that is lacking: models, folders that are not there. Never NULL */
} SenIndexProgress;

void sen_index_progress_clear (SenIndexProgress *progress);

typedef struct {
  const char           *path;             /* of the database */
  SenFindEncodersParams encoders;
  const char           *program;          /* its version: what another could not read is read once more; NULL: never mind */
  const char           *ignore;           /* as SenCrawlParams.ignore */
  bool                  takes_hidden, takes_mounts;
  uint64_t              max_bytes;        /* likewise */
  const char *const    *languages;        /* as SenReadParams.languages; NULL: those of the user */
  bool                  watches;          /* goes on when all is done, and looks at what changes */
  bool                  is_quick;         /* nothing is looked at or listened to closely: that stays to do */
  bool                  is_gentle;        /* at the lowest priority */
  bool                  only_on_mains;
  void                (*changed) (gpointer data);  /* there is new progress; on the context of who called sen_indexer_new(). May be NULL */
  gpointer              data;
} SenIndexerParams;

/** Starts with the folders that the index has. Where there is no index yet, none is made before a folder is added. */
SenIndexer *sen_indexer_new (const SenIndexerParams *params);
/** Stops, which takes the time of one piece of work at most, and waits for that. Folders that were added or removed until then are, where
 *  the index could be opened. */
void        sen_indexer_free (SenIndexer *indexer);

/** @path: absolute. A folder within one that is there is looked through with it; one around others takes them in. */
void sen_indexer_add_root (SenIndexer *indexer, const char *path);
void sen_indexer_remove_root (SenIndexer *indexer, const char *path);
/** Looks through all folders again. */
void sen_indexer_rescan (SenIndexer *indexer);
/** The same, and what failed is read again. */
void sen_indexer_retry (SenIndexer *indexer);
/** Encodes on another device from now on, or with other threads, as SenFindEncodersParams has them, and goes on where it was. Models that
 *  came or went are seen by sen_indexer_rescan(). */
void sen_indexer_use (SenIndexer *indexer, const char *device, uint32_t n_threads);
void sen_indexer_set_paused (SenIndexer *indexer, bool is_paused);
void sen_indexer_set_only_on_mains (SenIndexer *indexer, bool only_on_mains);

/** Sets all of @progress. */
void sen_indexer_get_progress (SenIndexer *indexer, SenIndexProgress *progress);
/** Waits for @timeout_ms at most until there is nothing to do, or nothing can be done. */
bool sen_indexer_wait (SenIndexer *indexer, uint32_t timeout_ms);

/** The index of the user: index.db in sensorium in the XDG data directory. (transfer full) */
char *sen_index_default_path (void);
/** Whether this machine has no battery, or draws power from elsewhere; @folder is NULL but in tests. */
bool  sen_power_is_mains (const char *folder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenIndexer, sen_indexer_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SenIndexProgress, sen_index_progress_clear)

G_END_DECLS
