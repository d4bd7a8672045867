/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-attachment-files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utime.h>

#include <glib/gstdio.h>

#include "sen-attachment-private.h"
#include "sen-attachment-reason.h"
#include "sen-error.h"

#define CHUNK_BYTES 65536u
/* Left free for everything else that wants to be written. */
#define SPARE_BYTES (G_GUINT64_CONSTANT (64) << 20)
/* How much of it tells what it is. */
#define SNIFF_BYTES 4096u

struct _SenAttachmentFiles {
  GObject parent_instance;
  char   *folder;
  bool    is_temporary;
  guint64 free_bytes;
};

G_DEFINE_FINAL_TYPE (SenAttachmentFiles, sen_attachment_files, G_TYPE_OBJECT)

bool
sen_sha256_is_valid (const char *sha256)
{
  if (sha256 == NULL || strlen (sha256) != 64)
    return false;
  return strspn (sha256, "0123456789abcdef") == 64;
}

char *
sen_attachment_files_find (SenAttachmentFiles *self, const char *sha256)
{
  if (!sen_sha256_is_valid (sha256))
    return NULL;
  const char shelf[] = { sha256[0], sha256[1], '\0' };
  return g_build_filename (self->folder, shelf, sha256, NULL);
}

bool
sen_attachment_files_has (SenAttachmentFiles *self, const char *sha256)
{
  g_autofree char *path = sen_attachment_files_find (self, sha256);
  return path != NULL && g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

/* --- Copying ------------------------------------------------------------------------------------------------------------------------ */

typedef struct {
  SenAttachmentFiles *files;
  char               *part;      /* the file that is being written */
  int                 fd;
  GChecksum          *checksum;
  guint8              head[SNIFF_BYTES];
  gsize               n_head;
  guint64             n_bytes;
} Copy;

static bool
fail_errno (int code, const char *what, GError **error)
{
  if (code == ENOSPC || code == EDQUOT || code == EFBIG)
    return sen_attachment_fail (error, SEN_ATTACHMENT_REASON_DISK_FULL, "name", what, NULL);
  return sen_attachment_fail (error, SEN_ATTACHMENT_REASON_NOT_STORED, "name", what, "detail", g_strerror (code), NULL);
}

static bool
check_room (SenAttachmentFiles *self, guint64 n_bytes, const char *name, GError **error)
{
  struct statvfs info;
  guint64 n_free = self->free_bytes;
  if (n_free == 0)
    n_free = statvfs (self->folder, &info) == 0 ? (guint64) info.f_bavail * info.f_frsize : G_MAXUINT64;
  if (n_bytes < n_free && n_free - n_bytes >= SPARE_BYTES)
    return true;
  g_autofree char *size = g_format_size (n_bytes), *room = g_format_size (n_free);
  return sen_attachment_fail (error, SEN_ATTACHMENT_REASON_NO_ROOM, "name", name, "size", size, "most", room, NULL);
}

static bool
begin_copy (Copy *copy, const char *name, GError **error)
{
  if (g_mkdir_with_parents (copy->files->folder, 0700) != 0)
    return fail_errno (errno, name, error);
  copy->part = g_build_filename (copy->files->folder, ".part-XXXXXX", NULL);
  copy->fd = g_mkstemp_full (copy->part, O_RDWR | O_CLOEXEC, 0600);
  copy->checksum = g_checksum_new (G_CHECKSUM_SHA256);
  return copy->fd >= 0 || fail_errno (errno, name, error);
}

static bool
write_chunk (Copy *copy, const guint8 *data, gsize n, const char *name, GError **error)
{
  if (copy->n_head < SNIFF_BYTES)
    {
      gsize n_more = MIN (n, SNIFF_BYTES - copy->n_head);
      memcpy (copy->head + copy->n_head, data, n_more);
      copy->n_head += n_more;
    }
  copy->n_bytes += n;
  if (copy->n_bytes > SEN_ATTACHMENT_MAX_BYTES)
    {
      g_autofree char *most = g_format_size (SEN_ATTACHMENT_MAX_BYTES);
      return sen_attachment_fail (error, SEN_ATTACHMENT_REASON_TOO_LARGE, "name", name, "most", most, NULL);
    }
  g_checksum_update (copy->checksum, data, (gssize) n);
  while (n > 0)
    {
      ssize_t n_written = write (copy->fd, data, n);
      if (n_written < 0 && errno != EINTR)
        return fail_errno (errno, name, error);
      data += MAX (n_written, 0);
      n -= (gsize) MAX (n_written, 0);
    }
  return true;
}

/* Whole, on the disk, and under its name. What is there already is as good, and young again for the collector. */
static bool
end_copy (Copy *copy, const char *name, const char *expected, GError **error)
{
  const char *sha256 = g_checksum_get_string (copy->checksum);
  if (copy->n_bytes == 0)
    return sen_attachment_fail (error, SEN_ATTACHMENT_REASON_EMPTY, "name", name, NULL);
  if (expected != NULL && !g_str_equal (expected, sha256))
    return sen_attachment_fail (error, SEN_ATTACHMENT_REASON_OTHER, "name", name, NULL);
  g_autofree char *path = sen_attachment_files_find (copy->files, sha256), *shelf = g_path_get_dirname (path);
  struct stat info;
  if (g_stat (path, &info) == 0 && S_ISREG (info.st_mode) && (guint64) info.st_size == copy->n_bytes && utime (path, NULL) == 0)
    return true;
  if (fchmod (copy->fd, 0400) != 0 || fsync (copy->fd) != 0 || g_mkdir_with_parents (shelf, 0700) != 0
      || g_rename (copy->part, path) != 0)
    return fail_errno (errno, name, error);
  g_clear_pointer (&copy->part, g_free);
  return true;
}

static void
clear_copy (Copy *copy)
{
  if (copy->fd >= 0)
    close (copy->fd);
  if (copy->part != NULL)
    g_unlink (copy->part);
  g_clear_pointer (&copy->checksum, g_checksum_free);
  g_free (copy->part);
}

static char *
file_name (GFile *file)
{
  g_autofree char *base = g_file_get_basename (file);
  return base != NULL ? g_filename_display_name (base) : g_strdup ("");
}

static bool
fail_to_read (const char *name, const GError *why, GError **error)
{
  if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return sen_attachment_fail (error, SEN_ATTACHMENT_REASON_ABSENT, "name", name, NULL);
  if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    return sen_attachment_fail (error, SEN_ATTACHMENT_REASON_DENIED, "name", name, NULL);
  if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "cancelled");
      return false;
    }
  return sen_attachment_fail (error, SEN_ATTACHMENT_REASON_UNREADABLE, "name", name, "detail", why->message, NULL);
}

/* Opening a pipe would wait for its other end, and a device may never end. */
static bool
check_file (SenAttachmentFiles *self, GFile *file, const char *name, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (GFileInfo) info = g_file_query_info (file, G_FILE_ATTRIBUTE_STANDARD_TYPE "," G_FILE_ATTRIBUTE_STANDARD_SIZE,
                                                  G_FILE_QUERY_INFO_NONE, cancellable, &failure);
  if (info == NULL)
    return fail_to_read (name, failure, error);
  if (g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR)
    {
      bool is_folder = g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY;
      return sen_attachment_fail (error, is_folder ? SEN_ATTACHMENT_REASON_FOLDER : SEN_ATTACHMENT_REASON_NO_FILE, "name", name, NULL);
    }
  guint64 n_bytes = g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_STANDARD_SIZE) ? (guint64) g_file_info_get_size (info) : 0;
  if (n_bytes > SEN_ATTACHMENT_MAX_BYTES)
    {
      g_autofree char *most = g_format_size (SEN_ATTACHMENT_MAX_BYTES);
      return sen_attachment_fail (error, SEN_ATTACHMENT_REASON_TOO_LARGE, "name", name, "most", most, NULL);
    }
  g_mkdir_with_parents (self->folder, 0700);
  return check_room (self, n_bytes, name, error);
}

static char *
sniff (const Copy *copy)
{
  gboolean is_uncertain;
  g_autofree char *type = g_content_type_guess (NULL, copy->head, copy->n_head, &is_uncertain);
  return type != NULL ? g_content_type_get_mime_type (type) : NULL;
}

/* @stream or @bytes. */
static char *
take (SenAttachmentFiles *self, GInputStream *stream, GBytes *bytes, const char *name, const char *expected, guint64 *n_bytes, char **mime,
      GCancellable *cancellable, GError **error)
{
  Copy copy = { .files = self, .fd = -1 };
  bool ok = begin_copy (&copy, name, error);
  if (ok && bytes != NULL)
    {
      gsize n;
      const guint8 *data = g_bytes_get_data (bytes, &n);
      ok = check_room (self, n, name, error) && (n == 0 || write_chunk (&copy, data, n, name, error));
    }
  while (ok && stream != NULL)
    {
      guint8 chunk[CHUNK_BYTES];
      g_autoptr (GError) failure = NULL;
      gssize n = g_input_stream_read (stream, chunk, sizeof chunk, cancellable, &failure);
      if (n == 0)
        break;
      ok = n > 0 ? write_chunk (&copy, chunk, (gsize) n, name, error) : fail_to_read (name, failure, error);
    }
  ok = ok && end_copy (&copy, name, expected, error);
  char *sha256 = ok ? g_strdup (g_checksum_get_string (copy.checksum)) : NULL;
  if (ok && n_bytes != NULL)
    *n_bytes = copy.n_bytes;
  if (ok && mime != NULL)
    *mime = sniff (&copy);
  clear_copy (&copy);
  return sha256;
}

char *
sen_attachment_files_take (SenAttachmentFiles *self, GFile *file, const char *expected, guint64 *n_bytes, char **mime,
                           GCancellable *cancellable, GError **error)
{
  g_autofree char *name = file_name (file);
  g_autoptr (GError) failure = NULL;
  if (!check_file (self, file, name, cancellable, error))
    return NULL;
  g_autoptr (GFileInputStream) stream = g_file_read (file, cancellable, &failure);
  if (stream == NULL)
    {
      fail_to_read (name, failure, error);
      return NULL;
    }
  return take (self, G_INPUT_STREAM (stream), NULL, name, expected, n_bytes, mime, cancellable, error);
}

/* --- Attachments -------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  SenAttachmentFiles *files;
  GFile              *file;     /* or */
  GBytes             *bytes;
  char               *name;
  char               *sha256, *mime;   /* the result */
  guint64             n_bytes;
} Taking;

static void
free_taking (gpointer data)
{
  Taking *taking = data;
  g_clear_object (&taking->files);
  g_clear_object (&taking->file);
  g_clear_pointer (&taking->bytes, g_bytes_unref);
  g_free (taking->name);
  g_free (taking->sha256);
  g_free (taking->mime);
  g_free (taking);
}

static void
run_taking (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Taking *taking = data;
  GError *error = NULL;
  taking->sha256 = taking->file != NULL
                     ? sen_attachment_files_take (taking->files, taking->file, NULL, &taking->n_bytes, &taking->mime, cancellable, &error)
                     : take (taking->files, NULL, taking->bytes, taking->name, NULL, &taking->n_bytes, &taking->mime, cancellable, &error);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
on_taken (GObject *source, GAsyncResult *result, gpointer data)
{
  SenAttachment *attachment = SEN_ATTACHMENT (source);
  Taking *taking = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  if (g_task_propagate_boolean (G_TASK (result), &error))
    sen_attachment_arrived (attachment, taking->sha256, taking->n_bytes, taking->mime);
  else
    sen_attachment_failed (attachment, NULL, error->message);
}

static SenAttachment *
begin_taking (SenAttachmentFiles *self, GFile *file, GBytes *bytes, const char *name)
{
  SenAttachment *attachment = sen_attachment_new (self, name);
  Taking *taking = g_new0 (Taking, 1);
  taking->files = g_object_ref (self);
  taking->file = file != NULL ? g_object_ref (file) : NULL;
  taking->bytes = bytes != NULL ? g_bytes_ref (bytes) : NULL;
  taking->name = g_strdup (name);
  attachment->state = SEN_ATTACHMENT_COPYING;
  attachment->copying = g_cancellable_new ();
  g_autoptr (GTask) task = g_task_new (attachment, attachment->copying, on_taken, NULL);
  g_task_set_task_data (task, taking, free_taking);
  g_task_run_in_thread (task, run_taking);
  return attachment;
}

SenAttachment *
sen_attachment_files_add (SenAttachmentFiles *self, GFile *file)
{
  g_autofree char *name = file_name (file);
  return begin_taking (self, file, NULL, name);
}

SenAttachment *
sen_attachment_files_add_bytes (SenAttachmentFiles *self, GBytes *bytes, const char *name)
{
  return begin_taking (self, NULL, bytes, name);
}

/* --- The object --------------------------------------------------------------------------------------------------------------------- */

SenAttachmentFiles *
sen_attachment_files_new (const char *folder)
{
  SenAttachmentFiles *self = g_object_new (SEN_TYPE_ATTACHMENT_FILES, NULL);
  self->is_temporary = folder == NULL;
  self->folder = folder != NULL ? g_strdup (folder) : g_dir_make_tmp ("sensorium-XXXXXX", NULL);
  if (self->folder == NULL)
    self->folder = g_strdup (g_get_tmp_dir ());   /* Adding says what is wrong with it. */
  return self;
}

void
sen_attachment_files_set_free_bytes (SenAttachmentFiles *self, guint64 n_bytes)
{
  self->free_bytes = n_bytes;
}

static void
remove_folder (const char *folder, int depth)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  for (const char *name = dir != NULL ? g_dir_read_name (dir) : NULL; name != NULL; name = g_dir_read_name (dir))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      if (g_unlink (path) != 0 && depth > 0)
        remove_folder (path, depth - 1);
    }
  g_rmdir (folder);
}

static void
sen_attachment_files_finalize (GObject *object)
{
  SenAttachmentFiles *self = SEN_ATTACHMENT_FILES (object);
  if (self->is_temporary && !g_str_equal (self->folder, g_get_tmp_dir ()))
    remove_folder (self->folder, 1);
  g_free (self->folder);
  G_OBJECT_CLASS (sen_attachment_files_parent_class)->finalize (object);
}

static void
sen_attachment_files_class_init (SenAttachmentFilesClass *class)
{
  G_OBJECT_CLASS (class)->finalize = sen_attachment_files_finalize;
}

static void
sen_attachment_files_init (SenAttachmentFiles *self)
{
}
