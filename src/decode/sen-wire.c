/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-wire-private.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sen-document.h"
#include "sen-error.h"
#include "sen-sentence.h"

#define N_(text) text
static const struct {
  SenError    code;
  const char *sentence;
} reasons[SEN_N_REASONS] = {
#define REASON(name, code, sentence) [SEN_REASON_##name] = { SEN_ERROR_##code, sentence },
#include "reasons.def"
#undef REASON
};

/* --- Checks ---------------------------------------------------------------------------------------------------------------------- */

static bool
is_terminated (const char *text, size_t size)
{
  return memchr (text, '\0', size) != NULL;
}

/* Plain names only: they become file names on the client's side and tesseract's on the other. */
static bool
is_language (const char *text, size_t size)
{
  if (!is_terminated (text, size) || *text == '\0')
    return false;
  for (; *text != '\0'; text++)
    if (!g_ascii_isalnum (*text) && *text != '_')
      return false;
  return true;
}

bool
sen_wire_check_request (const void *packet, size_t n_bytes, size_t n_fds, SenWireRequest *request)
{
  if (n_bytes != sizeof *request)
    return false;
  memcpy (request, packet, sizeof *request);
  if (request->magic != SEN_WIRE_MAGIC || request->kind >= SEN_WIRE_N_KINDS || request->n_languages > SEN_WIRE_MAX_LANGUAGES
      || request->background > 0xffffff || request->longest_side > SEN_WIRE_MAX_SIDE || request->file_size > INT64_MAX
      || !isfinite (request->seconds) || request->seconds < 0 || request->seconds > 1e9)
    return false;

  size_t n_wanted = 0;
  switch ((SenWireKind) request->kind)
    {
    case SEN_WIRE_PROBE:
    case SEN_WIRE_PICTURE:
    case SEN_WIRE_SOUND_OPEN:
    case SEN_WIRE_VIDEO_OPEN:
      n_wanted = 1;
      break;
    case SEN_WIRE_DOCUMENT_OPEN:
      if (request->n >= SEN_N_DOCUMENT_KINDS)
        return false;
      n_wanted = 1;
      break;
    case SEN_WIRE_TEXT:
      if (request->n_languages == 0 || request->n > SEN_WIRE_MAX_PAGES)
        return false;
      for (uint32_t i = 0; i < request->n_languages; i++)
        if (!is_language (request->languages[i], sizeof request->languages[i]))
          return false;
      n_wanted = 1 + request->n_languages;
      break;
    case SEN_WIRE_SOUND_READ:
      if (request->n == 0 || request->n > SEN_WIRE_MAX_PAYLOAD / sizeof (float))
        return false;
      break;
    case SEN_WIRE_VIDEO_FRAME:
    case SEN_WIRE_DOCUMENT_READ:
    case SEN_WIRE_CLOSE:
    case SEN_WIRE_FAULT:
    case SEN_WIRE_N_KINDS:
      break;
    }
  return n_fds == n_wanted;
}

static bool
clean_text (char *text, size_t size)
{
  if (!is_terminated (text, size))
    return false;
  if (!g_utf8_validate (text, -1, NULL))
    memset (text, 0, size);
  for (char *c = text; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  return true;
}

static bool
in_range (double value, double low, double high)
{
  return isfinite (value) && value >= low && value <= high;
}

bool
sen_wire_check_reply (const void *packet, size_t n_bytes, SenWireReply *reply, const uint8_t **payload)
{
  if (n_bytes < sizeof *reply)
    return false;
  memcpy (reply, packet, sizeof *reply);
  if (reply->magic != SEN_WIRE_MAGIC || reply->reason >= SEN_N_REASONS || reply->n_payload != n_bytes - sizeof *reply
      || reply->n_payload > SEN_WIRE_MAX_PAYLOAD || reply->media > 2
      || reply->document >= SEN_N_DOCUMENT_KINDS || reply->note >= SEN_N_REASONS)
    return false;
  if (!in_range (reply->seconds, 0, 1e9) || !in_range (reply->duration, 0, 1e9) || !in_range (reply->frame_rate, 0, 1e6)
      || !in_range (reply->latitude, -90, 90) || !in_range (reply->longitude, -180, 180)
      || !in_range (reply->confidence, 0, 1))
    return false;
  if (reply->width < 0 || reply->height < 0 || (uint64_t) reply->width * (uint64_t) reply->height > SEN_WIRE_MAX_PIXELS
      || reply->full_width < 0 || reply->full_height < 0 || reply->orientation < 0 || reply->orientation > 8
      || reply->sample_rate < 0 || reply->n_channels < 0)
    return false;
  if (!clean_text (reply->format, sizeof reply->format) || !clean_text (reply->date, sizeof reply->date)
      || !clean_text (reply->camera, sizeof reply->camera) || !clean_text (reply->video_codec, sizeof reply->video_codec)
      || !clean_text (reply->audio_codec, sizeof reply->audio_codec) || !clean_text (reply->language, sizeof reply->language))
    return false;
  *payload = (const uint8_t *) packet + sizeof *reply;
  return true;
}

bool
sen_wire_next_block (const uint8_t *payload, size_t n_bytes, size_t *position, SenWireBlock *block, const char **text)
{
  if (*position > n_bytes || n_bytes - *position < sizeof *block)
    return false;
  memcpy (block, payload + *position, sizeof *block);
  size_t start = *position + sizeof *block;
  if (block->kind >= SEN_N_BLOCK_KINDS || block->level > 6 || block->continues > 1 || block->page > SEN_WIRE_MAX_PAGES
      || block->n_bytes > SEN_WIRE_MAX_BLOCK_BYTES || sen_wire_padded (block->n_bytes) > n_bytes - start)
    return false;
  *text = (const char *) payload + start;
  *position = start + sen_wire_padded (block->n_bytes);
  return true;
}

/* --- Sentences ------------------------------------------------------------------------------------------------------------------- */

GError *
sen_wire_error (const SenWireReply *reply, const char *name)
{
  g_autofree char *a = g_strdup_printf ("%" G_GUINT64_FORMAT, reply->a), *b = g_strdup_printf ("%" G_GUINT64_FORMAT, reply->b);
  g_autofree char *text = sen_sentence_fill (reasons[reply->reason].sentence, "name", name, "format",
                                             reply->format[0] != '\0' ? reply->format : "media", "a", a, "b", b, NULL);
  return g_error_new_literal (SEN_ERROR, reasons[reply->reason].code, text);
}

/* --- Packets --------------------------------------------------------------------------------------------------------------------- */

gssize
sen_wire_receive (int socket, void *packet, size_t max_bytes, int *fds, size_t max_fds, size_t *n_fds)
{
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int) * SEN_WIRE_MAX_FDS)];
  } control;
  struct iovec part = { .iov_base = packet, .iov_len = max_bytes };
  struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };

  *n_fds = 0;
  gssize n;
  do
    n = recvmsg (socket, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return -1;

  bool ok = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
  for (struct cmsghdr *c = CMSG_FIRSTHDR (&message); c != NULL; c = CMSG_NXTHDR (&message, c))
    {
      if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
        continue;
      for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN (0)) / sizeof (int); i++)
        {
          int fd;
          memcpy (&fd, CMSG_DATA (c) + i * sizeof fd, sizeof fd);
          if (*n_fds < max_fds)
            fds[(*n_fds)++] = fd;
          else
            {
              close (fd);
              ok = false;
            }
        }
    }
  if (!ok)
    {
      for (size_t i = 0; i < *n_fds; i++)
        close (fds[i]);
      *n_fds = 0;
      errno = EPROTO;
      return -1;
    }
  return n;
}

bool
sen_wire_send (int socket, const void *head, size_t n_head, const void *payload, size_t n_payload, const int *fds, size_t n_fds)
{
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int) * SEN_WIRE_MAX_FDS)];
  } control = { 0 };
  struct iovec parts[2] = { { .iov_base = (void *) head, .iov_len = n_head },
                            { .iov_base = (void *) payload, .iov_len = n_payload } };
  struct msghdr message = { .msg_iov = parts, .msg_iovlen = n_payload > 0 ? 2 : 1 };
  if (n_fds > 0)
    {
      message.msg_control = &control;
      message.msg_controllen = CMSG_SPACE (sizeof (int) * n_fds);
      struct cmsghdr *c = CMSG_FIRSTHDR (&message);
      c->cmsg_level = SOL_SOCKET;
      c->cmsg_type = SCM_RIGHTS;
      c->cmsg_len = CMSG_LEN (sizeof (int) * n_fds);
      memcpy (CMSG_DATA (c), fds, sizeof (int) * n_fds);
    }
  gssize n;
  do
    n = sendmsg (socket, &message, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n == (gssize) (n_head + n_payload);
}
