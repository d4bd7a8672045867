/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-plain-text.h"

#include <stdbool.h>
#include <string.h>

#include "sen-column.h"
#include "sen-sight.h"

/* No label grows without bound: past the first length a paragraph is broken where a line ends, past the second where a sentence does,
 * past the third at the next space, or, in languages without spaces, there. */
#define LONG_PARAGRAPH 600
#define LONGER_PARAGRAPH 700
#define ENDLESS_PARAGRAPH 900
/* A word that no human wrote, each line of which Pango shapes with all that follows. */
#define ENDLESS_WORD 300
/* So far a place to break it is looked for. */
#define FARTHEST_BREAK 1800

#define PARAGRAPH_SPACING_PX 10

/* GTK asks a label how narrow it can be by laying its text out at no width at all, a line for each letter, which takes longer than
 * everything else about it. Long ones are never so narrow. */
#define LONG_LABEL 100
#define LEAST_WIDTH_CHARS 16

/* Labels are made for so long in one go, out of the 16 ms of a frame. */
#define BUDGET_US 4000

struct _SenPlainText {
  GtkWidget parent_instance;
  GtkWidget *column;           /* the only child, of labels */
  GString  *text;
  gsize     start;             /* of the last paragraph there is a label for */
  GArray   *starts;            /* gsize, of all of them */
  GArray   *tints;             /* SenTextTint */
  SenSight  sight;
  guint     tick;              /* there is more to show */
};

G_DEFINE_FINAL_TYPE (SenPlainText, sen_plain_text, GTK_TYPE_WIDGET)

static void
begin_paragraph (SenPlainText *self, gsize start, gboolean is_spaced)
{
  GtkWidget *label = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_set_margin_top (label, is_spaced ? PARAGRAPH_SPACING_PX : 0);
  gtk_widget_add_css_class (label, "body");
  gtk_widget_set_parent (label, self->column);
  self->start = start;
  g_array_append_val (self->starts, start);
}

static void
show_paragraph (SenPlainText *self, const char *text)
{
  GtkWidget *label = gtk_widget_get_last_child (self->column);
  gtk_label_set_text (GTK_LABEL (label), text);
  gtk_label_set_width_chars (GTK_LABEL (label), strlen (text) > LONG_LABEL ? LEAST_WIDTH_CHARS : -1);
  sen_column_set_text (label, text, TRUE);
}

static const char *
first_of (const char *a, const char *b)
{
  return a == NULL || (b != NULL && b < a) ? b : a;
}

/* The first @mark behind @limit, or NULL; a full stop stays with its sentence. */
static const char *
find_break (const char *text, gsize length, gsize limit, const char *mark)
{
  const char *end = length > limit ? g_strstr_len (text + limit, (gssize) (length - limit), mark) : NULL;
  return end != NULL && *end == '.' ? end + 1 : end;
}

/* Where the paragraph that begins at @start ends, 0: with the text; *@next is where the one behind it begins. */
static gsize
find_paragraph_end (const GString *text, gsize start, gsize *next)
{
  const char *paragraph = text->str + start;
  gsize left = text->len - start, length = MIN (left, FARTHEST_BREAK);
  const char *end = find_break (paragraph, length, 0, "\n\n");
  end = first_of (end, find_break (paragraph, length, LONG_PARAGRAPH, "\n"));
  end = first_of (end, find_break (paragraph, length, LONGER_PARAGRAPH, ". "));
  end = first_of (end, find_break (paragraph, length, ENDLESS_PARAGRAPH, " "));
  bool is_word = left > ENDLESS_PARAGRAPH && memchr (paragraph, ' ', ENDLESS_PARAGRAPH) == NULL
                 && g_ascii_isalnum (paragraph[ENDLESS_WORD]);
  if (end == NULL && (is_word || left > FARTHEST_BREAK))
    end = g_utf8_find_next_char (paragraph + (is_word ? ENDLESS_WORD : ENDLESS_PARAGRAPH), NULL);
  if (end == NULL)
    return 0;
  *next = (gsize) (end - text->str) + (*end == ' ' ? 1 : strspn (end, "\n"));
  return *next < text->len ? (gsize) (end - text->str) : 0;
}

/* From the last paragraph on. */
static gboolean
show_some (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  SenPlainText *self = SEN_PLAIN_TEXT (widget);
  gint64 until_us = g_get_monotonic_time () + BUDGET_US;
  gsize end, next = 0;
  while ((end = find_paragraph_end (self->text, self->start, &next)) > 0)
    {
      g_autofree char *whole = g_strndup (self->text->str + self->start, end - self->start);
      show_paragraph (self, whole);
      begin_paragraph (self, next, next >= end + 2);
      if (g_get_monotonic_time () > until_us)
        return G_SOURCE_CONTINUE;
    }
  show_paragraph (self, self->text->str + self->start);
  self->tick = 0;
  return G_SOURCE_REMOVE;
}

void
sen_plain_text_append (SenPlainText *self, const char *text)
{
  g_string_append (self->text, text);
  if (self->starts->len == 0)
    begin_paragraph (self, strspn (self->text->str, "\n"), FALSE);
  if (self->tick == 0 && show_some (GTK_WIDGET (self), NULL, NULL) == G_SOURCE_CONTINUE)
    self->tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), show_some, NULL, NULL);
}

gboolean
sen_plain_text_is_settled (SenPlainText *self)
{
  return self->tick == 0;
}

/* --- Tints ---------------------------------------------------------------------------------------------------------------------------- */

/* The tints of the label that shows bytes from @first on, the @nth and those behind it. What a line's end breaks is tinted on both. */
static void
draw_label (SenPlainText *self, GtkSnapshot *snapshot, GtkLabel *label, gsize first, guint nth)
{
  const char *text = gtk_label_get_text (label);
  gsize length = strlen (text);
  PangoLayoutIter *lines = pango_layout_get_iter (gtk_label_get_layout (label));
  int left, top;
  double x, y;
  gtk_label_get_layout_offsets (label, &left, &top);
  bool has_place = gtk_widget_translate_coordinates (GTK_WIDGET (label), GTK_WIDGET (self), left, top, &x, &y);
  do
    {
      PangoLayoutLine *line = pango_layout_iter_get_line_readonly (lines);
      int above, below, line_end = line->start_index + line->length;
      pango_layout_iter_get_line_yrange (lines, &above, &below);
      for (guint i = nth; has_place && i < self->tints->len; i++)
        {
          const SenTextTint *tint = &g_array_index (self->tints, SenTextTint, i);
          gsize from = tint->start > first ? tint->start - first : 0, to = MIN (tint->end - first, length);
          while (from < to && text[from] == ' ')
            from++;
          if (from >= (gsize) line_end)
            break;
          g_autofree int *ranges = NULL;
          int n = 0;
          if (to <= (gsize) line->start_index)
            nth = i + 1;   /* of the lines before */
          else if (from < to)
            pango_layout_line_get_x_ranges (line, MAX ((int) from, line->start_index), MIN ((int) to, line_end), &ranges, &n);
          for (int r = 0; r < n; r++)
            gtk_snapshot_append_color (snapshot, &tint->colour,
                                       &GRAPHENE_RECT_INIT ((float) (x + pango_units_to_double (ranges[2 * r])),
                                                            (float) (y + pango_units_to_double (above)),
                                                            (float) pango_units_to_double (ranges[2 * r + 1] - ranges[2 * r]),
                                                            (float) pango_units_to_double (below - above)));
        }
    }
  while (pango_layout_iter_next_line (lines));
  pango_layout_iter_free (lines);
}

static bool
is_in_sight (SenPlainText *self, GtkWidget *widget, int from, int to)
{
  graphene_rect_t bounds;
  return gtk_widget_compute_bounds (widget, GTK_WIDGET (self), &bounds) && bounds.origin.y < (float) to
         && bounds.origin.y + bounds.size.height > (float) from;
}

/* Labels out of sight cost a look at their bounds: a message may have hundreds, and each word that is pointed at draws them anew. */
static void
draw_tints (SenPlainText *self, GtkSnapshot *snapshot, int from, int to)
{
  guint paragraph = 0, nth = 0;
  for (GtkWidget *label = gtk_widget_get_first_child (self->column); label != NULL; label = gtk_widget_get_next_sibling (label))
    {
      gsize first = g_array_index (self->starts, gsize, paragraph++);
      while (nth < self->tints->len && g_array_index (self->tints, SenTextTint, nth).end <= first)
        nth++;
      if (nth < self->tints->len && gtk_widget_get_child_visible (label) && is_in_sight (self, label, from, to))
        draw_label (self, snapshot, GTK_LABEL (label), first, nth);
    }
}

static void
sen_plain_text_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SenPlainText *self = SEN_PLAIN_TEXT (widget);
  int from, to;
  sen_sight_measure (&self->sight, &from, &to);
  if (self->tints->len > 0)
    draw_tints (self, snapshot, from, to);
  GTK_WIDGET_CLASS (sen_plain_text_parent_class)->snapshot (widget, snapshot);
}

static void
sen_plain_text_map (GtkWidget *widget)
{
  sen_sight_map (&SEN_PLAIN_TEXT (widget)->sight, widget);
  GTK_WIDGET_CLASS (sen_plain_text_parent_class)->map (widget);
}

static void
sen_plain_text_unmap (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (sen_plain_text_parent_class)->unmap (widget);
  sen_sight_unmap (&SEN_PLAIN_TEXT (widget)->sight);
}

void
sen_plain_text_set_tints (SenPlainText *self, const SenTextTint *tints, guint n_tints)
{
  if (self->tints->len == 0 && n_tints == 0)
    return;
  g_array_set_size (self->tints, 0);
  if (n_tints > 0)
    g_array_append_vals (self->tints, tints, n_tints);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
sen_plain_text_dispose (GObject *object)
{
  SenPlainText *self = SEN_PLAIN_TEXT (object);
  if (self->tick != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->tick);
  self->tick = 0;
  g_clear_pointer (&self->column, gtk_widget_unparent);
  G_OBJECT_CLASS (sen_plain_text_parent_class)->dispose (object);
}

static void
sen_plain_text_finalize (GObject *object)
{
  g_string_free (SEN_PLAIN_TEXT (object)->text, TRUE);
  g_array_unref (SEN_PLAIN_TEXT (object)->starts);
  g_array_unref (SEN_PLAIN_TEXT (object)->tints);
  G_OBJECT_CLASS (sen_plain_text_parent_class)->finalize (object);
}

static void
sen_plain_text_class_init (SenPlainTextClass *class)
{
  G_OBJECT_CLASS (class)->dispose = sen_plain_text_dispose;
  G_OBJECT_CLASS (class)->finalize = sen_plain_text_finalize;
  GTK_WIDGET_CLASS (class)->snapshot = sen_plain_text_snapshot;
  GTK_WIDGET_CLASS (class)->map = sen_plain_text_map;
  GTK_WIDGET_CLASS (class)->unmap = sen_plain_text_unmap;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (class), GTK_TYPE_BIN_LAYOUT);
}

static void
sen_plain_text_init (SenPlainText *self)
{
  self->column = sen_column_new ();
  gtk_widget_set_parent (self->column, GTK_WIDGET (self));
  self->text = g_string_new (NULL);
  self->starts = g_array_new (FALSE, FALSE, sizeof (gsize));
  self->tints = g_array_new (FALSE, FALSE, sizeof (SenTextTint));
}

GtkWidget *
sen_plain_text_new (void)
{
  return g_object_new (SEN_TYPE_PLAIN_TEXT, NULL);
}
