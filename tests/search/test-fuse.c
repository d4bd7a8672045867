/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-fuse.h"

#include <math.h>

static const SenFound *
at (GArray *found, guint i)
{
  g_assert_cmpuint (i, <, found->len);
  return &g_array_index (found, SenFound, i);
}

static void
test_scores (void)
{
  const SenHit words[] = { { 1, 10, 9.0f, true }, { 2, 20, 8.0f, true } }, names[] = { { 2, 0, 3.0f, true }, { 3, 0, 2.0f, true } };
  const SenRanking rankings[] = { { SEN_EVIDENCE_WORDS, words, 2, 1.0f }, { SEN_EVIDENCE_NAMES, names, 2, 1.0f } };
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (SenFound));
  g_assert_cmpuint (sen_fuse (rankings, 2, found), ==, 3);
  g_assert_cmpuint (found->len, ==, 3);
  /* Both together are more than the best of one. */
  g_assert_cmpint (at (found, 0)->content, ==, 2);
  g_assert_cmpfloat_with_epsilon (at (found, 0)->score, 11.0, 1e-6);
  g_assert_cmpint (at (found, 0)->chunk, ==, 20);
  g_assert_cmpuint (at (found, 0)->evidence, ==, 1u << SEN_EVIDENCE_WORDS | 1u << SEN_EVIDENCE_NAMES);
  g_assert_cmpint (at (found, 1)->content, ==, 1);
  g_assert_cmpint (at (found, 2)->content, ==, 3);
  g_assert_cmpint (at (found, 2)->chunk, ==, 0);
}

/* A likeness counts by how far it stands out of chance, and one below the mean not against what has it. */
static void
test_likenesses (void)
{
  const SenSpread spread = { 100, 0.1, 0.05 };
  const SenHit meaning[] = { { 1, 11, 0.4f }, { 2, 21, 0.0f } }, words[] = { { 2, 22, 5.0f, true } };
  const SenRanking rankings[] = { { SEN_EVIDENCE_WORDS, words, 1, 1.0f }, { SEN_EVIDENCE_MEANING, meaning, 2, 1.0f, &spread, 1.0f } };
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (SenFound));
  g_assert_cmpuint (sen_fuse (rankings, 2, found), ==, 2);
  g_assert_cmpint (at (found, 0)->content, ==, 1);
  g_assert_cmpfloat_with_epsilon (at (found, 0)->score, 6.0, 1e-4);
  g_assert_cmpfloat_with_epsilon (at (found, 1)->score, 5.0, 1e-4);
}

/* Weights, and the order among equals, which is that of contents. */
static void
test_weights (void)
{
  const SenHit words[] = { { 7, 70, 9.0f, true } }, names[] = { { 4, 0, 9.0f, true } };
  SenRanking rankings[] = { { SEN_EVIDENCE_WORDS, words, 1, 1.0f }, { SEN_EVIDENCE_NAMES, names, 1, 1.0f } };
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (SenFound));
  sen_fuse (rankings, 2, found);
  g_assert_cmpint (at (found, 0)->content, ==, 4);
  g_array_set_size (found, 0);
  rankings[0].weight = 2.0f;
  sen_fuse (rankings, 2, found);
  g_assert_cmpint (at (found, 0)->content, ==, 7);

  /* What has only some of the words weighs less. */
  const SenHit some[] = { { 8, 80, 9.0f, false }, { 9, 90, 8.0f, true } };
  const SenRanking weak = { SEN_EVIDENCE_WORDS, some, 2, 2.0f, .weak = 0.5f };
  g_array_set_size (found, 0);
  g_assert_cmpuint (sen_fuse (&weak, 1, found), ==, 1);
  g_assert_cmpint (at (found, 0)->content, ==, 9);
  g_assert_cmpfloat_with_epsilon (at (found, 0)->score, 16.0, 1e-6);
  g_assert_cmpfloat_with_epsilon (at (found, 1)->score, 4.5, 1e-6);
}

/* The best of many passages is less than the only one, but something; and of those that are the same to themselves nothing is taken. */
static void
test_many_passages (void)
{
  const SenSpread spread = { 100, 0.0, 0.1 };
  const SenHit meaning[] = { { 1, 11, 0.5f, false, 4000 }, { 2, 21, 0.49f, false, SEN_FUSE_FEW }, { 3, 31, 0.48f } };
  const SenHit words[] = { { 1, 11, 9.0f, true, 4000 }, { 2, 21, 8.5f, true, 3 } };
  const SenRanking said = { SEN_EVIDENCE_WORDS, words, 2, 1.0f };
  SenRanking near = { SEN_EVIDENCE_MEANING, meaning, 3, 1.0f, &spread, 1.0f };
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (SenFound));
  g_assert_cmpuint (sen_fuse (&near, 1, found), ==, 3);
  g_assert_cmpint (at (found, 0)->content, ==, 2);
  g_assert_cmpfloat_with_epsilon (at (found, 0)->score, 4.9, 1e-4);
  g_assert_cmpint (at (found, 1)->content, ==, 3);
  g_assert_cmpint (at (found, 2)->content, ==, 1);
  g_assert_cmpfloat (at (found, 2)->score, >, 3.0);
  g_array_set_size (found, 0);
  g_assert_cmpuint (sen_fuse (&said, 1, found), ==, 2);
  g_assert_cmpint (at (found, 0)->content, ==, 2);
  g_assert_cmpfloat_with_epsilon (at (found, 0)->score, 8.5, 1e-6);
  g_assert_cmpfloat (at (found, 1)->score, >, 0.0);
  near.is_for_passages = true;
  g_array_set_size (found, 0);
  sen_fuse (&near, 1, found);
  g_assert_cmpint (at (found, 0)->content, ==, 1);
  g_assert_cmpfloat_with_epsilon (at (found, 0)->score, 5.0, 1e-4);
}

/* A normally distributed number. */
static double
draw (GRand *random)
{
  return sqrt (-2.0 * log (1.0 - g_rand_double (random))) * cos (2.0 * G_PI * g_rand_double (random));
}

/* Nonsense: the nearest of n chance likenesses. In 200 draws a few pass, whatever n is; what stands out by as much again as a good match
 * does is always there. */
static void
test_nonsense (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (5);
  const uint64_t sizes[] = { 100, 2000, 20000 };
  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      uint32_t n_shown = 0, n_found = 0;
      for (int i = 0; i < 200; i++)
        {
          SenSpread spread = { .n = sizes[s] };
          double best = -INFINITY, sum = 0.0, squares = 0.0;
          for (uint64_t j = 0; j < sizes[s]; j++)
            {
              double cosine = 0.05 + 0.08 * draw (random);
              best = MAX (best, cosine);
              sum += cosine;
              squares += cosine * cosine;
            }
          spread.mean = sum / (double) sizes[s];
          spread.deviation = sqrt (squares / (double) sizes[s] - spread.mean * spread.mean);
          const SenHit nonsense = { 1, 1, (float) best }, good = { 2, 2, (float) (0.05 + 0.08 * 7.0) };
          const SenRanking rankings[] = { { SEN_EVIDENCE_MEANING, &nonsense, 1, 1.0f, &spread },
                                          { SEN_EVIDENCE_MEANING, &good, 1, 1.0f, &spread } };
          g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (SenFound));
          n_shown += sen_fuse (&rankings[0], 1, found);
          g_array_set_size (found, 0);
          n_found += sen_fuse (&rankings[1], 1, found);
        }
      g_assert_cmpuint (n_shown, <=, 40);
      g_assert_cmpuint (n_found, ==, 200);
    }
}

/* What is only a little nearer than chance is shown when one of the words is there, too. */
static void
test_two_weak (void)
{
  const SenSpread spread = { 10000, 0.0, 0.1 };
  float near = (float) (0.1 * (sen_fuse_bar (10000) - SEN_FUSE_NEAR) + 1e-3);
  const SenHit meaning[] = { { 1, 11, near }, { 2, 21, near } }, words[] = { { 3, 31, 4.0f, false }, { 2, 22, 3.0f, false } };
  const SenRanking rankings[] = { { SEN_EVIDENCE_MEANING, meaning, 2, 1.0f, &spread }, { SEN_EVIDENCE_WORDS, words, 2, 1.0f } };
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (SenFound));
  g_assert_cmpuint (sen_fuse (rankings, 2, found), ==, 1);
  g_assert_cmpint (at (found, 0)->content, ==, 2);
  g_assert_cmpfloat (at (found, 0)->likeness, ==, near);
  g_assert_cmpuint (found->len, ==, 3);
}

/* The nearest picture is not as good as the nearest text, when it does not stand out. */
static void
test_spaces (void)
{
  g_autoptr (GArray) texts = g_array_new (FALSE, FALSE, sizeof (SenHit)), pictures = g_array_new (FALSE, FALSE, sizeof (SenHit));
  g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (SenHit)), found = g_array_new (FALSE, FALSE, sizeof (SenFound));
  const SenHit near_text = { 1, 11, 0.6f }, far_text = { 2, 21, 0.05f }, picture = { 3, 31, 0.7f }, same = { 1, 12, 0.7f };
  g_array_append_val (texts, near_text);
  g_array_append_val (texts, far_text);
  g_array_append_val (pictures, picture);
  g_array_append_val (pictures, same);
  const SenSpaceHits spaces[] = { { texts, { 60, 0.05, 0.1 } }, { pictures, { 2000, 0.6, 0.1 } } };
  SenSpread spread;
  sen_fuse_spaces (spaces, 2, 10, hits, &spread);
  g_assert_cmpuint (hits->len, ==, 3);
  g_assert_cmpuint (spread.n, ==, 2060);
  const SenHit *first = &g_array_index (hits, SenHit, 0), *second = &g_array_index (hits, SenHit, 1);
  g_assert_cmpint (first->chunk, ==, 11);
  g_assert_cmpfloat_with_epsilon (first->score, 5.5, 1e-3);
  g_assert_cmpint (second->content, ==, 3);
  g_assert_cmpfloat_with_epsilon (second->score, 1.0, 1e-3);
  const SenRanking ranking = { SEN_EVIDENCE_MEANING, (const SenHit *) hits->data, hits->len, 1.0f, &spread };
  g_assert_cmpuint (sen_fuse (&ranking, 1, found), ==, 1);
  g_assert_cmpint (at (found, 0)->content, ==, 1);
}

/* Two halves are the whole. */
static void
test_spreads (void)
{
  const SenSpread low = { 50, 0.0, 0.0 }, high = { 50, 1.0, 0.0 }, none = { 0 };
  SenSpread both = sen_fuse_spreads (&low, &high), same = sen_fuse_spreads (&high, &none);
  g_assert_cmpuint (both.n, ==, 100);
  g_assert_cmpfloat_with_epsilon (both.mean, 0.5, 1e-9);
  g_assert_cmpfloat_with_epsilon (both.deviation, 0.5, 1e-9);
  g_assert_cmpuint (same.n, ==, 50);
  g_assert_cmpfloat_with_epsilon (same.mean, 1.0, 1e-9);
}

/* Nothing, and a collection in which all is alike. */
static void
test_edges (void)
{
  const SenSpread flat = { 5, 1.0, 0.0 };
  const SenHit hit = { 1, 1, 1.0f };
  const SenRanking rankings[] = { { SEN_EVIDENCE_MEANING, &hit, 1, 1.0f, &flat }, { SEN_EVIDENCE_WORDS, NULL, 0, 1.0f } };
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (SenFound));
  g_assert_cmpuint (sen_fuse (NULL, 0, found), ==, 0);
  g_assert_cmpuint (sen_fuse (rankings, 2, found), ==, 0);
  g_assert_cmpuint (found->len, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fuse/scores", test_scores);
  g_test_add_func ("/fuse/likenesses", test_likenesses);
  g_test_add_func ("/fuse/weights", test_weights);
  g_test_add_func ("/fuse/many-passages", test_many_passages);
  g_test_add_func ("/fuse/nonsense", test_nonsense);
  g_test_add_func ("/fuse/two-weak", test_two_weak);
  g_test_add_func ("/fuse/spaces", test_spaces);
  g_test_add_func ("/fuse/spreads", test_spreads);
  g_test_add_func ("/fuse/edges", test_edges);
  return g_test_run ();
}
