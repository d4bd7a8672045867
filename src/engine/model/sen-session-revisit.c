/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Positions that were read before are looked at again: a pass without its stores reads their keys and values from the caches and
 * changes nothing that the session knows. */
#include "sen-error.h"
#include "sen-session-private.h"

/* What a pass brings out for one batch, at most. A batch of at least one row is taken all the same. */
#define OUTPUT_BYTES (64ull << 20)

/* Rows of the residual stream that are projected at once: the layers of a small model. */
#define PROJECT_ROWS 32

/* What is asked of positions. */
typedef struct {
  const SenTaps *taps;
  bool           with_logits;
  const float   *stream;        /* f32 [n][n_embd] before the one tapped layer, from position stream_first on: only this layer's rows */
  uint32_t       stream_first;
  uint32_t       stream_n;
} Question;

struct SenRevisit {
  /* Owned */
  SenPass  *pass;
  uint32_t *layers;           /* the arrays of taps, one behind the other */
  int32_t  *ids, *out_rows;   /* [n_batch], [n_window] */
  float    *embeddings;       /* [n_batch][n_embd], allocated with the first embedding */
  float    *values;           /* what was brought out: attention, hidden, parts, logits */
  float   **attention, **hidden, **heads, **feed_forward;
  float    *embedding, *logits;

  /* What it is good for */
  SenTaps   taps;             /* its arrays are the one above */
  bool      with_logits, together, from_stream;
  uint32_t  n_batch;          /* rows that it reads */
  uint32_t  n_window;         /* rows of these whose attention and logits it brings out */
};

static void
revisit_free (SenRevisit *revisit)
{
  if (revisit == NULL)
    return;
  sen_pass_free (revisit->pass);
  g_free (revisit->layers);
  g_free (revisit->ids);
  g_free (revisit->out_rows);
  g_free (revisit->embeddings);
  g_free (revisit->values);
  g_free (revisit->attention);
  g_free (revisit->hidden);
  g_free (revisit->heads);
  g_free (revisit->feed_forward);
  g_free (revisit);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenRevisit, revisit_free)

void
sen_session_drop_revisits (SenSession *session)
{
  for (int i = 0; i < SEN_N_REVISITS; i++)
    g_clear_pointer (&session->revisits[i], revisit_free);
  g_clear_pointer (&session->project, sen_pass_free);
}

static bool
same_layers (const uint32_t *a, uint32_t n_a, const uint32_t *b, uint32_t n_b)
{
  return n_a == n_b && (n_a == 0 || memcmp (a, b, n_a * sizeof *a) == 0);
}

static bool
suits (const SenRevisit *revisit, const Question *question, uint32_t n_together)
{
  const SenTaps *own = &revisit->taps, *taps = question->taps;
  return revisit->with_logits == question->with_logits && revisit->from_stream == (question->stream != NULL)
         && revisit->together == (n_together > 0) && revisit->n_batch >= n_together
         && memcmp (own->head_mask, taps->head_mask, sizeof own->head_mask) == 0
         && same_layers (own->attention_layers, own->n_attention_layers, taps->attention_layers, taps->n_attention_layers)
         && same_layers (own->hidden_layers, own->n_hidden_layers, taps->hidden_layers, taps->n_hidden_layers)
         && same_layers (own->part_layers, own->n_part_layers, taps->part_layers, taps->n_part_layers);
}

/* Numbers that a row brings out: of each row looked at, and of each that is read. */
typedef struct {
  uint64_t attention, logits;             /* of a row looked at: of one layer, and at all */
  uint64_t hidden, heads, embedding;      /* of a row read: of one layer, of one layer, and at all */
  uint64_t window, batch;                 /* sums */
} RowSize;

static RowSize
measure_row (const SenSession *session, const SenTaps *taps, bool with_logits)
{
  const SenHyperparams *hp = &session->model->hp;
  RowSize size = {
    .attention = (uint64_t) sen_taps_n_head (taps, hp) * session->placement.n_ctx,
    .logits = with_logits ? hp->n_vocab : 0,
    .hidden = hp->n_embd,
    .heads = (uint64_t) hp->n_head * hp->head_dim,
    .embedding = taps->n_part_layers > 0 ? hp->n_embd : 0,
  };
  size.window = taps->n_attention_layers * size.attention + size.logits;
  size.batch = taps->n_hidden_layers * size.hidden + taps->n_part_layers * (size.heads + size.hidden) + size.embedding;
  return size;
}

static float **
share_out (float **next, uint32_t n_layers, uint64_t n_values)
{
  float **arrays = g_new (float *, n_layers + 1);
  for (uint32_t i = 0; i < n_layers; i++, *next += n_values)
    arrays[i] = *next;
  return arrays;
}

/* Parts read together are read whole, and looked at in windows; all others in batches as long as their windows. */
static bool
take_memory (SenRevisit *revisit, SenSession *session, uint32_t n_together, uint64_t output_bytes, GError **error)
{
  const SenTaps *taps = &revisit->taps;
  RowSize size = measure_row (session, taps, revisit->with_logits);
  uint64_t row_cells = size.window + (n_together == 0 ? size.batch : 0);
  uint32_t n_most = n_together > 0 ? n_together : session->n_batch;
  revisit->n_window = (uint32_t) CLAMP (output_bytes / sizeof (float) / MAX (row_cells, 1), 1, n_most);
  revisit->n_batch = n_together > 0 ? n_together : revisit->n_window;

  uint64_t n_window = revisit->n_window, n_batch = revisit->n_batch, n_values = size.window * n_window + size.batch * n_batch;
  revisit->values = n_values <= G_MAXSIZE / sizeof (float) ? g_try_new (float, MAX (n_values, 1)) : NULL;
  if (revisit->values == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "there is no memory for the %" G_GUINT64_FORMAT " numbers to look at", n_values);
      return false;
    }
  float *next = revisit->values;
  revisit->attention = share_out (&next, taps->n_attention_layers, size.attention * n_window);
  revisit->hidden = share_out (&next, taps->n_hidden_layers, size.hidden * n_batch);
  revisit->heads = share_out (&next, taps->n_part_layers, size.heads * n_batch);
  revisit->feed_forward = share_out (&next, taps->n_part_layers, size.hidden * n_batch);
  revisit->embedding = next;
  revisit->logits = revisit->with_logits ? next + size.embedding * n_batch : NULL;
  revisit->ids = g_new (int32_t, revisit->n_batch);
  revisit->out_rows = g_new (int32_t, revisit->n_window);
  return true;
}

static void
copy_taps (SenRevisit *revisit, const SenTaps *taps)
{
  const uint32_t *const lists[] = { taps->attention_layers, taps->hidden_layers, taps->part_layers };
  const uint32_t n[] = { taps->n_attention_layers, taps->n_hidden_layers, taps->n_part_layers };
  const uint32_t **copies[] = { &revisit->taps.attention_layers, &revisit->taps.hidden_layers, &revisit->taps.part_layers };
  revisit->taps = *taps;
  uint32_t *next = revisit->layers = g_new (uint32_t, (gsize) n[0] + n[1] + n[2] + 1);
  for (size_t i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      *copies[i] = next;
      for (uint32_t j = 0; j < n[i]; j++)
        *next++ = lists[i][j];
    }
}

/* @n_together: length of the part that it is for, 0 for positions that are read in order. */
static SenRevisit *
revisit_new (SenSession *session, const Question *question, uint32_t n_together, uint64_t output_bytes, GError **error)
{
  g_autoptr (SenRevisit) revisit = g_new0 (SenRevisit, 1);
  copy_taps (revisit, question->taps);
  revisit->with_logits = question->with_logits;
  revisit->from_stream = question->stream != NULL;
  revisit->together = n_together > 0;
  if (!take_memory (revisit, session, n_together, output_bytes, error))
    return NULL;

  const SenPassShape shape = {
    .kind = revisit->from_stream ? SEN_PASS_LAYER_ROWS : SEN_PASS_WHOLE,
    .layer = revisit->from_stream ? revisit->taps.attention_layers[0] : 0, .n_batch = revisit->n_batch,
    .n_out_max = revisit->with_logits ? revisit->n_window : 0, .with_embeddings = true, .together = revisit->together, .revisit = true,
    .n_tap_row_max = revisit->n_window, .taps = &revisit->taps,
  };
  revisit->pass = sen_pass_new (&session->placement, &shape, error);
  return revisit->pass != NULL ? g_steal_pointer (&revisit) : NULL;
}

/* On a device whose memory the model fills, shorter batches may still find room. */
static SenRevisit *
make_revisit (SenSession *session, const Question *question, uint32_t n_together, GError **error)
{
  for (uint64_t output_bytes = OUTPUT_BYTES;; output_bytes /= 4)
    {
      g_autoptr (GError) local_error = NULL;
      SenRevisit *revisit = revisit_new (session, question, n_together, output_bytes, &local_error);
      if (revisit != NULL)
        return revisit;
      if (output_bytes == 0 || !g_error_matches (local_error, SEN_ERROR, SEN_ERROR_DEVICE_MEMORY))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return NULL;
        }
      sen_session_drop_revisits (session);
    }
}

/* One that was made before, else a new one in the place of that longest unused. */
static SenRevisit *
find_revisit (SenSession *session, const Question *question, uint32_t n_together, GError **error)
{
  SenRevisit **kept = session->revisits;
  int i = 0;
  while (i < SEN_N_REVISITS && kept[i] != NULL && !suits (kept[i], question, n_together))
    i++;
  i = MIN (i, SEN_N_REVISITS - 1);
  SenRevisit *found = kept[i];
  if (found == NULL || !suits (found, question, n_together))
    {
      /* Its memory is the new one's. */
      g_clear_pointer (&kept[i], revisit_free);
      found = make_revisit (session, question, n_together, error);
    }
  if (found == NULL)
    return NULL;
  kept[i] = NULL;
  memmove (kept + 1, kept, (size_t) i * sizeof *kept);
  kept[0] = found;
  return found;
}

/* Rows of n_ctx cells become rows of @n_key. */
static void
close_up (float *rows, size_t n_row, uint32_t n_ctx, uint32_t n_key)
{
  for (size_t i = 1; n_key < n_ctx && i < n_row; i++)
    memmove (rows + i * n_key, rows + i * n_ctx, n_key * sizeof (float));
}

/* What the caller wants of positions[at, at + n_batch): rows [from, from + n_window) of them, n_key cells each. */
typedef struct {
  const Position *positions;
  uint32_t        at, n_batch, from, n_window, n_key;
} Window;

static bool
run_window (SenSession *session, SenRevisit *revisit, const Question *question, const Window *window, SenCancel *cancel, GError **error)
{
  uint32_t n_embd = session->model->hp.n_embd, n_embeddings = 0;
  const float *embeddings = revisit->embeddings;
  for (uint32_t i = 0; question->stream == NULL && i < window->n_batch; i++)
    {
      const Position *position = &window->positions[window->at + i];
      revisit->ids[i] = position->token;
      if (position->embedding == NULL)
        continue;
      if (revisit->embeddings == NULL)
        embeddings = revisit->embeddings = g_new (float, (gsize) revisit->n_batch * n_embd);
      memcpy (revisit->embeddings + (size_t) n_embeddings * n_embd, position->embedding, n_embd * sizeof (float));
      revisit->ids[i] = -1 - (int32_t) n_embeddings++;
    }
  if (question->stream != NULL)
    {
      embeddings = question->stream + (size_t) (window->at - question->stream_first) * n_embd;
      n_embeddings = window->n_batch;
    }
  for (uint32_t i = 0; i < window->n_window; i++)
    revisit->out_rows[i] = (int32_t) (window->from + i);

  const SenBatch batch = {
    .ids = revisit->ids, .embeddings = embeddings, .n_embeddings = n_embeddings, .n_tokens = window->n_batch,
    .n_past = window->at, .places = &g_array_index (session->places, SenPlace, window->at), .out_rows = revisit->out_rows,
    .n_out = window->n_window, .tap_row = window->from, .n_tap_row = window->n_window,
  };
  return sen_pass_run (revisit->pass, &batch, revisit->logits, cancel, error);
}

static bool
tell (SenSession *session, SenRevisit *revisit, const Window *window, SenRevisitFunc func, gpointer user_data, GError **error)
{
  const SenTaps *taps = &revisit->taps;
  const SenHyperparams *hp = &session->model->hp;
  uint32_t n_head = sen_taps_n_head (taps, hp), n_key = window->n_key;
  for (uint32_t i = 0; i < taps->n_attention_layers; i++)
    {
      if (!sen_pass_read_attention (revisit->pass, i, window->n_window, revisit->attention[i], error))
        return false;
      close_up (revisit->attention[i], (size_t) window->n_window * n_head, session->placement.n_ctx, n_key);
    }

  g_autofree const float **hidden = g_new (const float *, taps->n_hidden_layers + 1);
  g_autofree const float **heads = g_new (const float *, taps->n_part_layers + 1);
  g_autofree const float **feed_forward = g_new (const float *, taps->n_part_layers + 1);
  for (uint32_t i = 0; i < taps->n_hidden_layers; i++)
    {
      if (!sen_pass_read_hidden (revisit->pass, i, window->n_batch, revisit->hidden[i], error))
        return false;
      hidden[i] = revisit->hidden[i] + (size_t) window->from * hp->n_embd;
    }
  for (uint32_t i = 0; i < taps->n_part_layers; i++)
    {
      if (!sen_pass_read_heads (revisit->pass, i, window->n_batch, revisit->heads[i], error)
          || !sen_pass_read_feed_forward (revisit->pass, i, window->n_batch, revisit->feed_forward[i], error))
        return false;
      heads[i] = revisit->heads[i] + (size_t) window->from * hp->n_head * hp->head_dim;
      feed_forward[i] = revisit->feed_forward[i] + (size_t) window->from * hp->n_embd;
    }
  if (taps->n_part_layers > 0 && !sen_pass_read_embedding (revisit->pass, window->n_batch, revisit->embedding, error))
    return false;

  const SenRevisitRows rows = {
    .first = window->at + window->from, .n = window->n_window, .n_key = n_key, .n_head_tapped = n_head,
    .attention = (const float *const *) revisit->attention, .hidden = hidden, .heads = heads, .feed_forward = feed_forward,
    .embedding = taps->n_part_layers > 0 ? revisit->embedding + (size_t) window->from * hp->n_embd : NULL, .logits = revisit->logits,
  };
  return func (&rows, user_data, error);
}

/* SEN_ERROR_INVALID where positions [0, end) are not what was read. */
static bool
check_timeline (const SenSession *session, const GArray *positions, uint32_t end, GError **error)
{
  uint32_t n_there = MIN (session->timeline->len, positions->len);
  if (end > n_there)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "position %u cannot be looked at again: %u were read", end - 1, n_there);
      return false;
    }
  for (uint32_t i = 0; i < end; i++)
    if (g_array_index (session->timeline, uint64_t, i) != g_array_index (positions, Position, i).key)
      {
        g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "position %u is not what was read there; read the conversation again", i);
        return false;
      }
  return true;
}

/* The stretch from @at that one run takes, of which [first, end) is wanted. */
static Window
next_window (const Position *positions, uint32_t at, uint32_t end)
{
  if (positions[at].n_together > 0)
    return (Window) { positions, at - positions[at].index, positions[at].n_together, positions[at].index, 0, 0 };
  uint32_t n = 1;
  while (at + n < end && positions[at + n].n_together == 0)
    n++;
  return (Window) { positions, at, n, 0, 0, 0 };
}

/* The stream must hold what a batch reads, of parts read together more than what is asked for. */
static bool
check_stream (const Question *question, const Window *window, GError **error)
{
  if (question->stream == NULL || (window->at >= question->stream_first
                                   && window->at + window->n_batch <= question->stream_first + question->stream_n))
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "positions %u to %u are read together: all of them must be given", window->at,
               window->at + window->n_batch - 1);
  return false;
}

static bool
look_at (SenSession *session, const SenPart *parts, size_t n_parts, uint32_t first, uint32_t n, const Question *question,
         SenRevisitFunc func, gpointer user_data, SenCancel *cancel, GError **error)
{
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (Position));
  if (!sen_taps_check (question->taps, &session->model->hp, error)
      || !sen_session_list_positions (session, parts, n_parts, list, error))
    return false;
  if (n > list->len || first > list->len - n)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "%u positions from %u on cannot be looked at again: there are %u", n, first,
                   list->len);
      return false;
    }

  /* A part that is read together is read to its end. */
  const Position *positions = (const Position *) list->data;
  uint32_t end = first + n, last = end - 1;
  uint32_t n_needed = positions[last].n_together > 0 ? end + positions[last].n_together - 1 - positions[last].index : end;
  if (!check_timeline (session, list, n_needed, error))
    return false;

  for (uint32_t at = first; at < end;)
    {
      Window window = next_window (positions, at, end);
      uint32_t n_together = positions[at].n_together;
      SenRevisit *revisit = find_revisit (session, question, n_together, error);
      if (revisit == NULL)
        return false;
      if (n_together == 0)
        window.n_batch = MIN (MIN (window.n_batch, revisit->n_batch), sen_pass_max_tokens (revisit->pass));
      window.n_window = MIN (MIN (window.n_batch - window.from, end - at), revisit->n_window);
      window.n_key = MIN (session->timeline->len, list->len);
      if (!check_stream (question, &window, error) || !run_window (session, revisit, question, &window, cancel, error)
          || !tell (session, revisit, &window, func, user_data, error))
        return false;
      at += window.n_window;
    }
  return true;
}

bool
sen_session_revisit (SenSession *session, const SenPart *parts, size_t n_parts, uint32_t first, uint32_t n, const SenTaps *taps,
                     bool with_logits, SenRevisitFunc func, gpointer user_data, SenCancel *cancel, GError **error)
{
  g_return_val_if_fail (n > 0, false);
  const SenTaps nothing = { 0 };
  const Question question = { .taps = taps != NULL ? taps : &nothing, .with_logits = with_logits };
  return look_at (session, parts, n_parts, first, n, &question, func, user_data, cancel, error);
}

bool
sen_session_layer_rows (SenSession *session, const SenPart *parts, size_t n_parts, uint32_t first, uint32_t n, uint32_t layer,
                        const float *hidden, SenRevisitFunc func, gpointer user_data, SenCancel *cancel, GError **error)
{
  g_return_val_if_fail (n > 0, false);
  const SenTaps taps = { .attention_layers = &layer, .n_attention_layers = 1 };
  const Question question = { .taps = &taps, .stream = hidden, .stream_first = first, .stream_n = n };
  return look_at (session, parts, n_parts, first, n, &question, func, user_data, cancel, error);
}

/* --- Output --------------------------------------------------------------------------------------------------------- */

bool
sen_session_project (SenSession *session, const float *hidden, uint32_t n, float *logits, SenCancel *cancel, GError **error)
{
  const SenHyperparams *hp = &session->model->hp;
  int32_t rows[PROJECT_ROWS];
  if (session->prefill == NULL)
    return sen_session_lost (error);
  if (session->project == NULL)
    {
      const SenPassShape shape = { .kind = SEN_PASS_OUTPUT, .n_batch = PROJECT_ROWS, .n_out_max = PROJECT_ROWS, .with_embeddings = true };
      session->project = sen_pass_new (&session->placement, &shape, error);
      if (session->project == NULL)
        return false;
    }
  for (int32_t i = 0; i < PROJECT_ROWS; i++)
    rows[i] = i;
  for (uint32_t done = 0; done < n;)
    {
      uint32_t n_row = MIN (MIN (n - done, PROJECT_ROWS), sen_pass_max_tokens (session->project));
      const SenBatch batch = {
        .embeddings = hidden + (size_t) done * hp->n_embd, .n_embeddings = n_row, .n_tokens = n_row, .out_rows = rows, .n_out = n_row,
      };
      if (!sen_pass_run (session->project, &batch, logits + (size_t) done * hp->n_vocab, cancel, error))
        return false;
      done += n_row;
    }
  return true;
}
