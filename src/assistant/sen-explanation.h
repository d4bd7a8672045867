/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-attachment.h"
#include "sen-head-share.h"
#include "sen-prediction.h"
#include "sen-trust.h"

G_BEGIN_DECLS

/**
 * Where a model looked, as window, command line and reports read it: the text in pieces as the model has it, and for some of them weights
 * over all that stands before, what the model was about to say, and how sure it was. sen-explain.h makes it.
 *
 * A piece is one position of the model's context: a token, or one embedding of a picture or recording. The row of a query says where the
 * model looked while it read that piece, which is when it chose the next one: who asks about the word in piece i asks query i − 1.
 *
 * Thread-safety: immutable, its reference counting atomic.
 */
typedef struct SenExplanation SenExplanation;

typedef enum {
#define SEN_EXPLAIN_METHOD(name, option, title, limits) SEN_EXPLAIN_##name,
#include "explain-methods.def"
#undef SEN_EXPLAIN_METHOD
} SenExplainMethod;

const char *sen_explain_method_title (SenExplainMethod method);    /* for people; untranslated */
const char *sen_explain_method_limits (SenExplainMethod method);   /* one sentence; untranslated */
/** False when no method is called @option. */
bool        sen_explain_method_find (const char *option, SenExplainMethod *method);

typedef enum {
  SEN_PIECE_TEMPLATE,   /* what the chat template wrote: marks of turns, roles */
  SEN_PIECE_TEXT,       /* a message's own words */
  SEN_PIECE_WORDS,      /* words that stand for a picture or recording in a message */
  SEN_PIECE_MEDIA,      /* an embedding */
} SenPieceKind;

const char *sen_piece_kind_name (SenPieceKind kind);   /* "template", "text", "words", "media" */

typedef struct {
  SenToken     id;           /* SEN_NO_TOKEN: an embedding */
  const char  *text;         /* valid UTF-8 for display, with its spaces; "" for an embedding */
  SenPieceKind kind;
  int32_t      message;      /* whose it is, by its place in the conversation; -1: nobody's */
  uint32_t     start, end;   /* of SEN_PIECE_TEXT: bytes of the message's own text: those of whole tokens, not always of characters */
  int32_t      span;         /* of SEN_PIECE_MEDIA: index in spans; else -1 */
  int32_t      media;        /* of SEN_PIECE_WORDS: which of those attached they stand for, as in spans; -1 where that is not known */
} SenPiece;

/** Embeddings of one media that stand together: a picture, a tile of it, a window of sound. */
typedef struct {
  SenAttachmentKind kind;
  const char *name;            /* of the media */
  uint32_t    media;           /* which of those attached, from 0, those in words counted too; tiles of one picture share it */
  uint32_t    first, n;        /* pieces */
  uint32_t    n_row, n_column; /* a grid, row by row; of sound 1 × n */
  float       x0, y0, x1, y1;  /* which part of the picture it shows, in [0, 1] of width and height; of sound seconds, x0 to x1 */
  const float *times;          /* as SenMediaSpan has them; see sen_explanation_span_time() */
} SenExplanationSpan;

/** A token that might have come. */
typedef struct {
  SenToken    id;
  const char *text;
  float       logprob;      /* natural log */
} SenCandidate;

typedef struct {
  const char      *model, *device;
  const char      *model_path;           /* which file; models of one name differ in precision */
  SenExplainMethod method;
  uint32_t         n_layer, n_head;      /* of the model */
  const uint32_t  *layers;               /* [n_layers] that were looked at */
  uint32_t         n_layers;
  uint32_t         n_heads;              /* that were looked at, of each layer */
  int32_t          head;                 /* the only one of these, or -1 */
  bool             is_maximum;           /* of layers and heads; else their mean */
  bool             without_sink;         /* the first piece's weight was taken out and the rest scaled to the same sum */

  const SenPiece           *pieces;      /* [n_pieces] */
  uint32_t                  n_pieces;
  const SenExplanationSpan *spans;       /* [n_spans] */
  uint32_t                  n_spans;

  uint32_t             first_query, n_queries;   /* pieces [first_query, first_query + n_queries) */
  const float         *weights;          /* f32 [n_queries][n_pieces]; NULL for SEN_EXPLAIN_LENS, and see sen_explanation_read_row() */
  const SenPrediction *predictions;      /* [n_queries]: of the next piece; NULL when not asked for */
  const SenCandidate  *candidates;       /* [n_queries][n_candidates], most likely first */
  uint32_t             n_candidates;     /* a prediction's n_alternatives may be fewer */

  /* Pieces that were left out together, of SEN_EXPLAIN_OCCLUSION and where trust was asked for. */
  const int32_t       *unit_of;          /* [n_pieces], -1: never left out; or NULL */
  uint32_t             n_units;
  const float         *unit_changes;     /* [n_units]: by how much the answer's log-probability falls without it; NULL but for occlusion */
  float                answer_logprob;   /* natural, of all its tokens; of occlusion */
  const SenTrust      *trust;            /* how far the weights may be believed, or NULL */

  /* Of one query, where asked for. */
  uint32_t             detail_query;
  const float         *detail;           /* f32 [n_layer][n_head][n_pieces], or NULL */
  const SenPrediction *lens;             /* [n_layer], or NULL */
  const SenCandidate  *lens_candidates;  /* [n_layer][n_candidates] */
  const SenHeadShares *shares;           /* of the logit of share_of after detail_query, or NULL */
  SenCandidate         share_of;         /* without its probability */
} SenExplanationInfo;

SenExplanation           *sen_explanation_ref (SenExplanation *explanation);
void                      sen_explanation_unref (SenExplanation *explanation);
const SenExplanationInfo *sen_explanation_info (const SenExplanation *explanation);
/** About how much memory it holds. */
size_t                    sen_explanation_n_bytes (const SenExplanation *explanation);

/** The row of query @query, a piece; NULL when it was not asked about. f32 [n_pieces] */
const float *sen_explanation_row (const SenExplanation *explanation, uint32_t query);
/** The same into row[n_pieces], also of an answer that was explained while it was written (sen-explain-live.h), whose rows lie one by one
 *  and whose weights are NULL. False when it is not known. */
bool         sen_explanation_read_row (const SenExplanation *explanation, uint32_t query, float *row);
/** One whose weights lie in a row, as reports want them; @explanation itself when they do. (transfer full) */
SenExplanation *sen_explanation_settle (SenExplanation *explanation);
/** The weight of row[n_pieces] on a picture as a grid of its own, @heat[n_side][n_side], which covers the picture whatever its shape: the
 *  weight of each embedding spread evenly over the part it shows, tiles on top of each other. The sum is that of the embeddings inside the
 *  picture. False when media @media is no picture that entered as embeddings. */
bool         sen_explanation_heat (const SenExplanation *explanation, const float *row, uint32_t media, uint32_t n_side, float *heat);

/** From when to when the @index-th embedding of @span, a sound, is: seconds. */
void         sen_explanation_span_time (const SenExplanationSpan *span, uint32_t index, double *start, double *end);

/** All of it as JSON, docs/cli.md has the members. (transfer full) */
char *sen_explanation_to_json (const SenExplanation *explanation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenExplanation, sen_explanation_unref)

G_END_DECLS
