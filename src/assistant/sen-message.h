/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>
#include <stdbool.h>

#include "sen-generate.h"

G_BEGIN_DECLS

#define SEN_TYPE_MESSAGE (sen_message_get_type ())
G_DECLARE_FINAL_TYPE (SenMessage, sen_message, SEN, MESSAGE, GObject)

/** What one side of a conversation said. Signals: "appended" (const char *text) while it is written, "changed" for all
 *  else. Thread-safety: main context only. */

typedef enum { SEN_SPEAKER_USER, SEN_SPEAKER_ASSISTANT } SenSpeaker;

/* Stored as these numbers. */
typedef enum {
  SEN_MESSAGE_DONE = 0,
  SEN_MESSAGE_WRITING = 1,    /* text is still coming; found in the database it means that the program was ended in between */
  SEN_MESSAGE_STOPPED = 2,    /* by the user, or by the end of the program */
  SEN_MESSAGE_CUT = 3,        /* the context was full */
  SEN_MESSAGE_FAILED = 4,
  SEN_MESSAGE_LONG = 5,       /* as long as an answer may be */
} SenMessageState;

/** What a whole generation leaves an answer in, by why it ended. */
SenMessageState sen_message_state_after (SenStopReason reason);
/** Whether more of it may be asked for. */
bool            sen_message_state_can_go_on (SenMessageState state);

/** How an answer came about; strings may be NULL. */
typedef struct {
  const char *model, *device;
  guint       n_tokens;
  double      seconds;        /* from the question to the end */
  double      tokens_per_second;
} SenMessageFigures;

gint64                   sen_message_id (SenMessage *self);
SenSpeaker               sen_message_speaker (SenMessage *self);
SenMessageState          sen_message_state (SenMessage *self);
const char              *sen_message_text (SenMessage *self);       /* valid until it is appended to */
gsize                    sen_message_length (SenMessage *self);     /* of the text in bytes */
const SenMessageFigures *sen_message_figures (SenMessage *self);
/** SenAttachments in their order, or NULL for none; they stay the same. (transfer none) */
GPtrArray               *sen_message_attachments (SenMessage *self);

/** What an answer was made from, where that is files: JSON that the one who made it understands (find/sen-grounding-json.h); NULL: not of
 *  files.
 *  Saved at once; what takes more than SEN_MESSAGE_MAX_SOURCES bytes is not taken. */
#define SEN_MESSAGE_MAX_SOURCES (1 << 20)
const char              *sen_message_sources (SenMessage *self);
void                     sen_message_set_sources (SenMessage *self, const char *sources);
/** What the model reads in place of the question that this message answers; NULL: that question. Not saved: it follows from the sources
 *  (find/sen-grounding-turns.h). */
const char              *sen_message_asked (SenMessage *self);
void                     sen_message_set_asked (SenMessage *self, const char *asked);

/** More text has come; the state becomes SEN_MESSAGE_WRITING. Saved within half a second. */
void sen_message_append (SenMessage *self, const char *text);
/** The text is whole, or will not go on. Saved at once. @figures may be NULL. */
void sen_message_finish (SenMessage *self, SenMessageState state, const SenMessageFigures *figures);

G_END_DECLS
