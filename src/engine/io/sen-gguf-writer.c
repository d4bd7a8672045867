/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-gguf-writer.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sen-error.h"
#include "sen-file.h"

#define PIECE_BYTES (1u << 20)   /* what is converted and written at a time */

typedef struct {
  char       *name;
  SenType     type, source_type;
  uint32_t    n_dims;
  uint64_t    shape[4];          /* slowest axis first, n_dims of them */
  uint64_t    n_rows, n_cols;
  const void *data;              /* or rows */
  SenGgufRows rows;
  gpointer    user_data;
  uint64_t    offset;            /* in the data section */
} Tensor;

struct SenGgufWriter {
  GByteArray *pairs;
  uint64_t    n_pairs;
  GArray     *tensors;           /* Tensor */
  uint32_t    alignment;
};

static void
clear_tensor (gpointer tensor)
{
  g_free (((Tensor *) tensor)->name);
}

SenGgufWriter *
sen_gguf_writer_new (void)
{
  SenGgufWriter *writer = g_new0 (SenGgufWriter, 1);
  writer->pairs = g_byte_array_new ();
  writer->tensors = g_array_new (FALSE, FALSE, sizeof (Tensor));
  g_array_set_clear_func (writer->tensors, clear_tensor);
  writer->alignment = SEN_GGUF_ALIGNMENT;
  return writer;
}

void
sen_gguf_writer_free (SenGgufWriter *writer)
{
  if (writer == NULL)
    return;
  g_byte_array_unref (writer->pairs);
  g_array_unref (writer->tensors);
  g_free (writer);
}

/* --- Metadata ---------------------------------------------------------------------------------------------------------------- */

static void
put_u32 (GByteArray *out, uint32_t value)
{
  value = GUINT32_TO_LE (value);
  g_byte_array_append (out, (const uint8_t *) &value, sizeof value);
}

static void
put_u64 (GByteArray *out, uint64_t value)
{
  value = GUINT64_TO_LE (value);
  g_byte_array_append (out, (const uint8_t *) &value, sizeof value);
}

static void
put_text (GByteArray *out, const char *text, size_t length)
{
  put_u64 (out, length);
  g_byte_array_append (out, (const uint8_t *) text, (guint) length);
}

static void
put_number (GByteArray *out, SenGgufType type, const void *value)
{
  uint32_t n_bytes = sen_gguf_number_bytes (type);
  g_return_if_fail (n_bytes > 0);
  g_byte_array_append (out, value, n_bytes);
  if (G_BYTE_ORDER == G_BIG_ENDIAN)
    for (uint8_t *first = out->data + out->len - n_bytes, *last = out->data + out->len - 1; first < last; first++, last--)
      {
        uint8_t byte = *first;
        *first = *last;
        *last = byte;
      }
}

static void
begin_pair (SenGgufWriter *writer, const char *key, SenGgufType type)
{
  writer->n_pairs++;
  put_text (writer->pairs, key, strlen (key));
  put_u32 (writer->pairs, type);
}

void
sen_gguf_writer_set_number (SenGgufWriter *writer, const char *key, SenGgufType type, const void *value)
{
  begin_pair (writer, key, type);
  put_number (writer->pairs, type, value);
}

void
sen_gguf_writer_set_u32 (SenGgufWriter *writer, const char *key, uint32_t value)
{
  sen_gguf_writer_set_number (writer, key, SEN_GGUF_UINT32, &value);
}

void
sen_gguf_writer_set_f32 (SenGgufWriter *writer, const char *key, float value)
{
  sen_gguf_writer_set_number (writer, key, SEN_GGUF_FLOAT32, &value);
}

void
sen_gguf_writer_set_bool (SenGgufWriter *writer, const char *key, bool value)
{
  uint8_t byte = value;
  sen_gguf_writer_set_number (writer, key, SEN_GGUF_BOOL, &byte);
}

void
sen_gguf_writer_set_string (SenGgufWriter *writer, const char *key, const char *text, gssize length)
{
  begin_pair (writer, key, SEN_GGUF_STRING);
  put_text (writer->pairs, text, length >= 0 ? (size_t) length : strlen (text));
}

void
sen_gguf_writer_set_array (SenGgufWriter *writer, const char *key, SenGgufType element_type, const void *values, size_t n)
{
  uint32_t n_bytes = sen_gguf_number_bytes (element_type);
  begin_pair (writer, key, SEN_GGUF_ARRAY);
  put_u32 (writer->pairs, element_type);
  put_u64 (writer->pairs, n);
  for (size_t i = 0; i < n; i++)
    put_number (writer->pairs, element_type, (const uint8_t *) values + i * n_bytes);
}

void
sen_gguf_writer_set_strings (SenGgufWriter *writer, const char *key, const SenGgufString *texts, size_t n)
{
  begin_pair (writer, key, SEN_GGUF_ARRAY);
  put_u32 (writer->pairs, SEN_GGUF_STRING);
  put_u64 (writer->pairs, n);
  for (size_t i = 0; i < n; i++)
    put_text (writer->pairs, texts[i].data, texts[i].length);
}

void
sen_gguf_writer_set_alignment (SenGgufWriter *writer, uint32_t alignment)
{
  g_return_if_fail (alignment >= 4 && alignment <= 1u << 20 && (alignment & (alignment - 1)) == 0);
  writer->alignment = alignment;
  sen_gguf_writer_set_u32 (writer, "general.alignment", alignment);
}

/* --- Tensors ------------------------------------------------------------------------------------------------------------------ */

static void
add_tensor (SenGgufWriter *writer, const char *name, uint32_t n_dims, const uint64_t *shape, Tensor tensor)
{
  g_return_if_fail (n_dims >= 1 && n_dims <= 4);
  tensor.n_dims = n_dims;
  tensor.n_rows = 1;
  for (uint32_t i = 0; i < n_dims; i++)
    {
      tensor.shape[i] = shape[i];
      tensor.n_rows *= i + 1 < n_dims ? shape[i] : 1;
    }
  tensor.n_cols = shape[n_dims - 1];
  g_return_if_fail (sen_type_row_bytes (tensor.type, tensor.n_cols) > 0);
  tensor.name = g_strdup (name);
  g_array_append_val (writer->tensors, tensor);
}

void
sen_gguf_writer_add_rows (SenGgufWriter *writer, const char *name, SenType type, uint32_t n_dims, const uint64_t *shape,
                          SenGgufRows rows, gpointer user_data)
{
  add_tensor (writer, name, n_dims, shape,
              (Tensor) { .type = type, .source_type = SEN_TYPE_F32, .rows = rows, .user_data = user_data });
}

void
sen_gguf_writer_add_tensor (SenGgufWriter *writer, const char *name, SenType type, uint32_t n_dims, const uint64_t *shape,
                            SenType source_type, const void *data)
{
  /* Whole numbers are not converted: neither to nor from. */
  g_return_if_fail (type == source_type || (type != SEN_TYPE_I32 && source_type != SEN_TYPE_I32));
  add_tensor (writer, name, n_dims, shape, (Tensor) { .type = type, .source_type = source_type, .data = data });
}

/* --- Writing ------------------------------------------------------------------------------------------------------------------ */

typedef struct {
  SenGgufWriter  *writer;
  const char     *path;
  int             fd;
  SenGgufProgress progress;
  gpointer        user_data;
  uint64_t        n_bytes, n_done;   /* of all tensors */
} Job;

static bool
fail_io (const char *path, const char *what, GError **error)
{
  int reason = errno;
  g_set_error (error, SEN_ERROR, reason == ENOSPC || reason == EDQUOT ? SEN_ERROR_DISK_FULL : SEN_ERROR_IO,
               "%s cannot be %s: %s", path, what, g_strerror (reason));
  return false;
}

static bool
write_all (Job *job, const void *bytes, size_t size, GError **error)
{
  for (size_t at = 0; at < size;)
    {
      ssize_t n = write (job->fd, (const uint8_t *) bytes + at, size - at);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return fail_io (job->path, "written", error);
      at += (size_t) n;
    }
  return true;
}

static uint64_t
align_up (const SenGgufWriter *writer, uint64_t n)
{
  return (n + writer->alignment - 1) / writer->alignment * writer->alignment;
}

static bool
write_padding (Job *job, uint64_t position, GError **error)
{
  static const uint8_t zeros[4096];
  for (uint64_t left = align_up (job->writer, position) - position; left > 0;)
    {
      size_t n = (size_t) MIN (left, sizeof zeros);
      if (!write_all (job, zeros, n, error))
        return false;
      left -= n;
    }
  return true;
}

static bool
write_header (Job *job, GError **error)
{
  SenGgufWriter *writer = job->writer;
  g_autoptr (GByteArray) head = g_byte_array_new (), infos = g_byte_array_new ();
  g_byte_array_append (head, (const uint8_t *) "GGUF", 4);
  put_u32 (head, 3);
  put_u64 (head, writer->tensors->len);
  put_u64 (head, writer->n_pairs);
  uint64_t offset = 0;
  for (guint i = 0; i < writer->tensors->len; i++)
    {
      Tensor *tensor = &g_array_index (writer->tensors, Tensor, i);
      tensor->offset = offset;
      offset = align_up (writer, offset + tensor->n_rows * sen_type_row_bytes (tensor->type, tensor->n_cols));
      job->n_bytes += tensor->n_rows * sen_type_row_bytes (tensor->type, tensor->n_cols);
      put_text (infos, tensor->name, strlen (tensor->name));
      put_u32 (infos, tensor->n_dims);
      for (uint32_t d = 0; d < tensor->n_dims; d++)
        put_u64 (infos, tensor->shape[tensor->n_dims - 1 - d]);
      put_u32 (infos, sen_type_info (tensor->type)->gguf_id);
      put_u64 (infos, tensor->offset);
    }
  return write_all (job, head->data, head->len, error) && write_all (job, writer->pairs->data, writer->pairs->len, error)
         && write_all (job, infos->data, infos->len, error)
         && write_padding (job, (uint64_t) head->len + writer->pairs->len + infos->len, error);
}

/* Rows [first, first + n) as f32. */
static bool
give_rows (const Tensor *tensor, uint64_t first, size_t n, float *values, GError **error)
{
  if (tensor->rows != NULL)
    return tensor->rows (tensor->user_data, first, n, values, error);
  size_t row_bytes = sen_type_row_bytes (tensor->source_type, tensor->n_cols);
  sen_dequantize (tensor->source_type, (const uint8_t *) tensor->data + first * row_bytes, values, n * tensor->n_cols);
  return true;
}

static bool
write_tensor (Job *job, const Tensor *tensor, GError **error)
{
  size_t row_bytes = sen_type_row_bytes (tensor->type, tensor->n_cols);
  uint64_t n_at_once = MAX (PIECE_BYTES / (tensor->n_cols * sizeof (float)), 1);
  bool is_plain = tensor->rows == NULL && tensor->type == tensor->source_type;
  g_autofree float *values = is_plain ? NULL : g_new (float, n_at_once * tensor->n_cols);
  g_autofree uint8_t *blocks = is_plain || tensor->type == SEN_TYPE_F32 ? NULL : g_malloc (n_at_once * row_bytes);
  for (uint64_t row = 0; row < tensor->n_rows; row += n_at_once)
    {
      size_t n = (size_t) MIN (n_at_once, tensor->n_rows - row);
      const void *bytes = values;
      if (is_plain)
        bytes = (const uint8_t *) tensor->data + row * row_bytes;
      else if (!give_rows (tensor, row, n, values, error))
        return false;
      else if (blocks != NULL)
        {
          sen_quantize (tensor->type, values, blocks, n * tensor->n_cols);
          bytes = blocks;
        }
      if (!write_all (job, bytes, n * row_bytes, error))
        return false;
      job->n_done += n * row_bytes;
      if (job->progress != NULL && !job->progress ((double) job->n_done / (double) job->n_bytes, job->user_data))
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_CANCELLED, "writing %s was stopped", job->path);
          return false;
        }
    }
  return write_padding (job, tensor->n_rows * row_bytes, error);
}

static bool
write_file (Job *job, GError **error)
{
  if (!write_header (job, error))
    return false;
  for (guint i = 0; i < job->writer->tensors->len; i++)
    if (!write_tensor (job, &g_array_index (job->writer->tensors, Tensor, i), error))
      return false;
  if (fsync (job->fd) != 0)
    return fail_io (job->path, "written", error);
  sen_file_forget_pages (job->fd);
  return true;
}

/* A rename is lasting once its folder is; a file system that cannot sync folders loses nothing that was promised. */
static void
sync_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return;
  fsync (fd);
  close (fd);
}

bool
sen_gguf_writer_save (SenGgufWriter *writer, const char *path, SenGgufProgress progress, gpointer user_data, GError **error)
{
  g_autofree char *temporary = g_strdup_printf ("%s.XXXXXX", path);
  Job job = { .writer = writer, .path = path, .progress = progress, .user_data = user_data };
  job.fd = g_mkstemp_full (temporary, O_RDWR | O_CLOEXEC, 0644);
  if (job.fd < 0)
    return fail_io (path, "written", error);
  bool done = write_file (&job, error);
  if (close (job.fd) != 0 && done)
    done = fail_io (path, "written", error);
  if (done && g_rename (temporary, path) != 0)
    done = fail_io (path, "put in its place", error);
  if (done)
    sync_folder (path);
  else
    g_unlink (temporary);
  return done;
}
