/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gi18n.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

#include "sen-error.h"
#include "sen-explain-picture.h"
#include "sen-explain-report.h"
#include "sen-explain-view.h"

#define WIDTH 1000
#define MARGIN 24
#define MAX_HEIGHT 12000
#define CUT_HEIGHT 48.0
#define CURVE_WIDTH 480.0
#define CURVE_HEIGHT 120.0
#define MAX_TEXT_BYTES (256u << 10)
#define MEDIA_WIDTH 480.0
#define STRIP_HEIGHT 40.0
#define HEAT_OPACITY 0.55

/* --- Pictures ------------------------------------------------------------------------------------------------------------------------ */

static cairo_status_t
append_bytes (void *array, const unsigned char *data, unsigned n)
{
  g_byte_array_append (array, data, n);
  return CAIRO_STATUS_SUCCESS;
}

/* (transfer full) */
static GBytes *
write_png (cairo_surface_t *surface, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  cairo_status_t status = cairo_surface_write_to_png_stream (surface, append_bytes, bytes);
  if (status == CAIRO_STATUS_SUCCESS)
    return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
  g_set_error (error, SEN_ERROR, status == CAIRO_STATUS_NO_MEMORY ? SEN_ERROR_NO_MEMORY : SEN_ERROR_INVALID,
               "the picture could not be drawn: %s", cairo_status_to_string (status));
  return NULL;
}

/* (transfer full) */
static cairo_surface_t *
surface_of (const SenImage *image)
{
  int width = sen_image_width (image), height = sen_image_height (image);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  guint8 *rows = cairo_image_surface_get_data (surface);
  for (int y = 0; rows != NULL && y < height; y++)
    {
      const uint8_t *from = sen_image_pixels (image) + (size_t) y * (size_t) width * 3;
      uint32_t *to = (uint32_t *) (gpointer) (rows + (size_t) y * (size_t) cairo_image_surface_get_stride (surface));
      for (int x = 0; x < width; x++)
        to[x] = (uint32_t) from[3 * x] << 16 | (uint32_t) from[3 * x + 1] << 8 | from[3 * x + 2];
    }
  cairo_surface_mark_dirty (surface);
  return surface;
}

static void
paint_image (cairo_t *cairo, const SenImage *image, double width, double height)
{
  cairo_surface_t *surface = surface_of (image);
  cairo_save (cairo);
  cairo_scale (cairo, width / sen_image_width (image), height / sen_image_height (image));
  cairo_set_source_surface (cairo, surface, 0.0, 0.0);
  cairo_pattern_set_filter (cairo_get_source (cairo), CAIRO_FILTER_GOOD);
  cairo_paint (cairo);
  cairo_restore (cairo);
  cairo_surface_destroy (surface);
}

GBytes *
sen_explain_picture_png (const SenImage *image, int n_most, GError **error)
{
  int n_longest = MAX (sen_image_width (image), sen_image_height (image));
  double scale = n_longest > n_most ? (double) n_most / n_longest : 1.0;
  int width = MAX (1, (int) lround (sen_image_width (image) * scale)), height = MAX (1, (int) lround (sen_image_height (image) * scale));
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  cairo_t *cairo = cairo_create (surface);
  paint_image (cairo, image, width, height);
  cairo_destroy (cairo);
  GBytes *png = write_png (surface, error);
  cairo_surface_destroy (surface);
  return png;
}

/* --- The sheet ----------------------------------------------------------------------------------------------------------------------- */

/* What is drawn from top to bottom, onto a recording first: how high it will be shows at its end. */
typedef struct {
  cairo_t                  *cairo;
  const SenExplanationInfo *info;
  const SenExplainReport   *report;
  SenHeatMap                map;
  const float              *whole;
  float                     scale;
  double                    y;
} Sheet;

static PangoLayout *
new_layout (Sheet *sheet, const char *font)
{
  PangoLayout *layout = pango_cairo_create_layout (sheet->cairo);
  PangoFontDescription *description = pango_font_description_from_string (font);
  pango_layout_set_font_description (layout, description);
  pango_font_description_free (description);
  pango_layout_set_width (layout, (WIDTH - 2 * MARGIN) * PANGO_SCALE);
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_line_spacing (layout, 1.25f);
  return layout;
}

static void
put_layout (Sheet *sheet, PangoLayout *layout)
{
  int height;
  pango_layout_get_pixel_size (layout, NULL, &height);
  cairo_move_to (sheet->cairo, MARGIN, sheet->y);
  cairo_set_source_rgb (sheet->cairo, 0.07, 0.07, 0.07);
  pango_cairo_show_layout (sheet->cairo, layout);
  sheet->y += height + 12.0;
}

static void
put_line (Sheet *sheet, const char *font, const char *text)
{
  g_autoptr (PangoLayout) layout = new_layout (sheet, font);
  pango_layout_set_text (layout, text, -1);
  put_layout (sheet, layout);
}

static void
add_attribute (PangoAttrList *list, PangoAttribute *attribute, gsize start, gsize end)
{
  attribute->start_index = (guint) start;
  attribute->end_index = (guint) end;
  pango_attr_list_insert (list, attribute);
}

/* All words, tinted; the template's small and grey. */
static void
put_text (Sheet *sheet)
{
  const SenExplanationInfo *info = sheet->info;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (PangoLayout) layout = new_layout (sheet, "Sans 12");
  PangoAttrList *attributes = pango_attr_list_new ();
  for (uint32_t i = 0; i < info->n_pieces; i++)
    {
      const SenPiece *piece = &info->pieces[i];
      if (i > 0 && sen_explain_view_breaks (info, i) && !g_str_has_suffix (text->str, "\n"))
        g_string_append_c (text, '\n');
      if (text->len > MAX_TEXT_BYTES)
        {
          g_string_append_printf (text, _("… and %u more tokens."), info->n_pieces - i);
          break;
        }
      gsize start = text->len;
      if (piece->span < 0)
        g_string_append (text, piece->text);
      else if (i == info->spans[piece->span].first)
        g_string_append_printf (text, "[%s]", info->spans[piece->span].name);
      float strength = sen_explain_view_strength (sheet->map, sheet->whole[i], sheet->scale);
      if (piece->kind == SEN_PIECE_TEMPLATE)
        {
          add_attribute (attributes, pango_attr_scale_new (PANGO_SCALE_SMALL), start, text->len);
          add_attribute (attributes, pango_attr_foreground_new (0x7600, 0x7600, 0x7600), start, text->len);
        }
      if (strength < 0.0f && piece->span < 0)
        add_attribute (attributes, pango_attr_underline_new (PANGO_UNDERLINE_SINGLE), start, text->len);
      if (strength != 0.0f && piece->span < 0)
        {
          guint8 rgb[3];
          sen_explain_view_tint (sheet->map, strength, rgb);
          PangoAttribute *tint = pango_attr_background_new ((guint16) (rgb[0] * 257u), (guint16) (rgb[1] * 257u),
                                                            (guint16) (rgb[2] * 257u));
          add_attribute (attributes, tint, start, text->len);
        }
    }
  pango_layout_set_text (layout, text->str, (int) text->len);
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  put_layout (sheet, layout);
}

static void
put_cell (Sheet *sheet, uint32_t piece, double x, double y, double width, double height)
{
  float strength = sen_explain_view_strength (sheet->map, sheet->whole[piece], sheet->scale);
  guint8 rgb[3];
  if (strength == 0.0f)
    return;
  sen_heat_colour (sheet->map, strength, rgb);
  cairo_set_source_rgba (sheet->cairo, rgb[0] / 255.0, rgb[1] / 255.0, rgb[2] / 255.0, HEAT_OPACITY);
  cairo_rectangle (sheet->cairo, x, y, width, height);
  cairo_fill (sheet->cairo);
}

static void
put_media (Sheet *sheet, uint32_t first_span)
{
  const SenExplanationInfo *info = sheet->info;
  uint32_t media = info->spans[first_span].media;
  bool is_picture = info->spans[first_span].kind == SEN_ATTACHMENT_PICTURE;
  SenImage *image = sheet->report != NULL && media < sheet->report->n_pictures ? sheet->report->pictures[media] : NULL;
  double width = is_picture ? MEDIA_WIDTH : WIDTH - 2.0 * MARGIN, height = is_picture ? MEDIA_WIDTH : STRIP_HEIGHT, end = 1.0;
  if (is_picture && image != NULL)
    height = MIN (width * sen_image_height (image) / sen_image_width (image), 2.0 * MEDIA_WIDTH);
  for (uint32_t s = first_span; !is_picture && s < info->n_spans && info->spans[s].media == media; s++)
    end = MAX ((double) info->spans[s].x1, end);
  cairo_save (sheet->cairo);
  cairo_translate (sheet->cairo, MARGIN, sheet->y);
  cairo_rectangle (sheet->cairo, 0.0, 0.0, width, height);
  cairo_clip (sheet->cairo);
  cairo_set_source_rgb (sheet->cairo, 0.93, 0.93, 0.93);
  cairo_paint (sheet->cairo);
  if (is_picture && image != NULL)
    paint_image (sheet->cairo, image, width, height);
  for (uint32_t s = first_span; s < info->n_spans && info->spans[s].media == media; s++)
    {
      const SenExplanationSpan *span = &info->spans[s];
      double w = (double) (span->x1 - span->x0) / span->n_column * width, h = (double) (span->y1 - span->y0) / span->n_row * height;
      for (uint32_t i = 0; i < span->n && is_picture; i++)
        put_cell (sheet, span->first + i, (double) span->x0 * width + w * (i % span->n_column),
                  (double) span->y0 * height + h * (i / span->n_column), w, h);
      for (uint32_t i = 0; i < span->n && !is_picture; i++)
        {
          double start, stop;
          sen_explanation_span_time (span, i, &start, &stop);
          put_cell (sheet, span->first + i, start / end * width, 0.0, (stop - start) / end * width, height);
        }
    }
  cairo_restore (sheet->cairo);
  sheet->y += height + 6.0;
  put_line (sheet, "Sans 10", info->spans[first_span].name);
}

static void
put_legend (Sheet *sheet)
{
  for (int i = 0; i < 64; i++)
    {
      guint8 rgb[3];
      sen_explain_view_tint (sheet->map, sheet->map == SEN_HEAT_CHANGE ? (float) (i - 31) / 32.0f : (float) (i + 1) / 64.0f, rgb);
      cairo_set_source_rgb (sheet->cairo, rgb[0] / 255.0, rgb[1] / 255.0, rgb[2] / 255.0);
      cairo_rectangle (sheet->cairo, MARGIN + i * 4.0, sheet->y, 4.0, 12.0);
      cairo_fill (sheet->cairo);
    }
  sheet->y += 16.0;
  g_autofree char *least = sen_explain_view_format (sheet->map, sheet->map == SEN_HEAT_CHANGE ? -sheet->scale : 0.0f);
  g_autofree char *most = sen_explain_view_format (sheet->map, sheet->scale);
  /* translators: the ends of a scale */
  g_autofree char *text = g_strdup_printf (_("%s to %s"), least, most);
  put_line (sheet, "Sans 10", text);
}

/* --- Trust ------------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  const SenTrust *trust;
  float           low, high;
} Curves;

static void
trace (Sheet *sheet, const Curves *curves, const float *curve, float factor, bool backwards)
{
  for (uint32_t i = 0; i <= curves->trust->n_steps; i++)
    {
      uint32_t step = backwards ? curves->trust->n_steps - i : i;
      float value = curve[step] + factor * curves->trust->chance_spread[step];
      double y = CURVE_HEIGHT * (double) ((curves->high - value) / (curves->high - curves->low));
      cairo_line_to (sheet->cairo, CURVE_WIDTH * step / curves->trust->n_steps, y);
    }
}

static void
put_curve (Sheet *sheet, const Curves *curves, const float *curve, double grey, double dash)
{
  cairo_set_dash (sheet->cairo, &dash, dash > 0.0 ? 1 : 0, 0.0);
  cairo_set_source_rgb (sheet->cairo, grey, grey, grey);
  cairo_new_path (sheet->cairo);
  trace (sheet, curves, curve, 0.0f, false);
  cairo_stroke (sheet->cairo);
}

static void
put_trust (Sheet *sheet)
{
  Curves curves = { .trust = sheet->info->trust };
  g_autofree char *sentence = sen_explain_view_trust (sheet->info);
  if (sentence == NULL)
    return;
  put_line (sheet, "Sans 10", sentence);
  sen_explain_view_curves (curves.trust, &curves.low, &curves.high);
  if (!(curves.high > curves.low))
    return;
  cairo_save (sheet->cairo);
  cairo_translate (sheet->cairo, MARGIN, sheet->y);
  cairo_new_path (sheet->cairo);
  trace (sheet, &curves, curves.trust->chance, 1.0f, false);
  trace (sheet, &curves, curves.trust->chance, -1.0f, true);
  cairo_set_source_rgba (sheet->cairo, 0.53, 0.53, 0.53, 0.25);
  cairo_fill (sheet->cairo);
  put_curve (sheet, &curves, curves.trust->chance, 0.53, 0.0);
  put_curve (sheet, &curves, curves.trust->deletion, 0.07, 0.0);
  put_curve (sheet, &curves, curves.trust->insertion, 0.07, 5.0);
  cairo_restore (sheet->cairo);
  sheet->y += CURVE_HEIGHT + 6.0;
  g_autofree char *caption = g_strdup_printf (_("Log-probability of the answer, %.1f to %.1f nats: the warmest hidden first (solid), shown "
                                                "first (dashed), hidden in random orders (grey)"),
                                              (double) curves.low, (double) curves.high);
  put_line (sheet, "Sans 10", caption);
}

static void
put_all (Sheet *sheet)
{
  const SenExplanationInfo *info = sheet->info;
  g_autofree char *about = sen_explain_view_describe (info);
  sheet->y = MARGIN;
  put_line (sheet, "Sans Bold 14", sheet->report != NULL && sheet->report->title != NULL ? sheet->report->title : _("Where it looked"));
  put_line (sheet, "Sans 10", about);
  put_line (sheet, "Sans 10", _(sen_explain_method_limits (info->method)));
  put_trust (sheet);
  put_legend (sheet);
  for (uint32_t s = 0; s < info->n_spans; s++)
    if (s == 0 || info->spans[s - 1].media != info->spans[s].media)
      put_media (sheet, s);
  put_text (sheet);
}

/* Over the end of what fits. */
static void
tell_cut (Sheet *sheet, cairo_t *cairo)
{
  sheet->cairo = cairo;
  sheet->y = MAX_HEIGHT - CUT_HEIGHT;
  cairo_set_source_rgb (cairo, 1.0, 1.0, 1.0);
  cairo_rectangle (cairo, 0.0, sheet->y, WIDTH, CUT_HEIGHT);
  cairo_fill (cairo);
  cairo_set_source_rgb (cairo, 0.07, 0.07, 0.07);
  cairo_rectangle (cairo, 0.0, sheet->y, WIDTH, 1.0);
  cairo_fill (cairo);
  sheet->y += 12.0;
  put_line (sheet, "Sans Bold 12", _("The text goes on, but the picture would be too high; the report for a browser has all of it."));
}

GBytes *
sen_explain_report_png (const SenExplanation *explanation, const SenExplainReport *report, GError **error)
{
  const SenExplanationInfo *info = sen_explanation_info (explanation);
  g_autofree float *whole = sen_explain_view_whole (info);
  Sheet sheet = {
    .info = info, .report = report, .map = sen_explain_view_map (info), .whole = whole, .scale = sen_explain_view_scale (info, whole),
  };
  cairo_surface_t *surface = cairo_recording_surface_create (CAIRO_CONTENT_COLOR_ALPHA, NULL);
  sheet.cairo = cairo_create (surface);
  put_all (&sheet);
  cairo_destroy (sheet.cairo);
  bool is_cut = (int) sheet.y + MARGIN > MAX_HEIGHT;
  cairo_surface_t *paper = cairo_image_surface_create (CAIRO_FORMAT_RGB24, WIDTH, CLAMP ((int) sheet.y + MARGIN, 1, MAX_HEIGHT));
  cairo_t *cairo = cairo_create (paper);
  cairo_set_source_rgb (cairo, 1.0, 1.0, 1.0);
  cairo_paint (cairo);
  cairo_set_source_surface (cairo, surface, 0.0, 0.0);
  cairo_paint (cairo);
  if (is_cut)
    tell_cut (&sheet, cairo);
  cairo_destroy (cairo);
  cairo_surface_destroy (surface);
  GBytes *png = write_png (paper, error);
  cairo_surface_destroy (paper);
  return png;
}
