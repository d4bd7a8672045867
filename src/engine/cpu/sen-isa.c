/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <string.h>
#ifdef SEN_HAVE_X86_KERNELS
#include <cpuid.h>
#endif

#include "sen-cpu.h"
#include "sen-error.h"
#include "sen-kernels.h"

static const char *const isa_names[SEN_N_ISAS] = { "reference", "portable", "avx2", "avxvnni", "avx512" };

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

/* Each test is of the processor and of the system, which must save the registers: __builtin_cpu_supports() looks at both.
 * Hybrid processors show what all of their cores have. */
bool
sen_isa_available (SenIsa isa)
{
#ifdef SEN_HAVE_X86_KERNELS
  /* F16C and AVX-VNNI are not among the names that every compiler knows; their registers are those of AVX2. */
  unsigned a = 0, b, c = 0, d;
  bool has_f16c = __get_cpuid (1, &a, &b, &c, &d) != 0 && (c >> 29 & 1) != 0;
  bool has_avx2 = __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma") && has_f16c;
  bool has_avx512 = __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512bw")
                    && __builtin_cpu_supports ("avx512vl") && __builtin_cpu_supports ("avx512dq")
                    && __builtin_cpu_supports ("avx512vnni");
  bool has_avxvnni = __get_cpuid_count (7, 1, &a, &b, &c, &d) != 0 && (a >> 4 & 1) != 0;
#else
  const bool has_avx2 = false, has_avxvnni = false, has_avx512 = false;
#endif
  switch (isa)
    {
    case SEN_ISA_REFERENCE:
    case SEN_ISA_PORTABLE:
      return true;
    case SEN_ISA_AVX2:
      return has_avx2;
    case SEN_ISA_AVXVNNI:
      return has_avx2 && has_avxvnni;
    case SEN_ISA_AVX512:
      return has_avx2 && has_avx512;
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

bool
sen_isa_choose (const char *name, SenIsa *isa, GError **error)
{
  *isa = sen_isa_best ();
  if (name == NULL || (sen_isa_from_name (name, isa) && sen_isa_available (*isa)))
    return true;
  g_autoptr (GString) available = g_string_new (NULL);
  for (SenIsa i = 0; i < SEN_N_ISAS; i++)
    if (sen_isa_available (i))
      g_string_append_printf (available, "%s%s", available->len > 0 ? ", " : "", sen_isa_name (i));
  g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "this processor cannot run the kernels “%s”; it can run %s", name,
               available->str);
  return false;
}

const SenKernels *
sen_kernels_of (SenIsa isa)
{
#ifdef SEN_HAVE_X86_KERNELS
  if (isa == SEN_ISA_AVX512)
    return &sen_kernels_avx512;
  if (isa == SEN_ISA_AVXVNNI)
    return &sen_kernels_avxvnni;
  if (isa == SEN_ISA_AVX2)
    return &sen_kernels_avx2;
#endif
  return isa == SEN_ISA_REFERENCE ? NULL : &sen_kernels_portable;
}
