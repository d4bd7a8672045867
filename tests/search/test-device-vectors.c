/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The exact search with a Vulkan device that multiplies: whatever it has, or has no room for, or does wrong, what is found is what the
 * scalar reference finds, to the bit. Any device will do, lavapipe too; the validation layer is on, and a message of it, on stdout, fails
 * the test. */
#include <glib/gstdio.h>
#include <unistd.h>

#include "index-fixture.h"
#include "sen-vectors.h"
#include "sen-vulkan.h"

static SenDevice *
open_device (const SenDebug *faults)
{
  g_autoptr (GError) error = NULL;
  SenDebug debug = *faults;
  debug.vulkan_validation = true;
  SenDevice *device = sen_vulkan_device_new (&(SenVulkanParams) { .debug = &debug }, &error);
  g_assert_no_error (error);
  return device;
}

/* Vectors for the device to multiply, and the same ones with the reference. */
typedef struct {
  SenPool    *pool;
  SenVectors *vectors, *reference;
  uint32_t    n_embd;
  int64_t     last;
} Pair;

static void
pair_init (Pair *pair, uint32_t n_embd, const char *path)
{
  SenVectorsParams params = { .n_embd = n_embd, .isa = SEN_ISA_REFERENCE };
  pair->pool = params.pool = sen_pool_new (3);
  pair->n_embd = n_embd;
  pair->last = 0;
  pair->reference = sen_vectors_new (&params);
  params.path = path;
  params.isa = sen_isa_best ();
  pair->vectors = sen_vectors_new (&params);
}

static void
pair_clear (Pair *pair)
{
  sen_vectors_free (pair->vectors);
  sen_vectors_free (pair->reference);
  sen_pool_free (pair->pool);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pair, pair_clear)

/* The vector of an id; those of each hundred are all alike. */
static void
make_vector (int64_t id, uint32_t n, float *values)
{
  draw_vector ((uint64_t) (id % 100 < 10 ? id / 100 * 100 : id), n, values);
}

static void
add (Pair *pair, uint32_t n, bool to_reference)
{
  g_autofree float *values = g_new (float, pair->n_embd);
  for (uint32_t i = 0; i < n; i++)
    {
      int64_t id = ++pair->last;
      make_vector (id, pair->n_embd, values);
      sen_vectors_add (pair->vectors, id, id + 1000000, id / 5, values);
      if (to_reference)
        sen_vectors_add (pair->reference, id, id + 1000000, id / 5, values);
    }
}

static bool
is_odd (int64_t content, gpointer data)
{
  return content % 2 != 0;
}

typedef struct {
  GArray  *found;
  uint64_t n;
  double   mean, deviation;
} Result;

static Result
search (SenVectors *vectors, const SenVectorsQuery *query)
{
  Result result = { g_array_new (FALSE, FALSE, sizeof (SenNeighbour)) };
  g_assert_true (sen_vectors_search (vectors, query, result.found, &result.n, &result.mean, &result.deviation, NULL));
  return result;
}

/* Asks both for few, for more than there are, and for what a filter lets through. */
static void
assert_alike (Pair *pair)
{
  g_autofree float *values = g_new (float, pair->n_embd);
  const struct { int64_t id; uint32_t n; SenVectorsFilter filter; } asked[] = {
    { 3, 1, NULL }, { 205, 30, NULL }, { 777777, 100, NULL }, { 777778, 20000, NULL }, { 777779, 50, is_odd }, { 777780, 0, NULL },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (asked); i++)
    {
      make_vector (asked[i].id, pair->n_embd, values);
      const SenVectorsQuery query = { values, asked[i].n, asked[i].filter };
      Result expected = search (pair->reference, &query), result = search (pair->vectors, &query);
      g_assert_cmpuint (result.n, ==, expected.n);
      g_assert_cmpfloat (result.mean, ==, expected.mean);
      g_assert_cmpfloat (result.deviation, ==, expected.deviation);
      assert_same_neighbours (result.found, expected.found);
      g_array_unref (result.found);
      g_array_unref (expected.found);
    }
}

static void
test_sizes (gconstpointer variants)
{
  static const uint32_t widths[] = { 32, 72, 384, 1024 }, counts[] = { 0, 1, 63, 64, 65, 1000, 1024, 4097 };
  g_autoptr (SenDevice) device = open_device (&(SenDebug) { .vulkan_variants = variants });
  for (size_t i = 0; i < G_N_ELEMENTS (widths); i++)
    {
      g_auto (Pair) pair = { 0 };
      pair_init (&pair, widths[i], NULL);
      sen_vectors_set_device (pair.vectors, device, 0);
      for (size_t j = 0; j < G_N_ELEMENTS (counts); j++)
        {
          add (&pair, counts[j] - (j > 0 ? counts[j - 1] : 0), true);
          assert_alike (&pair);
          g_assert_cmpuint (sen_vectors_n_on_device (pair.vectors), ==, counts[j] / SEN_VECTORS_BLOCK * SEN_VECTORS_BLOCK);
        }
    }
}

static void
test_removal (void)
{
  g_autoptr (SenDevice) device = open_device (&(SenDebug) { 0 });
  g_auto (Pair) pair = { 0 };
  pair_init (&pair, 64, NULL);
  sen_vectors_set_device (pair.vectors, device, 0);
  add (&pair, 3000, true);
  assert_alike (&pair);
  for (int64_t id = 1; id <= 3000; id += id < 1000 ? 1 : 3)
    {
      sen_vectors_remove (pair.vectors, id);
      sen_vectors_remove (pair.reference, id);
    }
  assert_alike (&pair);
  g_assert_cmpuint (sen_vectors_n_on_device (pair.vectors), ==, 2 * SEN_VECTORS_BLOCK);

  /* Emptied, and others in their place. */
  sen_vectors_reset (pair.vectors, 0);
  sen_vectors_reset (pair.reference, 0);
  g_assert_cmpuint (sen_vectors_n_on_device (pair.vectors), ==, 0);
  add (&pair, 2500, true);
  assert_alike (&pair);
  g_assert_cmpuint (sen_vectors_n_on_device (pair.vectors), ==, 2 * SEN_VECTORS_BLOCK);

  /* Another device, and none. */
  g_autoptr (SenDevice) other = open_device (&(SenDebug) { .vulkan_variants = "none" });
  sen_vectors_set_device (pair.vectors, other, 0);
  g_assert_cmpuint (sen_vectors_n_on_device (pair.vectors), ==, 0);
  assert_alike (&pair);
  g_assert_cmpuint (sen_vectors_n_on_device (pair.vectors), ==, 2 * SEN_VECTORS_BLOCK);
  sen_vectors_set_device (pair.vectors, NULL, 0);
  g_assert_cmpuint (sen_vectors_n_on_device (pair.vectors), ==, 0);
  assert_alike (&pair);
}

/* More than one search brings, in more than one part, from a map that grows and is opened again. */
static void
test_growing (void)
{
  enum { WIDTH = 8192 };
  char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "map", NULL);
  g_autoptr (SenDevice) device = open_device (&(SenDebug) { 0 });
  g_auto (Pair) pair = { 0 };
  pair_init (&pair, WIDTH, path);
  sen_vectors_set_device (pair.vectors, device, 0);
  add (&pair, 9 * SEN_VECTORS_BLOCK + 5, false);
  sen_vectors_save (pair.vectors);
  float values[WIDTH];
  make_vector (4711, WIDTH, values);
  const SenVectorsQuery query = { values, 50 };
  Result alone = search (pair.vectors, &query);
  g_assert_cmpuint (sen_vectors_n_on_device (pair.vectors), ==, 0);
  g_array_unref (alone.found);
  Result first = search (pair.vectors, &query);
  g_assert_cmpuint (sen_vectors_n_on_device (pair.vectors), ==, 8 * SEN_VECTORS_BLOCK);
  Result second = search (pair.vectors, &query);
  g_assert_cmpuint (sen_vectors_n_on_device (pair.vectors), ==, 9 * SEN_VECTORS_BLOCK);
  sen_vectors_set_device (pair.vectors, NULL, 0);
  Result without = search (pair.vectors, &query);
  g_assert_cmpint (g_array_index (first.found, SenNeighbour, 0).id, ==, 4711);
  g_assert_cmpuint (without.found->len, ==, 50);
  assert_same_neighbours (first.found, without.found);
  assert_same_neighbours (second.found, without.found);
  g_assert_cmpfloat (first.deviation, ==, without.deviation);
  g_assert_cmpfloat (second.mean, ==, without.mean);

  /* The map is cut off below them: what the device had is nothing any more. */
  sen_vectors_set_device (pair.vectors, device, 0);
  for (int i = 0; i < 2; i++)
    g_assert_true (sen_vectors_search (pair.vectors, &query, first.found, &first.n, &first.mean, &first.deviation, NULL));
  g_assert_cmpuint (sen_vectors_n_on_device (pair.vectors), ==, 8 * SEN_VECTORS_BLOCK);
  g_assert_cmpint (truncate (path, SEN_VECTORS_HEAD_BYTES), ==, 0);
  g_assert_false (sen_vectors_search (pair.vectors, &query, first.found, &first.n, &first.mean, &first.deviation, NULL));
  g_assert_cmpuint (sen_vectors_n_on_device (pair.vectors), ==, 0);
  g_array_unref (first.found);
  g_array_unref (second.found);
  g_array_unref (without.found);
  remove_folder (folder);
}

static void
test_too_few (void)
{
  g_autoptr (SenDevice) device = open_device (&(SenDebug) { 0 });
  g_auto (Pair) pair = { 0 };
  pair_init (&pair, 64, NULL);
  sen_vectors_set_device (pair.vectors, device, 3 * SEN_VECTORS_BLOCK * 64);
  add (&pair, 3 * SEN_VECTORS_BLOCK - 1, true);
  assert_alike (&pair);
  g_assert_cmpuint (sen_vectors_n_on_device (pair.vectors), ==, 0);
  add (&pair, 1, true);
  assert_alike (&pair);
  g_assert_cmpuint (sen_vectors_n_on_device (pair.vectors), ==, 3 * SEN_VECTORS_BLOCK);
}

/* A quarter of what is free is taken at most, and the CPU does the rest. */
static void
test_little_room (void)
{
  g_autoptr (SenDevice) device = open_device (&(SenDebug) { .vulkan_budget_bytes = 132u << 20 });
  g_auto (Pair) pair = { 0 };
  pair_init (&pair, 8192, NULL);
  sen_vectors_set_device (pair.vectors, device, 0);
  add (&pair, 6 * SEN_VECTORS_BLOCK, false);
  float values[8192];
  make_vector (5000, 8192, values);
  const SenVectorsQuery query = { values, 1 };
  Result alone = search (pair.vectors, &query), result = search (pair.vectors, &query);
  g_assert_cmpint (g_array_index (result.found, SenNeighbour, 0).id, ==, 5000);
  g_array_unref (alone.found);
  g_assert_cmpuint (sen_vectors_n_on_device (pair.vectors), ==, 4 * SEN_VECTORS_BLOCK);
  g_array_unref (result.found);
}

static void
expect_cpu (const SenDebug *faults)
{
  g_autoptr (SenDevice) device = open_device (faults);
  g_auto (Pair) pair = { 0 };
  pair_init (&pair, 64, NULL);
  sen_vectors_set_device (pair.vectors, device, 0);
  add (&pair, 2 * SEN_VECTORS_BLOCK + 3, true);
  assert_alike (&pair);
  add (&pair, 2 * SEN_VECTORS_BLOCK, true);
  assert_alike (&pair);
  g_assert_cmpuint (sen_vectors_n_on_device (pair.vectors), ==, 0);
}

static void
test_faults (void)
{
  expect_cpu (&(SenDebug) { .vulkan_budget_bytes = 65536 });
  expect_cpu (&(SenDebug) { .vulkan_break_kernel = true });
  /* The first is the device's own. */
  for (uint32_t nth = 2; nth <= 6; nth++)
    expect_cpu (&(SenDebug) { .vulkan_fail_alloc = nth });
  for (uint32_t nth = 1; nth <= 6; nth++)
    expect_cpu (&(SenDebug) { .vulkan_lose_device = nth });
}

static void
test_cancelled (void)
{
  g_autoptr (SenDevice) device = open_device (&(SenDebug) { 0 });
  g_auto (Pair) pair = { 0 };
  pair_init (&pair, 64, NULL);
  sen_vectors_set_device (pair.vectors, device, 0);
  add (&pair, 2 * SEN_VECTORS_BLOCK, true);
  float values[64];
  make_vector (1, 64, values);
  const SenVectorsQuery query = { values, 5 };
  SenCancel cancel = { 1 };
  Result result = search (pair.vectors, &query);
  g_assert_false (sen_vectors_search (pair.vectors, &query, result.found, &result.n, &result.mean, &result.deviation, &cancel));
  g_array_unref (result.found);
  assert_alike (&pair);
  g_assert_cmpuint (sen_vectors_n_on_device (pair.vectors), ==, 2 * SEN_VECTORS_BLOCK);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autofree char *reason = NULL;
  g_autoptr (GPtrArray) list = sen_vulkan_list (NULL, &reason);
  if (list->len == 0)
    {
      g_print ("1..0 # SKIP hardware: %s\n", reason);
      return 0;
    }
  g_test_add_data_func ("/device-vectors/sizes", NULL, test_sizes);
  g_test_add_data_func ("/device-vectors/sizes/baseline", "none", test_sizes);
  g_test_add_data_func ("/device-vectors/sizes/dot8", "subgroup,wide,dot8", test_sizes);
  g_test_add_func ("/device-vectors/removal", test_removal);
  g_test_add_func ("/device-vectors/growing", test_growing);
  g_test_add_func ("/device-vectors/too-few", test_too_few);
  g_test_add_func ("/device-vectors/little-room", test_little_room);
  g_test_add_func ("/device-vectors/faults", test_faults);
  g_test_add_func ("/device-vectors/cancelled", test_cancelled);
  return g_test_run ();
}
