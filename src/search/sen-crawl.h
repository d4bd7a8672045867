/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <sys/stat.h>

#include "sen-index-store.h"

G_BEGIN_DECLS

/**
 * Makes an index know the files below a root as they are now: what is new or another goes in, what is gone goes out, what only moved is not
 * read again. Nothing is looked into but to tell whether it is the same: its SHA-256 is taken when size, time or inode are not what they
 * were.
 *
 * Left out are hidden files, what the user's list and each folder's .gitignore say (sen-ignore.h), symbolic links, which lead to what is
 * elsewhere or to where one has been, devices and pipes, and other file systems that are mounted below. A folder that can't be read keeps
 * the files it had, and so does a root that is not there, or empty because nothing is mounted at it.
 *
 * Folders are walked in the order of names, each file is a transaction: a crawl that was ended is simply done again.
 *
 * Thread-safety: that of the store.
 */

/** What a file is by its name, and what it is read as: "" when only its name counts. @format is static. */
typedef SenFileKind (*SenCrawlKindFunc) (const char *path, const char **format, gpointer data);

typedef struct {
  uint64_t n_seen, n_new, n_changed, n_removed;
  uint64_t n_hashed_bytes;
  uint64_t n_unreadable;     /* folders and files */
} SenCrawlCounts;

/** Before a folder is read; @path ends with a slash. For who watches it. */
typedef void (*SenCrawlFolderFunc) (const char *path, gpointer data);
/** A folder that can't be read, and errno; what was stored below it stays. */
typedef void (*SenCrawlRefusedFunc) (const char *path, int code, gpointer data);
/** After each file; @path is of it. */
typedef void (*SenCrawlProgressFunc) (const SenCrawlCounts *counts, const char *path, gpointer data);

typedef struct {
  SenStore            *store;       /* a writer */
  const char          *root;        /* absolute; made a root of the store */
  const char          *ignore;      /* patterns as of .gitignore, for the whole root; may be NULL */
  bool                 takes_hidden, takes_mounts;
  uint64_t             max_bytes;   /* of what is larger, or empty, the name counts alone; 0: no limit */
  SenCrawlKindFunc     kind;
  SenCrawlProgressFunc progress;    /* may be NULL */
  SenCrawlFolderFunc   folder;      /* may be NULL */
  SenCrawlRefusedFunc  refused;     /* may be NULL */
  gpointer             data;        /* of all */
  bool                 looks_anew;  /* all are asked again what they are, what did not change, too: another program may know more kinds */
  const char          *below;       /* look at this folder of the root alone, a slash at its end, which may be gone; NULL: at all */
  bool                 is_shallow;  /* and not at the folders in it */
} SenCrawlParams;

/** SEN_ERROR_NOT_FOUND when the root is not there, SEN_ERROR_CANCELLED; then nothing was removed. */
bool sen_crawl (const SenCrawlParams *params, SenCrawlCounts *counts, SenCancel *cancel, GError **error);

/** What tells whether a file is still the same, and whether it does: numbers of devices are other ones after a start of the machine. */
SenFileStamp sen_crawl_stamp (const struct stat *status);
bool         sen_crawl_is_same (const SenFileStamp *a, const SenFileStamp *b);

G_END_DECLS
