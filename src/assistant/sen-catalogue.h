/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * The catalogue: models that Sensorium knows by name, and where their files come from. docs/catalogue.md is its format.
 *
 * The one in data/catalogue.json is built in. Its facts decide what is accepted from the network (sizes and SHA-256),
 * so every field is checked when it is parsed: names can be used as file names, package names cannot be taken for
 * options of a program, parts add up to their file.
 *
 * Thread-safety: immutable; reference counting is atomic.
 */
typedef struct SenCatalogue SenCatalogue;

/** What a model can be used for; a model has one or more. */
typedef enum {
  SEN_ROLE_CHAT     = 1 << 0,  /* answers in a conversation */
  SEN_ROLE_COMPLETE = 1 << 1,  /* continues text */
  SEN_ROLE_SEE      = 1 << 2,  /* takes pictures */
  SEN_ROLE_HEAR     = 1 << 3,  /* takes sound */
  SEN_ROLE_FIND     = 1 << 4,  /* gives embeddings to search by */
} SenRoles;

typedef struct {
  char     *name;
  uint64_t  size_bytes;
  char     *sha256;  /* 64 lower-case hex digits */
} SenCatalogueFile;

/** A stretch of a file that lies as one member in a registry package; parts are joined in order. */
typedef struct {
  char     *package;
  char     *version;
  char     *member;  /* path inside the wheel */
  uint64_t  size_bytes;
  char     *sha256;
} SenCataloguePart;

typedef enum { SEN_SOURCE_HUB, SEN_SOURCE_PACKAGE } SenSourceKind;

/** How a source provides one file: a URL (hub) or parts (package). */
typedef struct {
  char             *url;
  SenCataloguePart *parts;
  size_t            n_parts;
} SenSourceFile;

typedef struct {
  SenSourceKind  kind;
  SenSourceFile *files;  /* [n_files], in the order of the entry's files */
} SenCatalogueSource;

typedef struct {
  char               *name;
  char               *title;
  char               *summary;
  SenRoles            roles;
  uint64_t            n_params;
  uint64_t            memory_bytes;   /* to run it: weights, caches at 4,096 positions, scratch */
  char               *licence_name;
  char               *licence_url;
  char               *terms_url;      /* terms to accept before the first fetch, or NULL */
  bool                is_folder;      /* the model is a folder of this name; otherwise the one file */
  SenCatalogueFile   *files;
  size_t              n_files;
  uint64_t            size_bytes;     /* of all files */
  SenCatalogueSource *sources;        /* tried in this order */
  size_t              n_sources;
} SenCatalogueEntry;

/** What the card of a connector counts. */
typedef enum {
  SEN_MEASURE_NONE,
  SEN_MEASURE_KINDS,   /* "kinds": pictures whose kind of thing is named rightly */
  SEN_MEASURE_SPEECH,  /* "speech": mistakes in words that people say; more than a thousand when words are added */
} SenConnectorMeasure;

/** Connectors of our own (sen-connector.h), which come with the program: the file is NAME.gguf. */
typedef struct {
  char *name;
  char *title;
  char *kind;             /* "sight", "hearing", "match-image", "match-audio" */
  char *encoder;          /* model that it sees or hears with */
  char *language_model;   /* model that reads what it gives; a text encoder for matching */
  bool  only_by_name;     /* not as good as words yet: for those who ask for it */
  SenConnectorMeasure measure;   /* how well it does, by its card in data/models: what was counted, */
  uint64_t directly, in_words;   /* in a thousand, when it was asked directly and when its words were */
} SenCatalogueConnector;

/** The catalogue that is built in. */
SenCatalogue *sen_catalogue_new_builtin (GError **error);
/** Parses and checks JSON text; @name is the file in messages. */
SenCatalogue *sen_catalogue_new_from_text (const char *text, size_t length, const char *name, GError **error);
SenCatalogue *sen_catalogue_ref (SenCatalogue *catalogue);
void          sen_catalogue_unref (SenCatalogue *catalogue);

size_t                   sen_catalogue_n_entries (const SenCatalogue *catalogue);
const SenCatalogueEntry *sen_catalogue_entry (const SenCatalogue *catalogue, size_t index);
/** The entry of that name, or NULL. */
const SenCatalogueEntry *sen_catalogue_find (const SenCatalogue *catalogue, const char *name);

size_t                       sen_catalogue_n_connectors (const SenCatalogue *catalogue);
const SenCatalogueConnector *sen_catalogue_connector (const SenCatalogue *catalogue, size_t index);
/** The connector of that name, or NULL. */
const SenCatalogueConnector *sen_catalogue_find_connector (const SenCatalogue *catalogue, const char *name);

/** Name of a single role ("chat"), or NULL. */
const char *sen_role_name (SenRoles role);
/** True for names that are safe as a file name and as a word in messages: letters, digits, "._-", no dot in front. */
bool        sen_catalogue_name_is_valid (const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenCatalogue, sen_catalogue_unref)

G_END_DECLS
