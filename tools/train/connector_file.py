# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Writes our connectors: GGUF of architecture "sensorium-connector", matrices Q8_0, vectors f32 (docs/models.md)."""

import os
from typing import Dict, List, Union

import gguf
import numpy
from gguf.quants import dequantize, quantize

Value = Union[str, int, float, bool, List[int], List[str]]

MAX_BYTES = 4 << 20


def round_to_q8_0(matrix: numpy.ndarray) -> numpy.ndarray:
    """@matrix as it is after being stored."""
    kind = gguf.GGMLQuantizationType.Q8_0
    return dequantize(quantize(matrix.astype("f4"), kind), kind)


def write(path: str, name: str, about: str, keys: Dict[str, Value], tensors: Dict[str, numpy.ndarray]) -> None:
    """@keys without "sensorium.connector."; whole numbers become u32, lists of them i32."""
    writer = gguf.GGUFWriter(path + ".part", "sensorium-connector")
    writer.add_name(name)
    writer.add_description(about)
    writer.add_license("MIT")
    for key, value in keys.items():
        key = "sensorium.connector." + key
        if isinstance(value, bool):
            writer.add_bool(key, value)
        elif isinstance(value, str):
            writer.add_string(key, value)
        elif isinstance(value, int):
            writer.add_uint32(key, value)
        elif isinstance(value, float):
            writer.add_float32(key, value)
        elif all(isinstance(item, int) for item in value):
            writer.add_key_value(key, value, gguf.GGUFValueType.ARRAY, gguf.GGUFValueType.INT32)
        else:
            writer.add_array(key, value)
    for tensor, values in tensors.items():
        if values.ndim == 2:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(tensor, quantize(values.astype("f4"), kind), raw_dtype=kind)
        else:
            writer.add_tensor(tensor, values.astype("f4"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    if os.path.getsize(path + ".part") > MAX_BYTES:
        raise SystemExit(f"{path} would be larger than {MAX_BYTES} bytes")
    os.rename(path + ".part", path)
