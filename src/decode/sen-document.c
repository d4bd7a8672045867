/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-document.h"

#include <string.h>
#include <unistd.h>

#include "sen-decode-private.h"
#include "sen-error.h"

struct SenDocument {
  SenDecode *decode;
  char      *path;
  int        fd;
  uint64_t   size;
  uint32_t   generation;      /* of the helper that knows @handle; 0: none does */
  uint32_t   handle;
  uint32_t   n_given;         /* blocks */
  SenDocumentFacts facts;

  uint8_t   *payload;         /* [SEN_WIRE_MAX_PAYLOAD] of blocks */
  size_t     n_payload, position;
  bool       is_last;
  char      *text;            /* of the block given last */
  char      *note;
};

static const struct { const char *ending; SenDocumentKind kind; } endings[] = {
#define ENDING(ending, kind) { ending, SEN_DOCUMENT_##kind },
#include "text-endings.def"
#undef ENDING
};

SenDocumentKind
sen_document_kind_by_name (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  if (g_str_has_suffix (name, ".gz"))
    name[strlen (name) - strlen (".gz")] = '\0';
  const char *dot = strrchr (name, '.');
  for (size_t i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_ascii_strcasecmp (dot != NULL ? dot + 1 : name, endings[i].ending) == 0)
      return endings[i].kind;
  return SEN_DOCUMENT_TEXT;
}

static char *
clean_text (const char *text, size_t n)
{
  char *clean = g_utf8_make_valid (text, (gssize) n);
  for (char *c = clean; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c) && *c != '\n' && *c != '\t')
      *c = ' ';
    else if ((uint8_t) c[0] == 0xc2 && (uint8_t) c[1] >= 0x80 && (uint8_t) c[1] < 0xa0)
      c[0] = c[1] = ' ';   /* the other controls, which terminals obey too */
  return clean;
}

char *
sen_decode_take_fact (const uint8_t *payload, size_t n_payload, size_t *position)
{
  size_t n = strnlen ((const char *) payload + *position, n_payload - *position);
  g_autofree char *text = clean_text ((const char *) payload + *position, n);
  *position = MIN (*position + n + 1, n_payload);
  g_strstrip (g_strdelimit (text, "\n\t", ' '));
  return *text != '\0' ? g_steal_pointer (&text) : NULL;
}

static char *
dup_fact (const char *text)
{
  return *text != '\0' ? g_strdup (text) : NULL;
}

/* Also when the helper that knew it is gone: the new one passes over what was given. */
static bool
open_at_position (SenDocument *document, SenCancel *cancel, GError **error)
{
  SenExchange x = sen_exchange (SEN_WIRE_DOCUMENT_OPEN, document->path);
  x.request.file_size = document->size;
  x.request.n = sen_document_kind_by_name (document->path);
  x.request.n_skip = document->n_given;
  x.fds = &document->fd;
  x.n_fds = 1;
  x.payload = document->payload;
  x.max_payload = SEN_WIRE_MAX_PAYLOAD;
  document->generation = 0;
  document->n_payload = document->position = 0;
  if (!sen_decode_exchange (document->decode, &x, cancel, error))
    return false;
  document->generation = x.answered_by;
  document->handle = x.reply.handle;
  if (document->facts.format != NULL)
    return true;

  size_t position = 0;
  document->facts = (SenDocumentFacts) {
    .kind = (SenDocumentKind) x.reply.document,
    .format = g_strdup (x.reply.format),
    .title = sen_decode_take_fact (document->payload, x.n_payload, &position),
    .author = sen_decode_take_fact (document->payload, x.n_payload, &position),
    .date = dup_fact (x.reply.date),
    .language = dup_fact (x.reply.language),
    .n_pages = x.reply.n_frames,
  };
  return true;
}

SenDocument *
sen_document_open (SenDecode *decode, const char *path, SenCancel *cancel, GError **error)
{
  uint64_t size;
  int fd = sen_decode_open_file (path, &size, error);
  if (fd < 0)
    return NULL;
  g_autoptr (SenDocument) document = g_new0 (SenDocument, 1);
  document->decode = decode;
  document->path = g_strdup (path);
  document->fd = fd;
  document->size = size;
  document->payload = g_malloc (SEN_WIRE_MAX_PAYLOAD);
  return open_at_position (document, cancel, error) ? g_steal_pointer (&document) : NULL;
}

void
sen_document_close (SenDocument *document)
{
  if (document == NULL)
    return;
  if (document->generation != 0)
    {
      SenExchange x = sen_exchange (SEN_WIRE_CLOSE, document->path);
      x.request.handle = document->handle;
      x.generation = document->generation;
      sen_decode_exchange (document->decode, &x, NULL, NULL);
    }
  close (document->fd);
  g_free (document->facts.format);
  g_free (document->facts.title);
  g_free (document->facts.author);
  g_free (document->facts.date);
  g_free (document->facts.language);
  g_free (document->path);
  g_free (document->payload);
  g_free (document->text);
  g_free (document->note);
  g_free (document);
}

const SenDocumentFacts *
sen_document_facts (const SenDocument *document)
{
  return &document->facts;
}

const char *
sen_document_note (const SenDocument *document)
{
  return document->note;
}

/* The next payload; it may hold nothing and still not be the last. */
static bool
fetch (SenDocument *document, SenCancel *cancel, GError **error)
{
  for (int attempt = 0;; attempt++)
    {
      g_autoptr (GError) trouble = NULL;
      if (document->generation == 0 && !open_at_position (document, cancel, error))
        return false;
      SenExchange x = sen_exchange (SEN_WIRE_DOCUMENT_READ, document->path);
      x.request.handle = document->handle;
      x.generation = document->generation;
      x.payload = document->payload;
      x.max_payload = SEN_WIRE_MAX_PAYLOAD;
      if (sen_decode_exchange (document->decode, &x, cancel, &trouble))
        {
          document->n_payload = x.n_payload;
          document->position = 0;
          document->is_last = (x.reply.flags & SEN_WIRE_END) != 0;
          if (x.reply.note != SEN_REASON_OK)
            {
              x.reply.reason = x.reply.note;
              g_autoptr (GError) note = sen_wire_error (&x.reply, document->path);
              g_free (document->note);
              document->note = g_strdup (note->message);
            }
          return true;
        }
      /* Another file took the helper with it. */
      if (x.stale && attempt < 3)
        {
          document->generation = 0;
          continue;
        }
      g_propagate_error (error, g_steal_pointer (&trouble));
      return false;
    }
}

int
sen_document_next (SenDocument *document, SenDocumentBlock *block, SenCancel *cancel, GError **error)
{
  while (document->position == document->n_payload)
    {
      if (document->is_last)
        return 0;
      if (!fetch (document, cancel, error))
        return -1;
    }
  SenWireBlock wire;
  const char *text;
  if (!sen_wire_next_block (document->payload, document->n_payload, &document->position, &wire, &text))
    {
      g_propagate_error (error, sen_wire_error (&(SenWireReply) { .reason = SEN_REASON_NONSENSE }, document->path));
      return -1;
    }
  g_free (document->text);
  document->text = clean_text (text, wire.n_bytes);
  document->n_given++;
  *block = (SenDocumentBlock) {
    .kind = (SenBlockKind) wire.kind,
    .level = wire.level,
    .page = wire.page,
    .line = wire.line,
    .start_ms = -1,
    .end_ms = -1,
    .continues = wire.continues != 0,
    .text = document->text,
  };
  return 1;
}
