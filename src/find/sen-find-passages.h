/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-cancel.h"
#include "sen-decode.h"
#include "sen-tokenizer.h"

G_BEGIN_DECLS

/** The first passages of the document at @path, at most @n_max, as its encoder takes them: char *. Fails as sen_document_open() does.
 *  (transfer full) */
GPtrArray *sen_find_read_passages (SenDecode *decode, const char *path, SenTokenizer *tokenizer, uint32_t n_max, SenCancel *cancel,
                                   GError **error);

G_END_DECLS
