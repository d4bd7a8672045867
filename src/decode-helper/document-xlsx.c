/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Excel's workbooks (ECMA-376, SpreadsheetML): a page for each sheet, a paragraph for each row. Numbers stand as they are kept, dates as
 * 2024-05-31; formulas and remarks are left out. */
#include "document-zip.h"

#include <math.h>
#include <string.h>

/* Excel's own limit is 32,767 characters of a cell. */
#define MAX_CELL_BYTES (4 * 32768)
/* A row that is longer is given in pieces: cells may repeat one long text as often as they like. */
#define MAX_ROW_BYTES 65536
/* Excel counts days from here, since it takes 1900 for a leap year; the other way is to count from 1904. */
#define DAYS_BEFORE_1970 25569
#define DAYS_UNTIL_1904 1462
/* 9999-12-31 */
#define MAX_DAY 2958465

typedef enum { CELL_NUMBER, CELL_SHARED, CELL_TEXT, CELL_BOOL, CELL_ERROR } CellKind;

typedef struct {
  Office      base;         /* members: sheets in their order */
  GPtrArray  *names;        /* char *: what they are called */
  GPtrArray  *ids;          /* char *: of relations to them */
  bool        is_1904;

  GString    *shared;       /* texts that cells refer to, one behind the other, and where each ends */
  GArray     *ends;         /* uint32_t */
  GArray     *date_formats; /* uint32_t: numbers of formats of the workbook's own that are dates */
  GArray     *date_styles;  /* bool: of each style of cells */
  bool        is_in_cell_styles;

  CellKind    cell;
  bool        is_date;
  GString    *value;        /* of the cell that is read */
  GString    *taken;        /* where text goes: shared, then value */
} Xlsx;

/* --- Styles ------------------------------------------------------------------------------------------------------------------------ */

/* Whether a format has letters of dates, outside of quotation marks, brackets ("[Red]") and what is escaped; "[h]" counts hours. */
static bool
is_date_format (const char *code)
{
  for (; *code != '\0'; code++)
    if (*code == '"')
      {
        code = strchr (code + 1, '"');
        if (code == NULL)
          return false;
      }
    else if (*code == '[')
      {
        bool counts = code[1] != '\0' && strchr ("hms", g_ascii_tolower (code[1])) != NULL;
        code = strchr (code, ']');
        if (counts || code == NULL)
          return false;
      }
    else if ((*code == '\\' || *code == '_' || *code == '*') && code[1] != '\0')
      code++;
    else if (strchr ("ymdhs", g_ascii_tolower (*code)) != NULL)
      return true;
  return false;
}

static bool
is_date_number (const Xlsx *xlsx, uint32_t format)
{
  /* Excel's own, also those of East Asia; 46 counts hours. */
  if ((format >= 14 && format <= 22) || (format >= 27 && format <= 36) || format == 45 || format == 47 || (format >= 50 && format <= 58))
    return true;
  for (guint i = 0; i < xlsx->date_formats->len; i++)
    if (g_array_index (xlsx->date_formats, uint32_t, i) == format)
      return true;
  return false;
}

static uint32_t
number_of (const char *text)
{
  return text != NULL ? (uint32_t) MIN (g_ascii_strtoull (text, NULL, 10), G_MAXINT32) : 0;
}

/* Excel has 250 formats of a workbook's own, and 65,490 styles. */
#define MAX_FORMATS 1000
#define MAX_STYLES 100000

static void
on_style (GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer data, GError **error)
{
  Xlsx *xlsx = data;
  const char *local = xml_local (name), *code = xml_attribute (names, values, "formatCode");
  uint32_t id = number_of (xml_attribute (names, values, "numFmtId"));
  if (strcmp (local, "numFmt") == 0 && code != NULL && is_date_format (code) && xlsx->date_formats->len < MAX_FORMATS)
    g_array_append_val (xlsx->date_formats, id);
  else if (strcmp (local, "cellXfs") == 0)
    xlsx->is_in_cell_styles = true;
  else if (strcmp (local, "xf") == 0 && xlsx->is_in_cell_styles && xlsx->date_styles->len < MAX_STYLES)
    {
      bool is_date = is_date_number (xlsx, id);
      g_array_append_val (xlsx->date_styles, is_date);
    }
}

static void
on_style_end (GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
  if (strcmp (xml_local (name), "cellXfs") == 0)
    ((Xlsx *) data)->is_in_cell_styles = false;
}

/* --- Texts that cells share ----------------------------------------------------------------------------------------------------------- */

/* How it is read aloud stands in rPh. */
static void
on_shared (GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer data, GError **error)
{
  OfficeText *office = &((Xlsx *) data)->base.office;
  const char *local = xml_local (name);
  if (office->n_left_out > 0 || strcmp (local, "rPh") == 0)
    office->n_left_out++;
  else if (strcmp (local, "t") == 0)
    office->is_taking = true;
}

static void
on_text (GMarkupParseContext *context, const char *text, gsize n, gpointer data, GError **error)
{
  Xlsx *xlsx = data;
  if (xlsx->base.office.is_taking && xlsx->base.office.n_left_out == 0)
    g_string_append_len (xlsx->taken, text, (gssize) n);
}

static void
on_shared_end (GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
  Xlsx *xlsx = data;
  OfficeText *office = &xlsx->base.office;
  const char *local = xml_local (name);
  uint32_t end = (uint32_t) xlsx->shared->len;
  if (office->n_left_out > 0)
    office->n_left_out--;
  else if (strcmp (local, "t") == 0)
    office->is_taking = false;
  else if (strcmp (local, "si") == 0)
    g_array_append_val (xlsx->ends, end);
}

/* --- Cells ------------------------------------------------------------------------------------------------------------------------- */

static void
add_text (OfficeText *office, const char *text, size_t n)
{
  /* A row is one line. */
  for (size_t i = 0; i < MIN (n, MAX_CELL_BYTES); i++)
    g_string_append_c (office->text, strchr ("\t\r\n", text[i]) != NULL ? ' ' : text[i]);
}

static void
add_shared (const Xlsx *xlsx, OfficeText *office)
{
  uint64_t i = g_ascii_strtoull (xlsx->value->str, NULL, 10);
  if (i >= xlsx->ends->len)
    return;
  uint32_t start = i > 0 ? g_array_index (xlsx->ends, uint32_t, i - 1) : 0;
  add_text (office, xlsx->shared->str + start, g_array_index (xlsx->ends, uint32_t, i) - start);
}

static void
add_date (const Xlsx *xlsx, OfficeText *office)
{
  double days = g_ascii_strtod (xlsx->value->str, NULL) + (xlsx->is_1904 ? DAYS_UNTIL_1904 : 0);
  if (!isfinite (days) || days < 0.0 || days > MAX_DAY)
    {
      add_text (office, xlsx->value->str, xlsx->value->len);
      return;
    }
  int64_t minutes = llround (days * 24.0 * 60.0), minute = minutes % (24 * 60);
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc ((minutes - DAYS_BEFORE_1970 * INT64_C (24 * 60)) * 60);
  g_autofree char *day = g_date_time_format (date, "%Y-%m-%d");
  if (days >= 1.0)
    g_string_append (office->text, day);
  if (minute != 0)
    g_string_append_printf (office->text, "%s%02d:%02d", days >= 1.0 ? " " : "", (int) (minute / 60), (int) (minute % 60));
}

static void
add_cell (Xlsx *xlsx)
{
  OfficeText *office = &xlsx->base.office;
  if (xlsx->value->len == 0)
    return;
  office_begin_cell (office);
  if (xlsx->cell == CELL_SHARED)
    add_shared (xlsx, office);
  else if (xlsx->cell == CELL_NUMBER && xlsx->is_date)
    add_date (xlsx, office);
  else if (xlsx->cell == CELL_BOOL)
    g_string_append (office->text, xlsx->value->str[0] == '1' ? "TRUE" : "FALSE");
  else if (xlsx->cell != CELL_ERROR)
    add_text (office, xlsx->value->str, xlsx->value->len);
  if (office->text->len > MAX_ROW_BYTES)
    {
      office_end_row (office);
      office_begin_row (office);
    }
}

static CellKind
cell_kind (const char *type)
{
  static const struct { const char *type; CellKind kind; } kinds[] = {
    { "s", CELL_SHARED }, { "str", CELL_TEXT }, { "inlineStr", CELL_TEXT }, { "d", CELL_TEXT }, { "b", CELL_BOOL }, { "e", CELL_ERROR },
  };
  for (size_t i = 0; type != NULL && i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (type, kinds[i].type) == 0)
      return kinds[i].kind;
  return CELL_NUMBER;
}

static void
on_start (GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer data, GError **error)
{
  Xlsx *xlsx = data;
  OfficeText *office = &xlsx->base.office;
  const char *local = xml_local (name);
  if (office->n_left_out > 0 || strcmp (local, "rPh") == 0 || strcmp (local, "headerFooter") == 0)
    office->n_left_out++;
  else if (strcmp (local, "row") == 0)
    office_begin_row (office);
  else if (strcmp (local, "c") == 0)
    {
      uint32_t style = number_of (xml_attribute (names, values, "s"));
      xlsx->cell = cell_kind (xml_attribute (names, values, "t"));
      xlsx->is_date = style < xlsx->date_styles->len && g_array_index (xlsx->date_styles, bool, style);
      g_string_truncate (xlsx->value, 0);
    }
  else if (strcmp (local, "v") == 0 || strcmp (local, "t") == 0)
    office->is_taking = true;
}

static void
on_end (GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
  Xlsx *xlsx = data;
  OfficeText *office = &xlsx->base.office;
  const char *local = xml_local (name);
  if (office->n_left_out > 0)
    office->n_left_out--;
  else if (strcmp (local, "v") == 0 || strcmp (local, "t") == 0)
    office->is_taking = false;
  else if (strcmp (local, "c") == 0 && !office->document->is_ended)
    add_cell (xlsx);
  else if (strcmp (local, "row") == 0)
    office_end_row (office);
}

/* --- Sheets ------------------------------------------------------------------------------------------------------------------------ */

static void
on_sheet (GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer data, GError **error)
{
  Xlsx *xlsx = data;
  const char *local = xml_local (name), *title = xml_attribute (names, values, "name");
  const char *is_1904 = xml_attribute (names, values, "date1904");
  xlsx->is_1904 |= is_1904 != NULL && (strcmp (is_1904, "1") == 0 || strcmp (is_1904, "true") == 0);
  for (size_t i = 0; strcmp (local, "sheet") == 0 && title != NULL && names[i] != NULL; i++)
    if (g_str_has_suffix (names[i], ":id"))
      {
        g_ptr_array_add (xlsx->names, g_strdup (title));
        g_ptr_array_add (xlsx->ids, g_strdup (values[i]));
      }
}

static bool
step (Document *document, SenWireReply *reply)
{
  static const GMarkupParser parser = { .start_element = on_start, .end_element = on_end, .text = on_text };
  Xlsx *xlsx = document->state;
  Office *base = &xlsx->base;
  if (base->next == base->members->len)
    {
      document->is_ended = true;
      return true;
    }
  const char *title = g_ptr_array_index (xlsx->names, base->next), *member = g_ptr_array_index (base->members, base->next++);
  base->office.block = (SenWireBlock) { .kind = SEN_BLOCK_PARAGRAPH, .page = MIN (base->next, SEN_WIRE_MAX_PAGES) };
  document_add (document, (SenWireBlock) { .kind = SEN_BLOCK_SECTION, .level = 1, .page = base->office.block.page }, title, strlen (title));
  return archive_parse (&base->archive, member, &parser, xlsx, reply);
}

static void
close_xlsx (Document *document)
{
  Xlsx *xlsx = document->state;
  g_ptr_array_unref (xlsx->names);
  g_ptr_array_unref (xlsx->ids);
  g_string_free (xlsx->shared, TRUE);
  g_array_unref (xlsx->ends);
  g_array_unref (xlsx->date_formats);
  g_array_unref (xlsx->date_styles);
  g_string_free (xlsx->value, TRUE);
  office_close (document);
}

/* What stands there once for all sheets, of @type; where it is not there, or is damaged, the sheets are read without. */
static void
read_common (Xlsx *xlsx, GHashTable *relations, const char *type, const GMarkupParser *parser)
{
  const char *member = g_hash_table_lookup (relations, type);
  SenWireReply ignored = { 0 };
  if (member != NULL && archive_has (&xlsx->base.archive, member))
    archive_parse (&xlsx->base.archive, member, parser, xlsx, &ignored);
  xlsx->base.office.is_taking = false;
  xlsx->base.office.n_left_out = 0;
}

bool
document_open_xlsx (Document *document, SenZip *zip, SenWireReply *reply)
{
  static const GMarkupParser sheets = { .start_element = on_sheet }, styles = { .start_element = on_style, .end_element = on_style_end },
                             shared = { .start_element = on_shared, .end_element = on_shared_end, .text = on_text };
  static const char workbook[] = "xl/workbook.xml";
  Xlsx *xlsx = (Xlsx *) office_new (document, zip, SEN_DOCUMENT_OFFICE, "Excel workbook", sizeof *xlsx);
  Archive *archive = &xlsx->base.archive;
  xlsx->names = g_ptr_array_new_with_free_func (g_free);
  xlsx->ids = g_ptr_array_new_with_free_func (g_free);
  xlsx->shared = g_string_new (NULL);
  xlsx->ends = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  xlsx->date_formats = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  xlsx->date_styles = g_array_new (FALSE, FALSE, sizeof (bool));
  xlsx->value = g_string_new (NULL);
  document->close = close_xlsx;
  document->step = step;
  office_read_facts (document, archive, "docProps/core.xml");
  if (!archive_parse (archive, workbook, &sheets, xlsx, reply))
    return false;
  g_autoptr (GHashTable) relations = archive_relations (archive, workbook);
  read_common (xlsx, relations, "#styles", &styles);
  xlsx->taken = xlsx->shared;
  read_common (xlsx, relations, "#sharedStrings", &shared);
  xlsx->taken = xlsx->value;
  for (guint i = 0; i < xlsx->ids->len;)
    {
      const char *member = g_hash_table_lookup (relations, g_ptr_array_index (xlsx->ids, i));
      if (member != NULL && archive_has (archive, member))
        {
          g_ptr_array_add (xlsx->base.members, g_strdup (member));
          i++;
          continue;
        }
      g_ptr_array_remove_index (xlsx->ids, i);
      g_ptr_array_remove_index (xlsx->names, i);
    }
  document->n_pages = xlsx->base.members->len;
  return true;
}
