/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-cancel.h"
#include "sen-device.h"
#include "sen-query.h"

G_BEGIN_DECLS

/**
 * An index on disk: which files there are, what is in them, and what that means.
 *
 *   root      a folder that is indexed
 *   file      a path below a root; it has a content, and an error where that could not be read
 *   content   bytes by their SHA-256 and the format they are read as. Files that hold the same share it, so a copy and a renamed file
 *             cost nothing anew; it has a state for each pass. A file that is found by its name alone has an empty one of its own
 *   chunk     a passage of a content (SenChunk); its words are indexed
 *   space     what one model makes of the chunks of one role: a vector each. A new model gets a space of its own beside the old one,
 *             which is searched until the new one is whole
 *
 * Each function that writes is one transaction: after it returned true its work outlives the program, before that there is nothing of it.
 * So a program may be killed at any moment, and what is left to do is always in the database itself. Content whose reading ends the
 * program SEN_STORE_MAX_TRIES times is given up with a sentence.
 *
 * One process writes, any number read (WAL); the writer holds a lock on PATH.lock. Beside the database lie PATH.space-N, maps of the
 * vectors (sen-vectors.h), which may be deleted at any time.
 *
 * A function that is called with what is found must not call the store.
 *
 * Behind SenStore stands a table of functions (sen-index-store-private.h); the store below is SQLite.
 *
 * Thread-safety: a store belongs to one thread at a time; open another one for another thread.
 */
typedef struct SenStore SenStore;

typedef struct {
  const char *path;         /* of the database; made, with its folder, by a writer */
  bool        is_writer;
  uint32_t    n_threads;    /* that search vectors; 0: as many as allowed */
  const char *isa;          /* as SenCpuParams.isa */
  SenCancel  *cancel;       /* ends what is long because there is much of it: removing a root, counting, tidying, opening when a root is
                             * still to be removed; as if it had not begun, with SEN_ERROR_CANCELLED. What a pass has found is written
                             * all the same. May be NULL */
} SenStoreParams;

/** SEN_ERROR_NOT_FOUND when there is none to read, SEN_ERROR_IO when another process writes (sen_store_is_locked() tells),
 *  SEN_ERROR_UNSUPPORTED when it is of another version, SEN_ERROR_FORMAT when it is damaged or something else. */
SenStore *sen_store_open (const SenStoreParams *params, GError **error);
void      sen_store_close (SenStore *store);
/** Whether a process, this one included, has the database at @path open for writing. */
bool      sen_store_is_locked (const char *path);
/** Spaces whose vectors take @from_bytes or more, a byte a value, are searched with @device from now on, as far as it has room for them;
 *  what is found is the same. NULL: none, and what it has is given back. For a store that searches in this process. */
void      sen_store_set_device (SenStore *store, SenDevice *device, uint64_t from_bytes);

/* --- Folders -------------------------------------------------------------------------------------------------------------------------- */

/** Also when it is there already. @path: absolute, bytes as the system has them. */
bool sen_store_add_root (SenStore *store, const char *path, int64_t *root, GError **error);
/** With its files. When that is ended it is no root any more all the same, and its files go when a writer opens the index again. */
bool sen_store_remove_root (SenStore *store, int64_t root, GError **error);

typedef void (*SenStoreRootFunc) (int64_t root, const char *path, gpointer data);
bool sen_store_each_root (SenStore *store, SenStoreRootFunc func, gpointer data, GError **error);

/* --- Files ---------------------------------------------------------------------------------------------------------------------------- */

#define SEN_STORE_HASH_BYTES 32

/** What tells whether a file is still the same. */
typedef struct {
  uint64_t size_bytes;
  int64_t  mtime_ns;
  uint64_t device, inode;
} SenFileStamp;

typedef struct {
  const char    *path;       /* absolute; bytes, not necessarily UTF-8 */
  SenFileStamp   stamp;
  const uint8_t *hash;       /* [SEN_STORE_HASH_BYTES] SHA-256; NULL: the file is found by its name alone */
  SenFileKind    kind;
  const char    *format;     /* what it is read as, "pdf"; "" when it is not */
  const char    *error;      /* why it could not be read, or NULL */
} SenFileFacts;

typedef struct {
  int64_t      file, content;
  SenFileStamp stamp;
  SenFileKind  kind;
  bool         is_unreadable;   /* there was an error with it, so it may be worth another look */
} SenStoredFile;

/** Puts a file in, or what it has become. *@is_new (may be NULL): its content was not known, so passes over it are to be done. */
bool sen_store_put_file (SenStore *store, int64_t root, const SenFileFacts *facts, SenStoredFile *stored, bool *is_new, GError **error);
/** stored->file is 0 when there is none at @path. */
bool sen_store_find_file (SenStore *store, const char *path, SenStoredFile *stored, GError **error);
/** The hash of a file that has this very stamp, wherever it lay: what was only moved need not be read. False in *@found otherwise. */
bool sen_store_find_hash (SenStore *store, const SenFileStamp *stamp, uint8_t hash[SEN_STORE_HASH_BYTES], bool *found, GError **error);
/** Appends to @contents (of int64_t) those that hold the bytes with this hash: one for each format that they were read as. */
bool sen_store_find_contents (SenStore *store, const uint8_t hash[SEN_STORE_HASH_BYTES], GArray *contents, GError **error);
/** In the order of paths; with @below (a folder, a slash at its end) only what lies below that. A function that returns false ends it. */
typedef bool (*SenStoreFileFunc) (const char *path, const SenStoredFile *stored, gpointer data);
bool sen_store_each_file (SenStore *store, int64_t root, const char *below, SenStoreFileFunc func, gpointer data, GError **error);
/** Contents stay until sen_store_tidy(), so that what is found under another name soon after keeps its own. */
bool sen_store_remove_files (SenStore *store, const int64_t *files, size_t n, GError **error);

/* --- Passes over contents ------------------------------------------------------------------------------------------------------------- */

/* As often the program may end while a content is read, before that is given up for a while (sen_store_retry_due()). */
#define SEN_STORE_MAX_TRIES 5

/** What has n_tries above 1 was in work when the program ended. Who works at several contents at once does such ones alone, so that a
 *  neighbour of the one that ends the program is not given up with it. */
typedef struct {
  int64_t     content;       /* 0: no more */
  int64_t     after;         /* what the next one comes after */
  char       *path;          /* of one of its files. Owned */
  char       *format;        /* owned */
  SenFileKind kind;
  uint32_t    n_tries;       /* this one included */
} SenStoreTask;

void sen_store_task_clear (SenStoreTask *task);

#define SEN_ALL_KINDS ((1u << SEN_N_FILE_KINDS) - 1)

/** The next content of @kinds (a bit for each) with this pass to do, in the order they were found; counts as a try. @after: 0, or that of
 *  the task before; SEN_STORE_INTERRUPTED begins with those that were in work when the program ended, which the others are not among: when
 *  nothing is in work any more. The deep pass begins when the quick one is done. */
#define SEN_STORE_INTERRUPTED (-1)
bool sen_store_begin_pass (SenStore *store, SenIndexPass pass, uint32_t kinds, int64_t after, SenStoreTask *task, GError **error);

typedef struct {
  SenIndexState   state;         /* DONE, FAILED, NONE, or TO_DO: it was interrupted, which does not count as a try */
  const char     *error;         /* of FAILED */
  SenIndexState   deep_state;    /* of the quick pass: what the deep one is, TO_DO or NONE */
  const char     *language;      /* "de", or NULL when it is not known */
  int64_t         made_us;       /* since 1970, when the content itself says (a photo's EXIF); 0: it does not */
  const SenChunk *chunks;
  size_t          n_chunks;
  int64_t         space;         /* of @vectors */
  const float *const *vectors;   /* [n_chunks] those that are known by now, as of SenVectorRow, NULL: not this one; or NULL: none is */
} SenPassResult;

/** Replaces all that this pass had found in @content. */
bool sen_store_finish_pass (SenStore *store, int64_t content, SenIndexPass pass, const SenPassResult *result, GError **error);

/** A piece of what a pass finds, before it has found all: a page that was read, a stretch that was heard. */
typedef struct {
  const char *place;         /* where it goes on behind this, in words of who does the pass */
  uint32_t    page;          /* from 1; 0: there are none */
  int64_t     start_ms, end_ms;
  const char *text;          /* may be "" */
} SenStorePart;

/** Appends what was found of @content, so that a pass that is ended goes on behind it. It has not ended the program until then, so it does
 *  not count as a try. Finishing the pass (but for TO_DO) deletes them; where it is given up, they are found as chunks. */
bool sen_store_put_parts (SenStore *store, int64_t content, SenIndexPass pass, const SenStorePart *parts, size_t n, GError **error);
/** In order. Strings live as long as the call, and are UTF-8. */
typedef void (*SenStorePartFunc) (const SenStorePart *part, gpointer data);
bool sen_store_each_part (SenStore *store, int64_t content, SenIndexPass pass, SenStorePartFunc func, gpointer data, GError **error);

/** While work on @content is held up (nothing runs for it), an ending of the program says nothing of it: begun again, it counts again. */
bool sen_store_hold_pass (SenStore *store, int64_t content, SenIndexPass pass, bool is_held, GError **error);

/** What is known of @content by now: takes the place of what was told of the same fact; "" forgets that. */
bool sen_store_put_fact (SenStore *store, int64_t content, SenAbout about, const char *text, GError **error);

/** What could not be read, by path; @pass is -1 where the file itself could not. */
typedef void (*SenStoreFailureFunc) (const char *path, int pass, const char *sentence, uint32_t n_tries, gpointer data);
bool sen_store_each_failure (SenStore *store, SenStoreFailureFunc func, gpointer data, GError **error);
/** Passes that failed are to be done again; those that were given up are due. */
bool sen_store_retry_failed (SenStore *store, GError **error);
/** Of those that were given up one whose time has come (a day after it was, then two, four, and so on) is to be done once more; *@is_one:
 *  there was one. Who asks for the next when that has come to its end has the program ended by them once a day. */
bool sen_store_retry_due (SenStore *store, SenIndexPass pass, uint32_t kinds, bool *is_one, GError **error);

/** The version of the program that went through @root last, or (0) that tried last what had failed; or NULL. Another may know more kinds of
 *  files, and read what that could not. *@program: (transfer full). */
bool sen_store_get_program (SenStore *store, int64_t root, char **program, GError **error);
bool sen_store_set_program (SenStore *store, int64_t root, const char *program, GError **error);

/* --- Spaces and vectors --------------------------------------------------------------------------------------------------------------- */

/** Which chunks have vectors in a space: those with text, SEN_CHUNK_SEEN, or SEN_CHUNK_SOUND. */
typedef enum { SEN_SPACE_TEXT, SEN_SPACE_SIGHT, SEN_SPACE_SOUND, SEN_N_SPACE_ROLES } SenSpaceRole;

#define SEN_SPACE_MAX_EMBD 8192

typedef struct {
  int64_t      space;        /* 0: none */
  SenSpaceRole role;
  uint32_t     n_embd;
  bool         is_whole;     /* it was whole once; what is new since then lacks its vectors for a while */
  uint64_t     n_vectors;
} SenSpace;

/** The space of a model; a new one when it is not there. @identity: all that the vectors depend on. SEN_ERROR_INVALID when it is there
 *  with another n_embd. */
bool sen_store_open_space (SenStore *store, SenSpaceRole role, const char *identity, uint32_t n_embd, SenSpace *space, GError **error);
/** The space that is searched for a role: the newest whole one, else the newest. Its identity, if wanted, is (transfer full). */
bool sen_store_current_space (SenStore *store, SenSpaceRole role, SenSpace *space, char **identity, GError **error);
/** If nothing lacks a vector of it and no quick pass is to do, it is whole from now on, and the others of its role are given up. */
bool sen_store_settle_space (SenStore *store, int64_t space, bool *is_whole, GError **error);

typedef struct {
  int64_t         content, chunk;
  const char     *path;      /* of a file with this content */
  SenFileKind     kind;
  SenChunk        passage;
} SenStoreMissing;

/** The chunks after chunk @after that lack a vector in @space, at most @limit, in order. Strings live as long as the call. */
typedef void (*SenStoreMissingFunc) (const SenStoreMissing *missing, gpointer data);
bool sen_store_each_missing (SenStore *store, int64_t space, int64_t after, uint32_t limit, SenStoreMissingFunc func, gpointer data,
                             GError **error);

/** How many lack one. */
bool sen_store_count_missing (SenStore *store, int64_t space, uint64_t *n, GError **error);

typedef struct {
  int64_t      chunk;
  const float *values;       /* [n_embd], of any length but 0; NULL: none can be made of it */
} SenVectorRow;

/** Kept with unit length in f16. A chunk that has one in this space, or is gone, is passed over. */
bool sen_store_put_vectors (SenStore *store, int64_t space, const SenVectorRow *rows, size_t n, GError **error);
/** The vectors of a content in @space, by chunk: for what is like it. SEN_ERROR_CANCELLED. */
typedef void (*SenStoreVectorFunc) (int64_t chunk, const float *values, gpointer data);
bool sen_store_each_vector (SenStore *store, int64_t space, int64_t content, SenStoreVectorFunc func, gpointer data,
                            SenCancel *cancel, GError **error);

/* --- Searching ------------------------------------------------------------------------------------------------------------------------ */

/** A content, once in each list, with its best chunk; best first. */
typedef struct {
  int64_t content, chunk;    /* chunk 0: the file as a whole, found by its name */
  float   score;             /* words: BM25, larger is better; names: the same, by which part of the words is in them, and more for
                              * those that are nothing else; meaning: the cosine */
  bool    is_strong;         /* has every word that was asked for, if not in one passage then in that, its
                              * names and what is known of it (title, artist, tags); of meaning: see sen-fuse.h */
  uint32_t n_passages;       /* words and meaning: that the content has, SEN_STORE_MAX_COUNTED at most; names: 0 */
} SenHit;

/* What has more passages than this counts as if it had so many. */
#define SEN_STORE_MAX_COUNTED 4096

/** How the likeness of all that was compared is spread: what a cosine is worth depends on it. */
typedef struct {
  uint64_t n;
  double   mean, deviation;
} SenSpread;

/** Lets the disk bring what a search by meaning reads all of, on a thread that nobody waits for. */
void sen_store_read_ahead (SenStore *store);

/** Add to @hits (of SenHit) at most @n contents with the query's words, or whose names and folders have them, that the query lets through:
 *  by kind, place and time, and with its phrases and without what it excludes in all of their text and names. SEN_ERROR_CANCELLED. */
bool sen_store_search_words (SenStore *store, const SenQuery *query, uint32_t n, GArray *hits, SenCancel *cancel, GError **error);
bool sen_store_search_names (SenStore *store, const SenQuery *query, uint32_t n, GArray *hits, SenCancel *cancel, GError **error);
/** The same for those whose vectors in @space are nearest to @values[n_embd]; the query only lets through, and may be NULL. *@spread is
 *  of all vectors of the space. */
bool sen_store_search_meaning (SenStore *store, int64_t space, const float *values, const SenQuery *query, uint32_t n, GArray *hits,
                               SenSpread *spread, SenCancel *cancel, GError **error);
/** What the query lets through, newest first; of copies (is:duplicate) those that take most room for nothing. */
bool sen_store_search_newest (SenStore *store, const SenQuery *query, uint32_t n, GArray *hits, SenCancel *cancel, GError **error);

typedef struct {
  GStrv        paths;        /* of all files with this content that the query lets through, shortest first; then, where copies are
                              * asked for, the others; empty when they are gone */
  SenFileKind  kind;
  SenFileStamp stamp;        /* of the first */
  int64_t      made_us;      /* 0: unknown */
  char        *language;     /* or NULL */
  SenChunk     chunk;        /* zero when the hit's was 0; its strings are owned here */
} SenStorePlace;

void sen_store_place_clear (SenStorePlace *place);
/** Where a hit is. @query may be NULL. */
bool sen_store_find_place (SenStore *store, const SenHit *hit, const SenQuery *query, SenStorePlace *place, GError **error);

/** The text of the SEN_CHUNK_ABOUT of @content that stands in line @line, or NULL. (transfer full) */
bool sen_store_find_about (SenStore *store, int64_t content, uint32_t line, char **text, GError **error);
/** What @content calls itself: its title, else the outermost heading that it begins with; "" without either. (transfer full), to be freed
 *  in any case. *@is_heading: it is the latter, which may be a sheet's name or a part of the book's. */
bool sen_store_find_title (SenStore *store, int64_t content, char **title, bool *is_heading, GError **error);
/** The first passage of @content that is not @chunk, nor about it, or NULL: it has no other. (transfer full) */
bool sen_store_find_beginning (SenStore *store, int64_t content, int64_t chunk, char **text, GError **error);
/** The text of @source in @content that is nearest to @at_ms, or NULL. (transfer full) */
bool sen_store_find_text (SenStore *store, int64_t content, SenChunkSource source, int64_t at_ms, char **text, GError **error);

/* --- The whole ------------------------------------------------------------------------------------------------------------------------ */

typedef struct {
  uint64_t n_files, n_contents, n_chunks, n_failed;
  uint64_t n_to_do[SEN_N_INDEX_PASSES];
} SenStoreCounts;

bool sen_store_count (SenStore *store, SenStoreCounts *counts, GError **error);

/** Deletes contents without a file for @older_than_s seconds and the vectors of spaces that were given up, about @limit rows in one go.
 *  *@is_done: there is no more of it. */
bool sen_store_tidy (SenStore *store, uint32_t older_than_s, uint32_t limit, bool *is_done, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenStore, sen_store_close)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SenStoreTask, sen_store_task_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SenStorePlace, sen_store_place_clear)

G_END_DECLS
