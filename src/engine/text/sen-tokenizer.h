/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-gguf.h"

G_BEGIN_DECLS

/**
 * Text to token ids and back, as the vocabulary in a GGUF file defines it.
 *
 * Models: `gpt2` (byte-level BPE with pre-tokenizers gpt-2, smollm, llama-bpe, qwen2 and their aliases), `llama`
 * (SentencePiece: scores, byte fallback, space prefix) and `bert` (WordPiece). Ids agree exactly with llama.cpp's
 * llama_tokenize(), those of `bert` with the tokenizers library.
 * Works on hostile text; time is O(n log n). Where bytes are no UTF-8, byte-level BPE takes each for U+FFFD, SentencePiece
 * keeps them as they are. (llama.cpp reads surrogates and overlong forms as characters; we do not.)
 *
 * Thread-safety: immutable; safe from any thread.
 */
typedef struct SenTokenizer SenTokenizer;

typedef int32_t SenToken;
#define SEN_NO_TOKEN (-1)

SenTokenizer *sen_tokenizer_new_from_gguf (SenGguf *gguf, GError **error);
SenTokenizer *sen_tokenizer_ref (SenTokenizer *tokenizer);
void          sen_tokenizer_unref (SenTokenizer *tokenizer);

const char *sen_tokenizer_description (const SenTokenizer *tokenizer);   /* "byte-level BPE, qwen2" */
uint32_t    sen_tokenizer_n_tokens (const SenTokenizer *tokenizer);

/** Appends the ids of text[length] to @ids (a GArray of SenToken). @add_special adds BOS/EOS as the model wants;
 *  @parse_special lets control tokens written in the text ("<|im_start|>") become their ids, otherwise they are text. */
void sen_tokenizer_encode (const SenTokenizer *tokenizer, const char *text, gssize length, bool add_special,
                           bool parse_special, GArray *ids);

/** A copy of @text, which people or documents wrote, that can be put into a prompt without forging turns in it: what looks
 *  like a control token is marked, and sen_tokenizer_encode_shielded() takes it for the text it is. A template may trim, cut,
 *  join or search the copy as it likes. Tokens without a meaning for the conversation (<think>, say) stay as they are. Text
 *  with nothing to mark comes back unchanged, so its ids are what they were. (transfer full) */
char *sen_tokenizer_shield (const SenTokenizer *tokenizer, const char *text);
/** sen_tokenizer_encode() with @parse_special, for a prompt that holds shielded text. */
void  sen_tokenizer_encode_shielded (const SenTokenizer *tokenizer, const char *text, bool add_special, GArray *ids);

/** The bytes a token stands for, appended to @bytes; control tokens give nothing unless @special. The bytes of one
 *  token need not be whole UTF-8 characters: see SenTokenStream. Unknown ids give nothing. */
void sen_tokenizer_decode (const SenTokenizer *tokenizer, SenToken id, bool special, GString *bytes);

/** A token's text as stored in the vocabulary, for display ("Ġhello"); NULL for an unknown id. Borrowed. */
const char *sen_tokenizer_token_text (const SenTokenizer *tokenizer, SenToken id);

SenToken sen_tokenizer_bos (const SenTokenizer *tokenizer);  /* or SEN_NO_TOKEN; so the others */
SenToken sen_tokenizer_eos (const SenTokenizer *tokenizer);
/** The id of a token by its exact text, control tokens included, or SEN_NO_TOKEN. */
SenToken sen_tokenizer_find (const SenTokenizer *tokenizer, const char *text);
bool     sen_tokenizer_is_control (const SenTokenizer *tokenizer, SenToken id);
/** True for every token that ends a turn or a completion: EOS, EOT, and the known marks (<|im_end|>, <|eot_id|>,
 *  <end_of_turn>, <|file_sep|> …). */
bool     sen_tokenizer_ends_generation (const SenTokenizer *tokenizer, SenToken id);

/**
 * Decodes a stream of tokens into valid UTF-8: holds back an incomplete character until its last byte arrives;
 * bytes that can never become a character turn into U+FFFD.
 */
typedef struct SenTokenStream SenTokenStream;

SenTokenStream *sen_token_stream_new (SenTokenizer *tokenizer);
void            sen_token_stream_free (SenTokenStream *stream);
/** Appends what @id completes to @text. A leading space that SentencePiece adds to the first word is dropped when the
 *  stream begins a text (@stream fresh). */
void            sen_token_stream_push (SenTokenStream *stream, SenToken id, GString *text);
/** Appends what is left (as U+FFFD where incomplete) and resets the stream. */
void            sen_token_stream_flush (SenTokenStream *stream, GString *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenTokenizer, sen_tokenizer_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenTokenStream, sen_token_stream_free)

G_END_DECLS
