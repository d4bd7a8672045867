/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Text in pictures and on scanned pages, by tesseract. Its language data comes through descriptors and stays loaded while the process is
 * warm. */
#include "document-pdf.h"
#include "helper.h"

#include <stdlib.h>
#include <string.h>
#include <tesseract/capi.h>
#include <unistd.h>

/* Letters in larger pictures are read as well when shrunk to this, and much faster. */
#define LONGEST_SIDE 2400
#define MIN_CONFIDENCE 60
#define MAX_MODEL_BYTES (64 << 20)
/* For all languages together; less than the client waits. */
#define MAX_MS 45000

typedef struct {
  char         name[16];
  TessBaseAPI *api;
} Reader;

static Reader readers[SEN_WIRE_MAX_LANGUAGES];

static TessBaseAPI *
load_reader (int fd, const char *language)
{
  off_t size = lseek (fd, 0, SEEK_END);
  if (size <= 0 || size > MAX_MODEL_BYTES)
    return NULL;
  File file = { .fd = fd, .size = (uint64_t) size };
  char *model = malloc (file.size);
  TessBaseAPI *api = NULL;
  if (model != NULL && file_read (&file, 0, model, file.size) == (gssize) file.size)
    {
      api = TessBaseAPICreate ();
      if (TessBaseAPIInit5 (api, model, (int) file.size, language, OEM_LSTM_ONLY, NULL, 0, NULL, NULL, 0, 0) != 0)
        {
          TessBaseAPIDelete (api);
          api = NULL;
        }
    }
  free (model);
  return api;
}

static TessBaseAPI *
find_reader (int fd, const char *language)
{
  for (size_t i = 0; i < SEN_WIRE_MAX_LANGUAGES; i++)
    {
      Reader *reader = &readers[i];
      if (reader->api != NULL && strcmp (reader->name, language) == 0)
        return reader->api;
    }
  /* The oldest makes way. */
  TessBaseAPI *api = load_reader (fd, language);
  if (api == NULL)
    return NULL;
  Reader *last = &readers[SEN_WIRE_MAX_LANGUAGES - 1];
  if (last->api != NULL)
    TessBaseAPIDelete (last->api);
  memmove (readers + 1, readers, sizeof readers - sizeof *readers);
  readers[0].api = api;
  g_strlcpy (readers[0].name, language, sizeof readers[0].name);
  return api;
}

typedef struct {
  GString *text;
  double   confidence;      /* sum over words */
  uint32_t n_words;
} Result;

static bool
has_letter_or_digit (const char *word)
{
  for (const char *c = word; *c != '\0'; c = g_utf8_next_char (c))
    if (g_unichar_isalnum (g_utf8_get_char (c)))
      return true;
  return false;
}

/* Words that are sure enough, in lines as they stand. A dash alone is texture; between words it is a dash. */
static void
collect_words (TessBaseAPI *api, Result *result)
{
  TessResultIterator *words = TessBaseAPIGetIterator (api);
  if (words == NULL)
    return;
  const TessPageIterator *page = TessResultIteratorGetPageIteratorConst (words);
  bool new_line = true;
  do
    {
      float confidence = TessResultIteratorConfidence (words, RIL_WORD);
      char *word = TessResultIteratorGetUTF8Text (words, RIL_WORD);
      new_line |= TessPageIteratorIsAtBeginningOf (page, RIL_TEXTLINE);
      if (word != NULL && confidence >= MIN_CONFIDENCE && g_utf8_validate (word, -1, NULL)
          && (has_letter_or_digit (word) || (!new_line && *word != '\0' && *word != ' ')))
        {
          if (result->text->len > 0)
            g_string_append_c (result->text, new_line ? '\n' : ' ');
          g_string_append (result->text, word);
          result->confidence += confidence / 100;
          result->n_words++;
          new_line = false;
        }
      TessDeleteText (word);
    }
  while (TessResultIteratorNext (words, RIL_WORD));
  TessResultIteratorDelete (words);
}

/* As a page first; what has no lines of text may still have words here and there. */
static Result
read_with (TessBaseAPI *api, const uint8_t *pixels, int width, int height, int limit_ms)
{
  static const TessPageSegMode modes[] = { PSM_AUTO, PSM_SPARSE_TEXT };
  Result result = { .text = g_string_new (NULL) };
  TessBaseAPISetImage (api, pixels, width, height, 3, width * 3);
  /* A camera's guess of dots per inch is no help; this keeps tesseract from guessing. */
  TessBaseAPISetSourceResolution (api, 150);
  for (size_t i = 0; i < G_N_ELEMENTS (modes) && result.n_words == 0; i++)
    {
      ETEXT_DESC *monitor = TessMonitorCreate ();
      TessMonitorSetDeadlineMSecs (monitor, limit_ms / (int) G_N_ELEMENTS (modes));
      TessBaseAPISetPageSegMode (api, modes[i]);
      if (TessBaseAPIRecognize (api, monitor) == 0)
        collect_words (api, &result);
      TessMonitorDelete (monitor);
    }
  TessBaseAPIClear (api);
  return result;
}

bool
text_read (const File *file, const SenWireRequest *request, const int *fds, char *text, size_t max_bytes, SenWireReply *reply)
{
  SenWireRequest shrunk = *request;
  shrunk.longest_side = LONGEST_SIDE;
  uint8_t *pixels = request->n > 0 ? pdf_draw_page (*file, request->n, LONGEST_SIDE, reply) : picture_read_pixels (file, &shrunk, reply);
  if (pixels == NULL)
    return false;
  if ((request->flags & SEN_WIRE_IF_LIKELY) != 0 && !text_is_likely (pixels, reply->width, reply->height))
    {
      free (pixels);
      return true;
    }

  Result best = { 0 };
  bool any = false;
  for (uint32_t i = 0; i < request->n_languages; i++)
    {
      TessBaseAPI *api = find_reader (fds[i], request->languages[i]);
      if (api == NULL)
        continue;
      any = true;
      Result result = read_with (api, pixels, reply->width, reply->height, MAX_MS / (int) request->n_languages);
      if (best.text == NULL || result.confidence > best.confidence)
        {
          Result worse = best;
          best = result;
          result = worse;
          g_strlcpy (reply->language, request->languages[i], sizeof reply->language);
        }
      if (result.text != NULL)
        g_string_free (result.text, TRUE);
    }
  free (pixels);
  if (!any)
    return fail (reply, SEN_REASON_NO_LANGUAGE);

  size_t n = MIN (best.text->len, max_bytes);
  memcpy (text, best.text->str, n);
  reply->n_payload = (uint32_t) n;
  reply->n_words = best.n_words;
  reply->confidence = best.n_words > 0 ? (float) CLAMP (best.confidence / best.n_words, 0, 1) : 0;
  g_string_free (best.text, TRUE);
  return true;
}
