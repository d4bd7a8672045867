/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-vectors.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "index-fixture.h"
#include "sen-kernels.h"

/* --- Kernels -------------------------------------------------------------------------------------------------------------------------- */

static void
test_kernels (gconstpointer data)
{
  SenIsa isa = (SenIsa) GPOINTER_TO_UINT (data);
  static const uint32_t n_rows[] = { 1, 2, 3, 7, 64, 129 }, n_cols[] = { 64, 128, 192, 384, 1024, 4160 };
  if (!sen_isa_available (isa))
    {
      g_autofree char *reason = g_strdup_printf ("hardware: no %s", sen_isa_name (isa));
      g_test_skip (reason);
      return;
    }
  const SenKernels *kernels = sen_kernels_of (isa);
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  for (size_t i = 0; i < G_N_ELEMENTS (n_rows); i++)
    for (size_t j = 0; j < G_N_ELEMENTS (n_cols); j++)
      {
        /* Rows need not lie close; what is between them must not count. */
        uint32_t rows = n_rows[i], n = n_cols[j], stride = n + 64;
        g_autofree int8_t *codes = g_new (int8_t, (size_t) rows * stride), *x = g_new (int8_t, n);
        g_autofree int32_t *y = g_new (int32_t, rows + 1);
        for (size_t k = 0; k < (size_t) rows * stride; k++)
          codes[k] = (int8_t) g_rand_int_range (random, -127, 128);
        for (uint32_t k = 0; k < n; k++)
          x[k] = (int8_t) g_rand_int_range (random, -127, 128);
        /* The largest sums there are. */
        memset (codes, 127, n);
        if (i % 2 == 0)
          memset (x, -127, n);
        y[rows] = 12345;
        kernels->mul_mv_i8 (codes, stride, rows, n, x, y);
        for (uint32_t r = 0; r < rows; r++)
          {
            int32_t sum = 0;
            for (uint32_t k = 0; k < n; k++)
              sum += codes[(size_t) r * stride + k] * x[k];
            g_assert_cmpint (y[r], ==, sum);
          }
        g_assert_cmpint (y[rows], ==, 12345);
      }
}

/* --- Searching ------------------------------------------------------------------------------------------------------------------------ */

#define N_EMBD 72

typedef struct {
  SenPool *pool;
  char    *folder, *path;
} Place;

static void
set_up (Place *place, gconstpointer data)
{
  place->pool = sen_pool_new (3);
  place->folder = make_folder ();
  place->path = g_build_filename (place->folder, "map", NULL);
}

static void
tear_down (Place *place, gconstpointer data)
{
  remove_folder (place->folder);
  sen_pool_free (place->pool);
  g_free (place->path);
}

static SenVectors *
open_vectors (Place *place, SenIsa isa, bool is_file, uint8_t key)
{
  SenVectorsParams params = { .path = is_file ? place->path : NULL, .n_embd = N_EMBD, .isa = isa, .pool = place->pool };
  params.key[0] = key;
  return sen_vectors_new (&params);
}

/* The vector of an id, always the same. */
static void
make_vector (int64_t id, float *values)
{
  draw_vector ((uint64_t) id, N_EMBD, values);
}

/* Ids are 3, 6, 9 …; a content has five chunks. */
static void
add (SenVectors *vectors, uint32_t first, uint32_t end)
{
  float values[N_EMBD];
  for (uint32_t i = first; i < end; i++)
    {
      make_vector (3 * (int64_t) i + 3, values);
      sen_vectors_add (vectors, 3 * (int64_t) i + 3, i + 1000000, i / 5, values);
    }
}

static GArray *
search (SenVectors *vectors, const float *values, uint32_t n, SenVectorsFilter filter, gpointer data)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (SenNeighbour));
  uint64_t n_compared;
  double mean, deviation;
  const SenVectorsQuery query = { values, n, filter, data };
  g_assert_true (sen_vectors_search (vectors, &query, found, &n_compared, &mean, &deviation, NULL));
  g_assert_cmpuint (n_compared, ==, n > 0 ? sen_vectors_count (vectors) : 0);
  return found;
}

typedef struct {
  int64_t id;
  double  score;
} Exact;

static int
compare_exact (gconstpointer a, gconstpointer b)
{
  double first = ((const Exact *) a)->score, second = ((const Exact *) b)->score;
  return first > second ? -1 : first < second;
}

/* Scores are near those of the values themselves, the best are among the first few, and all instruction sets agree to the bit. */
static void
test_exactness (Place *place, gconstpointer data)
{
  const uint32_t n = 2 * SEN_VECTORS_BLOCK + 37;
  g_autoptr (SenVectors) reference = open_vectors (place, SEN_ISA_REFERENCE, false, 0);
  g_autofree Exact *exact = g_new (Exact, n);
  float query[N_EMBD], values[N_EMBD];
  add (reference, 0, n);
  make_vector (99999, query);
  double sum = 0.0, squares = 0.0;
  for (uint32_t i = 0; i < n; i++)
    {
      exact[i] = (Exact) { 3 * (int64_t) i + 3, 0.0 };
      make_vector (exact[i].id, values);
      for (int j = 0; j < N_EMBD; j++)
        exact[i].score += (double) values[j] * query[j];
      sum += exact[i].score;
      squares += exact[i].score * exact[i].score;
    }
  qsort (exact, n, sizeof *exact, compare_exact);

  g_autoptr (GArray) expected = search (reference, query, 40, NULL, NULL);
  g_assert_cmpuint (expected->len, ==, 40);
  for (guint i = 0; i < 5; i++)
    {
      bool is_there = false;
      for (guint j = 0; j < expected->len; j++)
        {
          const SenNeighbour *at = &g_array_index (expected, SenNeighbour, j);
          is_there |= at->id == exact[i].id;
          if (at->id == exact[i].id)
            g_assert_cmpfloat_with_epsilon (at->score, exact[i].score, 0.2);
        }
      g_assert_true (is_there);
    }
  GArray *none = g_array_new (FALSE, FALSE, sizeof (SenNeighbour));
  uint64_t n_compared;
  double mean, deviation;
  const SenVectorsQuery plain = { query, 1 };
  g_assert_true (sen_vectors_search (reference, &plain, none, &n_compared, &mean, &deviation, NULL));
  g_array_unref (none);
  g_assert_cmpfloat_with_epsilon (mean, sum / n, 0.01);
  g_assert_cmpfloat_with_epsilon (deviation, sqrt (squares / n - (sum / n) * (sum / n)), 0.01);

  for (SenIsa isa = SEN_ISA_PORTABLE; isa < SEN_N_ISAS; isa++)
    if (sen_isa_available (isa))
      {
        g_autoptr (SenVectors) vectors = open_vectors (place, isa, false, 0);
        add (vectors, 0, n);
        g_autoptr (GArray) found = search (vectors, query, 40, NULL, NULL);
        assert_same_neighbours (found, expected);
      }
}

static bool
is_odd (int64_t content, gpointer data)
{
  return content % 2 != 0;
}

static void
test_filter (Place *place, gconstpointer data)
{
  g_autoptr (SenVectors) vectors = open_vectors (place, sen_isa_best (), false, 0);
  float query[N_EMBD];
  make_vector (6, query);
  add (vectors, 0, 3000);
  g_autoptr (GArray) all = search (vectors, query, 5000, NULL, NULL), some = search (vectors, query, 5000, is_odd, NULL),
                     few = search (vectors, query, 3, is_odd, NULL), none = search (vectors, query, 0, NULL, NULL);
  g_assert_cmpuint (all->len, ==, 3000);
  g_assert_cmpint (g_array_index (all, SenNeighbour, 0).id, ==, 6);
  g_assert_cmpuint (some->len, ==, 1500);
  g_assert_cmpuint (few->len, ==, 3);
  g_assert_cmpuint (none->len, ==, 0);
  for (guint i = 0; i < few->len; i++)
    g_assert_cmpint (g_array_index (few, SenNeighbour, i).id, ==, g_array_index (some, SenNeighbour, i).id);
  for (guint i = 1; i < all->len; i++)
    g_assert_cmpfloat (g_array_index (all, SenNeighbour, i).score, <=, g_array_index (all, SenNeighbour, i - 1).score);
}

static void
test_removal (Place *place, gconstpointer data)
{
  g_autoptr (SenVectors) vectors = open_vectors (place, sen_isa_best (), false, 0);
  float query[N_EMBD];
  make_vector (3 * 2000 + 3, query);
  add (vectors, 0, 2100);
  g_autoptr (GArray) before = search (vectors, query, 2, NULL, NULL);
  sen_vectors_remove (vectors, 3 * 2000 + 3);
  sen_vectors_remove (vectors, 3 * 2000 + 3);
  sen_vectors_remove (vectors, 7);
  sen_vectors_remove (vectors, 1000000);
  g_assert_cmpuint (sen_vectors_n_removed (vectors), ==, 1);
  g_autoptr (GArray) after = search (vectors, query, 1, NULL, NULL);
  g_assert_cmpint (g_array_index (before, SenNeighbour, 0).id, ==, 3 * 2000 + 3);
  g_assert_cmpint (g_array_index (after, SenNeighbour, 0).id, ==, g_array_index (before, SenNeighbour, 1).id);
  for (uint32_t i = 0; i < 2100; i++)
    sen_vectors_remove (vectors, 3 * (int64_t) i + 3);
  g_autoptr (GArray) none = search (vectors, query, 10, NULL, NULL);
  g_assert_cmpuint (none->len, ==, 0);
}

static void
test_edges (Place *place, gconstpointer data)
{
  g_autoptr (SenVectors) vectors = open_vectors (place, sen_isa_best (), false, 0);
  float zero[N_EMBD] = { 0.0f };
  g_assert_cmpint (sen_vectors_last_id (vectors), ==, 0);
  g_autoptr (GArray) none = search (vectors, zero, 10, NULL, NULL);
  g_assert_cmpuint (none->len, ==, 0);
  /* What has no length is as near as anything; the lowest ids come first. */
  sen_vectors_add (vectors, 5, 1, 1, zero);
  add (vectors, 2, 20);
  g_autoptr (GArray) found = search (vectors, zero, 3, NULL, NULL);
  g_assert_cmpint (g_array_index (found, SenNeighbour, 0).id, ==, 5);
  g_assert_cmpint (g_array_index (found, SenNeighbour, 1).id, ==, 9);

  SenCancel cancel = { 1 };
  uint64_t n_compared;
  double mean, deviation;
  const SenVectorsQuery query = { zero, 3 };
  g_assert_false (sen_vectors_search (vectors, &query, found, &n_compared, &mean, &deviation, &cancel));
  g_assert_cmpint (sen_vectors_last_id (vectors), ==, 63 - 3);
}

/* --- The map -------------------------------------------------------------------------------------------------------------------------- */

/* Fills a map in pieces, as an index grows: what is opened again is what was there, but for the tail. */
static void
test_map (Place *place, gconstpointer data)
{
  float query[N_EMBD];
  make_vector (12345, query);
  g_autoptr (SenVectors) memory = open_vectors (place, sen_isa_best (), false, 0);
  g_autoptr (SenVectors) vectors = open_vectors (place, sen_isa_best (), true, 1);
  sen_vectors_reset (vectors, 77);
  add (vectors, 0, 1500);
  sen_vectors_save (vectors);
  g_assert_false (g_file_test (place->path, G_FILE_TEST_EXISTS));    /* too few */
  for (uint32_t n = 1500; n < 15000; n += 2700)
    {
      add (vectors, n, n + 2700);
      sen_vectors_save (vectors);
    }
  add (memory, 0, 15000);
  g_assert_cmpuint (sen_vectors_count (vectors), ==, 15000);
  g_autoptr (GArray) expected = search (memory, query, 100, NULL, NULL), found = search (vectors, query, 100, NULL, NULL);
  assert_same_neighbours (found, expected);

  g_autoptr (SenVectors) again = open_vectors (place, sen_isa_best (), true, 1);
  uint64_t n = sen_vectors_count (again);
  g_assert_cmpuint (n % SEN_VECTORS_BLOCK, ==, 0);
  g_assert_cmpuint (n, >=, 15000 - 4 * SEN_VECTORS_BLOCK - 2700);
  g_assert_cmpint (sen_vectors_mark (again), ==, 77);
  g_assert_cmpint (sen_vectors_last_id (again), ==, 3 * (int64_t) n);
  add (again, (uint32_t) n, 15000);
  g_autoptr (GArray) found_again = search (again, query, 100, NULL, NULL);
  assert_same_neighbours (found_again, expected);

  /* Another key, as of another database, or other dimensions. */
  g_autoptr (SenVectors) other = open_vectors (place, sen_isa_best (), true, 2);
  g_assert_cmpuint (sen_vectors_count (other), ==, 0);
}

/* Two processes have the same map; each adds what came, and neither spoils it for the other. */
static void
test_two (Place *place, gconstpointer data)
{
  float query[N_EMBD];
  make_vector (4711, query);
  g_autoptr (SenVectors) first = open_vectors (place, sen_isa_best (), true, 1);
  add (first, 0, 5 * SEN_VECTORS_BLOCK);
  sen_vectors_save (first);
  g_autoptr (SenVectors) second = open_vectors (place, sen_isa_best (), true, 1);
  g_assert_cmpuint (sen_vectors_count (second), ==, 5 * SEN_VECTORS_BLOCK);
  add (first, 5 * SEN_VECTORS_BLOCK, 11 * SEN_VECTORS_BLOCK);
  add (second, 5 * SEN_VECTORS_BLOCK, 10 * SEN_VECTORS_BLOCK);
  sen_vectors_save (first);
  sen_vectors_save (second);
  add (second, 10 * SEN_VECTORS_BLOCK, 11 * SEN_VECTORS_BLOCK);
  g_autoptr (GArray) a = search (first, query, 50, NULL, NULL), b = search (second, query, 50, NULL, NULL);
  assert_same_neighbours (a, b);
  g_autoptr (SenVectors) third = open_vectors (place, sen_isa_best (), true, 1);
  uint64_t n = sen_vectors_count (third);
  g_assert_cmpuint (n, >=, 10 * SEN_VECTORS_BLOCK);
  add (third, (uint32_t) n, 11 * SEN_VECTORS_BLOCK);
  g_autoptr (GArray) c = search (third, query, 50, NULL, NULL);
  assert_same_neighbours (c, a);
}

/* Bytes of the head that mean something. */
#define N_HEAD 104

/* What is no map of ours, or not whole, counts as none, and is written over. */
static void
test_damage (Place *place, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  gsize n_bytes;
  g_autoptr (SenVectors) vectors = open_vectors (place, sen_isa_best (), true, 1);
  add (vectors, 0, 4 * SEN_VECTORS_BLOCK);
  sen_vectors_save (vectors);
  g_assert_true (g_file_get_contents (place->path, &bytes, &n_bytes, NULL));
  const gsize cuts[] = { 0, 1, 100, SEN_VECTORS_HEAD_BYTES - 1, SEN_VECTORS_HEAD_BYTES, n_bytes / 2, n_bytes - 1 };
  for (size_t i = 0; i < G_N_ELEMENTS (cuts); i++)
    {
      g_assert_true (g_file_set_contents (place->path, bytes, (gssize) cuts[i], NULL));
      g_autoptr (SenVectors) cut = open_vectors (place, sen_isa_best (), true, 1);
      g_assert_cmpuint (sen_vectors_count (cut), ==, 0);
      g_assert_cmpint (sen_vectors_mark (cut), ==, 0);
    }
  /* Each byte of the head, which is checked by a sum. */
  g_assert_true (g_file_set_contents (place->path, bytes, (gssize) n_bytes, NULL));
  int fd = g_open (place->path, O_RDWR | O_CLOEXEC, 0);
  for (off_t i = 0; i < N_HEAD; i++)
    {
      char changed = bytes[i] ^ 1;
      g_assert_cmpint (pwrite (fd, &changed, 1, i), ==, 1);
      g_autoptr (SenVectors) damaged = open_vectors (place, sen_isa_best (), true, 1);
      g_assert_cmpuint (sen_vectors_count (damaged), ==, 0);
      g_assert_cmpint (pwrite (fd, bytes + i, 1, i), ==, 1);
    }
  close (fd);

  /* One that is a folder, and one whose folder can't be written, cost nothing but the file. */
  g_unlink (place->path);
  g_assert_cmpint (g_mkdir (place->path, 0700), ==, 0);
  g_autoptr (SenVectors) homeless = open_vectors (place, sen_isa_best (), true, 1);
  add (homeless, 0, 5 * SEN_VECTORS_BLOCK);
  sen_vectors_save (homeless);
  g_assert_cmpuint (sen_vectors_count (homeless), ==, 5 * SEN_VECTORS_BLOCK);
  g_assert_cmpint (g_rmdir (place->path), ==, 0);
}

/* Somebody truncates it while it is mapped: the search says no, and all can be added again. */
static void
test_truncated (Place *place, gconstpointer data)
{
  g_autoptr (SenVectors) vectors = open_vectors (place, sen_isa_best (), true, 1);
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (SenNeighbour));
  float query[N_EMBD];
  uint64_t n_compared;
  double mean, deviation;
  make_vector (3, query);
  add (vectors, 0, 6 * SEN_VECTORS_BLOCK);
  sen_vectors_save (vectors);
  g_assert_cmpint (truncate (place->path, SEN_VECTORS_HEAD_BYTES), ==, 0);
  const SenVectorsQuery wanted = { query, 3 };
  g_assert_false (sen_vectors_search (vectors, &wanted, found, &n_compared, &mean, &deviation, NULL));
  g_assert_cmpuint (sen_vectors_count (vectors), ==, 0);
  add (vectors, 0, 6 * SEN_VECTORS_BLOCK);
  sen_vectors_save (vectors);
  g_autoptr (GArray) again = search (vectors, query, 1, NULL, NULL);
  g_assert_cmpint (g_array_index (again, SenNeighbour, 0).id, ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (SenIsa isa = SEN_ISA_PORTABLE; isa < SEN_N_ISAS; isa++)
    {
      g_autofree char *name = g_strdup_printf ("/vectors/kernels/%s", sen_isa_name (isa));
      g_test_add_data_func (name, GUINT_TO_POINTER (isa), test_kernels);
    }
  g_test_add ("/vectors/exactness", Place, NULL, set_up, test_exactness, tear_down);
  g_test_add ("/vectors/filter", Place, NULL, set_up, test_filter, tear_down);
  g_test_add ("/vectors/removal", Place, NULL, set_up, test_removal, tear_down);
  g_test_add ("/vectors/edges", Place, NULL, set_up, test_edges, tear_down);
  g_test_add ("/vectors/map", Place, NULL, set_up, test_map, tear_down);
  g_test_add ("/vectors/two", Place, NULL, set_up, test_two, tear_down);
  g_test_add ("/vectors/damage", Place, NULL, set_up, test_damage, tear_down);
  g_test_add ("/vectors/truncated", Place, NULL, set_up, test_truncated, tear_down);
  return g_test_run ();
}
