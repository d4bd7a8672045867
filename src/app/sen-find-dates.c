/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-find-dates.h"

#include <glib/gi18n.h>
#include <stdbool.h>

typedef enum { FIRST, LAST, N_ENDS } End;

struct _SenFindDates {
  GtkWidget parent_instance;

  GtkWidget       *button;       /* GtkMenuButton */
  GtkCheckButton  *past[5];      /* as spans has them; the first one is any time */
  GtkToggleButton *ends[N_ENDS];
  GtkCalendar     *calendar;     /* of the end whose button is down */

  int        span;               /* which of spans, or −1: the days below */
  GDateTime *days[N_ENDS];       /* or NULL: no limit */
  gboolean   is_filling;         /* the widgets are being changed by us */
};

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenFindDates, sen_find_dates, GTK_TYPE_WIDGET)

static const struct {
  const char *label;
  int         n_days;   /* before today; −1: no limit */
} spans[] = {
  { N_("Any time"), -1 }, { N_("Today"), 0 }, { N_("Past 7 days"), 7 }, { N_("Past 30 days"), 30 }, { N_("Past year"), 365 },
};

/* --- Days ---------------------------------------------------------------------------------------------------------------------------- */

/* The beginning of the day that @day is in, as clocks here have it. (transfer full) */
static GDateTime *
begin_of (GDateTime *day)
{
  int year, month, in_month;
  g_date_time_get_ymd (day, &year, &month, &in_month);
  GDateTime *begin = g_date_time_new_local (year, month, in_month, 0, 0, 0.0);
  return begin != NULL ? begin : g_date_time_ref (day);
}

/* (transfer full) */
static GDateTime *
days_from (GDateTime *day, int n_days)
{
  g_autoptr (GDateTime) other = g_date_time_add_days (day, n_days);
  return begin_of (other);
}

static int64_t
to_us (GDateTime *time)
{
  return g_date_time_to_unix (time) * G_USEC_PER_SEC;
}

void
sen_find_dates_get (SenFindDates *self, int64_t *after_us, int64_t *before_us)
{
  *after_us = *before_us = 0;
  if (self->span >= 0)
    {
      if (spans[self->span].n_days < 0)
        return;
      g_autoptr (GDateTime) now = g_date_time_new_now_local (), first = days_from (now, -spans[self->span].n_days);
      *after_us = to_us (first);
      return;
    }
  if (self->days[FIRST] != NULL)
    *after_us = to_us (self->days[FIRST]);
  if (self->days[LAST] != NULL)
    {
      g_autoptr (GDateTime) behind = days_from (self->days[LAST], 1);
      *before_us = to_us (behind);
    }
}

/* --- What is shown ------------------------------------------------------------------------------------------------------------------- */

/* (transfer full) */
static char *
format_day (GDateTime *day)
{
  /* translators: a day, short: see g_date_time_format() */
  return g_date_time_format (day, _("%-d %b %Y"));
}

/* (transfer full) */
static char *
describe (SenFindDates *self)
{
  if (self->span >= 0)
    return g_strdup (_(spans[self->span].label));
  g_autofree char *first = self->days[FIRST] != NULL ? format_day (self->days[FIRST]) : NULL;
  g_autofree char *last = self->days[LAST] != NULL ? format_day (self->days[LAST]) : NULL;
  if (first != NULL && last != NULL)
    return g_strcmp0 (first, last) == 0 ? g_steal_pointer (&first) : g_strdup_printf ("%s – %s", first, last);
  /* translators: a day */
  return first != NULL ? g_strdup_printf (_("From %s"), first) : g_strdup_printf (_("Until %s"), last);
}

static void
show_end (SenFindDates *self, End end)
{
  g_autofree char *day = self->span < 0 && self->days[end] != NULL ? format_day (self->days[end]) : g_strdup ("…");
  /* translators: a day, or "…" where none is chosen */
  g_autofree char *label = g_strdup_printf (end == FIRST ? _("From %s") : _("Until %s"), day);
  gtk_button_set_label (GTK_BUTTON (self->ends[end]), label);
}

static void
show (SenFindDates *self)
{
  g_autofree char *label = describe (self);
  /* translators: read by screen readers: of when files are looked for */
  g_autofree char *name = g_strdup_printf (_("Date: %s"), label);
  self->is_filling = TRUE;
  gtk_menu_button_set_label (GTK_MENU_BUTTON (self->button), label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  for (gsize i = 0; i < G_N_ELEMENTS (spans); i++)
    gtk_check_button_set_active (self->past[i], (int) i == self->span);
  show_end (self, FIRST);
  show_end (self, LAST);
  self->is_filling = FALSE;
}

static void
take (SenFindDates *self)
{
  show (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* --- What is chosen ------------------------------------------------------------------------------------------------------------------ */

static void
set_span (SenFindDates *self, int span)
{
  if (self->span == span)
    return;
  self->span = span;
  for (int end = 0; end < N_ENDS; end++)
    g_clear_pointer (&self->days[end], g_date_time_unref);
  take (self);
}

void
sen_find_dates_clear (SenFindDates *self)
{
  set_span (self, 0);
}

void
sen_find_dates_set_past (SenFindDates *self, guint n_days)
{
  for (gsize i = 0; i < G_N_ELEMENTS (spans); i++)
    if (spans[i].n_days == (int) n_days)
      set_span (self, (int) i);
}

/* The other way round is meant as it must be. */
static void
put_in_order (SenFindDates *self)
{
  if (self->days[FIRST] == NULL || self->days[LAST] == NULL || g_date_time_compare (self->days[FIRST], self->days[LAST]) <= 0)
    return;
  GDateTime *first = self->days[FIRST];
  self->days[FIRST] = self->days[LAST];
  self->days[LAST] = first;
}

void
sen_find_dates_set_days (SenFindDates *self, GDateTime *first, GDateTime *last)
{
  GDateTime *const days[] = { first, last };
  for (int end = 0; end < N_ENDS; end++)
    {
      g_clear_pointer (&self->days[end], g_date_time_unref);
      self->days[end] = days[end] != NULL ? begin_of (days[end]) : NULL;
    }
  put_in_order (self);
  self->span = first != NULL || last != NULL ? -1 : 0;
  take (self);
}

static void
on_span (GtkCheckButton *button, SenFindDates *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (spans) && !self->is_filling; i++)
    if (self->past[i] == button && gtk_check_button_get_active (button))
      set_span (self, (int) i);
}

static End
chosen_end (SenFindDates *self)
{
  return gtk_toggle_button_get_active (self->ends[LAST]) ? LAST : FIRST;
}

static void
on_end (SenFindDates *self)
{
  GDateTime *day = self->days[chosen_end (self)];
  self->is_filling = TRUE;
  if (day != NULL)
    gtk_calendar_select_day (self->calendar, day);
  self->is_filling = FALSE;
}

static void
on_day (SenFindDates *self)
{
  if (self->is_filling)
    return;
  g_autoptr (GDateTime) chosen = gtk_calendar_get_date (self->calendar), day = begin_of (chosen);
  End end = chosen_end (self);
  g_autoptr (GDateTime) other = self->days[1 - end] != NULL ? g_date_time_ref (self->days[1 - end]) : NULL;
  sen_find_dates_set_days (self, end == FIRST ? day : other, end == LAST ? day : other);
}

/* --- The widget ---------------------------------------------------------------------------------------------------------------------- */

static void
add_spans (SenFindDates *self, GtkBox *column)
{
  for (gsize i = 0; i < G_N_ELEMENTS (spans); i++)
    {
      self->past[i] = GTK_CHECK_BUTTON (gtk_check_button_new_with_label (_(spans[i].label)));
      gtk_check_button_set_group (self->past[i], i > 0 ? self->past[0] : NULL);
      g_signal_connect_object (self->past[i], "toggled", G_CALLBACK (on_span), self, 0);
      gtk_box_append (column, GTK_WIDGET (self->past[i]));
    }
}

static void
add_days (SenFindDates *self, GtkBox *column)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_widget_add_css_class (row, "linked");
  gtk_box_set_homogeneous (GTK_BOX (row), TRUE);
  gtk_widget_set_margin_top (row, 6);
  for (int end = 0; end < N_ENDS; end++)
    {
      self->ends[end] = GTK_TOGGLE_BUTTON (gtk_toggle_button_new ());
      gtk_toggle_button_set_group (self->ends[end], end > 0 ? self->ends[0] : NULL);
      gtk_box_append (GTK_BOX (row), GTK_WIDGET (self->ends[end]));
      g_signal_connect_object (self->ends[end], "toggled", G_CALLBACK (on_end), self, G_CONNECT_SWAPPED);
    }
  gtk_toggle_button_set_active (self->ends[FIRST], TRUE);
  self->calendar = GTK_CALENDAR (gtk_calendar_new ());
  g_signal_connect_object (self->calendar, "day-selected", G_CALLBACK (on_day), self, G_CONNECT_SWAPPED);
  gtk_box_append (column, row);
  gtk_box_append (column, GTK_WIDGET (self->calendar));
}

GtkWidget *
sen_find_dates_new (void)
{
  return g_object_new (SEN_TYPE_FIND_DATES, NULL);
}

static void
sen_find_dates_dispose (GObject *object)
{
  SenFindDates *self = SEN_FIND_DATES (object);
  g_clear_pointer (&self->button, gtk_widget_unparent);
  for (int end = 0; end < N_ENDS; end++)
    g_clear_pointer (&self->days[end], g_date_time_unref);
  G_OBJECT_CLASS (sen_find_dates_parent_class)->dispose (object);
}

static void
sen_find_dates_class_init (SenFindDatesClass *class)
{
  G_OBJECT_CLASS (class)->dispose = sen_find_dates_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (class), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (class), "finddates");
  signals[CHANGED] = g_signal_new ("changed", SEN_TYPE_FIND_DATES, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sen_find_dates_init (SenFindDates *self)
{
  GtkWidget *column = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2), *popover = gtk_popover_new ();
  add_spans (self, GTK_BOX (column));
  add_days (self, GTK_BOX (column));
  gtk_popover_set_child (GTK_POPOVER (popover), column);
  self->button = gtk_menu_button_new ();
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (self->button), popover);
  gtk_widget_set_parent (self->button, GTK_WIDGET (self));
  show (self);
}
