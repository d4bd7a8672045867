/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "helper.h"

#include <libexif/exif-data.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_EXIF (1u << 20)

/* ASCII of an entry without surrounding blanks, into @text of @size. */
static bool
read_text (ExifData *data, ExifIfd ifd, ExifTag tag, char *text, size_t size)
{
  ExifEntry *entry = exif_content_get_entry (data->ifd[ifd], tag);
  if (entry == NULL || entry->format != EXIF_FORMAT_ASCII || entry->data == NULL)
    return false;
  size_t n = strnlen ((const char *) entry->data, entry->size);
  const char *start = (const char *) entry->data;
  while (n > 0 && start[n - 1] == ' ')
    n--;
  while (n > 0 && *start == ' ')
    {
      start++;
      n--;
    }
  if (n == 0 || n >= size || !g_utf8_validate (start, (gssize) n, NULL))
    return false;
  memcpy (text, start, n);
  text[n] = '\0';
  return true;
}

/* "2024:05:01 12:34:56" → "2024-05-01 12:34:56"; anything else is no date ("    :  :  " of cameras without a clock). */
static bool
read_date (ExifData *data, ExifIfd ifd, ExifTag tag, char *date, size_t size)
{
  char text[24];
  if (!read_text (data, ifd, tag, text, sizeof text) || strlen (text) != 19 || size < 20)
    return false;
  static const char shape[] = "0000:00:00 00:00:00";
  for (size_t i = 0; i < 19; i++)
    if (shape[i] == '0' ? !g_ascii_isdigit (text[i]) : text[i] != shape[i])
      return false;
  if (g_str_has_prefix (text, "0000"))
    return false;
  text[4] = text[7] = '-';
  memcpy (date, text, 20);
  return true;
}

/* Makers repeat themselves: "Canon" + "Canon EOS 80D". */
static void
read_camera (ExifData *data, char *camera, size_t size)
{
  char maker[48] = "", model[48] = "";
  read_text (data, EXIF_IFD_0, EXIF_TAG_MAKE, maker, sizeof maker);
  read_text (data, EXIF_IFD_0, EXIF_TAG_MODEL, model, sizeof model);
  if (*maker != '\0' && *model != '\0' && g_ascii_strncasecmp (model, maker, strcspn (maker, " ")) != 0)
    g_snprintf (camera, size, "%s %s", maker, model);
  else
    g_strlcpy (camera, *model != '\0' ? model : maker, size);
}

/* Degrees, minutes, seconds as three rationals; NaN when there are none. */
static double
read_angle (ExifData *data, ExifTag tag, ExifTag reference, char negative)
{
  ExifEntry *entry = exif_content_get_entry (data->ifd[EXIF_IFD_GPS], tag);
  ExifEntry *side = exif_content_get_entry (data->ifd[EXIF_IFD_GPS], reference);
  if (entry == NULL || entry->format != EXIF_FORMAT_RATIONAL || entry->components != 3 || entry->size < 24
      || side == NULL || side->size < 1)
    return NAN;
  ExifByteOrder order = exif_data_get_byte_order (data);
  double angle = 0, unit = 1;
  for (int i = 0; i < 3; i++, unit /= 60)
    {
      ExifRational value = exif_get_rational (entry->data + 8 * i, order);
      if (value.denominator == 0 && value.numerator != 0)
        return NAN;
      angle += value.denominator != 0 ? unit * value.numerator / value.denominator : 0;
    }
  return side->data[0] == negative ? -angle : angle;
}

static ExifData *
load (const uint8_t *data_with_mark, size_t n)
{
  ExifData *data = exif_data_new ();
  if (data == NULL)
    return NULL;
  exif_data_unset_option (data, EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);
  exif_data_load_data (data, data_with_mark, (unsigned) n);
  return data;
}

static int64_t
read_number (ExifData *data, ExifTag tag)
{
  ExifEntry *entry = exif_content_get_entry (data->ifd[EXIF_IFD_0], tag);
  if (entry != NULL && entry->format == EXIF_FORMAT_SHORT && entry->size >= 2)
    return exif_get_short (entry->data, exif_data_get_byte_order (data));
  if (entry != NULL && entry->format == EXIF_FORMAT_LONG && entry->size >= 4)
    return exif_get_long (entry->data, exif_data_get_byte_order (data));
  return 0;
}

static void
read_facts (ExifData *data, SenWireReply *reply)
{
  int64_t orientation = read_number (data, EXIF_TAG_ORIENTATION);
  reply->orientation = orientation >= 1 && orientation <= 8 ? (int32_t) orientation : 1;
  if (!read_date (data, EXIF_IFD_EXIF, EXIF_TAG_DATE_TIME_ORIGINAL, reply->date, sizeof reply->date))
    read_date (data, EXIF_IFD_0, EXIF_TAG_DATE_TIME, reply->date, sizeof reply->date);
  read_camera (data, reply->camera, sizeof reply->camera);

  double latitude = read_angle (data, (ExifTag) EXIF_TAG_GPS_LATITUDE, (ExifTag) EXIF_TAG_GPS_LATITUDE_REF, 'S');
  double longitude = read_angle (data, (ExifTag) EXIF_TAG_GPS_LONGITUDE, (ExifTag) EXIF_TAG_GPS_LONGITUDE_REF, 'W');
  /* 0, 0 is what phones write that do not know where they are. */
  if (fabs (latitude) <= 90 && fabs (longitude) <= 180 && (latitude != 0 || longitude != 0))
    {
      reply->latitude = latitude;
      reply->longitude = longitude;
      reply->flags |= SEN_WIRE_PLACE;
    }
}

static const char mark[FILE_HEAD] = "Exif\0";

void
exif_read (const uint8_t *tiff, size_t n, SenWireReply *reply)
{
  if (n > MAX_EXIF)
    return;
  uint8_t *copy = malloc (FILE_HEAD + n);
  if (copy == NULL)
    return;
  memcpy (copy, mark, FILE_HEAD);
  memcpy (copy + FILE_HEAD, tiff, n);
  ExifData *data = load (copy, FILE_HEAD + n);
  if (data != NULL)
    {
      read_facts (data, reply);
      exif_data_unref (data);
    }
  free (copy);
}

bool
exif_read_tiff (Picture *picture)
{
  uint8_t *start = (uint8_t *) picture->data - FILE_HEAD;
  memcpy (start, mark, FILE_HEAD);
  ExifData *data = load (start, FILE_HEAD + picture->n);
  if (data == NULL)
    return fail (picture->reply, SEN_REASON_MEMORY);
  read_facts (data, picture->reply);
  int64_t width = read_number (data, EXIF_TAG_IMAGE_WIDTH), height = read_number (data, EXIF_TAG_IMAGE_LENGTH);
  exif_data_unref (data);
  return width == 0 || height == 0 || picture_set_size (picture, width, height);
}
