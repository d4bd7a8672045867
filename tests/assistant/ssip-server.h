/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

/* A speech-dispatcher that says nothing aloud, on a socket of the test's own; connections have a thread each. */
typedef struct SsipServer SsipServer;

typedef enum {
  SSIP_SPEAKS,       /* what it is given has been heard at once */
  SSIP_IS_SLOW,      /* nothing is heard until it is cancelled */
  SSIP_HAS_NO_VOICE,
  SSIP_REFUSES,      /* to speak */
  SSIP_IS_MAD,       /* its answers make no sense */
  SSIP_ENDS,         /* in the middle */
  SSIP_IS_HASTY,     /* a text has been heard when its first byte is there; the rest is read under the next manner */
} SsipManner;

SsipServer *ssip_server_new (SsipManner manner);
void        ssip_server_set_manner (SsipServer *server, SsipManner manner);   /* from the next command on */
void        ssip_server_free (SsipServer *server);
/* For SenDebug.speechd_address. */
const char *ssip_server_address (SsipServer *server);
/* What it was told since the last call: commands and what was to be spoken, one a line; "SPEAK" and settings of the client's name,
 * notifications, priority and punctuation are left out. (transfer full) */
char       *ssip_server_take_log (SsipServer *server);
guint       ssip_server_n_spoken (SsipServer *server);
