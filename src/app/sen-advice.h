/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** What a person can do about an error: one sentence in his language, and the action that helps. The one place where
 *  errors of the engine become words of the window. */
typedef struct {
  char       *text;
  const char *action;   /* "win.new", or NULL when nothing helps */
  const char *label;    /* of the button for it, translated */
} SenAdvice;

void sen_advice_init (SenAdvice *advice, const GError *error);
void sen_advice_clear (SenAdvice *advice);

/** Sentences end with a point in the window, whether or not who wrote @sentence did: it without that. (transfer full) */
char *sen_advice_without_point (const char *sentence);

/** An error of microphone or loudspeaker in the user's language. (transfer full) */
char *sen_advice_sound (const GError *error);

/** Why a file could not be attached, seen or heard (sen_attachment_error()) in the user's language. (transfer full) */
char *sen_advice_attachment (const char *sentence);

/** What the indexer says: its sentence, its notes, and why a file could not be read; and what the finder says: why nothing was found, in
 *  the user's language. (transfer full) */
char *sen_advice_index (const char *sentence);

/** The engine's reason for a device in the language of the window, as far as it is one of the usual ones. NULL stays NULL. */
const char *sen_advice_reason (const char *reason);

G_END_DECLS
