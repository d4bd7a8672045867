/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-finder.h"

#include <string.h>

#include "sen-error.h"
#include "sen-indexer.h"

#define REST_US (60 * G_USEC_PER_SEC)

/* What is wanted, copied: sources of an answer, a search, or the heat of a picture. */
typedef struct {
  SenGroundingWish    answer;
  GDestroyNotify      free_count; /* of its data */
  SenFinderAnswerFunc answer_func;
  SenFindRequest      request;
  char               *path;       /* of the picture whose heat it is; else NULL */
  SenFinderFunc       func;
  SenFinderHeatFunc   heat_func;
  gpointer            data;
  uint64_t            serial;
  SenCancel           cancel;
} Wish;

/* Answers are waited for, searches go before heats: a place for the one that waits of each, and for its number. */
enum { ANSWER, SEARCH, HEAT, N_SORTS };

/* The thread and the object hold it; so do results on their way, which find out whether they are still wanted. */
typedef struct {
  gint             n_refs;        /* atomic */
  GMainContext    *context;
  /* The thread's. */
  char            *path;
  SenFindEncoders *encoders;
  SenDecode       *decode;
  uint32_t         n_threads;

  GMutex           lock;          /* guards what follows */
  GCond            changed;
  Wish            *waiting[N_SORTS], *running[N_SORTS];
  uint64_t         serials[N_SORTS];   /* of the last wish; what comes of another one is dropped */
  bool             must_rest, must_end;
} Shared;

struct SenFinder {
  Shared  *shared;
  GThread *thread;
};

/* --- Wishes --------------------------------------------------------------------------------------------------------------------------- */

static void
wish_free (Wish *wish)
{
  if (wish == NULL)
    return;
  for (uint32_t i = 0; i < wish->request.n_parts; i++)
    {
      const SenFindPart *part = &wish->request.parts[i];
      g_free ((char *) part->path);
      g_free ((char *) part->text);
      if (part->picture != NULL)
        sen_image_unref (part->picture);
    }
  g_free ((SenFindPart *) wish->request.parts);
  g_free ((char *) wish->request.text);
  g_free ((char *) wish->request.like);
  g_free ((char *) wish->request.folder);
  g_free (wish->path);
  g_strfreev ((char **) wish->answer.questions);
  g_free ((char *) wish->answer.folder);
  if (wish->free_count != NULL)
    wish->free_count (wish->answer.data);
  g_free (wish);
}

static Wish *
wish_new (const SenFindRequest *request, gpointer data)
{
  Wish *wish = g_new0 (Wish, 1);
  wish->request = *request;
  wish->request.text = g_strdup (request->text);
  wish->request.like = g_strdup (request->like);
  wish->request.folder = g_strdup (request->folder);
  /* What is too much is refused by whoever answers, not copied. */
  SenFindPart *parts = request->n_parts <= SEN_FIND_MAX_PARTS ? g_new0 (SenFindPart, request->n_parts) : NULL;
  for (uint32_t i = 0; parts != NULL && i < request->n_parts; i++)
    {
      const SenFindPart *part = &request->parts[i];
      parts[i] = (SenFindPart) { g_strdup (part->path), part->picture != NULL ? sen_image_ref (part->picture) : NULL, g_strdup (part->text),
                                 part->weight };
    }
  wish->request.parts = parts;
  wish->request.n_parts = parts != NULL ? request->n_parts : 0;
  wish->data = data;
  return wish;
}

static void
shared_unref (Shared *self)
{
  if (!g_atomic_int_dec_and_test (&self->n_refs))
    return;
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self->path);
  g_free (self);
}

/* --- On the thread -------------------------------------------------------------------------------------------------------------------- */

/* What goes to the main context. */
typedef struct {
  Shared              *shared;
  int                  sort;
  uint64_t             serial;
  SenFinderAnswerFunc  answer_func;
  SenFinderFunc        func;
  SenFinderHeatFunc    heat_func;
  gpointer             data;
  SenGroundingRecord  *record;
  SenFindResults      *results;
  char                *path;
  bool                 has_heat;
  SenFindHeat          heat;
  GError              *error;
} Letter;

static void
letter_free (gpointer data)
{
  Letter *letter = data;
  shared_unref (letter->shared);
  sen_find_results_unref (letter->results);
  sen_grounding_record_free (letter->record);
  g_clear_error (&letter->error);
  g_free (letter->path);
  g_free (letter);
}

static gboolean
deliver (gpointer data)
{
  Letter *letter = data;
  g_mutex_lock (&letter->shared->lock);
  bool is_wanted = letter->serial == letter->shared->serials[letter->sort] && !letter->shared->must_end;
  g_mutex_unlock (&letter->shared->lock);
  if (is_wanted && letter->sort == ANSWER)
    letter->answer_func (letter->record, letter->error, letter->data);
  else if (is_wanted && letter->sort == SEARCH)
    letter->func (letter->results, letter->data);
  else if (is_wanted)
    letter->heat_func (letter->path, letter->has_heat ? &letter->heat : NULL, letter->error, letter->data);
  return G_SOURCE_REMOVE;
}

static Letter *
letter_new (Shared *self, int sort, const Wish *wish)
{
  Letter *letter = g_new0 (Letter, 1);
  g_atomic_int_inc (&self->n_refs);
  *letter = (Letter) {
    .shared = self, .sort = sort, .serial = wish->serial, .answer_func = wish->answer_func, .func = wish->func,
    .heat_func = wish->heat_func, .data = wish->data,
  };
  return letter;
}

static void
post (Letter *letter)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, deliver, letter, letter_free);
  g_source_attach (source, letter->shared->context);
}

static void
post_results (Shared *self, const Wish *wish, SenFindResults *results)
{
  if (results == NULL)
    return;
  Letter *letter = letter_new (self, SEARCH, wish);
  letter->results = results;
  post (letter);
}

static void
search (Shared *self, SenFind *find, Wish *wish)
{
  if (sen_find_is_cold (find, &wish->request))
    post_results (self, wish, sen_find_run_literally (find, &wish->request, &wish->cancel));
  post_results (self, wish, sen_find_run (find, &wish->request, &wish->cancel));
}

/* What was cancelled is not wanted, so nobody reads the letter. */
static void
answer (Shared *self, SenFind *find, Wish *wish)
{
  Letter *letter = letter_new (self, ANSWER, wish);
  letter->record = sen_grounding_find (find, &wish->answer, NULL, &wish->cancel, &letter->error);
  post (letter);
}

/* False when it was ended before it was done. */
static bool
heat (Shared *self, SenFind *find, Wish *wish)
{
  Letter *letter = letter_new (self, HEAT, wish);
  letter->path = g_strdup (wish->path);
  letter->has_heat = sen_find_heat (find, &wish->request, wish->path, &letter->heat, &wish->cancel, &letter->error);
  bool is_done = !g_error_matches (letter->error, SEN_ERROR, SEN_ERROR_CANCELLED);
  if (is_done)
    post (letter);
  else
    letter_free (letter);
  return is_done;
}

/* A heat that stepped aside for a search waits again, unless it is not wanted any more. */
static void
put_back (Shared *self, int sort, Wish *wish, bool is_done)
{
  g_mutex_lock (&self->lock);
  self->running[sort] = NULL;
  if (!is_done && wish->serial == self->serials[sort])
    {
      wish->cancel.requested = 0;
      self->waiting[sort] = g_steal_pointer (&wish);
    }
  g_mutex_unlock (&self->lock);
  wish_free (wish);
}

/* Waits for something to do; NULL: the end. Models are closed meanwhile, when there is nothing. */
static Wish *
take_wish (Shared *self, SenFind *find, int *sort, bool *has_models)
{
  Wish *wish = NULL;
  gint64 until = g_get_monotonic_time () + REST_US;
  g_mutex_lock (&self->lock);
  while (!self->must_end && wish == NULL)
    {
      for (*sort = 0; *sort < N_SORTS && self->waiting[*sort] == NULL;)
        (*sort)++;
      if (self->must_rest)
        {
          self->must_rest = *has_models = false;
          g_mutex_unlock (&self->lock);
          sen_find_rest (find);
          g_mutex_lock (&self->lock);
        }
      else if (*sort < N_SORTS)
        {
          wish = self->running[*sort] = g_steal_pointer (&self->waiting[*sort]);
          *has_models = true;
        }
      else if (!*has_models)
        g_cond_wait (&self->changed, &self->lock);
      else if (!g_cond_wait_until (&self->changed, &self->lock, until))
        self->must_rest = true;
    }
  g_mutex_unlock (&self->lock);
  return wish;
}

static gpointer
work (gpointer data)
{
  Shared *self = data;
  bool has_models = false;
  int sort;
  SenFind *find = sen_find_new (&(SenFindParams) {
    .path = self->path, .encoders = self->encoders, .decode = self->decode, .n_threads = self->n_threads,
  });
  for (Wish *wish; (wish = take_wish (self, find, &sort, &has_models)) != NULL;)
    {
      bool is_done = true;
      if (sort == ANSWER)
        answer (self, find, wish);
      else if (sort == SEARCH)
        search (self, find, wish);
      else
        is_done = heat (self, find, wish);
      put_back (self, sort, wish, is_done);
    }
  sen_find_free (find);
  sen_find_encoders_free (self->encoders);
  shared_unref (self);
  return NULL;
}

/* --- Of the caller -------------------------------------------------------------------------------------------------------------------- */

SenFinder *
sen_finder_new (const SenFinderParams *params)
{
  SenFinder *self = g_new0 (SenFinder, 1);
  Shared *shared = self->shared = g_new0 (Shared, 1);
  shared->n_refs = 2;
  shared->context = g_main_context_ref_thread_default ();
  shared->path = params->path != NULL ? g_strdup (params->path) : sen_index_default_path ();
  shared->encoders = params->encoders != NULL ? sen_find_encoders_new (params->encoders) : NULL;
  shared->decode = params->decode;
  shared->n_threads = params->n_threads;
  g_mutex_init (&shared->lock);
  g_cond_init (&shared->changed);
  self->thread = g_thread_new ("finder", work, shared);
  return self;
}

/* The place of what is wanted is taken by @wish, or by nothing. */
static void
replace (SenFinder *self, int sort, Wish *wish)
{
  Shared *shared = self->shared;
  g_mutex_lock (&shared->lock);
  Wish *before = shared->waiting[sort];
  shared->waiting[sort] = wish;
  shared->serials[sort]++;
  if (wish != NULL)
    wish->serial = shared->serials[sort];
  if (shared->running[sort] != NULL)
    g_atomic_int_set (&shared->running[sort]->cancel.requested, 1);
  /* Whatever takes long steps aside for a search. */
  if (wish != NULL && sort != HEAT && shared->running[HEAT] != NULL)
    g_atomic_int_set (&shared->running[HEAT]->cancel.requested, 1);
  g_cond_signal (&shared->changed);
  g_mutex_unlock (&shared->lock);
  wish_free (before);
}

void
sen_finder_free (SenFinder *self)
{
  if (self == NULL)
    return;
  for (int sort = 0; sort < N_SORTS; sort++)
    replace (self, sort, NULL);
  g_mutex_lock (&self->shared->lock);
  self->shared->must_end = true;
  g_cond_signal (&self->shared->changed);
  g_mutex_unlock (&self->shared->lock);
  g_thread_join (self->thread);
  shared_unref (self->shared);
  g_free (self);
}

void
sen_finder_ask (SenFinder *self, const SenFindRequest *request, SenFinderFunc func, gpointer data)
{
  Wish *wish = wish_new (request, data);
  wish->func = func;
  replace (self, SEARCH, wish);
}

void
sen_finder_stop (SenFinder *self)
{
  replace (self, SEARCH, NULL);
}

void
sen_finder_ask_for_answer (SenFinder *self, const SenGroundingWish *asked, GDestroyNotify free_count, SenFinderAnswerFunc func,
                           gpointer data)
{
  Wish *wish = g_new0 (Wish, 1);
  char **questions = g_new0 (char *, asked->n_questions + 1);
  for (uint32_t i = 0; i < asked->n_questions; i++)
    questions[i] = g_strdup (asked->questions[i]);
  wish->answer = *asked;
  wish->answer.questions = (const char *const *) questions;
  wish->answer.folder = g_strdup (asked->folder);
  wish->free_count = free_count;
  wish->answer_func = func;
  wish->data = data;
  replace (self, ANSWER, wish);
}

void
sen_finder_stop_for_answer (SenFinder *self)
{
  replace (self, ANSWER, NULL);
}

void
sen_finder_heat (SenFinder *self, const SenFindRequest *request, const char *path, SenFinderHeatFunc func, gpointer data)
{
  Wish *wish = wish_new (request, data);
  wish->path = g_strdup (path);
  wish->heat_func = func;
  replace (self, HEAT, wish);
}

void
sen_finder_stop_heat (SenFinder *self)
{
  replace (self, HEAT, NULL);
}

void
sen_finder_rest (SenFinder *self)
{
  g_mutex_lock (&self->shared->lock);
  self->shared->must_rest = true;
  g_cond_signal (&self->shared->changed);
  g_mutex_unlock (&self->shared->lock);
}
