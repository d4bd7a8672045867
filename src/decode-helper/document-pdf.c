/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * PDF by poppler, a page a step. It gives lines and where their letters stand; paragraphs and headings are our guess from that. */
#include "document-pdf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>

#define MAX_OUTLINE 20000
#define MAX_OUTLINE_DEPTH 6
/* Letters so much larger than most make a heading, of at most so many bytes. */
#define HEADING_SCALE 1.15
#define MAX_HEADING_BYTES 250
/* Half a line more than from line to line begins a paragraph. */
#define PARAGRAPH_GAP 0.5
#define MAX_POINTS 64

typedef struct {
  uint32_t page, level;
  char    *title;
} Entry;

typedef struct {
  PopplerDocument *pdf;
  uint32_t next_page;       /* from 0 */
  uint32_t n_pages;         /* to be read */
  GArray  *outline;         /* Entry, in its own order */
  uint64_t sizes[MAX_POINTS + 1];   /* letters of each size in points so far */
} Pdf;

/* --- The list of contents ------------------------------------------------------------------------------------------------------------- */

static uint32_t
page_of (PopplerDocument *pdf, PopplerAction *action)
{
  if (action == NULL || action->type != POPPLER_ACTION_GOTO_DEST || action->goto_dest.dest == NULL)
    return 0;
  PopplerDest *dest = action->goto_dest.dest;
  if (dest->type != POPPLER_DEST_NAMED)
    return dest->page_num > 0 ? (uint32_t) dest->page_num : 0;
  PopplerDest *found = dest->named_dest != NULL ? poppler_document_find_dest (pdf, dest->named_dest) : NULL;
  uint32_t page = found != NULL && found->page_num > 0 ? (uint32_t) found->page_num : 0;
  if (found != NULL)
    poppler_dest_free (found);
  return page;
}

static void
collect_outline (Pdf *pdf, PopplerIndexIter *iter, uint32_t level)
{
  do
    {
      PopplerAction *action = poppler_index_iter_get_action (iter);
      Entry entry = { .page = page_of (pdf->pdf, action), .level = level };
      if (action != NULL && entry.page > 0 && action->any.title != NULL && *action->any.title != '\0')
        {
          entry.title = g_strdup (action->any.title);
          g_array_append_val (pdf->outline, entry);
        }
      if (action != NULL)
        poppler_action_free (action);
      PopplerIndexIter *child = level < MAX_OUTLINE_DEPTH ? poppler_index_iter_get_child (iter) : NULL;
      if (child != NULL)
        {
          collect_outline (pdf, child, level + 1);
          poppler_index_iter_free (child);
        }
    }
  while (pdf->outline->len < MAX_OUTLINE && poppler_index_iter_next (iter));
}

/* --- Lines of a page ------------------------------------------------------------------------------------------------------------------ */

typedef struct {
  const char *text;
  size_t      n_bytes;
  double      left, right, top, bottom;     /* of its letters, points, y downwards */
  double      size;                         /* of the first letter */
} Line;

/* @attributes in the order of the text; steps on to where @index lies. */
static double
size_at (GList **attributes, int index)
{
  while (*attributes != NULL && ((PopplerTextAttributes *) (*attributes)->data)->end_index < index)
    *attributes = (*attributes)->next;
  return *attributes != NULL ? ((PopplerTextAttributes *) (*attributes)->data)->font_size : 0;
}

static bool
is_plausible (const PopplerRectangle *r)
{
  return isfinite (r->x1) && isfinite (r->x2) && isfinite (r->y1) && isfinite (r->y2);
}

/* One rectangle a character, line ends included. */
static GArray *
split_lines (Pdf *pdf, const char *text, const PopplerRectangle *rectangles, guint n_rectangles, GList *attributes)
{
  GArray *lines = g_array_new (FALSE, FALSE, sizeof (Line));
  int index = 0;
  for (const char *p = text; *p != '\0';)
    {
      Line line = { .text = p };
      bool has_letters = false;
      for (; *p != '\0' && *p != '\n'; p = g_utf8_next_char (p), index++)
        {
          const PopplerRectangle *r = (guint) index < n_rectangles ? &rectangles[index] : NULL;
          if (r == NULL || !is_plausible (r) || g_ascii_isspace (*p))
            continue;
          double size = size_at (&attributes, index);
          pdf->sizes[(size_t) CLAMP (size, 0, MAX_POINTS)]++;
          if (!has_letters)
            line = (Line) { line.text, 0, r->x1, r->x2, r->y1, r->y2, size };
          has_letters = true;
          line.left = MIN (line.left, r->x1);
          line.right = MAX (line.right, r->x2);
          line.top = MIN (line.top, r->y1);
          line.bottom = MAX (line.bottom, r->y2);
        }
      line.n_bytes = (size_t) (p - line.text);
      g_array_append_val (lines, line);
      if (*p == '\n')
        {
          p++;
          index++;
        }
    }
  return lines;
}

/* The size most letters have, in points. */
static double
body_size (const Pdf *pdf)
{
  size_t best = 0;
  for (size_t i = 0; i <= MAX_POINTS; i++)
    if (pdf->sizes[i] > pdf->sizes[best])
      best = i;
  return (double) best;
}

static bool
begins_paragraph (const Line *before, const Line *line)
{
  double height = MAX (before->bottom - before->top, 1);
  bool is_column = line->top < before->top - height || line->left > before->right;
  bool is_apart = line->top - before->bottom > PARAGRAPH_GAP * height;
  bool is_other_size = fabs (line->size - before->size) > 0.1 * MAX (line->size, before->size);
  bool is_indented = line->left > before->left + before->size && line->top > before->top;
  return is_column || is_apart || is_other_size || is_indented;
}

/* A number alone at the top or the bottom. */
static bool
is_page_number (const Line *line)
{
  size_t n = 0;
  while (n < line->n_bytes && g_ascii_isdigit (line->text[n]))
    n++;
  return n > 0 && n == line->n_bytes && n < 6;
}

static size_t
trimmed (const char *text, size_t n)
{
  while (n > 0 && g_ascii_isspace (text[n - 1]))
    n--;
  return n;
}

/* A word that was cut at the end of a line is whole again. */
static void
append_line (GString *out, const Line *line)
{
  size_t n = trimmed (line->text, line->n_bytes);
  char before = out->len > 1 ? out->str[out->len - 2] : ' ';
  bool is_cut = out->len > 1 && out->str[out->len - 1] == '-' && (g_ascii_isalpha (before) || (before & 0x80)) && n > 0
                && g_unichar_islower (g_utf8_get_char (line->text));
  if (is_cut)
    g_string_truncate (out, out->len - 1);
  else if (out->len > 0)
    g_string_append_c (out, '\n');
  g_string_append_len (out, line->text, (gssize) n);
}

/* --- Pages ---------------------------------------------------------------------------------------------------------------------------- */

static bool
is_same_title (const char *title, const char *text)
{
  for (;; title++, text++)
    {
      while (g_ascii_isspace (*title))
        title++;
      while (g_ascii_isspace (*text))
        text++;
      if (g_ascii_tolower (*title) != g_ascii_tolower (*text))
        return false;
      if (*title == '\0')
        return true;
    }
}

/* Behind "2.1 ", "IV. ", "Appendix A "; @text itself when it has no number. */
static const char *
skip_number (const char *text)
{
  if (g_str_has_prefix (text, "Appendix "))
    text += strlen ("Appendix ");
  size_t n = strcspn (text, " \t\n");
  bool is_number = strcspn (text, "0123456789") < n || n == 1 || (n > 0 && text[n - 1] == '.');
  return is_number ? text + n + strspn (text + n, " \t\n") : text;
}

/* The entry of @page that @text is the title of, perhaps behind a number; taken out of @open, where its index stands. */
static const Entry *
take_entry (const Pdf *pdf, GArray *open, const char *text)
{
  const char *behind = skip_number (text);
  for (guint i = 0; i < open->len; i++)
    {
      const Entry *entry = &g_array_index (pdf->outline, Entry, g_array_index (open, guint, i));
      if (is_same_title (entry->title, text) || (behind[0] != '\0' && is_same_title (entry->title, behind)))
        {
          g_array_remove_index (open, i);
          return entry;
        }
    }
  return NULL;
}

static void
add_paragraph (Document *document, const Pdf *pdf, GArray *open, uint32_t page, const GString *text, double size)
{
  SenWireBlock block = { .kind = SEN_BLOCK_PARAGRAPH, .page = page };
  bool is_short = text->len <= MAX_HEADING_BYTES;
  const Entry *entry = is_short ? take_entry (pdf, open, text->str) : NULL;
  double scale = size / MAX (body_size (pdf), 1);
  if (entry != NULL || (pdf->outline->len == 0 && is_short && scale >= HEADING_SCALE))
    {
      block.kind = SEN_BLOCK_HEADING;
      block.level = entry != NULL ? entry->level : scale >= 1.6 ? 1 : scale >= 1.3 ? 2 : 3;
    }
  document_add (document, block, text->str, text->len);
}

static void
add_lines (Document *document, const Pdf *pdf, GArray *open, uint32_t page, const GArray *lines)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const Line *before = NULL;
  double size = 0;
  for (guint i = 0; i < lines->len; i++)
    {
      const Line *line = &g_array_index (lines, Line, i);
      if (trimmed (line->text, line->n_bytes) == 0 || ((i == 0 || i + 1 == lines->len) && is_page_number (line)))
        continue;
      if (before != NULL && begins_paragraph (before, line))
        {
          add_paragraph (document, pdf, open, page, text, size);
          g_string_truncate (text, 0);
        }
      if (text->len == 0)
        size = line->size;
      append_line (text, line);
      before = line;
    }
  if (text->len > 0)
    add_paragraph (document, pdf, open, page, text, size);
}

/* Entries of @page; those that the text does not show as headings are told before it. */
static GArray *
find_entries (const Pdf *pdf, uint32_t page)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < pdf->outline->len; i++)
    if (g_array_index (pdf->outline, Entry, i).page == page)
      g_array_append_val (found, i);
  return found;
}

static void
add_sections (Document *document, const Pdf *pdf, const GArray *open, const char *text, uint32_t page)
{
  for (guint i = 0; i < open->len; i++)
    {
      const Entry *entry = &g_array_index (pdf->outline, Entry, g_array_index (open, guint, i));
      if (strstr (text, entry->title) == NULL)
        document_add (document, (SenWireBlock) { .kind = SEN_BLOCK_SECTION, .page = page, .level = entry->level }, entry->title,
                      strlen (entry->title));
    }
}

static bool
has_picture (PopplerPage *page)
{
  GList *pictures = poppler_page_get_image_mapping (page);
  bool any = pictures != NULL;
  poppler_page_free_image_mapping (pictures);
  return any;
}

static void
read_page (Document *document, Pdf *pdf, PopplerPage *page, uint32_t number)
{
  g_autofree char *text = poppler_page_get_text (page);
  if (text == NULL || trimmed (text, strlen (text)) == 0)
    {
      if (has_picture (page))
        document_add (document, (SenWireBlock) { .kind = SEN_BLOCK_SCAN, .page = number }, "", 0);
      return;
    }
  g_autofree PopplerRectangle *rectangles = NULL;
  guint n_rectangles = 0;
  poppler_page_get_text_layout (page, &rectangles, &n_rectangles);
  GList *attributes = poppler_page_get_text_attributes (page);
  g_autoptr (GArray) lines = split_lines (pdf, text, rectangles, n_rectangles, attributes);
  poppler_page_free_text_attributes (attributes);
  g_autoptr (GArray) open = find_entries (pdf, number);
  add_sections (document, pdf, open, text, number);
  add_lines (document, pdf, open, number, lines);
}

static bool
step (Document *document, SenWireReply *reply)
{
  Pdf *pdf = document->state;
  if (pdf->next_page < pdf->n_pages)
    {
      /* A page that poppler cannot find is one without text. */
      PopplerPage *page = poppler_document_get_page (pdf->pdf, (int) pdf->next_page);
      pdf->next_page++;
      if (page != NULL)
        {
          read_page (document, pdf, page, pdf->next_page);
          g_object_unref (page);
        }
    }
  else if (document->n_pages > pdf->n_pages)
    document_end_early (document, SEN_REASON_TOO_MANY_PAGES, document->n_pages, pdf->n_pages);
  else
    document->is_ended = true;
  return true;
}

/* --- Opening -------------------------------------------------------------------------------------------------------------------------- */

static void
unmap (gpointer data)
{
  struct iovec *map = data;
  munmap (map->iov_base, map->iov_len);
  g_free (map);
}

/* Poppler would look at the descriptor in ways that the sandbox forbids, so it gets a map. Should somebody cut the file now, this process
 * ends, as it does at other kinds of damage. */
PopplerDocument *
pdf_open (File file, SenWireReply *reply)
{
  void *bytes = mmap (NULL, (size_t) file.size, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (bytes == MAP_FAILED)
    {
      fail (reply, SEN_REASON_MEMORY);
      return NULL;
    }
  struct iovec *map = g_new (struct iovec, 1);
  *map = (struct iovec) { .iov_base = bytes, .iov_len = (size_t) file.size };
  g_autoptr (GBytes) whole = g_bytes_new_with_free_func (bytes, (gsize) file.size, unmap, map);
  g_autoptr (GError) error = NULL;
  PopplerDocument *pdf = poppler_document_new_from_bytes (whole, NULL, &error);
  if (pdf == NULL)
    fail (reply, g_error_matches (error, POPPLER_ERROR, POPPLER_ERROR_ENCRYPTED) ? SEN_REASON_LOCKED : SEN_REASON_DAMAGED);
  return pdf;
}

static void
clear_entry (gpointer entry)
{
  g_free (((Entry *) entry)->title);
}

static void
close_pdf (Document *document)
{
  Pdf *pdf = document->state;
  g_array_unref (pdf->outline);
  g_object_unref (pdf->pdf);
  g_free (pdf);
}

static void
describe (Document *document, PopplerDocument *pdf)
{
  g_autofree char *title = poppler_document_get_title (pdf), *author = poppler_document_get_author (pdf);
  document_set_title (document, title);
  document_set_author (document, author);
  g_autoptr (GDateTime) date = poppler_document_get_creation_date_time (pdf);
  g_autofree char *text = date != NULL ? g_date_time_format (date, "%Y-%m-%dT%H:%M:%S") : NULL;
  document_set_date (document, text);
  document->n_pages = (uint32_t) MAX (0, poppler_document_get_n_pages (pdf));
}

bool
document_open_pdf (Document *document, SenWireReply *reply)
{
  document->kind = SEN_DOCUMENT_PDF;
  g_strlcpy (document->format, "PDF", sizeof document->format);
  PopplerDocument *opened = pdf_open (document->file, reply);
  if (opened == NULL)
    return false;
  Pdf *pdf = g_new0 (Pdf, 1);
  pdf->pdf = opened;
  pdf->outline = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (pdf->outline, clear_entry);
  describe (document, opened);
  pdf->n_pages = MIN (document->n_pages, SEN_WIRE_MAX_PAGES);
  PopplerIndexIter *iter = poppler_index_iter_new (opened);
  if (iter != NULL)
    {
      collect_outline (pdf, iter, 1);
      poppler_index_iter_free (iter);
    }
  document->state = pdf;
  document->step = step;
  document->close = close_pdf;
  return true;
}

/* --- Pages as pictures -------------------------------------------------------------------------------------------------------------- */

static uint8_t *
take_pixels (cairo_surface_t *surface, SenWireReply *reply)
{
  cairo_surface_flush (surface);
  int width = cairo_image_surface_get_width (surface), height = cairo_image_surface_get_height (surface);
  int stride = cairo_image_surface_get_stride (surface);
  const uint8_t *data = cairo_image_surface_get_data (surface);
  uint8_t *pixels = malloc ((size_t) width * (size_t) height * 3), *out = pixels;
  if (pixels == NULL)
    {
      fail (reply, SEN_REASON_MEMORY);
      return NULL;
    }
  reply->width = width;
  reply->height = height;
  for (int y = 0; y < height; y++)
    {
      const uint32_t *row = (const uint32_t *) (const void *) (data + (size_t) y * (size_t) stride);
      for (int x = 0; x < width; x++, out += 3)
        {
          out[0] = (uint8_t) (row[x] >> 16);
          out[1] = (uint8_t) (row[x] >> 8);
          out[2] = (uint8_t) row[x];
        }
    }
  return pixels;
}

static uint8_t *
draw (PopplerPage *page, int longest_side, SenWireReply *reply)
{
  double width = 0, height = 0;
  poppler_page_get_size (page, &width, &height);
  if (!(width >= 1 && height >= 1 && width < 1e6 && height < 1e6))
    {
      fail (reply, SEN_REASON_DAMAGED);
      return NULL;
    }
  double scale = longest_side / MAX (width, height);
  int width_px = MAX (1, (int) (width * scale)), height_px = MAX (1, (int) (height * scale));
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width_px, height_px);
  cairo_t *cairo = cairo_create (surface);
  cairo_set_source_rgb (cairo, 1, 1, 1);
  cairo_paint (cairo);
  cairo_scale (cairo, scale, scale);
  poppler_page_render (page, cairo);
  uint8_t *pixels = NULL;
  if (cairo_status (cairo) != CAIRO_STATUS_SUCCESS)
    fail (reply, SEN_REASON_MEMORY);
  else
    pixels = take_pixels (surface, reply);
  cairo_destroy (cairo);
  cairo_surface_destroy (surface);
  return pixels;
}

uint8_t *
pdf_draw_page (File file, uint32_t number, int longest_side, SenWireReply *reply)
{
  g_strlcpy (reply->format, "PDF", sizeof reply->format);
  PopplerDocument *pdf = pdf_open (file, reply);
  if (pdf == NULL)
    return NULL;
  bool is_there = number <= (uint32_t) MAX (0, poppler_document_get_n_pages (pdf));
  PopplerPage *page = is_there ? poppler_document_get_page (pdf, (int) number - 1) : NULL;
  uint8_t *pixels = NULL;
  if (page != NULL)
    {
      pixels = draw (page, longest_side, reply);
      g_object_unref (page);
    }
  else
    fail (reply, SEN_REASON_DAMAGED);
  g_object_unref (pdf);
  return pixels;
}
