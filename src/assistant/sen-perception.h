/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-history.h"
#include "sen-job.h"
#include "sen-play.h"
#include "sen-senses.h"

G_BEGIN_DECLS

#define SEN_TYPE_PERCEPTION (sen_perception_get_type ())
G_DECLARE_FINAL_TYPE (SenPerception, sen_perception, SEN, PERCEPTION, GObject)

/**
 * Puts attachments into words, one after the other, on a thread of its own, so that a question can be written meanwhile.
 *
 * What is being looked at says how far it is (sen_attachment_stage(): "look" or "listen", and the fraction). An attachment
 * whose content was understood before, in whatever conversation, gets the same words at no cost, unless a sense has come since
 * that would tell more. Those of a message that was sent stay as the model read them, whatever senses come: they are part of what
 * was said. Who wants the file seen anew attaches it again.
 *
 * Thread-safety: main context only.
 */

#define SEN_STAGE_LOOK "look"
#define SEN_STAGE_LISTEN "listen"

/** @history may be NULL: then nothing is known from before. Takes over @senses. */
SenPerception *sen_perception_new (SenSenses *senses, SenHistory *history);

/** Models that were loaded to understand are given back, by the thread that uses them and behind what it has to do; the next attachment
 *  brings them again. */
void    sen_perception_rest (SenPerception *self);

/** Understands @attachment as soon as its content is there, unless it has been already. */
void    sen_perception_look (SenPerception *self, SenAttachment *attachment);
/** Looks once more at an @attachment that is understood, if a sense has come since; its words stay until there are new ones. */
void    sen_perception_renew (SenPerception *self, SenAttachment *attachment);
/** Nobody needs it any more. It is as new afterwards. */
void    sen_perception_forget (SenPerception *self, SenAttachment *attachment);
/** Ends when each of @attachments (SenAttachment) has its words or its error, those that are only new are begun. Cancelled,
 *  those in work end as well. @retry: what has failed is tried once more. (transfer full) */
SenJob *sen_perception_settle (SenPerception *self, GPtrArray *attachments, bool retry);

/** A picture, or a frame of a video, to show; SenImage. On a thread, whatever is being understood. (transfer full) */
void      sen_perception_picture_async (SenPerception *self, SenAttachment *attachment, int longest_side, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);
SenImage *sen_perception_picture_finish (SenPerception *self, GAsyncResult *result, GError **error);

#define SEN_PERCEPTION_N_PEAKS 512

/** The waveform of a recording or a video, of SEN_PERCEPTION_N_PEAKS bins; kept, so that the next one who asks has it at once. What
 *  is returned is the perception's. Fails with SEN_ERROR_UNSUPPORTED when there is no sound. */
void            sen_perception_peaks_async (SenPerception *self, SenAttachment *attachment, GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data);
const SenPeaks *sen_perception_peaks_finish (SenPerception *self, GAsyncResult *result, GError **error);
const SenPeaks *sen_perception_known_peaks (SenPerception *self, SenAttachment *attachment);   /* NULL: not asked for before */

/** Longer recordings are not heard once more for their words. */
#define SEN_PERCEPTION_TIMED_SECONDS 300.0

/** When the words of a recording are said: GArray of SenSaidWord, the perception's, kept. Hears it once more, behind what is being
 *  understood, and stands back for what is to be. Fails with SEN_ERROR_LIMIT for a recording longer than SEN_PERCEPTION_TIMED_SECONDS. */
void          sen_perception_words_async (SenPerception *self, SenAttachment *attachment, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);
const GArray *sen_perception_words_finish (SenPerception *self, GAsyncResult *result, GError **error);
const GArray *sen_perception_known_words (SenPerception *self, SenAttachment *attachment);   /* NULL: not asked for before */

/** Plays it from @start seconds on. One sound at a time: what was begun before ends. (transfer full) */
SenPlay *sen_perception_play (SenPerception *self, SenAttachment *attachment, double start);

/** How far the first that is not settled is: "Looking at picture 1 of 3", "Listening 0:42 of 3:10"; NULL when all are. In
 *  English; for programs in a terminal. (transfer full) */
char *sen_perception_describe (GPtrArray *attachments);

/** The same for those who put it into other words. False when all are settled. */
typedef struct {
  SenAttachmentKind kind;
  bool              is_listening;
  guint             number, n;         /* this one, of so many of its kind */
  double            done, total;       /* seconds, when listening */
} SenPerceptionProgress;
bool sen_perception_progress (GPtrArray *attachments, SenPerceptionProgress *progress);

G_END_DECLS
