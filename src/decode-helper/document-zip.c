/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Archives of XML: which document one is, its members, and what office documents have in common. */
#include "document-zip.h"

#include <string.h>

#include "sen-error.h"

/* Of one member, unpacked; all that are read have DOCUMENT_MAX_UNPACKED_BYTES. */
#define MAX_MEMBER_BYTES (64u << 20)
/* An empty member costs something too, and may be named again and again. */
#define MEMBER_COST_BYTES 4096

/* --- Members ---------------------------------------------------------------------------------------------------------------------- */

static bool
fail_as (SenWireReply *reply, const GError *error)
{
  if (g_error_matches (error, SEN_ERROR, SEN_ERROR_IO))
    return fail (reply, SEN_REASON_UNREADABLE);
  if (g_error_matches (error, SEN_ERROR, SEN_ERROR_NO_MEMORY))
    return fail (reply, SEN_REASON_MEMORY);
  /* ZIP64 */
  if (g_error_matches (error, SEN_ERROR, SEN_ERROR_LIMIT))
    return fail (reply, SEN_REASON_NO_TEXT);
  /* Other methods of packing exist, but no office writes them; encryption is what there is. */
  return fail (reply, g_error_matches (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED) ? SEN_REASON_LOCKED : SEN_REASON_DAMAGED);
}

static bool
collect (const void *data, size_t n_bytes, gpointer user_data, GError **error)
{
  g_byte_array_append (user_data, data, (guint) n_bytes);
  return true;
}

bool
archive_has (const Archive *archive, const char *member)
{
  uint64_t size;
  return sen_zip_find (archive->zip, member, &size);
}

GString *
archive_load (Archive *archive, const char *member, SenWireReply *reply)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  uint64_t size;
  if (!sen_zip_find (archive->zip, member, &size))
    {
      fail (reply, SEN_REASON_DAMAGED);
      return NULL;
    }
  if (size > MAX_MEMBER_BYTES || size + MEMBER_COST_BYTES > DOCUMENT_MAX_UNPACKED_BYTES - archive->n_unpacked)
    {
      fail_with (reply, SEN_REASON_TOO_MANY_BYTES, archive->n_unpacked + size, MIN (MAX_MEMBER_BYTES, DOCUMENT_MAX_UNPACKED_BYTES));
      return NULL;
    }
  archive->n_unpacked += size + MEMBER_COST_BYTES;
  if (!sen_zip_extract (archive->zip, member, size, collect, bytes, &error))
    {
      fail_as (reply, error);
      return NULL;
    }
  Charset charset = { 0 };
  size_t n_mark;
  charset.name = charset_detect (bytes->data, bytes->len, &n_mark);
  if (charset.name == CHARSET_BINARY)
    {
      fail (reply, SEN_REASON_DAMAGED);
      return NULL;
    }
  GString *text = g_string_sized_new (bytes->len + 1);
  charset_decode (&charset, bytes->data + n_mark, bytes->len - n_mark, true, text);
  return text;
}

/* "a/b/../c" is "a/c"; what would lead out of the archive stays in it. */
static char *
normalize (const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();
  for (char **part = parts; *part != NULL; part++)
    if (strcmp (*part, "..") == 0 && kept->len > 0)
      g_ptr_array_set_size (kept, (gint) kept->len - 1);
    else if (strcmp (*part, "..") != 0 && strcmp (*part, ".") != 0 && **part != '\0')
      g_ptr_array_add (kept, *part);
  g_ptr_array_add (kept, NULL);
  return g_strjoinv ("/", (char **) kept->pdata);
}

char *
archive_resolve (const char *member, const char *reference)
{
  g_autofree char *plain = g_strndup (reference, strcspn (reference, "#?"));
  g_autofree char *decoded = g_uri_unescape_string (plain, NULL);
  const char *slash = strrchr (member, '/'), *target = decoded != NULL ? decoded : plain;
  if (slash == NULL || *target == '/')
    return normalize (target);
  g_autofree char *path = g_strdup_printf ("%.*s/%s", (int) (slash - member), member, target);
  return normalize (path);
}

/* --- XML --------------------------------------------------------------------------------------------------------------------------- */

const char *
xml_local (const char *name)
{
  const char *colon = strchr (name, ':');
  return colon != NULL ? colon + 1 : name;
}

const char *
xml_attribute (const char **names, const char **values, const char *name)
{
  for (size_t i = 0; names[i] != NULL; i++)
    if (strcmp (xml_local (names[i]), name) == 0)
      return values[i];
  return NULL;
}

bool
archive_parse (Archive *archive, const char *member, const GMarkupParser *parser, gpointer user_data, SenWireReply *reply)
{
  g_autoptr (GString) text = archive_load (archive, member, reply);
  if (text == NULL)
    return false;
  GMarkupParseContext *context = g_markup_parse_context_new (parser, G_MARKUP_TREAT_CDATA_AS_TEXT, user_data, NULL);
  bool ok = g_markup_parse_context_parse (context, text->str, (gssize) text->len, NULL) && g_markup_parse_context_end_parse (context, NULL);
  g_markup_parse_context_free (context);
  return ok || fail (reply, SEN_REASON_DAMAGED);
}

/* --- Paragraphs -------------------------------------------------------------------------------------------------------------------- */

void
office_text_begin (OfficeText *office, Document *document)
{
  office->document = document;
  office->text = g_string_new (NULL);
}

void
office_text_clear (OfficeText *office)
{
  g_string_free (office->text, TRUE);
}

static void
add_open (OfficeText *office)
{
  document_add (office->document, office->block, office->text->str, office->text->len);
  g_string_truncate (office->text, 0);
  office->block = (SenWireBlock) { .kind = SEN_BLOCK_PARAGRAPH, .page = office->block.page };
}

void
office_end_paragraph (OfficeText *office)
{
  if (office->n_rows == 0)
    add_open (office);
  else if (office->text->len > 0 && !g_ascii_isspace (office->text->str[office->text->len - 1]))
    g_string_append_c (office->text, ' ');
}

void
office_begin_row (OfficeText *office)
{
  if (office->n_rows++ == 0)
    add_open (office);
}

void
office_begin_cell (OfficeText *office)
{
  g_strchomp (office->text->str);
  g_string_set_size (office->text, strlen (office->text->str));
  if (office->n_rows > 0 && office->text->len > 0)
    g_string_append_c (office->text, '\t');
}

void
office_end_row (OfficeText *office)
{
  if (office->n_rows > 0 && --office->n_rows == 0)
    add_open (office);
}

/* --- Facts ------------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  Document *document;
  GString  *text;
} Facts;

static void
on_fact_start (GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer data, GError **error)
{
  g_string_truncate (((Facts *) data)->text, 0);
}

static void
on_fact_text (GMarkupParseContext *context, const char *text, gsize n, gpointer data, GError **error)
{
  g_string_append_len (((Facts *) data)->text, text, (gssize) n);
}

static void
on_fact_end (GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
  Facts *facts = data;
  const char *local = xml_local (name);
  if (strcmp (local, "title") == 0)
    document_set_title (facts->document, facts->text->str);
  else if (strcmp (local, "creator") == 0 || strcmp (local, "initial-creator") == 0)
    document_set_author (facts->document, facts->text->str);
  else if (strcmp (local, "created") == 0 || strcmp (local, "creation-date") == 0)
    document_set_date (facts->document, facts->text->str);
  else if (strcmp (local, "language") == 0)
    document_set_language (facts->document, facts->text->str);
  g_string_truncate (facts->text, 0);
}

/* What is wrong with them does not keep the document from being read. */
void
office_read_facts (Document *document, Archive *archive, const char *member)
{
  static const GMarkupParser parser = { .start_element = on_fact_start, .end_element = on_fact_end, .text = on_fact_text };
  g_autoptr (GString) text = g_string_new (NULL);
  Facts facts = { document, text };
  SenWireReply ignored = { 0 };
  if (archive_has (archive, member))
    archive_parse (archive, member, &parser, &facts, &ignored);
}

/* --- Office Open XML ------------------------------------------------------------------------------------------------------------------ */

typedef struct {
  const char *member;
  GHashTable *targets;
} Relations;

static void
on_relation (GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer data, GError **error)
{
  const Relations *relations = data;
  const char *id = xml_attribute (names, values, "Id"), *type = xml_attribute (names, values, "Type"),
             *target = xml_attribute (names, values, "Target");
  if (strcmp (xml_local (name), "Relationship") != 0 || id == NULL || type == NULL || target == NULL)
    return;
  const char *slash = strrchr (type, '/');
  g_hash_table_insert (relations->targets, g_strdup (id), archive_resolve (relations->member, target));
  g_hash_table_insert (relations->targets, g_strconcat ("#", slash != NULL ? slash + 1 : type, NULL),
                       archive_resolve (relations->member, target));
}

/* They stand beside it, in "_rels/NAME.rels". */
GHashTable *
archive_relations (Archive *archive, const char *member)
{
  static const GMarkupParser parser = { .start_element = on_relation };
  const char *slash = strrchr (member, '/');
  int n_folder = slash != NULL ? (int) (slash + 1 - member) : 0;
  g_autofree char *path = g_strdup_printf ("%.*s_rels/%s.rels", n_folder, member, member + n_folder);
  const Relations relations = { member, g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free) };
  SenWireReply ignored = { 0 };
  if (archive_has (archive, path))
    archive_parse (archive, path, &parser, (gpointer) &relations, &ignored);
  return relations.targets;
}

void
office_on_text (GMarkupParseContext *context, const char *text, gsize n, gpointer data, GError **error)
{
  OfficeText *office = &((Office *) data)->office;
  if (office->is_taking && office->n_left_out == 0)
    g_string_append_len (office->text, text, (gssize) n);
}

void
office_on_end (GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
  OfficeText *office = &((Office *) data)->office;
  const char *local = xml_local (name);
  if (office->n_left_out > 0)
    office->n_left_out--;
  else if (strcmp (local, "t") == 0)
    office->is_taking = false;
  else if (strcmp (local, "p") == 0)
    office_end_paragraph (office);
  else if (strcmp (local, "tr") == 0)
    office_end_row (office);
}

/* --- Opening ----------------------------------------------------------------------------------------------------------------------- */

Office *
office_new (Document *document, SenZip *zip, SenDocumentKind kind, const char *format, size_t size)
{
  Office *office = g_malloc0 (size);
  office->archive.zip = zip;
  office->members = g_ptr_array_new_with_free_func (g_free);
  office_text_begin (&office->office, document);
  document->kind = kind;
  g_strlcpy (document->format, format, sizeof document->format);
  document->state = office;
  document->close = office_close;
  return office;
}

void
office_close (Document *document)
{
  Office *office = document->state;
  sen_zip_close (office->archive.zip);
  office_text_clear (&office->office);
  g_ptr_array_unref (office->members);
  g_free (office);
}

/* The beginning of the member "mimetype", by which OpenDocument and EPUB name themselves; "" without one. */
static char *
load_mimetype (SenZip *zip)
{
  Archive archive = { .zip = zip };
  SenWireReply ignored = { 0 };
  uint64_t size;
  g_autoptr (GString) text = sen_zip_find (zip, "mimetype", &size) && size < 200 ? archive_load (&archive, "mimetype", &ignored) : NULL;
  return g_strstrip (g_strdup (text != NULL ? text->str : ""));
}

bool
document_open_zip (Document *document, SenWireReply *reply)
{
  g_autoptr (GError) error = NULL;
  g_strlcpy (document->format, "Zip", sizeof document->format);
  SenZip *zip = sen_zip_open (document->file.fd, document->file.size, "", &error);
  if (zip == NULL)
    return fail_as (reply, error);
  uint64_t size;
  g_autofree char *mimetype = load_mimetype (zip);
  if (g_str_has_prefix (mimetype, "application/epub+zip") || (*mimetype == '\0' && sen_zip_find (zip, "META-INF/container.xml", &size)))
    return document_open_epub (document, zip, reply);
  if (g_str_has_prefix (mimetype, "application/vnd.oasis.opendocument.") && sen_zip_find (zip, "content.xml", &size))
    return document_open_odf (document, zip, mimetype, reply);
  if (sen_zip_find (zip, "word/document.xml", &size))
    return document_open_docx (document, zip, reply);
  if (sen_zip_find (zip, "ppt/presentation.xml", &size))
    return document_open_pptx (document, zip, reply);
  if (sen_zip_find (zip, "xl/workbook.xml", &size))
    return document_open_xlsx (document, zip, reply);
  sen_zip_close (zip);
  return fail (reply, SEN_REASON_NO_TEXT);
}
