/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Books (EPUB 2 and 3): the pages of XHTML that the package lists, in its order, by the reader of HTML. */
#include "document-html.h"
#include "document-zip.h"

#include <string.h>

typedef struct {
  Office      base;         /* members: pages in their order */
  char       *package;      /* the member that lists them */
  GHashTable *items;        /* id to member, of XHTML */
  GString    *text;         /* of a fact */
} Epub;

/* --- The package ------------------------------------------------------------------------------------------------------------------- */

static void
on_container_start (GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer data, GError **error)
{
  Epub *epub = data;
  const char *path = xml_attribute (names, values, "full-path");
  if (strcmp (xml_local (name), "rootfile") == 0 && path != NULL && epub->package == NULL)
    epub->package = g_strdup (path);
}

static void
on_package_start (GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer data, GError **error)
{
  Epub *epub = data;
  const char *local = xml_local (name), *id = xml_attribute (names, values, "id"), *href = xml_attribute (names, values, "href"),
             *type = xml_attribute (names, values, "media-type"), *properties = xml_attribute (names, values, "properties"),
             *reference = xml_attribute (names, values, "idref");
  g_string_truncate (epub->text, 0);
  bool is_contents = properties != NULL && strstr (properties, "nav") != NULL;
  bool is_page = type != NULL && strcmp (type, "application/xhtml+xml") == 0 && !is_contents;
  if (strcmp (local, "item") == 0 && id != NULL && href != NULL && is_page)
    g_hash_table_insert (epub->items, g_strdup (id), archive_resolve (epub->package, href));
  const char *member = strcmp (local, "itemref") == 0 && reference != NULL ? g_hash_table_lookup (epub->items, reference) : NULL;
  if (member != NULL)
    g_ptr_array_add (epub->base.members, g_strdup (member));
}

static void
on_package_text (GMarkupParseContext *context, const char *text, gsize n, gpointer data, GError **error)
{
  g_string_append_len (((Epub *) data)->text, text, (gssize) n);
}

static void
on_package_end (GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
  Epub *epub = data;
  Document *document = epub->base.office.document;
  const char *local = xml_local (name);
  if (strcmp (local, "title") == 0)
    document_set_title (document, epub->text->str);
  else if (strcmp (local, "creator") == 0)
    document_set_author (document, epub->text->str);
  else if (strcmp (local, "date") == 0)
    document_set_date (document, epub->text->str);
  else if (strcmp (local, "language") == 0)
    document_set_language (document, epub->text->str);
}

/* --- Pages ------------------------------------------------------------------------------------------------------------------------- */

static bool
step (Document *document, SenWireReply *reply)
{
  Epub *epub = document->state;
  if (epub->base.next == epub->base.members->len)
    {
      document->is_ended = true;
      return true;
    }
  const char *member = g_ptr_array_index (epub->base.members, epub->base.next++);
  if (!archive_has (&epub->base.archive, member))
    return true;
  g_autoptr (GString) text = archive_load (&epub->base.archive, member, reply);
  if (text == NULL)
    return false;
  Html *html = html_new (document);
  if (html == NULL)
    return fail (reply, SEN_REASON_MEMORY);
  html_push (html, text->str, text->len, true);
  html_free (html);
  return true;
}

static void
close_epub (Document *document)
{
  Epub *epub = document->state;
  g_free (epub->package);
  g_hash_table_unref (epub->items);
  g_string_free (epub->text, TRUE);
  office_close (document);
}

bool
document_open_epub (Document *document, SenZip *zip, SenWireReply *reply)
{
  static const GMarkupParser container = { .start_element = on_container_start };
  static const GMarkupParser package = { .start_element = on_package_start, .end_element = on_package_end, .text = on_package_text };
  Epub *epub = (Epub *) office_new (document, zip, SEN_DOCUMENT_BOOK, "EPUB", sizeof *epub);
  epub->items = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  epub->text = g_string_new (NULL);
  document->close = close_epub;
  document->step = step;
  if (!archive_parse (&epub->base.archive, "META-INF/container.xml", &container, epub, reply))
    return false;
  if (epub->package == NULL)
    return fail (reply, SEN_REASON_DAMAGED);
  return archive_parse (&epub->base.archive, epub->package, &package, epub, reply);
}
