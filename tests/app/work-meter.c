/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "work-meter.h"

#include <cmark-gfm.h>
#include <gtk/gtk.h>
#include <string.h>

#include "sen-code-colours.h"

static gsize now[WORK_N], most[WORK_N], total[WORK_N];

static void
count (Work work, gsize n)
{
  now[work] += n;
  total[work] += n;
}

void
work_meter_end_frame (void)
{
  for (Work work = 0; work < WORK_N; work++)
    {
      most[work] = MAX (most[work], now[work]);
      now[work] = 0;
    }
}

void
work_meter_reset (void)
{
  memset (now, 0, sizeof now);
  memset (most, 0, sizeof most);
  memset (total, 0, sizeof total);
}

gsize
work_meter_most (Work work)
{
  return most[work];
}

gsize
work_meter_total (Work work)
{
  return total[work];
}

char *
work_meter_describe (void)
{
  return g_strdup_printf ("at most %zu bytes parsed, %zu bytes in %zu labels, %zu stretches coloured and %zu children drawn for "
                          "a frame; in all %zu bytes parsed, %zu shown, %zu stretches coloured",
                          most[WORK_PARSED], most[WORK_SHOWN], most[WORK_LABELS], most[WORK_COLOURED], most[WORK_DRAWN],
                          total[WORK_PARSED], total[WORK_SHOWN], total[WORK_COLOURED]);
}

/* --- What is metered: ld's --wrap names these ---------------------------------------------------------------------------------------- */

/* ld counts those of shared libraries too, though nothing of theirs comes here. */
#define WRAP __attribute__ ((visibility ("default")))

void __real_gtk_label_set_markup (GtkLabel *label, const char *markup);
WRAP void __wrap_gtk_label_set_markup (GtkLabel *label, const char *markup);
void __real_gtk_label_set_text (GtkLabel *label, const char *text);
WRAP void __wrap_gtk_label_set_text (GtkLabel *label, const char *text);
void __real_gtk_widget_snapshot_child (GtkWidget *widget, GtkWidget *child, GtkSnapshot *snapshot);
WRAP void __wrap_gtk_widget_snapshot_child (GtkWidget *widget, GtkWidget *child, GtkSnapshot *snapshot);
void __real_cmark_parser_feed (cmark_parser *parser, const char *text, size_t length);
WRAP void __wrap_cmark_parser_feed (cmark_parser *parser, const char *text, size_t length);
PangoAttrList *__real_sen_code_colours_get (SenCodeColours *self, guint first_line, guint n_lines);
WRAP PangoAttrList *__wrap_sen_code_colours_get (SenCodeColours *self, guint first_line, guint n_lines);

void
__wrap_gtk_label_set_markup (GtkLabel *label, const char *markup)
{
  count (WORK_SHOWN, strlen (markup));
  count (WORK_LABELS, 1);
  __real_gtk_label_set_markup (label, markup);
}

void
__wrap_gtk_label_set_text (GtkLabel *label, const char *text)
{
  count (WORK_SHOWN, strlen (text));
  count (WORK_LABELS, 1);
  __real_gtk_label_set_text (label, text);
}

void
__wrap_gtk_widget_snapshot_child (GtkWidget *widget, GtkWidget *child, GtkSnapshot *snapshot)
{
  count (WORK_DRAWN, 1);
  __real_gtk_widget_snapshot_child (widget, child, snapshot);
}

void
__wrap_cmark_parser_feed (cmark_parser *parser, const char *text, size_t length)
{
  count (WORK_PARSED, length);
  __real_cmark_parser_feed (parser, text, length);
}

PangoAttrList *
__wrap_sen_code_colours_get (SenCodeColours *self, guint first_line, guint n_lines)
{
  count (WORK_COLOURED, 1);
  return __real_sen_code_colours_get (self, first_line, n_lines);
}
