/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

G_BEGIN_DECLS

#define SEN_TYPE_ATTACHMENT (sen_attachment_get_type ())
G_DECLARE_FINAL_TYPE (SenAttachment, sen_attachment, SEN, ATTACHMENT, GObject)

/**
 * A picture, a recording or a video that belongs to a message or a draft: what it is, and what was understood of it in words.
 *
 * Its content is a file of SenAttachmentFiles, named by its SHA-256. Words are made once (SenPerception) and kept. Signal
 * "changed": anything about it is another.
 *
 * Thread-safety: main context only.
 */

/* Stored as these numbers. */
typedef enum {
  SEN_ATTACHMENT_UNKNOWN = 0,   /* not looked at yet, or neither of the others */
  SEN_ATTACHMENT_PICTURE = 1,
  SEN_ATTACHMENT_SOUND = 2,
  SEN_ATTACHMENT_VIDEO = 3,
} SenAttachmentKind;

typedef enum {
  SEN_ATTACHMENT_NEW = 0,       /* here, and not yet understood */
  SEN_ATTACHMENT_READY = 1,     /* its words are there */
  SEN_ATTACHMENT_FAILED = 2,    /* sen_attachment_error() says why */
  SEN_ATTACHMENT_COPYING = 3,   /* its content is on the way; never stored */
} SenAttachmentState;

/** What was found out about it. Texts may be NULL. */
typedef struct {
  SenAttachmentKind kind;
  const char       *mime;          /* "image/png" */
  int               width, height; /* of a picture or video as it is seen; 0: unknown */
  double            seconds;       /* of sound and video; 0: unknown */
  const char       *words;         /* facts of a picture, transcript of a recording */
  const char       *words_by;      /* models and programs that found them: "whisper-base" */
} SenAttachmentFacts;

/** A file where it lies, to be shown and played as if it were attached: it belongs to no message, and nothing is copied or kept of it.
 *  @path: bytes as the system has them; @identity: changes when the file does. (transfer full) */
SenAttachment     *sen_attachment_new_at (const char *path, const char *identity, SenAttachmentKind kind);

SenAttachmentKind  sen_attachment_kind (SenAttachment *self);
SenAttachmentState sen_attachment_state (SenAttachment *self);
const char        *sen_attachment_name (SenAttachment *self);      /* of the original file, UTF-8, without its folder */
const char        *sen_attachment_sha256 (SenAttachment *self);    /* NULL while copying, or when there is no content */
guint64            sen_attachment_size (SenAttachment *self);      /* bytes */
const SenAttachmentFacts *sen_attachment_facts (SenAttachment *self);
/** One sentence, or NULL. */
const char        *sen_attachment_error (SenAttachment *self);
/** What let a model take it directly when it was last asked about ("sight-smollm2", or "sight-smollm2 + words" where these went along);
 *  NULL: it went through words alone, or was not asked about yet. */
const char        *sen_attachment_direct_by (SenAttachment *self);
bool               sen_attachment_is_direct_with_words (SenAttachment *self);
/** Saved at once. */
void               sen_attachment_set_direct (SenAttachment *self, const char *by, bool with_words);
/** Where its content lies: to read, never to write. NULL while copying. (transfer full) */
char              *sen_attachment_path (SenAttachment *self);

/* How far the work on it is, for showing; not stored. */
const char *sen_attachment_stage (SenAttachment *self);      /* NULL: nothing is being done */
double      sen_attachment_fraction (SenAttachment *self);   /* negative: unknown */
void        sen_attachment_set_stage (SenAttachment *self, const char *stage, double fraction);

/** It was understood. @facts is copied; kinds and sizes that are unknown leave what was known. Saved at once. */
void sen_attachment_understood (SenAttachment *self, const SenAttachmentFacts *facts);
/** It cannot be used, or only in part: @facts may be NULL. Saved at once. */
void sen_attachment_failed (SenAttachment *self, const SenAttachmentFacts *facts, const char *sentence);
/** Nobody waits for it any more: a copy that runs ends. */
void sen_attachment_abandon (SenAttachment *self);

/** "picture", "sound", "video", "file": as in exports. */
const char       *sen_attachment_kind_name (SenAttachmentKind kind);
SenAttachmentKind sen_attachment_kind_from_mime (const char *mime);

G_END_DECLS
