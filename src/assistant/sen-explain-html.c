/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <gio/gio.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "sen-assistant-resources.h"
#include "sen-explain-picture.h"
#include "sen-explain-report.h"
#include "sen-explain-view.h"
#include "sen-json-quote.h"

#define STEPS 32                        /* tints */
#define MAX_CELLS (3u << 19)            /* of rows: 2 MiB in base 64 */
#define MAX_CANDIDATE_ROWS 2000u        /* that carry what else might have come */
#define MAX_PICTURES_BYTES (1u << 20)
#define PICTURE_PX 640
#define MAX_TEXT_BYTES (1u << 20)

#define CSS_RESOURCE "/io/github/sensorium/Sensorium/report.css"
#define JS_RESOURCE "/io/github/sensorium/Sensorium/report.js"

typedef struct {
  GString                  *html;
  const SenExplanationInfo *info;
  const SenExplainReport   *report;
  SenHeatMap                map;
  float                    *whole;
  float                     whole_scale;
  uint32_t                  first_row, n_rows;   /* of the queries, those that the page holds */
  size_t                    n_picture_bytes;
} Page;

static void
add_text (Page *page, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  g_string_append (page->html, escaped);
}

/* Of translated text, numbers and what a user wrote. */
static void G_GNUC_PRINTF (2, 3)
add_format (Page *page, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  add_text (page, text);
}

static void
add_element (Page *page, const char *name, const char *text)
{
  g_string_append_printf (page->html, "<%s>", name);
  add_text (page, text);
  g_string_append_printf (page->html, "</%s>\n", name);
}

static char *
read_resource (const char *path)
{
  g_autoptr (GBytes) bytes = g_resource_lookup_data (sen_assistant_get_resource (), path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

/* "'sha256-…'": the one text that a policy lets run. (transfer full) */
static char *
hash_source (const char *text)
{
  guint8 digest[32];
  gsize n = sizeof digest;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (checksum, (const guchar *) text, -1);
  g_checksum_get_digest (checksum, digest, &n);
  g_autofree char *base64 = g_base64_encode (digest, n);
  return g_strdup_printf ("'sha256-%s'", base64);
}

/* --- Style --------------------------------------------------------------------------------------------------------------------------- */

/* .t1 to .t32, and for changes below 0 .t-1 to .t-32, which are underlined as well. */
static char *
make_style (SenHeatMap map)
{
  g_autofree char *fixed = read_resource (CSS_RESOURCE);
  GString *style = g_string_new (fixed);
  for (int i = map == SEN_HEAT_CHANGE ? -STEPS : 1; i <= STEPS; i++)
    {
      guint8 tint[3], colour[3];
      sen_explain_view_tint (map, (float) i / STEPS, tint);
      sen_heat_colour (map, (float) i / STEPS, colour);
      if (i != 0)
        g_string_append_printf (style, ".t%d { background: #%02x%02x%02x; fill: #%02x%02x%02x; }\n", i, tint[0], tint[1], tint[2],
                                colour[0], colour[1], colour[2]);
    }
  if (map == SEN_HEAT_CHANGE)
    g_string_append (style, "[class^=\"t-\"] { text-decoration: underline dotted; }\n");
  g_string_append (style, "svg .t0 { fill: none; }\n");
  return g_string_free (style, FALSE);
}

/* Away from 0: what there is is seen. */
static int
step_of (const Page *page, float weight, float scale)
{
  float step = sen_explain_view_strength (page->map, weight, scale) * STEPS;
  return (int) (step < 0.0f ? floorf (step) : ceilf (step));
}

/* --- Text ---------------------------------------------------------------------------------------------------------------------------- */

/* The query that chose piece @i, as the page counts them; negative: it holds none. */
static int64_t
query_of (const Page *page, uint32_t i)
{
  int64_t query = (int64_t) i - 1 - page->info->first_query - page->first_row;
  return query >= 0 && query < page->n_rows ? query : -1;
}

/* What tells people with a mouse and those without one that a piece can be asked about. */
static void
add_handle (Page *page, uint32_t i)
{
  int64_t query = query_of (page, i);
  if (query >= 0)
    g_string_append_printf (page->html, " data-q=\"%" G_GINT64_FORMAT "\" tabindex=\"0\" role=\"button\" aria-pressed=\"false\"", query);
}

static void
add_pieces (Page *page)
{
  const SenExplanationInfo *info = page->info;
  size_t start = page->html->len;
  for (uint32_t i = 0; i < info->n_pieces; i++)
    {
      const SenPiece *piece = &info->pieces[i];
      if (i == 0 || sen_explain_view_breaks (info, i))
        g_string_append_printf (page->html, "%s<div class=\"text%s\">", i > 0 ? "</div>\n" : "",
                                piece->kind == SEN_PIECE_TEMPLATE ? " template" : "");
      if (page->html->len - start > MAX_TEXT_BYTES)
        {
          g_string_append_printf (page->html, _("… and %u more tokens."), info->n_pieces - i);
          break;
        }
      if (piece->span >= 0)
        {
          const SenExplanationSpan *span = &info->spans[piece->span];
          if (i == span->first)
            {
              g_string_append (page->html, "<em>[");
              add_text (page, span->name);
              g_string_append (page->html, "]</em>");
            }
          continue;
        }
      g_string_append_printf (page->html, "<span data-p=\"%u\" class=\"t%d\"", i, step_of (page, page->whole[i], page->whole_scale));
      add_handle (page, i);
      g_string_append_c (page->html, '>');
      add_text (page, piece->text);
      g_string_append (page->html, "</span>");
    }
  g_string_append (page->html, info->n_pieces > 0 ? "</div>\n" : "");
}

/* --- Pictures and recordings --------------------------------------------------------------------------------------------------------- */

/* Ends the element: what screen readers call it. */
static void
add_label (Page *page, const char *text)
{
  g_string_append (page->html, "aria-label=\"");
  add_text (page, text);
  g_string_append (page->html, "\">\n");
}

static void
add_cell (Page *page, uint32_t i, double x, double y, double width, double height)
{
  g_string_append_printf (page->html, "<rect data-p=\"%u\" class=\"t%d\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"/>\n", i,
                          step_of (page, page->whole[i], page->whole_scale), x, y, width, height);
}

static void
add_image (Page *page, const SenImage *image, double width, double height)
{
  g_autoptr (GBytes) png = sen_explain_picture_png (image, PICTURE_PX, NULL);
  for (int n_px = PICTURE_PX; png != NULL && n_px > 64 && page->n_picture_bytes + g_bytes_get_size (png) > MAX_PICTURES_BYTES; n_px /= 2)
    {
      g_bytes_unref (png);
      png = sen_explain_picture_png (image, n_px / 2, NULL);
    }
  if (png == NULL || page->n_picture_bytes + g_bytes_get_size (png) > MAX_PICTURES_BYTES)
    return;
  page->n_picture_bytes += g_bytes_get_size (png);
  g_autofree char *base64 = g_base64_encode (g_bytes_get_data (png, NULL), g_bytes_get_size (png));
  g_string_append_printf (page->html, "<image width=\"%.0f\" height=\"%.0f\" preserveAspectRatio=\"none\" ", width, height);
  g_string_append_printf (page->html, "href=\"data:image/png;base64,%s\"/>\n", base64);
}

/* Cells in [0, 1] of the picture, over it. */
static void
add_picture (Page *page, uint32_t first_span)
{
  const SenExplanationInfo *info = page->info;
  uint32_t media = info->spans[first_span].media;
  SenImage *image = page->report != NULL && media < page->report->n_pictures ? page->report->pictures[media] : NULL;
  double width = 640.0, height = image != NULL ? width * sen_image_height (image) / sen_image_width (image) : width;
  g_string_append_printf (page->html, "<figure><svg viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" role=\"img\" ", width, height,
                          width, height);
  g_autofree char *label = g_strdup_printf (_("Heat on %s"), info->spans[first_span].name);
  add_label (page, label);
  if (image != NULL)
    add_image (page, image, width, height);
  for (uint32_t s = first_span; s < info->n_spans && info->spans[s].media == media; s++)
    {
      const SenExplanationSpan *span = &info->spans[s];
      double w = (span->x1 - span->x0) / span->n_column * width, h = (span->y1 - span->y0) / span->n_row * height;
      for (uint32_t i = 0; i < span->n; i++)
        add_cell (page, span->first + i, span->x0 * width + w * (i % span->n_column), span->y0 * height + h * (i / span->n_column), w, h);
    }
  g_string_append (page->html, "</svg><figcaption>");
  add_text (page, info->spans[first_span].name);
  g_string_append (page->html, "</figcaption></figure>\n");
}

/* A strip of time. */
static void
add_recording (Page *page, uint32_t first_span)
{
  const SenExplanationInfo *info = page->info;
  uint32_t media = info->spans[first_span].media;
  float end = 0.0f;
  for (uint32_t s = first_span; s < info->n_spans && info->spans[s].media == media; s++)
    end = MAX (end, info->spans[s].x1);
  double scale = end > 0.0f ? 900.0 / (double) end : 0.0;
  g_string_append (page->html, "<figure><svg viewBox=\"0 0 900 48\" width=\"900\" height=\"48\" role=\"img\" ");
  g_autofree char *label = g_strdup_printf (_("Heat along %s"), info->spans[first_span].name);
  add_label (page, label);
  for (uint32_t s = first_span; s < info->n_spans && info->spans[s].media == media; s++)
    {
      const SenExplanationSpan *span = &info->spans[s];
      for (uint32_t i = 0; i < span->n; i++)
        {
          double start, stop;
          sen_explanation_span_time (span, i, &start, &stop);
          add_cell (page, span->first + i, start * scale, 0.0, (stop - start) * scale, 48.0);
        }
    }
  g_string_append (page->html, "</svg><figcaption>");
  /* translators: name of a recording, its end in seconds */
  add_format (page, _("%s, 0 to %.1f s"), info->spans[first_span].name, (double) end);
  g_string_append (page->html, "</figcaption></figure>\n");
}

static void
add_media (Page *page)
{
  const SenExplanationInfo *info = page->info;
  for (uint32_t s = 0; s < info->n_spans; s++)
    {
      const SenExplanationSpan *span = &info->spans[s];
      if (s > 0 && info->spans[s - 1].media == span->media)
        continue;
      if (span->kind == SEN_ATTACHMENT_PICTURE)
        add_picture (page, s);
      else
        add_recording (page, s);
    }
}

/* --- Tables -------------------------------------------------------------------------------------------------------------------------- */

static void
add_lens (Page *page)
{
  const SenExplanationInfo *info = page->info;
  add_element (page, "h2", _("Layer by layer"));
  add_element (page, "p", _("What the model would say next if each layer were its last."));
  g_string_append (page->html, "<table><tr>");
  add_element (page, "th", _("Layer"));
  add_element (page, "th", _("Doubt (nats)"));
  add_element (page, "th", _("Likeliest"));
  g_string_append (page->html, "</tr>\n");
  for (uint32_t layer = 0; layer < info->n_layer; layer++)
    {
      const SenCandidate *candidates = info->lens_candidates + (size_t) layer * info->n_candidates;
      g_string_append_printf (page->html, "<tr><td>%u</td><td>%.2f</td><td>", layer, (double) info->lens[layer].entropy);
      for (uint32_t i = 0; i < info->lens[layer].n_alternatives; i++)
        {
          g_string_append (page->html, i > 0 ? " · “" : "“");
          add_text (page, candidates[i].text);
          g_string_append_printf (page->html, "” %.1f %%", 100.0 * exp ((double) candidates[i].logprob));
        }
      g_string_append (page->html, "</td></tr>\n");
    }
  g_string_append (page->html, "</table>\n");
}

static double
curve_x (const SenTrust *trust, uint32_t step)
{
  return 300.0 * step / trust->n_steps;
}

static double
curve_y (float value, float low, float high)
{
  return 10.0 + 100.0 * (double) ((high - value) / (high - low));
}

static void
add_curve (Page *page, const char *name, const float *curve, float low, float high)
{
  const SenTrust *trust = page->info->trust;
  g_string_append_printf (page->html, "<polyline class=\"%s\" points=\"", name);
  for (uint32_t i = 0; i <= trust->n_steps; i++)
    g_string_append_printf (page->html, "%.1f,%.1f ", curve_x (trust, i), curve_y (curve[i], low, high));
  g_string_append (page->html, "\"/>\n");
}

/* As far as random orders differ. */
static void
add_band (Page *page, float low, float high)
{
  const SenTrust *trust = page->info->trust;
  g_string_append (page->html, "<polygon class=\"band\" points=\"");
  for (uint32_t i = 0; i <= trust->n_steps; i++)
    g_string_append_printf (page->html, "%.1f,%.1f ", curve_x (trust, i), curve_y (trust->chance[i] + trust->chance_spread[i], low, high));
  for (uint32_t i = trust->n_steps + 1; i-- > 0;)
    g_string_append_printf (page->html, "%.1f,%.1f ", curve_x (trust, i), curve_y (trust->chance[i] - trust->chance_spread[i], low, high));
  g_string_append (page->html, "\"/>\n");
}

/* The same in numbers. */
static void
add_curve_table (Page *page)
{
  const SenTrust *trust = page->info->trust;
  g_string_append (page->html, "<details><summary>");
  add_text (page, _("As a table"));
  g_string_append (page->html, "</summary>\n<table><tr>");
  add_element (page, "th", _("Part"));
  add_element (page, "th", _("Hidden"));
  add_element (page, "th", _("Shown"));
  add_element (page, "th", _("Hidden at random"));
  g_string_append (page->html, "</tr>\n");
  for (uint32_t i = 0; i <= trust->n_steps; i++)
    g_string_append_printf (page->html, "<tr><td>%.0f %%</td><td>%.2f</td><td>%.2f</td><td>%.2f ± %.2f</td></tr>\n",
                            100.0 * i / trust->n_steps, (double) trust->deletion[i], (double) trust->insertion[i],
                            (double) trust->chance[i], (double) trust->chance_spread[i]);
  g_string_append (page->html, "</table></details>\n");
}

/* Curves of the answer's log-probability while more and more is hidden or shown. */
static void
add_trust (Page *page)
{
  g_autofree char *sentence = sen_explain_view_trust (page->info);
  const SenTrust *trust = page->info->trust;
  float low, high;
  if (trust == NULL)
    return;
  sen_explain_view_curves (trust, &low, &high);
  add_element (page, "h2", _("How far this can be believed"));
  add_element (page, "p", sentence);
  if (!(high > low))
    return;
  g_string_append (page->html, "<figure><svg class=\"curves\" viewBox=\"0 0 300 120\" width=\"600\" height=\"240\" role=\"img\" ");
  add_label (page, _("Log-probability of the answer while words are hidden or shown"));
  add_band (page, low, high);
  add_curve (page, "chance", trust->chance, low, high);
  add_curve (page, "deletion", trust->deletion, low, high);
  add_curve (page, "insertion", trust->insertion, low, high);
  g_string_append (page->html, "</svg><figcaption>");
  add_format (page, _("Log-probability of the answer, %.1f to %.1f nats, while more and more is hidden, the warmest first (solid, area "
                      "%.2f), shown in that order (dashed, %.2f), or hidden in random orders (grey, mean of %u, %.2f ± %.2f)"),
              (double) low, (double) high, (double) trust->deletion_area, (double) trust->insertion_area, trust->n_orders,
              (double) trust->chance_area, (double) trust->chance_area_spread);
  g_string_append (page->html, "</figcaption></figure>\n");
  add_curve_table (page);
}

static void
add_scale (Page *page)
{
  bool is_change = page->map == SEN_HEAT_CHANGE;
  g_autofree char *least = sen_explain_view_format (page->map, is_change ? -page->whole_scale : 0.0f);
  g_autofree char *most = sen_explain_view_format (page->map, page->whole_scale);
  g_string_append_printf (page->html, "<p class=\"scale\"><span id=\"least\">%s</span> ", least);
  for (int i = is_change ? -STEPS : 1; i <= STEPS; i += is_change ? 8 : 3)
    g_string_append_printf (page->html, "<i class=\"t%d\"></i>", i);
  g_string_append_printf (page->html, " <span id=\"most\">%s</span></p>\n", most);
  if (is_change)
    add_element (page, "p", _("Numbers say by how many nats the answer's log-probability falls without a piece; below 0, underlined, the "
                              "answer gets likelier without it."));
}

/* What is shown when no word is asked about. */
static const char *
whole_name (const Page *page)
{
  return page->map == SEN_HEAT_CHANGE ? _("the whole answer") : _("the mean of all");
}

/* --- Data of the script -------------------------------------------------------------------------------------------------------------- */

/* JSON inside of a script element: no "<" may stand in it. */
static void
add_json (Page *page, GString *json)
{
  g_string_replace (json, "<", "\\u003c", 0);
  g_string_append_len (page->html, json->str, (gssize) json->len);
}

static void
add_candidates (GString *json, const Page *page)
{
  const SenExplanationInfo *info = page->info;
  g_string_append (json, ",\"candidates\":[");
  for (uint32_t i = 0; info->predictions != NULL && page->n_rows <= MAX_CANDIDATE_ROWS && i < page->n_rows; i++)
    {
      uint32_t query = page->first_row + i;
      g_string_append (json, i > 0 ? ",[" : "[");
      for (uint32_t j = 0; j < info->predictions[query].n_alternatives; j++)
        {
          const SenCandidate *candidate = &info->candidates[(size_t) query * info->n_candidates + j];
          sen_json_quote (g_string_append (json, j > 0 ? ",[" : "["), candidate->text);
          g_string_append_printf (json, ",%.4g]", exp ((double) candidate->logprob));
        }
      g_string_append_c (json, ']');
    }
  g_string_append_c (json, ']');
}

/* 0 to 255, of changes 1 to 255 with 0 in the middle. */
static guint8
byte_of (const Page *page, float weight, float scale)
{
  float strength = sen_explain_view_strength (page->map, weight, scale);
  return (guint8) (page->map == SEN_HEAT_CHANGE ? 128.5f + 127.0f * strength : 0.5f + 255.0f * strength);
}

static void
add_data (Page *page)
{
  const SenExplanationInfo *info = page->info;
  uint32_t n = info->n_pieces;
  g_autoptr (GString) json = g_string_new (NULL);
  g_autofree guint8 *bytes = g_malloc (MAX ((gsize) page->n_rows * n, 1));
  g_string_append_printf (json, "{\"n\":%u,\"first\":%u,\"steps\":%d,\"isShare\":%s,\"wholeMost\":%.6g,\"wholeName\":", n,
                          info->first_query + page->first_row, STEPS, page->map == SEN_HEAT_SHARE ? "true" : "false",
                          (double) page->whole_scale);
  sen_json_quote (json, whole_name (page));
  g_string_append (json, ",\"whole\":[");
  for (uint32_t i = 0; i < n; i++)
    g_string_append_printf (json, i > 0 ? ",%u" : "%u", byte_of (page, page->whole[i], page->whole_scale));
  g_string_append (json, "],\"most\":[");
  for (uint32_t i = 0; i < page->n_rows; i++)
    {
      const float *row = info->weights + (size_t) (page->first_row + i) * n;
      float scale = sen_explain_view_scale (info, row);
      g_string_append_printf (json, i > 0 ? ",%.6g" : "%.6g", (double) scale);
      for (uint32_t j = 0; j < n; j++)
        bytes[(size_t) i * n + j] = byte_of (page, row[j], scale);
    }
  g_autofree char *base64 = g_base64_encode (bytes, (gsize) page->n_rows * n);
  g_string_append_printf (json, "],\"rows\":\"%s\",\"texts\":[", base64);
  for (uint32_t i = 0; i < n; i++)
    {
      const SenPiece *piece = &info->pieces[i];
      sen_json_quote (i > 0 ? g_string_append_c (json, ',') : json, piece->span >= 0 ? info->spans[piece->span].name : piece->text);
    }
  g_string_append (json, "],\"units\":[");
  for (uint32_t i = 0; page->map == SEN_HEAT_CHANGE && info->unit_of != NULL && i < n; i++)
    g_string_append_printf (json, i > 0 ? ",%d" : "%d", info->unit_of[i]);
  g_string_append_c (json, ']');
  add_candidates (json, page);
  g_string_append_c (json, '}');
  g_string_append (page->html, "<script type=\"application/json\" id=\"data\">");
  add_json (page, json);
  g_string_append (page->html, "</script>\n");
}

/* --- All of it ----------------------------------------------------------------------------------------------------------------------- */

static void
add_title (Page *page, const char *element)
{
  g_string_append_printf (page->html, "<%s>", element);
  add_text (page, _("Where it looked"));
  if (page->report != NULL && page->report->title != NULL)
    add_format (page, ": %s", page->report->title);
  g_string_append_printf (page->html, "</%s>\n", element);
}

static void
add_head (Page *page, const char *style, const char *script)
{
  g_autofree char *style_source = hash_source (style), *script_source = hash_source (script);
  g_autofree char *about = sen_explain_view_describe (page->info);
  /* translators: the code of the language that you translate into, such as de or pt-BR */
  g_string_append_printf (page->html, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n", _("en"));
  g_string_append_printf (page->html, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
                          "style-src %s; script-src %s; base-uri 'none'; form-action 'none'\">\n"
                          "<meta name=\"viewport\" content=\"width=device-width\">\n", style_source, script_source);
  add_title (page, "title");
  g_string_append_printf (page->html, "<style>%s</style>\n</head>\n<body>\n", style);
  add_title (page, "h1");
  g_string_append (page->html, "<p class=\"about\">");
  add_text (page, about);
  g_string_append (page->html, "</p>\n<p class=\"limits\">");
  add_text (page, _(sen_explain_method_limits (page->info->method)));
  g_string_append (page->html, "</p>\n");
}

static void
add_body (Page *page)
{
  const SenExplanationInfo *info = page->info;
  if (page->n_rows > 0)
    add_element (page, "p", _("Point at a word, or reach it with the Tab key, to see where the model looked when it chose it; press Enter "
                              "or click to keep it."));
  if (page->first_row > 0)
    {
      g_string_append (page->html, "<p>");
      add_format (page, _("This page holds the last %u of %u rows; the others are in the JSON."), page->n_rows, info->n_queries);
      g_string_append (page->html, "</p>\n");
    }
  add_scale (page);
  add_media (page);
  add_pieces (page);
  g_string_append (page->html, "<h2>");
  add_text (page, page->map == SEN_HEAT_CHANGE ? _("What changed most:") : _("Most looked at:"));
  g_string_append (page->html, " <span id=\"asked\">");
  add_text (page, whole_name (page));
  g_string_append (page->html, "</span></h2>\n<table aria-live=\"polite\"><tbody id=\"top\"></tbody></table>\n");
  if (info->predictions != NULL)
    {
      add_element (page, "h2", _("What it might have said"));
      g_string_append (page->html, "<table><tbody id=\"others\"></tbody></table>\n");
    }
  if (info->lens != NULL)
    add_lens (page);
  add_trust (page);
}

char *
sen_explain_report_html (const SenExplanation *explanation, const SenExplainReport *report)
{
  const SenExplanationInfo *info = sen_explanation_info (explanation);
  SenHeatMap map = sen_explain_view_map (info);
  g_autofree char *style = make_style (map), *script = read_resource (JS_RESOURCE);
  g_autofree float *whole = sen_explain_view_whole (info);
  Page page = { .html = g_string_new (NULL), .info = info, .report = report, .map = map, .whole = whole };
  page.whole_scale = sen_explain_view_scale (info, whole);
  /* Printf follows the thread's locale, and numbers of JavaScript and SVG have points. */
  locale_t numbers = newlocale (LC_NUMERIC_MASK, "C", (locale_t) 0), own = uselocale (numbers);
  page.n_rows = info->weights != NULL ? MIN (info->n_queries, MAX_CELLS / MAX (info->n_pieces, 1)) : 0;
  page.first_row = info->weights != NULL ? info->n_queries - page.n_rows : 0;
  add_head (&page, style, script);
  add_body (&page);
  add_data (&page);
  g_string_append_printf (page.html, "<script>%s</script>\n</body>\n</html>\n", script);
  uselocale (own);
  freelocale (numbers);
  return g_string_free (page.html, FALSE);
}
