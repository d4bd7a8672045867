/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-conversation-view.h"

#include "sen-attachment-gallery.h"
#include "sen-column.h"
#include "sen-find-text.h"

/* Made at once when a conversation is opened, and then one for each frame while they are wanted. */
#define FIRST_ROWS 8
/* Rows are made until so many heights of the view are ready above and below it. */
#define READY_PAGES 2.0
/* Rows above one that is gone to. */
#define ROWS_ABOVE 2
/* More rows than this make every frame slow, so those farthest away go when others come. */
#define MAX_ROWS 40
/* As near to the end as counts as there. */
#define END_PX 24.0
/* Before a new row has its place, and between looks at one that is still being built. */
#define PLACE_MS 60
#define MOST_LOOKS 50
#define MOST_UNSEEN_LOOKS 1000
/* What was found stands so far down the view. */
#define FOUND_PART 0.3

struct _SenConversationView {
  GtkWidget parent_instance;

  /* Template widgets */
  GtkWidget         *overlay;
  GtkScrolledWindow *scroller;
  GtkBox            *rows;
  GtkRevealer       *end_revealer;

  /* Owned */
  SenPerception   *perception;
  SenThumbCache   *thumbs;
  SenConversation *conversation;
  SenMessage      *cut, *read;
  GtkLabel        *selected;   /* where text was found, or NULL */

  guint  first, last;        /* messages [first, last) of the path have rows */
  guint  n;                  /* messages of the path */
  gint64 wanted;             /* message to scroll to once its row is made, or 0 */
  char  *wanted_text;        /* to select there, the nth; NULL: the row gets the focus */
  guint  wanted_nth;
  guint  n_looks;            /* since it is wanted */
  guint  fill_tick, scroll_source;
  bool   follow, is_busy;
};

enum { REGENERATE, GO_ON, REMOVE, READ_ALOUD, LOOK, EDITED, SHOW_SIBLING, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenConversationView, sen_conversation_view, GTK_TYPE_WIDGET)

/* --- Rows --------------------------------------------------------------------------------------------------------------------------- */

static void
on_read_aloud (SenMessageRow *row, SenConversationView *self)
{
  g_signal_emit (self, signals[READ_ALOUD], 0, sen_message_row_message (row));
}

static void
on_look (SenMessageRow *row, SenConversationView *self)
{
  g_signal_emit (self, signals[LOOK], 0, sen_message_row_message (row));
}

static void
on_regenerate (SenMessageRow *row, SenConversationView *self)
{
  g_signal_emit (self, signals[REGENERATE], 0, sen_message_row_message (row));
}

static void
on_go_on (SenMessageRow *row, SenConversationView *self)
{
  g_signal_emit (self, signals[GO_ON], 0, sen_message_row_message (row));
}

static void
on_remove (SenMessageRow *row, SenConversationView *self)
{
  g_signal_emit (self, signals[REMOVE], 0, sen_message_row_message (row));
}

static void
on_edited (SenMessageRow *row, const char *text, SenConversationView *self)
{
  g_signal_emit (self, signals[EDITED], 0, sen_message_row_message (row), text);
}

static void
on_show_sibling (SenMessageRow *row, guint index, SenConversationView *self)
{
  g_signal_emit (self, signals[SHOW_SIBLING], 0, sen_message_row_message (row), index);
}

static SenMessageRow *
make_row (SenConversationView *self, guint position)
{
  g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (self->conversation), position);
  SenMessageRow *row = sen_message_row_new (self->conversation, message, self->thumbs);
  g_signal_connect_object (row, "read-aloud", G_CALLBACK (on_read_aloud), self, 0);
  g_signal_connect_object (row, "look", G_CALLBACK (on_look), self, 0);
  g_signal_connect_object (row, "regenerate", G_CALLBACK (on_regenerate), self, 0);
  g_signal_connect_object (row, "go-on", G_CALLBACK (on_go_on), self, 0);
  g_signal_connect_object (row, "remove", G_CALLBACK (on_remove), self, 0);
  g_signal_connect_object (row, "edited", G_CALLBACK (on_edited), self, 0);
  g_signal_connect_object (row, "show-sibling", G_CALLBACK (on_show_sibling), self, 0);
  sen_message_row_set_place (row, position + 1 == self->n, self->is_busy);
  sen_message_row_set_cut (row, self->cut == message);
  sen_message_row_set_read (row, self->read == message);
  if (sen_message_attachments (message) != NULL)
    sen_message_row_set_gallery (row, sen_attachment_gallery_new (self->perception, sen_message_attachments (message)));
  return row;
}

static SenMessageRow *
first_row (SenConversationView *self)
{
  return (SenMessageRow *) gtk_widget_get_first_child (GTK_WIDGET (self->rows));
}

static SenMessageRow *
next_row (SenMessageRow *row)
{
  return (SenMessageRow *) gtk_widget_get_next_sibling (GTK_WIDGET (row));
}

SenMessageRow *
sen_conversation_view_nth_row (SenConversationView *self, guint n)
{
  GtkWidget *row = gtk_widget_get_last_child (GTK_WIDGET (self->rows));
  for (; n > 0 && row != NULL; n--)
    row = gtk_widget_get_prev_sibling (row);
  return row != NULL ? SEN_MESSAGE_ROW (row) : NULL;
}

SenMessageRow *
sen_conversation_view_find_row (SenConversationView *self, SenMessage *message)
{
  for (SenMessageRow *row = first_row (self); row != NULL; row = next_row (row))
    if (sen_message_row_message (row) == message)
      return row;
  return NULL;
}

static void
update_places (SenConversationView *self)
{
  for (SenMessageRow *row = first_row (self); row != NULL; row = next_row (row))
    sen_message_row_set_place (row, next_row (row) == NULL && self->last == self->n, self->is_busy);
}

/* --- Scrolling ---------------------------------------------------------------------------------------------------------------------- */

static gboolean
stay_at_end (gpointer data)
{
  SenConversationView *self = data;
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  self->scroll_source = 0;
  if (self->follow)
    gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment));
  return G_SOURCE_REMOVE;
}

/* The column has grown. This is told in the middle of laying it out, when moving the view would be lost: done right after. */
static void
on_resized (SenConversationView *self)
{
  if (self->scroll_source == 0 && self->follow)
    self->scroll_source = g_idle_add_full (GTK_PRIORITY_RESIZE - 1, stay_at_end, self, NULL);
}

static gboolean on_frame (GtkWidget *widget, GdkFrameClock *clock, gpointer data);
static void show_end (SenConversationView *self);

static void
fill_soon (SenConversationView *self)
{
  if (self->fill_tick == 0)
    self->fill_tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), on_frame, NULL, NULL);
}

static void
stop_filling (SenConversationView *self)
{
  if (self->fill_tick != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->fill_tick);
  self->fill_tick = 0;
}

static double
height_above (SenConversationView *self)
{
  return gtk_adjustment_get_value (gtk_scrolled_window_get_vadjustment (self->scroller));
}

static double
height_below (SenConversationView *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  return gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment) - gtk_adjustment_get_value (adjustment);
}

static double
ready_height (SenConversationView *self)
{
  return READY_PAGES * gtk_adjustment_get_page_size (gtk_scrolled_window_get_vadjustment (self->scroller));
}

static bool
wants_above (SenConversationView *self)
{
  /* While the view stays at the end it has not been laid out there yet, perhaps. */
  double above = self->follow ? height_above (self) + height_below (self) : height_above (self);
  return self->first > 0 && above < ready_height (self);
}

static bool
wants_below (SenConversationView *self)
{
  return self->last < self->n && height_below (self) < ready_height (self);
}

static void
on_scrolled (SenConversationView *self)
{
  if (self->scroll_source == 0)
    self->follow = self->last == self->n && height_below (self) < END_PX;
  gtk_revealer_set_reveal_child (self->end_revealer, !self->follow);
  gtk_widget_set_can_target (GTK_WIDGET (self->end_revealer), !self->follow);
  if (wants_above (self) || wants_below (self))
    fill_soon (self);
}

void
sen_conversation_view_scroll_to_end (SenConversationView *self)
{
  self->follow = true;
  self->wanted = 0;
  if (self->last < self->n)
    show_end (self);
  stay_at_end (self);
  on_resized (self);
}

/* What is seen stays where it is when something above it comes or goes. */
static void
shift (SenConversationView *self, double height)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_value (adjustment) + height);
}

static guint
count_rows (SenConversationView *self)
{
  return self->last - self->first;
}

static void
prepend_row (SenConversationView *self)
{
  GtkWidget *row = GTK_WIDGET (make_row (self, --self->first));
  int height = 0, width = gtk_widget_get_width (GTK_WIDGET (self->rows));
  gtk_box_prepend (self->rows, row);
  if (!self->follow && width > 0)
    {
      gtk_widget_measure (row, GTK_ORIENTATION_VERTICAL, width, NULL, &height, NULL, NULL);
      shift (self, height + gtk_box_get_spacing (self->rows));
    }
  GtkWidget *last = gtk_widget_get_last_child (GTK_WIDGET (self->rows));
  bool is_far = !self->follow && height_below (self) > ready_height (self) + gtk_widget_get_height (last);
  if (count_rows (self) > MAX_ROWS && is_far)
    {
      gtk_box_remove (self->rows, last);
      self->last--;
    }
}

static void
append_row (SenConversationView *self)
{
  gtk_box_append (self->rows, GTK_WIDGET (make_row (self, self->last++)));
  GtkWidget *first = gtk_widget_get_first_child (GTK_WIDGET (self->rows));
  int height = gtk_widget_get_height (first);
  if (count_rows (self) > MAX_ROWS && height_above (self) > ready_height (self) + height)
    {
      gtk_box_remove (self->rows, first);
      self->first++;
      shift (self, -(height + gtk_box_get_spacing (self->rows)));
    }
}

static void
unselect (SenConversationView *self)
{
  if (self->selected != NULL)
    gtk_label_select_region (self->selected, 0, 0);
  g_clear_object (&self->selected);
}

/* Selects what is wanted, once the label that shows it is laid out; FALSE: it is not, but then *@y brings it into sight. */
static bool
select_text (SenConversationView *self, SenMessageRow *row, double *y)
{
  SenFoundText found;
  double top;
  unselect (self);
  GtkLabel *label = sen_find_label (sen_message_row_body (row), self->wanted_text, self->wanted_nth, &found);
  if (label == NULL)
    return true;
  bool is_laid_out = sen_column_find (GTK_WIDGET (label), GTK_WIDGET (self->rows), &top);
  if (is_laid_out)
    {
      top += sen_find_select (label, &found);
      self->selected = g_object_ref (label);
    }
  *y = top - FOUND_PART * gtk_adjustment_get_page_size (gtk_scrolled_window_get_vadjustment (self->scroller));
  return is_laid_out;
}

static gboolean
scroll_to_wanted (gpointer data)
{
  SenConversationView *self = data;
  SenMessageRow *row = first_row (self);
  graphene_rect_t bounds;
  while (row != NULL && sen_message_id (sen_message_row_message (row)) != self->wanted)
    row = next_row (row);
  /* What isn't shown does not settle: after a minute it is left at a guess. */
  if (row != NULL && self->wanted_text != NULL && !sen_message_row_is_settled (row)
      && (gtk_widget_get_mapped (GTK_WIDGET (self)) || ++self->n_looks < MOST_UNSEEN_LOOKS))
    return G_SOURCE_CONTINUE;
  bool is_there = true;
  if (row != NULL && gtk_widget_compute_bounds (GTK_WIDGET (row), GTK_WIDGET (self->rows), &bounds))
    {
      double y = bounds.origin.y;
      self->follow = false;
      is_there = self->wanted_text == NULL || select_text (self, row, &y);
      gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (self->scroller), y);
      if (self->wanted_text == NULL)
        gtk_widget_child_focus (GTK_WIDGET (row), GTK_DIR_TAB_FORWARD);
    }
  /* Near enough to be laid out, it has its place the next time, unless nothing is laid out now. */
  if (!is_there && ++self->n_looks < MOST_LOOKS && gtk_widget_get_mapped (GTK_WIDGET (self)))
    return G_SOURCE_CONTINUE;
  self->scroll_source = 0;
  self->wanted = 0;
  return G_SOURCE_REMOVE;
}

static void
scroll_when_placed (SenConversationView *self)
{
  g_clear_handle_id (&self->scroll_source, g_source_remove);
  self->follow = false;
  self->scroll_source = g_timeout_add (PLACE_MS, scroll_to_wanted, self);
}

/* One row for a frame, which has it to make, to lay out and to draw. */
static gboolean
on_frame (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  SenConversationView *self = SEN_CONVERSATION_VIEW (widget);
  if (self->conversation != NULL && wants_above (self))
    prepend_row (self);
  else if (self->conversation != NULL && wants_below (self))
    append_row (self);
  else
    {
      self->fill_tick = 0;
      return G_SOURCE_REMOVE;
    }
  return G_SOURCE_CONTINUE;
}

static void
remove_rows (SenConversationView *self)
{
  GtkWidget *row;
  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->rows))) != NULL)
    gtk_box_remove (self->rows, row);
}

/* Those of messages [@first, @last), in place of all others. */
static void
show_rows (SenConversationView *self, guint first, guint last)
{
  remove_rows (self);
  self->first = first;
  self->last = last;
  for (guint i = first; i < last; i++)
    gtk_box_append (self->rows, GTK_WIDGET (make_row (self, i)));
}

/* In the path; its length when it is not there. */
static guint
find_position (SenConversationView *self, gint64 id)
{
  for (guint i = 0; i < self->n; i++)
    {
      g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (self->conversation), i);
      if (sen_message_id (message) == id)
        return i;
    }
  return self->n;
}

static void
go_to (SenConversationView *self, gint64 message, const char *text, guint nth)
{
  self->wanted = message;
  self->wanted_nth = nth;
  self->n_looks = 0;
  g_free (self->wanted_text);
  self->wanted_text = g_strdup (text);
  guint at = find_position (self, message);
  if (at >= self->n)
    {
      self->wanted = 0;
      return;
    }
  if (at < self->first || at >= self->last)
    {
      guint first = at - MIN (at, ROWS_ABOVE);
      show_rows (self, first, MIN (first + FIRST_ROWS, self->n));
      fill_soon (self);
    }
  scroll_when_placed (self);
}

void
sen_conversation_view_scroll_to (SenConversationView *self, gint64 message)
{
  go_to (self, message, NULL, 0);
}

void
sen_conversation_view_show_text (SenConversationView *self, gint64 message, const char *text, guint nth)
{
  unselect (self);
  if (*text != '\0')
    go_to (self, message, text, nth);
}

/* --- The conversation --------------------------------------------------------------------------------------------------------------- */

static void
show_end (SenConversationView *self)
{
  self->n = self->conversation != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->conversation)) : 0;
  show_rows (self, self->n - MIN (self->n, FIRST_ROWS), self->n);
  sen_conversation_view_scroll_to_end (self);
  fill_soon (self);
}

static void
on_items_changed (GListModel *model, guint position, guint removed, guint added, SenConversationView *self)
{
  /* The end is where new things happen; what changes above the rows that there are begins with it anew. */
  if (position < self->first || position > self->last || self->last < self->n)
    {
      show_end (self);
      return;
    }
  GtkWidget *before = NULL, *row = gtk_widget_get_first_child (GTK_WIDGET (self->rows));
  for (guint i = self->first; i < position && row != NULL; i++, row = gtk_widget_get_next_sibling (row))
    before = row;
  for (guint i = 0; i < removed && row != NULL; i++)
    {
      GtkWidget *next = gtk_widget_get_next_sibling (row);
      gtk_box_remove (self->rows, row);
      row = next;
    }
  self->n = self->last = g_list_model_get_n_items (model);
  for (guint i = 0; i < added; i++)
    {
      GtkWidget *new_row = GTK_WIDGET (make_row (self, position + i));
      gtk_box_insert_child_after (self->rows, new_row, before);
      before = new_row;
    }
  update_places (self);
}

void
sen_conversation_view_set_perception (SenConversationView *self, SenPerception *perception)
{
  g_set_object (&self->perception, perception);
}

void
sen_conversation_view_set_thumbs (SenConversationView *self, SenThumbCache *thumbs)
{
  g_set_object (&self->thumbs, thumbs);
}

void
sen_conversation_view_set_conversation (SenConversationView *self, SenConversation *conversation)
{
  if (self->conversation == conversation)
    return;
  if (self->conversation != NULL)
    g_signal_handlers_disconnect_by_data (self->conversation, self);
  stop_filling (self);
  unselect (self);
  g_clear_object (&self->cut);
  self->wanted = 0;
  g_set_object (&self->conversation, conversation);
  if (conversation != NULL)
    g_signal_connect_object (conversation, "items-changed", G_CALLBACK (on_items_changed), self, 0);
  show_end (self);
}

void
sen_conversation_view_set_busy (SenConversationView *self, bool is_busy)
{
  if (self->is_busy == is_busy)
    return;
  self->is_busy = is_busy;
  update_places (self);
}

void
sen_conversation_view_set_read (SenConversationView *self, SenMessage *message)
{
  SenMessageRow *before = self->read != NULL ? sen_conversation_view_find_row (self, self->read) : NULL;
  SenMessageRow *row = message != NULL ? sen_conversation_view_find_row (self, message) : NULL;
  g_set_object (&self->read, message);
  if (before != NULL)
    sen_message_row_set_read (before, false);
  if (row != NULL)
    sen_message_row_set_read (row, true);
}

void
sen_conversation_view_set_cut (SenConversationView *self, SenMessage *message)
{
  g_set_object (&self->cut, message);
  for (SenMessageRow *row = first_row (self); row != NULL; row = next_row (row))
    sen_message_row_set_cut (row, message != NULL && sen_message_row_message (row) == message);
}

/* --- The widget --------------------------------------------------------------------------------------------------------------------- */

static void
sen_conversation_view_dispose (GObject *object)
{
  SenConversationView *self = SEN_CONVERSATION_VIEW (object);
  stop_filling (self);
  g_clear_handle_id (&self->scroll_source, g_source_remove);
  if (self->conversation != NULL)
    g_signal_handlers_disconnect_by_data (self->conversation, self);
  g_clear_object (&self->conversation);
  g_clear_object (&self->perception);
  g_clear_object (&self->thumbs);
  g_clear_object (&self->cut);
  g_clear_object (&self->read);
  g_clear_object (&self->selected);
  g_clear_pointer (&self->wanted_text, g_free);
  gtk_widget_dispose_template (GTK_WIDGET (object), SEN_TYPE_CONVERSATION_VIEW);
  G_OBJECT_CLASS (sen_conversation_view_parent_class)->dispose (object);
}

static void
action_stay (GtkWidget *widget, const char *name, GVariant *parameter)
{
  SEN_CONVERSATION_VIEW (widget)->follow = false;
}

static void
sen_conversation_view_class_init (SenConversationViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = sen_conversation_view_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, SEN_RESOURCE_PATH "/sen-conversation-view.ui");
  gtk_widget_class_bind_template_child (widget_class, SenConversationView, overlay);
  gtk_widget_class_bind_template_child (widget_class, SenConversationView, scroller);
  gtk_widget_class_bind_template_child (widget_class, SenConversationView, rows);
  gtk_widget_class_bind_template_child (widget_class, SenConversationView, end_revealer);
  gtk_widget_class_bind_template_callback (widget_class, sen_conversation_view_scroll_to_end);
  gtk_widget_class_install_action (widget_class, "conversation.stay", NULL, action_stay);
#define SIGNAL(ID, name, n, ...) \
  signals[ID] = g_signal_new (name, SEN_TYPE_CONVERSATION_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, n, \
                              SEN_TYPE_MESSAGE, __VA_ARGS__)
  SIGNAL (REGENERATE, "regenerate", 1, G_TYPE_NONE);
  SIGNAL (GO_ON, "go-on", 1, G_TYPE_NONE);
  SIGNAL (REMOVE, "remove", 1, G_TYPE_NONE);
  SIGNAL (READ_ALOUD, "read-aloud", 1, G_TYPE_NONE);
  SIGNAL (LOOK, "look", 1, G_TYPE_NONE);
  SIGNAL (EDITED, "edited", 2, G_TYPE_STRING);
  SIGNAL (SHOW_SIBLING, "show-sibling", 2, G_TYPE_UINT);
#undef SIGNAL
}

static void
sen_conversation_view_init (SenConversationView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  g_signal_connect_object (adjustment, "changed", G_CALLBACK (on_resized), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (on_scrolled), self, G_CONNECT_SWAPPED);
  self->follow = true;
}
