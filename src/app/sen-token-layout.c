/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-token-layout.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

#define DIM_ALPHA 0.6f

typedef struct {
  float y, height;
  guint first;      /* piece */
} Line;

struct SenTokenLayout {
  gatomicrefcount n_refs;
  PangoFontMap   *fonts;      /* lives as long as the nodes that use its fonts */
  int             width, height;
  GskRenderNode  *text;
  GArray         *pieces;     /* SenTokenPiece */
  GArray         *lines;      /* Line */
  guint          *first;      /* [n_tokens] the first piece of each + 1, 0 for none */
  guint           n_tokens;
};

/* While it is made. */
typedef struct {
  SenTokenLayout      *layout;
  const SenFlowToken  *tokens;
  const SenTokenStyle *style;
  const gsize         *starts;     /* [n_tokens + 1] bytes of the whole text */
  GPtrArray           *nodes;      /* GskRenderNode */
} Maker;

/* --- Style ---------------------------------------------------------------------------------------------------------------------------- */

SenTokenStyle *
sen_token_style_new (GtkWidget *widget)
{
  PangoContext *context = gtk_widget_get_pango_context (widget);
  const cairo_font_options_t *options = pango_cairo_context_get_font_options (context);
  SenTokenStyle *style = g_new0 (SenTokenStyle, 1);
  style->font = pango_font_description_copy (pango_context_get_font_description (context));
  style->options = options != NULL ? cairo_font_options_copy (options) : NULL;
  style->dpi = pango_cairo_context_get_resolution (context);
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &style->plain);
  if (!gtk_style_context_lookup_color (gtk_widget_get_style_context (widget), "window_bg_color", &style->ground))
    style->ground = (GdkRGBA) { 1.0f, 1.0f, 1.0f, 1.0f };
  style->dim = style->plain;
  style->dim.alpha *= DIM_ALPHA;
  style->on_heat = (GdkRGBA) { 0.0f, 0.0f, 0.0f, 1.0f };
  style->has_light_letters = style->plain.red + style->plain.green + style->plain.blue > 1.5f;
  return style;
}

void
sen_token_style_free (SenTokenStyle *style)
{
  if (style == NULL)
    return;
  pango_font_description_free (style->font);
  g_clear_pointer (&style->options, cairo_font_options_destroy);
  g_free (style);
}

bool
sen_token_style_equal (const SenTokenStyle *a, const SenTokenStyle *b)
{
  bool same_options = a->options == b->options
                      || (a->options != NULL && b->options != NULL && cairo_font_options_equal (a->options, b->options));
  return same_options && pango_font_description_equal (a->font, b->font) && a->dpi == b->dpi && gdk_rgba_equal (&a->plain, &b->plain)
         && gdk_rgba_equal (&a->ground, &b->ground);
}

/* --- Making one ----------------------------------------------------------------------------------------------------------------------- */

static PangoContext *
new_context (SenTokenLayout *self, const SenTokenStyle *style)
{
  self->fonts = pango_cairo_font_map_new ();
  PangoContext *context = pango_font_map_create_context (self->fonts);
  pango_cairo_context_set_resolution (context, style->dpi);
  pango_cairo_context_set_font_options (context, style->options);
  /* As GTK sets its own text: glyphs stand where they belong, not on whole pixels. */
  pango_context_set_round_glyph_positions (context, FALSE);
  return context;
}

/* The token that byte @at of the text belongs to, sought from @token on: neighbours are near. */
static guint
token_at (const Maker *maker, guint token, gsize at)
{
  while (at < maker->starts[token])
    token--;
  while (token + 1 < maker->layout->n_tokens && at >= maker->starts[token + 1])
    token++;
  return token;
}

/* NULL when glyphs [@first, @end) show nothing. */
static GskRenderNode *
new_text_node (const PangoGlyphItem *run, int first, int end, float x, float baseline, const GdkRGBA *colour)
{
  PangoGlyphString glyphs = {
    .num_glyphs = end - first, .glyphs = run->glyphs->glyphs + first, .log_clusters = run->glyphs->log_clusters + first,
  };
  return gsk_text_node_new (run->item->analysis.font, &glyphs, colour, &GRAPHENE_POINT_INIT (x, baseline));
}

static const GdkRGBA *
colour_of (const Maker *maker, guint token)
{
  return maker->tokens[token].look == SEN_TOKEN_DIM ? &maker->style->dim : &maker->style->plain;
}

/* The pieces of the tokens in @run, and nodes for its letters, one for each stretch of a colour. Returns how wide it is. */
static float
add_run (Maker *maker, const PangoGlyphItem *run, float x, const Line *line, float baseline)
{
  const PangoGlyphString *glyphs = run->glyphs;
  gsize offset = (gsize) run->item->offset;
  guint token = token_at (maker, 0, offset + (gsize) (glyphs->num_glyphs > 0 ? glyphs->log_clusters[0] : 0));
  float start = x, colour_x = x;
  int colour_first = 0;
  for (int first = 0, end; first < glyphs->num_glyphs; first = end)
    {
      float width = 0.0f;
      guint next = token;
      for (end = first; end < glyphs->num_glyphs; end++)
        {
          next = token_at (maker, token, offset + (gsize) glyphs->log_clusters[end]);
          if (next != token)
            break;
          width += (float) glyphs->glyphs[end].geometry.width / PANGO_SCALE;
        }
      SenTokenPiece piece = {
        .token = token, .bounds = GRAPHENE_RECT_INIT (x, line->y, width, line->height),
        .on_heat = maker->style->has_light_letters ? new_text_node (run, first, end, x, baseline, &maker->style->on_heat) : NULL,
      };
      g_array_append_val (maker->layout->pieces, piece);
      if (maker->layout->first[token] == 0)
        maker->layout->first[token] = maker->layout->pieces->len;
      x += width;
      if (end == glyphs->num_glyphs || colour_of (maker, next) != colour_of (maker, token))
        {
          GskRenderNode *node = new_text_node (run, colour_first, end, colour_x, baseline, colour_of (maker, token));
          if (node != NULL)
            g_ptr_array_add (maker->nodes, node);
          colour_first = end;
          colour_x = x;
        }
      token = next;
    }
  return x - start;
}

static void
add_lines (Maker *maker, PangoLayout *text)
{
  PangoLayoutIter *iter = pango_layout_get_iter (text);
  do
    {
      PangoRectangle extents;
      pango_layout_iter_get_line_extents (iter, NULL, &extents);
      Line line = { (float) extents.y / PANGO_SCALE, (float) extents.height / PANGO_SCALE, maker->layout->pieces->len };
      float x = (float) extents.x / PANGO_SCALE, baseline = (float) pango_layout_iter_get_baseline (iter) / PANGO_SCALE;
      for (GSList *runs = pango_layout_iter_get_line_readonly (iter)->runs; runs != NULL; runs = runs->next)
        x += add_run (maker, runs->data, x, &line, baseline);
      g_array_append_val (maker->layout->lines, line);
    }
  while (pango_layout_iter_next_line (iter));
  pango_layout_iter_free (iter);
}

static void
clear_piece (gpointer data)
{
  SenTokenPiece *piece = data;
  g_clear_pointer (&piece->on_heat, gsk_render_node_unref);
}

SenTokenLayout *
sen_token_layout_new (const SenFlowToken *tokens, guint n_tokens, const SenTokenStyle *style, int width)
{
  SenTokenLayout *self = g_new0 (SenTokenLayout, 1);
  g_autoptr (GPtrArray) nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) gsk_render_node_unref);
  g_autofree gsize *starts = g_new (gsize, n_tokens + 1);
  g_autoptr (GString) all = g_string_new (NULL);
  g_atomic_ref_count_init (&self->n_refs);
  self->width = width;
  self->n_tokens = n_tokens;
  self->pieces = g_array_new (FALSE, FALSE, sizeof (SenTokenPiece));
  g_array_set_clear_func (self->pieces, clear_piece);
  self->lines = g_array_new (FALSE, FALSE, sizeof (Line));
  self->first = g_new0 (guint, n_tokens);
  for (guint i = 0; i < n_tokens; i++)
    {
      starts[i] = all->len;
      g_string_append (all, tokens[i].text);
    }
  starts[n_tokens] = all->len;

  PangoContext *context = new_context (self, style);
  g_autoptr (PangoLayout) text = pango_layout_new (context);
  g_object_unref (context);
  pango_layout_set_font_description (text, style->font);
  pango_layout_set_width (text, MAX (width, 1) * PANGO_SCALE);
  pango_layout_set_wrap (text, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_line_spacing (text, 1.25f);
  pango_layout_set_text (text, all->str, (int) MIN (all->len, (gsize) G_MAXINT));
  Maker maker = { self, tokens, style, starts, nodes };
  if (n_tokens > 0)
    add_lines (&maker, text);
  if (nodes->len > 0)
    self->text = gsk_container_node_new ((GskRenderNode **) nodes->pdata, nodes->len);
  int height;
  pango_layout_get_pixel_size (text, NULL, &height);
  self->height = n_tokens > 0 ? height : 0;
  return self;
}

SenTokenLayout *
sen_token_layout_ref (SenTokenLayout *self)
{
  g_atomic_ref_count_inc (&self->n_refs);
  return self;
}

void
sen_token_layout_unref (SenTokenLayout *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->n_refs))
    return;
  g_clear_pointer (&self->text, gsk_render_node_unref);
  g_array_unref (self->pieces);
  g_array_unref (self->lines);
  g_free (self->first);
  g_object_unref (self->fonts);
  g_free (self);
}

/* --- Looking things up ---------------------------------------------------------------------------------------------------------------- */

int
sen_token_layout_height (const SenTokenLayout *self)
{
  return self->height;
}

GskRenderNode *
sen_token_layout_text (const SenTokenLayout *self)
{
  return self->text;
}

const SenTokenPiece *
sen_token_layout_pieces (const SenTokenLayout *self, guint *n)
{
  *n = self->pieces->len;
  return (const SenTokenPiece *) self->pieces->data;
}

const SenTokenPiece *
sen_token_layout_find (const SenTokenLayout *self, guint token)
{
  return token < self->n_tokens && self->first[token] > 0 ? &g_array_index (self->pieces, SenTokenPiece, self->first[token] - 1) : NULL;
}

/* The last line that begins at @y or above it; the first one above all. */
static guint
line_at (const SenTokenLayout *self, float y)
{
  guint low = 0, high = self->lines->len;
  while (high - low > 1)
    {
      guint middle = (low + high) / 2;
      if (g_array_index (self->lines, Line, middle).y <= y)
        low = middle;
      else
        high = middle;
    }
  return low;
}

static guint
line_end (const SenTokenLayout *self, guint line)
{
  return line + 1 < self->lines->len ? g_array_index (self->lines, Line, line + 1).first : self->pieces->len;
}

int
sen_token_layout_pick (const SenTokenLayout *self, double x, double y)
{
  if (self->lines->len == 0)
    return -1;
  guint line = line_at (self, (float) y);
  for (guint i = g_array_index (self->lines, Line, line).first; i < line_end (self, line); i++)
    {
      const SenTokenPiece *piece = &g_array_index (self->pieces, SenTokenPiece, i);
      if (graphene_rect_contains_point (&piece->bounds, &GRAPHENE_POINT_INIT ((float) x, (float) y)))
        return (int) piece->token;
    }
  return -1;
}

guint
sen_token_layout_move (const SenTokenLayout *self, guint token, int n_lines)
{
  const SenTokenPiece *from = sen_token_layout_find (self, token);
  if (from == NULL)
    return token;
  float middle = from->bounds.origin.x + from->bounds.size.width / 2.0f, best = INFINITY;
  int step = n_lines < 0 ? -1 : 1, line = (int) line_at (self, from->bounds.origin.y);
  guint found = token;
  /* Lines without anything in them are passed over. */
  for (line += n_lines; line >= 0 && line < (int) self->lines->len && isinf (best); line += step)
    for (guint i = g_array_index (self->lines, Line, line).first; i < line_end (self, (guint) line); i++)
      {
        const SenTokenPiece *piece = &g_array_index (self->pieces, SenTokenPiece, i);
        float distance = fabsf (piece->bounds.origin.x + piece->bounds.size.width / 2.0f - middle);
        if (distance < best)
          {
            best = distance;
            found = piece->token;
          }
      }
  return found;
}
