/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime.h"
#include "sen-attachment-reason.h"
#include "sen-clock.h"
#include "sen-decode.h"
#include "sen-import.h"
#include "transcript.h"

#define DEFAULT_MODEL "whisper-base"

typedef struct {
  /* Options. */
  CliRuntime       runtime;
  char            *language, *times, *prompt, *vocabulary, *format_name;
  int              beam_size;
  gboolean         translate, no_vad, no_fallback, condition, afresh;
  TranscriptFormat format;
  bool             show_times, show_words, has_told;

  /* What was opened. */
  SenCli            *cli;
  SenDecode         *decode;
  SenWhisper        *whisper;
  SenWhisperSession *session;

  /* The file at hand. */
  Transcript *transcript;
  Journal    *journal;        /* NULL for standard input */
  SenSound   *sound;
  double      duration;
  bool        has_sound;      /* a sample at least */
  guint       n_noted;        /* segments that are in the journal */
  guint       n_cues;         /* printed so far */
  bool        shows_progress;
} Transcribe;

/* --- Opening ---------------------------------------------------------------------------------------------------------------------- */

static bool
check_options (Transcribe *t)
{
  static const char *const formats[] = { "text", "json", "srt", "vtt" };
  bool found = t->format_name == NULL;
  for (size_t i = 0; !found && i < G_N_ELEMENTS (formats); i++)
    if (strcmp (formats[i], t->format_name) == 0)
      {
        t->format = (TranscriptFormat) i;
        found = true;
      }
  if (t->runtime.json)
    t->format = TRANSCRIPT_JSON;
  t->show_words = g_strcmp0 (t->times, "word") == 0;
  t->show_times = t->show_words || g_strcmp0 (t->times, "segment") == 0;
  if (!found)
    sen_cli_usage (t->cli, "There is no format “%s”: text, json, srt and vtt there are.", t->format_name);
  else if (t->times != NULL && !t->show_times)
    sen_cli_usage (t->cli, "--timestamps takes segment or word, not “%s”.", t->times);
  else if (t->beam_size < 0 || t->beam_size > SEN_WHISPER_MAX_ROWS)
    sen_cli_usage (t->cli, "--beam takes 1 to %d.", SEN_WHISPER_MAX_ROWS);
  else
    return true;
  return false;
}

static SenTranscribeParams
make_params (const Transcribe *t)
{
  return (SenTranscribeParams) {
    .language = t->language,
    .translate = t->translate,
    .words = t->show_words,
    .beam_size = (uint32_t) t->beam_size,
    .no_fallback = t->no_fallback,
    .no_vad = t->no_vad,
    .condition_on_previous = t->condition,
    .prompt = t->prompt,
    .vocabulary = t->vocabulary,
  };
}

static bool
open_model (Transcribe *t, GError **error)
{
  CliRuntime *runtime = &t->runtime;
  g_autofree char *path = sen_cli_find_model (t->cli, runtime->model_name != NULL ? runtime->model_name : DEFAULT_MODEL, error);
  g_autofree char *cache_dir = NULL;
  const SenDevicesParams devices = cli_runtime_devices_params (runtime, t->cli, &cache_dir);
  g_autofree char *import_dir = sen_model_conversions_dir ();
  const SenImportParams import = {
    .cache_dir = import_dir,
    .matrix_type = runtime->exact ? SEN_TYPE_F32 : SEN_IMPORT_TYPE_DEFAULT,
  };
  g_autofree char *gguf = path != NULL ? sen_import_open (path, &import, error) : NULL;
  if (gguf == NULL)
    return false;
  t->whisper = sen_whisper_open (gguf, error);
  if (t->whisper == NULL)
    return false;
  runtime->device = sen_devices_open (&devices, &runtime->fallback, &runtime->reason, error);
  if (runtime->device == NULL)
    return false;
  const SenTranscribeParams params = make_params (t);
  t->session = sen_whisper_session_new (t->whisper, runtime->device, runtime->fallback, sen_transcribe_n_rows (&params), error);
  if (t->session == NULL)
    return false;
  const SenDecodeParams decode = { .helper = t->cli->debug.decode_helper };
  t->decode = sen_decode_new (&decode);
  return true;
}

/* --- What comes ------------------------------------------------------------------------------------------------------------------- */

static void
clear_progress (const Transcribe *t)
{
  if (t->shows_progress)
    g_printerr ("\r\033[K");
}

/* That the session has left its device, once. */
static void
tell_if_moved (Transcribe *t)
{
  const char *why = sen_whisper_session_moved (t->session);
  if (why == NULL || t->has_told)
    return;
  t->has_told = true;
  clear_progress (t);
  sen_cli_gave_way (why, NULL);
}

static void
print_segment (Transcribe *t, const SenTranscriptSegment *segment)
{
  if (t->format == TRANSCRIPT_JSON)
    return;
  g_autoptr (GString) lines = g_string_new (NULL);
  transcript_print_segment (segment, t->format, t->show_times, t->show_words, &t->n_cues, lines);
  clear_progress (t);
  fputs (lines->str, stdout);
  fflush (stdout);
}

static void
on_segment (const SenTranscriptSegment *segment, gpointer data)
{
  Transcribe *t = data;
  transcript_add (t->transcript, segment);
  print_segment (t, segment);
}

static void
on_language (const char *code, float probability, gpointer data)
{
  Transcribe *t = data;
  /* A transcript that goes on knows already, and how sure it was. */
  if (t->transcript->language != NULL)
    return;
  t->transcript->language = g_strdup (code);
  t->transcript->language_probability = probability;
}

static void
on_reached (double seconds, const SenTranscribePlace *place, gpointer data)
{
  Transcribe *t = data;
  tell_if_moved (t);
  t->transcript->seconds = seconds;
  t->transcript->place = *place;
  if (t->journal != NULL)
    journal_note (t->journal, t->transcript, t->n_noted);
  t->n_noted = t->transcript->segments->len;
  if (!t->shows_progress)
    return;
  g_autofree char *now = sen_clock_format ((uint64_t) seconds), *all = sen_clock_format ((uint64_t) t->duration);
  bool has_length = t->duration >= 1.0;
  g_printerr ("\rListening %s%s%s\033[K", now, has_length ? " of " : "", has_length ? all : "");
}

static gssize
read_sound (float *samples, size_t n, gpointer data, GError **error)
{
  Transcribe *t = data;
  gssize n_read = sen_sound_read (t->sound, samples, n, t->cli->cancel, error);
  t->has_sound |= n_read > 0;
  return n_read;
}

/* --- One file --------------------------------------------------------------------------------------------------------------------- */

/* Standard input as an open file without a name; -1 and an error when it cannot be kept. */
static int
keep_stdin (GError **error)
{
  g_autofree char *path = NULL, *piece = g_malloc (65536);
  g_autoptr (GError) local = NULL;
  int fd = g_file_open_tmp ("sensorium-XXXXXX", &path, &local);
  if (fd >= 0)
    unlink (path);
  ssize_t n = 0;
  while (fd >= 0 && (n = read (STDIN_FILENO, piece, 65536)) > 0)
    for (ssize_t done = 0; done < n;)
      {
        ssize_t written = write (fd, piece + done, (size_t) (n - done));
        if (written < 0)
          {
            g_set_error (error, SEN_ERROR, errno == ENOSPC ? SEN_ERROR_DISK_FULL : SEN_ERROR_IO,
                         "Keeping standard input in a temporary file failed: %s.", g_strerror (errno));
            close (fd);
            return -1;
          }
        done += written;
      }
  if (fd >= 0 && n == 0)
    return fd;
  int saved = errno;
  g_set_error (error, SEN_ERROR, fd >= 0 && saved == EINTR ? SEN_ERROR_CANCELLED : SEN_ERROR_IO,
               "Reading standard input failed: %s.", fd < 0 ? local->message : g_strerror (saved));
  if (fd >= 0)
    close (fd);
  return -1;
}

/* Everything that changes the transcript. */
static char *
journal_key (const Transcribe *t)
{
  return g_strdup_printf ("2|%s|%s|%d|%d|%d|%d|%d|%d|%s|%s", sen_whisper_info (t->whisper)->name,
                          t->language != NULL ? t->language : "", t->translate, t->show_words, t->beam_size, t->no_vad,
                          t->no_fallback, t->condition, t->prompt != NULL ? t->prompt : "",
                          t->vocabulary != NULL ? t->vocabulary : "");
}

static bool
open_journal (Transcribe *t, const char *path, GError **error)
{
  g_autofree char *dir = g_build_filename (g_get_user_cache_dir (), "sensorium", "transcripts", NULL), *key = journal_key (t);
  t->journal = journal_open (dir, path, key, t->cli->cancel, error);
  if (t->journal == NULL)
    return false;
  if (t->afresh)
    journal_remove (t->journal);
  else if (journal_restore (t->journal, t->transcript))
    {
      g_printerr ("sensorium-cli: %s goes on at %.0f s, where it was stopped; --afresh begins anew.\n", t->transcript->file,
                  t->transcript->seconds);
      for (guint i = 0; i < t->transcript->segments->len; i++)
        print_segment (t, &g_array_index (t->transcript->segments, SenTranscriptSegment, i));
    }
  t->n_noted = t->transcript->segments->len;
  return true;
}

static bool
hear (Transcribe *t, const char *path, GError **error)
{
  SenTranscribeParams params = make_params (t);
  params.segment = on_segment;
  params.reached = on_reached;
  params.found = on_language;
  params.user_data = t;
  params.resume = &t->transcript->place;
  params.first_id = t->transcript->segments->len + 1;
  g_autofree char *language = g_strdup (t->transcript->language);
  if (params.language == NULL)
    params.language = language;
  /* The prompt belongs to the beginning. */
  if (params.resume->frame > 0)
    params.prompt = NULL;
  t->sound = sen_decode_open_sound (t->decode, path, 0.0, t->cli->cancel, error);
  if (t->sound == NULL)
    return false;
  t->duration = sen_sound_duration (t->sound);
  t->has_sound = false;
  t->transcript->is_complete = sen_transcribe (t->session, &params, read_sound, t, t->cli->cancel, error);
  if (t->transcript->is_complete && !t->has_sound)
    return sen_attachment_fail (error, SEN_ATTACHMENT_REASON_NO_LENGTH, "name", t->transcript->file, NULL);
  return t->transcript->is_complete;
}

static bool
transcribe_file (Transcribe *t, const char *file, bool is_first, bool is_one, GError **error)
{
  bool is_stdin = strcmp (file, "-") == 0;
  int fd = is_stdin ? keep_stdin (error) : -1;
  if (is_stdin && fd < 0)
    return false;
  g_autofree char *path = is_stdin ? g_strdup_printf ("/proc/self/fd/%d", fd) : g_strdup (file);
  t->transcript = transcript_new (file);
  t->n_noted = t->n_cues = 0;
  if (!is_one && t->format == TRANSCRIPT_TEXT)
    printf ("%s%s:\n", is_first ? "" : "\n", file);
  if (is_first && t->format == TRANSCRIPT_VTT)
    puts ("WEBVTT\n");

  bool done = (is_stdin || open_journal (t, path, error)) && hear (t, path, error);
  clear_progress (t);
  if (t->transcript->is_complete && t->journal != NULL)
    journal_remove (t->journal);
  if (t->format == TRANSCRIPT_JSON && t->transcript->language != NULL)
    {
      g_autoptr (GString) json = g_string_new (NULL);
      transcript_print_json (t->transcript, t->show_words, json);
      puts (json->str);
    }
  else if (t->format == TRANSCRIPT_JSON && done)
    {
      /* Nothing was said. */
      g_autoptr (GString) json = g_string_new (NULL);
      transcript_print_json (t->transcript, false, json);
      puts (json->str);
    }
  g_clear_pointer (&t->sound, sen_sound_close);
  g_clear_pointer (&t->journal, journal_free);
  g_clear_pointer (&t->transcript, transcript_free);
  if (fd >= 0)
    close (fd);
  return done;
}

/* Every file gets its turn; the status is that of the first that failed. */
static int
transcribe_files (Transcribe *t, int argc, char **argv)
{
  int status = SEN_CLI_OK;
  for (int i = 1; i < argc; i++)
    {
      g_autoptr (GError) error = NULL;
      if (transcribe_file (t, argv[i], i == 1, argc == 2, &error))
        continue;
      int failed = sen_cli_fail (t->cli, error);
      status = status == SEN_CLI_OK || failed == SEN_CLI_CANCELLED ? failed : status;
      if (failed == SEN_CLI_CANCELLED)
        break;
    }
  return status;
}

int
sen_cli_transcribe (SenCli *cli, int argc, char **argv)
{
  Transcribe t = { .cli = cli, .shows_progress = isatty (STDERR_FILENO) };
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_STRING, &t.runtime.model_name, "Name or path of a Whisper model (default: " DEFAULT_MODEL ")", "M" },
    CLI_DEVICE_OPTIONS (t.runtime),
    { "language", 'l', 0, G_OPTION_ARG_STRING, &t.language, "What is spoken: en, de, French … (default: found out)", "L" },
    { "translate", 0, 0, G_OPTION_ARG_NONE, &t.translate, "Translate into English", NULL },
    { "timestamps", 0, 0, G_OPTION_ARG_STRING, &t.times, "Show times: segment or word", "OF" },
    { "prompt", 0, 0, G_OPTION_ARG_STRING, &t.prompt, "What came before: names and style are taken from it", "TEXT" },
    { "vocabulary", 0, 0, G_OPTION_ARG_STRING, &t.vocabulary, "Words to expect anywhere", "WORDS" },
    { "beam", 0, 0, G_OPTION_ARG_INT, &t.beam_size, "Texts followed at once; 1 is quickest (default: 5)", "N" },
    { "format", 0, 0, G_OPTION_ARG_STRING, &t.format_name, "text (default), json, srt or vtt", "F" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &t.runtime.json, "The same as --format json", NULL },
    { "no-vad", 0, 0, G_OPTION_ARG_NONE, &t.no_vad, "Hear silence and noise too", NULL },
    { "no-fallback", 0, 0, G_OPTION_ARG_NONE, &t.no_fallback, "Only the likeliest text, however bad", NULL },
    { "condition", 0, 0, G_OPTION_ARG_NONE, &t.condition, "Go on from the text so far: consistent, but mistakes spread", NULL },
    { "afresh", 0, 0, G_OPTION_ARG_NONE, &t.afresh, "Do not go on where an earlier run was stopped", NULL },
    { NULL },
  };
  if (!sen_cli_parse (cli, "FILE…|-", "Files are sound or video of any format; - reads one from standard input. A run that was stopped "
                      "goes on where it was when the same command is given again. --json gives one object for each file: text, "
                      "language, segments.", entries, &argc, &argv))
    return SEN_CLI_USAGE;
  int status = SEN_CLI_USAGE;
  if (argc < 2)
    sen_cli_usage (cli, "No file was given.");
  else if (check_options (&t))
    {
      if (argc > 2 && (t.format == TRANSCRIPT_SRT || t.format == TRANSCRIPT_VTT))
        sen_cli_usage (cli, "Subtitles are made of one file at a time.");
      else
        status = open_model (&t, &error) ? transcribe_files (&t, argc, argv) : sen_cli_fail (cli, error);
    }

  g_clear_pointer (&t.session, sen_whisper_session_free);
  g_clear_pointer (&t.whisper, sen_whisper_unref);
  g_clear_pointer (&t.decode, sen_decode_free);
  cli_runtime_clear (&t.runtime);
  g_free (t.language);
  g_free (t.times);
  g_free (t.prompt);
  g_free (t.vocabulary);
  g_free (t.format_name);
  return status;
}
