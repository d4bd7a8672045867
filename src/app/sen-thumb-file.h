/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "sen-image.h"

G_BEGIN_DECLS

/**
 * Thumbnails on disk as desktops share them (freedesktop.org, Thumbnail Managing Standard 0.9): PNG files in thumbnails/SIZE of the XDG
 * cache directory, named by the MD5 of the URI, which hold the URI and the time of change of what they show. One that another program made
 * is as good as ours.
 *
 * Their names and texts are read here, which is a few bounded numbers; their pixels are for the decode helper, as those of any file.
 *
 * Thread-safety: functions of their arguments and the disk.
 */
typedef enum { SEN_THUMB_NORMAL, SEN_THUMB_LARGE, SEN_THUMB_X_LARGE, SEN_N_THUMB_SIZES } SenThumbSize;

/** Of the longer side: 128, 256, 512. */
int  sen_thumb_size_px (SenThumbSize size);
/** The smallest in which @px fit; false when they are too many for any. */
bool sen_thumb_size_for (int px, SenThumbSize *size);

/** What a thumbnail is of. */
typedef struct {
  char   *uri;        /* owned */
  int64_t mtime_s;
} SenThumbSubject;

/** False when there is no file at @path (bytes as the system has them), or it is a thumbnail itself, which have none. */
bool sen_thumb_subject_init (SenThumbSubject *subject, const char *path);
void sen_thumb_subject_clear (SenThumbSubject *subject);

/** The file of a thumbnail that is up to date, of @size or a larger one; NULL: there is none. (transfer full) */
char *sen_thumb_file_find (const SenThumbSubject *subject, SenThumbSize size);
/** Somebody of this version of the program tried before, in vain, and the file is still the same. */
bool  sen_thumb_file_has_failed (const SenThumbSubject *subject);

/** Puts @image, already of that size, in its place: whole, or not at all. What cannot be written is made again next time. */
void sen_thumb_file_save (const SenThumbSubject *subject, SenThumbSize size, const SenImage *image);
void sen_thumb_file_save_failure (const SenThumbSubject *subject);

G_END_DECLS
