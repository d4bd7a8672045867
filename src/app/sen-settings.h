/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "sen-generate.h"

G_BEGIN_DECLS

typedef enum { SEN_SCHEME_SYSTEM, SEN_SCHEME_LIGHT, SEN_SCHEME_DARK, SEN_N_SCHEMES } SenScheme;

/** What the window remembers between starts, by the schema in data/: in the desktop's own store of settings, or, where there is
 *  none, in a key file in the user's configuration folder. Values that make no sense are as if they were not there. A program
 *  that is not installed needs GSETTINGS_SCHEMA_DIR to find the schema; without it there are defaults, and nothing is kept. */
typedef struct {
  GSettings *store;           /* NULL: no schema */
  char      *model;           /* path of the model last used; "" for none */
  char      *device;          /* "auto", "cpu", "vulkan:0" */
  char      *microphone;     /* SenMicrophone.id; "" for the default one */
  char     **connectors;     /* those that shall be taken of the catalogue's that are taken by name only; each of one model. Never NULL */
  gboolean   read_aloud;     /* answers, while they are written */
  char      *read_voice;     /* as of sen_read_aloud_set_voice() */
  int32_t    read_rate;
  gboolean   index_on_mains; /* folders are indexed on mains power only */
  uint32_t   width, height;
  gboolean   maximized;

  char       *system_prompt;  /* of conversations without one of their own; "" for none */
  SenSampling sampling;       /* seed 0: another one each time */
  uint32_t    max_tokens;     /* of an answer; 0 = as many as the context holds */
  uint32_t    n_ctx;          /* 0 = min (what the model was trained for, 4096) */
  uint32_t    n_threads;      /* 0 = all cores */
  uint32_t    idle_minutes;   /* after which the model is unloaded; 0 = never */
  SenScheme   scheme;
} SenSettings;

SenSettings *sen_settings_load (void);
/** Stores what has changed; g_settings_sync() waits until it is. */
void         sen_settings_save (const SenSettings *settings);
void         sen_settings_free (SenSettings *settings);

/** Sampling as it was before anybody changed it. */
void         sen_settings_reset_sampling (SenSettings *settings);
/** Makes the application light or dark. */
void         sen_settings_apply_scheme (const SenSettings *settings);

G_END_DECLS
