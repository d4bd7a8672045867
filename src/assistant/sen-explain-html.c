/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <gio/gio.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "sen-assistant-resources.h"
#include "sen-explain-picture.h"
#include "sen-explain-report.h"
#include "sen-explain-view.h"
#include "sen-heat.h"
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
  float                    *mean;
  float                     mean_scale;
  uint32_t                  first_row, n_rows;   /* of the queries, those that the page holds */
  size_t                    n_picture_bytes;
} Page;

static void
add_text (Page *page, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  g_string_append (page->html, escaped);
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

static char *
make_style (void)
{
  g_autofree char *fixed = read_resource (CSS_RESOURCE);
  GString *style = g_string_new (fixed);
  for (int i = 1; i <= STEPS; i++)
    {
      guint8 tint[3], colour[3];
      sen_explain_view_tint ((float) i / STEPS, tint);
      sen_heat_colour ((float) i / STEPS, colour);
      g_string_append_printf (style, ".t%d { background: #%02x%02x%02x; fill: #%02x%02x%02x; }\n", i, tint[0], tint[1], tint[2],
                              colour[0], colour[1], colour[2]);
    }
  g_string_append (style, "svg .t0 { fill: none; }\n");
  return g_string_free (style, FALSE);
}

static int
step_of (float weight, float scale)
{
  return (int) ceilf (sen_explain_view_strength (weight, scale) * STEPS);
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
          g_string_append_printf (page->html, "… and %u more tokens.", info->n_pieces - i);
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
      g_string_append_printf (page->html, "<span data-p=\"%u\" class=\"t%d\"", i, step_of (page->mean[i], page->mean_scale));
      add_handle (page, i);
      g_string_append_c (page->html, '>');
      add_text (page, piece->text);
      g_string_append (page->html, "</span>");
    }
  g_string_append (page->html, info->n_pieces > 0 ? "</div>\n" : "");
}

/* --- Pictures and recordings --------------------------------------------------------------------------------------------------------- */

static void
add_cell (Page *page, uint32_t i, double x, double y, double width, double height)
{
  g_string_append_printf (page->html, "<rect data-p=\"%u\" class=\"t%d\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"/>\n", i,
                          step_of (page->mean[i], page->mean_scale), x, y, width, height);
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
  g_string_append (page->html, "aria-label=\"Heat on ");
  add_text (page, info->spans[first_span].name);
  g_string_append (page->html, "\">\n");
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
  g_string_append (page->html, "<figure><svg viewBox=\"0 0 900 48\" width=\"900\" height=\"48\" role=\"img\" aria-label=\"Heat along ");
  add_text (page, info->spans[first_span].name);
  g_string_append (page->html, "\">\n");
  for (uint32_t s = first_span; s < info->n_spans && info->spans[s].media == media; s++)
    {
      const SenExplanationSpan *span = &info->spans[s];
      double w = (double) (span->x1 - span->x0) / span->n * scale;
      for (uint32_t i = 0; i < span->n; i++)
        add_cell (page, span->first + i, span->x0 * scale + w * i, 0.0, w, 48.0);
    }
  g_string_append (page->html, "</svg><figcaption>");
  add_text (page, info->spans[first_span].name);
  g_string_append_printf (page->html, ", 0 to %.1f s</figcaption></figure>\n", (double) end);
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
  g_string_append (page->html, "<h2>Layer by layer</h2>\n<p>What the model would say next if each layer were its last.</p>\n"
                               "<table><tr><th>Layer</th><th>Doubt (nats)</th><th>Likeliest</th></tr>\n");
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

static void
add_curve (Page *page, const char *name, const float *curve, uint32_t n_steps, float low, float high)
{
  g_string_append_printf (page->html, "<polyline class=\"%s\" points=\"", name);
  for (uint32_t i = 0; i <= n_steps; i++)
    g_string_append_printf (page->html, "%.1f,%.1f ", 300.0 * i / n_steps, 10.0 + 100.0 * (double) ((high - curve[i]) / (high - low)));
  g_string_append (page->html, "\"/>\n");
}

/* Curves of the answer's log-probability while more and more is hidden or shown. */
static void
add_trust (Page *page)
{
  g_autofree char *sentence = sen_explain_view_trust (page->info);
  const SenTrust *trust = page->info->trust;
  if (trust == NULL)
    return;
  float low = trust->deletion[0], high = low;
  for (uint32_t i = 0; i <= trust->n_steps; i++)
    {
      low = MIN (low, MIN (trust->chance[i], MIN (trust->deletion[i], trust->insertion[i])));
      high = MAX (high, MAX (trust->chance[i], MAX (trust->deletion[i], trust->insertion[i])));
    }
  g_string_append_printf (page->html, "<h2>Trust</h2>\n<p>%s</p>\n", sentence);
  if (high > low)
    {
      g_string_append (page->html, "<figure><svg class=\"curves\" viewBox=\"0 0 300 120\" width=\"600\" height=\"240\" role=\"img\" "
                                   "aria-label=\"Log-probability of the answer while words are hidden or shown\">\n");
      add_curve (page, "chance", trust->chance, trust->n_steps, low, high);
      add_curve (page, "deletion", trust->deletion, trust->n_steps, low, high);
      add_curve (page, "insertion", trust->insertion, trust->n_steps, low, high);
      g_string_append_printf (page->html, "</svg><figcaption>Log-probability of the answer, %.1f to %.1f nats, while more and more is hidden, the "
                              "warmest first (solid, area %.2f), shown in that order (dashed, %.2f), or hidden in random orders (grey, mean of %u, "
                              "%.2f ± %.2f)</figcaption></figure>\n", (double) low, (double) high, (double) trust->deletion_area,
                              (double) trust->insertion_area, trust->n_orders, (double) trust->chance_area, (double) trust->chance_area_spread);
    }
}

static void
add_scale (Page *page)
{
  g_string_append (page->html, "<p class=\"scale\">0 ");
  for (int i = 1; i <= STEPS; i += 3)
    g_string_append_printf (page->html, "<i class=\"t%d\"></i>", i);
  g_string_append_printf (page->html, " <span id=\"most\">%.2g</span></p>\n", (double) page->mean_scale);
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

static guint8
byte_of (float weight, float scale)
{
  return (guint8) (sen_explain_view_strength (weight, scale) * 255.0f + 0.5f);
}

static void
add_data (Page *page)
{
  const SenExplanationInfo *info = page->info;
  uint32_t n = info->n_pieces;
  g_autoptr (GString) json = g_string_new (NULL);
  g_autofree guint8 *bytes = g_malloc (MAX ((gsize) page->n_rows * n, 1));
  bool is_share = info->method == SEN_EXPLAIN_ATTENTION || info->method == SEN_EXPLAIN_ROLLOUT;
  g_string_append_printf (json, "{\"n\":%u,\"first\":%u,\"steps\":%d,\"isShare\":%s,\"whole\":\"the mean of all\",\"meanMost\":%.6g,", n,
                          info->first_query + page->first_row, STEPS, is_share ? "true" : "false", (double) page->mean_scale);
  g_string_append (json, "\"mean\":[");
  for (uint32_t i = 0; i < n; i++)
    g_string_append_printf (json, i > 0 ? ",%u" : "%u", byte_of (page->mean[i], page->mean_scale));
  g_string_append (json, "],\"most\":[");
  for (uint32_t i = 0; i < page->n_rows; i++)
    {
      const float *row = info->weights + (size_t) (page->first_row + i) * n;
      float scale = sen_explain_view_scale (info, row);
      g_string_append_printf (json, i > 0 ? ",%.6g" : "%.6g", (double) scale);
      for (uint32_t j = 0; j < n; j++)
        bytes[(size_t) i * n + j] = byte_of (row[j], scale);
    }
  g_autofree char *base64 = g_base64_encode (bytes, (gsize) page->n_rows * n);
  g_string_append_printf (json, "],\"rows\":\"%s\",\"texts\":[", base64);
  for (uint32_t i = 0; i < n; i++)
    {
      const SenPiece *piece = &info->pieces[i];
      sen_json_quote (i > 0 ? g_string_append_c (json, ',') : json, piece->span >= 0 ? info->spans[piece->span].name : piece->text);
    }
  g_string_append_c (json, ']');
  add_candidates (json, page);
  g_string_append_c (json, '}');
  g_string_append (page->html, "<script type=\"application/json\" id=\"data\">");
  add_json (page, json);
  g_string_append (page->html, "</script>\n");
}

/* --- All of it ----------------------------------------------------------------------------------------------------------------------- */

static void
add_title (Page *page)
{
  if (page->report == NULL || page->report->title == NULL)
    return;
  g_string_append (page->html, ": ");
  add_text (page, page->report->title);
}

static void
add_head (Page *page, const char *style, const char *script)
{
  g_autofree char *style_source = hash_source (style), *script_source = hash_source (script);
  g_autofree char *about = sen_explain_view_describe (page->info);
  g_string_append_printf (page->html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src %s; "
                          "script-src %s; base-uri 'none'; form-action 'none'\">\n"
                          "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Where it looked",
                          style_source, script_source);
  add_title (page);
  g_string_append_printf (page->html, "</title>\n<style>%s</style>\n</head>\n<body>\n<h1>Where it looked", style);
  add_title (page);
  g_string_append (page->html, "</h1>\n<p class=\"about\">");
  add_text (page, about);
  g_string_append (page->html, "</p>\n<p class=\"limits\">");
  add_text (page, sen_explain_method_limits (page->info->method));
  g_string_append (page->html, "</p>\n");
}

static void
add_body (Page *page)
{
  const SenExplanationInfo *info = page->info;
  if (page->n_rows > 0)
    g_string_append (page->html, "<p>Point at a word, or reach it with the Tab key, to see where the model looked when it chose it; "
                                 "press Enter or click to keep it.</p>\n");
  if (page->first_row > 0)
    g_string_append_printf (page->html, "<p>This page holds the last %u of %u rows; the others are in the JSON.</p>\n", page->n_rows,
                            info->n_queries);
  add_scale (page);
  add_media (page);
  add_pieces (page);
  g_string_append (page->html, "<h2>Most looked at: <span id=\"asked\">the mean of all</span></h2>\n"
                               "<table aria-live=\"polite\"><tbody id=\"top\"></tbody></table>\n");
  if (info->predictions != NULL)
    g_string_append (page->html, "<h2>What it might have said</h2>\n<table><tbody id=\"others\"></tbody></table>\n");
  if (info->lens != NULL)
    add_lens (page);
  add_trust (page);
}

char *
sen_explain_report_html (const SenExplanation *explanation, const SenExplainReport *report)
{
  const SenExplanationInfo *info = sen_explanation_info (explanation);
  g_autofree char *style = make_style (), *script = read_resource (JS_RESOURCE);
  g_autofree float *mean = sen_explain_view_mean (info);
  Page page = { .html = g_string_new (NULL), .info = info, .report = report, .mean = mean };
  page.mean_scale = sen_explain_view_scale (info, mean);
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
