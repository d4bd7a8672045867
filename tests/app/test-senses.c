/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The window with real eyes, ears and model, on data/samples and on media that are bad in every way: each costs a sentence in the
 * conversation, and the rest of the message goes on. Argument: the source folder. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "sen-advice.h"
#include "sen-engine.h"
#include "sen-look-media.h"
#include "window-fixture.h"

static SenWindow  *window;
static const char *source_dir;

/* --- Attaching ------------------------------------------------------------------------------------------------------------------------ */

static void
attach_bytes (const char *name, const void *bytes, gsize n)
{
  g_autoptr (GBytes) copy = g_bytes_new (bytes, n);
  g_autoptr (SenAttachment) attachment = sen_attachment_files_add_bytes (sen_history_files (window->history), copy, name);
  sen_window_attach (window, attachment);
}

static void
attach_path (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  sen_window_attach_file (window, file);
}

/* @fraction of a file below the source folder, under another name. */
static void
attach_part (const char *path, const char *name, double fraction)
{
  g_autofree char *whole = g_build_filename (source_dir, path, NULL), *bytes = NULL;
  gsize n;
  g_assert_true (g_file_get_contents (whole, &bytes, &n, NULL));
  attach_bytes (name, bytes, (gsize) ((double) n * fraction));
}

static SenAttachment *
nth_attached (guint i)
{
  g_autoptr (SenAttachment) attachment = g_list_model_get_item (sen_conversation_draft_attachments (window->conversation), i);
  return attachment;   /* the draft keeps it */
}

static gboolean
draft_is_settled (gpointer data)
{
  SenAttachment *attachment;
  for (guint i = 0; (attachment = nth_attached (i)) != NULL; i++)
    if (sen_attachment_stage (attachment) != NULL
        || (sen_attachment_state (attachment) != SEN_ATTACHMENT_READY && sen_attachment_state (attachment) != SEN_ATTACHMENT_FAILED))
      return FALSE;
  return TRUE;
}

static gboolean
has_label (GtkWidget *widget, const char *text)
{
  if (GTK_IS_LABEL (widget) && g_str_equal (gtk_label_get_text (GTK_LABEL (widget)), text))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    if (has_label (child, text))
      return TRUE;
  return FALSE;
}

/* Why @attachment failed, as the window says it. */
static bool
has_reason (GtkWidget *widget, SenAttachment *attachment)
{
  g_autofree char *reason = sen_advice_attachment (sen_attachment_error (attachment));
  return has_label (widget, reason);
}

/* --- Good media ----------------------------------------------------------------------------------------------------------------------- */

static void
ask_about (const char *sample, const char *question, const char *expected)
{
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  g_autofree char *path = g_build_filename (source_dir, "data", "samples", sample, NULL);
  attach_path (path);
  /* At once: what is seen and heard is waited for. */
  window_send (window, question);
  window_fixture_wait (window_is_idle, window, 120.0);
  g_test_message ("%s", sen_message_row_text (window_last_row (window)));
  g_assert_nonnull (strstr (sen_message_row_text (window_last_row (window)), expected));
}

static void
test_picture (void)
{
  ask_about ("sign.png", "Where does the train on this sign go?", "Lisbon");
}

static void
test_recording (void)
{
  ask_about ("message.opus", "From which platform does the train leave?", "7");
}

/* Its words are timed as well. */
static gboolean
has_looked (gpointer data)
{
  return sen_look_pane_explanation (window->look_pane) != NULL && !sen_look_pane_is_loading (window->look_pane);
}

static gboolean
mentions (GtkWidget *label, gconstpointer text)
{
  return strstr (gtk_label_get_text (GTK_LABEL (label)), text) != NULL;
}

/* What stands below the picture or the recording in the pane says @text. */
static void
check_look (const char *text)
{
  adw_flap_set_reveal_flap (window->look_flap, TRUE);
  window_fixture_wait (has_looked, NULL, 60.0);
  sen_look_pane_choose (window->look_pane, 3);
  GtkWidget *shown = window_fixture_find (GTK_WIDGET (window->look_pane), SEN_TYPE_LOOK_MEDIA, NULL, NULL);
  g_assert_cmpint (shown != NULL, ==, text != NULL);
  if (text != NULL)
    g_assert_nonnull (window_fixture_find (shown, GTK_TYPE_LABEL, mentions, text));
  adw_flap_set_reveal_flap (window->look_flap, FALSE);
}

/* One piece after the other, each within the recording. */
static void
check_times (void)
{
  const SenExplanationInfo *info = sen_explanation_info (sen_look_pane_explanation (window->look_pane));
  double last = 0.0;
  g_assert_cmpuint (info->n_spans, ==, 1);
  g_assert_nonnull (info->spans[0].times);
  for (guint i = 0; i < info->spans[0].n; i++)
    {
      double start, end;
      sen_explanation_span_time (&info->spans[0], i, &start, &end);
      g_assert_true (start >= last && end > start && end <= 10.0);
      last = end;
    }
}

/* How the sample of the question before the last answer reached the model. */
static SenAttachment *
last_asked (void)
{
  GPtrArray *sent = sen_message_attachments (sen_message_row_message (sen_conversation_view_nth_row (window->view, 1)));
  return g_ptr_array_index (sent, 0);
}

/* As the user chooses, from the next message on; what entered directly has heat of its own. */
static void
test_directly (void)
{
  static const struct {
    const char *sample, *connector, *label, *directly, *in_words;
  } rows[] = {
    { "coffee.jpg", "sight-smollm2", "Seen directly and through words", "As seen by sight-smollm2", NULL },
    { "message.opus", "hearing-smollm2", "Heard directly and through words", "its words", "its words" },
  };
  window->settings->max_tokens = 12;
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      sen_window_use_connector (window, rows[i].connector, true);
      ask_about (rows[i].sample, "What is this?", "");
      g_assert_true (g_str_has_prefix (sen_attachment_direct_by (last_asked ()), rows[i].connector));
      g_assert_true (has_label (GTK_WIDGET (window->view), rows[i].label));
      check_look (rows[i].directly);
      if (i == 1)
        check_times ();
      sen_window_use_connector (window, rows[i].connector, false);
      ask_about (rows[i].sample, "What is this?", "");
      g_assert_null (sen_attachment_direct_by (last_asked ()));
      check_look (rows[i].in_words);
    }
  window->settings->max_tokens = 0;
}

/* --- Bad media ------------------------------------------------------------------------------------------------------------------------ */

/* 60,000 by 60,000 pixels, as the header says. */
static const guint8 huge_png[] = {
  0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0xea,
  0x60, 0x00, 0x00, 0xea, 0x60, 0x08, 0x02, 0x00, 0x00, 0x00, 0x0f, 0xb0, 0xe2, 0x15, 0x00, 0x00, 0x00, 0x0b, 0x49,
  0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x60, 0x40, 0x05, 0x00, 0x00, 0x10, 0x00, 0x01, 0x39, 0xbd, 0x8f, 0x65, 0x00,
  0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82
};

static void
put (GByteArray *out, guint64 value, guint n_bytes)
{
  for (guint i = 0; i < n_bytes; i++)
    g_byte_array_append (out, &(guint8) { (guint8) (value >> (8 * i)) }, 1);
}

static void
attach_wav (const char *name, guint format, guint n_channels, guint rate, guint bits, const void *samples, gsize n_bytes)
{
  g_autoptr (GByteArray) wav = g_byte_array_new ();
  g_byte_array_append (wav, (const guint8 *) "RIFF", 4);
  put (wav, 36 + n_bytes, 4);
  g_byte_array_append (wav, (const guint8 *) "WAVEfmt ", 8);
  put (wav, 16, 4);
  put (wav, format, 2);
  put (wav, n_channels, 2);
  put (wav, rate, 4);
  put (wav, (guint64) rate * n_channels * bits / 8, 4);
  put (wav, n_channels * bits / 8, 2);
  put (wav, bits, 2);
  g_byte_array_append (wav, (const guint8 *) "data", 4);
  put (wav, n_bytes, 4);
  g_byte_array_append (wav, samples, (guint) n_bytes);
  attach_bytes (name, wav->data, wav->len);
}

static void
attach_long_gif (guint n_frames)
{
  /* Each: a control block, one pixel. */
  static const guint8 head[] = { 'G', 'I', 'F', '8', '9', 'a', 1, 0, 1, 0, 0x80, 0, 0, 255, 255, 255, 0, 0, 0 };
  static const guint8 frame[] = { 0x21, 0xf9, 4, 0, 1, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 0x01, 0 };
  g_autoptr (GByteArray) gif = g_byte_array_new ();
  g_byte_array_append (gif, head, sizeof head);
  for (guint i = 0; i < n_frames; i++)
    g_byte_array_append (gif, frame, sizeof frame);
  put (gif, 0x3b, 1);
  attach_bytes ("long.gif", gif->data, gif->len);
}

static void
attach_bad_sounds (void)
{
  g_autofree float *samples = g_new (float, 16000);
  g_autofree gint16 *wide = g_new (gint16, 8 * 48000);
  for (int i = 0; i < 16000; i++)
    samples[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : 0.0f;
  for (int i = 0; i < 8 * 48000; i++)
    wide[i] = (gint16) (3000.0 * sin (i / 8 * 2.0 * G_PI * 440.0 / 192000.0));
  attach_wav ("nan.wav", 3, 1, 16000, 32, samples, 16000 * sizeof *samples);
  attach_wav ("nothing.wav", 1, 1, 16000, 16, samples, 0);
  attach_wav ("surround.wav", 1, 8, 192000, 16, wide, 8 * 48000 * sizeof *wide);
}

static const struct {
  const char        *name;
  SenAttachmentKind  kind;
  const char        *words;    /* found in them; NULL: it fails */
} bad[] = {
  { "huge.png", SEN_ATTACHMENT_UNKNOWN, NULL },
  { "long.gif", SEN_ATTACHMENT_PICTURE, "the first of 10000 frames" },
  { "letter.wav", SEN_ATTACHMENT_PICTURE, "Night train to Lisbon" },
  { "pixel.png", SEN_ATTACHMENT_PICTURE, "1 × 1 pixels" },
  { "cut.png", SEN_ATTACHMENT_UNKNOWN, NULL },
  { "empty.jpg", SEN_ATTACHMENT_UNKNOWN, NULL },
  { "notes.png", SEN_ATTACHMENT_UNKNOWN, NULL },
  { "silent.mp4", SEN_ATTACHMENT_VIDEO, "without sound" },
  { "nan.wav", SEN_ATTACHMENT_SOUND, "(no speech)" },
  { "nothing.wav", SEN_ATTACHMENT_SOUND, NULL },
  { "surround.wav", SEN_ATTACHMENT_SOUND, "(no speech)" },
  { "missing.png", SEN_ATTACHMENT_UNKNOWN, NULL },
  { "folder.png", SEN_ATTACHMENT_UNKNOWN, NULL },
};

static void
attach_all_bad (const char *folder)
{
  g_autofree char *missing = g_build_filename (folder, "missing.png", NULL), *directory = g_build_filename (folder, "folder.png", NULL);
  attach_bytes ("huge.png", huge_png, sizeof huge_png);
  attach_long_gif (10000);
  attach_part ("data/samples/sign.png", "letter.wav", 1.0);
  attach_part ("tests/data/media/pixel.png", "pixel.png", 1.0);
  attach_part ("data/samples/sign.png", "cut.png", 0.5);
  attach_bytes ("empty.jpg", "", 0);
  attach_bytes ("notes.png", "These are only notes.\n", 22);
  attach_part ("tests/data/media/silent.mp4", "silent.mp4", 1.0);
  attach_bad_sounds ();
  attach_path (missing);
  g_assert_cmpint (g_mkdir (directory, 0700), ==, 0);
  attach_path (directory);
}

static gboolean
is_answering (gpointer data)
{
  SenMessageRow *row = window_last_row (window);
  return row != NULL && *sen_message_row_text (row) != '\0';
}

static void
test_bad_media (void)
{
  g_autofree char *folder = g_dir_make_tmp ("sensorium-XXXXXX", NULL);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  attach_all_bad (folder);
  window_fixture_wait (draft_is_settled, NULL, 120.0);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      SenAttachment *attachment = nth_attached (i);
      const char *error = sen_attachment_error (attachment), *words = sen_attachment_facts (attachment)->words;
      g_test_message ("%s: %s", bad[i].name, error != NULL ? error : words);
      g_assert_cmpstr (sen_attachment_name (attachment), ==, bad[i].name);
      if (bad[i].words != NULL)
        {
          g_assert_cmpint (sen_attachment_kind (attachment), ==, bad[i].kind);
          g_assert_null (error);
          g_assert_nonnull (strstr (words, bad[i].words));
        }
      else
        {
          g_assert_nonnull (error);
          g_assert_nonnull (strstr (error, bad[i].name));
          g_assert_true (has_reason (GTK_WIDGET (window->composer), attachment));
        }
    }
  window_send (window, "Say hello.");
  /* So much to read makes the small model talk without end. */
  window_fixture_wait (is_answering, NULL, 120.0);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.stop", NULL);
  window_fixture_wait (window_is_idle, window, 120.0);
  g_assert_false (gtk_revealer_get_reveal_child (window->banner));
  g_assert_cmpstr (sen_message_row_text (window_last_row (window)), !=, "");
  GPtrArray *sent = sen_message_attachments (sen_message_row_message (sen_conversation_view_nth_row (window->view, 1)));
  g_assert_cmpuint (sent->len, ==, G_N_ELEMENTS (bad));
  for (guint i = 0; i < sent->len; i++)
    if (bad[i].words == NULL)
      g_assert_true (has_reason (GTK_WIDGET (window->view), sent->pdata[i]));
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", folder);
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
}

/* Half of a file of every format. What can be made of it is; else there is a sentence. */
static void
test_cut_media (void)
{
  g_autofree char *folder = g_build_filename (source_dir, "tests", "data", "media", NULL);
  g_autoptr (GDir) files = g_dir_open (folder, 0, NULL);
  const char *name;
  SenAttachment *attachment;
  guint n = 0, n_failed = 0;
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  while ((name = g_dir_read_name (files)) != NULL)
    {
      g_autofree char *path = g_build_filename ("tests", "data", "media", name, NULL);
      attach_part (path, name, 0.5);
      n++;
    }
  window_fixture_wait (draft_is_settled, NULL, 240.0);
  for (guint i = 0; (attachment = nth_attached (i)) != NULL; i++)
    if (sen_attachment_state (attachment) == SEN_ATTACHMENT_FAILED)
      {
        g_test_message ("%s", sen_attachment_error (attachment));
        g_assert_nonnull (strstr (sen_attachment_error (attachment), sen_attachment_name (attachment)));
        n_failed++;
      }
    else
      g_assert_nonnull (sen_attachment_facts (attachment)->words);
  g_test_message ("%u of %u cannot be used", n_failed, n);
  g_assert_cmpuint (n_failed, >, n / 2);
  while ((attachment = nth_attached (0)) != NULL)
    sen_conversation_unattach (window->conversation, attachment);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  const char *models = g_getenv ("SENSORIUM_TEST_MODELS");
  g_autofree char *ears = g_build_filename (models != NULL ? models : "", "whisper-base", "model.bin", NULL);
  if (models == NULL || !g_file_test (ears, G_FILE_TEST_IS_REGULAR))
    {
      g_print ("1..0 # SKIP SENSORIUM_TEST_MODELS has no whisper-base\n");
      return 0;
    }
  source_dir = argv[1];
  gtk_init ();
  window = window_fixture_open (models);
  window_fixture_wait (window_is_idle, window, 30.0);
  window->settings->sampling.temperature = 0.0f;

  g_test_add_func ("/senses/picture", test_picture);
  g_test_add_func ("/senses/recording", test_recording);
  g_test_add_func ("/senses/directly", test_directly);
  g_test_add_func ("/senses/bad-media", test_bad_media);
  g_test_add_func ("/senses/cut-media", test_cut_media);
  int result = g_test_run ();
  gtk_window_destroy (GTK_WINDOW (window));
  return result;
}
