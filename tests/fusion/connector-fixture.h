/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Small random connectors as files, for tests before and beside the trained ones. */
#pragma once

#include "sen-connector.h"

typedef struct {
  SenConnectorKind kind;
  uint32_t         n_feature, n_stack, n_hidden, n_embd, n_side;
  uint32_t         n_tap, n_hidden2, n_hidden3;   /* sound */
  const int32_t   *pieces;                        /* hearing: [n_piece] */
  uint32_t         n_piece;
  uint32_t         layers[SEN_CONNECTOR_MAX_LAYERS], n_layers;
  SenType          matrix_type;
  const char      *language_model;   /* NULL: "toy" */
} ConnectorShape;

/** Writes one, its weights by chance, ever the same. */
void connector_write (const ConnectorShape *shape, const char *path);

/* As the formulas say, in double precision, from the weights in the file at @path. */

/** A picture's @y[n_out][n_embd] of @rows[n_out][n_layers · 2 · n_feature]; unit length is not in it. */
void connector_compute (const ConnectorShape *shape, const char *path, const float *rows, uint32_t n_out, double *y);
/** Sound: @y[n][n_hidden2] of @states[@n_sound][n_feature], n = ceil (n_sound / n_stack): behind both layers along time. */
void connector_compute_sound (const ConnectorShape *shape, const char *path, const float *states, uint32_t n_sound, double *y);
/** @y[n_out] = W x + b. */
void connector_linear (const char *path, const char *name, const double *x, uint32_t n_in, double *y, uint32_t n_out);
void connector_gelu (double *x, uint32_t n);
