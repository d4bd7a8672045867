/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-device.h"
#include "sen-weight-table.h"

G_BEGIN_DECLS

/**
 * One forward pass on one device: a plan, the states it needs and the compiled program. What encoders (and decoders beside
 * them, as Whisper's) are run with; language models over two devices have sessions.
 *
 *   network = sen_network_new (device, weights, n_batch, n_out_max);
 *   plan = sen_network_plan (network);
 *   x = sen_plan_input (plan, "patches", …);                build, with sen-block.h or straight from sen-plan.h
 *   k = sen_network_add_state (network, …);                 as many as the pass needs
 *   sen_plan_output (plan, y, "features");                  any scratch tensor may be brought out: these are the taps
 *   sen_network_compile (network, …);
 *   sen_network_write (…); sen_network_run (…); sen_network_read (…);    for each input
 *
 * Inputs keep their values from run to run until they are written again. Several networks may share weights (bound once for
 * each device) and states: one fills keys and values, another attends to them.
 *
 * Thread-safety: as SenDevice, one thread at a time.
 */
typedef struct SenNetwork SenNetwork;

/** Batches of up to @n_batch rows, of which up to @n_out_max are wanted by a gather. @weights, which may be NULL where a pass
 *  has none, is kept alive, and a file that is cut short fails the run. */
SenNetwork *sen_network_new (SenDevice *device, SenWeightTable *weights, uint32_t n_batch, uint32_t n_out_max);
void        sen_network_free (SenNetwork *network);

SenPlan   *sen_network_plan (SenNetwork *network);     /* borrowed; immutable once compiled */
SenDevice *sen_network_device (SenNetwork *network);   /* borrowed */

/** A cache of keys or values that lives as long as the network: f16, or f32 on an exact device. (transfer none) */
SenState *sen_network_add_state (SenNetwork *network, uint32_t n_head, uint32_t n_ctx, uint32_t head_dim, GError **error);

/** Finishes the plan, binds its weights and compiles it. */
bool sen_network_compile (SenNetwork *network, SenCancel *cancel, GError **error);

/** Writes @n_row whole rows of an input. */
bool sen_network_write (SenNetwork *network, SenTensor tensor, const void *rows, uint32_t n_row, GError **error);
/** SEN_ERROR_LIMIT when @step asks for more rows than there is room for. */
bool sen_network_run (SenNetwork *network, const struct sen_step *step, SenCancel *cancel, GError **error);
/** Reads the first @n_row rows of an output. */
bool sen_network_read (SenNetwork *network, SenTensor tensor, void *rows, uint32_t n_row, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenNetwork, sen_network_free)

G_END_DECLS
