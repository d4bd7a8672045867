/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-sentence.h"

#include <string.h>

/* Texts out of files may be of any length. */
#define MAX_BYTES 4096

/* @values: by the names of blanks. */
static char *
fill (const char *sentence, GHashTable *values)
{
  GString *text = g_string_new (NULL);
  for (const char *blank; (blank = strchr (sentence, '{')) != NULL && strchr (blank, '}') != NULL;)
    {
      const char *end = strchr (blank, '}');
      g_autofree char *name = g_strndup (blank + 1, (gsize) (end - blank - 1));
      const char *value = g_hash_table_lookup (values, name);
      g_string_append_len (text, sentence, blank - sentence);
      g_string_append (text, value != NULL ? value : "");
      sentence = end + 1;
    }
  g_string_append (text, sentence);
  return g_string_free (text, FALSE);
}

char *
sen_sentence_fill_valist (const char *sentence, va_list arguments)
{
  g_autoptr (GHashTable) values = g_hash_table_new (g_str_hash, g_str_equal);
  for (char *name; (name = va_arg (arguments, char *)) != NULL;)
    g_hash_table_insert (values, name, va_arg (arguments, char *));
  return fill (sentence, values);
}

char *
sen_sentence_fill (const char *sentence, ...)
{
  va_list arguments;
  va_start (arguments, sentence);
  char *text = sen_sentence_fill_valist (sentence, arguments);
  va_end (arguments);
  return text;
}

bool
sen_sentence_fail_valist (GError **error, SenError code, const char *sentence, va_list arguments)
{
  g_autofree char *text = sen_sentence_fill_valist (sentence, arguments);
  g_set_error_literal (error, SEN_ERROR, code, text);
  return false;
}

/* Puts what stands in the blanks into @values. A value ends at the first place from where the rest is right. */
static bool
match (const char *text, const char *sentence, GHashTable *values)
{
  const char *blank = strchr (sentence, '{'), *end = blank != NULL ? strchr (blank, '}') : NULL;
  gsize n = end != NULL ? (gsize) (blank - sentence) : strlen (sentence);
  if (strncmp (text, sentence, n) != 0)
    return false;
  if (end == NULL)
    return text[n] == '\0';
  text += n;
  for (const char *at = text;; at++)
    {
      if (match (at, end + 1, values))
        {
          g_hash_table_insert (values, g_strndup (blank + 1, (gsize) (end - blank - 1)), g_strndup (text, (gsize) (at - text)));
          return true;
        }
      if (*at == '\0')
        return false;
    }
}

char *
sen_sentence_translate (const char *text, const char *sentence, const char *other)
{
  g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return strlen (text) <= MAX_BYTES && match (text, sentence, values) ? fill (other, values) : NULL;
}
