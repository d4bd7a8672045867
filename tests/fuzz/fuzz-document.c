/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Documents as the decode helper reads them, without its sandbox. The first byte says what the name would; everything that reaches the
 * client must be as the wire promises. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "document.h"

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

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size < 2)
    return 0;
  File file = { .fd = memfd_create ("fuzz", MFD_CLOEXEC), .size = size - 1 };
  if (file.fd < 0 || write (file.fd, data + 1, size - 1) != (gssize) size - 1)
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
