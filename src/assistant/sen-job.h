/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>
#include <stdbool.h>

#include "sen-device.h"

G_BEGIN_DECLS

#define SEN_TYPE_JOB (sen_job_get_type ())
G_DECLARE_FINAL_TYPE (SenJob, sen_job, SEN, JOB, GObject)

/**
 * A piece of work on another thread, as the window sees it.
 *
 * The worker reports stage, progress and text whenever it likes; the main context hears of all of it together, at most
 * once in SEN_JOB_INTERVAL_MS: one "changed" signal, one "text" signal with everything that came since the last. A
 * "finished" signal ends it, after the last text.
 *
 * Thread-safety: the sen_job_report_*() functions belong to the worker, sen_job_cancel() to anybody, the rest to the main
 * context.
 */

#define SEN_JOB_INTERVAL_MS 16   /* a frame */

SenJob *sen_job_new (void);

/* The window's side. */
const char   *sen_job_stage (SenJob *self);              /* "Reading", untranslated key; see sen_job_report_stage() */
double        sen_job_fraction (SenJob *self);           /* 0..1, negative while unknown */
bool          sen_job_is_finished (SenJob *self);
const GError *sen_job_error (SenJob *self);              /* why it failed, or NULL */
void          sen_job_cancel (SenJob *self);

/* The worker's side. */
SenCancel    *sen_job_cancellation (SenJob *self);
void          sen_job_report_stage (SenJob *self, const char *stage, double fraction);
void          sen_job_report_text (SenJob *self, const char *text);
/** Takes @error, which may be NULL. Nothing may be reported after it. */
void          sen_job_report_finished (SenJob *self, GError *error);

G_END_DECLS
