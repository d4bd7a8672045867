/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "line-history.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define MAX_ENTRIES 1000
#define MAX_FILE_BYTES (16u << 20)
/* Longer ones (a file that was pasted) are worth no room. */
#define MAX_ENTRY_BYTES 16384

struct LineHistory {
  char      *path;
  GPtrArray *entries;
  guint      at;       /* entries->len: none is shown */
  char      *unsent;   /* what was being written when leafing began */
};

static char *
make_line (const char *text)
{
  /* All of UTF-8 stays readable. */
  char keep[129];
  for (guint i = 0; i < 128; i++)
    keep[i] = (char) (i + 128);
  keep[128] = '\0';
  g_autofree char *escaped = g_strescape (text, keep);
  return g_strconcat (escaped, "\n", NULL);
}

static void
rewrite (LineHistory *self)
{
  g_autoptr (GString) all = g_string_new (NULL);
  for (guint i = 0; i < self->entries->len; i++)
    {
      g_autofree char *line = make_line (g_ptr_array_index (self->entries, i));
      g_string_append (all, line);
    }
  g_file_set_contents_full (self->path, all->str, (gssize) all->len, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
}

LineHistory *
line_history_new (const char *path)
{
  LineHistory *self = g_new0 (LineHistory, 1);
  self->path = g_strdup (path);
  self->entries = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = NULL;
  GStatBuf info;
  if (path == NULL || g_stat (path, &info) != 0 || info.st_size > MAX_FILE_BYTES || !g_file_get_contents (path, &text, NULL, NULL))
    return self;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *entry = g_strcompress (lines[i]);
      if (*entry != '\0' && g_utf8_validate (entry, -1, NULL))
        g_ptr_array_add (self->entries, g_steal_pointer (&entry));
    }
  if (self->entries->len > MAX_ENTRIES)
    {
      g_ptr_array_remove_range (self->entries, 0, self->entries->len - MAX_ENTRIES);
      rewrite (self);
    }
  self->at = self->entries->len;
  return self;
}

void
line_history_free (LineHistory *self)
{
  g_ptr_array_unref (self->entries);
  g_free (self->path);
  g_free (self->unsent);
  g_free (self);
}

static bool
write_all (int fd, const char *text)
{
  for (gsize at = 0, n = strlen (text); at < n;)
    {
      ssize_t written = write (fd, text + at, n - at);
      if (written < 0 && errno != EINTR)
        return false;
      at += written > 0 ? (gsize) written : 0;
    }
  return true;
}

/* What a full disk cut short must not run into the next message. */
static bool
ends_within_line (int fd)
{
  off_t n_bytes = lseek (fd, 0, SEEK_END);
  char last = '\n';
  return n_bytes > 0 && pread (fd, &last, 1, n_bytes - 1) == 1 && last != '\n';
}

static void
append_to_file (LineHistory *self, const char *text)
{
  g_autofree char *folder = g_path_get_dirname (self->path), *line = make_line (text);
  if (g_mkdir_with_parents (folder, 0700) != 0)
    return;
  int fd = g_open (self->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0)
    return;
  if ((ends_within_line (fd) && !write_all (fd, "\n")) || !write_all (fd, line))
    g_debug ("%s cannot be written", self->path);
  close (fd);
}

void
line_history_add (LineHistory *self, const char *text)
{
  const char *last = self->entries->len > 0 ? g_ptr_array_index (self->entries, self->entries->len - 1) : NULL;
  if (*text != '\0' && strlen (text) <= MAX_ENTRY_BYTES && g_strcmp0 (text, last) != 0)
    {
      g_ptr_array_add (self->entries, g_strdup (text));
      if (self->path != NULL)
        append_to_file (self, text);
    }
  self->at = self->entries->len;
  g_clear_pointer (&self->unsent, g_free);
}

guint
line_history_length (const LineHistory *self)
{
  return self->entries->len;
}

const char *
line_history_entry (const LineHistory *self, guint at)
{
  return g_ptr_array_index (self->entries, at);
}

static bool
begins_with (const char *text, const char *words)
{
  for (; *words != '\0'; text = g_utf8_next_char (text), words = g_utf8_next_char (words))
    if (*text == '\0' || g_unichar_tolower (g_utf8_get_char (text)) != g_unichar_tolower (g_utf8_get_char (words)))
      return false;
  return true;
}

gboolean
line_history_find (const LineHistory *self, const char *words, const char *but, int direction, guint *at, gsize *where)
{
  /* One before the first is larger than all. */
  for (guint i = *at; i < self->entries->len; i += direction < 0 ? -1u : 1u)
    {
      const char *entry = g_ptr_array_index (self->entries, i);
      for (const char *place = entry; *place != '\0' && g_strcmp0 (entry, but) != 0; place = g_utf8_next_char (place))
        if (begins_with (place, words))
          {
            *at = i;
            *where = (gsize) (place - entry);
            return TRUE;
          }
    }
  return FALSE;
}

static void
keep_unsent (LineHistory *self, const char *shown)
{
  if (self->at < self->entries->len)
    return;
  g_free (self->unsent);
  self->unsent = g_strdup (shown);
}

void
line_history_go (LineHistory *self, guint at, const char *shown)
{
  keep_unsent (self, shown);
  self->at = at;
}

const char *
line_history_step (LineHistory *self, int direction, const char *shown)
{
  if (direction < 0 ? self->at == 0 : self->at >= self->entries->len)
    return NULL;
  keep_unsent (self, shown);
  self->at += direction < 0 ? -1u : 1u;
  return self->at < self->entries->len ? g_ptr_array_index (self->entries, self->at) : self->unsent;
}
