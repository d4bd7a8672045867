/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "transcript.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime.h"
#include "sen-file.h"
#include "sen-json-reader.h"

#define MAX_JOURNAL_BYTES (256u << 20)

/* --- Transcripts ------------------------------------------------------------------------------------------------------------------ */

static void
clear_segment (gpointer data)
{
  SenTranscriptSegment *segment = data;
  for (uint32_t i = 0; i < segment->n_words; i++)
    g_free (segment->words[i].text);
  g_free (segment->words);
  g_free (segment->text);
}

Transcript *
transcript_new (const char *file)
{
  Transcript *transcript = g_new0 (Transcript, 1);
  transcript->file = g_strdup (file);
  transcript->segments = g_array_new (FALSE, TRUE, sizeof (SenTranscriptSegment));
  g_array_set_clear_func (transcript->segments, clear_segment);
  return transcript;
}

void
transcript_free (Transcript *transcript)
{
  if (transcript == NULL)
    return;
  g_array_unref (transcript->segments);
  g_free (transcript->language);
  g_free (transcript->file);
  g_free (transcript);
}

void
transcript_add (Transcript *transcript, const SenTranscriptSegment *segment)
{
  SenTranscriptSegment copy = *segment;
  copy.text = g_strdup (segment->text);
  copy.tokens = NULL;
  copy.n_tokens = 0;
  copy.words = g_memdup2 (segment->words, segment->n_words * sizeof (SenWord));
  for (uint32_t i = 0; i < copy.n_words; i++)
    copy.words[i].text = g_strdup (segment->words[i].text);
  g_array_append_val (transcript->segments, copy);
}

/* --- Printing --------------------------------------------------------------------------------------------------------------------- */

static void
print_segment_json (const SenTranscriptSegment *segment, bool words, GString *out)
{
  g_string_append_printf (out, "{\"id\":%u,\"start\":%.3f,\"end\":%.3f,\"text\":", segment->id, segment->start, segment->end);
  sen_json_quote (out, segment->text);
  g_string_append_printf (out, ",\"avg_logprob\":%.4f,\"no_speech_prob\":%.4f,\"compression_ratio\":%.4f,\"temperature\":%.1f",
                          segment->avg_logprob, segment->no_speech_prob, segment->compression_ratio, segment->temperature);
  for (uint32_t i = 0; words && i < segment->n_words; i++)
    {
      const SenWord *word = &segment->words[i];
      g_string_append (out, i == 0 ? ",\"words\":[{\"word\":" : ",{\"word\":");
      sen_json_quote (out, word->text);
      g_string_append_printf (out, ",\"start\":%.2f,\"end\":%.2f,\"probability\":%.4f}", word->start, word->end, word->probability);
    }
  g_string_append (out, words && segment->n_words > 0 ? "]}" : "}");
}

static void
print_segments_json (const Transcript *transcript, guint first, bool words, GString *out)
{
  g_string_append_c (out, '[');
  for (guint i = first; i < transcript->segments->len; i++)
    {
      if (i > first)
        g_string_append_c (out, ',');
      print_segment_json (&g_array_index (transcript->segments, SenTranscriptSegment, i), words, out);
    }
  g_string_append_c (out, ']');
}

void
transcript_print_json (const Transcript *transcript, bool words, GString *out)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < transcript->segments->len; i++)
    g_string_append (text, g_array_index (transcript->segments, SenTranscriptSegment, i).text);
  g_string_append (out, "{\"file\":");
  sen_json_quote (out, transcript->file);
  g_string_append (out, ",\"text\":");
  sen_json_quote (out, g_strstrip (text->str));
  g_string_append (out, ",\"language\":");
  if (transcript->language != NULL)
    sen_json_quote (out, transcript->language);
  else
    g_string_append (out, "null");
  g_string_append_printf (out, ",\"language_probability\":%.4f,\"duration\":%.3f,\"complete\":%s,\"segments\":",
                          transcript->language_probability, transcript->seconds, transcript->is_complete ? "true" : "false");
  print_segments_json (transcript, 0, words, out);
  g_string_append_c (out, '}');
}

static void
print_time (double seconds, char point, GString *out)
{
  gint64 ms = (gint64) (seconds * 1000.0 + 0.5);
  g_string_append_printf (out, "%02d:%02d:%02d%c%03d", (int) (ms / 3600000), (int) (ms / 60000 % 60), (int) (ms / 1000 % 60), point,
                          (int) (ms % 1000));
}

static void
print_line (guint number, double start, double end, const char *text, TranscriptFormat format, bool times, GString *out)
{
  g_autofree char *bare = g_strstrip (g_strdup (text));
  bool is_subtitle = format != TRANSCRIPT_TEXT;
  if (format == TRANSCRIPT_SRT)
    g_string_append_printf (out, "%u\n", number);
  if (is_subtitle || times)
    {
      char point = format == TRANSCRIPT_SRT ? ',' : '.';
      g_string_append (out, is_subtitle ? "" : "[");
      print_time (start, point, out);
      g_string_append (out, " --> ");
      print_time (end, point, out);
      g_string_append (out, is_subtitle ? "\n" : "] ");
    }
  /* An arrow would end a cue's text. */
  if (format == TRANSCRIPT_VTT && strstr (bare, "-->") != NULL)
    {
      g_auto (GStrv) parts = g_strsplit (bare, "-->", -1);
      g_free (bare);
      bare = g_strjoinv ("->", parts);
    }
  g_string_append_printf (out, is_subtitle ? "%s\n\n" : "%s\n", bare);
}

void
transcript_print_segment (const SenTranscriptSegment *segment, TranscriptFormat format, bool times, bool words, guint *n_cues,
                          GString *out)
{
  if (!words || segment->n_words == 0)
    {
      print_line (++*n_cues, segment->start, segment->end, segment->text, format, times, out);
      return;
    }
  for (uint32_t i = 0; i < segment->n_words; i++)
    {
      const SenWord *word = &segment->words[i];
      print_line (++*n_cues, word->start, word->end, word->text, format, times, out);
    }
}

/* --- The journal ------------------------------------------------------------------------------------------------------------------ */

struct Journal {
  char *path;
};

Journal *
journal_open (const char *dir, const char *path, const char *key, SenCancel *cancel, GError **error)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (checksum, (const guchar *) key, (gssize) strlen (key) + 1);
  if (!sen_file_hash (path, checksum, cancel, error))
    return NULL;
  g_autofree char *name = g_strconcat (g_checksum_get_string (checksum), ".jsonl", NULL);
  Journal *journal = g_new0 (Journal, 1);
  journal->path = g_build_filename (dir, name, NULL);
  return journal;
}

void
journal_free (Journal *journal)
{
  if (journal == NULL)
    return;
  g_free (journal->path);
  g_free (journal);
}

/* A damaged journal may say any number: no sound is as long as this in seconds, and what is printed stays a number. */
#define MOST 1e9

static double
number_of (const SenJson *object, const char *name, double low, double high)
{
  const SenJson *member = sen_json_member (object, name);
  return CLAMP (member != NULL ? sen_json_number (member) : 0.0, low, high);
}

static double
amount_of (const SenJson *object, const char *name)
{
  return number_of (object, name, 0.0, MOST);
}

static const char *
text_of (const SenJson *object, const char *name)
{
  const SenJson *member = sen_json_member (object, name);
  return member != NULL ? sen_json_string (member) : NULL;
}

static void
restore_segment (Transcript *transcript, const SenJson *entry)
{
  const SenJson *words = sen_json_member (entry, "words");
  size_t n_words = words != NULL ? sen_json_length (words) : 0;
  g_autofree SenWord *list = g_new0 (SenWord, n_words + 1);
  const char *text = text_of (entry, "text");
  if (text == NULL)
    return;
  SenTranscriptSegment segment = {
    .id = (uint32_t) amount_of (entry, "id"), .start = amount_of (entry, "start"), .end = amount_of (entry, "end"),
    .text = (char *) text, .words = list,
    .avg_logprob = (float) number_of (entry, "avg_logprob", -MOST, 0.0), .no_speech_prob = (float) amount_of (entry, "no_speech_prob"),
    .compression_ratio = (float) amount_of (entry, "compression_ratio"), .temperature = (float) amount_of (entry, "temperature"),
  };
  for (size_t i = 0; i < n_words; i++)
    {
      const SenJson *word = sen_json_at (words, i);
      if (text_of (word, "word") != NULL)
        list[segment.n_words++] = (SenWord) {
          .text = (char *) text_of (word, "word"), .start = amount_of (word, "start"), .end = amount_of (word, "end"),
          .probability = (float) amount_of (word, "probability"),
        };
    }
  transcript_add (transcript, &segment);
}

bool
journal_restore (Journal *journal, Transcript *transcript)
{
  g_autofree char *text = NULL;
  gsize length = 0;
  GStatBuf info;
  if (g_stat (journal->path, &info) != 0 || info.st_size > MAX_JOURNAL_BYTES
      || !g_file_get_contents (journal->path, &text, &length, NULL))
    return false;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  bool any = false;
  for (size_t i = 0; lines[i] != NULL && lines[i + 1] != NULL; i++)
    {
      /* A line that a kill cut short is the last; what it told is heard again. */
      g_autoptr (SenJsonDocument) document = sen_json_parse (lines[i], strlen (lines[i]), journal->path, NULL);
      const SenJson *root = document != NULL ? sen_json_root (document) : NULL;
      const SenJson *segments = root != NULL ? sen_json_member (root, "segments") : NULL;
      if (segments == NULL)
        break;
      for (size_t j = 0; j < sen_json_length (segments); j++)
        restore_segment (transcript, sen_json_at (segments, j));
      transcript->seconds = amount_of (root, "seconds");
      transcript->place.frame = (uint64_t) number_of (root, "frame", 0.0, 1e15);
      transcript->place.last_speech = amount_of (root, "last_speech");
      g_free (transcript->language);
      transcript->language = g_strdup (text_of (root, "language"));
      transcript->language_probability = (float) amount_of (root, "language_probability");
      any = true;
    }
  return any;
}

void
journal_note (Journal *journal, const Transcript *transcript, guint first)
{
  g_autofree char *dir = g_path_get_dirname (journal->path);
  g_autoptr (GString) line = g_string_new (NULL);
  g_string_append_printf (line, "{\"seconds\":%.6f,\"frame\":%" G_GUINT64_FORMAT ",\"last_speech\":%.17g,\"language\":",
                          transcript->seconds, transcript->place.frame, transcript->place.last_speech);
  if (transcript->language != NULL)
    sen_json_quote (line, transcript->language);
  else
    g_string_append (line, "null");
  g_string_append_printf (line, ",\"language_probability\":%.4f,\"segments\":", transcript->language_probability);
  print_segments_json (transcript, first, true, line);
  g_string_append (line, "}\n");
  if (g_mkdir_with_parents (dir, 0700) != 0)
    return;
  int fd = g_open (journal->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0)
    return;
  /* A line that could not be written whole is none to journal_restore(). */
  if (write (fd, line->str, line->len) == (ssize_t) line->len)
    fdatasync (fd);
  close (fd);
}

void
journal_remove (Journal *journal)
{
  g_unlink (journal->path);
}
