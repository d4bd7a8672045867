/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Which devices there are, and recording from one. PulseAudio's protocol first (PipeWire speaks it too); ALSA where no server
 * answers. */
#include "helper.h"

#include <errno.h>
#include <libavdevice/avdevice.h>
#include <libavformat/avformat.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  char     id[600];     /* "pulse:NAME" or "alsa:NAME" */
  char     name[300];   /* for people */
  uint32_t flags;
} Device;

typedef struct {
  Device devices[SEN_CAPTURE_MAX_DEVICES];
  int    n;
  bool   has_server;
} Devices;

static bool
ends_with (const char *text, const char *end)
{
  size_t n = strlen (text), m = strlen (end);
  return n >= m && strcmp (text + n - m, end) == 0;
}

/* Only what is a way to a card; the rest of ALSA's list are converters and "null". */
static bool
is_alsa_device (const char *name)
{
  return strncmp (name, "plughw:", 7) == 0 || strcmp (name, "default") == 0;
}

static void
set_name (Device *device, const char *name)
{
  snprintf (device->name, sizeof device->name, "%s", name);
  for (char *c = device->name; *c != '\0'; c++)
    if (*c == '\n' || *c == '\t')
      *c = ' ';
}

static void
add_devices (Devices *all, const char *system)
{
  AVDeviceInfoList *list = NULL;
  bool alsa = strcmp (system, "alsa") == 0;
  const AVInputFormat *format = av_find_input_format (system);
  if (format == NULL || avdevice_list_input_sources (format, NULL, NULL, &list) < 0)
    return;
  if (!alsa)
    all->has_server = true;
  for (int i = 0; i < list->nb_devices && all->n < SEN_CAPTURE_MAX_DEVICES; i++)
    {
      const AVDeviceInfo *info = list->devices[i];
      if (info->device_name == NULL || strlen (info->device_name) > 512 || (alsa && !is_alsa_device (info->device_name)))
        continue;
      Device *device = &all->devices[all->n++];
      snprintf (device->id, sizeof device->id, "%s:%s", system, info->device_name);
      bool is_described = info->device_description != NULL && info->device_description[0] != '\0';
      set_name (device, is_described ? info->device_description : info->device_name);
      device->flags = (i == list->default_device || (alsa && strcmp (info->device_name, "default") == 0) ? SEN_CAPTURE_DEFAULT : 0)
                      | (ends_with (info->device_name, ".monitor") ? SEN_CAPTURE_MONITOR : 0);
    }
  avdevice_free_list_devices (&list);
}

/* A monitor is called by the loudspeaker that it hears, which PulseAudio says in words of the server's language. */
static void
name_monitors (Devices *all)
{
  AVDeviceInfoList *list = NULL;
  const AVOutputFormat *format = av_guess_format ("pulse", NULL, NULL);
  if (format == NULL || avdevice_list_output_sinks (format, NULL, NULL, &list) < 0)
    return;
  for (int i = 0; i < list->nb_devices; i++)
    {
      const AVDeviceInfo *info = list->devices[i];
      char id[sizeof all->devices[0].id];
      if (info->device_name == NULL || info->device_description == NULL || info->device_description[0] == '\0')
        continue;
      snprintf (id, sizeof id, "pulse:%s.monitor", info->device_name);
      for (int k = 0; k < all->n; k++)
        if (strcmp (all->devices[k].id, id) == 0)
          set_name (&all->devices[k], info->device_description);
    }
  avdevice_free_list_devices (&list);
}

/* libavdevice gives PulseAudio's own numbers as if they were errno: PA_ERR_ACCESS 1, NOENTITY 5, CONNECTIONREFUSED 6,
 * AUTHKEY 8, CONNECTIONTERMINATED 11, KILLED 12, BUSY 26. */
static SenCaptureReason
reason_of (int code, bool pulse)
{
  if (pulse)
    switch (AVUNERROR (code))
      {
      case 1: case 8: return SEN_CAPTURE_DENIED;
      case 5: return SEN_CAPTURE_NOT_FOUND;
      case 6: case 11: return SEN_CAPTURE_NO_SERVER;
      case 26: return SEN_CAPTURE_BUSY;
      default: return SEN_CAPTURE_FAILED;
      }
  switch (AVUNERROR (code))
    {
    case EACCES: case EPERM: return SEN_CAPTURE_DENIED;
    case EBUSY: return SEN_CAPTURE_BUSY;
    case ENOENT: case ENODEV: case EIO: return SEN_CAPTURE_NOT_FOUND;
    default: return SEN_CAPTURE_FAILED;
    }
}

/* A list that fails does not say why; opening does. */
static bool
is_refused (void)
{
  AVFormatContext *context = NULL;
  int code = avformat_open_input (&context, "default", av_find_input_format ("pulse"), NULL);
  avformat_close_input (&context);
  return code < 0 && reason_of (code, true) == SEN_CAPTURE_DENIED;
}

static void
find_devices (Devices *all)
{
  memset (all, 0, sizeof *all);
  add_devices (all, "pulse");
  if (all->has_server)
    return;
  if (is_refused ())
    give_up (SEN_CAPTURE_DENIED, "");
  add_devices (all, "alsa");
}

static Devices all;

int
list_devices (void)
{
  find_devices (&all);
  if (all.has_server)
    name_monitors (&all);
  else if (all.n == 0)
    give_up (SEN_CAPTURE_NO_SERVER, "");
  for (int i = 0; i < all.n; i++)
    {
      char text[sizeof (Device)];
      size_t n_id = strlen (all.devices[i].id) + 1, n_name = strlen (all.devices[i].name);
      memcpy (text, all.devices[i].id, n_id);
      memcpy (text + n_id, all.devices[i].name, n_name);
      say (SEN_CAPTURE_DEVICE, all.devices[i].flags, text, n_id + n_name);
    }
  return 0;
}

/* The one asked for; else the default one unless that is what the computer plays itself; else the first microphone. */
static const Device *
choose (const char *id)
{
  const Device *found = NULL;
  for (int i = 0; i < all.n; i++)
    {
      const Device *d = &all.devices[i];
      if (id != NULL ? strcmp (d->id, id) == 0
                     : !(d->flags & SEN_CAPTURE_MONITOR) && (found == NULL || (d->flags & SEN_CAPTURE_DEFAULT)))
        found = d;
    }
  if (found == NULL && id != NULL)
    give_up (SEN_CAPTURE_NOT_FOUND, strchr (id, ':') != NULL ? strchr (id, ':') + 1 : id);
  if (found == NULL)
    give_up (all.has_server ? SEN_CAPTURE_NO_DEVICE : SEN_CAPTURE_NO_SERVER, "");
  return found;
}

static void
send_samples (const AVPacket *packet, int n_channels)
{
  static float samples[SEN_CAPTURE_MAX_BYTES / sizeof (float)];
  size_t n = (size_t) packet->size / (2 * (size_t) n_channels), done = 0;
  while (done < n)
    {
      size_t some = n - done < sizeof samples / sizeof samples[0] ? n - done : sizeof samples / sizeof samples[0];
      for (size_t i = 0; i < some; i++)
        {
          int sum = 0;
          for (int c = 0; c < n_channels; c++)
            {
              int16_t value;
              memcpy (&value, packet->data + 2 * ((done + i) * (size_t) n_channels + (size_t) c), 2);
              sum += value;
            }
          samples[i] = (float) sum / (32768.0f * (float) n_channels);
        }
      say (SEN_CAPTURE_SAMPLES, 0, samples, some * sizeof (float));
      done += some;
    }
}

int
record (const char *id)
{
  find_devices (&all);
  const Device *device = choose (id);
  const char *system = device->id[0] == 'p' ? "pulse" : "alsa", *name = strchr (device->id, ':') + 1;
  bool pulse = system[0] == 'p';
  AVDictionary *options = NULL;
  AVFormatContext *context = NULL;
  AVPacket *packet = av_packet_alloc ();
  if (packet == NULL)
    give_up (SEN_CAPTURE_FAILED, strerror (ENOMEM));
  av_dict_set_int (&options, "sample_rate", RATE, 0);
  av_dict_set_int (&options, "channels", 1, 0);
  if (pulse)
    {
      av_dict_set_int (&options, "fragment_size", 2 * RATE / 50, 0);   /* 20 ms */
      av_dict_set (&options, "name", "Sensorium", 0);
      av_dict_set (&options, "stream_name", "Dictation", 0);
    }
  int code = avformat_open_input (&context, name, av_find_input_format (system), &options);
  av_dict_free (&options);
  if (code < 0)
    give_up (reason_of (code, pulse), reason_of (code, pulse) == SEN_CAPTURE_FAILED ? av_err2str (code) : device->name);
  const AVCodecParameters *is = context->streams[0]->codecpar;
  if (is->codec_id != AV_CODEC_ID_PCM_S16LE || is->sample_rate != RATE || is->ch_layout.nb_channels < 1)
    give_up (SEN_CAPTURE_FAILED, "the microphone has another format than it was opened with");
  if (!watch_client () || !sandbox_close_paths ())
    give_up (SEN_CAPTURE_NO_SANDBOX, "");

  say (SEN_CAPTURE_STARTED, 0, device->name, strlen (device->name));
  while ((code = av_read_frame (context, packet)) >= 0 || code == AVERROR (EAGAIN))
    {
      if (code >= 0)
        send_samples (packet, is->ch_layout.nb_channels);
      av_packet_unref (packet);
    }
  give_up (SEN_CAPTURE_GONE, device->name);
}
