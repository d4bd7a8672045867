/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <sys/types.h>

#include "sen-capture-wire.h"
#include "sen-capture.h"

G_BEGIN_DECLS

/** A sensorium-capture that runs. */
typedef struct {
  pid_t pid;        /* 0: none */
  int   in, out;    /* its standard input and output, -1 when closed */
} SenCaptureProcess;

/** @mode: list, record or play; @argument: may be NULL. */
bool sen_capture_process_start (SenCaptureProcess *process, const char *helper, const char *mode, const char *argument,
                                GError **error);
/** Closes its standard input, by which it knows that it is no longer wanted. Safe while another thread reads its output. */
void sen_capture_process_hang_up (SenCaptureProcess *process);
/** Ends it, by force after @patience_ms. */
void sen_capture_process_end (SenCaptureProcess *process, int patience_ms);

typedef enum { SEN_CAPTURE_GOT, SEN_CAPTURE_TIMEOUT, SEN_CAPTURE_CLOSED } SenCaptureGot;

/** Waits for one message, @timeout_ms at most. @payload has room for SEN_CAPTURE_MAX_BYTES + 1; text is terminated and UTF-8.
 *  Nonsense counts as closed. */
SenCaptureGot sen_capture_process_read (SenCaptureProcess *process, SenCaptureHead *head, char *payload, int timeout_ms);

GError *sen_capture_reason_error (uint32_t reason, const char *detail);

G_END_DECLS
