/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-engine.h"

/* An engine that says what the test tells it to, in place of the real one: the linker takes these functions, so the window
 * is the very same. Answers come from a thread, as the real ones do. */
typedef struct {
  const char *answer;        /* given word by word */
  unsigned    word_us;       /* time for each */
  int         hold_after;    /* words after which an answer waits to be let go on or stopped; 0: it doesn't */
  const char *error;         /* instead of an answer: message of a full context */
  const char *sees_by;       /* what takes pictures directly; NULL: they go through words */
  bool        holds_methods; /* looking by any method but attention, and measuring trust, waits half way to be let go on or stopped */
} FakeEngineScript;

void     fake_engine_set_script (const FakeEngineScript *script);
/* An answer that waits says @n_words more and waits again, or with 0 all that is left. */
void     fake_engine_go_on (int n_words);
/* One method that waits, or the next that would, is done. */
void     fake_engine_finish_method (void);
unsigned fake_engine_n_loads (void);
/* As the last model was to be loaded; strings are the engine's. */
const SenEngineLoad *fake_engine_last_load (void);
/* As they were last asked for, at loading or after it. */
const char *const *fake_engine_connectors (void);
/* How many messages the last question had. */
unsigned fake_engine_n_messages (void);
/* Somebody wants to see where it looks while it writes. */
bool     fake_engine_is_looking (void);
/* How often it was asked where it looked. */
unsigned fake_engine_n_explained (void);
/* The last of them. */
const char *fake_engine_last_question (void);
/* With it, and with those before it: paths of pictures and recordings, NULL-terminated. */
const char *const *fake_engine_last_media (void);
/* The last of them takes no more of the context than the words leave. */
bool fake_engine_yields (void);
