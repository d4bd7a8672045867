/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What the parts of finding share: sen-find.c makes lists and results, sen-find-meaning.c what is compared with vectors. */
#pragma once

#include <sys/types.h>

#include "sen-find.h"
#include "sen-find-results-private.h"

G_BEGIN_DECLS

struct SenFind {
  char            *path;
  SenFindEncoders *encoders;       /* borrowed, or NULL */
  SenDecode       *decode;         /* borrowed, or NULL */
  uint32_t         n_threads;
  char            *isa;

  SenStore        *store;          /* NULL until there is one */
  dev_t            device;         /* of the database that is open */
  ino_t            inode;

  GHashTable      *vectors;        /* "ROLE TEXT" -> float [n_embd]: what was asked lately */
  bool             is_warm;        /* all was searched, or something encoded, since models were given back */
};

/** The vectors of one role, which can be searched. */
typedef struct {
  SenSpace space;                  /* space.space 0: they can't; why stands in the results */
} SenFindSpace;

/** Fills @spaces [SEN_N_SPACE_ROLES] and the roles of @results. False when it was cancelled. */
bool sen_find_open_spaces (SenFind *find, SenFindResults *results, SenFindSpace *spaces, SenCancel *cancel);

/** What a request means, as vectors: one for each thing in it. */
typedef struct {
  char    *text;                   /* put as each role wants it; or NULL, and */
  float   *vector;                 /* [n_embd]: what a file is like */
  uint32_t n_embd;
  float    weight;
} SenFindThing;

/** Appends the things of @request (SenFindThing) to @things. Of a file that is like something, *@role is the space it belongs to. False
 *  with an error. */
bool sen_find_add_things (SenFind *find, const SenFindRequest *request, const SenQuery *query, const SenFindSpace *spaces, GArray *things,
                          SenSpaceRole *role, SenCancel *cancel, GError **error);
GArray *sen_find_things_new (void);

/** @vector [n_embd]: the sum of the things for @role, each scaled by how far it spreads that space where there are several. False with an
 *  error, or without one when they cancel each other out. */
bool sen_find_mix (SenFind *find, const GArray *things, SenSpaceRole role, const SenSpace *space, float *vector, SenCancel *cancel,
                   GError **error);

/** All that is known of a picture, recording or video, in words; "" of others, and where nothing is known. (transfer full) */
char *sen_find_describe (const SenFind *find, const SenFindResult *result);

/** The query for a request, narrowed to its filters. */
SenQuery *sen_find_parse (const SenFindRequest *request, GError **error);
/** Opens the database, or the one that lies there now. *@has_index false: there is none. */
bool sen_find_open_store (SenFind *find, bool *has_index, GError **error);

G_END_DECLS
