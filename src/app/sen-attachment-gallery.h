/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "sen-perception.h"

G_BEGIN_DECLS

#define SEN_TYPE_ATTACHMENT_GALLERY (sen_attachment_gallery_get_type ())
G_DECLARE_FINAL_TYPE (SenAttachmentGallery, sen_attachment_gallery, SEN, ATTACHMENT_GALLERY, GtkWidget)

/** The attachments of a message: pictures and videos that open full size, recordings, what is wrong with one, and behind "Seen
 *  through words" the very text that the model reads of them. @attachments: SenAttachment. */
GtkWidget *sen_attachment_gallery_new (SenPerception *perception, GPtrArray *attachments);

G_END_DECLS
