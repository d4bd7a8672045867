/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-thumb-cache.h"

#include "sen-decode.h"
#include "sen-error.h"
#include "sen-thumb-file.h"

typedef struct {
  guint        id;
  char        *path, *key;
  SenFileKind  kind;
  int          side_px;
  SenCancel    cancel;
  SenThumbFunc func;
  gpointer     user_data;
  SenImage    *image;       /* what the thread found, or NULL */
} Request;

typedef struct {
  char       *key;
  GdkTexture *texture;
  gsize       n_bytes;
  GList       link;         /* in kept, the one that was looked at last in front */
} Entry;

struct _SenThumbCache {
  GObject parent_instance;

  SenDecode  *decode;
  GThread    *thread;       /* NULL before the first wish */
  GHashTable *requests;     /* id -> Request that is to be answered; each lies in one of the queues, or is at work */
  GHashTable *entries;      /* key -> Entry */
  GQueue      kept;
  gsize       n_bytes;
  guint       last_id;

  /* Between the threads */
  GMutex   lock;
  GCond    wake;
  GQueue   wanted;          /* of Request, borrowed; the last wish in front */
  GQueue   done;            /* of Request, borrowed, or owned when it was cancelled meanwhile */
  Request *at_work;
  guint    deliver_source;
  bool     is_over;
};

G_DEFINE_FINAL_TYPE (SenThumbCache, sen_thumb_cache, G_TYPE_OBJECT)

static void
request_free (Request *request)
{
  g_free (request->path);
  g_free (request->key);
  g_clear_pointer (&request->image, sen_image_unref);
  g_free (request);
}

/* --- The thread ---------------------------------------------------------------------------------------------------------------------- */

static SenImage *
decode_file (SenThumbCache *self, Request *request, int side_px, GError **error)
{
  const SenPictureParams params = { .longest_side = side_px };
  if (request->kind != SEN_FILE_VIDEO)
    return sen_decode_picture (self->decode, request->path, &params, &request->cancel, error);
  g_autoptr (GPtrArray) frames = sen_decode_video_frames (self->decode, request->path, 1, &params, NULL, NULL, &request->cancel, error);
  if (frames == NULL || frames->len == 0)
    return NULL;
  const SenVideoFrame *frame = g_ptr_array_index (frames, 0);
  return sen_image_ref (frame->image);
}

/* What lies on disk, else a new one that is put there. */
static SenImage *
find_or_make (SenThumbCache *self, Request *request, const SenThumbSubject *subject, SenThumbSize size)
{
  const SenPictureParams params = { .longest_side = request->side_px };
  g_autofree char *found = sen_thumb_file_find (subject, size);
  SenImage *image = found != NULL ? sen_decode_picture (self->decode, found, &params, &request->cancel, NULL) : NULL;
  bool can_be_seen = request->kind == SEN_FILE_PICTURE || request->kind == SEN_FILE_VIDEO;
  g_autoptr (GError) error = NULL;
  if (image != NULL || !can_be_seen || sen_cancel_requested (&request->cancel) || sen_thumb_file_has_failed (subject))
    return image;
  image = decode_file (self, request, sen_thumb_size_px (size), &error);
  if (image != NULL)
    sen_thumb_file_save (subject, size, image);
  else if (g_error_matches (error, SEN_ERROR, SEN_ERROR_FORMAT) || g_error_matches (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED)
           || g_error_matches (error, SEN_ERROR, SEN_ERROR_LIMIT))
    sen_thumb_file_save_failure (subject);
  return image;
}

static SenImage *
serve (SenThumbCache *self, Request *request)
{
  SenThumbSubject subject;
  SenThumbSize size;
  SenImage *image;
  if (sen_thumb_size_for (request->side_px, &size) && sen_thumb_subject_init (&subject, request->path))
    {
      image = find_or_make (self, request, &subject, size);
      sen_thumb_subject_clear (&subject);
      return image;
    }
  if (request->kind != SEN_FILE_PICTURE && request->kind != SEN_FILE_VIDEO)
    return NULL;
  return decode_file (self, request, request->side_px, NULL);
}

static gboolean deliver (gpointer cache);

static gpointer
run (gpointer data)
{
  SenThumbCache *self = data;
  g_mutex_lock (&self->lock);
  while (!self->is_over)
    {
      Request *request = self->at_work = g_queue_pop_head (&self->wanted);
      if (request == NULL)
        {
          g_cond_wait (&self->wake, &self->lock);
          continue;
        }
      g_mutex_unlock (&self->lock);
      request->image = serve (self, request);
      g_mutex_lock (&self->lock);
      self->at_work = NULL;
      g_queue_push_tail (&self->done, request);
      if (self->deliver_source == 0 && !self->is_over)
        self->deliver_source = g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, deliver, self, NULL);
    }
  g_mutex_unlock (&self->lock);
  return NULL;
}

/* --- What is kept -------------------------------------------------------------------------------------------------------------------- */

static void
entry_free (Entry *entry)
{
  g_object_unref (entry->texture);
  g_free (entry->key);
  g_free (entry);
}

static void
forget_oldest (SenThumbCache *self)
{
  Entry *oldest = g_queue_peek_tail (&self->kept);
  g_queue_unlink (&self->kept, &oldest->link);
  self->n_bytes -= oldest->n_bytes;
  g_hash_table_remove (self->entries, oldest->key);
}

static void
keep (SenThumbCache *self, const char *key, GdkTexture *texture, gsize n_bytes)
{
  if (n_bytes > SEN_THUMB_CACHE_BYTES / 2 || g_hash_table_contains (self->entries, key))
    return;
  Entry *entry = g_new0 (Entry, 1);
  *entry = (Entry) { .key = g_strdup (key), .texture = g_object_ref (texture), .n_bytes = n_bytes };
  entry->link.data = entry;
  g_queue_push_head_link (&self->kept, &entry->link);
  g_hash_table_insert (self->entries, entry->key, entry);
  self->n_bytes += n_bytes;
  while (self->n_bytes > SEN_THUMB_CACHE_BYTES)
    forget_oldest (self);
}

static char *
make_key (const SenThumbWish *wish)
{
  return g_strdup_printf ("%d %" G_GINT64_FORMAT " %s", wish->side_px, wish->mtime_ns, wish->path);
}

GdkTexture *
sen_thumb_cache_peek (SenThumbCache *self, const SenThumbWish *wish)
{
  g_autofree char *key = make_key (wish);
  Entry *entry = g_hash_table_lookup (self->entries, key);
  if (entry == NULL)
    return NULL;
  g_queue_unlink (&self->kept, &entry->link);
  g_queue_push_head_link (&self->kept, &entry->link);
  return entry->texture;
}

gsize
sen_thumb_cache_bytes (SenThumbCache *self)
{
  return self->n_bytes;
}

/* --- Wishes -------------------------------------------------------------------------------------------------------------------------- */

static void
answer (SenThumbCache *self, Request *request)
{
  g_autoptr (GdkTexture) texture = NULL;
  if (request->image != NULL)
    {
      int width = sen_image_width (request->image), height = sen_image_height (request->image);
      gsize n_bytes = 3 * (gsize) width * (gsize) height;
      /* The texture keeps the image, whose pixels nobody copies. */
      g_autoptr (GBytes) pixels = g_bytes_new_with_free_func (sen_image_pixels (request->image), n_bytes, (GDestroyNotify) sen_image_unref,
                                                              sen_image_ref (request->image));
      texture = gdk_memory_texture_new (width, height, GDK_MEMORY_R8G8B8, pixels, 3 * (gsize) width);
      keep (self, request->key, texture, n_bytes);
    }
  request->func (texture, request->user_data);
}

static gboolean
deliver (gpointer data)
{
  g_autoptr (SenThumbCache) self = g_object_ref (data);
  g_mutex_lock (&self->lock);
  GQueue done = self->done;
  g_queue_init (&self->done);
  self->deliver_source = 0;
  g_mutex_unlock (&self->lock);
  for (Request *request; (request = g_queue_pop_head (&done)) != NULL; request_free (request))
    if (g_hash_table_remove (self->requests, GUINT_TO_POINTER (request->id)))
      answer (self, request);
  return G_SOURCE_REMOVE;
}

guint
sen_thumb_cache_ask (SenThumbCache *self, const SenThumbWish *wish, SenThumbFunc func, gpointer user_data)
{
  Request *request = g_new0 (Request, 1);
  self->last_id = self->last_id == G_MAXUINT ? 1 : self->last_id + 1;
  *request = (Request) { .id = self->last_id, .path = g_strdup (wish->path), .key = make_key (wish), .kind = wish->kind,
                         .side_px = wish->side_px, .func = func, .user_data = user_data };
  g_hash_table_insert (self->requests, GUINT_TO_POINTER (request->id), request);
  g_mutex_lock (&self->lock);
  g_queue_push_head (&self->wanted, request);
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
  if (self->thread == NULL)
    self->thread = g_thread_new ("thumbnails", run, self);
  return request->id;
}

void
sen_thumb_cache_cancel (SenThumbCache *self, guint id)
{
  Request *request = g_hash_table_lookup (self->requests, GUINT_TO_POINTER (id));
  if (request == NULL)
    return;
  g_hash_table_remove (self->requests, GUINT_TO_POINTER (id));
  g_mutex_lock (&self->lock);
  bool is_waiting = g_queue_remove (&self->wanted, request);
  g_atomic_int_set (&request->cancel.requested, 1);
  g_mutex_unlock (&self->lock);
  /* What the thread has begun or done comes by deliver(), which finds that nobody waits. */
  if (is_waiting)
    request_free (request);
}

/* --- The object ---------------------------------------------------------------------------------------------------------------------- */

SenThumbCache *
sen_thumb_cache_new (const char *decode_helper)
{
  SenThumbCache *self = g_object_new (SEN_TYPE_THUMB_CACHE, NULL);
  self->decode = sen_decode_new (&(SenDecodeParams) { .helper = decode_helper });
  return self;
}

static void
sen_thumb_cache_finalize (GObject *object)
{
  SenThumbCache *self = SEN_THUMB_CACHE (object);
  g_mutex_lock (&self->lock);
  self->is_over = true;
  if (self->at_work != NULL)
    g_atomic_int_set (&self->at_work->cancel.requested, 1);
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
  if (self->thread != NULL)
    g_thread_join (self->thread);
  g_clear_handle_id (&self->deliver_source, g_source_remove);
  g_queue_clear_full (&self->wanted, (GDestroyNotify) request_free);
  g_queue_clear_full (&self->done, (GDestroyNotify) request_free);
  g_hash_table_unref (self->requests);
  g_hash_table_unref (self->entries);
  g_clear_pointer (&self->decode, sen_decode_free);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  G_OBJECT_CLASS (sen_thumb_cache_parent_class)->finalize (object);
}

static void
sen_thumb_cache_class_init (SenThumbCacheClass *class)
{
  G_OBJECT_CLASS (class)->finalize = sen_thumb_cache_finalize;
}

static void
sen_thumb_cache_init (SenThumbCache *self)
{
  self->requests = g_hash_table_new (NULL, NULL);
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) entry_free);
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
}
