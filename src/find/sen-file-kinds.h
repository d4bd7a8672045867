/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-search-types.h"

G_BEGIN_DECLS

/**
 * What a file is to the index, by its name: for SenCrawlParams.kind. *@format is what it is read as (static): "text", "code", "document",
 * "picture", "sound", "video", or "" when only its name is of use. Where a name tells nothing, or two things (video.ts), the file's first
 * bytes are looked at: what has no zeros and is UTF-8 is text. @data is not used.
 *
 * Reentrant.
 */
SenFileKind sen_file_kind (const char *path, const char **format, gpointer data);

/** "picture", "other": what JSON calls it. (static) */
const char *sen_file_kind_name (SenFileKind kind);

G_END_DECLS
