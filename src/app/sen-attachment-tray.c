/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-attachment-tray.h"

#include <glib/gi18n.h>
#include <math.h>

#include "sen-advice.h"
#include "sen-clock.h"
#include "sen-player.h"
#include "sen-thumbnail.h"

#define PICTURE_WIDTH 72
#define PICTURE_HEIGHT 54
#define NAME_CHARS 18
/* Beyond this it scrolls: three rows. */
#define MAX_HEIGHT 220

struct _SenAttachmentTray {
  GtkWidget parent_instance;

  GtkWidget  *scroller;
  GtkWidget  *flow;           /* of Tiles, in the order of the model */
  SenPerception *perception;
  GListModel *model;
};

/* What a child of the flow box holds. */
typedef struct {
  SenAttachmentTray *tray;
  SenAttachment     *attachment;
  GtkWidget         *child, *name, *note, *bar;
  AdwBin            *place;      /* of the picture or the waveform */
  SenAttachmentKind  shown;      /* what is there */
  guint              cost;
} Tile;

enum { REMOVE, MOVE, ACTIVATE, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenAttachmentTray, sen_attachment_tray, GTK_TYPE_WIDGET)

/* --- In words ----------------------------------------------------------------------------------------------------------------------- */

char *
sen_format_seconds (double seconds)
{
  return sen_clock_format ((uint64_t) lrint (CLAMP (seconds, 0.0, 1e8)));
}

char *
sen_attachment_describe (SenAttachment *attachment)
{
  const SenAttachmentFacts *facts = sen_attachment_facts (attachment);
  g_autofree char *duration = sen_format_seconds (facts->seconds);
  switch (facts->kind)
    {
    case SEN_ATTACHMENT_PICTURE:
      /* translators: width and height in pixels */
      return facts->width > 0 ? g_strdup_printf (_("Picture, %d × %d"), facts->width, facts->height) : g_strdup (_("Picture"));
    case SEN_ATTACHMENT_SOUND:
      return facts->seconds > 0.0 ? g_strdup_printf (_("Recording, %s"), duration) : g_strdup (_("Recording"));
    case SEN_ATTACHMENT_VIDEO:
      return facts->seconds > 0.0 ? g_strdup_printf (_("Video, %s"), duration) : g_strdup (_("Video"));
    case SEN_ATTACHMENT_UNKNOWN:
      break;
    }
  return g_strdup (_("File"));
}

char *
sen_attachment_describe_stage (SenAttachment *attachment)
{
  const char *stage = sen_attachment_stage (attachment);
  double seconds = sen_attachment_facts (attachment)->seconds, fraction = sen_attachment_fraction (attachment);
  if (sen_attachment_state (attachment) == SEN_ATTACHMENT_COPYING)
    return g_strdup (_("Copying…"));
  if (stage == NULL)
    return NULL;
  if (!g_str_equal (stage, SEN_STAGE_LISTEN))
    return g_strdup (_("Looking…"));
  if (seconds <= 0.0 || fraction < 0.0)
    return g_strdup (_("Listening…"));
  g_autofree char *done = sen_format_seconds (floor (fraction * seconds)), *total = sen_format_seconds (seconds);
  /* translators: of a recording, minutes and seconds heard, and in all */
  return g_strdup_printf (_("Listening %s of %s"), done, total);
}

/* --- Tiles -------------------------------------------------------------------------------------------------------------------------- */

/* A recording is known as one only once it has been looked at. */
static void
update_picture (Tile *tile)
{
  SenPerception *perception = tile->tray->perception;
  SenAttachmentKind kind = sen_attachment_kind (tile->attachment);
  if (adw_bin_get_child (tile->place) != NULL && kind == tile->shown)
    return;
  tile->shown = kind;
  adw_bin_set_child (tile->place, kind == SEN_ATTACHMENT_SOUND ? sen_player_new (perception, tile->attachment, TRUE)
                                                               : sen_thumbnail_new (perception, tile->attachment, PICTURE_WIDTH,
                                                                                    PICTURE_HEIGHT));
}

/* Until it is its turn. (transfer full) */
static char *
describe_waiting (SenAttachment *attachment)
{
  if (sen_attachment_state (attachment) != SEN_ATTACHMENT_NEW)
    return NULL;
  return g_strdup (sen_attachment_kind (attachment) == SEN_ATTACHMENT_SOUND ? _("Not heard yet") : _("Not seen yet"));
}

static void
update_tile (Tile *tile)
{
  SenAttachment *attachment = tile->attachment;
  g_autofree char *error = sen_attachment_error (attachment) != NULL ? sen_advice_attachment (sen_attachment_error (attachment)) : NULL;
  g_autofree char *stage = sen_attachment_describe_stage (attachment), *what = sen_attachment_describe (attachment), *cost = NULL;
  if (tile->cost > 0)
    cost = g_strdup_printf (ngettext ("%u token", "%u tokens", tile->cost), tile->cost);
  if (stage == NULL && error == NULL)
    stage = describe_waiting (attachment);
  const char *note = stage != NULL ? stage : error != NULL ? error : cost != NULL ? cost : what;
  update_picture (tile);
  gtk_label_set_text (GTK_LABEL (tile->note), note);
  gtk_widget_set_tooltip_text (tile->child, error != NULL ? error : what);
  gtk_widget_remove_css_class (tile->note, error != NULL ? "dim-label" : "error");
  gtk_widget_add_css_class (tile->note, error != NULL ? "error" : "dim-label");
  gtk_label_set_lines (GTK_LABEL (tile->note), error != NULL ? 3 : 1);
  gtk_widget_set_visible (tile->bar, stage != NULL && sen_attachment_fraction (attachment) >= 0.0);
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (tile->bar), CLAMP (sen_attachment_fraction (attachment), 0.0, 1.0));
  g_autofree char *label = g_strdup_printf ("%s, %s, %s", sen_attachment_name (attachment), what, note);
  gtk_accessible_update_property (GTK_ACCESSIBLE (tile->child), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
on_remove (GtkButton *button, Tile *tile)
{
  g_signal_emit (tile->tray, signals[REMOVE], 0, tile->attachment);
}

static GtkWidget *
nth_child (SenAttachmentTray *self, guint n)
{
  return GTK_WIDGET (gtk_flow_box_get_child_at_index (GTK_FLOW_BOX (self->flow), (int) n));
}

static void
move (SenAttachmentTray *self, SenAttachment *attachment, guint position)
{
  g_object_ref (attachment);
  g_signal_emit (self, signals[MOVE], 0, attachment, position);
  g_object_unref (attachment);
  GtkWidget *child = nth_child (self, position);
  if (child != NULL)
    gtk_widget_grab_focus (child);
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, Tile *tile)
{
  SenAttachmentTray *self = tile->tray;
  guint position = (guint) gtk_flow_box_child_get_index (GTK_FLOW_BOX_CHILD (tile->child)), n = g_list_model_get_n_items (self->model);
  bool is_rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  if ((key == GDK_KEY_Left || key == GDK_KEY_Right) && (state & GDK_ALT_MASK) != 0)
    {
      bool is_back = (key == GDK_KEY_Left) != is_rtl;
      if (is_back ? position > 0 : position + 1 < n)
        move (self, tile->attachment, is_back ? position - 1 : position + 1);
    }
  else if (key == GDK_KEY_Delete || key == GDK_KEY_BackSpace)
    {
      g_signal_emit (self, signals[REMOVE], 0, tile->attachment);
      GtkWidget *next = n > 1 ? nth_child (self, MIN (position, n - 2)) : NULL;
      gtk_widget_child_focus (next != NULL ? next : GTK_WIDGET (gtk_widget_get_root (GTK_WIDGET (self))), GTK_DIR_TAB_FORWARD);
    }
  else
    return GDK_EVENT_PROPAGATE;
  return GDK_EVENT_STOP;
}

static GdkContentProvider *
on_drag_prepare (GtkDragSource *source, double x, double y, Tile *tile)
{
  return gdk_content_provider_new_typed (SEN_TYPE_ATTACHMENT, tile->attachment);
}

static void
on_drag_begin (GtkDragSource *source, GdkDrag *drag, Tile *tile)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (tile->child);
  gtk_drag_source_set_icon (source, paintable, 0, 0);
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, Tile *tile)
{
  SenAttachment *dropped = g_value_get_object (value);
  guint position = (guint) gtk_flow_box_child_get_index (GTK_FLOW_BOX_CHILD (tile->child));
  if (dropped == tile->attachment)
    return FALSE;
  move (tile->tray, dropped, position);
  return TRUE;
}

static void
add_controllers (Tile *tile)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkDragSource *source = gtk_drag_source_new ();
  GtkDropTarget *target = gtk_drop_target_new (SEN_TYPE_ATTACHMENT, GDK_ACTION_MOVE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), tile);
  gtk_drag_source_set_actions (source, GDK_ACTION_MOVE);
  g_signal_connect (source, "prepare", G_CALLBACK (on_drag_prepare), tile);
  g_signal_connect (source, "drag-begin", G_CALLBACK (on_drag_begin), tile);
  g_signal_connect (target, "drop", G_CALLBACK (on_drop), tile);
  gtk_widget_add_controller (tile->child, keys);
  gtk_widget_add_controller (tile->child, GTK_EVENT_CONTROLLER (source));
  gtk_widget_add_controller (tile->child, GTK_EVENT_CONTROLLER (target));
}

static void
free_tile (gpointer data)
{
  Tile *tile = data;
  g_signal_handlers_disconnect_by_data (tile->attachment, tile);
  g_object_unref (tile->attachment);
  g_free (tile);
}

static GtkWidget *
make_tile (gpointer item, gpointer data)
{
  SenAttachmentTray *self = data;
  Tile *tile = g_new0 (Tile, 1);
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8), *column = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *remove = gtk_button_new_from_icon_name ("window-close-symbolic");
  *tile = (Tile) {
    .tray = self, .attachment = g_object_ref (item), .child = gtk_flow_box_child_new (), .name = gtk_label_new (NULL),
    .note = gtk_label_new (NULL), .bar = gtk_progress_bar_new (),
    .place = ADW_BIN (adw_bin_new ()),
  };
  gtk_label_set_text (GTK_LABEL (tile->name), sen_attachment_name (item));
  gtk_label_set_xalign (GTK_LABEL (tile->name), 0.0f);
  gtk_label_set_ellipsize (GTK_LABEL (tile->name), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_width_chars (GTK_LABEL (tile->name), NAME_CHARS / 2);
  gtk_label_set_max_width_chars (GTK_LABEL (tile->name), NAME_CHARS);
  gtk_label_set_xalign (GTK_LABEL (tile->note), 0.0f);
  gtk_label_set_wrap (GTK_LABEL (tile->note), TRUE);
  gtk_label_set_ellipsize (GTK_LABEL (tile->note), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (tile->note), NAME_CHARS);
  gtk_widget_add_css_class (tile->note, "caption");
  gtk_widget_add_css_class (tile->note, "numeric");
  gtk_widget_set_valign (GTK_WIDGET (tile->place), GTK_ALIGN_CENTER);
  gtk_widget_set_valign (column, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand (column, TRUE);
  gtk_box_append (GTK_BOX (column), tile->name);
  gtk_box_append (GTK_BOX (column), tile->note);
  gtk_box_append (GTK_BOX (column), tile->bar);

  g_autofree char *label = g_strdup_printf (_("Remove %s"), sen_attachment_name (item));
  gtk_widget_set_valign (remove, GTK_ALIGN_START);
  gtk_widget_set_tooltip_text (remove, _("Remove (Delete)"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (remove), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_widget_add_css_class (remove, "flat");
  gtk_widget_add_css_class (remove, "circular");
  gtk_widget_add_css_class (remove, "small");
  g_signal_connect (remove, "clicked", G_CALLBACK (on_remove), tile);

  gtk_box_append (GTK_BOX (row), GTK_WIDGET (tile->place));
  gtk_box_append (GTK_BOX (row), column);
  gtk_box_append (GTK_BOX (row), remove);
  gtk_flow_box_child_set_child (GTK_FLOW_BOX_CHILD (tile->child), row);
  gtk_widget_add_css_class (tile->child, "tile");
  g_object_set_data_full (G_OBJECT (tile->child), "sen-tile", tile, free_tile);
  g_signal_connect_swapped (item, "changed", G_CALLBACK (update_tile), tile);
  add_controllers (tile);
  update_tile (tile);
  return tile->child;
}

static Tile *
get_tile (GtkFlowBoxChild *child)
{
  return g_object_get_data (G_OBJECT (child), "sen-tile");
}

static void
on_activated (GtkFlowBox *flow, GtkFlowBoxChild *child, SenAttachmentTray *self)
{
  g_signal_emit (self, signals[ACTIVATE], 0, get_tile (child)->attachment);
}

/* --- The widget --------------------------------------------------------------------------------------------------------------------- */

static void
update_visible (SenAttachmentTray *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self), self->model != NULL && g_list_model_get_n_items (self->model) > 0);
}

void
sen_attachment_tray_set_perception (SenAttachmentTray *self, SenPerception *perception)
{
  g_set_object (&self->perception, perception);
}

void
sen_attachment_tray_set_model (SenAttachmentTray *self, GListModel *model)
{
  if (self->model == model)
    return;
  if (self->model != NULL)
    g_signal_handlers_disconnect_by_data (self->model, self);
  g_set_object (&self->model, model);
  gtk_flow_box_bind_model (GTK_FLOW_BOX (self->flow), model, make_tile, self, NULL);
  if (model != NULL)
    g_signal_connect_object (model, "items-changed", G_CALLBACK (update_visible), self, G_CONNECT_SWAPPED);
  update_visible (self);
}

void
sen_attachment_tray_set_cost (SenAttachmentTray *self, SenAttachment *attachment, guint n_tokens)
{
  GtkFlowBoxChild *child;
  for (int i = 0; (child = gtk_flow_box_get_child_at_index (GTK_FLOW_BOX (self->flow), i)) != NULL; i++)
    if (get_tile (child)->attachment == attachment)
      {
        get_tile (child)->cost = n_tokens;
        update_tile (get_tile (child));
      }
}

/* As high as the tiles are at this width: a scrolled window takes them to stand one below the other. */
static void
sen_attachment_tray_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                             int *natural_baseline)
{
  SenAttachmentTray *self = SEN_ATTACHMENT_TRAY (widget);
  gtk_widget_measure (orientation == GTK_ORIENTATION_HORIZONTAL ? self->scroller : self->flow, orientation, for_size, minimum, natural,
                      minimum_baseline, natural_baseline);
  if (orientation == GTK_ORIENTATION_VERTICAL)
    *minimum = *natural = MIN (*natural, MAX_HEIGHT);
}

static GtkSizeRequestMode
sen_attachment_tray_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
sen_attachment_tray_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  const GtkAllocation all = { 0, 0, width, height };
  gtk_widget_size_allocate (SEN_ATTACHMENT_TRAY (widget)->scroller, &all, baseline);
}

static void
sen_attachment_tray_dispose (GObject *object)
{
  SenAttachmentTray *self = SEN_ATTACHMENT_TRAY (object);
  if (self->model != NULL)
    g_signal_handlers_disconnect_by_data (self->model, self);
  if (self->flow != NULL)
    gtk_flow_box_bind_model (GTK_FLOW_BOX (self->flow), NULL, NULL, NULL, NULL);
  self->flow = NULL;
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_object (&self->model);
  g_clear_object (&self->perception);
  G_OBJECT_CLASS (sen_attachment_tray_parent_class)->dispose (object);
}

static void
sen_attachment_tray_class_init (SenAttachmentTrayClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_attachment_tray_dispose;
  widget_class->measure = sen_attachment_tray_measure;
  widget_class->get_request_mode = sen_attachment_tray_get_request_mode;
  widget_class->size_allocate = sen_attachment_tray_size_allocate;
  gtk_widget_class_set_css_name (widget_class, "attachmenttray");
#define SIGNAL(ID, name, n, ...) \
  signals[ID] = g_signal_new (name, SEN_TYPE_ATTACHMENT_TRAY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, n, \
                              SEN_TYPE_ATTACHMENT, __VA_ARGS__)
  SIGNAL (REMOVE, "remove", 1, G_TYPE_NONE);
  SIGNAL (MOVE, "move", 2, G_TYPE_UINT);
  SIGNAL (ACTIVATE, "activate", 1, G_TYPE_NONE);
#undef SIGNAL
}

static void
sen_attachment_tray_init (SenAttachmentTray *self)
{
  GtkWidget *scroller = self->scroller = gtk_scrolled_window_new ();
  self->flow = gtk_flow_box_new ();
  gtk_flow_box_set_selection_mode (GTK_FLOW_BOX (self->flow), GTK_SELECTION_NONE);
  gtk_flow_box_set_homogeneous (GTK_FLOW_BOX (self->flow), TRUE);
  gtk_flow_box_set_max_children_per_line (GTK_FLOW_BOX (self->flow), 3);
  gtk_flow_box_set_row_spacing (GTK_FLOW_BOX (self->flow), 6);
  gtk_flow_box_set_column_spacing (GTK_FLOW_BOX (self->flow), 6);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->flow), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Attachments"), -1);
  g_signal_connect (self->flow, "child-activated", G_CALLBACK (on_activated), self);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->flow);
  gtk_widget_set_parent (scroller, GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}
