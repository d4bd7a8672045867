/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-text-point.h"

#include <stdbool.h>
#include <string.h>

/* How far behind the word before a word is looked for in the source: addresses of links stand between. */
#define LOOK_AHEAD 400
#define MOST_WORD_BYTES 200

static bool
is_word (const char *p)
{
  return g_unichar_isalnum (g_utf8_get_char (p)) || g_unichar_ismark (g_utf8_get_char (p));
}

/* The word at @from or behind it; *@length 0: there is none. */
static const char *
next_word (const char *from, gsize *length)
{
  const char *start = from;
  while (*start != '\0' && !is_word (start))
    start = g_utf8_next_char (start);
  const char *end = start;
  while (*end != '\0' && is_word (end))
    end = g_utf8_next_char (end);
  *length = (gsize) (end - start);
  return start;
}

/* The word of @source from @at on, or NULL. */
static const char *
find_word (const char *source, const char *at, const char *word, gsize length)
{
  char key[MOST_WORD_BYTES + 1];
  if (length > MOST_WORD_BYTES)
    return NULL;
  memcpy (key, word, length);
  key[length] = '\0';
  for (const char *found = at; (found = g_strstr_len (found, LOOK_AHEAD, key)) != NULL; found += length)
    {
      const char *before = g_utf8_find_prev_char (source, found);
      if ((before == NULL || !is_word (before)) && (found[length] == '\0' || !is_word (found + length)))
        return found;
      if (found - at > LOOK_AHEAD)
        return NULL;
    }
  return NULL;
}

typedef struct {
  const char *source, *at;   /* how far it was followed */
  GtkLabel   *label;         /* that is looked for, and the byte of its text */
  gsize       index;
  gssize      found;
} Walk;

/* True when the word was come to. */
static bool
follow_label (Walk *walk, GtkLabel *label)
{
  const char *text = gtk_label_get_text (label), *word = text;
  gsize length;
  for (word = next_word (text, &length); length > 0; word = next_word (word + length, &length))
    {
      bool is_it = label == walk->label && (gsize) (word - text) + length > walk->index;
      if (is_it && (gsize) (word - text) > walk->index)
        return true;   /* between two words */
      const char *there = find_word (walk->source, walk->at, word, length);
      if (there != NULL)
        walk->at = there + length;
      if (is_it)
        walk->found = there != NULL ? there - walk->source : -1;
      if (is_it)
        return true;
    }
  return label == walk->label;
}

static bool
follow (Walk *walk, GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget))
    return follow_label (walk, GTK_LABEL (widget));
  /* What stands above code, its language as people call it and a button, is not in the source. */
  if (gtk_widget_has_css_class (widget, "code-header"))
    return false;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    if (follow (walk, child))
      return true;
  return false;
}

/* Where the last one was found, kept with the body. */
typedef struct {
  gconstpointer label;
  int           index;
  gsize         length;   /* of the source */
  gssize        found;
} Last;

#define LAST_KEY "sen-text-point"

gssize
sen_text_point (GtkWidget *body, const char *source, double x, double y)
{
  GtkWidget *picked = gtk_widget_pick (body, x, y, GTK_PICK_DEFAULT);
  GtkWidget *label = picked == NULL || GTK_IS_LABEL (picked) ? picked : gtk_widget_get_ancestor (picked, GTK_TYPE_LABEL);
  double label_x, label_y;
  int left, top, index, trailing;
  if (label == NULL || !gtk_widget_translate_coordinates (body, label, x, y, &label_x, &label_y))
    return -1;
  gtk_label_get_layout_offsets (GTK_LABEL (label), &left, &top);
  if (!pango_layout_xy_to_index (gtk_label_get_layout (GTK_LABEL (label)), (int) ((label_x - left) * PANGO_SCALE),
                                 (int) ((label_y - top) * PANGO_SCALE), &index, &trailing))
    return -1;
  /* Most motions stay on a letter. What the body shows only grows. */
  Last *last = g_object_get_data (G_OBJECT (body), LAST_KEY);
  const Last now = { label, index, strlen (source), -1 };
  if (last != NULL && last->label == label && last->index == index && last->length == now.length)
    return last->found;
  Walk walk = { .source = source, .at = source, .label = GTK_LABEL (label), .index = (gsize) index, .found = -1 };
  follow (&walk, body);
  last = g_memdup2 (&now, sizeof now);
  last->found = walk.found;
  g_object_set_data_full (G_OBJECT (body), LAST_KEY, last, g_free);
  return walk.found;
}
