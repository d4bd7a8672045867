/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-weight.h"
#include "params.h"

G_BEGIN_DECLS

/**
 * A plan is one forward pass written down: a flat list of ops over tensors, in the order they run.
 *
 * A model family builds it with the functions below, reading like the equations of its paper; every builder call makes
 * a new tensor (single assignment), so any of them can be asked for as an output without changing the others, and each
 * op can later name its gradient. sen_plan_finish() then fuses common neighbours, as far as the device wants it, and
 * gives scratch tensors offsets in one arena by liveness. After that the plan is immutable and devices compile it.
 *
 * Tensors are matrices: activations f32 [rows][n_col], slowest axis first. Rows come in three kinds: fixed; one per
 * token of the batch (capacity n_batch, live rows sen_step.n_tokens); one per wanted output (capacity n_out_max, live
 * rows sen_step.n_out). Heads lie side by side in a row: [n_head][head_dim].
 *
 * Thread-safety: building is single-threaded; a finished plan may be read from anywhere.
 */
typedef struct SenPlan SenPlan;

typedef uint32_t SenTensor;         /* index into the plan's tensors */
#define SEN_NO_TENSOR UINT32_MAX

typedef enum {
#define SEN_OP(NAME, name) SEN_OP_##NAME,
#include "ops.def"
#undef SEN_OP
  SEN_N_OPS
} SenOpKind;

const char *sen_op_name (SenOpKind kind);

typedef enum {
  SEN_ROLE_WEIGHT,   /* borrowed from a SenWeight */
  SEN_ROLE_STATE,    /* lives across runs: a KV cache, see SenState in sen-device.h */
  SEN_ROLE_INPUT,    /* written by the host before a run */
  SEN_ROLE_SCRATCH,  /* shares the arena by liveness */
  SEN_ROLE_OUTPUT,   /* own memory, readable by the host after a run */
} SenTensorRole;

typedef enum { SEN_ROWS_FIXED, SEN_ROWS_TOKENS, SEN_ROWS_OUT } SenRows;

typedef struct SenState SenState;   /* sen-device.h */

typedef struct {
  SenTensorRole    role;
  SenRows          rows;
  SenType          type;
  uint32_t         n_row;     /* capacity */
  uint32_t         n_col;
  const SenWeight *weight;    /* role WEIGHT */
  SenState        *state;     /* role STATE */
  size_t           offset;    /* role SCRATCH, after finish: byte offset in the arena, a multiple of 256 */
  const char      *name;      /* for messages; static or owned by the plan */
} SenTensorInfo;

/* Operand slots of each op; unused ones are SEN_NO_TENSOR.
 *   embed:          in ids (i32 [t][1]), table, embeddings or none          out x
 *   rms_norm:       in x, w                                                 out y
 *   layer_norm:     in x, w, b                                              out y
 *   linear:         in x, norm_w, w0 w1 w2, b0 b1 b2, residual, norm_b      out y0 y1 y2
 *   add:            in a, b                                                 out y
 *   glu:            in gate, up                                             out y
 *   activate:       in x                                                    out y
 *   unfold:         in x                                                    out y
 *   rope:           in x, table (f32 [t][n_rot])                            out y
 *   store:          in x, state                                             out -
 *   attention:      in q, k state, v state                                  out o
 *   attention_rows: in q, k state                                           out rows (f32 [n_tap * n_head_tapped][n_ctx])
 *   attention_cells:in q, k state, v state, cells (i32 [t][n_cell])         out o
 *   gather:         in x, rows (i32 [o][1])                                 out y
 * An out may share its memory with an in of the same shape when that in dies there (add, glu, activate, rope, the norms,
 * and linear's residual): kernels must allow y == x, y == a, y == residual. */
enum { SEN_LINEAR_X, SEN_LINEAR_NORM, SEN_LINEAR_W0, SEN_LINEAR_B0 = 5, SEN_LINEAR_RESIDUAL = 8, SEN_LINEAR_NORM_B };
#define SEN_OP_MAX_IN 10
#define SEN_OP_MAX_OUT 3

typedef struct {
  SenOpKind kind;
  uint32_t  layer;              /* of the model, for messages and for placing layers on devices */
  SenTensor in[SEN_OP_MAX_IN];
  SenTensor out[SEN_OP_MAX_OUT];
  union {
    struct sen_embed_params          embed;
    struct sen_rms_norm_params       rms_norm;
    struct sen_layer_norm_params     layer_norm;
    struct sen_linear_params         linear;
    struct sen_add_params            add;
    struct sen_glu_params            glu;
    struct sen_activate_params       activate;
    struct sen_unfold_params         unfold;
    struct sen_rope_params           rope;
    struct sen_store_params          store;
    struct sen_attention_params      attention;
    struct sen_attention_rows_params attention_rows;
    struct sen_attention_cells_params attention_cells;
    struct sen_gather_params         gather;
  } params;
} SenOp;

/* --- Building ----------------------------------------------------------------------------------------------------- */

SenPlan *sen_plan_new (uint32_t n_batch, uint32_t n_out_max);
void     sen_plan_free (SenPlan *plan);

/** Ops built from here on belong to @layer. */
void sen_plan_set_layer (SenPlan *plan, uint32_t layer);

/** A tensor the host writes before each run: i32 or f32, one row per token (or per output). */
SenTensor sen_plan_input (SenPlan *plan, const char *name, SenType type, SenRows rows, uint32_t n_col);
/** The same with a fixed number of rows, all of which are live. */
SenTensor sen_plan_input_fixed (SenPlan *plan, const char *name, SenType type, uint32_t n_row, uint32_t n_col);
SenTensor sen_plan_weight (SenPlan *plan, const SenWeight *weight);
SenTensor sen_plan_state (SenPlan *plan, SenState *state, const char *name);

SenTensor sen_plan_embed (SenPlan *plan, SenTensor table, SenTensor ids, SenTensor embeddings, float scale);
/** Norm of whole rows, or of each head when @w is narrower than @x. */
SenTensor sen_plan_rms_norm (SenPlan *plan, SenTensor x, SenTensor w, float eps);
/** Over whole rows; @w and @b are vectors. */
SenTensor sen_plan_layer_norm (SenPlan *plan, SenTensor x, SenTensor w, SenTensor b, float eps);
/** @bias may be SEN_NO_TENSOR. */
SenTensor sen_plan_linear (SenPlan *plan, SenTensor x, SenTensor w, SenTensor bias);
/** Row by row; @b may also be of fixed rows (positions), with at least as many as @a has. */
SenTensor sen_plan_add (SenPlan *plan, SenTensor a, SenTensor b);
/** @act: any SEN_ACT_* but NONE. */
SenTensor sen_plan_glu (SenPlan *plan, SenTensor gate, SenTensor up, uint32_t act);
SenTensor sen_plan_activate (SenPlan *plan, SenTensor x, uint32_t act);
/** Neighbouring rows of @x side by side, so that a linear op with weights [n_out][n_tap · n_col] is a convolution. The result
 *  has rows of kind @rows (@n_fixed of them where fixed), which need not be @x's: a stride of two halves them. */
SenTensor sen_plan_unfold (SenPlan *plan, SenTensor x, uint32_t n_tap, uint32_t stride, uint32_t pad, SenRows rows, uint32_t n_fixed);
SenTensor sen_plan_rope (SenPlan *plan, SenTensor x, SenTensor table, struct sen_rope_params params);
void      sen_plan_store (SenPlan *plan, SenTensor x, SenTensor state, struct sen_store_params params);
/** Over what was stored in the states: for self-attention by this batch and those before it, with n_key > 0 by whatever
 *  program filled them (cross attention). Without causal every query sees the whole batch, and queries may be
 *  rows of another kind (a learned probe that pools the batch). */
SenTensor sen_plan_attention (SenPlan *plan, SenTensor q, SenTensor k, SenTensor v, struct sen_attention_params params);
SenTensor sen_plan_attention_rows (SenPlan *plan, SenTensor q, SenTensor k, struct sen_attention_rows_params params,
                                   uint32_t n_tap_row_max);
/** Over the cells that each row lists in @cells (an input i32), up to the first below zero. */
SenTensor sen_plan_attention_cells (SenPlan *plan, SenTensor q, SenTensor k, SenTensor v, SenTensor cells,
                                    struct sen_attention_params params);
SenTensor sen_plan_gather (SenPlan *plan, SenTensor x, SenTensor rows);

/** Makes a scratch tensor an output: it keeps its value to the end of the run and sen_program_read() finds it. This is
 *  how logits leave a plan, and how hidden states are tapped. */
void sen_plan_output (SenPlan *plan, SenTensor tensor, const char *name);

/* --- Finishing and reading ------------------------------------------------------------------------------------------ */

/** Which neighbours a device wants fused into one linear op. */
typedef enum {
  SEN_FUSE_NONE     = 0,
  SEN_FUSE_SIBLINGS = 1 << 0,  /* linears of one input: q, k, v; gate, up */
  SEN_FUSE_GLU      = 1 << 1,  /* a gated pair and its activation */
  SEN_FUSE_RESIDUAL = 1 << 2,  /* an add of a linear's only use */
  SEN_FUSE_NORM     = 1 << 3,  /* a norm used only by that linear */
  SEN_FUSE_ACTIVATE = 1 << 4,  /* the activation of a linear's only use */
} SenFusion;

/** Fuses and places. Nothing can be built afterwards. */
void sen_plan_finish (SenPlan *plan, SenFusion fusion);

uint32_t             sen_plan_n_ops (const SenPlan *plan);
const SenOp         *sen_plan_op (const SenPlan *plan, uint32_t index);
uint32_t             sen_plan_n_tensors (const SenPlan *plan);
const SenTensorInfo *sen_plan_tensor (const SenPlan *plan, SenTensor tensor);
uint32_t             sen_plan_n_batch (const SenPlan *plan);
uint32_t             sen_plan_n_out_max (const SenPlan *plan);
size_t               sen_plan_arena_bytes (const SenPlan *plan);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenPlan, sen_plan_free)

G_END_DECLS
