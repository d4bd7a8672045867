/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-connector.h"
#include "sen-projector.h"

G_BEGIN_DECLS

/** A connector of ours, and the encoder it stands behind: a GGUF that sen-import.h gave. */
typedef struct {
  const char *connector, *encoder;
} SenConnectorFiles;

/** A projector (sen-projector.h) of connectors: one for sight, one for hearing; either may be NULL. Checks that they fit to each other and
 *  to @model; SEN_ERROR_INVALID says what does not. A recording in which no speech is found becomes words that say so.
 *  Threads as in sen-projector.h. (transfer full) */
SenProjector *sen_projector_open_connectors (const SenConnectorFiles *sight, const SenConnectorFiles *hearing, SenModel *model,
                                             SenDevice *device, SenDevice *fallback, GError **error);

G_END_DECLS
