/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-encoder-device.h"

#include "sen-error.h"

struct SenEncoderDevice {
  SenDevicesParams     params;
  SenDebug             debug;
  char                *wanted, *cache_dir;
  SenEncoderDeviceRest rest;
  gpointer             owner;
  SenDevice           *device, *fallback;   /* NULL: closed */
  bool                 gave_out;            /* the CPU is opened instead */

  SenEncoderDeviceGaveWay gave_way;         /* to be called, or NULL */
  gpointer                user_data;
};

SenEncoderDevice *
sen_encoder_device_new (const SenDevicesParams *params, SenEncoderDeviceRest rest, gpointer owner)
{
  SenEncoderDevice *self = g_new0 (SenEncoderDevice, 1);
  self->debug = *params->debug;
  self->wanted = g_strdup (params->wanted);
  self->cache_dir = g_build_filename (g_get_user_cache_dir (), "sensorium", NULL);
  self->params = *params;
  self->params.wanted = self->wanted;
  self->params.cache_dir = self->cache_dir;
  self->params.debug = &self->debug;
  self->rest = rest;
  self->owner = owner;
  return self;
}

void
sen_encoder_device_free (SenEncoderDevice *self)
{
  if (self == NULL)
    return;
  sen_encoder_device_close (self);
  g_free (self->wanted);
  g_free (self->cache_dir);
  g_free (self);
}

void
sen_encoder_device_tell (SenEncoderDevice *self, SenEncoderDeviceGaveWay gave_way, gpointer user_data)
{
  self->gave_way = gave_way;
  self->user_data = user_data;
}

bool
sen_encoder_device_open (SenEncoderDevice *self, GError **error)
{
  g_autofree char *reason = NULL;
  SenDevicesParams params = self->params;
  if (self->gave_out)
    params.wanted = "cpu";
  if (self->device == NULL)
    self->device = sen_devices_open (&params, &self->fallback, &reason, error);
  return self->device != NULL;
}

void
sen_encoder_device_close (SenEncoderDevice *self)
{
  g_clear_pointer (&self->device, sen_device_unref);
  g_clear_pointer (&self->fallback, sen_device_unref);
  self->gave_out = false;
}

SenDevice *
sen_encoder_device_get (const SenEncoderDevice *self)
{
  return self->device;
}

SenDevice *
sen_encoder_device_fallback (const SenEncoderDevice *self)
{
  return self->fallback;
}

void
sen_encoder_device_note_moved (SenEncoderDevice *self, const char *why)
{
  SenEncoderDeviceGaveWay gave_way = why != NULL ? g_steal_pointer (&self->gave_way) : NULL;
  if (gave_way != NULL)
    gave_way (why, self->user_data);
}

bool
sen_encoder_device_retreats (SenEncoderDevice *self, GError **failure)
{
  if (self->device == NULL || sen_device_info (self->device)->kind == SEN_DEVICE_CPU || !sen_device_gave_out (*failure))
    return false;
  sen_encoder_device_note_moved (self, (*failure)->message);
  g_clear_error (failure);
  self->rest (self->owner);
  self->gave_out = true;
  return true;
}

bool
sen_encoder_device_settle (SenEncoderDevice *self, bool ok, GError *failure, GError **error)
{
  if (ok)
    return true;
  if (failure == NULL)
    failure = g_error_new_literal (SEN_ERROR, SEN_ERROR_CANCELLED, "encoding was stopped");
  if (g_error_matches (failure, SEN_ERROR, SEN_ERROR_DEVICE_LOST))
    self->rest (self->owner);
  g_propagate_error (error, failure);
  return false;
}
