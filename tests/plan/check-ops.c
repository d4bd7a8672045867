/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "check-ops.h"

#include "sen-op-check.h"

void
check_ops (SenDevice *device, SenDevice *reference)
{
  for (uint32_t i = 0; i < sen_op_check_count (); i++)
    {
      g_autoptr (GError) error = NULL;
      double difference = 0.0;
      bool ran = sen_op_check_run (i, device, reference, &difference, &error);
      g_autofree char *name = sen_op_check_name (i);
      g_assert_no_error (error);
      g_assert_true (ran);
      if (!(difference <= sen_op_check_tolerance (i, device)))
        {
          g_test_message ("%s: off by %g, allowed %g", name, difference, sen_op_check_tolerance (i, device));
          g_test_fail ();
        }
    }
}
