/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Documents as the decode helper reads them, without its sandbox. The first byte says what the name would; everything that reaches the
 * client must be as the wire promises. From 128 on it says of which archive of XML the rest is a member: hardly a change to an archive
 * leaves it one. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "document.h"
#include "zip-builder.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_blocks (const uint8_t *payload, size_t n)
{
  SenWireBlock block;
  const char *text;
  size_t position = 0;
  while (position < n)
    g_assert (sen_wire_next_block (payload, n, &position, &block, &text));
}

#define RELATIONS                                                                                                                         \
  "<R><Relationship Id='a' Type='a' Target='a.xml'/><Relationship Id='s' Type='styles' Target='s.xml'/>"                                  \
  "<Relationship Id='t' Type='sharedStrings' Target='t.xml'/></R>"
#define WORKBOOK "<w><sheet name='A' r:id='a'/></w>"
#define SHEET "<s><row><c t='s'><v>0</v></c><c t='s'><v>1</v></c><c s='1'><v>45443</v></c></row></s>"

/* Members of an archive; the one without text is @data. */
static const struct { const char *name, *text; } archives[][5] = {
  { { "word/document.xml", NULL } },
  { { "mimetype", "application/vnd.oasis.opendocument.text" }, { "content.xml", NULL } },
  { { "mimetype", "application/vnd.oasis.opendocument.spreadsheet" }, { "content.xml", NULL } },
  { { "ppt/presentation.xml", "<p><sldId r:id='a'/></p>" }, { "ppt/_rels/presentation.xml.rels", RELATIONS }, { "ppt/a.xml", NULL } },
  { { "xl/workbook.xml", WORKBOOK }, { "xl/_rels/workbook.xml.rels", RELATIONS }, { "xl/a.xml", NULL },
    { "xl/s.xml", "<s><cellXfs><xf/><xf numFmtId='14'/></cellXfs></s>" }, { "xl/t.xml", "<s><si><t>one</t></si><si/></s>" } },
  { { "xl/workbook.xml", WORKBOOK }, { "xl/_rels/workbook.xml.rels", RELATIONS }, { "xl/a.xml", SHEET }, { "xl/s.xml", NULL } },
  { { "xl/workbook.xml", WORKBOOK }, { "xl/_rels/workbook.xml.rels", RELATIONS }, { "xl/a.xml", SHEET }, { "xl/t.xml", NULL } },
};

/* (transfer full) */
static GByteArray *
wrap (const uint8_t *data, size_t size)
{
  ZipMember members[5];
  size_t kind = (size_t) (*data - 128) % G_N_ELEMENTS (archives), n = 0;
  for (; n < G_N_ELEMENTS (members) && archives[kind][n].name != NULL; n++)
    {
      const char *text = archives[kind][n].text;
      GBytes *bytes = text != NULL ? g_bytes_new (text, strlen (text)) : g_bytes_new (data + 1, size - 1);
      members[n] = (ZipMember) { archives[kind][n].name, bytes, true };
    }
  GByteArray *zip = make_zip (members, n);
  for (size_t i = 0; i < n; i++)
    g_bytes_unref (members[i].bytes);
  return zip;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size < 2)
    return 0;
  g_autoptr (GByteArray) bytes = *data >= 128 ? wrap (data, size) : g_byte_array_append (g_byte_array_new (), data + 1, (guint) size - 1);
  File file = { .fd = memfd_create ("fuzz", MFD_CLOEXEC), .size = bytes->len };
  if (file.fd < 0 || write (file.fd, bytes->data, bytes->len) != (gssize) bytes->len)
    {
      close (file.fd);
      return 0;
    }
  static uint8_t payload[SEN_WIRE_MAX_PAYLOAD];
  SenWireReply reply = { 0 };
  Document *document = document_open (file, (SenDocumentKind) (data[0] % SEN_N_DOCUMENT_KINDS), 0, &reply);
  if (document == NULL)
    {
      g_assert (reply.reason != SEN_REASON_OK);
      close (file.fd);
      return 0;
    }
  document_describe (document, payload, sizeof payload, &reply);
  do
    {
      reply = (SenWireReply) { 0 };
      if (document_read (document, payload, sizeof payload, &reply))
        check_blocks (payload, reply.n_payload);
    }
  while (reply.reason == SEN_REASON_OK && (reply.flags & SEN_WIRE_END) == 0);
  document_close (document);
  return 0;
}
