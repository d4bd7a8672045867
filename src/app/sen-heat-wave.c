/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-heat-wave.h"

#include <math.h>
#include <string.h>

#include "sen-heat-tint.h"
#include "sen-wave.h"

#define HEIGHT_PX 56
#define WORD_LINES 4
#define WORD_GAP_PX 4
#define MAX_WORD_PX 96     /* those that are longer may be moved at the right edge too, but then find less room */
#define LEAST_PX 2.0     /* of a moment: a few hundredths of a second are hardly a pixel */
#define LEAST_STRENGTH 0.02f

/* A word and where it stands. */
typedef struct {
  char        *text;
  double       start, end;
  float        strength;
  PangoLayout *layout;      /* NULL until there may be room for it */
  int          width, line; /* -1: there is no room for it */
  double       x;
} Word;

struct _SenHeatWave {
  GtkWidget parent_instance;

  const SenPeaks *peaks;      /* borrowed */
  float           top;        /* the loudest of them */
  SenHeatMoment  *moments;    /* [n_moments] */
  guint           n_moments;
  SenHeatMap      map, word_map;
  GArray         *words;      /* Word */
  int             line_px;    /* 0: not known */
  int             placed_for; /* the width that the words stand in, or -1 */

  SenHeatWaveDescribe describe;
  gpointer            describe_data;
};

G_DEFINE_FINAL_TYPE (SenHeatWave, sen_heat_wave, GTK_TYPE_WIDGET)

/* The sound may go on behind what was heard of it, and the last moment behind its end. */
static double
duration (SenHeatWave *self)
{
  double end = 0.0;
  if (self->peaks != NULL && self->peaks->duration > 0.0)
    return self->peaks->duration;
  for (guint i = 0; i < self->n_moments; i++)
    end = MAX (end, self->moments[i].end);
  return end > 0.0 ? end : 1.0;
}

/* --- Words ---------------------------------------------------------------------------------------------------------------------------- */

static void
clear_word (gpointer data)
{
  Word *word = data;
  g_free (word->text);
  g_clear_object (&word->layout);
}

static Word *
word_at (SenHeatWave *self, guint i)
{
  return &g_array_index (self->words, Word, i);
}

/* The height of a line. */
static int
line_height (SenHeatWave *self)
{
  if (self->line_px == 0)
    {
      g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), "Ag");
      pango_layout_get_pixel_size (layout, NULL, &self->line_px);
    }
  return self->line_px;
}

/* Whether nothing of the @n_placed stands on its line from @x to @end. */
static bool
is_free (const GArray *order, guint n_placed, int line, double x, double end)
{
  bool is_free = true;
  for (guint i = 0; i < n_placed && is_free; i++)
    {
      const Word *other = g_array_index (order, Word *, i);
      is_free = other->line != line || other->x + other->width + WORD_GAP_PX <= x || end + WORD_GAP_PX <= other->x;
    }
  return is_free;
}

/* On the first line where nothing stands in its way. Only what may find room is laid out: a frame has no time for all words of minutes. */
static bool
place_word (SenHeatWave *self, const GArray *order, guint n_placed, Word *word, int width)
{
  double x = word->start / duration (self) * width;
  int line = 0;
  while (line < WORD_LINES && x < width - MAX_WORD_PX && !is_free (order, n_placed, line, x, x))
    line++;
  word->line = -1;
  if (line == WORD_LINES)
    return false;
  if (word->layout == NULL)
    {
      word->layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), word->text);
      pango_layout_get_pixel_size (word->layout, &word->width, NULL);
    }
  word->x = CLAMP (x, 0.0, MAX (width - word->width, 0));
  for (line = 0; line < WORD_LINES && word->line < 0; line++)
    if (is_free (order, n_placed, line, word->x, word->x + word->width))
      word->line = line;
  return word->line >= 0;
}

static int
compare_warmth (gconstpointer a, gconstpointer b)
{
  const Word *x = *(Word *const *) a, *y = *(Word *const *) b;
  float warmth = fabsf (x->strength), other = fabsf (y->strength);
  return warmth > other ? -1 : warmth < other ? 1 : x->start < y->start ? -1 : x->start > y->start;
}

/* In the order of the time, so that nothing jumps when the heat is another; only where that leaves some out the warmest come first. */
static void
place_words (SenHeatWave *self, int width)
{
  g_autoptr (GArray) order = g_array_sized_new (FALSE, FALSE, sizeof (Word *), self->words->len);
  bool all = true;
  for (guint i = 0; i < self->words->len; i++)
    {
      Word *word = word_at (self, i);
      g_array_append_val (order, word);
    }
  for (guint i = 0; i < order->len && all; i++)
    all = place_word (self, order, i, g_array_index (order, Word *, i), width);
  if (!all)
    {
      g_array_sort (order, compare_warmth);
      for (guint i = 0; i < order->len; i++)
        place_word (self, order, i, g_array_index (order, Word *, i), width);
    }
  self->placed_for = width;
}

static void
draw_words (SenHeatWave *self, GtkSnapshot *snapshot, int width, const GdkRGBA *colour)
{
  /* As the pane behind: the letters say which style it is. */
  float grey = colour->red + colour->green + colour->blue > 1.5f ? 0.14f : 0.98f;
  const GdkRGBA ground = { grey, grey, grey, 1.0f };
  if (self->placed_for != width)
    place_words (self, width);
  int height = line_height (self);
  for (guint i = 0; i < self->words->len; i++)
    {
      const Word *word = word_at (self, i);
      float x = (float) word->x, y = (float) (HEIGHT_PX + word->line * height);
      GdkRGBA letters = *colour;
      bool is_light;
      if (word->line < 0)
        continue;
      if (fabsf (word->strength) >= LEAST_STRENGTH)
        {
          GdkRGBA tint = sen_heat_tint_on (self->word_map, word->strength, &ground, &is_light);
          gtk_snapshot_append_color (snapshot, &tint, &GRAPHENE_RECT_INIT (x - 1.0f, y, (float) word->width + 2.0f, (float) height));
          letters = is_light ? (GdkRGBA) { 0.0f, 0.0f, 0.0f, 0.85f } : (GdkRGBA) { 1.0f, 1.0f, 1.0f, 1.0f };
        }
      gtk_snapshot_save (snapshot);
      gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x, y));
      gtk_snapshot_append_layout (snapshot, word->layout, &letters);
      gtk_snapshot_restore (snapshot);
    }
}

/* --- The waveform --------------------------------------------------------------------------------------------------------------------- */

/* How high the bar from @start to @end (shares of the time) stands, 0 to 1. */
static float
bar_height (SenHeatWave *self, double start, double end)
{
  double n = self->peaks != NULL ? (double) self->peaks->n_bins : 0.0;
  size_t first = (size_t) (start * n);
  return sen_wave_height (self->peaks, first, MAX ((size_t) (end * n), first + 1), self->top);
}

static void
draw_glow (SenHeatWave *self, GtkSnapshot *snapshot, float width)
{
  double scale = width / duration (self);
  for (guint i = 0; i < self->n_moments; i++)
    {
      const SenHeatMoment *moment = &self->moments[i];
      GdkRGBA tint = sen_heat_tint (self->map, moment->strength);
      double x = moment->start * scale, end = MIN (MAX (moment->end * scale, x + LEAST_PX), width);
      if (tint.alpha > 0.0f && x < end)
        gtk_snapshot_append_color (snapshot, &tint, &GRAPHENE_RECT_INIT ((float) x, 0.0f, (float) (end - x), HEIGHT_PX));
    }
}

static void
sen_heat_wave_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SenHeatWave *self = SEN_HEAT_WAVE (widget);
  int width = gtk_widget_get_width (widget), n = MAX (width / SEN_WAVE_STEP_PX, 1);
  GdkRGBA colour;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
  draw_glow (self, snapshot, (float) width);
  draw_words (self, snapshot, width, &colour);
  colour.alpha *= 0.7f;
  for (int i = 0; i < n; i++)
    {
      float bar = MAX (bar_height (self, (double) i / n, (double) (i + 1) / n) * (HEIGHT_PX - 8.0f), 2.0f);
      gtk_snapshot_append_color (snapshot, &colour,
                                 &GRAPHENE_RECT_INIT ((float) (i * SEN_WAVE_STEP_PX), (HEIGHT_PX - bar) / 2.0f, SEN_WAVE_BAR_PX, bar));
    }
}

static void
sen_heat_wave_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                       int *natural_baseline)
{
  SenHeatWave *self = SEN_HEAT_WAVE (widget);
  int height = HEIGHT_PX + (self->words->len > 0 ? (int) MIN (self->words->len, WORD_LINES) * line_height (self) : 0);
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 96 : height;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 320 : height;
  *minimum_baseline = *natural_baseline = -1;
}

/* Letters are another size. */
static void
sen_heat_wave_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  SenHeatWave *self = SEN_HEAT_WAVE (widget);
  GTK_WIDGET_CLASS (sen_heat_wave_parent_class)->css_changed (widget, change);
  for (guint i = 0; i < self->words->len; i++)
    g_clear_object (&word_at (self, i)->layout);
  self->line_px = 0;
  self->placed_for = -1;
}

static gboolean
sen_heat_wave_query_tooltip (GtkWidget *widget, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip)
{
  SenHeatWave *self = SEN_HEAT_WAVE (widget);
  double seconds = duration (self) * x / MAX (gtk_widget_get_width (widget), 1);
  for (guint i = 0; y >= HEIGHT_PX && i < self->words->len; i++)
    {
      /* A word is longer than what is said in its time. */
      const Word *word = word_at (self, i);
      if (word->line == (y - HEIGHT_PX) / MAX (line_height (self), 1) && x >= word->x && x < word->x + word->width)
        seconds = (word->start + word->end) / 2.0;
    }
  if (by_keyboard || self->describe == NULL)
    return FALSE;
  g_autofree char *text = self->describe (seconds, self->describe_data);
  gtk_tooltip_set_text (tooltip, text);
  return text != NULL;
}

/* --- The widget ----------------------------------------------------------------------------------------------------------------------- */

void
sen_heat_wave_set_peaks (SenHeatWave *self, const SenPeaks *peaks)
{
  self->peaks = peaks;
  self->top = sen_wave_top (peaks);
  self->placed_for = -1;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
sen_heat_wave_set_heat (SenHeatWave *self, SenHeatMap map, const SenHeatMoment *moments, guint n)
{
  self->map = map;
  g_free (self->moments);
  self->n_moments = moments != NULL ? n : 0;
  self->moments = g_memdup2 (moments, self->n_moments * sizeof *moments);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
sen_heat_wave_set_words (SenHeatWave *self, const SenHeatWord *words, guint n)
{
  g_array_set_size (self->words, 0);
  for (guint i = 0; i < n; i++)
    {
      Word word = { .text = g_strstrip (g_strdup (words[i].text)), .start = words[i].start, .end = words[i].end, .line = -1 };
      g_array_append_val (self->words, word);
    }
  self->placed_for = -1;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
sen_heat_wave_set_word_heat (SenHeatWave *self, SenHeatMap map, const float *strengths)
{
  self->word_map = map;
  bool is_any_left = false;
  for (guint i = 0; i < self->words->len; i++)
    {
      Word *word = word_at (self, i);
      word->strength = strengths != NULL ? strengths[i] : 0.0f;
      is_any_left |= word->line < 0;
    }
  if (is_any_left)
    self->placed_for = -1;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
sen_heat_wave_set_describe (SenHeatWave *self, SenHeatWaveDescribe describe, gpointer user_data)
{
  self->describe = describe;
  self->describe_data = user_data;
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), describe != NULL);
}

GtkWidget *
sen_heat_wave_new (void)
{
  return g_object_new (SEN_TYPE_HEAT_WAVE, NULL);
}

static void
sen_heat_wave_finalize (GObject *object)
{
  g_free (SEN_HEAT_WAVE (object)->moments);
  g_array_unref (SEN_HEAT_WAVE (object)->words);
  G_OBJECT_CLASS (sen_heat_wave_parent_class)->finalize (object);
}

static void
sen_heat_wave_class_init (SenHeatWaveClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->finalize = sen_heat_wave_finalize;
  widget_class->measure = sen_heat_wave_measure;
  widget_class->snapshot = sen_heat_wave_snapshot;
  widget_class->css_changed = sen_heat_wave_css_changed;
  widget_class->query_tooltip = sen_heat_wave_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "heatwave");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
sen_heat_wave_init (SenHeatWave *self)
{
  self->words = g_array_new (FALSE, FALSE, sizeof (Word));
  g_array_set_clear_func (self->words, clear_word);
  self->top = sen_wave_top (NULL);
  self->placed_for = -1;
  gtk_widget_add_css_class (GTK_WIDGET (self), "caption");
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}
