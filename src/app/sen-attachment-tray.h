/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "sen-perception.h"

G_BEGIN_DECLS

#define SEN_TYPE_ATTACHMENT_TRAY (sen_attachment_tray_get_type ())
G_DECLARE_FINAL_TYPE (SenAttachmentTray, sen_attachment_tray, SEN, ATTACHMENT_TRAY, GtkWidget)

/**
 * What is attached to the message that is being written: a tile each with its picture, what it costs, how far the work on it
 * is, or what is wrong with it. Tiles are dragged, or moved with Alt and the arrows; Delete takes one away, Enter shows it.
 *
 * Signals, each with the SenAttachment: "remove"; "move" (and guint position); "activate".
 */
void sen_attachment_tray_set_perception (SenAttachmentTray *self, SenPerception *perception);
/** A list of SenAttachment, or NULL. */
void sen_attachment_tray_set_model (SenAttachmentTray *self, GListModel *model);
/** Tokens its words take. */
void sen_attachment_tray_set_cost (SenAttachmentTray *self, SenAttachment *attachment, guint n_tokens);

/** What it is, in a few words: "Picture, 400 × 300", "Recording, 0:42". (transfer full) */
char *sen_attachment_describe (SenAttachment *attachment);
/** "3:10". (transfer full) */
char *sen_format_seconds (double seconds);
/** How far the work on it is; NULL when nothing is done. (transfer full) */
char *sen_attachment_describe_stage (SenAttachment *attachment);

G_END_DECLS
