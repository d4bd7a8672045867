/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-plain-text.h"

#include <stdbool.h>
#include <string.h>

#include "sen-sight.h"

/* What is laid out anew for each word must stay small, so no label grows without bound: past the first length a paragraph is
 * broken where a line ends, past the second where a sentence does, past the third at the next space, or anywhere in languages
 * without spaces. */
#define LONG_PARAGRAPH 600
#define LONGER_PARAGRAPH 700
#define ENDLESS_PARAGRAPH 900

#define PARAGRAPH_SPACING_PX 10

/* Paragraphs stand in boxes of so many. What does not change is neither measured, laid out nor drawn anew, so a frame costs as
 * much as there are boxes and paragraphs of the last one. */
#define BOX_PARAGRAPHS 16

struct _SenPlainText {
  GtkWidget parent_instance;
  GString  *text;
  GtkBox   *box;               /* borrowed: the last one; so the others */
  guint     n_in_box;
  GtkLabel *paragraph;
  gsize     paragraph_start;
  GArray   *starts;            /* gsize, of all paragraphs */
  GArray   *tints;             /* SenTextTint */
  SenSight  sight;
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
  if (self->box == NULL || self->n_in_box == BOX_PARAGRAPHS)
    {
      self->box = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, 0));
      self->n_in_box = 0;
      gtk_widget_set_parent (GTK_WIDGET (self->box), GTK_WIDGET (self));
    }
  gtk_box_append (self->box, label);
  self->n_in_box++;
  self->paragraph = GTK_LABEL (label);
  self->paragraph_start = start;
  g_array_append_val (self->starts, start);
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
  const char *end = length > limit ? strstr (text + limit, mark) : NULL;
  return end != NULL && *end == '.' ? end + 1 : end;
}

/* Where the paragraph that begins at @start ends, or 0 while it goes on; *@next is where the one behind it begins. */
static gsize
find_paragraph_end (const char *text, gsize start, gsize *next)
{
  const char *paragraph = text + start;
  gsize length = strlen (paragraph);
  const char *end = strstr (paragraph, "\n\n");
  end = first_of (end, find_break (paragraph, length, LONG_PARAGRAPH, "\n"));
  end = first_of (end, find_break (paragraph, length, LONGER_PARAGRAPH, ". "));
  end = first_of (end, find_break (paragraph, length, ENDLESS_PARAGRAPH, " "));
  if (end == NULL && length > 2 * ENDLESS_PARAGRAPH)
    end = g_utf8_find_next_char (paragraph + ENDLESS_PARAGRAPH, NULL);
  if (end == NULL)
    return 0;
  *next = (gsize) (end - text) + (*end == ' ' ? 1 : strspn (end, "\n"));
  return (gsize) (end - text);
}

void
sen_plain_text_append (SenPlainText *self, const char *text)
{
  g_string_append (self->text, text);
  if (self->paragraph == NULL)
    begin_paragraph (self, strspn (self->text->str, "\n"), FALSE);

  gsize end, next = 0;
  while ((end = find_paragraph_end (self->text->str, self->paragraph_start, &next)) > 0 && next < self->text->len)
    {
      g_autofree char *whole = g_strndup (self->text->str + self->paragraph_start, end - self->paragraph_start);
      gtk_label_set_text (self->paragraph, whole);
      begin_paragraph (self, next, next >= end + 2);
    }
  gtk_label_set_text (self->paragraph, self->text->str + self->paragraph_start);
}

/* --- Tints ------------------------------------------------------------------------------------------------------------------------------ */

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
  for (GtkWidget *box = gtk_widget_get_first_child (GTK_WIDGET (self)); box != NULL; box = gtk_widget_get_next_sibling (box))
    for (GtkWidget *label = gtk_widget_get_first_child (box); label != NULL; label = gtk_widget_get_next_sibling (label), paragraph++)
      {
        gsize first = g_array_index (self->starts, gsize, paragraph);
        while (nth < self->tints->len && g_array_index (self->tints, SenTextTint, nth).end <= first)
          nth++;
        if (nth < self->tints->len && is_in_sight (self, label, from, to))
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
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
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
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (class), GTK_TYPE_BOX_LAYOUT);
}

static void
sen_plain_text_init (SenPlainText *self)
{
  GtkLayoutManager *layout = gtk_widget_get_layout_manager (GTK_WIDGET (self));
  gtk_orientable_set_orientation (GTK_ORIENTABLE (layout), GTK_ORIENTATION_VERTICAL);
  self->text = g_string_new (NULL);
  self->starts = g_array_new (FALSE, FALSE, sizeof (gsize));
  self->tints = g_array_new (FALSE, FALSE, sizeof (SenTextTint));
}

GtkWidget *
sen_plain_text_new (void)
{
  return g_object_new (SEN_TYPE_PLAIN_TEXT, NULL);
}
