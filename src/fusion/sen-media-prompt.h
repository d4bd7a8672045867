/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-media.h"

G_BEGIN_DECLS

/** Stands in a text where a picture or a recording belongs. */
#define SEN_MEDIA_MARK "<__media__>"

/**
 * A text with media between its words as parts for sen_session_sync(): each mark gives way to the next media. Stretches between
 * marks are tokenized one by one, as llama.cpp's mtmd does it.
 *
 * Thread-safety: immutable.
 */
typedef struct SenMediaPrompt SenMediaPrompt;

typedef struct {
  const char *text;
  gssize      length;        /* -1: up to the NUL */
  const char *mark;          /* NULL: SEN_MEDIA_MARK. Where people's words are in the text, one that they cannot write */
  bool        add_special;   /* BOS and EOS as the model wants */
  bool        shielded;      /* the text holds what sen_tokenizer_shield() made of people's words */
} SenMediaText;

/** Copies the text's tokens and takes references on @media[@n_media]. SEN_ERROR_INVALID when the text has another number of marks. */
SenMediaPrompt *sen_media_prompt_new (const SenTokenizer *tokenizer, const SenMediaText *text, SenMedia *const *media, size_t n_media,
                                      GError **error);
void            sen_media_prompt_free (SenMediaPrompt *prompt);

/** Borrowed from the prompt; embeddings from the media. */
const SenPart *sen_media_prompt_parts (const SenMediaPrompt *prompt, size_t *n_parts);
uint32_t       sen_media_prompt_n_tokens (const SenMediaPrompt *prompt);
/** False when one of the media alone is longer than a context of @n_ctx positions: SEN_ERROR_CONTEXT_FULL says which. */
bool           sen_media_prompt_check_room (const SenMediaPrompt *prompt, uint32_t n_ctx, GError **error);
/** Positions that the @index-th media takes: [*first, *first + *n). */
void           sen_media_prompt_place (const SenMediaPrompt *prompt, size_t index, uint32_t *first, uint32_t *n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenMediaPrompt, sen_media_prompt_free)

G_END_DECLS
