/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "sen-perception.h"

G_BEGIN_DECLS

#define SEN_TYPE_THUMBNAIL (sen_thumbnail_get_type ())
G_DECLARE_FINAL_TYPE (SenThumbnail, sen_thumbnail, SEN, THUMBNAIL, GtkWidget)

/**
 * What an attachment looks like: the picture, a frame of the video, or the symbol of its kind while that is not there. Decoded
 * on a thread, and kept for the next time while there is room.
 *
 * It takes the room the picture will have, at most @max_width × @max_height; -1: as much as it is given (a viewer).
 */
GtkWidget *sen_thumbnail_new (SenPerception *perception, SenAttachment *attachment, int max_width, int max_height);
/** The picture is there. For tests. */
bool       sen_thumbnail_is_shown (SenThumbnail *self);

/** The symbol of a kind. */
const char *sen_attachment_icon_name (SenAttachmentKind kind);

G_END_DECLS
