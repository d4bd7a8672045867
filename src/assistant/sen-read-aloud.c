/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-read-aloud.h"

#include <string.h>

#include "sen-error.h"
#include "sen-language.h"
#include "sen-ssip-private.h"

#define N_(text) text

/* The language of a long text is known from its beginning. */
#define MOST_BYTES 4000
#define MAX_VOICES 1000

struct _SenReadAloud {
  GObject  parent_instance;
  char    *address;       /* NULL: the usual one */
  char    *voice;
  int      rate;

  SenSsip *ssip;          /* NULL: not connected */
  char    *sent_voice, *sent_language;   /* what it has been told */

  bool        is_on, is_ended;    /* is_ended: nothing more is added */
  bool        is_sending;         /* a sentence is on its way */
  bool        is_given_up;        /* and it is one of what was stopped */
  GQueue      sentences;          /* of char *: to be sent */
  GHashTable *heard_later;        /* numbers of messages that are with speech-dispatcher */
  GString    *text;               /* so far */
  GPtrArray  *listings;           /* of GTask: who asks for voices */
};

enum { CHANGED, FAILED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenReadAloud, sen_read_aloud, G_TYPE_OBJECT)

static void
set_on (SenReadAloud *self, bool is_on)
{
  if (self->is_on == is_on)
    return;
  self->is_on = is_on;
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
disconnect (SenReadAloud *self)
{
  g_clear_pointer (&self->ssip, sen_ssip_free);
  g_clear_pointer (&self->sent_voice, g_free);
  g_clear_pointer (&self->sent_language, g_free);
  g_hash_table_remove_all (self->heard_later);
  self->is_sending = self->is_given_up = false;
}

static void
on_failed (const GError *error, gpointer data)
{
  g_autoptr (SenReadAloud) self = g_object_ref (data);
  g_autoptr (GPtrArray) listings = self->listings;
  bool was_on = self->is_on;
  self->listings = g_ptr_array_new_with_free_func (g_object_unref);
  disconnect (self);
  g_queue_clear_full (&self->sentences, g_free);
  set_on (self, false);
  for (guint i = 0; i < listings->len; i++)
    g_task_return_error (g_ptr_array_index (listings, i), g_error_copy (error));
  if (was_on)
    g_signal_emit (self, signals[FAILED], 0, error);
}

static void
give_up (SenReadAloud *self, int code, const char *sentence)
{
  g_autoptr (GError) error = g_error_new_literal (SEN_ERROR, code, sentence);
  on_failed (error, self);
}

static void
check_heard (SenReadAloud *self)
{
  if (self->is_ended && !self->is_sending && g_queue_is_empty (&self->sentences) && g_hash_table_size (self->heard_later) == 0)
    set_on (self, false);
}

static void
on_event (int code, const char *message, gpointer data)
{
  SenReadAloud *self = data;
  if ((code == 702 || code == 703) && g_hash_table_remove (self->heard_later, message))
    check_heard (self);
}

static const SenSsipFuncs funcs = { .event = on_event, .failed = on_failed };

/* --- Sentences --------------------------------------------------------------------------------------------------------------------- */

static void send_next (SenReadAloud *self);

static void
on_queued (SenSsip *ssip, int code, GPtrArray *lines, gpointer data)
{
  SenReadAloud *self = data;
  bool is_given_up = self->is_given_up;
  self->is_sending = self->is_given_up = false;
  if (!is_given_up && (code != 225 || lines->len == 0))
    {
      give_up (self, SEN_ERROR_DEVICE, N_("speech-dispatcher refuses to read this aloud; choose another voice in Preferences"));
      return;
    }
  if (is_given_up)
    sen_ssip_send (self->ssip, "CANCEL SELF", NULL);
  else
    g_hash_table_add (self->heard_later, g_strdup (g_ptr_array_index (lines, 0)));
  send_next (self);
  check_heard (self);
}

/* A line of data; one that begins with a dot has another one before it, and a dot alone ends it. */
static char *
as_data (const char *sentence)
{
  GString *text = g_string_new (*sentence == '.' ? "." : NULL);
  for (const char *p = sentence; *p != '\0'; p++)
    g_string_append_c (text, g_ascii_iscntrl (*p) ? ' ' : *p);
  g_string_append (text, "\r\n.");
  return g_string_free (text, FALSE);
}

static void
on_ready (SenSsip *ssip, int code, GPtrArray *lines, gpointer data)
{
  SenReadAloud *self = data;
  g_autofree char *sentence = g_queue_pop_head (&self->sentences);
  if (code != 230)
    {
      give_up (self, SEN_ERROR_DEVICE, N_("speech-dispatcher refuses to read this aloud; choose another voice in Preferences"));
      return;
    }
  g_autofree char *text = as_data (sentence != NULL && !self->is_given_up ? sentence : "");
  /* What was stopped meanwhile left the queue; what came since waits. */
  if (self->is_given_up && sentence != NULL)
    g_queue_push_head (&self->sentences, g_steal_pointer (&sentence));
  sen_ssip_send_data (self->ssip, text, on_queued);
}

/* A command with one word or name, which must not end the line. */
static void
send_setting (SenReadAloud *self, const char *name, const char *value)
{
  g_autofree char *clean = g_strdup (value);
  for (char *c = clean; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  g_autofree char *command = g_strdup_printf ("SET SELF %s %s", name, clean);
  sen_ssip_send (self->ssip, command, NULL);
}

/* "de" of "de_DE.UTF-8"; NULL where it is none. */
static char *
desktop_language (void)
{
  const char *name = g_get_language_names ()[0];
  size_t n = strspn (name, "abcdefghijklmnopqrstuvwxyz");
  return n == 2 || n == 3 ? g_strndup (name, n) : NULL;
}

static void
send_voice (SenReadAloud *self)
{
  if (*self->voice != '\0' && g_strcmp0 (self->voice, self->sent_voice) != 0)
    {
      send_setting (self, "SYNTHESIS_VOICE", self->voice);
      g_free (self->sent_voice);
      self->sent_voice = g_strdup (self->voice);
    }
  if (*self->voice != '\0')
    return;
  const char *guess = sen_language_guess (self->text->str);
  g_autofree char *language = guess != NULL ? g_strdup (guess) : desktop_language ();
  if (language == NULL || g_strcmp0 (language, self->sent_language) == 0)
    return;
  send_setting (self, "LANGUAGE", language);
  g_free (self->sent_language);
  self->sent_language = g_steal_pointer (&language);
}

static void
send_next (SenReadAloud *self)
{
  if (self->ssip == NULL || self->is_sending || g_queue_is_empty (&self->sentences))
    return;
  self->is_sending = true;
  send_voice (self);
  sen_ssip_send (self->ssip, "SPEAK", on_ready);
}

/* --- The connection ---------------------------------------------------------------------------------------------------------------- */

/* "dummy" only says that there is no other. */
static void
on_modules (SenSsip *ssip, int code, GPtrArray *lines, gpointer data)
{
  SenReadAloud *self = data;
  bool has_voice = code >= 300;   /* it does not say */
  for (guint i = 0; i < lines->len; i++)
    has_voice = has_voice || strcmp (g_ptr_array_index (lines, i), "dummy") != 0;
  if (!has_voice)
    give_up (self, SEN_ERROR_NOT_FOUND, N_("speech-dispatcher has no voice; install one, such as espeak-ng's, and try again"));
}

static void on_voices (SenSsip *ssip, int code, GPtrArray *lines, gpointer data);

static void
need_connection (SenReadAloud *self)
{
  if (self->ssip != NULL)
    return;
  self->ssip = sen_ssip_new (self->address, &funcs, self);
  g_autofree char *client = g_strdup_printf ("%s:sensorium:read-aloud", g_get_user_name ());
  send_setting (self, "CLIENT_NAME", client);
  sen_ssip_send (self->ssip, "LIST OUTPUT_MODULES", on_modules);
  send_setting (self, "NOTIFICATION", "END on");
  send_setting (self, "NOTIFICATION", "CANCEL on");
  send_setting (self, "PRIORITY", "message");
  /* Prose, not what a screen reader tells of. */
  send_setting (self, "PUNCTUATION", "none");
  /* Asked for on a connection that was given up meanwhile. */
  for (guint i = 0; i < self->listings->len; i++)
    sen_ssip_send (self->ssip, "LIST SYNTHESIS_VOICES", on_voices);
}

/* --- Outside ----------------------------------------------------------------------------------------------------------------------- */

static void
silence (SenReadAloud *self)
{
  g_queue_clear_full (&self->sentences, g_free);
  self->is_given_up = self->is_sending;
  if (g_hash_table_size (self->heard_later) > 0)
    sen_ssip_send (self->ssip, "CANCEL SELF", NULL);
  g_hash_table_remove_all (self->heard_later);
}

void
sen_read_aloud_begin (SenReadAloud *self)
{
  silence (self);
  /* SSIP knows no way back from a voice that was named. */
  if (self->sent_voice != NULL && *self->voice == '\0')
    disconnect (self);
  g_string_truncate (self->text, 0);
  self->is_ended = false;
  need_connection (self);
  g_autofree char *rate = g_strdup_printf ("%d", self->rate);
  send_setting (self, "RATE", rate);
  set_on (self, true);
}

void
sen_read_aloud_say (SenReadAloud *self, const char *sentence)
{
  if (!self->is_on || *sentence == '\0')
    return;
  if (self->text->len < MOST_BYTES)
    g_string_append_printf (self->text, "%s ", sentence);
  g_queue_push_tail (&self->sentences, g_strdup (sentence));
  send_next (self);
}

void
sen_read_aloud_end (SenReadAloud *self)
{
  self->is_ended = true;
  check_heard (self);
}

void
sen_read_aloud_stop (SenReadAloud *self)
{
  silence (self);
  self->is_ended = true;
  set_on (self, false);
}

bool
sen_read_aloud_is_on (SenReadAloud *self)
{
  return self->is_on;
}

void
sen_read_aloud_set_voice (SenReadAloud *self, const char *voice, int rate)
{
  g_free (self->voice);
  self->voice = g_strdup (voice);
  self->rate = CLAMP (rate, -100, 100);
}

/* --- Voices ------------------------------------------------------------------------------------------------------------------------ */

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return g_utf8_collate (*(char *const *) a, *(char *const *) b);
}

/* "name TAB language TAB variant". */
static void
on_voices (SenSsip *ssip, int code, GPtrArray *lines, gpointer data)
{
  SenReadAloud *self = data;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < lines->len && names->len < MAX_VOICES; i++)
    {
      const char *line = g_ptr_array_index (lines, i);
      g_autofree char *name = g_strndup (line, strcspn (line, "\t"));
      if (*name == '\0' || strchr (name, '+') != NULL || g_hash_table_contains (known, name))
        continue;
      g_hash_table_add (known, name);
      g_ptr_array_add (names, g_steal_pointer (&name));
    }
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  g_autoptr (GTask) task = self->listings->len > 0 ? g_ptr_array_steal_index (self->listings, 0) : NULL;
  if (task != NULL)
    g_task_return_pointer (task, g_ptr_array_steal (names, NULL), (GDestroyNotify) g_strfreev);
}

void
sen_read_aloud_list_voices_async (SenReadAloud *self, GAsyncReadyCallback callback, gpointer data)
{
  need_connection (self);
  g_ptr_array_add (self->listings, g_task_new (NULL, NULL, callback, data));
  sen_ssip_send (self->ssip, "LIST SYNTHESIS_VOICES", on_voices);
}

char **
sen_read_aloud_list_voices_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- The object -------------------------------------------------------------------------------------------------------------------- */

SenReadAloud *
sen_read_aloud_new (const SenDebug *debug)
{
  SenReadAloud *self = g_object_new (SEN_TYPE_READ_ALOUD, NULL);
  self->address = g_strdup (debug->speechd_address);
  return self;
}

static void
sen_read_aloud_finalize (GObject *object)
{
  SenReadAloud *self = SEN_READ_ALOUD (object);
  disconnect (self);
  for (guint i = 0; i < self->listings->len; i++)
    g_task_return_new_error (g_ptr_array_index (self->listings, i), SEN_ERROR, SEN_ERROR_CANCELLED, "Nobody reads aloud any more");
  g_queue_clear_full (&self->sentences, g_free);
  g_hash_table_unref (self->heard_later);
  g_ptr_array_unref (self->listings);
  g_string_free (self->text, TRUE);
  g_free (self->voice);
  g_free (self->address);
  G_OBJECT_CLASS (sen_read_aloud_parent_class)->finalize (object);
}

static void
sen_read_aloud_class_init (SenReadAloudClass *class)
{
  G_OBJECT_CLASS (class)->finalize = sen_read_aloud_finalize;
#define SIGNAL(ID, name, n, ...) \
  signals[ID] = g_signal_new (name, SEN_TYPE_READ_ALOUD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, n, __VA_ARGS__)
  SIGNAL (CHANGED, "changed", 0, G_TYPE_NONE);
  SIGNAL (FAILED, "failed", 1, G_TYPE_ERROR);
#undef SIGNAL
}

static void
sen_read_aloud_init (SenReadAloud *self)
{
  self->voice = g_strdup ("");
  g_queue_init (&self->sentences);
  self->heard_later = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->text = g_string_new (NULL);
  self->listings = g_ptr_array_new_with_free_func (g_object_unref);
}
