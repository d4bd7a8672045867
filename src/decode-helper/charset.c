/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Encodings of text. The C library's converters are files, which cannot be opened here, so these are our own. */
#include "document.h"

#include <string.h>

#define PIECE 65536

static const struct { CharsetName name; const char *mark; size_t n; } marks[] = {
  /* Those of four bytes first: the one of UTF-32LE begins like that of UTF-16LE. */
  { CHARSET_UTF32LE, "\xff\xfe\0\0", 4 }, { CHARSET_UTF32BE, "\0\0\xfe\xff", 4 },
  { CHARSET_UTF8, "\xef\xbb\xbf", 3 }, { CHARSET_UTF16LE, "\xff\xfe", 2 }, { CHARSET_UTF16BE, "\xfe\xff", 2 },
};

/* Windows-1252 from 0x80 to 0x9f; the rest is as in Latin-1. */
static const uint16_t windows_1252[32] = {
  0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f,
  0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178,
};

const char *
charset_title (CharsetName name)
{
  static const char *const titles[] = {
    [CHARSET_BINARY] = "binary", [CHARSET_UTF8] = "UTF-8", [CHARSET_LATIN1] = "Latin-1", [CHARSET_UTF16LE] = "UTF-16",
    [CHARSET_UTF16BE] = "UTF-16", [CHARSET_UTF32LE] = "UTF-32", [CHARSET_UTF32BE] = "UTF-32",
  };
  return titles[name];
}

/* Letters of most scripts share their high byte, and that of Latin ones, spaces and line ends is zero. */
static CharsetName
detect_wide (const uint8_t *head, size_t n)
{
  size_t n_zero[2] = { 0 };
  for (size_t i = 0; i < n; i++)
    n_zero[i & 1] += head[i] == 0;
  if (n_zero[1] > n / 10 && n_zero[0] * 20 < n_zero[1])
    return CHARSET_UTF16LE;
  if (n_zero[0] > n / 10 && n_zero[1] * 20 < n_zero[0])
    return CHARSET_UTF16BE;
  return CHARSET_BINARY;
}

/* Bytes of the character at @p: 0 when it is none, -1 when there are too few to say. */
static int
utf8_length (const uint8_t *p, size_t n)
{
  gunichar c = g_utf8_get_char_validated ((const char *) p, (gssize) MIN (n, 4));
  if (c == (gunichar) -2)
    return n < 4 ? -1 : 0;
  return c == (gunichar) -1 ? 0 : (int) g_unichar_to_utf8 (c, NULL);
}

CharsetName
charset_detect (const uint8_t *head, size_t n, size_t *n_mark)
{
  for (size_t i = 0; i < G_N_ELEMENTS (marks); i++)
    if (n >= marks[i].n && memcmp (head, marks[i].mark, marks[i].n) == 0)
      {
        *n_mark = marks[i].n;
        return marks[i].name;
      }
  *n_mark = 0;
  if (memchr (head, 0, n) != NULL)
    return detect_wide (head, n);
  size_t n_odd = 0;
  for (size_t i = 0; i < n; i++)
    n_odd += head[i] < 32 && strchr ("\t\n\v\f\r\b\x1b", head[i]) == NULL;
  if (n_odd > n / 50)
    return CHARSET_BINARY;
  /* A character may be cut at the end. */
  const char *end;
  bool is_utf8 = g_utf8_validate ((const char *) head, (gssize) n, &end)
                 || utf8_length ((const uint8_t *) end, n - (size_t) (end - (const char *) head)) < 0;
  return is_utf8 ? CHARSET_UTF8 : CHARSET_LATIN1;
}

/* One character of @bytes; how many were taken, 0 when there are too few. */
static size_t
decode_narrow (const uint8_t *bytes, size_t n, bool is_last, GString *out)
{
  int length = utf8_length (bytes, n);
  if (length < 0 && !is_last)
    return 0;
  if (length > 0)
    {
      g_string_append_len (out, (const char *) bytes, length);
      return (size_t) length;
    }
  g_string_append_unichar (out, *bytes >= 0x80 && *bytes < 0xa0 ? windows_1252[*bytes - 0x80] : *bytes);
  return 1;
}

static uint32_t
get_unit (const uint8_t *p, size_t width, bool is_big)
{
  uint32_t unit = 0;
  for (size_t i = 0; i < width; i++)
    unit = unit << 8 | p[is_big ? i : width - 1 - i];
  return unit;
}

static size_t
decode_wide (const uint8_t *bytes, size_t n, size_t width, bool is_big, GString *out)
{
  if (n < width)
    return 0;
  uint32_t c = get_unit (bytes, width, is_big);
  size_t taken = width;
  if (width == 2 && c >= 0xd800 && c < 0xdc00)
    {
      if (n < 4)
        return 0;
      uint32_t low = get_unit (bytes + 2, 2, is_big);
      if (low >= 0xdc00 && low < 0xe000)
        {
          c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
          taken = 4;
        }
    }
  g_string_append_unichar (out, g_unichar_validate (c) && c != 0 ? c : 0xfffd);
  return taken;
}

static size_t
decode_one (const Charset *charset, const uint8_t *bytes, size_t n, bool is_last, GString *out)
{
  switch (charset->name)
    {
    case CHARSET_UTF16LE:
    case CHARSET_UTF16BE:
      return decode_wide (bytes, n, 2, charset->name == CHARSET_UTF16BE, out);
    case CHARSET_UTF32LE:
    case CHARSET_UTF32BE:
      return decode_wide (bytes, n, 4, charset->name == CHARSET_UTF32BE, out);
    case CHARSET_BINARY:
    case CHARSET_UTF8:
    case CHARSET_LATIN1:
      break;
    }
  return decode_narrow (bytes, n, is_last, out);
}

void
charset_decode (Charset *charset, const uint8_t *bytes, size_t n, bool is_last, GString *out)
{
  size_t at = 0;
  /* What was cut is completed byte by byte. */
  while (charset->n_carry > 0 && at < n)
    {
      charset->carry[charset->n_carry++] = bytes[at++];
      size_t taken = decode_one (charset, charset->carry, charset->n_carry, false, out);
      charset->n_carry -= taken;
      memmove (charset->carry, charset->carry + taken, charset->n_carry);
    }
  for (size_t taken; at < n && (taken = decode_one (charset, bytes + at, n - at, false, out)) > 0; at += taken)
    ;
  for (; at < n; at++)
    charset->carry[charset->n_carry++] = bytes[at];
  if (!is_last)
    return;
  bool is_wide = charset->name >= CHARSET_UTF16LE;
  if (is_wide && charset->n_carry > 0)
    g_string_append_unichar (out, 0xfffd);
  for (size_t i = 0; !is_wide && i < charset->n_carry; i++)
    decode_narrow (charset->carry + i, 1, true, out);
  charset->n_carry = 0;
}

bool
charset_open (Charset *charset, File file, SenWireReply *reply)
{
  g_autofree uint8_t *head = g_malloc (PIECE);
  size_t n_mark;
  gssize n = file_read (&file, 0, head, PIECE);
  if (n < 0)
    return fail (reply, SEN_REASON_UNREADABLE);
  *charset = (Charset) { .file = file, .name = charset_detect (head, (size_t) n, &n_mark) };
  charset->offset = n_mark;
  const char *format = picture_format (head, (size_t) n);
  /* A picture of few colours may look like a text with umlauts. */
  if (charset->name != CHARSET_BINARY && (charset->name != CHARSET_LATIN1 || format == NULL))
    return true;
  g_strlcpy (reply->format, format != NULL ? format : "binary data", sizeof reply->format);
  return fail (reply, SEN_REASON_NO_TEXT);
}

int
charset_read (Charset *charset, GString *out, SenWireReply *reply)
{
  g_autofree uint8_t *piece = g_malloc (PIECE);
  gssize n = file_read (&charset->file, charset->offset, piece, PIECE);
  if (n < 0)
    {
      fail (reply, SEN_REASON_UNREADABLE);
      return -1;
    }
  charset->offset += (uint64_t) n;
  charset_decode (charset, piece, (size_t) n, n == 0, out);
  return n > 0;
}
