/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-media-cache.h"
#include "sen-projector.h"
#include "sen-weight-table.h"

G_BEGIN_DECLS

/* What a family of projectors does; @state is its own. Programs are made for sen_projector_device() when first needed. */
typedef struct {
  const char *name;      /* as people know it: "LLaVA" */
  bool        fits_room; /* pictures are of any size: smaller where projector->n_room is small */
  /* Reads projector->gguf: everything is checked here, nothing is compiled. NULL with an error. */
  gpointer (*open) (SenProjector *projector, GError **error);
  void     (*free) (gpointer state);
  /* Frees all that belongs to a device. */
  void     (*release) (gpointer state);
  /* One of the two: encodes and puts marks and embeddings into @builder. */
  bool     (*see) (SenProjector *projector, gpointer state, const SenImage *image, SenMediaBuilder *builder, SenCancel *cancel,
                   GError **error);
  bool     (*hear) (SenProjector *projector, gpointer state, const float *samples, size_t n, SenMediaBuilder *builder,
                    SenCancel *cancel, GError **error);
} SenProjectorFamily;

struct SenProjector {
  /* Owned */
  SenGguf        *gguf;
  SenModel       *model;
  SenDevice      *device, *fallback;   /* fallback or NULL */
  SenWeightTable *weights;             /* of the projection; towers have their own */
  SenMediaCache  *kept;                /* what was encoded */

  struct {
    const SenProjectorFamily *family;  /* NULL: it lacks this sense */
    gpointer                  state;
    uint64_t                  identity;/* of its files */
  } senses[2];                         /* sight, hearing */
  uint32_t        n_encoded;
  uint32_t        n_room;              /* positions for a picture; 0: any number */
};

#define SEN_PROJECTOR_FAMILY(TYPE, SENSE, FAMILY) extern const SenProjectorFamily FAMILY;
#include "families.def"
#undef SEN_PROJECTOR_FAMILY

/** sen_projector_open() for a file that is open. With @device NULL it is only looked at: it cannot see or hear. */
SenProjector *sen_projector_open_gguf (SenGguf *gguf, SenModel *model, SenDevice *device, SenDevice *fallback, GError **error);

/** A projector without senses. Takes references. */
SenProjector *sen_projector_new (SenGguf *gguf, SenModel *model, SenDevice *device, SenDevice *fallback);
/** Gives it a sense by opening @family. */
bool          sen_projector_add (SenProjector *projector, SenProjectorSenses sense, const SenProjectorFamily *family, GError **error);
/** The same with a state that was made elsewhere (transfer full). */
void          sen_projector_adopt (SenProjector *projector, SenProjectorSenses sense, const SenProjectorFamily *family, gpointer state);
/** The sense depends on the file at @path as it is now; sen_projector_add() does it for the projector's own. */
void          sen_projector_add_file (SenProjector *projector, SenProjectorSenses sense, const char *path);

/** Where programs run; changes only behind a release. */
SenDevice    *sen_projector_device (const SenProjector *projector);
/** Embeddings of the language model. */
uint32_t      sen_projector_n_embd (const SenProjector *projector);
SenTokenizer *sen_projector_tokenizer (const SenProjector *projector);
/** The first token whose bytes are @text, control tokens too; SEN_ERROR_INVALID when the language model has none. */
bool          sen_projector_find_token (const SenProjector *projector, const char *text, SenToken *token, GError **error);

/** Checks that what @tensor [n_out][n_in] gives is as wide as the language model. */
bool sen_projector_check_width (const SenProjector *projector, uint64_t n_embd, GError **error);
/** A number of the file's metadata, 1 … @max; SEN_ERROR_FORMAT otherwise. */
bool sen_projector_read_u32 (const SenProjector *projector, const char *key, uint32_t max, uint32_t *value, GError **error);
/** A required tensor, or SEN_ERROR_FORMAT. */
const SenGgufTensor *sen_projector_find_tensor (const SenProjector *projector, const char *name, GError **error);

G_END_DECLS
