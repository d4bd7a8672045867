/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-tokenizer.h"

G_BEGIN_DECLS

/* How byte-level BPE cuts text into words before merging. */
typedef enum { SEN_PRE_GPT2, SEN_PRE_SMOLLM, SEN_PRE_LLAMA3, SEN_PRE_QWEN2 } SenPreTokenizer;

/* How text becomes tokens. */
typedef enum { SEN_TOKENIZE_BPE, SEN_TOKENIZE_SENTENCEPIECE, SEN_TOKENIZE_WORDPIECE } SenTokenizerKind;

typedef enum { SEN_TOKEN_NORMAL = 1, SEN_TOKEN_UNKNOWN, SEN_TOKEN_CONTROL, SEN_TOKEN_USER, SEN_TOKEN_UNUSED, SEN_TOKEN_BYTE } SenTokenType;

typedef struct {
  uint32_t offset;    /* of the NUL-terminated text in the vocabulary's pool */
  uint32_t length;
  float    score;
  uint8_t  type;      /* SenTokenType */
} SenVocabToken;

/* A pair of tokens that merge, by rank; an open-addressed table. */
typedef struct {
  uint64_t key;       /* left << 32 | right; SEN_NO_MERGE in empty slots */
  int32_t  rank;
  SenToken merged;
} SenMerge;

#define SEN_NO_MERGE UINT64_MAX

typedef struct SenSpecials SenSpecials;

struct SenTokenizer {
  gatomicrefcount ref_count;
  SenTokenizerKind kind;
  SenPreTokenizer pre;
  bool            ignore_merges;     /* a word that is a token is taken whole (llama 3) */
  bool            add_bos, add_eos, add_space_prefix;
  char           *description;

  char           *pool;              /* texts of all tokens */
  SenVocabToken  *tokens;            /* [n_tokens] */
  uint32_t        n_tokens;
  SenToken       *by_text;           /* [by_text_mask + 1] open-addressed, SEN_NO_TOKEN in empty slots */
  uint32_t        by_text_mask;
  SenMerge       *merges;            /* [merge_mask + 1] */
  uint32_t        merge_mask;
  bool            clean_text, chinese_chars, strip_accents, lowercase;   /* WordPiece: what is done to text first */
  SenSpecials    *specials;
  bool            specials_take_spaces;   /* white space behind a special token is part of it (Phi-3) */
  SenToken        bos, eos, unknown;
  SenToken        bytes[256];        /* SentencePiece: the token of each byte */
  GHashTable     *ends;              /* set of ids that end a turn */
  char            byte_chars[256][4];/* byte-level BPE: each byte's character, UTF-8 */
  uint8_t         byte_char_lengths[256];
  int16_t         char_bytes[512];   /* and back: code point -> byte, -1 */
};

/** The token with this text, or SEN_NO_TOKEN. */
SenToken sen_vocab_find (const SenTokenizer *tokenizer, const char *text, size_t length);

static inline const char *
sen_vocab_text (const SenTokenizer *tokenizer, SenToken id)
{
  return tokenizer->pool + tokenizer->tokens[id].offset;
}

static inline SenTokenType
sen_vocab_type (const SenTokenizer *tokenizer, SenToken id)
{
  return tokenizer->tokens[id].type;
}

/* pre-tokenize.c: appends the byte length of each word of text[length] to @lengths (uint32_t). */
void sen_pre_tokenize (SenPreTokenizer pre, const char *text, size_t length, GArray *lengths);

/* bpe.c, sentencepiece.c, wordpiece.c: text without special tokens to ids. */
void sen_bpe_encode (const SenTokenizer *tokenizer, const char *text, size_t length, GArray *ids);
void sen_sentencepiece_encode (const SenTokenizer *tokenizer, const char *text, size_t length, GArray *ids);
void sen_wordpiece_encode (const SenTokenizer *tokenizer, const char *text, size_t length, GArray *ids);

/* What stands for a space in vocabularies of SentencePiece, and for the beginning of a word in those of WordPiece: U+2581. */
#define SEN_SPACE_MARK "\xe2\x96\x81"

/* special-tokens.c: control tokens and what users added, found in text as they stand. */
typedef struct {
  uint32_t start, length;
  SenToken id;
} SenSpecialMatch;

SenSpecials *sen_specials_new (const SenTokenizer *tokenizer);
void         sen_specials_free (SenSpecials *specials);
/** What of a text may be a control token. User tokens are found in any text. */
typedef enum {
  SEN_FIND_USER,          /* nothing */
  SEN_FIND_ALL,
  SEN_FIND_UNSHIELDED,    /* what sen_tokenizer_shield() has not marked */
} SenFind;

/* Stands before each character of what looks like a control token and is none: U+FDD0, which is no character and never in
 * text that is meant to be exchanged. */
#define SEN_SHIELD "\xef\xb7\x90"
#define SEN_SHIELD_BYTES 3

/** The matches that count (SenSpecialMatch), in order of the text: longest first, wherever they stand. (transfer full) */
GArray      *sen_specials_find (const SenTokenizer *tokenizer, const char *text, size_t length, SenFind find);

/** A copy without shields. (transfer full) */
char        *sen_specials_unshield (const char *text, size_t length, size_t *n_left);

/* vocabulary.c */
bool sen_vocab_load (SenTokenizer *tokenizer, SenGguf *gguf, GError **error);

/* A chain of symbols that merge pair by pair, best first; what BPE and SentencePiece have in common. */
typedef struct {
  int32_t  prev, next;   /* in the chain, -1 at the ends */
  uint32_t start, n;     /* bytes of the text; n = 0: merged away */
  SenToken id;
} SenSymbol;

typedef struct {
  float    priority;     /* higher first */
  int32_t  left, right;
  uint32_t n;            /* bytes of both together, to see that neither changed since */
  SenToken merged;
} SenBigram;

/* Offers the pair (left, right): true fills priority and merged. */
typedef bool (*SenOfferFunc) (const SenTokenizer *tokenizer, const char *text, const SenSymbol *left, const SenSymbol *right,
                              SenBigram *bigram);

/** Merges @symbols (SenSymbol, in order) until @offer accepts no pair. @queue is a scratch array of SenBigram. */
void sen_merge_symbols (const SenTokenizer *tokenizer, const char *text, GArray *symbols, GArray *queue, SenOfferFunc offer);

G_END_DECLS
