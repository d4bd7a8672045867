/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-token-flow.h"

#include <math.h>

#include "sen-heat-tint.h"

#define MINIMUM_WIDTH_PX 160
#define NATURAL_WIDTH_PX 320
#define RIBBON_PX 3.0f
#define OUTLINE_PX 2.0f
/* After lines were made for a text that grows, as many times as long no others are. */
#define REST_TIMES 3
/* Fainter tints cannot be told from none. */
#define LEAST_STRENGTH 0.004f
#define LEAST_UNDERLINED 0.05f

/* The tokens as the thread reads them. */
typedef struct {
  gatomicrefcount n_refs;
  GStringChunk   *texts;
  SenFlowToken   *tokens;
  guint           n;
} Tokens;

struct _SenTokenFlow {
  GtkWidget parent_instance;

  /* Owned */
  Tokens         *tokens;
  SenTokenStyle  *style;
  SenTokenLayout *layout;       /* NULL before the first */
  float          *strengths;    /* [n], or NULL */
  SenHeatMap      map;          /* of them */
  float          *shares;       /* of the ribbon; [n], or NULL */
  GskRenderNode  *heat, *ribbon;/* cached; NULL: to be made, or nothing */
  bool            has_heat, has_ribbon;

  SenTokenFlowDescribe describe;
  gpointer             describe_data;

  bool is_laying_out, is_stale; /* a thread is at it; what it makes is not what is wanted any more */
  bool has_grown;               /* what it makes is wanted, and more */
  gint64 begun_us, rests_until_us;   /* when it was put at it; until when a text that grows waits */
  guint  rest;                  /* source: lines of a text that has grown are to be made; or 0 */
  int  width;                   /* wanted */
  int  pointed, cursor, pinned; /* tokens, or -1 */
};

enum { POINTED, ACTIVATED, LAID_OUT, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenTokenFlow, sen_token_flow, GTK_TYPE_WIDGET)

static Tokens *
tokens_new (const SenFlowToken *tokens, guint n)
{
  Tokens *self = g_new0 (Tokens, 1);
  g_atomic_ref_count_init (&self->n_refs);
  self->texts = g_string_chunk_new (4096);
  self->tokens = g_new0 (SenFlowToken, n);
  self->n = n;
  for (guint i = 0; i < n; i++)
    self->tokens[i] = (SenFlowToken) { g_string_chunk_insert_const (self->texts, tokens[i].text), tokens[i].look };
  return self;
}

static void
tokens_unref (Tokens *self)
{
  if (!g_atomic_ref_count_dec (&self->n_refs))
    return;
  g_string_chunk_free (self->texts);
  g_free (self->tokens);
  g_free (self);
}

/* --- Lines, on a thread --------------------------------------------------------------------------------------------------------------- */

typedef struct {
  Tokens        *tokens;
  SenTokenStyle *style;
  int            width;
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;
  tokens_unref (work->tokens);
  sen_token_style_free (work->style);
  g_free (work);
}

static void
lay_out (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Work *work = data;
  g_task_return_pointer (task, sen_token_layout_new (work->tokens->tokens, work->tokens->n, work->style, work->width),
                         (GDestroyNotify) sen_token_layout_unref);
}

static void
forget_nodes (SenTokenFlow *self)
{
  g_clear_pointer (&self->heat, gsk_render_node_unref);
  g_clear_pointer (&self->ribbon, gsk_render_node_unref);
  self->has_heat = self->has_ribbon = false;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void begin_layout (SenTokenFlow *self);

static gboolean
on_rested (gpointer data)
{
  SenTokenFlow *self = data;
  self->rest = 0;
  begin_layout (self);
  return G_SOURCE_REMOVE;
}

/* Lines for what was appended, now or a little later. */
static void
grow (SenTokenFlow *self)
{
  gint64 wait_us = self->rests_until_us - g_get_monotonic_time ();
  self->has_grown = self->is_laying_out;
  if (self->is_laying_out || self->rest != 0)
    return;
  if (wait_us > 0)
    self->rest = g_timeout_add ((guint) (wait_us / 1000) + 1, on_rested, self);
  else
    begin_layout (self);
}

static void
on_laid_out (GObject *source, GAsyncResult *result, gpointer data)
{
  SenTokenFlow *self = SEN_TOKEN_FLOW (source);
  g_autoptr (SenTokenLayout) layout = g_task_propagate_pointer (G_TASK (result), NULL);
  self->is_laying_out = false;
  gint64 now = g_get_monotonic_time ();
  self->rests_until_us = now + (now - self->begun_us) * REST_TIMES;
  if (self->has_grown && !self->is_stale)
    grow (self);
  if (self->is_stale)
    {
      begin_layout (self);
      return;
    }
  bool is_other_height = self->layout == NULL || sen_token_layout_height (self->layout) != sen_token_layout_height (layout);
  g_clear_pointer (&self->layout, sen_token_layout_unref);
  self->layout = g_steal_pointer (&layout);
  forget_nodes (self);
  if (is_other_height)
    gtk_widget_queue_resize (GTK_WIDGET (self));
  g_signal_emit (self, signals[LAID_OUT], 0);
}

/* One at a time: while somebody drags the window's edge, the widths between are never asked for. */
static void
begin_layout (SenTokenFlow *self)
{
  self->is_stale = self->is_laying_out;
  if (self->is_laying_out || self->width <= 0)
    return;
  g_clear_handle_id (&self->rest, g_source_remove);
  self->has_grown = false;
  self->begun_us = g_get_monotonic_time ();
  Work *work = g_new (Work, 1);
  g_atomic_ref_count_inc (&self->tokens->n_refs);
  *work = (Work) { self->tokens, sen_token_style_new (GTK_WIDGET (self)), self->width };
  g_clear_pointer (&self->style, sen_token_style_free);
  self->style = sen_token_style_new (GTK_WIDGET (self));
  self->is_laying_out = true;
  g_autoptr (GTask) task = g_task_new (self, NULL, on_laid_out, NULL);
  g_task_set_task_data (task, work, work_free);
  g_task_run_in_thread (task, lay_out);
}

static void
sen_token_flow_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  SenTokenFlow *self = SEN_TOKEN_FLOW (widget);
  GTK_WIDGET_CLASS (sen_token_flow_parent_class)->css_changed (widget, change);
  if (self->style == NULL)
    return;
  g_autoptr (SenTokenStyle) style = sen_token_style_new (widget);
  if (!sen_token_style_equal (style, self->style))
    begin_layout (self);
}

/* --- Pointing ------------------------------------------------------------------------------------------------------------------------- */

static bool
is_token (SenTokenFlow *self, int token)
{
  return token >= 0 && (guint) token < self->tokens->n;
}

/* What the cursor is on, for those who hear it. */
static void
tell_cursor (SenTokenFlow *self)
{
  if (!is_token (self, self->cursor))
    return;
  g_autofree char *text = self->describe != NULL ? self->describe ((guint) self->cursor, self->describe_data)
                                                 : g_strdup (self->tokens->tokens[self->cursor].text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0, GTK_ACCESSIBLE_PROPERTY_VALUE_MAX,
                                  (double) self->tokens->n - 1.0, GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, (double) self->cursor,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
}

static void
point (SenTokenFlow *self, int token)
{
  if (token == self->pointed)
    return;
  self->pointed = token;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[POINTED], 0, token);
}

static void
move_cursor (SenTokenFlow *self, int token)
{
  if (!is_token (self, token))
    return;
  self->cursor = token;
  tell_cursor (self);
  point (self, token);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_motion (GtkEventControllerMotion *controller, double x, double y, SenTokenFlow *self)
{
  point (self, self->layout != NULL ? sen_token_layout_pick (self->layout, x, y) : -1);
}

static void
on_leave (GtkEventControllerMotion *controller, SenTokenFlow *self)
{
  point (self, -1);
}

static void
on_pressed (GtkGestureClick *gesture, int n, double x, double y, SenTokenFlow *self)
{
  int token = self->layout != NULL ? sen_token_layout_pick (self->layout, x, y) : -1;
  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (token < 0)
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  move_cursor (self, token);
  g_signal_emit (self, signals[ACTIVATED], 0, token);
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, SenTokenFlow *self)
{
  int last = (int) self->tokens->n - 1, cursor = CLAMP (self->cursor, 0, MAX (last, 0));
  if ((state & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0 || last < 0 || self->layout == NULL)
    return GDK_EVENT_PROPAGATE;
  switch (key)
    {
    case GDK_KEY_Left:
    case GDK_KEY_KP_Left:
      move_cursor (self, MAX (cursor - 1, 0));
      return GDK_EVENT_STOP;
    case GDK_KEY_Right:
    case GDK_KEY_KP_Right:
      move_cursor (self, MIN (cursor + 1, last));
      return GDK_EVENT_STOP;
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      move_cursor (self, (int) sen_token_layout_move (self->layout, (guint) cursor, -1));
      return GDK_EVENT_STOP;
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      move_cursor (self, (int) sen_token_layout_move (self->layout, (guint) cursor, 1));
      return GDK_EVENT_STOP;
    case GDK_KEY_Home:
    case GDK_KEY_KP_Home:
      move_cursor (self, 0);
      return GDK_EVENT_STOP;
    case GDK_KEY_End:
    case GDK_KEY_KP_End:
      move_cursor (self, last);
      return GDK_EVENT_STOP;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
    case GDK_KEY_space:
      move_cursor (self, cursor);
      g_signal_emit (self, signals[ACTIVATED], 0, cursor);
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

static void
on_focus (GtkEventControllerFocus *controller, SenTokenFlow *self)
{
  if (self->cursor < 0 && self->tokens->n > 0)
    self->cursor = MAX (self->pinned, 0);
  tell_cursor (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static gboolean
sen_token_flow_query_tooltip (GtkWidget *widget, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip)
{
  SenTokenFlow *self = SEN_TOKEN_FLOW (widget);
  int token = by_keyboard ? self->cursor : self->layout != NULL ? sen_token_layout_pick (self->layout, x, y) : -1;
  if (!is_token (self, token) || self->describe == NULL)
    return FALSE;
  g_autofree char *text = self->describe ((guint) token, self->describe_data);
  gtk_tooltip_set_text (tooltip, text);
  return text != NULL;
}

/* --- Drawing -------------------------------------------------------------------------------------------------------------------------- */

/* All but the pointer and the cursor. Tints lie below the letters; light ones cover light letters, which are drawn once more, dark. */
static GskRenderNode *
draw_heat (SenTokenFlow *self)
{
  g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();
  guint n;
  const SenTokenPiece *pieces = sen_token_layout_pieces (self->layout, &n);
  GdkRGBA edge = self->style->plain;
  edge.alpha = 0.12f;
  for (guint i = 0; i < n; i++)
    {
      if (self->tokens->tokens[pieces[i].token].look == SEN_TOKEN_CHIP)
        gtk_snapshot_append_color (snapshot, &edge, &pieces[i].bounds);
      if (self->strengths == NULL || fabsf (self->strengths[pieces[i].token]) < LEAST_STRENGTH)
        continue;
      GdkRGBA tint = sen_heat_tint (self->map, self->strengths[pieces[i].token]);
      gtk_snapshot_append_color (snapshot, &tint, &pieces[i].bounds);
    }
  if (sen_token_layout_text (self->layout) != NULL)
    gtk_snapshot_append_node (snapshot, sen_token_layout_text (self->layout));
  for (guint i = 0; self->strengths != NULL && self->style->has_light_letters && i < n; i++)
    {
      bool is_light;
      GdkRGBA cover = sen_heat_tint_on (self->map, self->strengths[pieces[i].token], &self->style->ground, &is_light);
      if (!is_light || pieces[i].on_heat == NULL)
        continue;
      gtk_snapshot_append_color (snapshot, &cover, &pieces[i].bounds);
      gtk_snapshot_append_node (snapshot, pieces[i].on_heat);
    }
  /* No colour alone says which way a change goes. */
  for (guint i = 0; self->strengths != NULL && self->map == SEN_HEAT_CHANGE && i < n; i++)
    if (self->strengths[pieces[i].token] < -LEAST_UNDERLINED)
      {
        const graphene_rect_t *bounds = &pieces[i].bounds;
        gtk_snapshot_append_color (snapshot, &self->style->plain,
                                   &GRAPHENE_RECT_INIT (bounds->origin.x + 1.0f, bounds->origin.y + bounds->size.height - 1.0f,
                                                        MAX (bounds->size.width - 2.0f, 1.0f), 1.0f));
      }
  return gtk_snapshot_to_node (snapshot);
}

/* A full bar is a sure token. */
static GskRenderNode *
draw_ribbon (SenTokenFlow *self)
{
  g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();
  guint n;
  const SenTokenPiece *pieces = sen_token_layout_pieces (self->layout, &n);
  GdkRGBA trough = self->style->plain, bar = self->style->plain;
  trough.alpha = 0.1f;
  bar.alpha = 0.55f;
  for (guint i = 0; self->shares != NULL && i < n; i++)
    {
      const graphene_rect_t *bounds = &pieces[i].bounds;
      float y = bounds->origin.y + bounds->size.height - RIBBON_PX, width = MAX (bounds->size.width - 2.0f, 1.0f);
      gtk_snapshot_append_color (snapshot, &trough, &GRAPHENE_RECT_INIT (bounds->origin.x + 1.0f, y, width, RIBBON_PX));
      gtk_snapshot_append_color (snapshot, &bar, &GRAPHENE_RECT_INIT (bounds->origin.x + 1.0f, y, width * self->shares[pieces[i].token],
                                                                      RIBBON_PX));
    }
  return gtk_snapshot_to_node (snapshot);
}

static void
outline (SenTokenFlow *self, GtkSnapshot *snapshot, int token, const GdkRGBA *colour)
{
  guint n;
  const SenTokenPiece *pieces = sen_token_layout_pieces (self->layout, &n);
  for (guint i = 0; token >= 0 && i < n; i++)
    if (pieces[i].token == (guint) token)
      {
        GskRoundedRect box;
        gsk_rounded_rect_init_from_rect (&box, &pieces[i].bounds, 3.0f);
        gtk_snapshot_append_border (snapshot, &box, (float[]) { OUTLINE_PX, OUTLINE_PX, OUTLINE_PX, OUTLINE_PX },
                                    (GdkRGBA[]) { *colour, *colour, *colour, *colour });
      }
}

static void
sen_token_flow_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SenTokenFlow *self = SEN_TOKEN_FLOW (widget);
  GdkRGBA accent, faint;
  if (self->layout == NULL)
    return;
  if (!self->has_heat)
    self->heat = draw_heat (self);
  if (!self->has_ribbon)
    self->ribbon = draw_ribbon (self);
  self->has_heat = self->has_ribbon = true;
  if (self->heat != NULL)
    gtk_snapshot_append_node (snapshot, self->heat);
  if (self->ribbon != NULL)
    gtk_snapshot_append_node (snapshot, self->ribbon);
  if (!gtk_style_context_lookup_color (gtk_widget_get_style_context (widget), "accent_color", &accent))
    accent = self->style->plain;
  faint = accent;
  faint.alpha *= 0.5f;
  outline (self, snapshot, self->pointed, &faint);
  outline (self, snapshot, self->pinned, &accent);
  if (gtk_widget_has_visible_focus (widget))
    outline (self, snapshot, self->cursor, &accent);
}

static GtkSizeRequestMode
sen_token_flow_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

/* As high as the lines that there are: those for another width are on their way when it is allocated. */
static void
sen_token_flow_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                        int *natural_baseline)
{
  SenTokenFlow *self = SEN_TOKEN_FLOW (widget);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = MINIMUM_WIDTH_PX;
      *natural = NATURAL_WIDTH_PX;
    }
  else
    *minimum = *natural = self->layout != NULL ? sen_token_layout_height (self->layout) : 0;
  *minimum_baseline = *natural_baseline = -1;
}

static void
sen_token_flow_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  SenTokenFlow *self = SEN_TOKEN_FLOW (widget);
  if (width == self->width)
    return;
  self->width = width;
  begin_layout (self);
}

/* --- The widget ----------------------------------------------------------------------------------------------------------------------- */

void
sen_token_flow_set_tokens (SenTokenFlow *self, const SenFlowToken *tokens, guint n_tokens)
{
  tokens_unref (self->tokens);
  self->tokens = tokens_new (tokens, n_tokens);
  g_clear_pointer (&self->strengths, g_free);
  g_clear_pointer (&self->shares, g_free);
  self->pointed = self->cursor = self->pinned = -1;
  /* The lines of others say nothing about these. */
  g_clear_pointer (&self->layout, sen_token_layout_unref);
  forget_nodes (self);
  begin_layout (self);
}

/* NULL stays NULL. */
static float *
lengthen (float *values, guint n_before, guint n)
{
  if (values == NULL)
    return NULL;
  values = g_renew (float, values, n);
  for (guint i = n_before; i < n; i++)
    values[i] = 0.0f;
  return values;
}

void
sen_token_flow_append (SenTokenFlow *self, const SenFlowToken *tokens, guint n_tokens)
{
  guint n_before = self->tokens->n, n = n_before + n_tokens;
  g_autofree SenFlowToken *all = g_new (SenFlowToken, n);
  for (guint i = 0; i < n; i++)
    all[i] = i < n_before ? self->tokens->tokens[i] : tokens[i - n_before];
  Tokens *before = self->tokens;
  self->tokens = tokens_new (all, n);
  tokens_unref (before);
  self->strengths = lengthen (self->strengths, n_before, n);
  self->shares = lengthen (self->shares, n_before, n);
  grow (self);
}

void
sen_token_flow_set_heat (SenTokenFlow *self, SenHeatMap map, const float *strengths)
{
  self->map = map;
  g_free (self->strengths);
  self->strengths = strengths != NULL ? g_memdup2 (strengths, sizeof (float) * self->tokens->n) : NULL;
  g_clear_pointer (&self->heat, gsk_render_node_unref);
  self->has_heat = false;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
sen_token_flow_set_ribbon (SenTokenFlow *self, const float *shares)
{
  g_free (self->shares);
  self->shares = shares != NULL ? g_memdup2 (shares, sizeof (float) * self->tokens->n) : NULL;
  g_clear_pointer (&self->ribbon, gsk_render_node_unref);
  self->has_ribbon = false;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
sen_token_flow_set_pinned (SenTokenFlow *self, int token)
{
  self->pinned = is_token (self, token) ? token : -1;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

int
sen_token_flow_cursor (SenTokenFlow *self)
{
  return self->cursor;
}

void
sen_token_flow_set_describe (SenTokenFlow *self, SenTokenFlowDescribe describe, gpointer user_data)
{
  self->describe = describe;
  self->describe_data = user_data;
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), describe != NULL);
}

bool
sen_token_flow_get_bounds (SenTokenFlow *self, guint token, graphene_rect_t *bounds)
{
  const SenTokenPiece *piece = self->layout != NULL ? sen_token_layout_find (self->layout, token) : NULL;
  if (piece != NULL)
    *bounds = piece->bounds;
  return piece != NULL;
}

GtkWidget *
sen_token_flow_new (void)
{
  return g_object_new (SEN_TYPE_TOKEN_FLOW, NULL);
}

static void
sen_token_flow_finalize (GObject *object)
{
  SenTokenFlow *self = SEN_TOKEN_FLOW (object);
  g_clear_handle_id (&self->rest, g_source_remove);
  g_clear_pointer (&self->tokens, tokens_unref);
  g_clear_pointer (&self->style, sen_token_style_free);
  g_clear_pointer (&self->layout, sen_token_layout_unref);
  g_clear_pointer (&self->heat, gsk_render_node_unref);
  g_clear_pointer (&self->ribbon, gsk_render_node_unref);
  g_free (self->strengths);
  g_free (self->shares);
  G_OBJECT_CLASS (sen_token_flow_parent_class)->finalize (object);
}

static void
sen_token_flow_class_init (SenTokenFlowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->finalize = sen_token_flow_finalize;
  widget_class->css_changed = sen_token_flow_css_changed;
  widget_class->get_request_mode = sen_token_flow_get_request_mode;
  widget_class->measure = sen_token_flow_measure;
  widget_class->size_allocate = sen_token_flow_size_allocate;
  widget_class->snapshot = sen_token_flow_snapshot;
  widget_class->query_tooltip = sen_token_flow_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "tokenflow");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
  signals[POINTED] = g_signal_new ("pointed", SEN_TYPE_TOKEN_FLOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  signals[ACTIVATED] = g_signal_new ("activated", SEN_TYPE_TOKEN_FLOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  signals[LAID_OUT] = g_signal_new ("laid-out", SEN_TYPE_TOKEN_FLOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sen_token_flow_init (SenTokenFlow *self)
{
  GtkEventController *keys = gtk_event_controller_key_new (), *motion = gtk_event_controller_motion_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();
  GtkGesture *click = gtk_gesture_click_new ();
  self->tokens = tokens_new (NULL, 0);
  self->pointed = self->cursor = self->pinned = -1;
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
}
