/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What a document is, and its blocks on their way to the client. */
#include "document.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

/* A reply is filled to here before the next step may overfill it, but no longer than this is worked on one. */
#define ENOUGH_BYTES (SEN_WIRE_MAX_PAYLOAD / 2)
#define ENOUGH_US (G_USEC_PER_SEC)
/* One document may not keep a reader of folders from all others. */
#define MAX_WORK_SECONDS 300

/* --- Facts ------------------------------------------------------------------------------------------------------------------------ */

#define MAX_FACT_BYTES 1000

/* What programs write when they know nothing. */
static bool
says_nothing (const char *text)
{
  static const char *const words[] = { "", "untitled", "anonymous", "unknown" };
  for (size_t i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (text, words[i]) == 0)
      return true;
  return false;
}

static void
set_fact (char **fact, const char *text)
{
  if (*fact != NULL || text == NULL || says_nothing (text))
    return;
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *line = g_string_new (NULL);
  for (const char *p = valid; *p != '\0' && line->len < MAX_FACT_BYTES; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      bool is_space = g_unichar_isspace (c) || g_unichar_iscntrl (c);
      if (!is_space)
        g_string_append_unichar (line, c);
      else if (line->len > 0 && line->str[line->len - 1] != ' ')
        g_string_append_c (line, ' ');
    }
  g_strchomp (line->str);
  *fact = g_string_free (line, *line->str == '\0');
}

void
document_set_title (Document *document, const char *text)
{
  set_fact (&document->title, text);
}

void
document_set_author (Document *document, const char *text)
{
  set_fact (&document->author, text);
}

static bool
is_date (const char *text)
{
  static const char shape[] = "dddd-dd-dd";
  for (size_t i = 0; shape[i] != '\0'; i++)
    if (shape[i] == 'd' ? !g_ascii_isdigit (text[i]) : text[i] != shape[i])
      return false;
  return true;
}

void
document_set_date (Document *document, const char *text)
{
  if (document->date[0] != '\0' || text == NULL || !is_date (text))
    return;
  g_strlcpy (document->date, text, 20);
  document->date[strspn (document->date, "0123456789-:T")] = '\0';
}

void
document_set_language (Document *document, const char *text)
{
  if (document->language[0] != '\0' || text == NULL)
    return;
  size_t n = 0;
  while (g_ascii_isalpha (text[n]))
    n++;
  for (size_t i = 0; (n == 2 || n == 3) && i < n; i++)
    document->language[i] = g_ascii_tolower (text[i]);
}

/* --- Blocks ----------------------------------------------------------------------------------------------------------------------- */

void
document_end_early (Document *document, SenReason note, uint64_t a, uint64_t b)
{
  document->is_ended = true;
  if (document->failure.note == SEN_REASON_OK)
    {
      document->failure.note = note;
      document->failure.a = a;
      document->failure.b = b;
    }
}

static void
queue_block (Document *document, SenWireBlock block, const char *text, size_t n_bytes)
{
  if (document->n_skip > 0)
    {
      document->n_skip--;
      return;
    }
  static const uint8_t zeros[4];
  block.n_bytes = (uint32_t) n_bytes;
  g_byte_array_append (document->queue, (const uint8_t *) &block, sizeof block);
  g_byte_array_append (document->queue, (const uint8_t *) text, (guint) n_bytes);
  g_byte_array_append (document->queue, zeros, (guint) (sen_wire_padded (n_bytes) - n_bytes));
}

/* Bytes of the first piece: at a space, or at least between characters. */
static size_t
piece_length (const char *text, size_t n_bytes)
{
  if (n_bytes <= SEN_WIRE_MAX_BLOCK_BYTES)
    return n_bytes;
  size_t n = SEN_WIRE_MAX_BLOCK_BYTES;
  while (n > SEN_WIRE_MAX_BLOCK_BYTES / 2 && !g_ascii_isspace (text[n]))
    n--;
  if (n > SEN_WIRE_MAX_BLOCK_BYTES / 2)
    return n;
  n = SEN_WIRE_MAX_BLOCK_BYTES;
  while (n > SEN_WIRE_MAX_BLOCK_BYTES - 4 && ((uint8_t) text[n] & 0xc0) == 0x80)
    n--;
  return n;
}

void
document_add (Document *document, SenWireBlock block, const char *text, size_t n_bytes)
{
  while (n_bytes > 0 && g_ascii_isspace (text[n_bytes - 1]))
    n_bytes--;
  /* Of code the spaces of the first line count. */
  for (size_t i = 0; i < n_bytes && g_ascii_isspace (text[i]);)
    {
      i++;
      if (block.kind != SEN_BLOCK_CODE || text[i - 1] == '\n')
        {
          text += i;
          n_bytes -= i;
          i = 0;
        }
    }
  if (document->is_ended || (n_bytes == 0 && block.kind != SEN_BLOCK_SCAN))
    return;
  do
    {
      size_t n = piece_length (text, n_bytes);
      if (n > SEN_WIRE_MAX_TEXT_BYTES - document->n_text)
        {
          document_end_early (document, SEN_REASON_TOO_MUCH_TEXT, SEN_WIRE_MAX_TEXT_BYTES >> 20, 0);
          return;
        }
      document->n_text += n;
      queue_block (document, block, text, n);
      block.continues = 1;
      text += n;
      n_bytes -= n;
    }
  while (n_bytes > 0);
}

/* --- Opening ---------------------------------------------------------------------------------------------------------------------- */

/* Behind spaces and comments, a word that begins a page of HTML. */
static bool
looks_like_html (const uint8_t *bytes, size_t n)
{
  g_autofree char *head = g_ascii_strdown ((const char *) bytes, (gssize) n);
  const char *p = head;
  for (;;)
    {
      while (g_ascii_isspace (*p) || *p == '\xef' || *p == '\xbb' || *p == '\xbf')
        p++;
      const char *end = g_str_has_prefix (p, "<!--") ? strstr (p, "-->") : g_str_has_prefix (p, "<?xml") ? strstr (p, "?>") : NULL;
      if (end == NULL)
        break;
      p = end + (*end == '-' ? 3 : 2);
    }
  return g_str_has_prefix (p, "<!doctype html") || g_str_has_prefix (p, "<html") || g_str_has_prefix (p, "<head>");
}

static bool
write_all (int fd, const uint8_t *bytes, size_t n)
{
  for (gssize done; n > 0; bytes += done, n -= (size_t) done)
    if ((done = write (fd, bytes, n)) <= 0)
      return false;
  return true;
}

/* Several streams may stand one behind the other. A stream that breaks off gives what is there. */
static bool
unpack_into (const File *packed, File *file, SenWireReply *reply)
{
  g_autofree uint8_t *in = g_malloc (65536), *out = g_malloc (65536);
  z_stream stream = { 0 };
  bool ok = inflateInit2 (&stream, 16 + MAX_WBITS) == Z_OK || fail (reply, SEN_REASON_MEMORY);
  gssize n = 0;
  for (uint64_t at = 0; ok && (n = file_read (packed, at, in, 65536)) > 0; at += (uint64_t) n)
    {
      stream.next_in = in;
      stream.avail_in = (uInt) n;
      while (ok && (stream.avail_in > 0 || stream.avail_out == 0))
        {
          stream.next_out = out;
          stream.avail_out = 65536;
          int status = inflate (&stream, Z_NO_FLUSH);
          file->size += 65536 - stream.avail_out;
          if (status == Z_BUF_ERROR)
            break;
          if (status == Z_STREAM_END)
            ok = inflateReset (&stream) == Z_OK;
          else if (status != Z_OK)
            ok = fail (reply, SEN_REASON_DAMAGED);
          if (ok && file->size > DOCUMENT_MAX_UNPACKED_BYTES)
            ok = fail_with (reply, SEN_REASON_TOO_MANY_BYTES, file->size, DOCUMENT_MAX_UNPACKED_BYTES);
          ok = ok && (write_all (file->fd, out, 65536 - stream.avail_out) || fail (reply, SEN_REASON_MEMORY));
        }
    }
  inflateEnd (&stream);
  return ok && (n >= 0 || fail (reply, SEN_REASON_UNREADABLE));
}

static bool
unpack (Document *document, SenWireReply *reply)
{
  File file = { .fd = memfd_create ("unpacked", MFD_CLOEXEC) };
  g_strlcpy (document->format, "gzip", sizeof document->format);
  if (file.fd < 0)
    return fail (reply, SEN_REASON_MEMORY);
  if (!unpack_into (&document->file, &file, reply))
    {
      close (file.fd);
      return false;
    }
  document->packed = document->file;
  document->file = file;
  return true;
}

static bool
open_reader (Document *document, SenDocumentKind by_name, SenWireReply *reply)
{
  uint8_t head[4096];
  gssize n = file_read (&document->file, 0, head, sizeof head);
  /* Once: what is packed twice is an archive. */
  if (n >= 3 && memcmp (head, "\x1f\x8b\x08", 3) == 0 && document->packed.fd < 0)
    {
      if (!unpack (document, reply))
        return false;
      n = file_read (&document->file, 0, head, sizeof head);
    }
  if (n < 0)
    return fail (reply, SEN_REASON_UNREADABLE);
  if (n >= 5 && memcmp (head, "{\\rtf", 5) == 0)
    return document_open_rtf (document, reply);
  /* Readers of PDF are used to a little before the mark. */
  if (memmem (head, MIN ((size_t) n, 1024), "%PDF-", 5) != NULL)
    return document_open_pdf (document, reply);
  if (n >= 4 && memcmp (head, "PK\3\4", 4) == 0)
    return document_open_zip (document, reply);
  if (n >= 8 && memcmp (head, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) == 0)
    {
      g_strlcpy (document->format, "Office file, encrypted or old", sizeof document->format);
      return fail (reply, SEN_REASON_NO_TEXT);
    }
  if (by_name == SEN_DOCUMENT_HTML || looks_like_html (head, (size_t) n))
    return document_open_html (document, reply);
  bool is_known = by_name == SEN_DOCUMENT_MARKDOWN || by_name == SEN_DOCUMENT_CODE;
  return document_open_text (document, is_known ? by_name : SEN_DOCUMENT_TEXT, reply);
}

/* Until something is there to be fetched, a failure included. */
static void
fill (Document *document, size_t enough)
{
  int64_t start = g_get_monotonic_time (), deadline = start + ENOUGH_US;
  while (document->queue->len - document->position < enough && !document->is_ended && document->failure.reason == SEN_REASON_OK
         && g_get_monotonic_time () < deadline)
    if (!document->step (document, &document->failure) && document->failure.reason == SEN_REASON_OK)
      document->failure.reason = SEN_REASON_DAMAGED;
  document->worked_us += g_get_monotonic_time () - start;
  if (document->worked_us > (int64_t) MAX_WORK_SECONDS * G_USEC_PER_SEC && !document->is_ended)
    document_end_early (document, SEN_REASON_SLOW, MAX_WORK_SECONDS, 0);
}

Document *
document_open (File file, SenDocumentKind by_name, uint32_t n_skip, SenWireReply *reply)
{
  Document *document = g_new0 (Document, 1);
  document->file = file;
  document->packed.fd = -1;
  document->n_skip = n_skip;
  document->queue = g_byte_array_new ();
  bool ok = open_reader (document, by_name, reply);
  if (ok)
    {
      /* Title and the like stand before the first words. */
      g_strlcpy (document->failure.format, document->format, sizeof document->failure.format);
      fill (document, 1);
      if (document->queue->len == 0 && document->failure.reason != SEN_REASON_OK)
        {
          reply->reason = document->failure.reason;
          reply->a = document->failure.a;
          reply->b = document->failure.b;
          ok = false;
        }
    }
  if (document->format[0] != '\0')
    g_strlcpy (reply->format, document->format, sizeof reply->format);
  if (ok)
    return document;
  /* It stays the caller's. */
  *(document->packed.fd >= 0 ? &document->packed.fd : &document->file.fd) = -1;
  document_close (document);
  return NULL;
}

void
document_describe (const Document *document, void *payload, size_t max_bytes, SenWireReply *reply)
{
  g_strlcpy (reply->format, document->format, sizeof reply->format);
  g_strlcpy (reply->date, document->date, sizeof reply->date);
  g_strlcpy (reply->language, document->language, sizeof reply->language);
  reply->document = document->kind;
  reply->n_frames = document->n_pages;
  const char *title = document->title != NULL ? document->title : "", *author = document->author != NULL ? document->author : "";
  reply->n_payload = (uint32_t) (strlen (title) + strlen (author) + 2);
  g_snprintf (payload, max_bytes, "%s%c%s", title, '\0', author);
}

void
document_close (Document *document)
{
  if (document == NULL)
    return;
  if (document->state != NULL)
    document->close (document);
  if (document->file.fd >= 0)
    close (document->file.fd);
  if (document->packed.fd >= 0)
    close (document->packed.fd);
  g_byte_array_unref (document->queue);
  g_free (document->title);
  g_free (document->author);
  g_free (document);
}

/* --- Reading ---------------------------------------------------------------------------------------------------------------------- */

bool
document_read (Document *document, uint8_t *payload, size_t max_bytes, SenWireReply *reply)
{
  /* What the client has goes when it is most of the queue: moving the rest for each reply would be quadratic. */
  if (document->position > document->queue->len / 2)
    {
      g_byte_array_remove_range (document->queue, 0, (guint) document->position);
      document->position = 0;
    }
  fill (document, ENOUGH_BYTES);

  size_t start = document->position, end = start;
  SenWireBlock block;
  const char *text;
  for (size_t next = start;
       sen_wire_next_block (document->queue->data, document->queue->len, &next, &block, &text) && next - start <= max_bytes;)
    end = next;
  if (end == start && document->failure.reason != SEN_REASON_OK)
    {
      g_strlcpy (reply->format, document->format, sizeof reply->format);
      return fail_with (reply, document->failure.reason, document->failure.a, document->failure.b);
    }
  if (end > start)
    memcpy (payload, document->queue->data + start, end - start);
  document->position = end;
  reply->n_payload = (uint32_t) (end - start);
  if (end == document->queue->len && document->is_ended)
    {
      reply->flags |= SEN_WIRE_END;
      reply->note = document->failure.note;
      reply->a = document->failure.a;
      reply->b = document->failure.b;
    }
  return true;
}
