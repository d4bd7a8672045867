/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "unicode.h"

#include "unicode-ranges.inc"

bool
sen_unicode_is_in (const SenUnicodeRange *ranges, size_t n, uint32_t code)
{
  size_t low = 0, high = n;
  while (low < high)
    {
      size_t middle = (low + high) / 2;
      if (code < ranges[middle].first)
        high = middle;
      else if (code > ranges[middle].last)
        low = middle + 1;
      else
        return true;
    }
  return false;
}

bool
sen_unicode_is_letter (uint32_t code)
{
  if (code < 0x80)
    return g_ascii_isalpha ((char) code);
  return sen_unicode_is_in (letter_ranges, G_N_ELEMENTS (letter_ranges), code);
}

bool
sen_unicode_is_number (uint32_t code)
{
  if (code < 0x80)
    return g_ascii_isdigit ((char) code);
  return sen_unicode_is_in (number_ranges, G_N_ELEMENTS (number_ranges), code);
}

bool
sen_unicode_is_space (uint32_t code)
{
  return (code >= 0x09 && code <= 0x0d) || code == 0x20 || code == 0x85 || code == 0xa0 || code == 0x1680
         || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 || code == 0x202f || code == 0x205f
         || code == 0x3000;
}

uint32_t
sen_utf8_next (const char *text, size_t length, size_t *position)
{
  const uint8_t *bytes = (const uint8_t *) text + *position;
  size_t left = length - *position;
  uint32_t n = bytes[0] < 0x80 ? 1 : bytes[0] >= 0xc2 && bytes[0] < 0xe0 ? 2 : (bytes[0] & 0xf0) == 0xe0 ? 3
               : bytes[0] >= 0xf0 && bytes[0] < 0xf5 ? 4 : 0;
  uint32_t code = n == 1 ? bytes[0] : n == 2 ? bytes[0] & 0x1fu : n == 3 ? bytes[0] & 0x0fu : bytes[0] & 0x07u;
  bool sound = n > 0 && n <= left;
  for (uint32_t i = 1; sound && i < n; i++)
    {
      sound = (bytes[i] & 0xc0) == 0x80;
      code = code << 6 | (bytes[i] & 0x3f);
    }
  if (!sound || (n == 3 && (code < 0x800 || (code >= 0xd800 && code < 0xe000))) || (n == 4 && (code < 0x10000 || code > 0x10ffff)))
    {
      *position += 1;
      return 0xfffd;
    }
  *position += n;
  return code;
}

uint32_t
sen_utf8_write (uint32_t code, char bytes[4])
{
  return (uint32_t) g_unichar_to_utf8 (code, bytes);
}
