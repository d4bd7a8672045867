/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Every op of the table on every instruction set of this processor, against the scalar reference. */
#include "check-ops.h"
#include "sen-cpu.h"

static SenDevice *
make_device (SenIsa isa, bool exact)
{
  g_autoptr (GError) error = NULL;
  const SenCpuParams params = { .isa = sen_isa_name (isa), .n_threads = 2, .exact = exact };
  SenDevice *device = sen_cpu_device_new (&params, &error);
  g_assert_no_error (error);
  return device;
}

static void
compare (SenIsa isa, bool exact)
{
  g_autoptr (SenDevice) device = make_device (isa, exact);
  g_autoptr (SenDevice) reference = make_device (SEN_ISA_REFERENCE, true);
  check_ops (device, reference);
}

static void
test_default (gconstpointer isa)
{
  compare (GPOINTER_TO_UINT (isa), false);
}

static void
test_exact (gconstpointer isa)
{
  compare (GPOINTER_TO_UINT (isa), true);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (SenIsa isa = SEN_ISA_PORTABLE; isa < SEN_N_ISAS; isa++)
    {
      if (!sen_isa_available (isa))
        continue;
      g_autofree char *name = g_strdup_printf ("/ops/%s", sen_isa_name (isa));
      g_autofree char *exact_name = g_strdup_printf ("/ops/%s/exact", sen_isa_name (isa));
      g_test_add_data_func (name, GUINT_TO_POINTER (isa), test_default);
      g_test_add_data_func (exact_name, GUINT_TO_POINTER (isa), test_exact);
    }
  return g_test_run ();
}
