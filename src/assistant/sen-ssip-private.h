/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A connection to speech-dispatcher, in its own words (SSIP): commands are lines, answers are lines of a number of three digits, and
 * events come in between. Asynchronous on the main context, which it belongs to. One command is on its way at a time. */
typedef struct SenSsip SenSsip;

/* @lines: of the answer but for the last, without numbers. */
typedef void (*SenSsipAnswer) (SenSsip *ssip, int code, GPtrArray *lines, gpointer data);

typedef struct {
  void (*event) (int code, const char *message, gpointer data);   /* 701 and so on; the message's number */
  /* It never came about, broke, or spoke nonsense; nothing more is called. One of the sentences of sen-ssip.c. */
  void (*failed) (const GError *error, gpointer data);
} SenSsipFuncs;

/* @address: "unix_socket:PATH"; NULL for the usual place, where speech-dispatcher is started if nobody listens. Returns at once; commands
 * wait until it is open. @funcs must outlive it. */
SenSsip *sen_ssip_new (const char *address, const SenSsipFuncs *funcs, gpointer data);
/* Takes back what is said, and leaves; nothing more is called. */
void     sen_ssip_free (SenSsip *ssip);

/* @command: without its end of line; @answer may be NULL. */
void     sen_ssip_send (SenSsip *ssip, const char *command, SenSsipAnswer answer);
/* From an answer that asks for more: before the commands that wait. */
void     sen_ssip_send_data (SenSsip *ssip, const char *data, SenSsipAnswer answer);

G_END_DECLS
