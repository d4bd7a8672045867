/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-markdown-private.h"

#include <string.h>

#include "sen-direction.h"

#define REPLACEMENT 0xFFFD

static void
append_character (SenMarkdownInput *self, GString *text, gunichar c)
{
  bool was_return = self->was_return;
  self->was_return = c == '\r';
  if (c == '\n' && was_return)
    return;
  if (c == '\r' || c == 0x2028 || c == 0x2029)
    c = '\n';
  else if ((c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7F && c < 0xA0) || sen_turns_text_around (c))
    c = REPLACEMENT;
  g_string_append_unichar (text, c);
}

/* How many bytes from @p on are printable ASCII, which is most of most texts. */
static gsize
plain_run (const char *p, gsize length)
{
  gsize n = 0;
  while (n < length && ((p[n] >= 0x20 && p[n] < 0x7F) || p[n] == '\t'))
    n++;
  return n;
}

void
sen_markdown_input_append (SenMarkdownInput *self, GString *text, const char *bytes, gsize n_bytes)
{
  g_autofree char *joined = NULL;
  if (self->n_pending > 0)
    {
      joined = g_malloc (self->n_pending + n_bytes);
      memcpy (joined, self->pending, self->n_pending);
      memcpy (joined + self->n_pending, bytes, n_bytes);
      bytes = joined;
      n_bytes += self->n_pending;
      self->n_pending = 0;
    }
  for (gsize i = 0; i < n_bytes;)
    {
      gsize run = plain_run (bytes + i, n_bytes - i);
      if (run > 0)
        {
          g_string_append_len (text, bytes + i, run);
          self->was_return = false;
          i += run;
          continue;
        }
      /* GLib takes NUL for the end of the text; here it ends a character that will never be whole. */
      gsize n_left = n_bytes - i;
      gunichar c = bytes[i] != '\0' ? g_utf8_get_char_validated (bytes + i, (gssize) n_left) : (gunichar) -1;
      if (c == (gunichar) -2 && n_left < 6 && memchr (bytes + i, '\0', n_left) == NULL)
        {
          self->n_pending = n_bytes - i;
          memcpy (self->pending, bytes + i, self->n_pending);
          return;
        }
      bool is_valid = c != (gunichar) -1 && c != (gunichar) -2;
      append_character (self, text, is_valid ? c : REPLACEMENT);
      i += is_valid ? (gsize) (g_utf8_next_char (bytes + i) - (bytes + i)) : 1;
    }
}

void
sen_markdown_input_finish (SenMarkdownInput *self, GString *text)
{
  for (unsigned i = 0; i < self->n_pending; i++)
    append_character (self, text, REPLACEMENT);
  self->n_pending = 0;
}
