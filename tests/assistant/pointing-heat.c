/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   pointing-heat MODELS CONNECTOR CPU_THREADS [occlusion]
 *
 * Where a model looks on pictures for a word of an answer, for tools/bench-pointing.py. Reads lines PICTURE \t QUESTION \t ANSWER \t WORD
 * from stdin; the answer is read as if the model had given it, and ends in the word. For each line a JSON object with maps
 * [N_SIDE * N_SIDE] over the picture, row by row: "saliency" of the encoder's own decoder, "embeddings" (how far each is from their mean),
 * "mean" and "maximum" of attention while the word was chosen, "reading" (mean) while it was read, "other" (mean) while the answer's words
 * before it were chosen, and with occlusion by how much the word's first token falls. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sen-cpu.h"
#include "sen-decode.h"
#include "sen-explain.h"
#include "sen-import.h"
#include "sen-vit-saliency.h"
#include "stop-on.h"

#define N_SIDE 32
#define N_MAP (N_SIDE * N_SIDE)
#define PICTURE 0     /* the one media */
#define ANSWER 1      /* message */

typedef struct {
  SenDecode         *decode;
  SenMultimodal     *multimodal;
  SenSession        *session;
  SenVit            *vit;
  SenVitEncoder     *encoder;
  SenVitSaliency    *saliency;
  bool               with_occlusion;
} Bench;

static void
print_map (const char *name, const float *map)
{
  printf (",\"%s\":[", name);
  for (int i = 0; i < N_MAP; i++)
    printf ("%s%.5g", i > 0 ? "," : "", (double) map[i]);
  printf ("]");
}

/* --- What draws the eye --------------------------------------------------------------------------------------------------------------- */

/* The map of the prepared pixels, taken at the middle of each field of the picture. */
static void
print_saliency (const Bench *bench, const char *path)
{
  GError *error = NULL;
  const SenVitPreparation *preparation = &sen_vit_info (bench->vit)->preparation;
  uint32_t size = preparation->image_size;
  g_autofree float *pixels = g_new (float, 3 * size * size), *map = g_new (float, size * size);
  float fields[N_MAP];
  SenVitView view;
  g_autoptr (SenImage) image = sen_decode_picture (bench->decode, path, NULL, NULL, &error);
  stop_on (error);
  g_assert_true (sen_vit_prepare (preparation, sen_image_pixels (image), (uint32_t) sen_image_width (image),
                                  (uint32_t) sen_image_height (image), pixels, &view));
  sen_vit_encoder_run (bench->encoder, pixels, NULL, &error);
  stop_on (error);
  sen_vit_saliency_run (bench->saliency, map, NULL, &error);
  stop_on (error);
  for (int i = 0; i < N_MAP; i++)
    {
      double x = ((i % N_SIDE + 0.5) / N_SIDE - view.picture_left) / view.picture_width * view.width + view.left;
      double y = ((i / N_SIDE + 0.5) / N_SIDE - view.picture_top) / view.picture_height * view.height + view.top;
      fields[i] = map[(uint32_t) CLAMP (y, 0.0, size - 1.0) * size + (uint32_t) CLAMP (x, 0.0, size - 1.0)];
    }
  print_map ("saliency", fields);
}

/* --- Where the model looked ----------------------------------------------------------------------------------------------------------- */

static SenExplanation *
look (const Bench *bench, const SenMultimodalPrompt *prompt, const SenExplainParams *params)
{
  GError *error = NULL;
  SenExplanation *explanation = sen_explain (prompt, bench->session, params, NULL, &error);
  stop_on (error);
  return explanation;
}

/* Pieces [*@first, *@end) of the answer are its last word. */
static void
find_word (const SenExplanationInfo *info, size_t start, uint32_t *first, uint32_t *end)
{
  *first = *end = 0;
  for (uint32_t i = 0; i < info->n_pieces; i++)
    if (info->pieces[i].message == ANSWER && info->pieces[i].kind == SEN_PIECE_TEXT && info->pieces[i].end > start)
      {
        *first = *first > 0 ? *first : i;
        *end = i + 1;
      }
  g_assert_cmpuint (*first, >, 0);
}

/* The sum of the rows of queries [@first, @end), as a map. */
static void
print_rows (const char *name, const SenExplanation *explanation, uint32_t first, uint32_t end)
{
  const SenExplanationInfo *info = sen_explanation_info (explanation);
  g_autofree float *sum = g_new0 (float, info->n_pieces);
  float map[N_MAP];
  for (uint32_t query = first; query < end; query++)
    {
      const float *row = sen_explanation_row (explanation, query);
      for (uint32_t i = 0; row != NULL && i < info->n_pieces; i++)
        sum[i] += row[i];
    }
  g_assert_true (sen_explanation_heat (explanation, sum, PICTURE, N_SIDE, map));
  print_map (name, map);
}

/* How far each embedding is from the mean of all: what the connector tells apart. */
static void
print_embeddings (const SenExplanation *explanation, const SenMedia *media, uint32_t n_embd)
{
  const SenExplanationInfo *info = sen_explanation_info (explanation);
  g_autofree float *row = g_new0 (float, info->n_pieces);
  float map[N_MAP];
  size_t marks = 0;
  while (sen_media_span (media, marks)->part.embeddings == NULL)
    marks++;
  const SenPart *part = &sen_media_span (media, marks)->part;
  for (uint32_t j = 0; j < n_embd; j++)
    {
      float mean = 0.0f;
      for (uint32_t i = 0; i < part->n; i++)
        mean += part->embeddings[i * n_embd + j] / (float) part->n;
      for (uint32_t i = 0; i < part->n; i++)
        row[info->spans[0].first + i] += (part->embeddings[i * n_embd + j] - mean) * (part->embeddings[i * n_embd + j] - mean);
    }
  for (uint32_t i = 0; i < part->n; i++)
    row[info->spans[0].first + i] = sqrtf (row[info->spans[0].first + i]);
  g_assert_true (sen_explanation_heat (explanation, row, PICTURE, N_SIDE, map));
  print_map ("embeddings", map);
}

static void
print_heat (const Bench *bench, const SenMultimodalPrompt *prompt, const char *answer, const char *word)
{
  SenExplainParams params = { .method = SEN_EXPLAIN_ATTENTION, .message = ANSWER, .query = SEN_EXPLAIN_EVERY };
  g_autoptr (SenExplanation) mean = look (bench, prompt, &params);
  uint32_t first, end;
  const SenMultimodalDirect *direct = g_ptr_array_index (sen_multimodal_prompt_direct (prompt), 0);
  print_embeddings (mean, direct->media, sen_model_info (sen_session_model (bench->session))->n_embd);
  find_word (sen_explanation_info (mean), strlen (answer) - strlen (word), &first, &end);
  print_rows ("mean", mean, first - 1, end - 1);
  print_rows ("reading", mean, first, end);
  print_rows ("other", mean, sen_explanation_info (mean)->first_query, first - 1);
  params.is_maximum = true;
  g_autoptr (SenExplanation) maximum = look (bench, prompt, &params);
  print_rows ("maximum", maximum, first - 1, end - 1);
  if (!bench->with_occlusion)
    return;
  params = (SenExplainParams) { .method = SEN_EXPLAIN_OCCLUSION, .message = SEN_EXPLAIN_EVERY, .query = first - 1 };
  g_autoptr (SenExplanation) occlusion = look (bench, prompt, &params);
  print_rows ("occlusion", occlusion, first - 1, first);
}

static void
run (const Bench *bench, const char *path, const char *question, const char *answer, const char *word)
{
  GError *error = NULL;
  const SenChatMessage messages[] = { { "user", question }, { "assistant", answer } };
  /* Without words beside it: what the heat says of the picture shall come of the picture. */
  const SenPromptMedia media = { .kind = SEN_ATTACHMENT_PICTURE, .path = (char *) path, .name = (char *) "picture", .words = (char *) "" };
  const SenMultimodalRequest request = {
    .messages = messages, .n_messages = 2, .media = &media, .n_media = 1, .n_ctx = sen_session_info (bench->session)->n_ctx,
  };
  g_autoptr (SenMultimodalPrompt) prompt = sen_multimodal_prepare (bench->multimodal, &request, NULL, &error);
  stop_on (error);
  printf ("{\"side\":%d", N_SIDE);
  print_saliency (bench, path);
  print_heat (bench, prompt, answer, word);
  printf ("}\n");
  fflush (stdout);
}

/* --- All ------------------------------------------------------------------------------------------------------------------------------ */

static char *
find (SenModelStore *store, const char *name)
{
  GError *error = NULL;
  g_autofree char *path = sen_model_store_find (store, name, &error);
  stop_on (error);
  char *file = sen_model_import (path, NULL, &error);
  stop_on (error);
  return file;
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  if (argc < 4)
    return 2;
  const SenDebug debug = sen_debug_from_env ();
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_builtin (NULL);
  g_autoptr (SenModelStore) store = sen_model_store_new (catalogue, &(SenModelStoreParams) { .models_dir = argv[1] });
  const SenCatalogueConnector *connector = sen_catalogue_find_connector (catalogue, argv[2]);
  if (connector == NULL)
    return 2;
  g_autofree char *model_path = find (store, connector->language_model), *eyes = find (store, connector->encoder);
  g_autoptr (SenModel) model = sen_model_open (model_path, &error);
  stop_on (error);
  g_autoptr (SenVit) vit = sen_vit_open (eyes, &error);
  stop_on (error);
  g_autoptr (SenDevice) device = sen_cpu_device_new (&(SenCpuParams) { .n_threads = (uint32_t) atoi (argv[3]) }, &error);
  stop_on (error);
  SenSessionParams params = sen_session_params_default ();
  params.n_ctx = 1024;
  g_autoptr (SenSession) session = sen_session_new (model, device, NULL, &params, &error);
  stop_on (error);
  const SenMultimodalParams senses = { .debug = &debug, .store = store, .connector = argv[2] };
  g_autoptr (SenMultimodal) multimodal = sen_multimodal_new (&senses, model_path, &error);
  stop_on (error);
  sen_multimodal_use (multimodal, model, device, NULL);
  g_autoptr (SenVitEncoder) encoder = sen_vit_encoder_new (vit, device, NULL, 0, NULL, &error);
  stop_on (error);
  g_autoptr (SenVitSaliency) saliency = sen_vit_saliency_new (encoder, NULL, &error);
  stop_on (error);
  Bench bench = {
    .decode = sen_decode_new (&(SenDecodeParams) { .helper = debug.decode_helper }), .multimodal = multimodal, .session = session,
    .vit = vit, .encoder = encoder, .saliency = saliency, .with_occlusion = argc > 4,
  };
  char line[8192];
  while (fgets (line, sizeof line, stdin) != NULL)
    {
      g_auto (GStrv) fields = g_strsplit (g_strchomp (line), "\t", -1);
      if (g_strv_length (fields) != 4 || !g_str_has_suffix (fields[2], fields[3]))
        return 2;
      run (&bench, fields[0], fields[1], fields[2], fields[3]);
    }
  sen_decode_free (bench.decode);
  return 0;
}
