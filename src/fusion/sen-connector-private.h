/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-connector.h"

#include "sen-block.h"
#include "sen-network.h"
#include "sen-weight-table.h"

G_BEGIN_DECLS

struct SenConnector {
  gatomicrefcount  ref_count;
  char            *path;
  SenConnectorInfo info;
  float            eps;
  SenWeightTable  *weights;
  SenAffine        norm;                /* sound: [n_feature] */
  SenAffine        first;               /* [n_hidden][n_layers · 2 · n_feature], or of sound [n_hidden][n_stack · n_feature] */
  SenAffine        second;              /* sound: [n_hidden2][n_tap · n_hidden] */
  SenAffine        last;                /* pictures: [n_embd][n_hidden], or none; hearing: [n_piece + 1][n_hidden2] */
  SenAffine        head_first;          /* match-audio: [n_hidden3][n_hidden2] */
  SenAffine        head_last;           /* match-audio: [n_embd][n_hidden3] */
};

/* Numbers of a picture's rows. */
static inline uint32_t
sen_connector_n_row (const SenConnectorInfo *info)
{
  return info->n_layers * 2 * info->n_feature;
}

/* A net that is run: sen-connector-net.c makes it, and sees; sen-connector-sound.c hears. */
struct SenConnectorNet {
  SenConnector *connector;
  SenNetwork   *network;
  SenTensor     features, result;
  SenNetwork   *head;                   /* match-audio: over one row */
  SenTensor     head_features, head_result;
  float        *rows;                   /* pictures: [n_out_max][n_layers · 2 · n_feature] */
  float        *values;                 /* states of a layer, or the result of a window; grows */
  size_t        n_values;
  double       *sums;                   /* match-audio: [n_hidden2], of the sound so far */
  uint64_t      n_rows;                 /* that they are of */
};

/* sen-connector-net.c: @values is then of at least @n. */
void sen_connector_net_make_room (SenConnectorNet *net, size_t n);
/* @y[n_embd] of unit length. */
bool sen_connector_net_to_unit (SenConnectorNet *net, float *y, GError **error);

/* sen-connector-sound.c: the plan of sound, and the net behind the mean of all of it. */
SenTensor sen_connector_net_build_sound (SenConnectorNet *net, const SenStack *stack);
bool      sen_connector_net_build_head (SenConnectorNet *net, SenDevice *device, SenCancel *cancel, GError **error);

G_END_DECLS
