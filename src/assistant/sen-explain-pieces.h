/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-explanation-private.h"
#include "sen-multimodal.h"

G_BEGIN_DECLS

/** What each position of a prompt is: fills pieces and spans of @explanation's info.
 *
 *  Which words are a message's own is found by rendering the conversation once more with a name in place of each message: what then stands
 *  between the names is the template's, whatever the template may be. A message that the template changed beyond trimming it, or left out,
 *  has no pieces of its own.
 *
 *  @parts[@n_parts] are those of @text, which @prompt became. Without a conversation both are NULL and all is plain text. On the thread of
 *  @model. */
void sen_explain_fill_pieces (SenExplanation *explanation, SenModel *model, const SenMultimodalPrompt *prompt, const SenPart *parts,
                              size_t n_parts, const SenMediaPrompt *text);

G_END_DECLS
