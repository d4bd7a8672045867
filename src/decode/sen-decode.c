/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-decode-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sen-error.h"
#include "sen-file.h"

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
}

#define AUTO_FD __attribute__ ((cleanup (close_fd))) int

int
sen_decode_open_file (const char *path, uint64_t *size, GError **error)
{
  int fd = sen_file_open (path, size, error);
  if (fd >= 0 && *size == 0)
    {
      g_propagate_error (error, sen_wire_error (&(SenWireReply) { .reason = SEN_REASON_EMPTY }, path));
      close (fd);
      return -1;
    }
  return fd;
}

/* --- Probe ----------------------------------------------------------------------------------------------------------------------- */

static char *
dup_text (const char *text)
{
  return *text != '\0' ? g_strdup (text) : NULL;
}

SenMediaInfo *
sen_decode_probe (SenDecode *decode, const char *path, SenCancel *cancel, GError **error)
{
  SenExchange x = sen_exchange (SEN_WIRE_PROBE, path);
  g_autofree uint8_t *payload = g_malloc (SEN_WIRE_MAX_PAYLOAD);
  size_t position = 0;
  AUTO_FD fd = sen_decode_open_file (path, &x.request.file_size, error);
  if (fd < 0)
    return NULL;
  x.fds = &fd;
  x.n_fds = 1;
  x.payload = payload;
  x.max_payload = SEN_WIRE_MAX_PAYLOAD;
  if (!sen_decode_exchange (decode, &x, cancel, error))
    return NULL;

  SenMediaInfo *info = g_new0 (SenMediaInfo, 1);
  char *title = sen_decode_take_fact (payload, x.n_payload, &position);
  *info = (SenMediaInfo) {
    .kind = (SenMediaKind) x.reply.media,
    .format = g_strdup (x.reply.format),
    .video_codec = dup_text (x.reply.video_codec),
    .audio_codec = dup_text (x.reply.audio_codec),
    .title = title,
    .artist = sen_decode_take_fact (payload, x.n_payload, &position),
    .duration = x.reply.duration,
    .width = x.reply.full_width,
    .height = x.reply.full_height,
    .frame_rate = x.reply.frame_rate,
    .sample_rate = x.reply.sample_rate,
    .n_channels = x.reply.n_channels,
    .n_audio_streams = x.reply.n_audio_streams,
    .n_frames = MAX (1, x.reply.n_frames),
  };
  return info;
}

void
sen_media_info_free (SenMediaInfo *info)
{
  if (info == NULL)
    return;
  g_free (info->format);
  g_free (info->video_codec);
  g_free (info->audio_codec);
  g_free (info->title);
  g_free (info->artist);
  g_free (info);
}

/* --- Pictures -------------------------------------------------------------------------------------------------------------------- */

void
sen_exchange_set_picture (SenExchange *exchange, const SenPictureParams *params)
{
  exchange->request.background = params != NULL && params->has_background ? params->background & 0xffffff : 0xffffff;
  exchange->request.longest_side = params != NULL ? (uint32_t) CLAMP (params->longest_side, 0, SEN_WIRE_MAX_SIDE) : 0;
}

static SenImage *
decode_picture_fd (SenDecode *decode, int fd, uint64_t size, const char *name, const SenPictureParams *params, SenCancel *cancel,
                   GError **error)
{
  SenExchange x = sen_exchange (SEN_WIRE_PICTURE, name);
  sen_exchange_set_picture (&x, params);
  x.request.file_size = size;
  x.fds = &fd;
  x.n_fds = 1;
  if (!sen_decode_exchange (decode, &x, cancel, error))
    return NULL;
  return sen_image_new_from_memfd (x.memfd, &x.reply, name, error);
}

SenImage *
sen_decode_picture (SenDecode *decode, const char *path, const SenPictureParams *params, SenCancel *cancel, GError **error)
{
  uint64_t size;
  AUTO_FD fd = sen_decode_open_file (path, &size, error);
  return fd >= 0 ? decode_picture_fd (decode, fd, size, path, params, cancel, error) : NULL;
}

static bool
write_all (int fd, const uint8_t *bytes, size_t n)
{
  while (n > 0)
    {
      gssize written = write (fd, bytes, n);
      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        return false;
      bytes += written;
      n -= (size_t) written;
    }
  return true;
}

/* A file of @head and @n bytes, or -1. */
static int
copy_to_memory (const char *head, const uint8_t *bytes, size_t n, const char *name, GError **error)
{
  int fd = memfd_create ("sensorium-picture", MFD_CLOEXEC);
  if (fd >= 0 && write_all (fd, (const uint8_t *) head, strlen (head)) && write_all (fd, bytes, n))
    return fd;
  if (fd >= 0)
    close (fd);
  g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "There is no memory to hand %s to the decoder", name);
  return -1;
}

SenImage *
sen_decode_picture_bytes (SenDecode *decode, GBytes *bytes, const char *name, const SenPictureParams *params, SenCancel *cancel,
                          GError **error)
{
  size_t size;
  const uint8_t *data = g_bytes_get_data (bytes, &size);
  if (size == 0)
    {
      g_propagate_error (error, sen_wire_error (&(SenWireReply) { .reason = SEN_REASON_EMPTY }, name));
      return NULL;
    }
  AUTO_FD fd = copy_to_memory ("", data, size, name, error);
  return fd >= 0 ? decode_picture_fd (decode, fd, size, name, params, cancel, error) : NULL;
}

/* --- Text in pictures ------------------------------------------------------------------------------------------------------------ */

static int
open_language (const char *language)
{
  g_autofree char *name = g_strconcat (language, ".traineddata", NULL);
  g_autofree char *path = g_build_filename (SEN_TESSDATA_DIR, name, NULL);
  return open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

static bool
is_plain_name (const char *language)
{
  const char *c = language;
  while (g_ascii_isalnum (*c) || *c == '_')
    c++;
  return *c == '\0' && c > language && c - language < 16;
}

static const char *const usual_languages[] = { "eng", "deu", NULL };

bool
sen_decode_can_read_text (const char *const *languages)
{
  languages = languages != NULL ? languages : usual_languages;
  for (size_t i = 0; languages[i] != NULL; i++)
    {
      AUTO_FD fd = is_plain_name (languages[i]) ? open_language (languages[i]) : -1;
      if (fd >= 0)
        return true;
    }
  return false;
}

static const struct { const char *language, *code; } language_codes[] = {
#define LANGUAGE(language, code) { language, code },
#include "text-languages.def"
#undef LANGUAGE
};

/* Of "zh_TW.UTF-8", "zh_TW" goes before "zh". */
static const char *
find_code (const char *locale)
{
  const char *code = NULL;
  size_t n = strcspn (locale, ".@"), n_best = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (language_codes); i++)
    {
      size_t n_language = strlen (language_codes[i].language);
      bool is_whole = n_language == n || (n_language < n && locale[n_language] == '_');
      if (is_whole && n_language > n_best && strncmp (locale, language_codes[i].language, n_language) == 0)
        {
          code = language_codes[i].code;
          n_best = n_language;
        }
    }
  return code;
}

#define MOST_TEXT_LANGUAGES 3

static void
add_code (GPtrArray *codes, const char *code)
{
  const char *const one[] = { code, NULL };
  if (code != NULL && codes->len < MOST_TEXT_LANGUAGES && sen_decode_can_read_text (one)
      && !g_ptr_array_find_with_equal_func (codes, code, g_str_equal, NULL))
    g_ptr_array_add (codes, g_strdup (code));
}

char **
sen_decode_text_languages (const char *const *locales)
{
  GPtrArray *codes = g_ptr_array_new ();
  for (size_t i = 0; locales[i] != NULL && codes->len + 1 < MOST_TEXT_LANGUAGES; i++)
    add_code (codes, find_code (locales[i]));
  add_code (codes, "eng");
  g_ptr_array_add (codes, NULL);
  return (char **) g_ptr_array_free (codes, FALSE);
}

/* Takes over @file. */
static SenPictureText *
read_text (SenDecode *decode, int file, uint64_t size, const char *name, const SenReadParams *params, SenCancel *cancel, GError **error)
{
  const SenReadParams none = { 0 };
  params = params != NULL ? params : &none;
  const char *const *languages = params->languages != NULL ? params->languages : usual_languages;
  SenExchange x = sen_exchange (SEN_WIRE_TEXT, name);
  int fds[SEN_WIRE_MAX_FDS] = { file };
  x.request.file_size = size;

  for (size_t i = 0; languages[i] != NULL && x.request.n_languages < SEN_WIRE_MAX_LANGUAGES; i++)
    {
      int fd = is_plain_name (languages[i]) ? open_language (languages[i]) : -1;
      if (fd < 0)
        continue;
      g_strlcpy (x.request.languages[x.request.n_languages], languages[i], sizeof x.request.languages[0]);
      fds[1 + x.request.n_languages++] = fd;
    }
  g_autofree char *text = g_malloc (SEN_WIRE_MAX_PAYLOAD + 1);
  x.request.background = 0xffffff;
  x.request.n = params->page;
  x.request.flags = params->only_if_likely ? SEN_WIRE_IF_LIKELY : 0;
  x.fds = fds;
  x.n_fds = 1 + x.request.n_languages;
  x.payload = text;
  x.max_payload = SEN_WIRE_MAX_PAYLOAD;
  bool ok = false;
  if (x.request.n_languages == 0)
    g_propagate_error (error, sen_wire_error (&(SenWireReply) { .reason = SEN_REASON_NO_LANGUAGE }, name));
  else
    ok = sen_decode_exchange (decode, &x, cancel, error);
  for (size_t i = 0; i < x.n_fds; i++)
    close (fds[i]);
  if (!ok)
    return NULL;

  text[x.n_payload] = '\0';
  SenPictureText *result = g_new0 (SenPictureText, 1);
  result->text = g_utf8_make_valid (text, -1);
  for (char *c = result->text; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c) && *c != '\n')
      *c = ' ';
  result->confidence = x.reply.confidence;
  result->n_words = x.reply.n_words;
  result->language = dup_text (x.reply.language);
  return result;
}

SenPictureText *
sen_decode_read_text (SenDecode *decode, const char *path, const SenReadParams *params, SenCancel *cancel, GError **error)
{
  uint64_t size;
  int fd = sen_decode_open_file (path, &size, error);
  return fd >= 0 ? read_text (decode, fd, size, path, params, cancel, error) : NULL;
}

SenPictureText *
sen_decode_read_text_image (SenDecode *decode, const SenImage *image, const char *name, const SenReadParams *params,
                            SenCancel *cancel, GError **error)
{
  int width = sen_image_width (image), height = sen_image_height (image);
  size_t n = 3 * (size_t) width * (size_t) height;
  /* As the one format that is nothing but pixels. */
  g_autofree char *head = g_strdup_printf ("P6 %d %d 255\n", width, height);
  int fd = copy_to_memory (head, sen_image_pixels (image), n, name, error);
  return fd >= 0 ? read_text (decode, fd, strlen (head) + n, name, params, cancel, error) : NULL;
}

void
sen_picture_text_free (SenPictureText *text)
{
  if (text == NULL)
    return;
  g_free (text->text);
  g_free (text->language);
  g_free (text);
}
