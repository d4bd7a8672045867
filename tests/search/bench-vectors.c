/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   bench-vectors INDEX VECTORS N_EMBD N_THREADS [vulkan:N]
 *
 * Makes an index of what is in VECTORS (f32, rows of N_EMBD) unless it is there: a chunk each, ten of them a content and a file, with 60
 * words that occur as words do. Then answers each line "KIND N v v v …" of stdin, of N_EMBD values, with milliseconds and the numbers of
 * the N best vectors:
 *   meaning   by vectors alone
 *   words     three words, one of them in almost every chunk
 *   names     the same in names and folders
 *   all       both, names, one list of it, and the places of its first 20
 * With a device that multiplies vectors, however few there are and whatever it is. What tools/bench-vectors.py talks to. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sen-file.h"
#include "sen-fuse.h"
#include "sen-map.h"
#include "sen-vulkan.h"

#define N_WORDS 60
#define VOCABULARY 50000.0
#define CHUNKS_PER_FILE 10
#define LIST 100

static void
stop_on (GError *error)
{
  if (error == NULL)
    return;
  fprintf (stderr, "%s\n", error->message);
  exit (1);
}

/* The word that is the rank-th most frequent. */
static void
append_word (GString *text, uint32_t rank)
{
  g_string_append_c (text, ' ');
  for (rank += 26; rank > 0; rank /= 26)
    g_string_append_c (text, (char) ('a' + rank % 26));
}

static void
gather (const SenStoreMissing *missing, gpointer data)
{
  g_array_append_val ((GArray *) data, missing->chunk);
}

static void
fill (SenStore *store, const float *vectors, uint64_t n, uint32_t n_embd)
{
  GError *error = NULL;
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  GString *texts[CHUNKS_PER_FILE] = { NULL };
  int64_t root;
  SenSpace space;
  gint64 begin = g_get_monotonic_time ();
  if (sen_store_add_root (store, "/bench", &root, &error))
    sen_store_open_space (store, SEN_SPACE_TEXT, "bench", n_embd, &space, &error);
  for (uint64_t i = 0; i < n && error == NULL; i += CHUNKS_PER_FILE)
    {
      g_autofree char *path = g_strdup_printf ("/bench/folder %d/file-%d.txt", (int) (i / 1000), (int) (i / CHUNKS_PER_FILE));
      uint8_t hash[SEN_STORE_HASH_BYTES] = { 0 };
      memcpy (hash, &i, sizeof i);
      const SenFileFacts facts = { .path = path, .stamp = { 1, (int64_t) i, 1, i }, .hash = hash, .kind = SEN_FILE_TEXT, .format = "txt" };
      SenStoredFile file;
      SenChunk chunks[CHUNKS_PER_FILE];
      for (uint64_t j = 0; j < CHUNKS_PER_FILE; j++)
        {
          if (texts[j] == NULL)
            texts[j] = g_string_new (NULL);
          g_string_truncate (texts[j], 0);
          for (int k = 0; k < N_WORDS; k++)
            append_word (texts[j], (uint32_t) exp (g_rand_double (random) * log (VOCABULARY)));
          chunks[j] = (SenChunk) { .text = texts[j]->str, .headings = "", .start_ms = -1, .end_ms = -1 };
        }
      const SenPassResult result = { .state = SEN_INDEX_DONE, .deep_state = SEN_INDEX_NONE, .chunks = chunks,
                                     .n_chunks = MIN (CHUNKS_PER_FILE, n - i) };
      if (sen_store_put_file (store, root, &facts, &file, NULL, &error))
        sen_store_finish_pass (store, file.content, SEN_INDEX_QUICK, &result, &error);
    }
  stop_on (error);
  for (int i = 0; i < CHUNKS_PER_FILE; i++)
    if (texts[i] != NULL)
      g_string_free (texts[i], TRUE);
  printf ("%.1f", 1e-6 * (double) (g_get_monotonic_time () - begin));

  /* Chunks are numbered as the vectors are. */
  g_autoptr (GArray) missing = g_array_new (FALSE, FALSE, sizeof (int64_t));
  SenVectorRow rows[256];
  begin = g_get_monotonic_time ();
  for (int64_t after = 0; error == NULL; after = g_array_index (missing, int64_t, missing->len - 1))
    {
      g_array_set_size (missing, 0);
      sen_store_each_missing (store, space.space, after, G_N_ELEMENTS (rows), gather, missing, &error);
      if (missing->len == 0)
        break;
      for (guint i = 0; i < missing->len; i++)
        rows[i] = (SenVectorRow) { g_array_index (missing, int64_t, i),
                                   vectors + (uint64_t) (g_array_index (missing, int64_t, i) - 1) * n_embd };
      sen_store_put_vectors (store, space.space, rows, missing->len, &error);
    }
  stop_on (error);
  printf (" %.1f", 1e-6 * (double) (g_get_monotonic_time () - begin));
  bool is_whole;
  begin = g_get_monotonic_time ();
  sen_store_settle_space (store, space.space, &is_whole, &error);
  stop_on (error);
  printf (" %.1f\n", 1e-6 * (double) (g_get_monotonic_time () - begin));
}

static void
answer (SenStore *store, const SenSpace *space, const char *kind, uint32_t n, const float *values, const SenQuery *query)
{
  GError *error = NULL;
  g_autoptr (GArray) words = g_array_new (FALSE, FALSE, sizeof (SenHit)), names = g_array_new (FALSE, FALSE, sizeof (SenHit)),
                     near = g_array_new (FALSE, FALSE, sizeof (SenHit)), found = g_array_new (FALSE, FALSE, sizeof (SenFound));
  SenSpread spread = { 0 };
  bool is_all = strcmp (kind, "all") == 0;
  gint64 begin = g_get_monotonic_time ();
  if (is_all || strcmp (kind, "words") == 0)
    sen_store_search_words (store, query, is_all ? LIST : n, words, NULL, &error);
  stop_on (error);
  if (is_all || strcmp (kind, "meaning") == 0)
    sen_store_search_meaning (store, space->space, values, query, is_all ? LIST : n, near, &spread, NULL, &error);
  stop_on (error);
  if (is_all || strcmp (kind, "names") == 0)
    sen_store_search_names (store, query, is_all ? LIST : n, names, NULL, &error);
  stop_on (error);
  if (is_all)
    {
      const SenRanking rankings[] = { { SEN_EVIDENCE_WORDS, (const SenHit *) words->data, words->len, 1.0f },
                                      { SEN_EVIDENCE_NAMES, (const SenHit *) names->data, names->len, 1.0f },
                                      { SEN_EVIDENCE_MEANING, (const SenHit *) near->data, near->len, 1.0f, &spread } };
      sen_fuse (rankings, G_N_ELEMENTS (rankings), found);
      for (guint i = 0; i < MIN (found->len, 20); i++)
        {
          const SenFound *at = &g_array_index (found, SenFound, i);
          g_auto (SenStorePlace) place = { 0 };
          sen_store_find_place (store, &(SenHit) { .content = at->content, .chunk = at->chunk }, query, &place, &error);
          stop_on (error);
        }
    }
  printf ("%.3f", 1e-3 * (double) (g_get_monotonic_time () - begin));
  for (guint i = 0; i < near->len; i++)
    printf (" %d", (int) g_array_index (near, SenHit, i).chunk - 1);
  printf ("\n");
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  if (argc != 5 && (argc != 6 || !g_str_has_prefix (argv[5], "vulkan:")))
    return 2;
  uint32_t n_embd = (uint32_t) atoi (argv[3]);
  SenStoreParams params = { .path = argv[1], .is_writer = !g_file_test (argv[1], G_FILE_TEST_EXISTS) };
  params.n_threads = (uint32_t) atoi (argv[4]);
  g_autoptr (SenStore) store = sen_store_open (&params, &error);
  stop_on (error);
  if (params.is_writer)
    {
      g_autoptr (SenMap) map = sen_map_open (argv[2], &error);
      stop_on (error);
      fill (store, (const float *) sen_map_data (map), sen_map_size (map) / (n_embd * sizeof (float)), n_embd);
    }
  else
    printf ("it was there\n");
  fflush (stdout);
  if (argc == 6)
    {
      g_autoptr (SenDevice) device = sen_vulkan_device_new (&(SenVulkanParams) { .index = (uint32_t) atoi (argv[5] + 7) }, &error);
      stop_on (error);
      sen_store_set_device (store, device, 0);
    }

  SenSpace space;
  sen_store_current_space (store, SEN_SPACE_TEXT, &space, NULL, &error);
  stop_on (error);
  g_autoptr (GString) text = g_string_new (NULL);
  append_word (text, 2);
  append_word (text, 200);
  append_word (text, 5000);
  g_autoptr (SenQuery) query = sen_query_parse (text->str, false, &error);
  stop_on (error);
  g_autofree float *values = g_new (float, n_embd);
  char kind[16];
  for (unsigned n; scanf ("%15s %u", kind, &n) == 2;)
    {
      for (uint32_t i = 0; i < n_embd; i++)
        if (scanf ("%f", &values[i]) != 1)
          return 2;
      answer (store, &space, kind, n, values, query);
      fflush (stdout);
    }
  return 0;
}
