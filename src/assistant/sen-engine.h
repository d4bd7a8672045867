/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "sen-debug.h"
#include "sen-explain-live.h"
#include "sen-generate.h"
#include "sen-job.h"
#include "sen-multimodal.h"

G_BEGIN_DECLS

#define SEN_TYPE_ENGINE (sen_engine_get_type ())
G_DECLARE_FINAL_TYPE (SenEngine, sen_engine, SEN, ENGINE, GObject)

/**
 * The one thread that owns device, model and session, and does what it is asked in turn.
 *
 * Each request gives a SenJob. A lost device is rebuilt, or else the CPU takes over, and the conversation is read again without
 * the caller's doing: the answer goes on where it was. Signal "changed" (main context): the status is another; while an answer is written,
 * a few times a second.
 *
 * Thread-safety: main context only, as far as not said otherwise.
 */

typedef enum { SEN_ENGINE_EMPTY, SEN_ENGINE_LOADING, SEN_ENGINE_READY, SEN_ENGINE_BUSY } SenEngineState;

/** What the window shows all the time. Strings are the copy's own; clear with sen_engine_status_clear(). */
typedef struct {
  SenEngineState state;
  char          *model_path;       /* NULL while empty */
  char          *model_name;
  char          *device;
  char          *reason;           /* why this device */
  char          *template_note;    /* which chat template is used */
  uint32_t       n_ctx, n_used;    /* context available and in use, tokens */
  double         tokens_per_second;/* of the answer that is being written, or else the last; 0 before one */
  uint32_t       n_answer_tokens;  /* of the same answer */
  SenStopReason  stop_reason;      /* why the last answer ended; meaningless while busy */
  uint32_t       n_left_out;       /* messages the last question went without: see SenEngineChat */
  uint64_t       memory_bytes;     /* weights and caches, of what sees and hears for the model too once it did */
  char          *sees_by, *hears_by; /* what lets the model take pictures and recordings directly, see sen_multimodal_by(); or NULL */
} SenEngineStatus;

SenEngine *sen_engine_new (const SenDebug *debug);

void sen_engine_get_status (SenEngine *self, SenEngineStatus *status);
void sen_engine_status_clear (SenEngineStatus *status);

typedef struct {
  const char *model_path;
  const char *device;      /* "auto", "cpu", "vulkan:0"; NULL = auto */
  uint32_t    n_ctx;       /* 0 = default */
  uint32_t    n_threads;   /* of the CPU; 0 = as many as allowed */
  SenModelStore *store;    /* where connectors and their encoders are found; may be NULL */
  const char *const *connectors;   /* as SenMultimodalParams.also */
} SenEngineLoad;

/** Loads a model, in place of the one that is loaded. (transfer full) */
SenJob *sen_engine_load (SenEngine *self, const SenEngineLoad *load);
/** Pictures and recordings of what is asked from now on reach the model that is loaded by others of the catalogue's connectors, as
 *  SenMultimodalParams.also; the conversation that it has read stays. (transfer full) */
SenJob *sen_engine_use_connectors (SenEngine *self, const char *const *connectors);
/** Frees model and device memory. (transfer full) */
SenJob *sen_engine_unload (SenEngine *self);
typedef struct {
  const SenChatMessage *messages;   /* a system message first, if there is one; copied */
  size_t                n_messages;
  const SenPromptMedia *media;      /* what is attached to them, in the order of their messages; copied */
  size_t                n_media;
  SenSampling           sampling;
  uint32_t              max_tokens; /* 0 = as many as fit */
  bool                  may_leave_out;  /* the oldest messages, when all of them do not fit: the user has agreed to it */
} SenEngineChat;

/** Answers the conversation, or goes on with an answer at its end; what is written comes as the job's text. Without
 *  may_leave_out a conversation that is too long fails with SEN_ERROR_CONTEXT_FULL. (transfer full) */
SenJob *sen_engine_chat (SenEngine *self, const SenEngineChat *chat);

/** How the media of the question entered: SenMultimodalTaken for each, known when the first text comes, and when the job is finished; NULL
 *  before, and for a question without. (transfer full) */
GPtrArray *sen_engine_chat_taken (SenJob *job);

/** What is written is explained while it is, from the next word on and in all answers to come: layers (at most SEN_EXPLAIN_LIVE_LAYERS;
 *  none: those that stand for all), heads, reduction and candidates of @params matter. NULL: no more, which costs nothing and keeps
 *  nothing. Also in the middle of an answer. */
void            sen_engine_set_looking (SenEngine *self, const SenExplainParams *params);
/** The words of the answer that @job, a chat, has written so far, as they were explained; NULL where they were not. New when text comes.
 *  (transfer full) */
SenExplanation *sen_engine_chat_look (SenJob *job);

/** Explains words of @chat, which is a conversation as it was or would be asked, with its answers: see SenExplainParams, whose progress and
 *  user_data do not matter and whose message counts what @chat holds. It waits for what is being written. What it costs the
 *  next turn stands at sen_explain(). (transfer full) */
SenJob         *sen_engine_explain (SenEngine *self, const SenEngineChat *chat, const SenExplainParams *params);
/** More about the text of @of, as sen_explain_more() has it. (transfer full) */
SenJob         *sen_engine_explain_more (SenEngine *self, SenExplanation *of, const SenExplainParams *params);
/** What the job found, once it is finished without an error; else NULL. (transfer full) */
SenExplanation *sen_engine_explain_result (SenJob *job);

/** How many tokens @text has for the model that is loaded, and about as many when none is. From any thread. */
uint32_t sen_engine_count_text (SenEngine *self, const char *text);

/** How many tokens each of @media[@n_media] is to the loaded model. Words are counted whatever the engine is doing; what the model
 *  takes directly is encoded for it, in turn, and need not be when it is asked about. The result is a GArray of guint; empty when no model
 *  is loaded. Ends early when @cancellable (may be NULL) says so, and when another model is to be loaded. (transfer full) */
void    sen_engine_count_async (SenEngine *self, const SenPromptMedia *media, size_t n_media, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
GArray *sen_engine_count_finish (GAsyncResult *result, GError **error);

G_END_DECLS
