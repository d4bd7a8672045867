/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * The words between client and helper: one packet of a SOCK_SEQPACKET pair each, a fixed structure of fixed-width fields in the
 * machine's own byte order (both ends are one build), with file descriptors as SCM_RIGHTS. A reply may carry a payload behind
 * the structure: samples (float) or text (UTF-8). Neither end believes the other: what fails the checks below ends the helper.
 * docs/media.md has the whole.
 */
#define SEN_WIRE_MAGIC 0x53454e31u
#define SEN_WIRE_MAX_PAYLOAD 65536
#define SEN_WIRE_MAX_PACKET (SEN_WIRE_MAX_PAYLOAD + 1024)
#define SEN_WIRE_MAX_LANGUAGES 4
#define SEN_WIRE_MAX_FDS (1 + SEN_WIRE_MAX_LANGUAGES)
#define SEN_WIRE_MAX_HANDLES 16

/* Before memory is taken. A picture of 128 million pixels is 384 MB as RGB. */
#define SEN_WIRE_MAX_SIDE 65535
#define SEN_WIRE_MAX_PIXELS (128u * 1000 * 1000)
#define SEN_WIRE_MAX_PICTURE_BYTES (512u << 20)

/* Of documents (sen-document.h): what is read of one at most, and the longest piece it is given in. */
#define SEN_WIRE_MAX_TEXT_BYTES (16u << 20)
#define SEN_WIRE_MAX_PAGES 10000u
#define SEN_WIRE_MAX_BLOCK_BYTES 16384u

typedef enum {
  SEN_WIRE_PROBE,         /* fd: the file; payload, of sounds and videos: title and artist, each ended by a zero */
  SEN_WIRE_PICTURE,       /* fd: the file; answers with a sealed memfd of [height][width][3] */
  SEN_WIRE_TEXT,          /* fds: the file, then language data in the order of @languages; @n: 0 of a picture, else the page of
                           * a PDF; @flags: SEN_WIRE_IF_LIKELY; payload: the text */
  SEN_WIRE_SOUND_OPEN,    /* fd: the file; @seconds: where to start; answers with a handle */
  SEN_WIRE_SOUND_READ,    /* @handle, @n samples at most; payload: samples, none at the end */
  SEN_WIRE_VIDEO_OPEN,    /* fd: the file; answers with a handle */
  SEN_WIRE_VIDEO_FRAME,   /* @handle, @seconds; answers like SEN_WIRE_PICTURE, @seconds is the frame's own */
  SEN_WIRE_DOCUMENT_OPEN, /* fd: the file; @n: SenDocumentKind by its name; @n_skip: blocks had before; answers with a handle;
                           * payload: title and author, each ended by a zero */
  SEN_WIRE_DOCUMENT_READ, /* @handle; payload: SenWireBlock, each with its text; the last has SEN_WIRE_END, perhaps a @note */
  SEN_WIRE_CLOSE,         /* @handle */
  SEN_WIRE_FAULT,         /* @n: a SenDecodeFault */
  SEN_WIRE_N_KINDS
} SenWireKind;

typedef enum {
  SEN_REASON_OK,
#define REASON(name, code, sentence) SEN_REASON_##name,
#include "reasons.def"
#undef REASON
  SEN_N_REASONS
} SenReason;

typedef struct {
  uint32_t magic;
  uint32_t kind;            /* SenWireKind */
  uint32_t id;              /* repeated by the reply */
  uint32_t handle;
  uint64_t file_size;
  double   seconds;
  uint32_t n;
  uint32_t time_ms;         /* the helper ends itself a little after this, should the client be gone */
  uint32_t longest_side;    /* 0: as it is */
  uint32_t background;      /* 0xRRGGBB */
  uint32_t n_languages;
  uint32_t n_skip;
  uint32_t flags;
  uint32_t padding;
  char     languages[SEN_WIRE_MAX_LANGUAGES][16];
} SenWireRequest;

/* Of a request: only where a look says that there may be text. */
enum { SEN_WIRE_IF_LIKELY = 1 << 0 };

enum {
  SEN_WIRE_ALPHA = 1 << 0,
  SEN_WIRE_GREY = 1 << 1,
  SEN_WIRE_PROFILE = 1 << 2,
  SEN_WIRE_PARTLY_DAMAGED = 1 << 3,
  SEN_WIRE_PLACE = 1 << 4,
  SEN_WIRE_END = 1 << 5,
};

typedef struct {
  uint32_t magic;
  uint32_t reason;          /* SenReason */
  uint32_t id;
  uint32_t handle;
  uint64_t a, b;            /* numbers of the reason's sentence */
  double   seconds;
  double   duration;
  double   frame_rate;
  double   latitude, longitude;
  float    confidence;
  uint32_t n_words;
  uint32_t media;           /* SenMediaKind */
  uint32_t flags;
  int32_t  width, height;   /* of the pixels in the memfd */
  int32_t  full_width, full_height;
  int32_t  orientation;
  uint32_t bits;
  uint32_t n_frames;
  int32_t  sample_rate;
  int32_t  n_channels;
  uint32_t n_audio_streams;
  uint32_t n_payload;       /* bytes behind this structure */
  uint32_t note;            /* SenReason why a document was not read to its end; OK: it was */
  uint32_t document;        /* SenDocumentKind */
  uint32_t padding;
  char     format[32];
  char     date[24];
  char     camera[96];
  char     video_codec[24];
  char     audio_codec[24];
  char     language[16];
} SenWireReply;

/** A piece of a document; @n_bytes of UTF-8 follow, then zeros up to a multiple of four. */
typedef struct {
  uint32_t kind;            /* SenBlockKind */
  uint32_t level, page, line;
  uint32_t continues;
  uint32_t n_bytes;
} SenWireBlock;

static inline size_t
sen_wire_padded (size_t n_bytes)
{
  return (n_bytes + 3) & ~(size_t) 3;
}

/** The block at @position of a payload, and steps behind it; false when there is none or it breaks the rules. */
bool sen_wire_next_block (const uint8_t *payload, size_t n_bytes, size_t *position, SenWireBlock *block, const char **text);

/** Copies and checks a packet of the client: sizes, ranges, terminated strings, as many descriptors as the kind needs. */
bool sen_wire_check_request (const void *packet, size_t n_bytes, size_t n_fds, SenWireRequest *request);

/** Copies and checks a packet of the helper; texts that are not UTF-8 are emptied, control characters become spaces.
 *  @payload points into @packet. */
bool sen_wire_check_reply (const void *packet, size_t n_bytes, SenWireReply *reply, const uint8_t **payload);

/** The file name's sentence for @reply. */
GError *sen_wire_error (const SenWireReply *reply, const char *name);

/** Both ends: one packet with descriptors. @fds taken are close-on-exec; more than @max_fds are closed and make it fail.
 *  Return the bytes of the packet, 0 at the end of the connection, -1 with errno. */
gssize sen_wire_receive (int socket, void *packet, size_t max_bytes, int *fds, size_t max_fds, size_t *n_fds);
bool   sen_wire_send (int socket, const void *head, size_t n_head, const void *payload, size_t n_payload, const int *fds,
                      size_t n_fds);

G_END_DECLS
