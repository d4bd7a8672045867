/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-cancel.h"
#include "sen-catalogue.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * The models on this machine: where they are looked for, what is there, what is not.
 *
 * Folders, in order: $SENSORIUM_MODELS, the folder set in preferences, sensorium/models in the XDG data directory,
 * extra folders. Only the second and third are ever written: fetched models go to the folder set in preferences, or
 * else to the data directory. A model of the catalogue is there when all its files have the right sizes; it is verified
 * when a stamp says that their SHA-256 was right too. Other GGUF files in these folders, and what was imported, are
 * models as well, under the name of the file; but for connectors of the catalogue, which come with the program, and projectors ("mmproj" in
 * their name), which are nothing without their language model.
 *
 * Nothing is cached: each call looks at the disk, so that several programs can share the folders.
 *
 * Thread-safety: every call from any thread; reference counting is atomic. Calls touch the disk, verify reads all of a model.
 */
typedef struct SenModelStore SenModelStore;

typedef struct {
  const char        *models_dir;            /* $SENSORIUM_MODELS (SenDebug.models_dir), or NULL */
  const char        *preferences_dir;       /* the folder set in preferences; NULL: what sen_model_store_set_folder() kept */
  const char        *data_dir;              /* NULL: sensorium/models in the XDG data directory */
  const char *const *extra_dirs;            /* only read; NULL-terminated. NULL: sensorium/models of the system's data
                                             * directories, and where the models lie that come with the program */
  const char        *conversions_dir;       /* NULL: sen_model_conversions_dir() */
  uint64_t           fake_free_disk_bytes;  /* SenDebug.fake_free_disk_bytes */
} SenModelStoreParams;

typedef enum {
  SEN_MODEL_ABSENT,
  SEN_MODEL_PARTIAL,  /* a fetch was begun and can go on */
  SEN_MODEL_DAMAGED,  /* there, but with a wrong size */
  SEN_MODEL_PRESENT,
} SenModelState;

typedef enum {
  SEN_MODEL_CATALOGUE,  /* of the catalogue */
  SEN_MODEL_IMPORTED,   /* the user's own, used from where it lies */
  SEN_MODEL_FOUND,      /* a GGUF file in one of the folders */
} SenModelOrigin;

typedef struct {
  char                    *name;
  const SenCatalogueEntry *entry;       /* borrowed from the catalogue; NULL for other models */
  SenModelOrigin           origin;
  SenModelState            state;
  bool                     verified;    /* the SHA-256 of every file was checked, and the files are unchanged since */
  bool                     removable;   /* sen_model_store_remove() would do something */
  char                    *path;        /* the file or folder; NULL when absent or partial */
  uint64_t                 size_bytes;  /* what lies on the disk now */
  char                    *conversion;  /* the GGUF that a model of another format was made into, or NULL */
  uint64_t                 conversion_bytes;
  char                    *sees_by, *hears_by;  /* what lets it take pictures and recordings directly: see sen_multimodal_look(), which
                                                 * fills them, and these; or NULL */
  const SenCatalogueConnector *may_see_by, *may_hear_by;  /* what would besides, asked for by name; borrowed from the catalogue */
} SenModelStatus;

/** Where conversions (sen-import.h) go when a model's own folder cannot be written: sensorium/models in the XDG cache directory.
 *  (transfer full) */
char *sen_model_conversions_dir (void);
/** The GGUF of the model at @path, of whatever format it is: converted of the default type when it was not yet, which takes seconds to
 *  minutes. (transfer full) */
char *sen_model_import (const char *path, SenCancel *cancel, GError **error);

SenModelStore *sen_model_store_new (SenCatalogue *catalogue, const SenModelStoreParams *params);
SenModelStore *sen_model_store_ref (SenModelStore *store);
void           sen_model_store_unref (SenModelStore *store);

SenCatalogue *sen_model_store_catalogue (const SenModelStore *store);   /* borrowed */
const char   *sen_model_store_models_dir (const SenModelStore *store);  /* borrowed: $SENSORIUM_MODELS, or NULL */

/** Where fetched models go. (transfer full) */
char *sen_model_store_dup_target_dir (SenModelStore *store);
/** Whether that is where it was before anybody chose. */
bool  sen_model_store_target_is_default (SenModelStore *store);

/** The local path of a model: @name is a catalogue name, the name of an imported or found model, or a path to a .gguf
 *  file or a folder. SEN_ERROR_NOT_FOUND says how to get it. (transfer full) */
char *sen_model_store_find (SenModelStore *store, const char *name, GError **error);

/** Where a connector of the catalogue lies, or NULL when it is not here. (transfer full) */
char *sen_model_store_find_connector (SenModelStore *store, const char *name);
/** "mmproj-model-f16.gguf": the name of a projector. */
bool  sen_is_projector_name (const char *name);

/** The catalogue's models in its order, then the others by name: SenModelStatus. (transfer full) */
GPtrArray      *sen_model_store_list (SenModelStore *store);
/** One of them; SEN_ERROR_NOT_FOUND when no model has that name. (transfer full) */
SenModelStatus *sen_model_store_status (SenModelStore *store, const char *name, GError **error);
/** The catalogue's first model with @role that is present, else its first with that role; NULL when it has none. Looks at the
 *  files of those models only. (transfer full) */
SenModelStatus *sen_model_store_choose (SenModelStore *store, SenRoles role);
void            sen_model_status_free (SenModelStatus *status);
const char     *sen_model_status_title (const SenModelStatus *status);  /* for people */

/** Hashes every file of a catalogue model that is present, whatever its stamps say. */
bool sen_model_store_verify (SenModelStore *store, const char *name, GCancellable *cancellable, GError **error);

/** Deletes a fetched or partly fetched model, or forgets an imported one (whose files stay), and what either was converted to. Files
 *  in folders that are only read are left alone: SEN_ERROR_INVALID. */
bool sen_model_store_remove (SenModelStore *store, const char *name, GError **error);

/** True of "model.gguf", a name without folders. */
bool sen_is_gguf_name (const char *name);

/** Registers a GGUF file, a folder of GGUF files, or the folder of a model, without copying. @name may be NULL: then
 *  the file's own name is used, with a number when another model has it. Returns the name. (transfer full) */
char *sen_model_store_import (SenModelStore *store, const char *path, const char *name, GError **error);

/** Remembers @dir (made if need be) as the folder set in preferences; NULL forgets it. This store uses it at once, others
 *  when they are opened; what lies in the folders stays where it is. */
bool sen_model_store_set_folder (SenModelStore *store, const char *dir, GError **error);

/** True when the entry has no terms to accept, or they were accepted. */
bool sen_model_store_terms_accepted (SenModelStore *store, const SenCatalogueEntry *entry);
/** Remembers that the user accepted the entry's terms. */
bool sen_model_store_accept_terms (SenModelStore *store, const SenCatalogueEntry *entry, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenModelStore, sen_model_store_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenModelStatus, sen_model_status_free)

G_END_DECLS
