/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "sen-perception.h"

G_BEGIN_DECLS

#define SEN_TYPE_VIEWER (sen_viewer_get_type ())
G_DECLARE_FINAL_TYPE (SenViewer, sen_viewer, SEN, VIEWER, AdwWindow)

/** A picture as large as the window above which it opens, and what a recording or a video sounds like; the arrows go to the ones before and
 *  after it, Escape closes. */
SenViewer *sen_viewer_new (GtkWindow *parent, SenPerception *perception, GPtrArray *attachments, SenAttachment *first);

G_END_DECLS
