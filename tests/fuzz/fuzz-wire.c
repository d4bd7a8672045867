/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Both ends of the protocol with the decode helper: whatever passes the checks must be as the checks promise. */
#include <string.h>

#include "sen-wire-private.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  SenWireRequest request;
  SenWireReply reply;
  const uint8_t *payload;
  for (size_t n_fds = 0; n_fds <= SEN_WIRE_MAX_FDS; n_fds++)
    if (sen_wire_check_request (data, size, n_fds, &request))
      for (uint32_t i = 0; i < request.n_languages && request.kind == SEN_WIRE_TEXT; i++)
        g_assert (strlen (request.languages[i]) < sizeof request.languages[i]);
  if (sen_wire_check_reply (data, size, &reply, &payload))
    {
      g_assert (payload + reply.n_payload == data + size);
      if (reply.reason != SEN_REASON_OK)
        g_error_free (sen_wire_error (&reply, "file"));
      g_assert (g_utf8_validate (reply.camera, -1, NULL));
    }
  SenWireBlock block;
  const char *text;
  for (size_t position = 0; sen_wire_next_block (data, size, &position, &block, &text);)
    g_assert ((const uint8_t *) text + block.n_bytes <= data + size);
  return 0;
}
