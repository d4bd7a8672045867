#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""make-registry.py OUT.h OUT.c NAME…: an enum of all shader variants, and their SPIR-V by it (NAME.spv.inc beside OUT.c)."""

import sys

header, source, names = sys.argv[1], sys.argv[2], sys.argv[3:]
enum = ["SEN_SHADER_" + name.upper() for name in names]
with open(header, "w", encoding="utf-8") as out:
    out.write("#pragma once\n#include <stddef.h>\n#include <stdint.h>\n\n")
    out.write("typedef enum {\n" + "".join(f"  {e},\n" for e in enum) + "  SEN_N_SHADERS\n} SenShader;\n\n")
    out.write("typedef struct {\n  const char *name;\n  const uint32_t *words;\n  size_t n_bytes;\n} SenShaderCode;\n\n")
    out.write("extern const SenShaderCode sen_shader_codes[SEN_N_SHADERS];\n")
with open(source, "w", encoding="utf-8") as out:
    out.write('#include "sen-shaders.h"\n\n')
    for name in names:
        out.write(f'static const uint32_t words_{name}[] =\n#include "{name}.spv.inc"\n;\n')
    out.write("\nconst SenShaderCode sen_shader_codes[SEN_N_SHADERS] = {\n")
    for name, e in zip(names, enum):
        out.write(f'  [{e}] = {{ "{name}", words_{name}, sizeof words_{name} }},\n')
    out.write("};\n")
