/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-import.h"
#include "sen-json-reader.h"

G_BEGIN_DECLS

/* A tensor of a checkpoint, wherever it lies. */
typedef struct {
  const char *name;
  SenType     type;
  uint32_t    n_dims;         /* 1..4 */
  uint64_t    shape[4];       /* slowest axis first, as it is to be stored */
  const void *data;           /* perhaps unaligned */
  bool        is_transposed;  /* a matrix that lies [n_in][n_out] and is to be stored [n_out][n_in] */
} SenImportTensor;

typedef struct {
  const char      *path;        /* the model: a file or a folder */
  SenGgufWriter   *writer;      /* what is to be filled */
  SenType          matrix_type; /* SenImportParams.matrix_type, settled */
  GHashTable      *tensors;     /* name -> SenImportTensor, owned */
  SenJsonDocument *config;      /* config.json; NULL without */
  GPtrArray       *kept;        /* what must live until the file is saved, see sen_import_keep() */
  GPtrArray       *kept_frees;
} SenImportJob;

/* How a tensor is stored. */
typedef enum {
  SEN_IMPORT_MATRIX,   /* as the job's matrix_type */
  SEN_IMPORT_F16,      /* f32 where the matrices are */
  SEN_IMPORT_F32,      /* norms, biases, positions: whatever is small */
} SenImportKind;

/* --- sen-import-job.c -------------------------------------------------------------------------------------------------------- */

/** @object lives until the job is done. */
void sen_import_keep (SenImportJob *job, gpointer object, GDestroyNotify free_func);
/** Offers a tensor of the checkpoint; SEN_ERROR_FORMAT when its name is there already. */
bool sen_import_offer (SenImportJob *job, const SenImportTensor *tensor, GError **error);
/** The tensor by its name in the checkpoint; NULL and no error when it is not there. */
const SenImportTensor *sen_import_find (const SenImportJob *job, const char *name);
/** As above, and SEN_ERROR_FORMAT says that it is missing. */
const SenImportTensor *sen_import_need (const SenImportJob *job, const char *name, GError **error);
/** The name of the first tensor (in no order) that ends in @suffix, and what stands before it. (transfer full) */
char *sen_import_prefix (const SenImportJob *job, const char *suffix);

/** Writes @tensor under the name @target. @scale: NULL, or a factor for each row (each element of a vector), kept by the caller until
 *  the file is saved (sen_import_keep()). */
void sen_import_write (SenImportJob *job, const SenImportTensor *tensor, const char *target, SenImportKind kind,
                       const float *scale);
/** All values of a tensor as f32, in the order they are stored. (transfer full) */
float *sen_import_values (const SenImportTensor *tensor);
uint64_t sen_import_n_elems (const SenImportTensor *tensor);

/** A JSON file of the model's folder; NULL without an error when there is none. (transfer full) */
SenJsonDocument *sen_import_read_json (const SenImportJob *job, const char *name, GError **error);
/** A whole number of an object, @fallback when it is missing or none. */
uint64_t    sen_import_u64 (const SenJson *object, const char *member, uint64_t fallback);
double      sen_import_number (const SenJson *object, const char *member, double fallback);
const char *sen_import_text (const SenJson *object, const char *member);   /* or NULL */
bool        sen_import_is_true (const SenJson *object, const char *member, bool fallback);

/* --- Readers: each offers the checkpoint's tensors ---------------------------------------------------------------------------- */

bool sen_import_read_safetensors (SenImportJob *job, GError **error);
bool sen_import_read_onnx (SenImportJob *job, GError **error);

/* --- Families: each fills job->writer ------------------------------------------------------------------------------------------ */

bool sen_import_clip (SenImportJob *job, GError **error);      /* and siglip; sen-import-vision.c */
bool sen_import_dinov2 (SenImportJob *job, GError **error);
bool sen_import_bert (SenImportJob *job, GError **error);      /* sen-import-bert.c */
bool sen_import_whisper (SenImportJob *job, GError **error);   /* sen-import-whisper.c */
/** Reads model.bin itself, and fills. */
bool sen_import_ct2 (SenImportJob *job, GError **error);

G_END_DECLS
