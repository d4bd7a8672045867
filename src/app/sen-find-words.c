/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-find-words.h"

#include <glib/gi18n.h>
#include <string.h>

#include "sen-attachment-tray.h"

/* (transfer full) */
static char *
describe_reason (const SenFindWhy *why, guint n_paths)
{
  switch (why->kind)
    {
    case SEN_FIND_BY_WORDS:
      /* translators: words that were looked for and stand in the file's text */
      return g_strdup_printf (_("Says %s"), why->text);
    case SEN_FIND_BY_SOME_WORDS:
      return *why->text != '\0' ? g_strdup_printf (_("Says %s, not the rest"), why->text) : NULL;
    case SEN_FIND_BY_NAME:
      /* translators: words that were looked for and stand in the file's name or its folder's */
      return g_strdup_printf (_("Is called %s"), why->text);
    case SEN_FIND_BY_MEANING:
      return g_strdup (_("Is about it"));
    case SEN_FIND_BY_LOOK:
      return g_strdup (_("Looks like it"));
    case SEN_FIND_BY_SOUND:
      return g_strdup (_("Sounds like it"));
    case SEN_FIND_BY_TAGS:
      /* translators: what a picture shows, guessed: "tractor 61 %, farm 20 %" */
      return g_strdup_printf (_("Perhaps %s"), why->text);
    case SEN_FIND_BY_BYTES:
      return n_paths > 1 ? g_strdup_printf (ngettext ("The same in %u file", "The same in %u files", n_paths), n_paths)
                         : g_strdup (_("Is an exact copy"));
    default:
      return NULL;
    }
}

const SenFindText *
sen_find_title (const SenFindResult *result)
{
  return *result->title.text != '\0' && strcmp (result->title.text, result->name.text) != 0 ? &result->title : &result->name;
}

char *
sen_find_describe_why (const SenFindResult *result, guint n_most)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint32 i = 0; i < MIN (result->n_why, n_most); i++)
    {
      g_autofree char *reason = describe_reason (&result->why[i], result->n_paths);
      if (reason != NULL)
        g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", reason);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
sen_find_describe_place (const SenFindResult *result)
{
  g_autofree char *time = result->start_ms >= 0 ? sen_format_seconds ((double) result->start_ms / 1000.0) : NULL;
  if (time != NULL)
    /* translators: a place in a recording: "At 1:32" */
    return g_strdup_printf (_("At %s"), time);
  if (result->page > 0)
    return g_strdup_printf (_("Page %u"), result->page);
  return result->line > 1 ? g_strdup_printf (_("Line %u"), result->line) : NULL;
}

static char *
format_date (int64_t seconds)
{
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_local (seconds);
  /* translators: a day in full: see g_date_time_format() */
  return date != NULL ? g_date_time_format (date, _("%-d %B %Y")) : g_strdup ("");
}

char *
sen_find_describe_file (const SenFindResult *result)
{
  g_autofree char *size = g_format_size (result->size_bytes);
  g_autofree char *date = format_date (result->made_us != 0 ? result->made_us / G_USEC_PER_SEC : result->mtime_ns / 1000000000);
  const char *dot = strrchr (result->name.text, '.');
  g_autofree char *ending = dot != NULL && dot != result->name.text && strlen (dot) <= 6 ? g_utf8_strup (dot + 1, -1) : NULL;
  return g_strdup_printf ("%s · %s · %s", ending != NULL ? ending : sen_find_kind_name (result->kind), size, g_strstrip (date));
}

char *
sen_find_describe_path (const char *path)
{
  g_autofree char *text = g_filename_display_name (path);
  const char *home = g_get_home_dir ();
  size_t n = strlen (home);
  if (n > 1 && strncmp (text, home, n) == 0 && (text[n] == '/' || text[n] == '\0'))
    return g_strconcat ("~", text + n, NULL);
  return g_steal_pointer (&text);
}

char *
sen_find_describe_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  return sen_find_describe_path (folder);
}

const char *
sen_find_describe_source (SenChunkSource source)
{
  switch (source)
    {
    case SEN_CHUNK_READ:
      return _("Read in the picture");
    case SEN_CHUNK_HEARD:
      return _("Heard in it");
    case SEN_CHUNK_ABOUT:
      return _("Known of it");
    default:
      return NULL;
    }
}

const char *
sen_find_icon_name (SenFileKind kind)
{
  static const char *const names[SEN_N_FILE_KINDS] = {
    [SEN_FILE_OTHER] = "application-x-generic-symbolic", [SEN_FILE_TEXT] = "text-x-generic-symbolic",
    [SEN_FILE_CODE] = "utilities-terminal-symbolic", [SEN_FILE_DOCUMENT] = "x-office-document-symbolic",
    [SEN_FILE_PICTURE] = "image-x-generic-symbolic", [SEN_FILE_SOUND] = "audio-x-generic-symbolic",
    [SEN_FILE_VIDEO] = "video-x-generic-symbolic",
  };
  return names[kind];
}

const char *
sen_find_kind_name (SenFileKind kind)
{
  switch (kind)
    {
    case SEN_FILE_TEXT:
      return _("Text");
    case SEN_FILE_CODE:
      return _("Source code");
    case SEN_FILE_DOCUMENT:
      return _("Document");
    case SEN_FILE_PICTURE:
      return _("Picture");
    case SEN_FILE_SOUND:
      return _("Recording");
    case SEN_FILE_VIDEO:
      return _("Video");
    default:
      return _("File");
    }
}

PangoAttrList *
sen_find_marks (const SenFindText *text)
{
  PangoAttrList *list = pango_attr_list_new ();
  for (guint32 i = 0; i < text->n_marks; i++)
    {
      PangoAttribute *bold = pango_attr_weight_new (PANGO_WEIGHT_BOLD);
      bold->start_index = text->marks[i].start;
      bold->end_index = text->marks[i].end;
      pango_attr_list_insert (list, bold);
    }
  return list;
}
