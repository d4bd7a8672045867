/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/* The words that extraction, store and search have in common. Their numbers stand in databases: they are only ever added to. */

/** What a file is to whoever looks for it; also what `type:` of a query names. */
typedef enum {
  SEN_FILE_OTHER,       /* found by its name alone */
  SEN_FILE_TEXT,        /* plain text, Markdown */
  SEN_FILE_CODE,
  SEN_FILE_DOCUMENT,    /* HTML, PDF, office, books */
  SEN_FILE_PICTURE,
  SEN_FILE_SOUND,
  SEN_FILE_VIDEO,
  SEN_N_FILE_KINDS,
} SenFileKind;

/** Where what is in a chunk comes from, and so why it was found. */
typedef enum {
  SEN_CHUNK_TEXT,       /* the text of the file itself */
  SEN_CHUNK_READ,       /* read off a picture or a scanned page */
  SEN_CHUNK_HEARD,      /* a transcript */
  SEN_CHUNK_ABOUT,      /* what is known of the file: title, author, camera, place, tags */
  SEN_CHUNK_SEEN,       /* a picture, or a picture of a video, as it looks: no text */
  SEN_CHUNK_SOUND,      /* a recording, or a stretch of it, as it sounds: no text */
  SEN_N_CHUNK_SOURCES,
} SenChunkSource;

/** Which fact a SEN_CHUNK_ABOUT tells: the line of its chunk. */
typedef enum {
  SEN_ABOUT_TAGS = 1,   /* "apple, fruit": what a picture seems to show */
  SEN_ABOUT_TITLE,
  SEN_ABOUT_AUTHOR,
  SEN_ABOUT_CAMERA,     /* "Google Pixel 7" */
  SEN_ABOUT_PLACE,      /* "48.20849, 16.37208": degrees north and east */
} SenAbout;

/** A passage: the smallest thing that is found, at a place where it can be opened. */
typedef struct {
  SenChunkSource source;
  uint32_t       page, line;          /* from 1; 0: there is no such thing */
  int64_t        start_ms, end_ms;    /* of a recording, both the same for one picture of a video; -1: no time */
  const char    *text;                /* UTF-8; "" where the source has none */
  const char    *headings;            /* those it stands under, "Installing › Debian"; "" without. Found as its text is */
} SenChunk;

#define SEN_CHUNK_MAX_BYTES 65536     /* of text, and of headings; what is longer is cut */

/** Contents are indexed in two passes, so that much can be found soon. */
typedef enum {
  SEN_INDEX_QUICK,      /* metadata and text */
  SEN_INDEX_DEEP,       /* text in pictures, transcripts, pictures of videos */
  SEN_N_INDEX_PASSES,
} SenIndexPass;

typedef enum {
  SEN_INDEX_TO_DO,
  SEN_INDEX_DONE,
  SEN_INDEX_FAILED,     /* with a sentence that says why */
  SEN_INDEX_NONE,       /* there is nothing to do in this pass */
} SenIndexState;

G_END_DECLS
