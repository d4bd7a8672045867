/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-vectors.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "sen-device-vectors.h"
#include "sen-kernels.h"
#include "sen-map.h"

#define BLOCK SEN_VECTORS_BLOCK
/* Whole blocks that wait in memory before they are put into the map, so that few vectors never make a file. */
#define SAVE_BLOCKS 4

#define MAGIC "SenVec1\n"

/* In this machine's order of bytes: it is read where it was written. */
typedef struct {
  char     magic[8];
  uint32_t order;              /* ORDER as this machine writes it */
  uint32_t n_embd, stride, n_block;
  uint8_t  key[SEN_VECTORS_KEY_BYTES];
  int64_t  mark;
  uint64_t n;                  /* vectors, whole blocks of them */
  uint8_t  checksum[32];       /* SHA-256 of all before */
} Head;

#define ORDER 0x01020304u

G_STATIC_ASSERT (sizeof (Head) == 8 + 4 * 4 + SEN_VECTORS_KEY_BYTES + 16 + 32 && sizeof (Head) <= SEN_VECTORS_HEAD_BYTES);

struct SenVectors {
  SenVectorsParams  params;     /* path owned */
  const SenKernels *kernels;    /* NULL: the reference */
  size_t            stride, block_bytes;

  SenMap   *map;                /* NULL: none */
  uint64_t  map_device, map_inode;
  uint64_t  n_mapped;           /* a multiple of BLOCK */
  GPtrArray *tail;              /* blocks */
  uint64_t  n_tail;             /* vectors in it */
  uint64_t  save_at;            /* n_tail from which on saving is tried */
  GByteArray *removed;          /* a bit for each vector, as far as any was removed */
  uint64_t  n_removed;
  int64_t   mark;

  SenDeviceVectors *on_device;  /* copies of blocks; NULL: none */
  uint64_t  n_runs;             /* of the device */

  /* Scratch. */
  int8_t   *codes;              /* [stride] of a query */
};

/* --- Blocks --------------------------------------------------------------------------------------------------------------------------- */

static uint8_t *
block_at (const SenVectors *v, uint64_t block)
{
  uint64_t n_mapped = v->n_mapped / BLOCK;
  return block < n_mapped ? (uint8_t *) sen_map_data (v->map) + SEN_VECTORS_HEAD_BYTES + block * v->block_bytes
                          : g_ptr_array_index (v->tail, block - n_mapped);
}

static float *
scales_of (const SenVectors *v, uint8_t *block)
{
  return (float *) (block + BLOCK * v->stride);
}

/* Ids, chunks and contents, one behind another. */
static int64_t *
ids_of (const SenVectors *v, uint8_t *block)
{
  return (int64_t *) (block + BLOCK * (v->stride + sizeof (float)));
}

uint64_t
sen_vectors_count (const SenVectors *vectors)
{
  return vectors->n_mapped + vectors->n_tail;
}

uint64_t
sen_vectors_n_removed (const SenVectors *vectors)
{
  return vectors->n_removed;
}

static int64_t
id_at (const SenVectors *v, uint64_t row)
{
  return ids_of (v, block_at (v, row / BLOCK))[row % BLOCK];
}

int64_t
sen_vectors_last_id (const SenVectors *vectors)
{
  uint64_t n = sen_vectors_count (vectors);
  return n > 0 ? id_at (vectors, n - 1) : 0;
}

int64_t
sen_vectors_mark (const SenVectors *vectors)
{
  return vectors->mark;
}

/* The scale, with which the codes stand for the values. */
static float
to_codes (const float *values, uint32_t n, int8_t *codes)
{
  float max = 0.0f;
  for (uint32_t i = 0; i < n; i++)
    max = MAX (max, fabsf (values[i]));
  if (!(max > 0.0f) || !isfinite (max))
    {
      memset (codes, 0, n);
      return 0.0f;
    }
  for (uint32_t i = 0; i < n; i++)
    codes[i] = (int8_t) lrintf (values[i] / max * 127.0f);
  return max / 127.0f;
}

void
sen_vectors_add (SenVectors *vectors, int64_t id, int64_t chunk, int64_t content, const float *values)
{
  uint64_t row = vectors->n_tail % BLOCK;
  if (row == 0)
    {
      uint8_t *fresh = g_aligned_alloc0 (1, vectors->block_bytes, 64);
      g_ptr_array_add (vectors->tail, fresh);
    }
  uint8_t *block = g_ptr_array_index (vectors->tail, vectors->tail->len - 1);
  int64_t *ids = ids_of (vectors, block);
  scales_of (vectors, block)[row] = to_codes (values, vectors->params.n_embd, (int8_t *) block + row * vectors->stride);
  ids[row] = id;
  ids[BLOCK + row] = chunk;
  ids[2 * BLOCK + row] = content;
  vectors->n_tail++;
}

static bool
is_removed (const SenVectors *v, uint64_t row)
{
  return row / 8 < v->removed->len && (v->removed->data[row / 8] >> (row % 8) & 1) != 0;
}

void
sen_vectors_remove (SenVectors *vectors, int64_t id)
{
  uint64_t first = 0, end = sen_vectors_count (vectors), n = end;
  while (first < end)
    {
      uint64_t middle = first + (end - first) / 2;
      if (id_at (vectors, middle) < id)
        first = middle + 1;
      else
        end = middle;
    }
  if (first == n || id_at (vectors, first) != id || is_removed (vectors, first))
    return;
  guint old = vectors->removed->len;
  if (first / 8 >= old)
    {
      g_byte_array_set_size (vectors->removed, (guint) (first / 8 + 1));
      memset (vectors->removed->data + old, 0, vectors->removed->len - old);
    }
  vectors->removed->data[first / 8] |= (uint8_t) (1u << (first % 8));
  vectors->n_removed++;
}

/* --- The map -------------------------------------------------------------------------------------------------------------------------- */

static void
close_map (SenVectors *v)
{
  g_clear_pointer (&v->map, sen_map_unref);
  v->n_mapped = 0;
}

static void
make_head (const SenVectors *v, uint64_t n, Head *head)
{
  *head = (Head) {
    .order = ORDER, .n_embd = v->params.n_embd, .stride = (uint32_t) v->stride, .n_block = BLOCK, .mark = v->mark, .n = n,
  };
  memcpy (head->magic, MAGIC, sizeof head->magic);
  memcpy (head->key, v->params.key, sizeof head->key);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length = sizeof head->checksum;
  g_checksum_update (checksum, (const guchar *) head, offsetof (Head, checksum));
  g_checksum_get_digest (checksum, head->checksum, &length);
}

/* Whether these bytes are the beginning of a map of ours, and how many vectors it has. */
static bool
check_head (SenVectors *v, const uint8_t *bytes, uint64_t *n, int64_t *mark)
{
  Head head, expected;
  memcpy (&head, bytes, sizeof head);
  v->mark = *mark = head.mark;
  *n = head.n;
  make_head (v, head.n, &expected);
  return memcmp (&head, &expected, sizeof head) == 0 && head.n % BLOCK == 0;
}

/* Maps what is at the path; nothing when that is no map of these vectors. */
static void
open_map (SenVectors *v)
{
  int64_t own_mark = v->mark, mark;
  uint64_t n;
  struct stat status;
  close_map (v);
  if (v->params.path == NULL || stat (v->params.path, &status) != 0 || !S_ISREG (status.st_mode))
    return;
  v->map = sen_map_open (v->params.path, NULL);
  size_t size = v->map != NULL ? sen_map_size (v->map) : 0;
  if (size >= SEN_VECTORS_HEAD_BYTES && check_head (v, sen_map_data (v->map), &n, &mark)
      && n / BLOCK <= (size - SEN_VECTORS_HEAD_BYTES) / v->block_bytes)
    {
      v->n_mapped = n;
      v->map_device = status.st_dev;
      v->map_inode = status.st_ino;
      return;
    }
  v->mark = own_mark;
  close_map (v);
}

static bool
write_all (int fd, const void *bytes, size_t n, uint64_t at)
{
  for (size_t done = 0; done < n;)
    {
      ssize_t put = pwrite (fd, (const uint8_t *) bytes + done, n - done, (off_t) (at + done));
      if (put < 0 && errno == EINTR)
        continue;
      if (put <= 0)
        return false;
      done += (size_t) put;
    }
  return true;
}

/* Blocks [first, end), and once they are on the disk the head that counts them. */
static bool
write_blocks (SenVectors *v, int fd, uint64_t first, uint64_t end)
{
  uint8_t page[SEN_VECTORS_HEAD_BYTES] = { 0 };
  bool ok = true;
  for (uint64_t i = first; i < end && ok; i++)
    ok = write_all (fd, block_at (v, i), v->block_bytes, SEN_VECTORS_HEAD_BYTES + i * v->block_bytes);
  make_head (v, end * BLOCK, (Head *) page);
  return ok && fdatasync (fd) == 0 && write_all (fd, page, sizeof page, 0);
}

/* At the end of the file that is mapped, if that is still the map and nobody else has added to it. */
static bool
append_blocks (SenVectors *v, uint64_t end)
{
  uint8_t head[sizeof (Head)];
  struct stat status;
  uint64_t n;
  int64_t mark = v->mark, found_mark;
  bool ok = false;
  int fd = v->map != NULL ? open (v->params.path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0 && fstat (fd, &status) == 0 && status.st_dev == v->map_device
      && status.st_ino == v->map_inode && pread (fd, head, sizeof head, 0) == sizeof head)
    {
      ok = check_head (v, head, &n, &found_mark) && n == v->n_mapped && found_mark == mark;
      v->mark = mark;
      ok = ok && write_blocks (v, fd, n / BLOCK, end);
    }
  if (fd >= 0)
    close (fd);
  return ok;
}

static bool
replace_map (SenVectors *v, uint64_t end)
{
  g_autofree char *part = g_strconcat (v->params.path, ".XXXXXX", NULL);
  int fd = g_mkstemp_full (part, O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0)
    return false;
  bool ok = write_blocks (v, fd, 0, end);
  ok = fdatasync (fd) == 0 && ok;
  ok = close (fd) == 0 && ok;
  ok = ok && g_rename (part, v->params.path) == 0;
  if (!ok)
    g_unlink (part);
  return ok;
}

bool
sen_vectors_wants_save (const SenVectors *vectors)
{
  return vectors->params.path != NULL && vectors->n_tail >= vectors->save_at;
}

void
sen_vectors_save (SenVectors *vectors)
{
  uint64_t n_old = vectors->n_mapped / BLOCK, end = sen_vectors_count (vectors) / BLOCK;
  if (!sen_vectors_wants_save (vectors))
    return;
  /* One that was truncated would be copied with zeros. */
  bool ok = (vectors->map == NULL || !sen_map_is_lost (vectors->map))
            && (append_blocks (vectors, end) || replace_map (vectors, end));
  vectors->save_at = ok ? SAVE_BLOCKS * BLOCK : MAX (2 * vectors->n_tail, SAVE_BLOCKS * BLOCK);
  if (!ok)
    return;

  /* What the tail had and the map has now. If it is gone again already, the tail keeps it. */
  SenMap *old = vectors->map;
  vectors->map = NULL;
  uint64_t n_mapped = vectors->n_mapped, inode = vectors->map_inode, device = vectors->map_device;
  open_map (vectors);
  if (vectors->n_mapped == end * BLOCK)
    {
      g_ptr_array_remove_range (vectors->tail, 0, (guint) (end - n_old));
      vectors->n_tail -= (end - n_old) * BLOCK;
      if (old != NULL)
        sen_map_unref (old);
      return;
    }
  close_map (vectors);
  vectors->map = old;
  vectors->n_mapped = n_mapped;
  vectors->map_inode = inode;
  vectors->map_device = device;
}

void
sen_vectors_reset (SenVectors *vectors, int64_t mark)
{
  close_map (vectors);
  g_ptr_array_set_size (vectors->tail, 0);
  g_byte_array_set_size (vectors->removed, 0);
  if (vectors->on_device != NULL)
    sen_device_vectors_clear (vectors->on_device);
  vectors->n_tail = vectors->n_removed = 0;
  vectors->save_at = SAVE_BLOCKS * BLOCK;
  vectors->mark = mark;
}

void
sen_vectors_set_device (SenVectors *vectors, SenDevice *device, uint64_t from_bytes)
{
  if ((vectors->on_device != NULL ? sen_device_vectors_device (vectors->on_device) : NULL) == device)
    return;
  g_clear_pointer (&vectors->on_device, sen_device_vectors_free);
  if (device != NULL)
    vectors->on_device = sen_device_vectors_new (device, BLOCK, (uint32_t) vectors->stride, from_bytes);
}

uint64_t
sen_vectors_n_on_device (const SenVectors *vectors)
{
  return vectors->on_device != NULL ? BLOCK * sen_device_vectors_count (vectors->on_device) : 0;
}

SenVectors *
sen_vectors_new (const SenVectorsParams *params)
{
  SenVectors *v = g_new0 (SenVectors, 1);
  v->params = *params;
  v->params.path = g_strdup (params->path);
  v->kernels = sen_kernels_of (params->isa);
  v->stride = (params->n_embd + SEN_MV_I8_MULTIPLE - 1) / SEN_MV_I8_MULTIPLE * SEN_MV_I8_MULTIPLE;
  v->block_bytes = BLOCK * (v->stride + sizeof (float) + 3 * sizeof (int64_t));
  v->tail = g_ptr_array_new_with_free_func (g_aligned_free);
  v->removed = g_byte_array_new ();
  v->codes = g_aligned_alloc0 (1, v->stride, 64);
  sen_vectors_reset (v, 0);
  open_map (v);
  return v;
}

void
sen_vectors_free (SenVectors *vectors)
{
  if (vectors == NULL)
    return;
  sen_device_vectors_free (vectors->on_device);
  close_map (vectors);
  g_ptr_array_unref (vectors->tail);
  g_byte_array_unref (vectors->removed);
  g_aligned_free (vectors->codes);
  g_free ((char *) vectors->params.path);
  g_free (vectors);
}

/* --- Searching ------------------------------------------------------------------------------------------------------------------------ */

/* The best that one thread has seen, the worst of them on top. */
typedef struct {
  SenNeighbour *items;         /* [n_max] */
  uint32_t      n, n_max;
} Heap;

typedef struct {
  SenVectors            *vectors;
  const SenVectorsQuery *query;
  float                  scale;      /* of the query's codes */
  Heap                  *heaps;      /* [n_threads] */
  double                *sums;       /* [n_blocks][2]: of scores and their squares, added up in order afterwards */
  uint64_t               n_multiplied;   /* blocks whose products are there, from the device */
  SenCancel             *cancel;
} Search;

/* A total order, so that the result is the same whoever finds it. */
static bool
is_better (const SenNeighbour *a, const SenNeighbour *b)
{
  return a->score > b->score || (a->score == b->score && a->id < b->id);
}

static void
sink (Heap *heap, uint32_t i)
{
  SenNeighbour item = heap->items[i];
  for (uint32_t child; (child = 2 * i + 1) < heap->n; i = child)
    {
      if (child + 1 < heap->n && is_better (&heap->items[child], &heap->items[child + 1]))
        child++;
      if (!is_better (&item, &heap->items[child]))
        break;
      heap->items[i] = heap->items[child];
    }
  heap->items[i] = item;
}

static void
offer (Heap *heap, const SenNeighbour *item)
{
  if (heap->n < heap->n_max)
    {
      uint32_t i = heap->n++;
      for (; i > 0 && is_better (&heap->items[(i - 1) / 2], item); i = (i - 1) / 2)
        heap->items[i] = heap->items[(i - 1) / 2];
      heap->items[i] = *item;
    }
  else if (is_better (item, &heap->items[0]))
    {
      heap->items[0] = *item;
      sink (heap, 0);
    }
}

/* products[BLOCK]: of the query's codes with those of a block. */
static void
scan_block (const SenVectors *v, const uint8_t *block, uint32_t n, int32_t *products)
{
  const int8_t *rows = (const int8_t *) block;
  if (v->kernels != NULL)
    {
      v->kernels->mul_mv_i8 (rows, v->stride, n, (uint32_t) v->stride, v->codes, products);
      return;
    }
  for (uint32_t r = 0; r < n; r++)
    {
      products[r] = 0;
      for (size_t i = 0; i < v->stride; i++)
        products[r] += rows[r * v->stride + i] * v->codes[i];
    }
}

static const int8_t *
codes_of_block (uint64_t block, gpointer data)
{
  return (const int8_t *) block_at (data, block);
}

/* How many blocks the device has multiplied. One of them, another each time, is multiplied here as well, and should a device be wrong it is
 * not asked again. */
static uint64_t
multiply_on_device (SenVectors *v, SenCancel *cancel)
{
  if (v->on_device == NULL)
    return 0;
  uint64_t n = sen_device_vectors_run (v->on_device, v->codes, sen_vectors_count (v) / BLOCK, codes_of_block, v, cancel);
  if (n == 0)
    return 0;
  uint64_t block = v->n_runs++ % n;
  int32_t products[BLOCK], expected[BLOCK];
  sen_device_vectors_read (v->on_device, block, products);
  scan_block (v, block_at (v, block), BLOCK, expected);
  if (memcmp (products, expected, sizeof products) == 0)
    return n;
  sen_device_vectors_give_up (v->on_device);
  return 0;
}

static void
search_blocks (gpointer data, uint32_t first, uint32_t end, uint32_t thread)
{
  Search *search = data;
  const SenVectors *v = search->vectors;
  Heap *heap = &search->heaps[thread];
  uint64_t n_all = sen_vectors_count (v);
  int32_t products[BLOCK];
  for (uint32_t i = first; i < end && !sen_cancel_requested (search->cancel); i++)
    {
      uint64_t base = (uint64_t) i * BLOCK;
      uint32_t n = (uint32_t) MIN (n_all - base, BLOCK);
      uint8_t *block = block_at (v, i);
      const float *scales = scales_of (v, block);
      const int64_t *ids = ids_of (v, block);
      double sum = 0.0, squares = 0.0;
      if (i < search->n_multiplied)
        sen_device_vectors_read (v->on_device, i, products);
      else
        scan_block (v, block, n, products);
      for (uint32_t r = 0; r < n; r++)
        {
          float score = (float) products[r] * (scales[r] * search->scale);
          sum += score;
          squares += (double) score * score;
          /* Few are: what costs more is asked for those only. */
          if ((heap->n == heap->n_max && !(score >= heap->items[0].score)) || is_removed (v, base + r))
            continue;
          const SenNeighbour item = { ids[r], ids[BLOCK + r], ids[2 * BLOCK + r], score };
          if (search->query->filter == NULL || search->query->filter (item.content, search->query->data))
            offer (heap, &item);
        }
      search->sums[2 * i] = sum;
      search->sums[2 * i + 1] = squares;
    }
}

static int
compare_neighbours (gconstpointer a, gconstpointer b)
{
  return is_better (a, b) ? -1 : is_better (b, a) ? 1 : 0;
}

bool
sen_vectors_search (SenVectors *vectors, const SenVectorsQuery *query, GArray *found, uint64_t *n_compared, double *mean,
                    double *deviation, SenCancel *cancel)
{
  uint64_t n = sen_vectors_count (vectors), n_blocks = (n + BLOCK - 1) / BLOCK;
  uint32_t n_threads = sen_pool_n_threads (vectors->params.pool);
  uint32_t n_max = (uint32_t) MIN (query->n, n);
  *n_compared = 0;
  *mean = *deviation = 0.0;
  if (n_max == 0)
    return true;

  g_autofree Heap *heaps = g_new0 (Heap, n_threads);
  g_autofree SenNeighbour *items = g_new (SenNeighbour, (size_t) n_threads * n_max);
  g_autofree double *sums = g_new0 (double, 2 * n_blocks);
  Search search = { .vectors = vectors, .query = query, .heaps = heaps, .sums = sums, .cancel = cancel };
  for (uint32_t i = 0; i < n_threads; i++)
    heaps[i] = (Heap) { .items = items + (size_t) i * n_max, .n_max = n_max };
  search.scale = to_codes (query->values, vectors->params.n_embd, vectors->codes);
  search.n_multiplied = multiply_on_device (vectors, cancel);
  sen_pool_run (vectors->params.pool, (uint32_t) n_blocks, 1, search_blocks, &search);
  if (sen_cancel_requested (cancel))
    return false;

  double sum = 0.0, squares = 0.0;
  for (uint64_t i = 0; i < n_blocks; i++)
    {
      sum += sums[2 * i];
      squares += sums[2 * i + 1];
    }
  if ((vectors->map != NULL && sen_map_is_lost (vectors->map)) || !isfinite (squares))
    {
      sen_vectors_reset (vectors, 0);
      return false;
    }
  *n_compared = n;
  *mean = sum / (double) n;
  *deviation = sqrt (MAX (squares / (double) n - *mean * *mean, 0.0));
  guint begin = found->len;
  for (uint32_t i = 0; i < n_threads; i++)
    g_array_append_vals (found, heaps[i].items, heaps[i].n);
  if (found->len > begin)
    qsort (&g_array_index (found, SenNeighbour, begin), found->len - begin, sizeof (SenNeighbour), compare_neighbours);
  g_array_set_size (found, MIN (found->len, begin + n_max));
  return true;
}
