/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "sen-generate.h"

G_BEGIN_DECLS

typedef enum { SEN_SCHEME_SYSTEM, SEN_SCHEME_LIGHT, SEN_SCHEME_DARK, SEN_N_SCHEMES } SenScheme;

/** What the window remembers between starts: a key file in the user's configuration folder, written atomically. A file
 *  that cannot be read or written costs nothing but the memory; values out of range are as if they were not there. */
typedef struct {
  char    *path;
  char    *model;             /* name or path of the model last used, or NULL */
  char    *device;            /* "auto", "cpu", "vulkan:0" */
  int      width, height;
  gboolean maximized;

  char       *system_prompt;  /* of conversations without one of their own; "" for none */
  SenSampling sampling;       /* seed 0: another one each time */
  uint32_t    max_tokens;     /* of an answer; 0 = as many as the context holds */
  uint32_t    n_ctx;          /* 0 = min (what the model was trained for, 4096) */
  uint32_t    n_threads;      /* 0 = all cores */
  uint32_t    idle_minutes;   /* after which the model is unloaded; 0 = never */
  SenScheme   scheme;
} SenSettings;

SenSettings *sen_settings_load (void);
void         sen_settings_save (const SenSettings *settings);
void         sen_settings_free (SenSettings *settings);

/** Sampling as it was before anybody changed it. */
void         sen_settings_reset_sampling (SenSettings *settings);
/** Makes the application light or dark. */
void         sen_settings_apply_scheme (const SenSettings *settings);

G_END_DECLS
