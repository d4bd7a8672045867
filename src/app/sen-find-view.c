/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-find-view.h"

/* How soon after it came into sight a picture is asked for; what flies past is not. */
#define LOOK_MS 80
#define MAX_COLUMNS 12

struct _SenFindView {
  GtkWidget parent_instance;

  GtkWidget          *view;        /* GtkGridView or GtkListView */
  GtkWidget          *child;       /* it, or what scrolls it */
  GtkScrolledWindow  *scroller;    /* around it, while mapped. Borrowed */
  GtkAdjustment      *adjustment;  /* of it. Owned */
  SenThumbCache      *thumbs;
  SenFindList        *list;
  GtkSingleSelection *selection;
  GPtrArray          *cells;       /* borrowed: those that stand for something */
  gboolean            is_grid;
  gboolean            has_unfilled;   /* cells that don't show it yet */
  gboolean            is_pressed, is_dragged;
  GdkFrameClock      *clock;       /* while mapped. Owned */
  guint               look_source, let_go_source;
};

enum { ACTIVATED, CHOSEN, PEEK, MENU, LEAVE_UP, LET_GO, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenFindView, sen_find_view, GTK_TYPE_WIDGET)

/* --- Held ---------------------------------------------------------------------------------------------------------------------------- */

gboolean
sen_find_view_is_held (SenFindView *self)
{
  return self->is_pressed || self->is_dragged;
}

static gboolean
let_go (gpointer data)
{
  SenFindView *self = data;
  self->let_go_source = 0;
  if (!sen_find_view_is_held (self))
    g_signal_emit (self, signals[LET_GO], 0);
  return G_SOURCE_REMOVE;
}

/* Told when what the hand did, a click or a drop, has had its effect. */
static void
set_held (SenFindView *self, gboolean is_pressed, gboolean is_dragged)
{
  bool was_held = sen_find_view_is_held (self);
  self->is_pressed = is_pressed;
  self->is_dragged = is_dragged;
  if (was_held && !sen_find_view_is_held (self) && self->let_go_source == 0)
    self->let_go_source = g_idle_add (let_go, self);
}

/* Seen before any gesture claims it. A drag takes the release with it, and all motion; what is lost in another way, with a cell that goes
 * while it is dragged for one, is noticed with the next motion. Not of fingers: the end of a touch that scrolls is never told here, and a
 * tap is short. */
static gboolean
on_event (GtkEventControllerLegacy *controller, GdkEvent *event, SenFindView *self)
{
  switch (gdk_event_get_event_type (event))
    {
    case GDK_BUTTON_PRESS:
    case GDK_BUTTON_RELEASE:
      if (gdk_button_event_get_button (event) == GDK_BUTTON_PRIMARY)
        set_held (self, gdk_event_get_event_type (event) == GDK_BUTTON_PRESS, FALSE);
      break;
    case GDK_MOTION_NOTIFY:
      if ((gdk_event_get_modifier_state (event) & GDK_BUTTON1_MASK) == 0)
        set_held (self, FALSE, FALSE);
      break;
    case GDK_GRAB_BROKEN:
      set_held (self, FALSE, self->is_dragged);
      break;
    default:
      break;
    }
  return GDK_EVENT_PROPAGATE;
}

static void
on_dragged (SenFindCell *cell, gboolean begins, SenFindView *self)
{
  set_held (self, FALSE, begins);
}

/* --- What is in sight ---------------------------------------------------------------------------------------------------------------- */

/* GTK keeps many more cells than can be seen. */
static bool
is_near (SenFindView *self, SenFindCell *cell)
{
  float height = (float) gtk_widget_get_height (GTK_WIDGET (self->scroller));
  graphene_rect_t bounds;
  return gtk_widget_compute_bounds (GTK_WIDGET (cell), GTK_WIDGET (self->scroller), &bounds) && bounds.origin.y < 1.25f * height
         && bounds.origin.y + bounds.size.height > -0.25f * height;
}

static gboolean
look (gpointer data)
{
  SenFindView *self = data;
  self->look_source = 0;
  for (guint i = 0; i < self->cells->len && self->scroller != NULL; i++)
    {
      SenFindCell *cell = g_ptr_array_index (self->cells, i);
      sen_find_cell_set_near (cell, is_near (self, cell));
    }
  return G_SOURCE_REMOVE;
}

/* Tiles are as high as they are whatever they show, so they are filled between layout and painting, when it is known which are seen. */
static void
fill_seen (SenFindView *self)
{
  if (!self->has_unfilled || self->scroller == NULL)
    return;
  self->has_unfilled = FALSE;
  for (guint i = 0; i < self->cells->len; i++)
    {
      SenFindCell *cell = g_ptr_array_index (self->cells, i);
      if (is_near (self, cell))
        sen_find_cell_fill (cell);
      else
        self->has_unfilled = TRUE;
    }
}

static void
look_soon (SenFindView *self)
{
  if (self->look_source == 0)
    self->look_source = g_timeout_add (LOOK_MS, look, self);
}

static void
sen_find_view_map (GtkWidget *widget)
{
  SenFindView *self = SEN_FIND_VIEW (widget);
  GTK_WIDGET_CLASS (sen_find_view_parent_class)->map (widget);
  self->scroller = GTK_SCROLLED_WINDOW (gtk_widget_get_ancestor (self->view, GTK_TYPE_SCROLLED_WINDOW));
  if (self->scroller == NULL)
    return;
  self->clock = g_object_ref (gtk_widget_get_frame_clock (widget));
  g_signal_connect_object (self->clock, "layout", G_CALLBACK (fill_seen), self, G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  self->adjustment = g_object_ref (gtk_scrolled_window_get_vadjustment (self->scroller));
  g_signal_connect_object (self->adjustment, "value-changed", G_CALLBACK (look_soon), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->adjustment, "changed", G_CALLBACK (look_soon), self, G_CONNECT_SWAPPED);
  look_soon (self);
}

static void
sen_find_view_unmap (GtkWidget *widget)
{
  SenFindView *self = SEN_FIND_VIEW (widget);
  if (self->adjustment != NULL)
    g_signal_handlers_disconnect_by_func (self->adjustment, look_soon, self);
  if (self->clock != NULL)
    g_signal_handlers_disconnect_by_func (self->clock, fill_seen, self);
  g_clear_object (&self->clock);
  g_clear_object (&self->adjustment);
  self->scroller = NULL;
  set_held (self, FALSE, FALSE);
  g_clear_handle_id (&self->look_source, g_source_remove);
  for (guint i = 0; i < self->cells->len; i++)
    sen_find_cell_set_near (g_ptr_array_index (self->cells, i), FALSE);
  GTK_WIDGET_CLASS (sen_find_view_parent_class)->unmap (widget);
}

/* --- Cells --------------------------------------------------------------------------------------------------------------------------- */

static void
on_pressed (SenFindCell *cell, int n_press, SenFindView *self)
{
  if (n_press == 1 && sen_find_cell_item (cell) != NULL)
    g_signal_emit (self, signals[PEEK], 0, sen_find_cell_item (cell));
}

static void
on_cell_menu (SenFindCell *cell, double x, double y, SenFindView *self)
{
  GtkListItem *list_item = g_object_get_data (G_OBJECT (cell), "list-item");
  if (sen_find_cell_item (cell) == NULL)
    return;
  gtk_single_selection_set_selected (self->selection, gtk_list_item_get_position (list_item));
  g_signal_emit (self, signals[MENU], 0, sen_find_cell_item (cell), cell, x, y);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *list_item, SenFindView *self)
{
  GtkWidget *cell = sen_find_cell_new (self->thumbs, self->is_grid);
  g_signal_connect_object (cell, "pressed", G_CALLBACK (on_pressed), self, 0);
  g_signal_connect_object (cell, "menu", G_CALLBACK (on_cell_menu), self, 0);
  g_signal_connect_object (cell, "dragged", G_CALLBACK (on_dragged), self, 0);
  g_object_set_data (G_OBJECT (cell), "list-item", list_item);
  gtk_list_item_set_child (list_item, cell);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *list_item, SenFindView *self)
{
  SenFindCell *cell = SEN_FIND_CELL (gtk_list_item_get_child (list_item));
  sen_find_cell_set_item (cell, gtk_list_item_get_item (list_item));
  g_ptr_array_add (self->cells, cell);
  if (!self->is_grid)
    sen_find_cell_fill (cell);
  self->has_unfilled |= self->is_grid;
  look_soon (self);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *list_item, SenFindView *self)
{
  SenFindCell *cell = SEN_FIND_CELL (gtk_list_item_get_child (list_item));
  sen_find_cell_set_near (cell, FALSE);
  sen_find_cell_set_item (cell, NULL);
  g_ptr_array_remove_fast (self->cells, cell);
}

SenFindCell *
sen_find_view_cell (SenFindView *self, SenFindItem *item)
{
  for (guint i = 0; i < self->cells->len; i++)
    {
      SenFindCell *cell = g_ptr_array_index (self->cells, i);
      if (item != NULL && sen_find_item_result (sen_find_cell_item (cell)) == sen_find_item_result (item))
        return cell;
    }
  return NULL;
}

guint
sen_find_view_n_cells (SenFindView *self, guint *n_pictures)
{
  *n_pictures = 0;
  for (guint i = 0; i < self->cells->len; i++)
    *n_pictures += sen_find_cell_has_picture (g_ptr_array_index (self->cells, i)) ? 1 : 0;
  return self->cells->len;
}

/* --- Choosing ------------------------------------------------------------------------------------------------------------------------ */

static void
on_activate (SenFindView *self, guint position)
{
  g_autoptr (SenFindItem) item = g_list_model_get_item (G_LIST_MODEL (self->list), position);
  if (item != NULL)
    g_signal_emit (self, signals[ACTIVATED], 0, item);
}

static void
on_selected (SenFindView *self)
{
  SenFindItem *item = gtk_single_selection_get_selected_item (self->selection);
  if (item != NULL)
    g_signal_emit (self, signals[CHOSEN], 0, item);
}

SenFindItem *
sen_find_view_chosen (SenFindView *self)
{
  return gtk_single_selection_get_selected_item (self->selection);
}

void
sen_find_view_choose (SenFindView *self, guint position)
{
  gtk_single_selection_set_selected (self->selection, position);
}

gboolean
sen_find_view_focus (SenFindView *self)
{
  if (g_list_model_get_n_items (G_LIST_MODEL (self->list)) == 0)
    return FALSE;
  if (sen_find_view_chosen (self) == NULL)
    gtk_single_selection_set_selected (self->selection, 0);
  gtk_widget_grab_focus (self->view);
  return TRUE;
}

/* Tiles beside each other: as many as GTK makes of that width. */
static guint
count_columns (SenFindView *self, int width)
{
  int column;
  if (!self->is_grid)
    return 1;
  gtk_widget_measure (self->view, GTK_ORIENTATION_HORIZONTAL, -1, &column, NULL, NULL, NULL);
  return (guint) CLAMP (width / MAX (column, 1), 1, MAX_COLUMNS);
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, SenFindView *self)
{
  SenFindItem *item = sen_find_view_chosen (self);
  SenFindCell *cell = item != NULL ? sen_find_view_cell (self, item) : NULL;
  bool is_menu = key == GDK_KEY_Menu || (key == GDK_KEY_F10 && (state & GDK_SHIFT_MASK) != 0);
  guint selected = gtk_single_selection_get_selected (self->selection);
  if (item == NULL)
    return GDK_EVENT_PROPAGATE;
  if (key == GDK_KEY_c && (state & GDK_CONTROL_MASK) != 0)
    gtk_widget_activate_action (GTK_WIDGET (self), "find.copy-path", NULL);
  else if (key == GDK_KEY_space)
    g_signal_emit (self, signals[PEEK], 0, item);
  else if (is_menu && cell != NULL)
    g_signal_emit (self, signals[MENU], 0, item, cell, gtk_widget_get_width (GTK_WIDGET (cell)) / 2.0,
                   gtk_widget_get_height (GTK_WIDGET (cell)) / 2.0);
  else if ((key == GDK_KEY_Up || key == GDK_KEY_KP_Up) && selected < count_columns (self, gtk_widget_get_width (self->view)))
    g_signal_emit (self, signals[LEAVE_UP], 0);
  else
    return GDK_EVENT_PROPAGATE;
  return GDK_EVENT_STOP;
}

/* --- The widget ---------------------------------------------------------------------------------------------------------------------- */

SenFindList *
sen_find_view_list (SenFindView *self)
{
  return self->list;
}

GtkWidget *
sen_find_view_new (SenThumbCache *thumbs, gboolean is_grid, gboolean is_scrolled, const char *label)
{
  SenFindView *self = g_object_new (SEN_TYPE_FIND_VIEW, NULL);
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  GtkEventController *keys = gtk_event_controller_key_new (), *events = gtk_event_controller_legacy_new ();
  self->thumbs = g_object_ref (thumbs);
  self->is_grid = is_grid;
  self->list = sen_find_list_new ();
  self->selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (self->list)));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  gtk_single_selection_set_selected (self->selection, GTK_INVALID_LIST_POSITION);
  g_signal_connect_object (factory, "setup", G_CALLBACK (on_setup), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (on_bind), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (on_unbind), self, 0);
  GtkSelectionModel *model = GTK_SELECTION_MODEL (g_object_ref (self->selection));
  self->view = is_grid ? gtk_grid_view_new (model, g_object_ref (factory)) : gtk_list_view_new (model, g_object_ref (factory));
  if (is_grid)
    gtk_grid_view_set_max_columns (GTK_GRID_VIEW (self->view), MAX_COLUMNS);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect_object (self->view, "activate", G_CALLBACK (on_activate), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (on_selected), self, G_CONNECT_SWAPPED);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (self->view, keys);
  gtk_event_controller_set_propagation_phase (events, GTK_PHASE_CAPTURE);
  g_signal_connect (events, "event", G_CALLBACK (on_event), self);
  gtk_widget_add_controller (self->view, events);
  /* Rows are as high as their words would like. */
  gtk_scrollable_set_vscroll_policy (GTK_SCROLLABLE (self->view), GTK_SCROLL_NATURAL);
  self->child = self->view;
  if (is_scrolled)
    {
      self->child = gtk_scrolled_window_new ();
      gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->child), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
      gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->child), self->view);
    }
  gtk_widget_set_parent (self->child, GTK_WIDGET (self));
  return GTK_WIDGET (self);
}

/* Lists and grids say that their height does not depend on their width (GTK 4.8), so GTK never tells them a width to measure by. A list is
 * asked directly; a grid measures itself as one column, and will have as many as fit, all rows equally high. */
static int
measure_rows (SenFindView *self, int width, int height_in_one)
{
  int n = (int) g_list_model_get_n_items (G_LIST_MODEL (self->list)), n_columns = (int) count_columns (self, width);
  return n > 0 ? height_in_one / n * ((n + n_columns - 1) / n_columns) : height_in_one;
}

static GtkSizeRequestMode
sen_find_view_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
sen_find_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                       int *natural_baseline)
{
  SenFindView *self = SEN_FIND_VIEW (widget);
  bool is_whole = self->child == self->view && orientation == GTK_ORIENTATION_VERTICAL && for_size > 0;
  int baselines[2];
  if (is_whole && !self->is_grid)
    GTK_WIDGET_GET_CLASS (self->view)->measure (self->view, orientation, for_size, minimum, natural, &baselines[0], &baselines[1]);
  else
    gtk_widget_measure (self->child, orientation, for_size, minimum, natural, NULL, NULL);
  if (is_whole && self->is_grid)
    *natural = measure_rows (self, for_size, *natural);
  /* What is not scrolled by itself is shown whole. */
  if (is_whole)
    *minimum = *natural;
  *minimum_baseline = *natural_baseline = -1;
}

static void
sen_find_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  gtk_widget_size_allocate (SEN_FIND_VIEW (widget)->child, &(GtkAllocation) { 0, 0, width, height }, baseline);
}

static void
sen_find_view_dispose (GObject *object)
{
  SenFindView *self = SEN_FIND_VIEW (object);
  g_clear_handle_id (&self->look_source, g_source_remove);
  g_clear_handle_id (&self->let_go_source, g_source_remove);
  g_clear_pointer (&self->child, gtk_widget_unparent);
  g_clear_object (&self->adjustment);
  g_clear_object (&self->clock);
  g_clear_object (&self->selection);
  g_clear_object (&self->list);
  g_clear_object (&self->thumbs);
  G_OBJECT_CLASS (sen_find_view_parent_class)->dispose (object);
}

static void
sen_find_view_finalize (GObject *object)
{
  g_ptr_array_unref (SEN_FIND_VIEW (object)->cells);
  G_OBJECT_CLASS (sen_find_view_parent_class)->finalize (object);
}

static void
sen_find_view_class_init (SenFindViewClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_find_view_dispose;
  G_OBJECT_CLASS (class)->finalize = sen_find_view_finalize;
  widget_class->map = sen_find_view_map;
  widget_class->unmap = sen_find_view_unmap;
  widget_class->get_request_mode = sen_find_view_get_request_mode;
  widget_class->measure = sen_find_view_measure;
  widget_class->size_allocate = sen_find_view_size_allocate;
  gtk_widget_class_set_css_name (widget_class, "findview");
  static const struct {
    int         signal;
    const char *name;
  } of_items[] = { { ACTIVATED, "activated" }, { CHOSEN, "chosen" }, { PEEK, "peek" } };
  for (gsize i = 0; i < G_N_ELEMENTS (of_items); i++)
    signals[of_items[i].signal] = g_signal_new (of_items[i].name, SEN_TYPE_FIND_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                                1, SEN_TYPE_FIND_ITEM);
  signals[MENU] = g_signal_new ("menu", SEN_TYPE_FIND_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 4, SEN_TYPE_FIND_ITEM,
                                GTK_TYPE_WIDGET, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
  signals[LEAVE_UP] = g_signal_new ("leave-up", SEN_TYPE_FIND_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[LET_GO] = g_signal_new ("let-go", SEN_TYPE_FIND_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sen_find_view_init (SenFindView *self)
{
  self->cells = g_ptr_array_new ();
}
