/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* What the store must remember between runs, in index.json of its data folder: models used from where they lie, and
 * terms that were accepted. Written atomically, under a lock. */

typedef struct {
  char *name;
  char *path;
} SenImport;

typedef struct {
  GPtrArray *imports;         /* SenImport */
  GPtrArray *accepted_terms;  /* char *: URLs */
  char      *folder;          /* where the user wants models to lie, or NULL */
} SenModelIndex;

/** What index.json in @dir says; empty when it is not there. */
SenModelIndex *sen_model_index_load (const char *dir, GError **error);
bool           sen_model_index_save (const SenModelIndex *index, const char *dir, GError **error);
void           sen_model_index_free (SenModelIndex *index);

/* Changing it: lock, load, change, save, unlock. */
int  sen_model_index_lock (const char *dir, GError **error);
void sen_model_index_unlock (const char *dir, int lock);

const SenImport *sen_model_index_find (const SenModelIndex *index, const char *name);
void             sen_model_index_add_import (SenModelIndex *index, const char *name, const char *path);
bool             sen_model_index_accepts (const SenModelIndex *index, const char *terms_url);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenModelIndex, sen_model_index_free)

G_END_DECLS
