/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "sen-cpu.h"

static const char *const isa_names[SEN_N_ISAS] = { "reference", "portable", "avx2", "avx512" };

const char *
sen_isa_name (SenIsa isa)
{
  return isa < SEN_N_ISAS ? isa_names[isa] : "?";
}

bool
sen_isa_from_name (const char *name, SenIsa *isa)
{
  for (SenIsa i = 0; i < SEN_N_ISAS; i++)
    if (strcmp (isa_names[i], name) == 0)
      {
        *isa = i;
        return true;
      }
  return false;
}

bool
sen_isa_available (SenIsa isa)
{
  switch (isa)
    {
    case SEN_ISA_REFERENCE:
    case SEN_ISA_PORTABLE:
      return true;
    case SEN_ISA_AVX2:
#ifdef SEN_HAVE_X86_KERNELS
      return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma") && __builtin_cpu_supports ("f16c");
#else
      return false;
#endif
    case SEN_ISA_AVX512:
#ifdef SEN_HAVE_X86_KERNELS
      return sen_isa_available (SEN_ISA_AVX2) && __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512bw")
             && __builtin_cpu_supports ("avx512vl") && __builtin_cpu_supports ("avx512dq")
             && __builtin_cpu_supports ("avx512vnni");
#else
      return false;
#endif
    case SEN_N_ISAS:
      break;
    }
  return false;
}

SenIsa
sen_isa_best (void)
{
  for (SenIsa isa = SEN_N_ISAS; isa-- > SEN_ISA_PORTABLE;)
    if (sen_isa_available (isa))
      return isa;
  return SEN_ISA_PORTABLE;
}
