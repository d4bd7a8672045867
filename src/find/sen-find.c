/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Requests become lists, and lists results. */
#include "sen-find.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sen-error.h"
#include "sen-file.h"
#include "sen-find-best.h"
#include "sen-find-private.h"
#include "sen-find-reason.h"
#include "sen-found-text.h"
#include "sen-grounding.h"

#define DEFAULT_LIMIT 100
/* Of passages for an answer, beside one for each source: those that stand beside another, as the one before the best, become one source
 * with it. */
#define N_BESIDE 3
/* Lists are at least so long: what stands low in all of them may be first in what becomes of them. */
#define MIN_LIST 100
/* Of a file that something is to be like, its kin is told before what is found through other senses. */
#define OTHER_SENSE_SHARE 0.3f

/* What the likenesses of a query and of things that have nothing to do with it are like, by role; as many as this count where a collection
 * is small. Of words, and of a file that something is to be like: pictures are nearer to one another than to any words. Measured on the
 * pictures and the nonsense for choosing; sounds are taken to be as pictures are. */
#define N_USUAL 50
static const SenSpread usual_of_words[] = {
  [SEN_SPACE_TEXT] = { N_USUAL, 0.02, 0.075 }, [SEN_SPACE_SIGHT] = { N_USUAL, 0.24, 0.04 }, [SEN_SPACE_SOUND] = { N_USUAL, 0.24, 0.04 },
};
static const SenSpread usual_of_files[] = {
  [SEN_SPACE_TEXT] = { N_USUAL, 0.10, 0.12 }, [SEN_SPACE_SIGHT] = { N_USUAL, 0.76, 0.08 }, [SEN_SPACE_SOUND] = { N_USUAL, 0.76, 0.08 },
};

/* A look stands out of a collection less far than a text does, the encoder being what it is. By so many deviations its bar is lower:
 * chosen by part dev, as much as leaves 97 in 100 of what is nonsense, or what no picture shows, with three results at most
 * (docs/search.md). */
#define LOOK_EASE 0.9

/* Those of the roles become the one of meaning. */
enum { WORDS, NAMES, MEANING, FIRST_ROLE, N_LISTS = FIRST_ROLE + SEN_N_SPACE_ROLES };

/* One list of hits, and where each content stands in it. */
typedef struct {
  GArray     *hits;       /* SenHit */
  GHashTable *places;     /* content -> its place from 1 */
  SenSpread   spread;
} List;

/* A request while it is answered. */
typedef struct {
  SenFind              *self;
  const SenFindRequest *request;
  SenQuery             *query;
  SenFindWords         *words;
  SenFindResults       *results;
  SenCancel            *cancel;
  bool                  is_literal;    /* without vectors */
  bool                  is_passages;   /* results are passages, not contents */
  List                  lists[N_LISTS];
  GArray               *same;          /* int64_t: contents that hold the bytes of request->like */
  SenSpace              text_space;    /* where texts were searched, and */
  float                *meaning;       /* [text_space.n_embd] what is meant there; NULL: they were not */
} Search;

SenFind *
sen_find_new (const SenFindParams *params)
{
  SenFind *self = g_new0 (SenFind, 1);
  self->path = g_strdup (params->path);
  self->encoders = params->encoders;
  self->decode = params->decode;
  self->n_threads = params->n_threads;
  self->isa = g_strdup (params->isa);
  self->vectors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
sen_find_free (SenFind *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->store, sen_store_close);
  g_hash_table_unref (self->vectors);
  g_free (self->path);
  g_free (self->isa);
  g_free (self);
}

void
sen_find_rest (SenFind *self)
{
  self->is_warm = false;
  g_hash_table_remove_all (self->vectors);
  if (self->store != NULL)
    sen_store_set_device (self->store, NULL, 0);
  if (self->encoders != NULL)
    sen_find_encoders_rest (self->encoders);
}

bool
sen_find_is_cold (SenFind *self, const SenFindRequest *request)
{
  bool is_asked = request->by == 0 || (request->by >> SEN_EVIDENCE_MEANING & 1) != 0;
  bool has_meaning = (request->text != NULL && *request->text != '\0') || request->n_parts > 0 || request->like != NULL;
  bool has_models = false;
  if (self->encoders == NULL || self->is_warm || !is_asked || !has_meaning)
    return false;
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    has_models |= sen_find_encoders_lacks (self->encoders, (SenSpaceRole) role) == NULL;
  return has_models;
}

bool
sen_find_open_store (SenFind *self, bool *has_index, GError **error)
{
  struct stat status;
  bool is_there = stat (self->path, &status) == 0;
  if (self->store != NULL && (!is_there || status.st_dev != self->device || status.st_ino != self->inode))
    g_clear_pointer (&self->store, sen_store_close);
  *has_index = is_there || errno != ENOENT;
  if (!*has_index || self->store != NULL)
    return true;
  self->store = sen_store_open (&(SenStoreParams) { .path = self->path, .n_threads = self->n_threads, .isa = self->isa }, error);
  if (self->store == NULL)
    return false;
  if (self->encoders != NULL)
    sen_store_read_ahead (self->store);
  self->device = status.st_dev;
  self->inode = status.st_ino;
  return true;
}

SenQuery *
sen_find_parse (const SenFindRequest *request, GError **error)
{
  SenQuery *query = sen_query_parse (request->text != NULL && request->like == NULL ? request->text : "", request->is_typed, error);
  if (query != NULL)
    sen_query_narrow (query, request->kinds, request->folder, request->after_us != 0 ? request->after_us : INT64_MIN,
                      request->before_us != 0 ? request->before_us : INT64_MAX);
  if (query != NULL && request->only_copies)
    sen_query_want_copies (query);
  return query;
}

/* --- Lists ---------------------------------------------------------------------------------------------------------------------------- */

static bool
wants (const Search *search, SenEvidence evidence)
{
  return search->request->by == 0 || (search->request->by >> evidence & 1) != 0;
}

static uint32_t
list_length (const Search *search)
{
  uint32_t limit = search->request->limit != 0 ? search->request->limit : DEFAULT_LIMIT;
  return MAX (MIN (limit, SEN_FIND_MAX_LIMIT), MIN_LIST);
}

static bool
search_literally (Search *search, GError **error)
{
  SenFind *self = search->self;
  uint32_t n = list_length (search);
  if (search->request->n_parts > 0 || search->request->like != NULL || !sen_query_has_words (search->query))
    return true;
  return (!wants (search, SEN_EVIDENCE_WORDS)
          || sen_store_search_words (self->store, search->query, n, search->lists[WORDS].hits, search->cancel, error))
         && (!wants (search, SEN_EVIDENCE_NAMES)
             || sen_store_search_names (self->store, search->query, n, search->lists[NAMES].hits, search->cancel, error));
}

/* What went wrong with one role does not stop the others. False when all stops. */
static bool
fail_role (Search *search, SenSpaceRole role, GError *failure, GError **error)
{
  if (failure == NULL)
    return true;
  if (g_error_matches (failure, SEN_ERROR, SEN_ERROR_CANCELLED))
    {
      g_propagate_error (error, failure);
      return false;
    }
  search->results->info.roles[role] = (SenFindRole) {
    SEN_FIND_ROLE_FAILED, sen_find_results_keep (search->results, failure->message), "",
  };
  g_error_free (failure);
  return true;
}

/* The device that encoded what is looked for may search it as well. */
static void
choose_device (SenFind *self)
{
  uint64_t from_bytes = 0;
  SenDevice *device = self->encoders != NULL ? sen_find_encoders_searching_device (self->encoders, &from_bytes) : NULL;
  sen_store_set_device (self->store, device, from_bytes);
}

static bool
search_role (Search *search, SenSpaceRole role, const SenSpace *space, const GArray *things, GError **error)
{
  List *list = &search->lists[FIRST_ROLE + role];
  g_autofree float *vector = g_new (float, space->n_embd);
  GError *failure = NULL;
  gint64 begin = g_get_monotonic_time ();
  bool ok = sen_find_mix (search->self, things, role, space, vector, search->cancel, &failure);
  search->results->info.encode_ms += (double) (g_get_monotonic_time () - begin) / 1000.0;
  choose_device (search->self);
  if (ok)
    sen_store_search_meaning (search->self->store, space->space, vector, search->query, list_length (search), list->hits, &list->spread,
                              search->cancel, &failure);
  if (ok && failure == NULL && role == SEN_SPACE_TEXT)
    {
      search->text_space = *space;
      search->meaning = g_steal_pointer (&vector);
    }
  return fail_role (search, role, failure, error);
}

/* A text about what a collection is about is near to much of it, so its own spread is too wide to tell what stands out; but where all is
 * nearer than usual, as texts of another language are to each other, that is no sign. Pictures are all about as near to some words as to
 * others, and how near depends on the words: there their own spread tells. */
static SenSpread
chance_of (const Search *search, int role, bool is_by_file)
{
  const SenSpread *usual = is_by_file ? &usual_of_files[role] : &usual_of_words[role];
  SenSpread chance = sen_fuse_spreads (&search->lists[FIRST_ROLE + role].spread, usual);
  if (!is_by_file && role == SEN_SPACE_TEXT)
    {
      chance.mean = MAX (chance.mean, usual->mean);
      chance.deviation = usual->deviation;
    }
  return chance;
}

/* @kin: the role of a file that all is to be like. */
static void
join_roles (Search *search, const GArray *things, SenSpaceRole kin)
{
  SenSpaceHits spaces[SEN_N_SPACE_ROLES];
  bool is_by_file = false;
  for (guint i = 0; i < things->len; i++)
    is_by_file |= g_array_index (things, SenFindThing, i).vector != NULL;
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    {
      spaces[role] = (SenSpaceHits) { search->lists[FIRST_ROLE + role].hits, chance_of (search, role, is_by_file) };
      if (!is_by_file && role == SEN_SPACE_SIGHT)
        spaces[role].chance.mean -= LOOK_EASE * spaces[role].chance.deviation;
      /* It stands out less far. */
      if (search->request->like != NULL && (SenSpaceRole) role != kin)
        spaces[role].chance.deviation /= OTHER_SENSE_SHARE;
    }
  sen_fuse_spaces (spaces, SEN_N_SPACE_ROLES, list_length (search), search->lists[MEANING].hits, &search->lists[MEANING].spread);
}

static bool
no_space (Search *search, GError **error)
{
  const SenFindRequest *request = search->request;
  if ((request->like == NULL && request->n_parts == 0) || search->same->len > 0)
    return true;
  /* Nothing but vectors can answer this: what is lacking for them is the answer. */
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    if (*search->results->info.roles[role].sentence != '\0')
      {
        g_set_error_literal (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, search->results->info.roles[role].sentence);
        return false;
      }
  return true;
}

static bool
search_meaning (Search *search, GError **error)
{
  SenFindSpace spaces[SEN_N_SPACE_ROLES];
  SenSpaceRole kin = SEN_SPACE_TEXT;
  const SenFindRequest *request = search->request;
  bool is_asked = sen_query_has_words (search->query) || request->n_parts > 0 || request->like != NULL, has_space = false;
  if (!is_asked || search->is_literal || search->self->encoders == NULL || !wants (search, SEN_EVIDENCE_MEANING))
    return true;
  if (!sen_find_open_spaces (search->self, search->results, spaces, search->cancel))
    {
      sen_find_fail (error, SEN_FIND_REASON_STOPPED, NULL);
      return false;
    }
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    has_space |= spaces[role].space.space != 0;
  if (!has_space)
    return no_space (search, error);
  g_autoptr (GArray) things = sen_find_things_new ();
  gint64 begin = g_get_monotonic_time ();
  if (!sen_find_add_things (search->self, request, search->query, spaces, things, &kin, search->cancel, error))
    return false;
  search->results->info.encode_ms += (double) (g_get_monotonic_time () - begin) / 1000.0;
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    if (spaces[role].space.space != 0 && things->len > 0
        && !search_role (search, (SenSpaceRole) role, &spaces[role].space, things, error))
      return false;
  join_roles (search, things, kin);
  return true;
}

/* Contents with the very bytes of a file. A file that is not there is an error: it was asked about. */
static bool
find_same (Search *search, GError **error)
{
  uint8_t hash[SEN_STORE_HASH_BYTES];
  gsize n = sizeof hash;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  if (search->request->like == NULL)
    return true;
  if (!sen_file_hash (search->request->like, checksum, search->cancel, error))
    return false;
  g_checksum_get_digest (checksum, hash, &n);
  return sen_store_find_contents (search->self->store, hash, search->same, error);
}

/* --- Why ------------------------------------------------------------------------------------------------------------------------------ */

/* Where @content stands in a list; NULL: not there. */
static const SenHit *
find_hit (const List *list, int64_t content)
{
  gsize place = GPOINTER_TO_SIZE (g_hash_table_lookup (list->places, GSIZE_TO_POINTER ((gsize) content)));
  return place != 0 ? &g_array_index (list->hits, SenHit, place - 1) : NULL;
}

static float
best_cosine (const Search *search, int64_t content)
{
  float best = 0.0f;
  for (int i = FIRST_ROLE; i < N_LISTS; i++)
    {
      const SenHit *hit = find_hit (&search->lists[i], content);
      best = hit != NULL ? MAX (best, hit->score) : best;
    }
  return best;
}

static bool
is_same (const Search *search, int64_t content)
{
  for (guint i = 0; i < search->same->len; i++)
    if (g_array_index (search->same, int64_t, i) == content)
      return true;
  return false;
}

static void
add_why (Search *search, GArray *why, SenFindWhyKind kind, const char *text, float value)
{
  g_array_append_vals (why, &(SenFindWhy) { kind, sen_find_results_keep (search->results, text), value }, 1);
}

/* @matched: by the text of the place; names tell for themselves. */
static void
explain (Search *search, const SenFound *found, SenFindResult *result, const char *matched, const char *matched_name)
{
  static const SenFindWhyKind by_role[] = {
    [SEN_SPACE_TEXT] = SEN_FIND_BY_MEANING, [SEN_SPACE_SIGHT] = SEN_FIND_BY_LOOK, [SEN_SPACE_SOUND] = SEN_FIND_BY_SOUND,
  };
  g_autoptr (GArray) why = g_array_new (FALSE, FALSE, sizeof (SenFindWhy));
  bool has_words = (found->evidence >> SEN_EVIDENCE_WORDS & 1) != 0, all_words = (found->strong >> SEN_EVIDENCE_WORDS & 1) != 0;
  bool is_by_tags
    = has_words && result->source == SEN_CHUNK_ABOUT && result->kind == SEN_FILE_PICTURE && result->line == SEN_ABOUT_TAGS;
  if (is_same (search, found->content))
    add_why (search, why, SEN_FIND_BY_BYTES, NULL, 0.0f);
  if (is_by_tags)
    add_why (search, why, SEN_FIND_BY_TAGS, result->passage.text, 0.0f);
  if (has_words)
    {
      g_autofree char *all = all_words ? sen_find_words_list (search->words) : NULL;
      add_why (search, why, all_words ? SEN_FIND_BY_WORDS : SEN_FIND_BY_SOME_WORDS, all_words ? all : matched, 0.0f);
    }
  if ((found->evidence >> SEN_EVIDENCE_NAMES & 1) != 0)
    add_why (search, why, SEN_FIND_BY_NAME, matched_name, 0.0f);
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    {
      const SenHit *hit = find_hit (&search->lists[FIRST_ROLE + role], found->content);
      if (hit != NULL)
        add_why (search, why, by_role[role], NULL, hit->score);
      if (hit != NULL && role == SEN_SPACE_SIGHT && !is_by_tags)
        {
          g_autofree char *tags = NULL;
          if (sen_store_find_about (search->self->store, found->content, SEN_ABOUT_TAGS, &tags, NULL) && tags != NULL)
            add_why (search, why, SEN_FIND_BY_TAGS, tags, 0.0f);
        }
    }
  if (why->len == 0)
    add_why (search, why, search->query->only_copies ? SEN_FIND_BY_BYTES : SEN_FIND_BY_FILTER, NULL, 0.0f);
  result->why = sen_find_results_keep_array (search->results, why);
  result->n_why = why->len;
}

/* --- Results -------------------------------------------------------------------------------------------------------------------------- */

static SenFindText
keep_text (Search *search, const char *text, const GArray *marks)
{
  return (SenFindText) { sen_find_results_keep (search->results, text), sen_find_results_keep_array (search->results, marks), marks->len };
}

static void
add_snippet (Search *search, const char *text, SenFindResult *result)
{
  g_autoptr (GArray) marks = g_array_new (FALSE, FALSE, sizeof (SenFindRange));
  g_autofree char *snippet = sen_find_words_snippet (search->words, text, marks);
  result->snippet = keep_text (search, snippet, marks);
}

/* Below a title the same once more tells nothing: what goes on behind it does, or where that is all, how the file begins. */
static bool
add_place_text (Search *search, const SenHit *hit, const char *text, SenFindResult *result, bool *matched, GError **error)
{
  g_autoptr (GArray) marks = g_array_new (FALSE, FALSE, sizeof (SenFindRange));
  g_autofree char *beginning = NULL;
  sen_find_words_mark (search->words, text, marks, matched);
  result->passage = keep_text (search, text, marks);
  const char *rest = sen_find_text_behind (text, result->title.text);
  if (*rest == '\0' && *result->title.text != '\0')
    {
      if (!sen_store_find_beginning (search->self->store, hit->content, hit->chunk, &beginning, error))
        return false;
      rest = beginning != NULL ? sen_find_text_behind (beginning, result->title.text) : "";
    }
  add_snippet (search, rest, result);
  return true;
}

static void
add_name (Search *search, const char *path, SenFindResult *result, bool *matched)
{
  g_autoptr (GArray) marks = g_array_new (FALSE, FALSE, sizeof (SenFindRange));
  g_autofree char *display = g_filename_display_name (path);
  const char *slash = strrchr (display, '/'), *name = slash != NULL && slash[1] != '\0' ? slash + 1 : display;
  sen_find_words_mark_name (search->words, name, marks, matched);
  result->name = keep_text (search, name, marks);
  /* What is only in the names of folders counts, too, but is not shown. */
  g_array_set_size (marks, 0);
  sen_find_words_mark_name (search->words, display, marks, matched);
}

static const char *const *
keep_paths (Search *search, char **paths)
{
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();
  for (char **path = paths; *path != NULL; path++)
    g_ptr_array_add (kept, (gpointer) sen_find_results_keep (search->results, *path));
  g_ptr_array_add (kept, NULL);
  return sen_find_results_keep_block (search->results, kept->pdata, kept->len * sizeof *kept->pdata);
}

/* The first heading of these is what the whole is called; of others it is a sheet, a cover, a list of contents. */
static bool
begins_with_title (const char *name)
{
  static const char *const endings[] = { ".md", ".markdown", ".html", ".htm", ".xhtml", ".docx", ".odt", ".rtf", ".epub" };
  g_autofree char *folded = g_ascii_strdown (name, -1);
  if (g_str_has_suffix (folded, ".gz"))
    folded[strlen (folded) - strlen (".gz")] = '\0';
  for (size_t i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (folded, endings[i]))
      return true;
  return false;
}

/* What programs write where somebody wrote no title: the file's name, theirs, or that there is none. */
static bool
is_made_up (const char *title)
{
  static const char *const beginnings[] = {
    "microsoft word", "microsoft powerpoint", "powerpoint presentation", "powerpoint-präsentation",
  };
  static const char *const stock[] = {
    "untitled", "untitled document", "untitled-1", "unbenannt", "ohne titel", "no title", "title", "titel", "document", "document1",
    "dokument1", "layout 1", "slide 1", "folie 1", "contents", "cover",
  };
  /* Not just any: Node.js and ASP.NET have books. */
  static const char *const endings[] = {
    "pdf", "doc", "docx", "odt", "rtf", "txt", "tex", "dvi", "ps", "indd", "ppt", "pptx", "odp", "xls", "xlsx", "ods", "htm", "html",
  };
  g_autofree char *folded = g_utf8_strdown (title, -1);
  for (size_t i = 0; i < G_N_ELEMENTS (beginnings); i++)
    if (g_str_has_prefix (folded, beginnings[i]))
      return true;
  for (size_t i = 0; i < G_N_ELEMENTS (stock); i++)
    if (strcmp (folded, stock[i]) == 0)
      return true;
  const char *dot = strrchr (folded, '.');
  for (size_t i = 0; i < G_N_ELEMENTS (endings) && dot != NULL; i++)
    if (strcmp (dot + 1, endings[i]) == 0)
      return true;
  return false;
}

#define TITLE_LETTERS 200
/* Persian and Hindi are written with them. */
#define ZERO_WIDTH_NON_JOINER 0x200c
#define ZERO_WIDTH_JOINER 0x200d

/* One line for display: what turns the direction of letters could make another name of it. */
static char *
clean_title (const char *title)
{
  GString *clean = g_string_new (NULL);
  bool is_between = true;
  glong n = 0;
  const char *p = title;
  for (; *p != '\0' && n < TITLE_LETTERS; p = g_utf8_next_char (p))
    {
      gunichar letter = g_utf8_get_char (p);
      bool is_space = g_unichar_isspace (letter) || g_unichar_iscntrl (letter);
      bool is_joiner = letter == ZERO_WIDTH_NON_JOINER || letter == ZERO_WIDTH_JOINER;
      if ((is_space && is_between) || (g_unichar_type (letter) == G_UNICODE_FORMAT && !is_joiner))
        continue;
      g_string_append_unichar (clean, is_space ? ' ' : letter);
      is_between = is_space;
      n++;
    }
  if (*p != '\0')
    g_string_append (clean, "…");
  return g_strchomp (g_string_free (clean, FALSE));
}

/* Of a picture, title and headings are what somebody else wrote about it. */
static bool
add_title (Search *search, SenFindResult *result, GError **error)
{
  g_autofree char *title = NULL;
  bool is_heading;
  if (result->kind == SEN_FILE_PICTURE)
    return true;
  if (!sen_store_find_title (search->self->store, result->content, &title, &is_heading, error))
    return false;
  g_autofree char *clean = clean_title (title);
  if (is_made_up (clean) || (is_heading && !begins_with_title (result->name.text)))
    return true;
  g_autoptr (GArray) marks = g_array_new (FALSE, FALSE, sizeof (SenFindRange));
  sen_find_words_mark (search->words, clean, marks, NULL);
  result->title = keep_text (search, clean, marks);
  return true;
}

/* *@is_there false: its last file is gone meanwhile. */
static bool
add_result (Search *search, const SenFound *found, bool *is_there, GError **error)
{
  const SenHit hit = { .content = found->content, .chunk = found->chunk };
  g_auto (SenStorePlace) place = { 0 };
  if (!sen_store_find_place (search->self->store, &hit, search->query, &place, error))
    return false;
  *is_there = place.paths[0] != NULL;
  if (!*is_there)
    return true;
  bool in_text[SEN_QUERY_MAX_TERMS] = { false }, in_name[SEN_QUERY_MAX_TERMS] = { false };
  const SenChunk *chunk = &place.chunk;
  bool has_chunk = found->chunk != 0 && chunk->text != NULL;
  SenFindResult result = {
    .paths = keep_paths (search, place.paths), .n_paths = g_strv_length (place.paths), .kind = place.kind,
    .size_bytes = place.stamp.size_bytes, .mtime_ns = place.stamp.mtime_ns, .made_us = place.made_us,
    .language = sen_find_results_keep (search->results, place.language),
    .score = found->score, .cosine = search->is_passages ? found->likeness : best_cosine (search, found->content),
    .evidence = found->evidence, .strong = found->strong,
    .content = found->content, .chunk = has_chunk ? found->chunk : 0, .start_ms = -1, .end_ms = -1,
    .headings = "", .snippet = { "", NULL, 0 }, .passage = { "", NULL, 0 }, .title = { "", NULL, 0 }, .facts = "",
  };
  add_name (search, place.paths[0], &result, in_name);
  if (!add_title (search, &result, error))
    return false;
  if (has_chunk)
    {
      result.source = chunk->source;
      result.page = chunk->page;
      result.line = chunk->line;
      result.start_ms = chunk->start_ms;
      result.end_ms = chunk->end_ms;
      result.headings = sen_find_results_keep (search->results, chunk->headings);
      if (!add_place_text (search, &hit, chunk->text, &result, in_text, error))
        return false;
      g_autoptr (GArray) ignored = g_array_new (FALSE, FALSE, sizeof (SenFindRange));
      sen_find_words_mark (search->words, chunk->headings, ignored, in_text);
    }
  g_autofree char *matched = sen_find_words_matched (search->words, in_text);
  g_autofree char *matched_name = sen_find_words_matched (search->words, in_name);
  explain (search, found, &result, matched, matched_name);
  if (search->request->with_facts)
    {
      g_autofree char *facts = sen_find_describe (search->self, &result);
      result.facts = sen_find_results_keep (search->results, facts);
    }
  g_array_append_val (search->results->results, result);
  return true;
}

static void
fuse (Search *search, GArray *found, uint32_t *n_shown)
{
  /* Strong and weak, chosen by parts dev of tests/data/search and of the pictures. */
  static const float weights[][2] = { [WORDS] = { 0.3f, 0.3f }, [NAMES] = { 2.5f, 1.0f }, [MEANING] = { 1.0f, 1.0f } };
  static const SenEvidence evidence[] = { [WORDS] = SEN_EVIDENCE_WORDS, [NAMES] = SEN_EVIDENCE_NAMES, [MEANING] = SEN_EVIDENCE_MEANING };
  SenRanking rankings[FIRST_ROLE];
  for (int i = 0; i < N_LISTS; i++)
    {
      const List *list = &search->lists[i];
      if (i < FIRST_ROLE)
        rankings[i] = (SenRanking) { evidence[i], (const SenHit *) list->hits->data, list->hits->len, weights[i][0], &list->spread,
                                      weights[i][1], search->is_passages };
      for (guint j = 0; j < list->hits->len; j++)
        {
          int64_t content = g_array_index (list->hits, SenHit, j).content;
          g_hash_table_insert (list->places, GSIZE_TO_POINTER ((gsize) content), GUINT_TO_POINTER (j + 1));
        }
    }
  *n_shown = sen_fuse (rankings, FIRST_ROLE, found);
}

/* What holds the same bytes stands first, whether or not it has a vector. */
static void
put_same_first (Search *search, GArray *found, uint32_t *n_shown)
{
  for (guint i = search->same->len; i > 0; i--)
    {
      int64_t content = g_array_index (search->same, int64_t, i - 1);
      SenFound same = { .content = content };
      for (guint j = 0; j < found->len; j++)
        if (g_array_index (found, SenFound, j).content == content)
          {
            same = g_array_index (found, SenFound, j);
            *n_shown -= j < *n_shown;
            g_array_remove_index (found, j);
            break;
          }
      g_array_prepend_val (found, same);
      (*n_shown)++;
    }
}

static bool
find_newest (Search *search, GArray *found, uint32_t *n_shown, GError **error)
{
  g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (SenHit));
  if (!sen_store_search_newest (search->self->store, search->query, list_length (search), hits, search->cancel, error))
    return false;
  for (guint i = 0; i < hits->len; i++)
    g_array_append_vals (found, &(SenFound) { .content = g_array_index (hits, SenHit, i).content }, 1);
  *n_shown = found->len;
  return true;
}

static bool
answer (Search *search, GError **error)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (SenFound));
  SenFindResultsInfo *info = &search->results->info;
  const SenFindRequest *request = search->request;
  uint32_t limit = request->limit != 0 ? MIN (request->limit, SEN_FIND_MAX_LIMIT) : DEFAULT_LIMIT, n_shown = 0;
  if (!sen_query_has_words (search->query) && request->n_parts == 0 && request->like == NULL)
    {
      if (!find_newest (search, found, &n_shown, error))
        return false;
    }
  else
    {
      if (!find_same (search, error) || !search_literally (search, error) || !search_meaning (search, error))
        return false;
      search->is_passages = request->for_answer && request->text != NULL && search->meaning != NULL;
      fuse (search, found, &n_shown);
      put_same_first (search, found, &n_shown);
      if (search->is_passages)
        limit = (request->limit != 0 ? limit : SEN_GROUNDING_SOURCES) + N_BESIDE;
      const SenFindBest best = {
        .store = search->self->store, .space = &search->text_space, .vector = search->meaning, .question = request->text,
        .query = search->query, .n_most = limit,
      };
      if (search->is_passages && !sen_find_best (&best, found, &n_shown, search->cancel, error))
        return false;
      /* Who gives an example wants what is nearest to it, however near that is. */
      if (request->like != NULL)
        n_shown = found->len;
    }
  for (guint i = 0; i < found->len && search->results->results->len < limit; i++)
    {
      bool is_there;
      if (!add_result (search, &g_array_index (found, SenFound, i), &is_there, error))
        return false;
      info->n_shown += is_there && i < n_shown;
      if (sen_cancel_requested (search->cancel))
        {
          sen_find_fail (error, SEN_FIND_REASON_STOPPED, NULL);
          return false;
        }
    }
  return true;
}

static bool
check_request (const SenFindRequest *request, GError **error)
{
  if (request->n_parts <= SEN_FIND_MAX_PARTS)
    return true;
  return sen_find_fail_count (error, SEN_FIND_REASON_MANY_PARTS, SEN_FIND_MAX_PARTS);
}

static SenFindResults *
run (SenFind *self, const SenFindRequest *request, bool is_literal, SenCancel *cancel)
{
  gint64 begin = g_get_monotonic_time ();
  GError *error = NULL;
  g_autoptr (SenFindResults) results = sen_find_results_new ();
  Search search = {
    .self = self, .request = request, .results = results, .cancel = cancel, .is_literal = is_literal,
    .same = g_array_new (FALSE, FALSE, sizeof (int64_t)),
  };
  for (int i = 0; i < N_LISTS; i++)
    search.lists[i] = (List) { g_array_new (FALSE, FALSE, sizeof (SenHit)), g_hash_table_new (NULL, NULL), { 0 } };

  search.query = check_request (request, &error) ? sen_find_parse (request, &error) : NULL;
  search.words = sen_find_words_new (search.query);
  results->info.is_whole = !is_literal;
  bool ok = search.query != NULL && sen_find_open_store (self, &results->info.has_index, &error);
  ok = ok && (!results->info.has_index || answer (&search, &error));

  for (int i = 0; i < N_LISTS; i++)
    {
      g_array_unref (search.lists[i].hits);
      g_hash_table_unref (search.lists[i].places);
    }
  g_array_unref (search.same);
  g_free (search.meaning);
  sen_find_words_free (search.words);
  sen_query_free (search.query);
  if (g_error_matches (error, SEN_ERROR, SEN_ERROR_CANCELLED))
    {
      g_error_free (error);
      return NULL;
    }
  /* What could not be opened for this search would not be for the next one either. */
  if (!is_literal && results->info.has_index)
    self->is_warm = true;
  if (!ok)
    sen_find_results_set_error (results, error);
  sen_find_results_finish (results);
  results->info.elapsed_ms = (double) (g_get_monotonic_time () - begin) / 1000.0;
  return g_steal_pointer (&results);
}

SenFindResults *
sen_find_run (SenFind *self, const SenFindRequest *request, SenCancel *cancel)
{
  return run (self, request, false, cancel);
}

SenFindResults *
sen_find_run_literally (SenFind *self, const SenFindRequest *request, SenCancel *cancel)
{
  return run (self, request, true, cancel);
}
