/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-attachment-reason.h"
#include "sen-decode.h"
#include "sen-media-cache.h"
#include "sen-multimodal.h"
#include "sen-projector.h"

G_BEGIN_DECLS

/* Longer recordings would fill any context; their words do not. */
#define SEN_MULTIMODAL_MAX_MINUTES 5

enum { SENSE_SIGHT, SENSE_HEARING, N_SENSES };

typedef struct {
  char *by;                    /* NULL: the model lacks it */
  char *connector, *encoder;   /* paths; NULL when it is the mmproj's */
  bool  with_words;            /* the words stand beside the embeddings */
} Sense;

struct SenMultimodal {
  SenModelStore *store;        /* or NULL */
  SenDecode     *decode;
  char          *mmproj;       /* or NULL */
  Sense          senses[N_SENSES];
  SenModel      *model;        /* borrowed, as the devices: from sen_multimodal_use() */
  SenDevice     *device, *fallback;
  SenProjector  *projector;    /* NULL until something is taken */
  GError        *problem;      /* why it cannot be opened */
  uint64_t       file_bytes;   /* of what the projector was opened from */
  SenMediaCache *kept;         /* by the identity of their files, and the room */
  uint32_t       n_room;       /* positions that media may take together; 0: not known yet */
};

void sen_multimodal_sense_clear (Sense *sense);
/* sen-multimodal-find.c: fills mmproj and senses. */
bool sen_multimodal_find (SenMultimodal *self, const SenMultimodalParams *params, const char *model_path, GError **error);
/* Those that are taken by name only, for a model that is here. */
void sen_multimodal_find_named (SenModelStore *store, SenModelStatus *status);
/* sen-multimodal.c: the media as embeddings. *@why, where it fails: what to tell. (transfer full) */
SenMedia *sen_multimodal_take (SenMultimodal *self, SenAttachmentKind kind, const char *path, SenAttachmentReason *why, SenCancel *cancel,
                               GError **error);
/* The sense for content of this kind, NULL when it goes through words. */
const Sense *sen_multimodal_sense (const SenMultimodal *self, SenAttachmentKind kind);

G_END_DECLS
