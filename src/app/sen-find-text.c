/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-find-text.h"

/* Letter by letter, so that what is found has a place in the text as it stands. */
static const char *
match_here (const char *text, const char *needle)
{
  while (*needle != '\0')
    {
      if (*text == '\0' || g_unichar_tolower (g_utf8_get_char (text)) != g_unichar_tolower (g_utf8_get_char (needle)))
        return NULL;
      text = g_utf8_next_char (text);
      needle = g_utf8_next_char (needle);
    }
  return text;
}

const char *
sen_find_text (const char *text, const char *needle, const char **end)
{
  if (*needle == '\0')
    return NULL;
  for (; *text != '\0'; text = g_utf8_next_char (text))
    {
      const char *behind = match_here (text, needle);
      if (behind == NULL)
        continue;
      if (end != NULL)
        *end = behind;
      return text;
    }
  return NULL;
}

guint
sen_find_count (const char *text, const char *needle)
{
  guint n = 0;
  while (sen_find_text (text, needle, &text) != NULL)
    n++;
  return n;
}

typedef struct {
  const char *needle;
  guint       n_wanted;      /* more before the one that is looked for; that included */
  GtkLabel   *label;         /* that has the last one so far */
  int         start, stop;   /* in bytes of its text */
} Search;

static void
search_label (Search *search, GtkLabel *label)
{
  const char *text = gtk_label_get_text (label), *end = text, *at;
  while (search->n_wanted > 0 && (at = sen_find_text (end, search->needle, &end)) != NULL)
    {
      search->label = label;
      search->start = (int) (at - text);
      search->stop = (int) (end - text);
      search->n_wanted--;
    }
}

static void
search_widget (Search *search, GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget) && gtk_label_get_selectable (GTK_LABEL (widget)))
    search_label (search, GTK_LABEL (widget));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && search->n_wanted > 0;
       child = gtk_widget_get_next_sibling (child))
    search_widget (search, child);
}

GtkLabel *
sen_find_label (GtkWidget *widget, const char *needle, guint nth, SenFoundText *found)
{
  Search search = { .needle = needle, .n_wanted = nth + 1 };
  search_widget (&search, widget);
  *found = (SenFoundText) { search.start, search.stop };
  return search.label;
}

int
sen_find_select (GtkLabel *label, const SenFoundText *found)
{
  const char *text = gtk_label_get_text (label);
  PangoRectangle place;
  int top;
  pango_layout_index_to_pos (gtk_label_get_layout (label), found->start, &place);
  gtk_label_get_layout_offsets (label, NULL, &top);
  gtk_label_select_region (label, (int) g_utf8_pointer_to_offset (text, text + found->start),
                           (int) g_utf8_pointer_to_offset (text, text + found->stop));
  return top + PANGO_PIXELS (place.y);
}
