/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-attachment.h"

G_BEGIN_DECLS

#define SEN_TYPE_ATTACHMENT_FILES (sen_attachment_files_get_type ())
G_DECLARE_FINAL_TYPE (SenAttachmentFiles, sen_attachment_files, SEN, ATTACHMENT_FILES, GObject)

/**
 * The content of attachments: one folder of files named by their SHA-256 (ab/abcdef…), each of them once.
 *
 * A file is written beside its place and moved there when it is whole and on the disk, so under a hash there is only ever
 * what has it. Nothing here is changed later, and originals may go.
 *
 * Thread-safety: sen_attachment_files_take(), _find() and _has() from any thread, the rest main context only.
 */

/* Larger files are refused. */
#define SEN_ATTACHMENT_MAX_BYTES (G_GUINT64_CONSTANT (4) << 30)

/** @folder is made when something is added. NULL: a temporary folder, which goes with the object. */
SenAttachmentFiles *sen_attachment_files_new (const char *folder);
/** For tests: pretends that so many bytes are free. 0: asks the system. */
void                sen_attachment_files_set_free_bytes (SenAttachmentFiles *self, guint64 n_bytes);

/** Copies @file on a thread; the attachment is there at once and says when it is ready, or why it cannot be. (transfer full) */
SenAttachment *sen_attachment_files_add (SenAttachmentFiles *self, GFile *file);
/** The same for what was pasted or recorded, with a name for it. (transfer full) */
SenAttachment *sen_attachment_files_add_bytes (SenAttachmentFiles *self, GBytes *bytes, const char *name);

/** Copies now. @expected: the hash that it must have, or NULL. The hash (transfer full), or NULL: SEN_ERROR_NOT_FOUND,
 *  SEN_ERROR_IO, SEN_ERROR_LIMIT, SEN_ERROR_DISK_FULL, SEN_ERROR_FORMAT (empty), SEN_ERROR_CHECKSUM, SEN_ERROR_CANCELLED.
 *  @n_bytes and @mime (both may be NULL) receive its size and what its first bytes look like. */
char *sen_attachment_files_take (SenAttachmentFiles *self, GFile *file, const char *expected, guint64 *n_bytes, char **mime,
                                 GCancellable *cancellable, GError **error);
/** The path that content of this hash has, whether it is there or not; NULL when @sha256 is none. (transfer full) */
char *sen_attachment_files_find (SenAttachmentFiles *self, const char *sha256);
bool  sen_attachment_files_has (SenAttachmentFiles *self, const char *sha256);
bool  sen_sha256_is_valid (const char *sha256);

G_END_DECLS
