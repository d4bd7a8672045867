/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Reports of an explanation that no model made: what hostile text may not do in a page, how large it gets, what NumPy's format asks. */
#include <math.h>
#include <string.h>

#include "sen-explain-report.h"
#include "sen-explain-units.h"
#include "sen-explanation-private.h"

#define GRID 4u
#define N_SOUND 5u

/* What people write, what a model writes, and a picture and a recording between them. */
static const char *const words[] = {
  "<|im_start|>", "user", "\n", "</script>", "<script>alert(1)</script>", " &amp;", " \"quoted\"", ".", " Next", " one", "!", "\n",
  " \xc3\xa4rger", "<|im_end|>", " Paris", "'</style>", ".",
};
#define N_WORDS G_N_ELEMENTS (words)
#define N_BEFORE 3u     /* the template's */
#define N_MEDIA (GRID * GRID + N_SOUND)
#define N_PIECES ((uint32_t) N_WORDS + N_MEDIA)
#define N_QUERIES 4u
#define FIRST_ANSWER (N_PIECES - 3u)

static void
fill_piece (SenPiece *piece, uint32_t i)
{
  uint32_t word = i < N_BEFORE ? i : i - N_MEDIA;
  bool is_media = i >= N_BEFORE && i < N_BEFORE + N_MEDIA;
  *piece = (SenPiece) { .id = is_media ? SEN_NO_TOKEN : (SenToken) word, .text = is_media ? "" : words[word], .message = 0, .span = -1 };
  if (is_media)
    {
      piece->kind = SEN_PIECE_MEDIA;
      piece->span = i < N_BEFORE + GRID * GRID ? 0 : 1;
    }
  else if (i < N_BEFORE || word == 13)
    {
      piece->kind = SEN_PIECE_TEMPLATE;
      piece->message = -1;
    }
  else
    {
      piece->kind = SEN_PIECE_TEXT;
      piece->message = i >= FIRST_ANSWER ? 1 : 0;
    }
}

static SenExplanation *
make (void)
{
  SenExplanation *explanation = sen_explanation_new ();
  SenExplanationInfo *info = &explanation->info;
  SenPiece *pieces = sen_explanation_take (explanation, g_new0 (SenPiece, N_PIECES));
  SenExplanationSpan *spans = sen_explanation_take (explanation, g_new0 (SenExplanationSpan, 2));
  float *weights = sen_explanation_take (explanation, g_new0 (float, (gsize) N_QUERIES * N_PIECES));
  SenPrediction *predictions = sen_explanation_take (explanation, g_new0 (SenPrediction, N_QUERIES));
  SenCandidate *candidates = sen_explanation_take (explanation, g_new0 (SenCandidate, N_QUERIES));
  static const float times[2 * N_SOUND] = { 0.0f, 0.25f, 0.25f, 0.5f, 1.0f, 1.5f, 1.5f, 2.0f, 2.25f, 2.5f };
  static float falling[] = { -1.0f, -3.0f, -4.0f }, rising[] = { -4.0f, -2.0f, -1.0f }, spread[] = { 0.0f, 0.5f, 0.0f };
  static const uint32_t layers[] = { 0, 1 };
  SenTrust *trust = sen_explanation_take (explanation, g_new (SenTrust, 1));
  *trust = (SenTrust) {
    .n_steps = 2, .n_orders = 5, .n_units = 2, .deletion = falling, .insertion = rising, .chance = falling, .chance_spread = spread,
    .ratio = 1.25f, .deletion_area = -2.75f, .insertion_area = -2.0f, .chance_area = -2.4f, .chance_area_spread = 0.1f,
  };
  for (uint32_t i = 0; i < N_PIECES; i++)
    fill_piece (&pieces[i], i);
  spans[0] = (SenExplanationSpan) {
    .kind = SEN_ATTACHMENT_PICTURE, .name = "<b>cat</b>.png", .first = N_BEFORE, .n = GRID * GRID, .n_row = GRID, .n_column = GRID,
    .x1 = 1.0f, .y1 = 1.0f,
  };
  spans[1] = (SenExplanationSpan) {
    .kind = SEN_ATTACHMENT_SOUND, .name = "a&b.wav", .media = 1, .first = N_BEFORE + GRID * GRID, .n = N_SOUND, .n_row = 1,
    .n_column = N_SOUND, .x1 = 2.5f, .times = times,
  };
  for (uint32_t i = 0; i < N_QUERIES; i++)
    {
      for (uint32_t j = 0; j < N_PIECES; j++)
        weights[i * N_PIECES + j] = j == 0 ? 0.7f : (float) ((i + j) % 7) * 0.01f;
      predictions[i] = (SenPrediction) { .entropy = 1.0f, .token = 3, .logprob = -0.5f, .n_alternatives = 1 };
      candidates[i] = (SenCandidate) { .id = 3, .text = "</script><img src=x onerror=alert(2)>", .logprob = -0.5f };
    }
  *info = (SenExplanationInfo) {
    .model = "<i>made</i> up", .device = "none", .method = SEN_EXPLAIN_ATTENTION, .n_layer = 2, .n_head = 3, .layers = layers,
    .n_layers = 2, .n_heads = 3,
    .pieces = pieces, .n_pieces = N_PIECES, .spans = spans, .n_spans = 2, .first_query = FIRST_ANSWER - 1, .n_queries = N_QUERIES,
    .weights = weights, .predictions = predictions, .candidates = candidates, .n_candidates = 1, .trust = trust,
  };
  return explanation;
}

/* As they are given, or else in equal parts. */
static void
test_times (void)
{
  g_autoptr (SenExplanation) explanation = make ();
  SenExplanationSpan span = sen_explanation_info (explanation)->spans[1];
  g_autofree char *json = sen_explanation_to_json (explanation);
  double start, end;
  g_assert_nonnull (strstr (json, "\"start_seconds\":1,\"end_seconds\":1.5"));
  sen_explanation_span_time (&span, 4, &start, &end);
  g_assert_cmpfloat (start, ==, 2.25);
  g_assert_cmpfloat (end, ==, 2.5);
  span.times = NULL;
  sen_explanation_span_time (&span, 4, &start, &end);
  g_assert_cmpfloat (start, ==, 2.0);
  g_assert_cmpfloat (end, ==, 2.5);
}

static SenImage *
make_image (int width, int height)
{
  g_autofree uint8_t *pixels = g_malloc ((gsize) 3 * width * height);
  for (int i = 0; i < 3 * width * height; i++)
    pixels[i] = (uint8_t) (i * 2654435761u >> 24);
  return sen_image_new (width, height, pixels);
}

static guint
count (const char *text, const char *what)
{
  guint n = 0;
  for (const char *at = strstr (text, what); at != NULL; at = strstr (at + 1, what))
    n++;
  return n;
}

/* --- The page ------------------------------------------------------------------------------------------------------------------------- */

static char *
sha256 (const char *html, const char *from, const char *to)
{
  const char *start = strstr (html, from) + strlen (from), *end = strstr (start, to);
  guint8 digest[32];
  gsize n = sizeof digest;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (checksum, (const guchar *) start, end - start);
  g_checksum_get_digest (checksum, digest, &n);
  g_autofree char *base64 = g_base64_encode (digest, n);
  return g_strdup_printf ("'sha256-%s'", base64);
}

static void
test_page (void)
{
  g_autoptr (SenExplanation) explanation = make ();
  g_autoptr (SenImage) image = make_image (300, 200);
  const SenExplainReport report = { .title = "<title>", .pictures = &image, .n_pictures = 1 };
  g_autofree char *html = sen_explain_report_html (explanation, &report);

  /* The page's own elements, and none of the text's. */
  g_assert_cmpuint (count (html, "<script"), ==, 2);
  g_assert_cmpuint (count (html, "</script"), ==, 2);
  g_assert_cmpuint (count (html, "</style"), ==, 1);
  g_assert_cmpuint (count (html, "<title"), ==, 1);
  g_assert_cmpuint (count (html, "<img") + count (html, "<b>") + count (html, "<i>"), ==, 0);
  g_assert_cmpuint (count (html, "&lt;script&gt;alert(1)"), >, 0);

  /* Nothing is loaded from anywhere: what has an address has its bytes with it. */
  g_assert_cmpuint (count (html, "href="), ==, 1);
  g_assert_cmpuint (count (html, "src="), ==, count (html, "\\u003cimg src=x"));
  g_assert_cmpuint (count (html, "href=\"data:image/png;base64,"), ==, 1);
  g_assert_cmpuint (count (html, "://"), ==, 0);
  g_autofree char *style = sha256 (html, "<style>", "</style>"), *script = sha256 (html, "</script>\n<script>", "</script>");
  g_assert_nonnull (strstr (html, "default-src 'none'; img-src data:;"));
  g_assert_nonnull (strstr (html, style));
  g_assert_nonnull (strstr (html, script));
  g_assert_cmpuint (count (html, "style=\""), ==, 0);   /* the policy would forbid it */

  /* A cell of each embedding, a word of each token, and the answer's words can be asked about. */
  g_assert_cmpuint (count (html, "<rect data-p="), ==, N_MEDIA);
  g_assert_cmpuint (count (html, "<span data-p="), ==, N_WORDS);
  g_assert_cmpuint (count (html, "data-q="), ==, 3);
  g_assert_true (g_utf8_validate (html, -1, NULL));
  g_assert_nonnull (strstr (html, "change 1.2 times better than chance"));
  g_assert_cmpuint (count (html, "<polyline"), ==, 3);
}

/* What can go either way has a scale of both sides, and more than a colour says which. */
static void
test_changes (void)
{
  g_autoptr (SenExplanation) explanation = make ();
  SenExplanationInfo *info = &explanation->info;
  float *weights = (float *) info->weights;
  info->method = SEN_EXPLAIN_OCCLUSION;
  for (uint32_t i = 0; i < N_QUERIES * N_PIECES; i++)
    weights[i] = i % N_PIECES == N_PIECES - 5u ? -0.5f : 0.25f;
  g_autofree char *html = sen_explain_report_html (explanation, NULL);
  g_assert_nonnull (strstr (html, "<span id=\"least\">\u22122</span>"));
  g_assert_nonnull (strstr (html, "<span id=\"most\">+2</span>"));
  g_assert_cmpuint (count (html, " class=\"t-32\""), ==, 2);   /* the piece, and the scale */
  g_assert_nonnull (strstr (html, "underline"));
  g_assert_nonnull (strstr (html, "\"isShare\":false"));
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) png = sen_explain_report_png (explanation, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (png);
}

/* Trust that is none is called so, in both. */
static void
test_trust (void)
{
  static const struct {
    float       ratio, deletion_area;
    const char *says;
  } cases[] = {
    { 2.12f, -3.0f, "2.1 times better than chance" }, { 1.1f, -2.5f, "no better than chance" }, { 0.6f, -2.0f, "worse than chance" },
    { NAN, -2.4f, "cannot be said" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SenExplanation) explanation = make ();
      SenTrust *trust = (SenTrust *) explanation->info.trust;
      trust->ratio = cases[i].ratio;
      trust->deletion_area = cases[i].deletion_area;
      g_autofree char *html = sen_explain_report_html (explanation, NULL), *json = sen_explanation_to_json (explanation);
      g_assert_nonnull (strstr (html, cases[i].says));
      g_assert_nonnull (strstr (html, "<td>50 %</td><td>-3.00</td><td>-2.00</td><td>-3.00 ± 0.50</td>"));
      g_assert_nonnull (strstr (json, "\"trust\":{\"units\":2,\"steps\":2,\"random_orders\":5"));
      g_assert_nonnull (strstr (json, isfinite (cases[i].ratio) ? "\"ratio\":" : "\"ratio\":null"));
    }
}

/* The height of @png, in which a sentence stands at the end where it was cut. */
static guint
height_of (GBytes *png)
{
  const guint8 *bytes = g_bytes_get_data (png, NULL);
  return (guint) bytes[22] << 8 | bytes[23];
}

/* 8,000 tokens and more rows than fit. */
static void
test_large_page (void)
{
  g_autoptr (SenExplanation) explanation = sen_explanation_new ();
  SenExplanationInfo *info = &explanation->info;
  const uint32_t n = 8000, n_queries = 1000;
  SenPiece *pieces = sen_explanation_take (explanation, g_new0 (SenPiece, n));
  float *weights = sen_explanation_take (explanation, g_new0 (float, (gsize) n_queries * n));
  for (uint32_t i = 0; i < n; i++)
    pieces[i] = (SenPiece) { .id = 1, .text = " <&>\"'", .kind = SEN_PIECE_TEXT, .message = (int32_t) (i / 100), .span = -1 };
  for (size_t i = 0; i < (size_t) n_queries * n; i++)
    weights[i] = (float) (i % 97) * 1e-4f;
  *info = (SenExplanationInfo) {
    .model = "m", .device = "d", .method = SEN_EXPLAIN_ATTENTION, .pieces = pieces, .n_pieces = n, .first_query = n - n_queries,
    .n_queries = n_queries, .weights = weights,
  };
  g_autoptr (SenImage) image = make_image (1500, 1500);
  SenImage *pictures[] = { image, image, image, image };
  const SenExplainReport report = { .pictures = pictures, .n_pictures = 4 };
  g_autofree char *html = sen_explain_report_html (explanation, &report);
  g_test_message ("%.2f MB", strlen (html) / 1e6);
  g_assert_cmpuint (strlen (html), <, 5000000);
  g_assert_nonnull (strstr (html, "holds the last"));

  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) png = sen_explain_report_png (explanation, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (height_of (png), <, 12000);
  /* As lines, it is higher than a picture may be. */
  for (uint32_t i = 0; i < n; i++)
    pieces[i].text = "a\n";
  g_autoptr (GBytes) high = sen_explain_report_png (explanation, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (height_of (high), ==, 12000);
}

/* One token and no weights at all are pages too. */
static void
test_little (void)
{
  for (uint32_t n = 0; n < 2; n++)
    {
      g_autoptr (SenExplanation) explanation = sen_explanation_new ();
      g_autoptr (GError) error = NULL;
      SenPiece piece = { .id = 1, .text = "a", .kind = SEN_PIECE_TEXT, .span = -1 };
      explanation->info = (SenExplanationInfo) { .model = "m", .device = "d", .method = SEN_EXPLAIN_ATTENTION, .pieces = &piece,
                                                 .n_pieces = n };
      g_autofree char *html = sen_explain_report_html (explanation, NULL);
      g_assert_true (g_str_has_suffix (html, "</html>\n"));
      g_autoptr (GBytes) png = sen_explain_report_png (explanation, NULL, &error);
      g_autoptr (GBytes) npz = sen_explain_report_npz (explanation, &error);
      g_assert_no_error (error);
      g_assert_nonnull (png);
      g_assert_nonnull (npz);
    }
}

/* --- The picture ---------------------------------------------------------------------------------------------------------------------- */

static void
test_png (void)
{
  g_autoptr (SenExplanation) explanation = make ();
  g_autoptr (SenImage) image = make_image (300, 200);
  g_autoptr (GError) error = NULL;
  const SenExplainReport report = { .pictures = &image, .n_pictures = 1 };
  g_autoptr (GBytes) png = sen_explain_report_png (explanation, &report, &error);
  g_assert_no_error (error);
  gsize n;
  const guint8 *bytes = g_bytes_get_data (png, &n);
  g_assert_cmpuint (n, >, 24);
  g_assert_cmpmem (bytes, 8, "\x89PNG\r\n\x1a\n", 8);
  g_assert_cmpuint ((guint) bytes[18] << 8 | bytes[19], ==, 1000);                      /* width */
  g_assert_cmpuint ((guint) bytes[22] << 8 | bytes[23], >, 320);                        /* height: the picture's and some text */
}

/* --- NumPy ---------------------------------------------------------------------------------------------------------------------------- */

/* The numbers of member @name, after a head that says @says. NPZ members are stored as they are. */
static const guint8 *
find_array (const guint8 *npz, gsize n, const char *name, const char *says)
{
  g_autofree char *member = g_strconcat (name, ".npy", NULL);
  const guint8 *at = memmem (npz, n, member, strlen (member));
  g_assert_nonnull (at);
  at += strlen (member);
  g_assert_cmpmem (at, 8, "\x93NUMPY\x01\x00", 8);
  guint head = (guint) at[8] | (guint) at[9] << 8;
  g_assert_cmpuint ((10 + head) % 64, ==, 0);
  g_assert_cmpuint (at[9 + head], ==, '\n');
  g_assert_nonnull (memmem (at + 10, head, says, strlen (says)));
  return at + 10 + head;
}

static void
test_npz (void)
{
  g_autoptr (SenExplanation) explanation = make ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) npz = sen_explain_report_npz (explanation, &error);
  g_assert_no_error (error);
  gsize n;
  const guint8 *bytes = g_bytes_get_data (npz, &n);
  g_assert_cmpmem (bytes, 4, "PK\x03\x04", 4);
  g_autofree char *shape = g_strdup_printf ("'shape': (%u,%u,)", N_QUERIES, N_PIECES);
  const SenExplanationInfo *info = sen_explanation_info (explanation);
  g_assert_cmpmem (find_array (bytes, n, "weights", shape), N_QUERIES * N_PIECES * sizeof (float), info->weights,
                   N_QUERIES * N_PIECES * sizeof (float));
  find_array (bytes, n, "tokens", "U25'");
  find_array (bytes, n, "span_grids", "'shape': (2,4,)");
  find_array (bytes, n, "seconds", "'shape': (38,2,)");
  /* The same again is the same file. */
  g_autoptr (GBytes) again = sen_explain_report_npz (explanation, &error);
  g_assert_true (g_bytes_equal (npz, again));
}

/* --- Units ---------------------------------------------------------------------------------------------------------------------------- */

static void
check_units (const SenExplanationInfo *info, SenExplainGrain grain, uint32_t n_expected)
{
  g_autofree int32_t *unit_of = g_new (int32_t, info->n_pieces);
  uint32_t n = sen_explain_units (info, FIRST_ANSWER, grain, unit_of), n_seen = 0;
  for (uint32_t i = 0; i < info->n_pieces; i++)
    {
      g_assert_cmpint (unit_of[i], <=, (int32_t) n_seen);   /* in the order in which they come */
      n_seen = MAX (n_seen, (uint32_t) (unit_of[i] + 1));
      if (info->pieces[i].kind == SEN_PIECE_TEMPLATE || i >= FIRST_ANSWER)
        g_assert_cmpint (unit_of[i], ==, -1);
      else
        g_assert_cmpint (unit_of[i], >=, 0);
    }
  g_assert_cmpuint (n_seen, ==, n);
  g_assert_cmpuint (n, ==, n_expected);
}

static void
test_units (void)
{
  g_autoptr (SenExplanation) explanation = make ();
  const SenExplanationInfo *info = sen_explanation_info (explanation);
  /* </script><script>… | &amp; | "quoted". | Next | one! | ärger */
  check_units (info, SEN_GRAIN_WORDS, N_MEDIA + 6);
  check_units (info, SEN_GRAIN_AUTO, N_MEDIA + 6);
  check_units (info, SEN_GRAIN_SENTENCES, N_MEDIA + 3);
  check_units (info, SEN_GRAIN_SOURCES, 3);

  /* A long text is put together, as evenly as its messages allow. */
  g_autofree SenPiece *pieces = g_new0 (SenPiece, 1000);
  g_autofree int32_t *unit_of = g_new (int32_t, 1000);
  for (uint32_t i = 0; i < 1000; i++)
    pieces[i] = (SenPiece) { .id = 1, .text = " word", .kind = SEN_PIECE_TEXT, .span = -1 };
  const SenExplanationInfo many = { .pieces = pieces, .n_pieces = 1000 };
  uint32_t n = sen_explain_units (&many, 990, SEN_GRAIN_AUTO, unit_of);
  g_assert_cmpuint (n, <=, SEN_GRAIN_MANY);
  g_assert_cmpuint (n, >, SEN_GRAIN_MANY / 2);
  g_assert_cmpint (unit_of[989], ==, (int32_t) n - 1);
  g_assert_cmpint (unit_of[990], ==, -1);

  /* Two attachments in words, and one that entered directly as well, are one source each. */
  SenPiece mixed[] = {
    { .kind = SEN_PIECE_MEDIA, .span = 0 },
    { .kind = SEN_PIECE_MEDIA, .span = 0 },
    { .text = "one", .kind = SEN_PIECE_WORDS, .span = -1, .media = 0 },
    { .text = " two", .kind = SEN_PIECE_WORDS, .span = -1, .media = 0 },
    { .text = " three", .kind = SEN_PIECE_WORDS, .span = -1, .media = 1 },
    { .text = " four", .kind = SEN_PIECE_WORDS, .span = -1, .media = 2 },
    { .text = " What?", .kind = SEN_PIECE_TEXT, .span = -1 },
  };
  static const int32_t expected[] = { 0, 0, 0, 0, 1, 2, 3 };
  const SenExplanationSpan picture = { .kind = SEN_ATTACHMENT_PICTURE, .n = 2, .n_row = 1, .n_column = 2, .x1 = 1.0f, .y1 = 1.0f };
  const SenExplanationInfo sources = { .pieces = mixed, .n_pieces = G_N_ELEMENTS (mixed), .spans = &picture, .n_spans = 1 };
  g_assert_cmpuint (sen_explain_units (&sources, G_N_ELEMENTS (mixed), SEN_GRAIN_SOURCES, unit_of), ==, 4);
  for (guint i = 0; i < G_N_ELEMENTS (mixed); i++)
    g_assert_cmpint (unit_of[i], ==, expected[i]);
  g_assert_cmpuint (sen_explain_units (&sources, G_N_ELEMENTS (mixed), SEN_GRAIN_SENTENCES, unit_of), ==, 6);

  SenExplainGrain grain;
  g_assert_true (sen_explain_grain_find ("sentences", &grain));
  g_assert_cmpint (grain, ==, SEN_GRAIN_SENTENCES);
  g_assert_false (sen_explain_grain_find ("", &grain));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/explain-report/times", test_times);
  g_test_add_func ("/explain-report/page", test_page);
  g_test_add_func ("/explain-report/changes", test_changes);
  g_test_add_func ("/explain-report/trust", test_trust);
  g_test_add_func ("/explain-report/large-page", test_large_page);
  g_test_add_func ("/explain-report/little", test_little);
  g_test_add_func ("/explain-report/png", test_png);
  g_test_add_func ("/explain-report/npz", test_npz);
  g_test_add_func ("/explain-report/units", test_units);
  return g_test_run ();
}
