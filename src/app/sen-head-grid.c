/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-head-grid.h"

#include <glib/gi18n.h>

#include "sen-heat-legend.h"
#include "sen-heat-tint.h"

#define ROW_PX 12.0f
#define GAP_PX 2.0f
#define LEAST_CELL_PX 6
#define NATURAL_CELL_PX 26
#define OUTLINE_PX 2.0f

struct _SenHeadGrid {
  GtkWidget parent_instance;

  float         *strengths;      /* [n_layer][n_head][n_bin] */
  guint          n_layer, n_head, n_bin;
  float         *changes, *values;   /* [n_layer][n_head], or NULL: the strips are shown */
  GskRenderNode *strips;         /* cached; NULL: to be made */
  int            chosen, pointed, cursor;   /* layer * n_head + head, or -1 */
};

enum { CHOSEN, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenHeadGrid, sen_head_grid, GTK_TYPE_WIDGET)

static guint
n_cells (SenHeadGrid *self)
{
  return self->n_layer * self->n_head;
}

static float
cell_width (SenHeadGrid *self)
{
  return (float) gtk_widget_get_width (GTK_WIDGET (self)) / (float) MAX (self->n_head, 1);
}

static graphene_rect_t
cell_bounds (SenHeadGrid *self, guint cell)
{
  float width = cell_width (self);
  return GRAPHENE_RECT_INIT ((float) (cell % self->n_head) * width, (float) (cell / self->n_head) * ROW_PX, width - GAP_PX,
                             ROW_PX - GAP_PX);
}

/* --- Choosing ------------------------------------------------------------------------------------------------------------------------- */

/* (transfer full) */
static char *
describe (SenHeadGrid *self, guint cell)
{
  /* translators: of a model, both counted from 1 */
  g_autofree char *place = g_strdup_printf (_("Layer %u, head %u"), cell / self->n_head + 1, cell % self->n_head + 1);
  g_autofree char *value = self->values != NULL ? sen_heat_format_change ((double) self->values[cell]) : NULL;
  return value != NULL ? g_strdup_printf ("%s: %s", place, value) : g_steal_pointer (&place);
}

static void
tell_cursor (SenHeadGrid *self)
{
  if (self->cursor < 0)
    return;
  g_autofree char *place = describe (self, (guint) self->cursor);
  g_autofree char *text = self->cursor == self->chosen ? g_strdup_printf (_("%s, chosen"), place) : g_strdup (place);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0, GTK_ACCESSIBLE_PROPERTY_VALUE_MAX,
                                  (double) n_cells (self) - 1.0, GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, (double) self->cursor,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
}

static void
choose (SenHeadGrid *self, int cell)
{
  self->chosen = cell == self->chosen ? -1 : cell;
  self->cursor = cell;
  tell_cursor (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[CHOSEN], 0, self->chosen >= 0 ? self->chosen / (int) self->n_head : -1,
                 self->chosen >= 0 ? self->chosen % (int) self->n_head : -1);
}

static int
pick (SenHeadGrid *self, double x, double y)
{
  int head = (int) (x / MAX (cell_width (self), 1.0f)), layer = (int) (y / ROW_PX);
  bool is_inside = x >= 0.0 && y >= 0.0 && head < (int) self->n_head && layer < (int) self->n_layer;
  return is_inside ? layer * (int) self->n_head + head : -1;
}

static void
on_pressed (GtkGestureClick *gesture, int n, double x, double y, SenHeadGrid *self)
{
  int cell = pick (self, x, y);
  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (cell < 0)
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  choose (self, cell);
}

static void
point (SenHeadGrid *self, int cell)
{
  if (cell == self->pointed)
    return;
  self->pointed = cell;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_motion (GtkEventControllerMotion *controller, double x, double y, SenHeadGrid *self)
{
  point (self, pick (self, x, y));
}

static void
on_leave (GtkEventControllerMotion *controller, SenHeadGrid *self)
{
  point (self, -1);
}

static void
on_focus (GtkEventControllerFocus *controller, SenHeadGrid *self)
{
  if (self->cursor < 0 && n_cells (self) > 0)
    self->cursor = MAX (self->chosen, 0);
  tell_cursor (self);
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, SenHeadGrid *self)
{
  int n = (int) n_cells (self), n_head = (int) self->n_head, cursor = CLAMP (self->cursor, 0, MAX (n - 1, 0)), next = cursor;
  if ((state & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0 || n == 0)
    return GDK_EVENT_PROPAGATE;
  switch (key)
    {
    case GDK_KEY_Left:
    case GDK_KEY_KP_Left:
      next = cursor - 1;
      break;
    case GDK_KEY_Right:
    case GDK_KEY_KP_Right:
      next = cursor + 1;
      break;
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      next = cursor - n_head;
      break;
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      next = cursor + n_head;
      break;
    case GDK_KEY_Home:
    case GDK_KEY_KP_Home:
      next = 0;
      break;
    case GDK_KEY_End:
    case GDK_KEY_KP_End:
      next = n - 1;
      break;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
    case GDK_KEY_space:
      choose (self, cursor);
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
  self->cursor = next >= 0 && next < n ? next : cursor;
  tell_cursor (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  return GDK_EVENT_STOP;
}

static gboolean
sen_head_grid_query_tooltip (GtkWidget *widget, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip)
{
  SenHeadGrid *self = SEN_HEAD_GRID (widget);
  int cell = by_keyboard ? self->cursor : pick (self, x, y);
  if (cell < 0)
    return FALSE;
  g_autofree char *text = describe (self, (guint) cell);
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

/* --- Drawing -------------------------------------------------------------------------------------------------------------------------- */

/* What was taken away is the lower half of a cell only, so that no colour alone tells it from what was added. */
static void
draw_change (SenHeadGrid *self, GtkSnapshot *snapshot, guint cell, const graphene_rect_t *bounds)
{
  GdkRGBA tint = sen_heat_tint (SEN_HEAT_CHANGE, self->changes[cell]);
  float height = bounds->size.height * (self->changes[cell] < 0.0f ? 0.5f : 1.0f);
  if (tint.alpha > 0.0f)
    gtk_snapshot_append_color (snapshot, &tint, &GRAPHENE_RECT_INIT (bounds->origin.x, bounds->origin.y + bounds->size.height - height,
                                                                     bounds->size.width, height));
}

static GskRenderNode *
draw_strips (SenHeadGrid *self)
{
  g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();
  GdkRGBA ground;
  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &ground);
  ground.alpha = 0.07f;
  for (guint cell = 0; cell < n_cells (self); cell++)
    {
      graphene_rect_t bounds = cell_bounds (self, cell);
      const float *strip = self->strengths + (gsize) cell * self->n_bin;
      float width = bounds.size.width / (float) self->n_bin;
      gtk_snapshot_append_color (snapshot, &ground, &bounds);
      if (self->changes != NULL)
        draw_change (self, snapshot, cell, &bounds);
      for (guint i = 0; self->changes == NULL && i < self->n_bin; i++)
        {
          GdkRGBA tint = sen_heat_tint (SEN_HEAT_SHARE, strip[i]);
          if (tint.alpha > 0.0f)
            gtk_snapshot_append_color (snapshot, &tint, &GRAPHENE_RECT_INIT (bounds.origin.x + (float) i * width, bounds.origin.y, width,
                                                                             bounds.size.height));
        }
    }
  return gtk_snapshot_to_node (snapshot);
}

static void
outline (SenHeadGrid *self, GtkSnapshot *snapshot, int cell, const GdkRGBA *colour)
{
  if (cell < 0)
    return;
  graphene_rect_t bounds = cell_bounds (self, (guint) cell);
  GskRoundedRect box;
  graphene_rect_inset (&bounds, -1.0f, -1.0f);
  gsk_rounded_rect_init_from_rect (&box, &bounds, 2.0f);
  gtk_snapshot_append_border (snapshot, &box, (float[]) { OUTLINE_PX, OUTLINE_PX, OUTLINE_PX, OUTLINE_PX },
                              (GdkRGBA[]) { *colour, *colour, *colour, *colour });
}

static void
sen_head_grid_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SenHeadGrid *self = SEN_HEAD_GRID (widget);
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  GdkRGBA accent, faint;
  if (n_cells (self) == 0)
    return;
  if (self->strips == NULL)
    self->strips = draw_strips (self);
  gtk_snapshot_append_node (snapshot, self->strips);
  if (!gtk_style_context_lookup_color (style, "accent_color", &accent))
    gtk_style_context_get_color (style, &accent);
  faint = accent;
  faint.alpha *= 0.5f;
  outline (self, snapshot, self->pointed, &faint);
  outline (self, snapshot, self->chosen, &accent);
  if (gtk_widget_has_visible_focus (widget))
    outline (self, snapshot, self->cursor, &accent);
}

static void
forget_strips (SenHeadGrid *self)
{
  g_clear_pointer (&self->strips, gsk_render_node_unref);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
sen_head_grid_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  forget_strips (SEN_HEAD_GRID (widget));
}

static void
sen_head_grid_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (sen_head_grid_parent_class)->css_changed (widget, change);
  forget_strips (SEN_HEAD_GRID (widget));
}

static void
sen_head_grid_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                       int *natural_baseline)
{
  SenHeadGrid *self = SEN_HEAD_GRID (widget);
  bool is_wide = orientation == GTK_ORIENTATION_HORIZONTAL;
  *minimum = is_wide ? (int) self->n_head * LEAST_CELL_PX : (int) ((float) self->n_layer * ROW_PX);
  *natural = is_wide ? (int) self->n_head * NATURAL_CELL_PX : *minimum;
  *minimum_baseline = *natural_baseline = -1;
}

/* --- The widget ----------------------------------------------------------------------------------------------------------------------- */

void
sen_head_grid_set_strips (SenHeadGrid *self, const float *strengths, guint n_layer, guint n_head, guint n_bin)
{
  bool is_other = strengths == NULL || n_layer != self->n_layer || n_head != self->n_head;
  g_clear_pointer (&self->strengths, g_free);
  g_clear_pointer (&self->changes, g_free);
  g_clear_pointer (&self->values, g_free);
  self->n_layer = strengths != NULL ? n_layer : 0;
  self->n_head = strengths != NULL ? n_head : 0;
  self->n_bin = strengths != NULL ? n_bin : 0;
  if (strengths != NULL)
    self->strengths = g_memdup2 (strengths, sizeof (float) * n_layer * n_head * n_bin);
  if (is_other)
    {
      self->chosen = self->pointed = self->cursor = -1;
      gtk_widget_queue_resize (GTK_WIDGET (self));
    }
  forget_strips (self);
}

void
sen_head_grid_set_changes (SenHeadGrid *self, const float *changes, const float *values, guint n_layer, guint n_head)
{
  bool fits = changes != NULL && n_layer == self->n_layer && n_head == self->n_head;
  g_clear_pointer (&self->changes, g_free);
  g_clear_pointer (&self->values, g_free);
  if (fits)
    {
      self->changes = g_memdup2 (changes, sizeof (float) * n_cells (self));
      self->values = g_memdup2 (values, sizeof (float) * n_cells (self));
    }
  tell_cursor (self);
  forget_strips (self);
}

void
sen_head_grid_set_chosen (SenHeadGrid *self, int layer, int head)
{
  bool is_cell = layer >= 0 && head >= 0 && (guint) layer < self->n_layer && (guint) head < self->n_head;
  self->chosen = is_cell ? layer * (int) self->n_head + head : -1;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

GtkWidget *
sen_head_grid_new (void)
{
  return g_object_new (SEN_TYPE_HEAD_GRID, NULL);
}

static void
sen_head_grid_finalize (GObject *object)
{
  SenHeadGrid *self = SEN_HEAD_GRID (object);
  g_clear_pointer (&self->strips, gsk_render_node_unref);
  g_free (self->strengths);
  g_free (self->changes);
  g_free (self->values);
  G_OBJECT_CLASS (sen_head_grid_parent_class)->finalize (object);
}

static void
sen_head_grid_class_init (SenHeadGridClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->finalize = sen_head_grid_finalize;
  widget_class->measure = sen_head_grid_measure;
  widget_class->size_allocate = sen_head_grid_size_allocate;
  widget_class->css_changed = sen_head_grid_css_changed;
  widget_class->snapshot = sen_head_grid_snapshot;
  widget_class->query_tooltip = sen_head_grid_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "headgrid");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
  signals[CHOSEN] = g_signal_new ("chosen", SEN_TYPE_HEAD_GRID, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_INT,
                                  G_TYPE_INT);
}

static void
sen_head_grid_init (SenHeadGrid *self)
{
  GtkEventController *keys = gtk_event_controller_key_new (), *motion = gtk_event_controller_motion_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();
  GtkGesture *click = gtk_gesture_click_new ();
  self->chosen = self->pointed = self->cursor = -1;
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), self);
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), self);
  g_signal_connect (focus, "enter", G_CALLBACK (on_focus), self);
  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), focus);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
}
