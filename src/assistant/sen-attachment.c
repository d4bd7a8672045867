/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-attachment.h"

#include <math.h>
#include <string.h>

#include "sen-attachment-private.h"

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenAttachment, sen_attachment, G_TYPE_OBJECT)

static const char *const kind_names[] = {
  [SEN_ATTACHMENT_UNKNOWN] = "file", [SEN_ATTACHMENT_PICTURE] = "picture",
  [SEN_ATTACHMENT_SOUND] = "sound",  [SEN_ATTACHMENT_VIDEO] = "video",
};

const char *
sen_attachment_kind_name (SenAttachmentKind kind)
{
  return kind_names[kind];
}

SenAttachmentKind
sen_attachment_kind_from_mime (const char *mime)
{
  if (mime == NULL)
    return SEN_ATTACHMENT_UNKNOWN;
  return g_str_has_prefix (mime, "image/")   ? SEN_ATTACHMENT_PICTURE
         : g_str_has_prefix (mime, "audio/") ? SEN_ATTACHMENT_SOUND
         : g_str_has_prefix (mime, "video/") ? SEN_ATTACHMENT_VIDEO
                                             : SEN_ATTACHMENT_UNKNOWN;
}

/* --- What is known ------------------------------------------------------------------------------------------------------------------ */

SenAttachmentKind
sen_attachment_kind (SenAttachment *self)
{
  return self->facts.kind;
}

SenAttachmentState
sen_attachment_state (SenAttachment *self)
{
  return self->state;
}

const char *
sen_attachment_name (SenAttachment *self)
{
  return self->name;
}

const char *
sen_attachment_sha256 (SenAttachment *self)
{
  return self->sha256;
}

guint64
sen_attachment_size (SenAttachment *self)
{
  return self->size;
}

const SenAttachmentFacts *
sen_attachment_facts (SenAttachment *self)
{
  return &self->facts;
}

const char *
sen_attachment_error (SenAttachment *self)
{
  return self->state == SEN_ATTACHMENT_FAILED ? self->error : NULL;
}

char *
sen_attachment_path (SenAttachment *self)
{
  if (self->place != NULL)
    return g_strdup (self->place);
  return self->files != NULL && self->sha256 != NULL ? sen_attachment_files_find (self->files, self->sha256) : NULL;
}

const char *
sen_attachment_stage (SenAttachment *self)
{
  return self->stage;
}

double
sen_attachment_fraction (SenAttachment *self)
{
  return self->fraction;
}

/* --- What becomes known --------------------------------------------------------------------------------------------------------------- */

static void
emit_changed (SenAttachment *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

void
sen_attachment_set_stage (SenAttachment *self, const char *stage, double fraction)
{
  if (g_strcmp0 (stage, self->stage) == 0 && fraction == self->fraction)
    return;
  g_autofree char *old = self->stage;
  self->stage = g_strdup (stage);
  self->fraction = fraction;
  emit_changed (self);
}

/* Valid, and cut between characters. */
static void
set_text (char **text, const char *value, gsize max_bytes)
{
  g_autofree char *old = *text, *valid = value != NULL ? g_utf8_make_valid (value, -1) : NULL;
  if (valid != NULL && strlen (valid) > max_bytes)
    *g_utf8_find_prev_char (valid, valid + max_bytes + 1) = '\0';
  *text = g_steal_pointer (&valid);
}

void
sen_attachment_set_facts (SenAttachment *self, const SenAttachmentFacts *facts)
{
  if (facts->kind != SEN_ATTACHMENT_UNKNOWN)
    self->facts.kind = facts->kind;
  if (facts->mime != NULL)
    set_text (&self->mime, facts->mime, SEN_ATTACHMENT_MAX_NAME);
  if (facts->width > 0 && facts->height > 0)
    {
      self->facts.width = facts->width;
      self->facts.height = facts->height;
    }
  if (isfinite (facts->seconds) && facts->seconds > 0.0)
    self->facts.seconds = facts->seconds;
  if (facts->words != NULL)
    set_text (&self->words, facts->words, SEN_ATTACHMENT_MAX_WORDS);
  if (facts->words_by != NULL)
    set_text (&self->words_by, facts->words_by, SEN_ATTACHMENT_MAX_NAME);
  self->facts.mime = self->mime;
  self->facts.words = self->words;
  self->facts.words_by = self->words_by;
}

/* Behind the name of what took it directly. */
#define WITH_WORDS " + words"

const char *
sen_attachment_direct_by (SenAttachment *self)
{
  return self->direct_by;
}

bool
sen_attachment_is_direct_with_words (SenAttachment *self)
{
  return self->direct_by != NULL && g_str_has_suffix (self->direct_by, WITH_WORDS);
}

void
sen_attachment_set_direct (SenAttachment *self, const char *by, bool with_words)
{
  /* A long name is cut, never what stands behind it: the same way is recognised again. */
  g_autofree char *name = NULL, *wanted = NULL;
  set_text (&name, by, SEN_ATTACHMENT_MAX_NAME - sizeof WITH_WORDS);
  if (name != NULL)
    wanted = g_strconcat (name, with_words ? WITH_WORDS : "", NULL);
  if (g_strcmp0 (wanted, self->direct_by) == 0)
    return;
  set_text (&self->direct_by, wanted, SEN_ATTACHMENT_MAX_NAME);
  sen_attachment_save (self);
  emit_changed (self);
}

static void
end_work (SenAttachment *self, SenAttachmentState state, const char *error)
{
  g_autofree char *old = self->error;
  self->error = error != NULL ? g_utf8_make_valid (error, -1) : NULL;
  self->state = state;
  g_clear_pointer (&self->stage, g_free);
  self->fraction = -1.0;
  g_clear_object (&self->copying);
  sen_attachment_save (self);
  emit_changed (self);
}

void
sen_attachment_arrived (SenAttachment *self, const char *sha256, guint64 n_bytes, const char *mime)
{
  g_free (self->sha256);
  self->sha256 = g_strdup (sha256);
  self->size = n_bytes;
  sen_attachment_set_facts (self, &(SenAttachmentFacts) { .kind = sen_attachment_kind_from_mime (mime), .mime = mime });
  end_work (self, SEN_ATTACHMENT_NEW, NULL);
}

void
sen_attachment_understood (SenAttachment *self, const SenAttachmentFacts *facts)
{
  sen_attachment_set_facts (self, facts);
  end_work (self, SEN_ATTACHMENT_READY, NULL);
}

void
sen_attachment_failed (SenAttachment *self, const SenAttachmentFacts *facts, const char *sentence)
{
  if (facts != NULL)
    sen_attachment_set_facts (self, facts);
  end_work (self, SEN_ATTACHMENT_FAILED, sentence);
}

void
sen_attachment_abandon (SenAttachment *self)
{
  if (self->copying != NULL)
    g_cancellable_cancel (self->copying);
}

/* --- The object ----------------------------------------------------------------------------------------------------------------------- */

SenAttachment *
sen_attachment_new (SenAttachmentFiles *files, const char *name)
{
  SenAttachment *self = g_object_new (SEN_TYPE_ATTACHMENT, NULL);
  self->files = files != NULL ? g_object_ref (files) : NULL;
  set_text (&self->name, name, SEN_ATTACHMENT_MAX_NAME);
  for (char *c = self->name; *c != '\0'; c++)
    if ((guchar) *c < 0x20 || *c == 0x7f)
      *c = ' ';
  return self;
}

SenAttachment *
sen_attachment_new_at (const char *path, const char *identity, SenAttachmentKind kind)
{
  g_autofree char *name = g_filename_display_basename (path);
  SenAttachment *self = sen_attachment_new (NULL, name);
  self->place = g_strdup (path);
  self->sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, identity, -1);
  self->facts.kind = kind;
  return self;
}

SenAttachment *
sen_attachment_copy (SenAttachment *self)
{
  SenAttachment *copy = sen_attachment_new (self->files, self->name);
  copy->sha256 = g_strdup (self->sha256);
  copy->size = self->size;
  copy->state = self->state;
  copy->error = g_strdup (self->error);
  sen_attachment_set_facts (copy, &self->facts);
  return copy;
}

static void
sen_attachment_finalize (GObject *object)
{
  SenAttachment *self = SEN_ATTACHMENT (object);
  g_clear_object (&self->files);
  g_clear_object (&self->copying);
  g_free (self->name);
  g_free (self->place);
  g_free (self->sha256);
  g_free (self->mime);
  g_free (self->words);
  g_free (self->words_by);
  g_free (self->direct_by);
  g_free (self->error);
  g_free (self->stage);
  G_OBJECT_CLASS (sen_attachment_parent_class)->finalize (object);
}

static void
sen_attachment_class_init (SenAttachmentClass *class)
{
  G_OBJECT_CLASS (class)->finalize = sen_attachment_finalize;
  signals[CHANGED] = g_signal_new ("changed", SEN_TYPE_ATTACHMENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sen_attachment_init (SenAttachment *self)
{
  self->fraction = -1.0;
}
