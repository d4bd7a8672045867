/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-onnx.h"

#include <string.h>

#include "sen-error.h"
#include "sen-reader.h"

#define MAX_TENSORS (1u << 16)
#define MAX_NODES (1u << 18)
#define MAX_INPUTS 1024
#define MAX_NAME_BYTES 4096

/* Wire types of protocol buffers. */
enum { WIRE_VARINT, WIRE_64, WIRE_BYTES, WIRE_32 = 5 };

/* Field numbers of onnx.proto. */
enum { MODEL_GRAPH = 7 };
enum { GRAPH_NODE = 1, GRAPH_INITIALIZER = 5 };
enum { NODE_INPUT = 1, NODE_NAME = 3, NODE_OP_TYPE = 4 };
enum { TENSOR_DIMS = 1, TENSOR_DATA_TYPE = 2, TENSOR_FLOAT_DATA = 4, TENSOR_NAME = 8, TENSOR_RAW_DATA = 9, TENSOR_LOCATION = 14 };

struct SenOnnx {
  SenMap       *map;
  const uint8_t *data;
  size_t        size;
  char         *path;
  GStringChunk *names;
  GArray       *tensors;   /* SenOnnxTensor */
  GArray       *nodes;     /* SenOnnxNode */
  GPtrArray    *inputs;    /* arrays of names, one for each node */
};

/* onnx.proto's TensorProto.DataType, those that are ours. */
static const struct {
  uint64_t data_type;
  SenType  type;
} data_types[] = { { 1, SEN_TYPE_F32 }, { 6, SEN_TYPE_I32 }, { 10, SEN_TYPE_F16 }, { 16, SEN_TYPE_BF16 } };

static bool
fail (const SenOnnx *onnx, const char *what, GError **error)
{
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is not a sound ONNX file: %s", onnx->path, what);
  return false;
}

/* --- Protocol buffers -------------------------------------------------------------------------------------------------------- */

typedef struct {
  uint32_t  number;
  uint32_t  wire;
  uint64_t  value;    /* of numbers */
  SenReader bytes;    /* of bytes, messages and packed numbers */
} Field;

static uint64_t
read_varint (SenReader *reader)
{
  uint64_t value = 0;
  for (uint32_t shift = 0; shift < 64; shift += 7)
    {
      uint64_t byte = sen_reader_number (reader, 1);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80)
        return value;
    }
  reader->failed = true;
  return 0;
}

/* The next field of a message; false at its end or when it is damaged, which reader->failed tells. */
static bool
next_field (SenReader *reader, Field *field)
{
  if (reader->failed || reader->position == reader->size)
    return false;
  uint64_t tag = read_varint (reader), length;
  *field = (Field) { .number = (uint32_t) (tag >> 3), .wire = tag & 7 };
  if (tag >> 3 == 0 || tag >> 3 > G_MAXUINT32)
    reader->failed = true;
  switch (field->wire)
    {
    case WIRE_VARINT:
      field->value = read_varint (reader);
      break;
    case WIRE_64:
      field->value = sen_reader_u64 (reader);
      break;
    case WIRE_32:
      field->value = sen_reader_u32 (reader);
      break;
    case WIRE_BYTES:
      length = read_varint (reader);
      field->bytes.data = sen_reader_take (reader, length);
      field->bytes.size = reader->failed ? 0 : (size_t) length;
      break;
    default:
      reader->failed = true;
    }
  return !reader->failed;
}

/* A name of the file, kept; NULL when it is no sound text. */
static const char *
keep_name (SenOnnx *onnx, const Field *field)
{
  const char *text = (const char *) field->bytes.data;
  size_t length = field->bytes.size;
  if (field->wire != WIRE_BYTES || length > MAX_NAME_BYTES || (length > 0 && memchr (text, 0, length) != NULL)
      || !g_utf8_validate (text, (gssize) length, NULL))
    return NULL;
  return g_string_chunk_insert_len (onnx->names, text, (gssize) length);
}

/* --- Tensors ----------------------------------------------------------------------------------------------------------------- */

static bool
add_dim (SenOnnx *onnx, SenOnnxTensor *tensor, uint64_t extent, GError **error)
{
  if (tensor->n_dims == SEN_ONNX_MAX_DIMS)
    return fail (onnx, "a tensor has more than 8 axes", error);
  tensor->shape[tensor->n_dims++] = extent;
  return true;
}

static bool
read_dims (SenOnnx *onnx, SenOnnxTensor *tensor, Field *field, GError **error)
{
  if (field->wire == WIRE_VARINT)
    return add_dim (onnx, tensor, field->value, error);
  while (field->wire == WIRE_BYTES && field->bytes.position < field->bytes.size)
    {
      uint64_t extent = read_varint (&field->bytes);
      if (field->bytes.failed || !add_dim (onnx, tensor, extent, error))
        return field->bytes.failed ? fail (onnx, "the axes of a tensor are cut short", error) : false;
    }
  return true;
}

static bool
check_tensor (SenOnnx *onnx, SenOnnxTensor *tensor, uint64_t data_type, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS (data_types); i++)
    if (data_types[i].data_type == data_type)
      {
        tensor->type = data_types[i].type;
        tensor->is_supported = tensor->data != NULL;
      }
  if (!tensor->is_supported)
    return true;
  uint64_t n_bytes = sen_type_info (tensor->type)->block_bytes;
  for (uint32_t i = 0; i < tensor->n_dims; i++)
    {
      if (tensor->shape[i] == 0 || n_bytes > onnx->size / tensor->shape[i])
        return fail (onnx, "a tensor is empty or larger than the file", error);
      n_bytes *= tensor->shape[i];
    }
  if (n_bytes != tensor->size_bytes)
    return fail (onnx, "the data of a tensor does not fit its shape", error);
  return true;
}

static bool
read_tensor (SenOnnx *onnx, SenReader message, GError **error)
{
  SenOnnxTensor tensor = { .name = "" };
  uint64_t data_type = 0;
  bool is_elsewhere = false;
  Field field;
  while (next_field (&message, &field))
    switch (field.number)
      {
      case TENSOR_DIMS:
        if (!read_dims (onnx, &tensor, &field, error))
          return false;
        break;
      case TENSOR_DATA_TYPE:
        data_type = field.value;
        break;
      case TENSOR_NAME:
        tensor.name = keep_name (onnx, &field);
        if (tensor.name == NULL)
          return fail (onnx, "a tensor has no sound name", error);
        break;
      case TENSOR_FLOAT_DATA:
      case TENSOR_RAW_DATA:
        /* Packed floats are laid out as raw ones are; a float by itself is nothing that a weight is written as. */
        if (field.wire == WIRE_BYTES && (field.number == TENSOR_RAW_DATA || data_type <= 1))
          {
            tensor.data = field.bytes.data;
            tensor.size_bytes = field.bytes.size;
          }
        break;
      case TENSOR_LOCATION:
        is_elsewhere = field.value != 0;
        break;
      default:
        break;
      }
  if (message.failed)
    return fail (onnx, "a tensor is cut short", error);
  if (is_elsewhere || tensor.size_bytes == 0)
    {
      tensor.data = NULL;
      tensor.size_bytes = 0;
    }
  if (onnx->tensors->len == MAX_TENSORS)
    return fail (onnx, "it has more tensors than any model", error);
  if (!check_tensor (onnx, &tensor, data_type, error))
    return false;
  g_array_append_val (onnx->tensors, tensor);
  return true;
}

/* --- Nodes -------------------------------------------------------------------------------------------------------------------- */

static bool
read_node (SenOnnx *onnx, SenReader message, GError **error)
{
  SenOnnxNode node = { .name = "", .op_type = "" };
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  Field field;
  while (next_field (&message, &field))
    {
      if (field.number != NODE_INPUT && field.number != NODE_NAME && field.number != NODE_OP_TYPE)
        continue;
      const char *name = keep_name (onnx, &field);
      if (name == NULL || inputs->len == MAX_INPUTS)
        return fail (onnx, "a node has no sound name or too many inputs", error);
      if (field.number == NODE_INPUT)
        g_ptr_array_add (inputs, (gpointer) name);
      else if (field.number == NODE_NAME)
        node.name = name;
      else
        node.op_type = name;
    }
  if (message.failed || onnx->nodes->len == MAX_NODES)
    return fail (onnx, "a node is cut short, or there are more than any model has", error);
  node.n_inputs = inputs->len;
  node.inputs = (const char *const *) g_ptr_array_steal (inputs, NULL);
  g_ptr_array_add (onnx->inputs, (gpointer) node.inputs);
  g_array_append_val (onnx->nodes, node);
  return true;
}

static bool
read_graph (SenOnnx *onnx, SenReader message, GError **error)
{
  Field field;
  while (next_field (&message, &field))
    {
      if (field.wire != WIRE_BYTES)
        continue;
      if (field.number == GRAPH_INITIALIZER && !read_tensor (onnx, field.bytes, error))
        return false;
      if (field.number == GRAPH_NODE && !read_node (onnx, field.bytes, error))
        return false;
    }
  return !message.failed || fail (onnx, "its graph is cut short", error);
}

static bool
parse (SenOnnx *onnx, GError **error)
{
  SenReader model = { .data = onnx->data, .size = onnx->size };
  bool has_graph = false;
  Field field;
  while (next_field (&model, &field))
    if (field.number == MODEL_GRAPH && field.wire == WIRE_BYTES)
      {
        /* A second graph would be merged into the first; no writer does that. */
        if (has_graph || !read_graph (onnx, field.bytes, error))
          return has_graph ? fail (onnx, "it has two graphs", error) : false;
        has_graph = true;
      }
  if (model.failed || !has_graph)
    return fail (onnx, "it is cut short, or no model at all", error);
  return true;
}

/* --- Opening ------------------------------------------------------------------------------------------------------------------ */

static SenOnnx *
onnx_new (const char *path)
{
  SenOnnx *onnx = g_new0 (SenOnnx, 1);
  onnx->path = g_strdup (path);
  onnx->names = g_string_chunk_new (4096);
  onnx->tensors = g_array_new (FALSE, FALSE, sizeof (SenOnnxTensor));
  onnx->nodes = g_array_new (FALSE, FALSE, sizeof (SenOnnxNode));
  onnx->inputs = g_ptr_array_new_with_free_func (g_free);
  return onnx;
}

/* Takes over @map, which may be NULL: then @error is set. */
static SenOnnx *
open_map (SenMap *map, GError **error)
{
  if (map == NULL)
    return NULL;
  g_autoptr (SenOnnx) onnx = onnx_new (sen_map_path (map));
  onnx->map = map;
  onnx->data = sen_map_data (map);
  onnx->size = sen_map_size (map);
  return parse (onnx, error) ? g_steal_pointer (&onnx) : NULL;
}

SenOnnx *
sen_onnx_open (const char *path, GError **error)
{
  return open_map (sen_map_open (path, error), error);
}

SenOnnx *
sen_onnx_open_bytes (GBytes *bytes, const char *name, GError **error)
{
  return open_map (sen_map_new_bytes (bytes, name), error);
}

void
sen_onnx_free (SenOnnx *onnx)
{
  if (onnx == NULL)
    return;
  g_string_chunk_free (onnx->names);
  g_array_unref (onnx->tensors);
  g_array_unref (onnx->nodes);
  g_ptr_array_unref (onnx->inputs);
  g_clear_pointer (&onnx->map, sen_map_unref);
  g_free (onnx->path);
  g_free (onnx);
}

size_t
sen_onnx_n_tensors (const SenOnnx *onnx)
{
  return onnx->tensors->len;
}

const SenOnnxTensor *
sen_onnx_tensor (const SenOnnx *onnx, size_t index)
{
  return &g_array_index (onnx->tensors, SenOnnxTensor, index);
}

size_t
sen_onnx_n_nodes (const SenOnnx *onnx)
{
  return onnx->nodes->len;
}

const SenOnnxNode *
sen_onnx_node (const SenOnnx *onnx, size_t index)
{
  return &g_array_index (onnx->nodes, SenOnnxNode, index);
}
