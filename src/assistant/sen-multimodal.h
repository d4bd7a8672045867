/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-debug.h"
#include "sen-generate.h"
#include "sen-media-prompt.h"
#include "sen-model-store.h"
#include "sen-prompt.h"

G_BEGIN_DECLS

/**
 * What one language model sees and hears directly: an mmproj file, or connectors of ours, found for it; and conversations with pictures and
 * recordings made ready for it. What cannot enter as embeddings enters through its words, and is told of.
 *
 *   multimodal = sen_multimodal_new (&params, model_path, &error);        looks at files only
 *   sen_multimodal_use (multimodal, model, device, fallback);             whenever one of them is another
 *   prompt = sen_multimodal_prepare (multimodal, &request, cancel, &error);
 *   sen_multimodal_generate (prompt, session, &params, &stats, &error);
 *
 * Encoded media are kept (64 MiB, what was used longest ago goes first) by the file they come from, so that a later turn costs no decoding
 * and no encoding; as the session keeps what it has read, it costs no reading either. When the model changes they are made anew: a
 * conversation holds its attachments, never embeddings.
 *
 * Thread-safety: one thread at a time, that of the devices; sen_multimodal_by() from any.
 */
typedef struct SenMultimodal SenMultimodal;

typedef struct {
  const SenDebug *debug;
  SenModelStore  *store;       /* may be NULL: then only what is named by path is found */
  const char     *mmproj;      /* path; NULL: the one beside the model, when there is one */
  const char     *connector;   /* "none": all goes through words. A name of the catalogue, or a path. NULL: those for the model */
  const char *const *also;     /* names of the catalogue's connectors that are taken by name only, NULL-terminated: those for the model are
                                * taken as well. May be NULL */
} SenMultimodalParams;

/** Fails only for what was named: SEN_ERROR_NOT_FOUND, SEN_ERROR_INVALID, or as the file is bad. */
SenMultimodal *sen_multimodal_new (const SenMultimodalParams *params, const char *model_path, GError **error);
void           sen_multimodal_free (SenMultimodal *self);

/** Fills sees_by, hears_by, may_see_by and may_hear_by of @status, a model of @store. Looks at files only. */
void sen_multimodal_look (SenModelStore *store, SenModelStatus *status);

/** What lets the model take content of this kind directly: "sight-smollm2", "mmproj-model-f16.gguf"; NULL: it goes through words. */
const char *sen_multimodal_by (const SenMultimodal *self, SenAttachmentKind kind);

void sen_multimodal_use (SenMultimodal *self, SenModel *model, SenDevice *device, SenDevice *fallback);

/** Media take no more than @n_positions of a context together, and pictures that could be larger are seen smaller. Preparing a prompt sets
 *  it to SEN_PROMPT_SHARE() of the prompt's context. */
void sen_multimodal_set_room (SenMultimodal *self, uint32_t n_positions);

/** What it takes beside the language model: the files of its encoders once they are open, and the media that are kept. */
uint64_t sen_multimodal_memory_bytes (const SenMultimodal *self);

/** How many positions the media takes, marks and all; encodes it when need be. 0 with an error when it does not enter directly.
 *  *@with_words (may be NULL): its words stand behind it, and are not counted. */
uint32_t sen_multimodal_count (SenMultimodal *self, SenAttachmentKind kind, const char *path, bool *with_words, SenCancel *cancel,
                               GError **error);

/* --- Prompts ------------------------------------------------------------------------------------------------------------------------ */

typedef struct {
  const SenChatMessage *messages;
  size_t                n_messages;
  const SenPromptMedia *media;      /* in the order of their messages */
  size_t                n_media;
  uint32_t              n_ctx;      /* of the session: media take no more than three quarters of it, those of the newest message first */
  uint32_t              n_words;    /* tokens of the messages, where any of @media yields to them */
} SenMultimodalRequest;

/** How a media entered. */
typedef struct {
  bool        is_direct;
  const char *by;          /* what took it, when it entered directly; an interned string */
  bool        with_words;  /* its words stand behind it */
  char       *note;        /* a sentence of attachment-reasons.def when it could have entered directly and did not, else NULL */
  char       *detail;      /* what went wrong, in the engine's own words (for a terminal, not for the window), or NULL */
  bool        is_new;      /* it belongs to the newest of the user's messages, so the note was not told before */
} SenMultimodalTaken;

typedef struct SenMultimodalPrompt SenMultimodalPrompt;

/** @self may be NULL: all goes through words. Whatever is wrong with one media, the others go on; NULL only with SEN_ERROR_CANCELLED.
 *  (transfer full) */
SenMultimodalPrompt *sen_multimodal_prepare (SenMultimodal *self, const SenMultimodalRequest *request, SenCancel *cancel, GError **error);
void                 sen_multimodal_prompt_free (SenMultimodalPrompt *prompt);

/** SenMultimodalTaken, one for each media of the request. Borrowed. */
GPtrArray *sen_multimodal_prompt_taken (const SenMultimodalPrompt *prompt);
/** What the @index-th message says, marks where media stand directly. Borrowed. */
const char *sen_multimodal_prompt_text (const SenMultimodalPrompt *prompt, size_t index);
/** As sen_prompt_leave_out(), with the media of the messages that go. */
uint32_t   sen_multimodal_prompt_leave_out (SenMultimodalPrompt *prompt, SenModel *model, uint32_t n_ctx);
/** What a model reads of it: its parts are those of sen_multimodal_generate(). (transfer full) */
SenMediaPrompt *sen_multimodal_prompt_read (const SenMultimodalPrompt *prompt, SenModel *model, GError **error);

/** A media that entered as embeddings. */
typedef struct {
  SenMedia         *media;
  SenAttachmentKind kind;
  const char       *name;
  uint32_t          index;   /* in the request's media */
} SenMultimodalDirect;

/** Words that stand for a media in a message. */
typedef struct {
  size_t   message;   /* of those as they are rendered */
  uint32_t index;     /* in the request's media */
  char    *words;
} SenMultimodalWords;

/** SenMultimodalWords, in the order in which they stand. Borrowed. */
GPtrArray            *sen_multimodal_prompt_words (const SenMultimodalPrompt *prompt);
/** The messages as they are rendered, in which a mark stands for each of sen_multimodal_prompt_direct(), in order. Borrowed, as the
 *  mark. */
const SenChatMessage *sen_multimodal_prompt_messages (const SenMultimodalPrompt *prompt, size_t *n);
const char           *sen_multimodal_prompt_mark (const SenMultimodalPrompt *prompt);
/** How many bytes at the end of the @index-th message are its own text; before them stands what is attached. */
size_t                sen_multimodal_prompt_own_length (const SenMultimodalPrompt *prompt, size_t index);
/** SenMultimodalDirect. Borrowed. */
GPtrArray            *sen_multimodal_prompt_direct (const SenMultimodalPrompt *prompt);

/** As sen_generate_chat(). */
bool       sen_multimodal_generate (const SenMultimodalPrompt *prompt, SenSession *session, const SenGenerateParams *params,
                                    SenGenerateStats *stats, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenMultimodal, sen_multimodal_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenMultimodalPrompt, sen_multimodal_prompt_free)

G_END_DECLS
