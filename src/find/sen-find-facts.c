/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Pictures, recordings and videos in words, for who reads words only. */
#include <string.h>

#include "sen-find-private.h"

/* Of what is written in a picture: a page of it would leave no room for other sources. */
#define MAX_READ_BYTES 1200

static void
add_fact (const SenFind *self, const SenFindResult *result, SenAbout about, const char *label, GString *facts)
{
  g_autofree char *text = NULL;
  if (sen_store_find_about (self->store, result->content, about, &text, NULL) && text != NULL && *text != '\0')
    g_string_append_printf (facts, "\n%s: %s", label, text);
}

static void
add_text (const SenFind *self, const SenFindResult *result, SenChunkSource source, const char *label, GString *facts)
{
  g_autofree char *text = NULL;
  if (!sen_store_find_text (self->store, result->content, source, MAX (result->start_ms, 0), &text, NULL) || text == NULL || *text == '\0')
    return;
  if (strlen (text) > MAX_READ_BYTES)
    *g_utf8_find_prev_char (text, text + MAX_READ_BYTES + 1) = '\0';
  g_string_append_printf (facts, "\n%s: %s", label, text);
}

/* By the clock of the camera. */
static void
add_date (const SenFindResult *result, GString *facts)
{
  if (result->made_us == 0)
    return;
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (result->made_us / G_USEC_PER_SEC);
  g_autofree char *text = time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M") : NULL;
  if (text != NULL)
    g_string_append_printf (facts, "\nTaken: %s", text);
}

char *
sen_find_describe (const SenFind *self, const SenFindResult *result)
{
  static const char *const titles[SEN_N_FILE_KINDS] = {
    [SEN_FILE_PICTURE] = "A picture", [SEN_FILE_SOUND] = "A recording", [SEN_FILE_VIDEO] = "A video",
  };
  if (titles[result->kind] == NULL)
    return g_strdup ("");
  g_autoptr (GString) facts = g_string_new (NULL);
  if (result->kind != SEN_FILE_SOUND)
    {
      add_fact (self, result, SEN_ABOUT_TAGS, "What it seems to show", facts);
      add_text (self, result, SEN_CHUNK_READ, "What is written in it", facts);
    }
  if (result->kind != SEN_FILE_PICTURE)
    add_text (self, result, SEN_CHUNK_HEARD, "What is said", facts);
  add_fact (self, result, SEN_ABOUT_TITLE, "Title", facts);
  add_fact (self, result, SEN_ABOUT_AUTHOR, "By", facts);
  add_date (result, facts);
  add_fact (self, result, SEN_ABOUT_PLACE, "Place, in degrees north and east", facts);
  add_fact (self, result, SEN_ABOUT_CAMERA, "Camera", facts);
  /* How a recording sounds says nothing in words. */
  if (facts->len == 0 && result->kind != SEN_FILE_PICTURE)
    return g_strdup ("");
  return g_strdup_printf ("%s.%s", titles[result->kind], facts->str);
}
