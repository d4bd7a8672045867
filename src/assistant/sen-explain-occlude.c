/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-explain-occlude.h"

#include "sen-error.h"
#include "sen-generate.h"

/* The prompt and the answer of an explanation, cut where the answer begins. */
typedef struct {
  const SenExplainOcclude *what;
  SenExplanationInfo      *info;
  SenSession              *session;     /* of its own */
  SenPart                 *parts;
  size_t                   n_parts;
  SenToken                *answer;
  uint32_t                 first, n;    /* of the answer, in pieces */
  int32_t                 *unit_of;     /* the explanation's */
  uint32_t                *positions;
  SenOcclusionUnit        *units;
  SenOcclusion            *occlusion;
} Cut;

static void
cut_clear (Cut *cut)
{
  sen_occlusion_free (cut->occlusion);
  sen_session_free (cut->session);
  g_free (cut->parts);
  g_free (cut->answer);
  g_free (cut->positions);
  g_free (cut->units);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Cut, cut_clear)

/* --- Where the answer begins --------------------------------------------------------------------------------------------------------- */

static bool
find_answer (Cut *cut, GError **error)
{
  const SenExplanationInfo *info = cut->info;
  cut->first = info->first_query + 1;
  cut->n = cut->what->is_message ? info->n_queries - 1 : 1;
  cut->answer = g_new (SenToken, MAX (cut->n, 1));
  if (cut->first == info->n_pieces)
    {
      SenAlternative likeliest;
      uint32_t n_vocab = sen_model_info (sen_session_model (cut->what->session))->n_vocab;
      sen_top_logprobs (sen_session_logits (cut->what->session), n_vocab, &likeliest, 1);
      cut->answer[0] = likeliest.token;
      return true;
    }
  if (cut->n == 0)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_INVALID, "this message has one token, and nothing before it that could be left out");
      return false;
    }
  for (uint32_t i = 0; i < cut->n; i++)
    {
      cut->answer[i] = info->pieces[cut->first + i].id;
      if (cut->answer[i] >= 0)
        continue;
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_INVALID,
                           "what follows is a picture or a recording and not the model's words; ask about its answer");
      return false;
    }
  return true;
}

static void
cut_parts (Cut *cut)
{
  uint32_t left = cut->first;
  cut->parts = g_memdup2 (cut->what->parts, cut->what->n_parts * sizeof *cut->parts);
  for (; cut->n_parts < cut->what->n_parts && left > 0; cut->n_parts++)
    {
      SenPart *part = &cut->parts[cut->n_parts];
      part->n = MIN (part->n, left);
      left -= part->n;
    }
}

/* --- Units --------------------------------------------------------------------------------------------------------------------------- */

static bool
list_units (Cut *cut, GError **error)
{
  SenExplanationInfo *info = cut->info;
  cut->unit_of = sen_explanation_take (cut->what->explanation, g_new (int32_t, info->n_pieces));
  info->unit_of = cut->unit_of;
  info->n_units = sen_explain_units (info, cut->first, cut->what->grain, cut->unit_of);
  if (info->n_units == 0)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_INVALID, "there are no words before the answer that could be left out");
      return false;
    }
  g_autofree uint32_t *starts = g_new0 (uint32_t, info->n_units + 1);
  for (uint32_t i = 0; i < info->n_pieces; i++)
    if (cut->unit_of[i] >= 0)
      starts[cut->unit_of[i] + 1]++;
  for (uint32_t i = 0; i < info->n_units; i++)
    starts[i + 1] += starts[i];
  cut->positions = g_new (uint32_t, starts[info->n_units]);
  cut->units = g_new0 (SenOcclusionUnit, info->n_units);
  for (uint32_t i = 0; i < info->n_pieces; i++)
    if (cut->unit_of[i] >= 0)
      {
        SenOcclusionUnit *unit = &cut->units[cut->unit_of[i]];
        uint32_t *positions = cut->positions + starts[cut->unit_of[i]];
        positions[unit->n++] = i;
        unit->positions = positions;
      }
  return true;
}

static bool
cut_open (Cut *cut, GError **error)
{
  if (!find_answer (cut, error) || !list_units (cut, error))
    return false;
  cut_parts (cut);
  cut->session = sen_session_new_beside (cut->what->session, cut->first + cut->n, error);
  if (cut->session == NULL)
    return false;
  const SenOcclusionParams params = {
    .parts = cut->parts, .n_parts = cut->n_parts, .answer = cut->answer, .n_answer = cut->n, .units = cut->units,
    .n_units = cut->info->n_units,
  };
  cut->occlusion = sen_occlusion_new (cut->session, &params, error);
  return cut->occlusion != NULL;
}

/* --- The two questions --------------------------------------------------------------------------------------------------------------- */

/* From the last unit to the first more and more is read again, so that their number says little about the time they take. */
static void
on_progress (uint32_t n_done, uint32_t n_total, gpointer data)
{
  const Cut *cut = data;
  double done = 0.0, total = 0.0;
  for (uint32_t unit = 0; unit < n_total; unit++)
    {
      double n_read = cut->first + cut->n - cut->units[unit].positions[0];
      total += n_read;
      done += unit + n_done >= n_total ? n_read : 0.0;
    }
  if (cut->what->progress != NULL)
    cut->what->progress ("Leaving out", done / total, cut->what->user_data);
}

bool
sen_explain_occlude (const SenExplainOcclude *what, float *weights, SenCancel *cancel, GError **error)
{
  g_auto (Cut) cut = { .what = what, .info = &what->explanation->info };
  if (!cut_open (&cut, error))
    return false;
  SenExplanationInfo *info = cut.info;
  g_autofree float *full = g_new (float, cut.n), *change = g_new (float, (gsize) cut.n * info->n_units);
  if (!sen_occlusion_run (cut.occlusion, full, change, on_progress, &cut, cancel, error))
    return false;

  float *sums = sen_explanation_take (what->explanation, g_new0 (float, info->n_units));
  for (uint32_t unit = 0; unit < info->n_units; unit++)
    for (uint32_t i = 0; i < cut.n; i++)
      sums[unit] += change[(size_t) unit * cut.n + i];
  info->unit_changes = sums;
  for (uint32_t i = 0; i < cut.n; i++)
    {
      info->answer_logprob += full[i];
      for (uint32_t j = 0; j < info->n_pieces; j++)
        if (cut.unit_of[j] >= 0)
          weights[(size_t) i * info->n_pieces + j] = change[(size_t) cut.unit_of[j] * cut.n + i];
    }
  return true;
}

/* Occlusion weighs units as they are; the others weigh pieces, which add up. */
static float *
heat_of_units (const Cut *cut)
{
  const SenExplanationInfo *info = cut->info;
  if (info->unit_changes != NULL)
    return g_memdup2 (info->unit_changes, info->n_units * sizeof (float));
  float *heat = g_new0 (float, info->n_units);
  for (uint32_t i = 0; i < cut->n; i++)
    for (uint32_t j = 0; j < info->n_pieces; j++)
      if (cut->unit_of[j] >= 0)
        heat[cut->unit_of[j]] += info->weights[(size_t) i * info->n_pieces + j];
  return heat;
}

static void
on_trust (uint32_t n_done, uint32_t n_total, gpointer data)
{
  const SenExplainOcclude *what = data;
  if (what->progress != NULL)
    what->progress ("Measuring trust", (double) n_done / n_total, what->user_data);
}

bool
sen_explain_trust (const SenExplainOcclude *what, const SenTrustParams *params, SenCancel *cancel, GError **error)
{
  g_auto (Cut) cut = { .what = what, .info = &what->explanation->info };
  if (!cut_open (&cut, error))
    return false;
  g_autofree float *heat = heat_of_units (&cut);
  SenTrustParams own = *params;
  own.heat = heat;
  own.progress = on_trust;
  own.user_data = (gpointer) what;
  SenTrust trust;
  if (!sen_trust_measure (&trust, cut.occlusion, &own, cancel, error))
    return false;
  SenTrust *kept = sen_explanation_take (what->explanation, g_memdup2 (&trust, sizeof trust));
  sen_explanation_take (what->explanation, kept->deletion);
  sen_explanation_take (what->explanation, kept->insertion);
  sen_explanation_take (what->explanation, kept->chance);
  sen_explanation_take (what->explanation, kept->chance_spread);
  cut.info->trust = kept;
  return true;
}
