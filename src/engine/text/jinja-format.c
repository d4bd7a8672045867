/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "jinja-private.h"
#include "unicode.h"

#include <math.h>

/* As Python's repr: the fewest digits that read back as the same number; an exponent for the very large and small. */
void
jinja_print_float (char buffer[40], double value)
{
  if (!isfinite (value))
    {
      g_strlcpy (buffer, isnan (value) ? "nan" : value < 0 ? "-inf" : "inf", 40);
      return;
    }
  char digits[40];
  for (int precision = 0; precision < 17; precision++)
    {
      char format[8];
      g_snprintf (format, sizeof format, "%%.%de", precision);
      g_ascii_formatd (digits, sizeof digits, format, value);
      if (g_ascii_strtod (digits, NULL) == value)
        break;
    }
  char *mark = strchr (digits, 'e');
  int exponent = (int) g_ascii_strtoll (mark + 1, NULL, 10);
  *mark = '\0';
  if (exponent < -4 || exponent >= 16)
    {
      g_snprintf (buffer, 40, "%se%c%02d", digits, exponent < 0 ? '-' : '+', ABS (exponent));
      return;
    }
  /* The digits again, with the point where it belongs. */
  int n_fraction = MAX (1, (int) (mark - digits) - (digits[0] == '-' ? 1 : 0) - 2 - exponent);
  if (mark - digits - (digits[0] == '-' ? 1 : 0) == 1)
    n_fraction = MAX (1, -exponent);
  char format[8];
  g_snprintf (format, sizeof format, "%%.%df", n_fraction);
  g_ascii_formatd (buffer, 40, format, value);
}

typedef struct {
  bool is_left, is_right, is_centred, has_plus, has_zeros, has_precision;
  char fill[5];
  int  width, precision;
} Spec;

static void
put_padded (JinjaRun *run, GString *buffer, JinjaValue text, const Spec *spec, bool left_by_default)
{
  int64_t n = spec->width - (int64_t) jinja_n_chars (run, text);
  bool is_left = spec->is_left || (left_by_default && !spec->is_right && !spec->is_centred);
  int64_t before = n <= 0 || is_left ? 0 : spec->is_centred ? n / 2 : n;
  for (int64_t i = 0; i < before && run->error == NULL; i++)
    jinja_put (run, buffer, spec->fill, strlen (spec->fill));
  jinja_put (run, buffer, text.text, text.length);
  for (int64_t i = before; i < n && run->error == NULL; i++)
    jinja_put (run, buffer, spec->fill, strlen (spec->fill));
}

static bool
fail_format (JinjaRun *run, const char *what)
{
  jinja_fail (run, SEN_ERROR_INVALID, "%s", what);
  return false;
}

/* One number or text by its conversion letter. */
static bool
put_converted (JinjaRun *run, GString *buffer, JinjaValue value, Spec *spec, char letter)
{
  char text[400], format[16];
  JinjaValue shown;
  if (letter == 's' || letter == 'r')
    {
      GString *plain = g_string_new (NULL);
      if (letter == 's')
        jinja_print (run, plain, value);
      else
        jinja_print_repr (run, plain, value);
      shown = jinja_take (run, plain);
      if (spec->has_precision)
        shown = jinja_slice (run, shown, jinja_none (), jinja_int (spec->precision), jinja_none ());
      put_padded (run, buffer, shown, spec, value.type == JINJA_STRING || value.type > JINJA_FLOAT);
      return run->error == NULL;
    }
  if (!jinja_is_number (value))
    return fail_format (run, "a number is wanted by the format");
  if (spec->precision > 100)
    return fail_format (run, "a format asks for more than 100 digits");
  if (strchr ("dixXo", letter) != NULL)
    {
      int64_t whole = value.type == JINJA_FLOAT ? (int64_t) CLAMP (value.f, -9e18, 9e18) : value.i;
      uint64_t size = whole < 0 ? -(uint64_t) whole : (uint64_t) whole;
      const char *sign = whole < 0 ? "-" : spec->has_plus ? "+" : "";
      const char *plain = letter == 'x' ? "%s%" G_GINT64_MODIFIER "x" : letter == 'X' ? "%s%" G_GINT64_MODIFIER "X"
                          : letter == 'o' ? "%s%" G_GINT64_MODIFIER "o" : "%s%" G_GINT64_MODIFIER "u";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
      g_snprintf (text, sizeof text, plain, sign, size);
#pragma GCC diagnostic pop
    }
  else
    {
      g_snprintf (format, sizeof format, "%%%s.%d%c", spec->has_plus ? "+" : "",
                  spec->has_precision ? spec->precision : 6, letter);
      g_ascii_formatd (text, sizeof text, format, jinja_number (value));
    }
  shown = jinja_literal (text);
  if (spec->has_zeros && !spec->is_left)
    {
      /* Zeros go between the sign and the digits. */
      bool has_sign = text[0] == '-' || text[0] == '+';
      jinja_put (run, buffer, text, has_sign ? 1 : 0);
      shown = jinja_literal (text + (has_sign ? 1 : 0));
      spec->width -= has_sign ? 1 : 0;
      g_strlcpy (spec->fill, "0", sizeof spec->fill);
    }
  put_padded (run, buffer, shown, spec, false);
  return run->error == NULL;
}

static int
read_count (const char **p, const char *end)
{
  int count = 0;
  for (; *p < end && g_ascii_isdigit (**p); (*p)++)
    count = MIN (count * 10 + (**p - '0'), 1 << 20);
  return count;
}

/* "8.2": the width, and the precision. */
static void
read_size (const char **p, const char *end, Spec *spec)
{
  spec->width = read_count (p, end);
  if (*p < end && **p == '.')
    {
      ++*p;
      spec->has_precision = true;
      spec->precision = read_count (p, end);
    }
}

/* "%s and %d" % (a, b) */
JinjaValue
jinja_format_percent (JinjaRun *run, JinjaValue format, JinjaValue args)
{
  bool is_tuple = args.type == JINJA_SEQ && args.seq->kind == JINJA_TUPLE;
  uint32_t n = is_tuple ? args.seq->n : 1, used = 0;
  GString *buffer = g_string_new (NULL);
  const char *p = format.text, *end = format.text + format.length;
  while (p < end && jinja_spend (run, 1))
    {
      const char *mark = memchr (p, '%', end - p);
      jinja_put (run, buffer, p, (mark != NULL ? mark : end) - p);
      if (mark == NULL)
        break;
      Spec spec = { .fill = " " };
      JinjaValue value = jinja_none ();
      bool is_named = mark + 1 < end && mark[1] == '(';
      p = mark + 1;
      if (is_named)
        {
          const char *close = memchr (p, ')', end - p);
          if (args.type != JINJA_DICT || close == NULL)
            {
              fail_format (run, "a format with names needs a dictionary");
              break;
            }
          value = jinja_item (run, args, jinja_string (p + 1, close - p - 1));
          used = n;
          p = close + 1;
        }
      for (; p < end && strchr ("-+0 #", *p) != NULL && *p != '\0'; p++)
        {
          spec.is_left |= *p == '-';
          spec.has_plus |= *p == '+';
          spec.has_zeros |= *p == '0';
        }
      read_size (&p, end, &spec);
      char letter = p < end ? *p++ : '\0';
      if (letter == '%')
        {
          jinja_put (run, buffer, "%", 1);
          continue;
        }
      if (letter == '\0' || strchr ("srdixXofFeEgG", letter) == NULL || (!is_named && used >= n))
        {
          fail_format (run, letter == '\0' || used < n ? "the format is unknown"
                                                       : "the format wants more values than there are");
          break;
        }
      if (!is_named)
        value = is_tuple ? args.seq->items[used++] : (used++, args);
      spec.is_right = !spec.is_left;
      put_converted (run, buffer, value, &spec, letter);
    }
  if (used < n && args.type != JINJA_DICT)
    fail_format (run, "not all values were used by the format");
  return jinja_take (run, buffer);
}

/* What stands behind ":" in "{:>8.2f}". */
static bool
put_with_spec (JinjaRun *run, GString *buffer, JinjaValue value, const char *p, const char *end)
{
  Spec spec = { .fill = " " };
  size_t pos = 0;
  if (p < end)
    {
      sen_utf8_next (p, end - p, &pos);
      if (p + pos < end && strchr ("<>^", p[pos]) != NULL)
        {
          memcpy (spec.fill, p, pos);
          spec.fill[pos] = '\0';
          p += pos;
        }
    }
  for (; p < end && (*p == '<' || *p == '>' || *p == '^'); p++)
    {
      spec.is_left = *p == '<';
      spec.is_right = *p == '>';
      spec.is_centred = *p == '^';
    }
  for (; p < end && (*p == '+' || *p == '0'); p++)
    {
      spec.has_plus |= *p == '+';
      spec.has_zeros |= *p == '0';
    }
  read_size (&p, end, &spec);
  char letter = p < end                                           ? *p++
                : value.type == JINJA_INT                         ? 'd'
                : value.type == JINJA_FLOAT && spec.has_precision ? 'g'
                                                                  : 's';
  if (p != end || strchr ("sdxXofFeEgG", letter) == NULL || letter == '\0'
      || (letter == 's' && jinja_is_number (value) && p[-1] == 's') || (letter == 'd' && value.type == JINJA_FLOAT))
    return fail_format (run, "the format is unknown");
  return put_converted (run, buffer, value, &spec, letter);
}

/* The value of "name.attribute[0]" between braces. */
static JinjaValue
find_field (JinjaRun *run, const JinjaArgs *args, const char *p, const char *end, uint32_t *automatic)
{
  const char *stop = p;
  while (stop < end && *stop != '.' && *stop != '[')
    stop++;
  JinjaValue value = jinja_undefined (NULL);
  bool is_found = false;
  if (stop == p || g_ascii_isdigit (*p))
    {
      const char *digits = p;
      uint32_t index = stop == p ? (*automatic)++ : (uint32_t) read_count (&digits, stop);
      is_found = index < args->n;
      value = is_found ? args->values[index] : value;
    }
  for (uint32_t i = 0; !is_found && i < args->n_named; i++)
    if (jinja_is_string (jinja_string (p, stop - p), args->names[i]))
      {
        is_found = true;
        value = args->named[i];
      }
  if (!is_found)
    fail_format (run, "the format wants a value that is not there");
  for (p = stop; p < end && run->error == NULL; p = stop)
    {
      bool is_item = *p == '[';
      stop = ++p;
      while (stop < end && (is_item ? *stop != ']' : *stop != '.' && *stop != '['))
        stop++;
      JinjaValue name = jinja_string (p, stop - p);
      const char *digits = p;
      if (is_item && p < stop && g_ascii_isdigit (*p))
        value = jinja_item (run, value, jinja_int (read_count (&digits, stop)));
      else
        value = jinja_item (run, value, name);
      stop += is_item && stop < end ? 1 : 0;
    }
  return value;
}

/* "{} and {name}".format(a, name=b) */
JinjaValue
jinja_format_braces (JinjaRun *run, JinjaValue format, const JinjaArgs *args)
{
  GString *buffer = g_string_new (NULL);
  uint32_t automatic = 0;
  const char *p = format.text, *end = format.text + format.length;
  while (p < end && jinja_spend (run, 1))
    {
      if ((*p == '{' || *p == '}') && p + 1 < end && p[1] == *p)
        {
          jinja_put (run, buffer, p, 1);
          p += 2;
        }
      else if (*p == '{')
        {
          const char *close = memchr (p, '}', end - p);
          const char *colon = close != NULL ? memchr (p, ':', close - p) : NULL;
          const char *name_end = colon != NULL ? colon : close;
          if (close == NULL)
            {
              fail_format (run, "“}” is missing in a format");
              break;
            }
          char conversion = '\0';
          if (name_end - p > 2 && name_end[-2] == '!')
            {
              conversion = name_end[-1];
              name_end -= 2;
            }
          JinjaValue value = find_field (run, args, p + 1, name_end, &automatic);
          if (conversion == 'r')
            {
              GString *plain = g_string_new (NULL);
              jinja_print_repr (run, plain, value);
              value = jinja_take (run, plain);
            }
          else if (conversion == 's')
            value = jinja_to_string (run, value);
          if (colon != NULL && colon + 1 < close)
            put_with_spec (run, buffer, value, colon + 1, close);
          else
            jinja_print (run, buffer, value);
          p = close + 1;
        }
      else if (*p == '}')
        {
          fail_format (run, "a format has a “}” too many");
          break;
        }
      else
        {
          const char *stop = p;
          while (stop < end && *stop != '{' && *stop != '}')
            stop++;
          jinja_put (run, buffer, p, stop - p);
          p = stop;
        }
    }
  return jinja_take (run, buffer);
}

typedef struct {
  JinjaRun   *run;
  GString    *buffer;
  JinjaValue  indent;      /* a string, or none for one line */
  bool        is_ascii, sort_keys;
} Json;

static void
json_put (Json *json, const char *text)
{
  jinja_put (json->run, json->buffer, text, strlen (text));
}

static void
json_string (Json *json, JinjaValue value)
{
  json_put (json, "\"");
  for (size_t pos = 0, start = 0; pos < value.length && json->run->error == NULL; start = pos)
    {
      static const char special[] = "\"\\\n\r\t\f\b", meaning[] = "\"\\nrtfb";
      char text[16];
      uint32_t code = sen_utf8_next (value.text, value.length, &pos);
      const char *known = code != 0 && code < 0x80 ? strchr (special, (char) code) : NULL;
      if (known != NULL)
        g_snprintf (text, sizeof text, "\\%c", meaning[known - special]);
      else if (code < 0x20 || (json->is_ascii && code >= 0x7f && code < 0x10000 && code != 0x7f))
        g_snprintf (text, sizeof text, "\\u%04x", code);
      else if (json->is_ascii && code >= 0x10000)
        g_snprintf (text, sizeof text, "\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10), 0xdc00 + (code & 0x3ff));
      else
        {
          jinja_put (json->run, json->buffer, value.text + start, pos - start);
          continue;
        }
      json_put (json, text);
    }
  json_put (json, "\"");
}

static void
json_line (Json *json, uint32_t level)
{
  if (json->indent.type == JINJA_NONE)
    return;
  json_put (json, "\n");
  for (uint32_t i = 0; i < level && json->run->error == NULL; i++)
    jinja_put (json->run, json->buffer, json->indent.text, json->indent.length);
}

static void json_value (Json *json, JinjaValue value, uint32_t level);

static int
compare_keys (const void *a, const void *b, void *run)
{
  return jinja_compare (run, ((const JinjaPair *) a)->key, ((const JinjaPair *) b)->key);
}

static void
json_dict (Json *json, const JinjaDict *dict, uint32_t level)
{
  JinjaPair *pairs = dict->pairs;
  if (json->sort_keys && dict->n > 0)
    {
      pairs = jinja_arena_alloc (&json->run->arena, dict->n * sizeof *pairs);
      if (pairs == NULL)
        return;
      memcpy (pairs, dict->pairs, dict->n * sizeof *pairs);
      g_qsort_with_data (pairs, (int) dict->n, sizeof *pairs, compare_keys, json->run);
    }
  json_put (json, "{");
  for (uint32_t i = 0; i < dict->n && jinja_spend (json->run, 1); i++)
    {
      JinjaValue key = pairs[i].key;
      json_put (json, i == 0 ? "" : json->indent.type == JINJA_NONE ? ", " : ",");
      json_line (json, level + 1);
      if (key.type == JINJA_STRING)
        json_string (json, key);
      else if (key.type == JINJA_NONE || jinja_is_number (key))
        {
          json_put (json, "\"");
          json_value (json, key, level);
          json_put (json, "\"");
        }
      else
        fail_format (json->run, "JSON has only strings, numbers and null as keys");
      json_put (json, ": ");
      json_value (json, pairs[i].value, level + 1);
    }
  if (dict->n > 0)
    json_line (json, level);
  json_put (json, "}");
}

static void
json_value (Json *json, JinjaValue value, uint32_t level)
{
  char number[40];
  if (!jinja_enter (json->run))
    {
      json->run->depth--;
      return;
    }
  if (value.type == JINJA_STRING)
    json_string (json, value);
  else if (value.type == JINJA_NONE)
    json_put (json, "null");
  else if (value.type == JINJA_BOOL)
    json_put (json, value.i ? "true" : "false");
  else if (value.type == JINJA_INT)
    jinja_print_repr (json->run, json->buffer, value);
  else if (value.type == JINJA_FLOAT)
    {
      jinja_print_float (number, value.f);
      json_put (json, isnan (value.f) ? "NaN" : isinf (value.f) ? (value.f < 0 ? "-Infinity" : "Infinity") : number);
    }
  else if (value.type == JINJA_DICT)
    json_dict (json, value.dict, level);
  else if (value.type == JINJA_SEQ && value.seq->kind <= JINJA_TUPLE)
    {
      json_put (json, "[");
      for (uint32_t i = 0; i < value.seq->n && jinja_spend (json->run, 1); i++)
        {
          json_put (json, i == 0 ? "" : json->indent.type == JINJA_NONE ? ", " : ",");
          json_line (json, level + 1);
          json_value (json, value.seq->items[i], level + 1);
        }
      if (value.seq->n > 0)
        json_line (json, level);
      json_put (json, "]");
    }
  else
    jinja_fail (json->run, SEN_ERROR_INVALID, "a %s cannot be written as JSON", jinja_type_name (value));
  json->run->depth--;
}

JinjaValue
jinja_to_json (JinjaRun *run, JinjaValue value, JinjaValue indent, bool ascii, bool sort_keys)
{
  Json json = { run, g_string_new (NULL), indent, ascii, sort_keys };
  if (indent.type == JINJA_INT || indent.type == JINJA_BOOL)
    json.indent = jinja_binary (run, '*', jinja_literal (" "), indent);
  else if (indent.type != JINJA_STRING)
    json.indent = jinja_none ();
  json_value (&json, value, 0);
  return jinja_take (run, json.buffer);
}

/* In English whatever the locale: it is what models were trained on. */
JinjaValue
jinja_strftime (JinjaRun *run, JinjaValue format)
{
  static const char *const months[] = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December",
  };
  static const char *const days[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" };
  GString *out = g_string_new (NULL);
  GDateTime *now = run->now;
  const char *month = months[g_date_time_get_month (now) - 1], *day = days[g_date_time_get_day_of_week (now) - 1];
  for (uint32_t i = 0; i < format.length && jinja_spend (run, 1); i++)
    {
      char text[32] = "";
      bool is_short = i + 2 < format.length && format.text[i + 1] == '-';
      if (format.text[i] != '%' || i + 1 >= format.length)
        {
          jinja_put (run, out, format.text + i, 1);
          continue;
        }
      i += is_short ? 2 : 1;
      const char *number = is_short ? "%d" : "%02d";
      int value = -1;
      switch (format.text[i])
        {
        case 'd': value = g_date_time_get_day_of_month (now); break;
        case 'm': value = g_date_time_get_month (now); break;
        case 'y': value = g_date_time_get_year (now) % 100; break;
        case 'H': value = g_date_time_get_hour (now); break;
        case 'I': value = (g_date_time_get_hour (now) + 11) % 12 + 1; break;
        case 'M': value = g_date_time_get_minute (now); break;
        case 'S': value = g_date_time_get_second (now); break;
        case 'j': value = g_date_time_get_day_of_year (now); number = is_short ? "%d" : "%03d"; break;
        case 'Y': value = g_date_time_get_year (now); number = "%d"; break;
        case 'e': value = g_date_time_get_day_of_month (now); number = "%2d"; break;
        case 'u': value = g_date_time_get_day_of_week (now); number = "%d"; break;
        case 'w': value = g_date_time_get_day_of_week (now) % 7; number = "%d"; break;
        case 'B': g_strlcpy (text, month, sizeof text); break;
        case 'b':
        case 'h': g_snprintf (text, sizeof text, "%.3s", month); break;
        case 'A': g_strlcpy (text, day, sizeof text); break;
        case 'a': g_snprintf (text, sizeof text, "%.3s", day); break;
        case 'p': g_strlcpy (text, g_date_time_get_hour (now) < 12 ? "AM" : "PM", sizeof text); break;
        case 'n': g_strlcpy (text, "\n", sizeof text); break;
        case 't': g_strlcpy (text, "\t", sizeof text); break;
        case '%': g_strlcpy (text, "%", sizeof text); break;
        case 'F':
        case 'T':
        case 'D':
        case 'R':
          {
            const char *whole = format.text[i] == 'F' ? "%Y-%m-%d" : format.text[i] == 'T' ? "%H:%M:%S"
                                : format.text[i] == 'D' ? "%m/%d/%y" : "%H:%M";
            JinjaValue part = jinja_strftime (run, jinja_literal (whole));
            jinja_put (run, out, part.text, part.length);
            break;
          }
        default: g_snprintf (text, sizeof text, "%%%c", format.text[i]); break;
        }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
      if (value >= 0)
        g_snprintf (text, sizeof text, number, value);
#pragma GCC diagnostic pop
      jinja_put (run, out, text, strlen (text));
    }
  return jinja_take (run, out);
}
