/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-npz.h"

#include <string.h>
#include <zlib.h>

#include "sen-error.h"

#define MAX_CHARACTERS 64u
#define MAX_BYTES (1u << 30)
#define FIRST_DAY 0x0021u   /* 1 January 1980 in the calendar of ZIP */

struct SenNpz {
  GByteArray *archive, *directory;
  uint16_t    n_members;
  bool        is_too_large;
};

SenNpz *
sen_npz_new (void)
{
  SenNpz *npz = g_new0 (SenNpz, 1);
  npz->archive = g_byte_array_new ();
  npz->directory = g_byte_array_new ();
  return npz;
}

void
sen_npz_free (SenNpz *npz)
{
  if (npz == NULL)
    return;
  g_byte_array_unref (npz->archive);
  g_byte_array_unref (npz->directory);
  g_free (npz);
}

/* --- ZIP ----------------------------------------------------------------------------------------------------------------------------- */

static void
put (GByteArray *bytes, uint32_t value, guint n_bytes)
{
  for (guint i = 0; i < n_bytes; i++)
    {
      guint8 byte = (guint8) (value >> (8 * i));
      g_byte_array_append (bytes, &byte, 1);
    }
}

/* What a member's own head and its entry in the directory have in common. */
static void
put_member (GByteArray *bytes, const char *name, uint32_t crc, uint32_t n_bytes)
{
  put (bytes, 20, 2);   /* version 2.0 reads it */
  put (bytes, 0, 2);
  put (bytes, 0, 2);    /* stored */
  put (bytes, 0, 2);
  put (bytes, FIRST_DAY, 2);
  put (bytes, crc, 4);
  put (bytes, n_bytes, 4);
  put (bytes, n_bytes, 4);
  put (bytes, (uint32_t) strlen (name), 2);
  put (bytes, 0, 2);
}

static void
add_member (SenNpz *npz, const char *name, const GString *head, const void *data, size_t n_bytes)
{
  size_t n_all = head->len + n_bytes;
  if (npz->is_too_large || npz->n_members == UINT16_MAX || n_all > MAX_BYTES - npz->archive->len - npz->directory->len)
    {
      npz->is_too_large = true;
      return;
    }
  uLong crc = crc32_z (crc32_z (0, NULL, 0), (const Bytef *) head->str, head->len);
  crc = n_bytes > 0 ? crc32_z (crc, data, n_bytes) : crc;
  uint32_t offset = npz->archive->len;
  put (npz->archive, 0x04034b50, 4);
  put_member (npz->archive, name, (uint32_t) crc, (uint32_t) n_all);
  g_byte_array_append (npz->archive, (const guint8 *) name, (guint) strlen (name));
  g_byte_array_append (npz->archive, (const guint8 *) head->str, (guint) head->len);
  if (n_bytes > 0)
    g_byte_array_append (npz->archive, data, (guint) n_bytes);

  put (npz->directory, 0x02014b50, 4);
  put (npz->directory, 20, 2);
  put_member (npz->directory, name, (uint32_t) crc, (uint32_t) n_all);
  put (npz->directory, 0, 2);   /* comment, disk, attributes */
  put (npz->directory, 0, 2);
  put (npz->directory, 0, 2);
  put (npz->directory, 0, 4);
  put (npz->directory, offset, 4);
  g_byte_array_append (npz->directory, (const guint8 *) name, (guint) strlen (name));
  npz->n_members++;
}

GBytes *
sen_npz_finish (SenNpz *npz, GError **error)
{
  if (npz->is_too_large)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_LIMIT, "the numbers take more than 1 GiB; ask for fewer");
      return NULL;
    }
  uint32_t offset = npz->archive->len, n_bytes = npz->directory->len;
  g_byte_array_append (npz->archive, npz->directory->data, npz->directory->len);
  put (npz->archive, 0x06054b50, 4);
  put (npz->archive, 0, 4);
  put (npz->archive, npz->n_members, 2);
  put (npz->archive, npz->n_members, 2);
  put (npz->archive, n_bytes, 4);
  put (npz->archive, offset, 4);
  put (npz->archive, 0, 2);
  g_byte_array_set_size (npz->directory, 0);
  npz->n_members = 0;
  GByteArray *archive = npz->archive;
  npz->archive = g_byte_array_new ();
  return g_byte_array_free_to_bytes (archive);
}

/* --- Arrays -------------------------------------------------------------------------------------------------------------------------- */

void
sen_npz_add (SenNpz *npz, const SenNpzArray *array)
{
  const char order = G_BYTE_ORDER == G_LITTLE_ENDIAN ? '<' : '>';
  size_t n_items = 1;
  g_autoptr (GString) head = g_string_new_len ("\x93NUMPY\x01\x00\x00\x00", 10);
  g_string_append_printf (head, "{'descr': '%c%c%u', 'fortran_order': False, 'shape': (", array->item_bytes == 1 ? '|' : order, array->kind,
                          array->kind == 'U' ? array->item_bytes / 4 : array->item_bytes);
  for (uint32_t i = 0; i < array->n_dims; i++)
    {
      g_string_append_printf (head, "%" G_GSIZE_FORMAT ",", array->shape[i]);
      n_items *= array->shape[i];
    }
  g_string_append (head, "), }");
  while ((head->len + 1) % 64 != 0)
    g_string_append_c (head, ' ');
  g_string_append_c (head, '\n');
  head->str[8] = (char) ((head->len - 10) & 0xff);
  head->str[9] = (char) ((head->len - 10) >> 8);
  g_autofree char *name = g_strconcat (array->name, ".npy", NULL);
  add_member (npz, name, head, array->data, n_items * array->item_bytes);
}

void
sen_npz_add_texts (SenNpz *npz, const char *name, const char *const *texts, size_t n)
{
  glong n_longest = 1;
  for (size_t i = 0; i < n; i++)
    n_longest = MAX (n_longest, MIN (g_utf8_strlen (texts[i], -1), (glong) MAX_CHARACTERS));
  g_autofree gunichar *characters = g_new0 (gunichar, MAX (n, 1) * (size_t) n_longest);
  for (size_t i = 0; i < n; i++)
    {
      const char *c = texts[i];
      for (glong j = 0; j < n_longest && *c != '\0'; j++, c = g_utf8_next_char (c))
        characters[i * (size_t) n_longest + (size_t) j] = g_utf8_get_char (c);
    }
  sen_npz_add (npz, &(SenNpzArray) { .name = name, .kind = 'U', .item_bytes = 4 * (uint32_t) n_longest, .n_dims = 1, .shape = { n },
                                     .data = characters });
}
