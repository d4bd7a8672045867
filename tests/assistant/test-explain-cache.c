/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What is known of a conversation: found by what was asked, and bounded. */
#include "sen-explain-cache.h"
#include "sen-explanation-private.h"

/* Of so many numbers. */
static SenExplanation *
make (uint32_t n_queries, uint32_t n_pieces)
{
  SenExplanation *explanation = sen_explanation_new ();
  explanation->info.n_queries = n_queries;
  explanation->info.n_pieces = n_pieces;
  explanation->info.weights = sen_explanation_take (explanation, g_new0 (float, (gsize) n_queries * n_pieces));
  return explanation;
}

static const SenChatMessage sky[] = { { "user", "Sky?" }, { "assistant", "Blue." } };

static char *
key_of (const SenExplainParams *params, const char *reader)
{
  const SenEngineChat chat = { .messages = sky, .n_messages = G_N_ELEMENTS (sky) };
  return sen_explain_cache_key (&chat, params, reader);
}

/* Whatever makes another answer is another key; what makes none is not. */
static void
test_keys (void)
{
  const uint32_t layers[] = { 1, 2 };
  const SenExplainParams asked = { .method = SEN_EXPLAIN_ATTENTION, .message = 1, .query = SEN_EXPLAIN_EVERY };
  g_autoptr (SenExplanation) known = make (1, 1);
  SenExplainParams others[8];
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    others[i] = asked;
  others[0].method = SEN_EXPLAIN_ROLLOUT;
  others[1].message = 0;
  others[2].query = 3;
  others[3].is_maximum = true;
  others[4].grain = SEN_GRAIN_SENTENCES;
  others[5].with_shares = true;
  others[6].layers = layers;
  others[6].n_layers = 1;
  others[7].layers = layers + 1;
  others[7].n_layers = 1;
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_add (keys, key_of (&asked, "m"));
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_true (g_hash_table_add (keys, key_of (&others[i], "m")));
  g_assert_true (g_hash_table_add (keys, key_of (&asked, "n")));
  /* Texts that would be the same one behind the other. */
  const SenChatMessage other[] = { { "user", "Sky?Bl" }, { "assistant", "ue." } };
  const SenEngineChat chat = { .messages = other, .n_messages = G_N_ELEMENTS (other) };
  g_assert_true (g_hash_table_add (keys, sen_explain_cache_key (&chat, &asked, "m")));
  const SenPromptMedia media = { .message = 0, .words = "a tree" };
  const SenEngineChat seeing = { .messages = sky, .n_messages = G_N_ELEMENTS (sky), .media = &media, .n_media = 1 };
  g_assert_true (g_hash_table_add (keys, sen_explain_cache_key (&seeing, &asked, "m")));

  SenExplainParams same = asked;
  same.with_trust = true;
  same.weights_of = known;
  same.user_data = keys;
  g_assert_false (g_hash_table_add (keys, key_of (&same, "m")));
}

static void
test_bounds (void)
{
  g_autoptr (SenExplanation) a = make (10, 100), b = make (10, 100), c = make (10, 100), large = make (100, 100);
  g_autoptr (SenExplainCache) cache = sen_explain_cache_new (2 * sen_explanation_n_bytes (a) + 100);
  sen_explain_cache_add (cache, "a", a);
  sen_explain_cache_add (cache, "b", b);
  g_autoptr (SenExplanation) found = sen_explain_cache_find (cache, "a");
  g_assert_true (found == a);
  /* That was used last, so the other one goes. */
  sen_explain_cache_add (cache, "c", c);
  g_assert_null (sen_explain_cache_find (cache, "b"));
  g_autoptr (SenExplanation) again = sen_explain_cache_find (cache, "a");
  g_assert_true (again == a);
  /* What is too large pushes nothing out. */
  sen_explain_cache_add (cache, "large", large);
  g_assert_null (sen_explain_cache_find (cache, "large"));
  g_autoptr (SenExplanation) third = sen_explain_cache_find (cache, "c");
  g_assert_true (third == c);
  /* In place of what was known: nothing else has to go for it. */
  sen_explain_cache_add (cache, "a", b);
  g_autoptr (SenExplanation) replaced = sen_explain_cache_find (cache, "a"), kept = sen_explain_cache_find (cache, "c");
  g_assert_true (replaced == b && kept == c);
  sen_explain_cache_clear (cache);
  g_assert_null (sen_explain_cache_find (cache, "c"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/explain-cache/keys", test_keys);
  g_test_add_func ("/explain-cache/bounds", test_bounds);
  return g_test_run ();
}
