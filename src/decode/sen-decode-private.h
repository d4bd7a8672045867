/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-decode.h"
#include "sen-wire-private.h"

G_BEGIN_DECLS

/** One question to the helper and its answer. */
typedef struct {
  SenWireRequest request;     /* magic, id and time_ms are filled in */
  const int     *fds;         /* stay the caller's */
  size_t         n_fds;
  const char    *name;        /* the file, for sentences */
  uint32_t       generation;  /* of the helper that @request.handle belongs to; 0: any */
  void          *payload;     /* room for the reply's payload, or NULL */
  size_t         max_payload;

  SenWireReply   reply;
  size_t         n_payload;
  uint32_t       answered_by; /* generation of the helper that answered */
  int            memfd;       /* of a picture, the caller's; else -1 */
  bool           stale;       /* failed because @generation is gone: open again */
} SenExchange;

/** Waits its turn, starts the helper when needed, asks, and turns whatever goes wrong into a sentence. A @reply with another
 *  reason than OK is an error. */
bool sen_decode_exchange (SenDecode *decode, SenExchange *exchange, SenCancel *cancel, GError **error);

/** A regular file that is not empty, or -1. */
int sen_decode_open_file (const char *path, uint64_t *size, GError **error);

/** Takes over @memfd, checks its seals and size. */
SenImage *sen_image_new_from_memfd (int memfd, const SenWireReply *reply, const char *name, GError **error);

static inline SenExchange
sen_exchange (SenWireKind kind, const char *name)
{
  return (SenExchange) { .request = { .kind = kind }, .name = name, .memfd = -1 };
}

/** The string of @payload at @position as text in one line, and steps behind it; NULL when it is empty. (transfer full) */
char *sen_decode_take_fact (const uint8_t *payload, size_t n_payload, size_t *position);

/** Shrinking and background of @params, which may be NULL. */
void sen_exchange_set_picture (SenExchange *exchange, const SenPictureParams *params);

G_END_DECLS
