/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-column.h"

#include <stdbool.h>

#include "sen-sight.h"

/* Of all its text, before anything is guessed. */
#define LONG_LETTERS 4000
/* In one frame so many letters are laid out, and more only if they are seen: what soon will be has time. */
#define FRAME_LETTERS 2500
/* What a widget takes by itself is as much as these. */
#define WIDGET_LETTERS 150
/* Before it is known how wide it will be. */
#define USUAL_WIDTH_PX 720
#define WIDEST_PX 4000
/* Guesses are made anew when they turn out worse than this. */
#define TOLERANCE 0.03

struct _SenColumn {
  GtkWidget parent_instance;
  SenSight  sight;
  int       width;             /* that heights are for; 0: none yet */
  int       height;            /* that it was given */
  int       wanted;            /* that it asked for last, at its width; -1: it has not */
  int       natural;           /* the width that it told last */
  guint     serial;            /* of the font that is known */
  double    letter_px, line_px;   /* of it */
  double    ratio;             /* of heights as measured to what was guessed */
  int       laid_out_from;     /* what was laid out last began there; G_MAXINT: nothing was */
  double    offset;            /* by so much what is seen stands above its place, until the next frame scrolls to it */
  guint     tick;
};

G_DEFINE_FINAL_TYPE (SenColumn, sen_column, GTK_TYPE_WIDGET)

/* Of a child with text. */
typedef struct {
  guint n_letters, n_lines, n_longest;
  bool  is_wrapped;
  bool  is_measured;   /* for the column's width */
  int   height;        /* likewise, or a guess; -1: neither */
  /* How wide it is by itself, whatever the column is, so this is kept when the column's width changes: a guess becomes true once. Were it
   * forgotten, the guess would make another width, which is measured, which makes the first one again. */
  bool  is_width_known;
  int   least, natural;
} Place;

static GQuark
place_quark (void)
{
  static GQuark quark;
  if (G_UNLIKELY (quark == 0))
    quark = g_quark_from_static_string ("sen-column-place");
  return quark;
}

static Place *
place_of (GtkWidget *child)
{
  return g_object_get_qdata (G_OBJECT (child), place_quark ());
}

/* --- Guesses ------------------------------------------------------------------------------------------------------------------------ */

static void
forget_heights (SenColumn *self)
{
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self)); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      Place *place = place_of (child);
      if (place == NULL)
        continue;
      place->is_measured = false;
      place->height = -1;
    }
}

static void
forget_widths (SenColumn *self)
{
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self)); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      Place *place = place_of (child);
      if (place != NULL)
        place->is_width_known = false;
    }
}

/* Another font is heard of when the labels ask for another layout; a style that only changes colours changes no heights. */
static void
look_at_font (SenColumn *self)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self));
  PangoContext *context = gtk_widget_get_pango_context (child != NULL ? child : GTK_WIDGET (self));
  if (self->serial == pango_context_get_serial (context))
    return;
  PangoFontMetrics *metrics = pango_context_get_metrics (context, NULL, NULL);
  double letter_px = MAX (pango_units_to_double (pango_font_metrics_get_approximate_char_width (metrics)), 1.0);
  double line_px = MAX (pango_units_to_double (pango_font_metrics_get_height (metrics)), 1.0);
  pango_font_metrics_unref (metrics);
  self->serial = pango_context_get_serial (context);
  if (letter_px != self->letter_px || line_px != self->line_px)
    {
      forget_heights (self);
      forget_widths (self);
    }
  self->letter_px = letter_px;
  self->line_px = line_px;
}

static int
margins_of (GtkWidget *child)
{
  return gtk_widget_get_margin_top (child) + gtk_widget_get_margin_bottom (child);
}

static int
guess_width (SenColumn *self, const Place *place)
{
  return place->is_width_known ? place->natural : (int) MIN (place->n_longest * self->letter_px + 1.0, WIDEST_PX);
}

/* Without what has been learnt from others. */
static double
guess_lines_px (SenColumn *self, const Place *place, int width)
{
  double lines = place->n_lines;
  if (place->is_wrapped && width < guess_width (self, place))
    lines = MAX (lines, place->n_letters * self->letter_px / MAX (width, 1) + 0.5 * place->n_lines);
  return lines * self->line_px;
}

static int
guess_height (SenColumn *self, GtkWidget *child, const Place *place, int width)
{
  return (int) (guess_lines_px (self, place, width) * self->ratio + 0.5) + margins_of (child);
}

/* True when it is another than before. */
static bool
learn_ratio (SenColumn *self)
{
  double measured = 0.0, guessed = 0.0;
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self)); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      const Place *place = place_of (child);
      if (place == NULL || !place->is_measured)
        continue;
      measured += place->height - margins_of (child);
      guessed += guess_lines_px (self, place, self->width);
    }
  if (guessed <= 0.0 || measured <= 0.0 || ABS (measured / guessed - self->ratio) <= TOLERANCE * self->ratio)
    return false;
  self->ratio = measured / guessed;
  return true;
}

static void
guess_anew (SenColumn *self)
{
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self)); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      Place *place = place_of (child);
      if (place != NULL && !place->is_measured)
        place->height = guess_height (self, child, place, self->width);
    }
}

/* --- Heights ------------------------------------------------------------------------------------------------------------------------ */

static bool
is_long (SenColumn *self)
{
  guint n_letters = 0;
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self)); child != NULL && n_letters < LONG_LETTERS;
       child = gtk_widget_get_next_sibling (child))
    {
      const Place *place = place_of (child);
      n_letters += place != NULL ? place->n_letters : 0;
    }
  return n_letters >= LONG_LETTERS;
}

static int
measure_height_from (GtkWidget *child, int width, int least)
{
  int height;
  gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, MAX (width, least), &height, NULL, NULL, NULL);
  return height;
}

static int
measure_height (GtkWidget *child, int width)
{
  int least;
  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  return measure_height_from (child, width, least);
}

static void
measure_width (GtkWidget *child, Place *place)
{
  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &place->least, &place->natural, NULL, NULL);
  place->is_width_known = true;
}

static int
measure_place (SenColumn *self, GtkWidget *child, Place *place)
{
  measure_width (child, place);
  place->height = measure_height_from (child, self->width, place->least);
  place->is_measured = true;
  return place->height;
}

/* As it is known, for the column's width. What is seen may have grown. */
static int
height_of (SenColumn *self, GtkWidget *child)
{
  Place *place = place_of (child);
  if (!gtk_widget_should_layout (child))
    return 0;
  if (place == NULL)
    return measure_height (child, self->width);
  if (place->is_measured && gtk_widget_get_child_visible (child))
    return measure_place (self, child, place);
  if (place->height < 0)
    place->height = guess_height (self, child, place, self->width);
  return place->height;
}

static void
find_width (SenColumn *self, bool is_guessed, int *least, int *natural)
{
  *least = *natural = 0;
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self)); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      Place *place = place_of (child);
      int child_least, child_natural;
      if (!gtk_widget_should_layout (child))
        continue;
      if (place != NULL && place->is_measured && gtk_widget_get_child_visible (child))
        measure_width (child, place);
      if (!is_guessed || place == NULL)
        gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &child_least, &child_natural, NULL, NULL);
      else
        {
          child_natural = guess_width (self, place);
          child_least = place->is_width_known ? place->least : place->is_wrapped ? 0 : child_natural;
        }
      *least = MAX (*least, child_least);
      *natural = MAX (*natural, child_natural);
    }
}

/* Text needs no more height for more than its natural width, and whoever is aligned to a side is asked at all the width there is, then
 * given what it wants of it. */
static bool
is_as_wide (SenColumn *self, int width)
{
  int least, natural;
  if (width == self->width || self->width == 0)
    return width == self->width;
  find_width (self, true, &least, &natural);
  return width >= natural && self->width >= natural;
}

/* What comes into sight with this height is measured at once, as text does that is being written. */
static int
sen_column_measure_height (SenColumn *self, bool is_guessed, int width)
{
  int height = 0, from = 0, to = 0;
  bool is_current = is_guessed && is_as_wide (self, width);
  if (is_current)
    width = self->width;
  if (is_current && gtk_widget_get_mapped (GTK_WIDGET (self)))
    sen_sight_look (&self->sight, &from, &to);
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self)); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      Place *place = place_of (child);
      if (!gtk_widget_should_layout (child))
        continue;
      if (!is_guessed || place == NULL)
        height += measure_height (child, width);
      else if (!is_current)
        height += guess_height (self, child, place, width);
      else if (!place->is_measured && height - self->offset >= from && height - self->offset < to)
        height += measure_place (self, child, place);
      else
        height += height_of (self, child);
    }
  if (is_current)
    self->wanted = height;
  return height;
}

static void
sen_column_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                    int *natural_baseline)
{
  SenColumn *self = SEN_COLUMN (widget);
  bool is_guessed = is_long (self);
  look_at_font (self);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      find_width (self, is_guessed, minimum, natural);
      self->natural = *natural;
    }
  else
    {
      int width = for_size >= 0 || !is_guessed ? for_size : self->width > 0 ? self->width : USUAL_WIDTH_PX;
      *minimum = *natural = sen_column_measure_height (self, is_guessed, width);
    }
}

static GtkSizeRequestMode
sen_column_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

/* --- Places ------------------------------------------------------------------------------------------------------------------------- */

static int
sum_heights (SenColumn *self)
{
  int height = 0;
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self)); child != NULL; child = gtk_widget_get_next_sibling (child))
    height += height_of (self, child);
  return height;
}

/* Those above it, as they are known. */
static int
height_above (SenColumn *self, GtkWidget *child)
{
  int height = 0;
  while ((child = gtk_widget_get_prev_sibling (child)) != NULL)
    height += height_of (self, child);
  return height;
}

static void
put (SenColumn *self, GtkWidget *child, int y, int height)
{
  gtk_widget_set_child_visible (child, TRUE);
  gtk_widget_size_allocate (child, &(GtkAllocation) { 0, y, self->width, height }, -1);
}

static void
allocate_all (SenColumn *self)
{
  int y = 0;
  self->offset = 0.0;
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self)); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      Place *place = place_of (child);
      if (!gtk_widget_should_layout (child))
        continue;
      int height = place != NULL ? measure_place (self, child, place) : measure_height (child, self->width);
      put (self, child, y, height);
      y += height;
    }
}

static gboolean correct (GtkWidget *widget, GdkFrameClock *clock, gpointer data);

static void
correct_soon (SenColumn *self)
{
  if (self->tick == 0)
    self->tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), correct, NULL, NULL);
}

typedef struct {
  int   from, top, bottom, to;   /* what is laid out, and what of it is seen */
  guint n_left;                  /* letters that may still be laid out in this frame */
  bool  is_behind;               /* not all were */
} Range;

/* The keyboard goes from what has the focus to those beside it, and from outside to the first or last; what isn't mapped has none. */
static bool
is_next_by_keyboard (SenColumn *self, GtkWidget *child)
{
  GtkWidget *focus = gtk_widget_get_focus_child (GTK_WIDGET (self));
  GtkWidget *before = gtk_widget_get_prev_sibling (child), *behind = gtk_widget_get_next_sibling (child);
  return before == NULL || behind == NULL || (focus != NULL && (child == focus || before == focus || behind == focus));
}

/* Whether it is laid out when it stands in [@y, @y + @height), and by its true height, which goes to *@height. */
static bool
lay_out (SenColumn *self, GtkWidget *child, int y, int *height, Range *range)
{
  Place *place = place_of (child);
  bool is_near = y < range->to && y + *height > range->from, is_seen = y < range->bottom && y + *height > range->top;
  bool is_next = is_next_by_keyboard (self, child);
  if ((!is_near && !is_next) || !gtk_widget_should_layout (child))
    return false;
  if (place == NULL || place->is_measured)
    return true;
  guint n_letters = place->n_letters + WIDGET_LETTERS;
  if (!is_seen && !is_next && n_letters > range->n_left && range->n_left < FRAME_LETTERS)
    {
      range->is_behind = true;
      return false;
    }
  range->n_left -= MIN (n_letters, range->n_left);
  *height = measure_place (self, child, place);
  return true;
}

/* It was given what it told, or what it has learnt since would be given more or less. */
static bool
wants_other_width (SenColumn *self)
{
  int least, natural;
  find_width (self, true, &least, &natural);
  return natural != self->natural && (self->natural == self->width || (self->natural < self->width) != (natural < self->width));
}

/* The first one of which something is seen stays where it is; those around it are put above and below. */
static void
allocate_seen (SenColumn *self)
{
  Range range = { .n_left = FRAME_LETTERS };
  GtkWidget *anchor = gtk_widget_get_first_child (GTK_WIDGET (self)), *child;
  int y = (int) -self->offset;
  sen_sight_measure (&self->sight, &range.from, &range.to);
  self->laid_out_from = range.from;
  sen_sight_look (&self->sight, &range.top, &range.bottom);
  for (; anchor != NULL && gtk_widget_get_next_sibling (anchor) != NULL; anchor = gtk_widget_get_next_sibling (anchor))
    {
      int height = height_of (self, anchor);
      if (y + height > range.top)
        break;
      y += height;
    }
  int anchor_y = y;
  for (child = anchor; child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      int height = height_of (self, child);
      if (lay_out (self, child, y, &height, &range))
        put (self, child, y, height);
      else
        gtk_widget_set_child_visible (child, FALSE);
      y += height;
    }
  y = anchor_y;
  for (child = anchor; child != NULL && (child = gtk_widget_get_prev_sibling (child)) != NULL;)
    {
      int height = height_of (self, child);
      bool is_shown = lay_out (self, child, y - height, &height, &range);
      y -= height;
      if (is_shown)
        put (self, child, y, height);
      else
        gtk_widget_set_child_visible (child, FALSE);
    }
  self->offset = anchor != NULL ? height_above (self, anchor) - anchor_y : 0.0;
  /* Not the height that it was given: who gives another one than it asked for does so again. */
  if (range.is_behind || self->offset != 0.0 || sum_heights (self) != self->wanted || wants_other_width (self) || learn_ratio (self))
    correct_soon (self);
}

/* What is seen first stays in sight, by the part of it that is above. */
static void
take_width (SenColumn *self, int width)
{
  GtkWidget *anchor = gtk_widget_get_first_child (GTK_WIDGET (self));
  int from = 0, to, y = (int) -self->offset;
  bool is_within = false;
  if (self->width > 0 && gtk_widget_get_mapped (GTK_WIDGET (self)))
    sen_sight_look (&self->sight, &from, &to);
  for (; from > 0 && anchor != NULL; anchor = gtk_widget_get_next_sibling (anchor))
    {
      int height = height_of (self, anchor);
      if ((is_within = y + height > from))
        break;
      y += height;
    }
  double part = is_within ? (double) (from - y) / height_of (self, anchor) : 0.0;
  self->width = width;
  self->wanted = -1;
  forget_heights (self);
  self->offset = is_within ? height_above (self, anchor) + (int) (part * height_of (self, anchor)) - from : 0.0;
}

static void
sen_column_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  SenColumn *self = SEN_COLUMN (widget);
  self->height = height;
  look_at_font (self);
  if (width != self->width)
    take_width (self, width);
  self->laid_out_from = G_MAXINT;
  if (!is_long (self))
    allocate_all (self);
  else if (gtk_widget_get_mapped (widget))
    allocate_seen (self);
}

/* In the next frame, before it is laid out: the column gets the height that it needs, and what is seen is scrolled to its place. */
static gboolean
correct (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  SenColumn *self = SEN_COLUMN (widget);
  GtkAdjustment *adjustment = self->sight.adjustment;
  int from, to, y = (int) -self->offset;
  GtkWidget *anchor = gtk_widget_get_first_child (widget);
  self->tick = 0;
  sen_sight_look (&self->sight, &from, &to);
  for (; anchor != NULL && y + height_of (self, anchor) <= from && gtk_widget_get_next_sibling (anchor) != NULL;
       anchor = gtk_widget_get_next_sibling (anchor))
    y += height_of (self, anchor);
  guess_anew (self);
  int height = sum_heights (self);
  double above = anchor != NULL ? height_above (self, anchor) - y : 0.0;
  double more = height - (self->wanted >= 0 ? self->wanted : self->height);
  bool is_other = above != 0.0 || height != self->wanted || wants_other_width (self);
  self->offset = 0.0;
  self->wanted = height;
  if (adjustment != NULL && (above != 0.0 || more != 0.0))
    gtk_adjustment_configure (adjustment, gtk_adjustment_get_value (adjustment) + above, gtk_adjustment_get_lower (adjustment),
                              gtk_adjustment_get_upper (adjustment) + more, gtk_adjustment_get_step_increment (adjustment),
                              gtk_adjustment_get_page_increment (adjustment), gtk_adjustment_get_page_size (adjustment));
  if (is_other)
    gtk_widget_queue_resize (widget);
  self->laid_out_from = G_MAXINT;
  gtk_widget_queue_draw (widget);
  return G_SOURCE_REMOVE;
}

gboolean
sen_column_find (GtkWidget *descendant, GtkWidget *root, double *y)
{
  gboolean is_laid_out = TRUE;
  *y = 0.0;
  for (GtkWidget *widget = descendant; widget != NULL && widget != root; widget = gtk_widget_get_parent (widget))
    {
      GtkWidget *parent = gtk_widget_get_parent (widget);
      double x, top = 0.0;
      if (SEN_IS_COLUMN (parent) && !gtk_widget_get_child_visible (widget))
        {
          is_laid_out = FALSE;
          top = height_above (SEN_COLUMN (parent), widget) - SEN_COLUMN (parent)->offset;
          *y = 0.0;
        }
      else if (!gtk_widget_translate_coordinates (widget, parent, 0.0, 0.0, &x, &top))
        is_laid_out = FALSE;
      *y += top;
    }
  return is_laid_out;
}

/* --- Texts -------------------------------------------------------------------------------------------------------------------------- */

static guint
count_cells (gunichar c)
{
  return g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
}

void
sen_column_set_text (GtkWidget *child, const char *text, gboolean is_wrapped)
{
  Place *place = place_of (child);
  guint n = 0;
  if (place == NULL)
    {
      place = g_new0 (Place, 1);
      place->height = -1;
      g_object_set_qdata_full (G_OBJECT (child), place_quark (), place, g_free);
    }
  else if (!gtk_widget_get_child_visible (child))
    {
      place->is_measured = false;
      place->height = -1;
    }
  place->is_width_known = false;
  place->n_letters = place->n_longest = 0;
  place->n_lines = 1;
  place->is_wrapped = is_wrapped;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      place->n_letters++;
      place->n_lines += c == '\n';
      n = c == '\n' ? 0 : c == '\t' ? (n / 8 + 1) * 8 : n + count_cells (c);
      place->n_longest = MAX (place->n_longest, n);
    }
}

/* --- The widget --------------------------------------------------------------------------------------------------------------------- */

static void
sen_column_map (GtkWidget *widget)
{
  sen_sight_map (&SEN_COLUMN (widget)->sight, widget);
  SEN_COLUMN (widget)->laid_out_from = G_MAXINT;
  GTK_WIDGET_CLASS (sen_column_parent_class)->map (widget);
}

static void
sen_column_unmap (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (sen_column_parent_class)->unmap (widget);
  sen_sight_unmap (&SEN_COLUMN (widget)->sight);
}

/* Nothing is allocated anew when it is scrolled, and when it is told of that while it is, asking for it would be lost. So what has come
 * into sight is put in its place here, as text views do. */
static void
sen_column_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SenColumn *self = SEN_COLUMN (widget);
  int from, to;
  sen_sight_measure (&self->sight, &from, &to);
  if (from != self->laid_out_from && is_long (self))
    allocate_seen (self);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_get_child_visible (child))
      sen_sight_snapshot_child (&SEN_COLUMN (widget)->sight, child, snapshot);
}

/* What the keyboard may come to next is laid out. */
static void
sen_column_set_focus_child (GtkWidget *widget, GtkWidget *child)
{
  GTK_WIDGET_CLASS (sen_column_parent_class)->set_focus_child (widget, child);
  SEN_COLUMN (widget)->laid_out_from = G_MAXINT;
  gtk_widget_queue_draw (widget);
}

static void
sen_column_dispose (GObject *object)
{
  SenColumn *self = SEN_COLUMN (object);
  GtkWidget *child;
  if (self->tick != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->tick);
  self->tick = 0;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (sen_column_parent_class)->dispose (object);
}

static void
sen_column_class_init (SenColumnClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = sen_column_dispose;
  widget_class->map = sen_column_map;
  widget_class->unmap = sen_column_unmap;
  widget_class->measure = sen_column_measure;
  widget_class->get_request_mode = sen_column_get_request_mode;
  widget_class->size_allocate = sen_column_size_allocate;
  widget_class->snapshot = sen_column_snapshot;
  widget_class->set_focus_child = sen_column_set_focus_child;
  gtk_widget_class_set_css_name (widget_class, "column");
}

static void
sen_column_init (SenColumn *self)
{
  self->ratio = 1.0;
  self->wanted = -1;
}

GtkWidget *
sen_column_new (void)
{
  return g_object_new (SEN_TYPE_COLUMN, NULL);
}
