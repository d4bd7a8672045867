/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * The microphone, and the loudspeaker: mono float samples at 16 kHz.
 *
 * Devices are opened by a process of its own, sensorium-capture (src/capture-helper), which links libavdevice, speaks
 * PulseAudio's protocol (PipeWire's too) or ALSA, and may open nothing more once the device is open. It lives as long as one
 * recording, so that nothing can listen while nobody records. It inherits the environment, by which the sound system finds its
 * server. Errors are SEN_ERROR, each one sentence.
 *
 * Thread-safety: a SenCapture or SenPlayback belongs to one thread, except that @notify is called on another.
 */
typedef struct SenCapture SenCapture;
typedef struct SenPlayback SenPlayback;

#define SEN_CAPTURE_RATE 16000

/** A device to record from. */
typedef struct {
  char *id;           /* for SenCaptureParams and settings; means the same device the next time */
  char *name;         /* for people */
  bool  is_default;
  bool  is_monitor;   /* no microphone, but what the computer plays */
} SenMicrophone;

void sen_microphone_free (SenMicrophone *microphone);

/** All devices there are now, the default one first, monitors last: a GPtrArray of SenMicrophone. Waits for the sound server,
 *  5 seconds at most. @helper: the sensorium-capture to start, NULL for the one beside the program or installed. */
GPtrArray *sen_capture_list (const char *helper, GError **error);

typedef struct {
  const char *helper;    /* as above */
  const char *device;    /* SenMicrophone.id; NULL: the default microphone, never a monitor */
  void      (*notify) (gpointer data);   /* something changed: samples, the level, the state. About 50 times a second, on a
                                          * thread of the capture's own: do no more than wake another. May be NULL */
  gpointer    data;
} SenCaptureParams;

typedef enum {
  SEN_CAPTURE_OPENING,     /* nothing has been heard yet */
  SEN_CAPTURE_RECORDING,
  SEN_CAPTURE_ENDED,       /* after sen_capture_stop(); all samples can be read */
  SEN_CAPTURE_BROKEN,      /* see sen_capture_error(); what was recorded before can be read */
} SenCaptureState;

/** How loud the last 33 ms were, of full scale 1. */
typedef struct {
  float rms, peak;
} SenSoundLevel;

/** Starts recording; returns at once. Fails only when the helper cannot be started. */
SenCapture *sen_capture_new (const SenCaptureParams *params, GError **error);
/** Ends it at once if need be. */
void        sen_capture_free (SenCapture *capture);

/** Asks for the end; returns at once. SEN_CAPTURE_ENDED follows within 1 second, usually 20 ms. */
void            sen_capture_stop (SenCapture *capture);
SenCaptureState sen_capture_state (SenCapture *capture);
/** Why it is broken, NULL when it is not. (transfer full) */
GError         *sen_capture_error (SenCapture *capture);
/** The name of the device that is open, NULL before. (transfer full) */
char           *sen_capture_device_name (SenCapture *capture);

SenSoundLevel sen_capture_level (SenCapture *capture);
/** Only digital silence has come, for a second or more: a muted microphone, most likely. */
bool          sen_capture_is_silent (SenCapture *capture);

/** Takes up to @n samples that were recorded and not yet read. The last minute is kept for the reader; older samples that
 *  nobody read are lost. */
size_t sen_capture_read (SenCapture *capture, float *samples, size_t n);

/** For translation: the sentence of one of these errors as it stands in capture-reasons.def, and what fills its blank; NULL
 *  when @error comes from elsewhere. sen_capture_fill() fills the blank of a translation. */
const char *sen_capture_sentence (const GError *error, char **detail);
char       *sen_capture_fill (const char *sentence, const char *detail);

/** dB of full scale of a level as the height of a meter, 0 (-60 dB) to 1 (0 dB). */
float sen_level_height (float level);

/* --- Playing ------------------------------------------------------------------------------------------------------------------ */

/** Gives the next up to @n samples; 0 at the end. On the playback's own thread. */
typedef size_t (*SenPlaybackFunc) (float *samples, size_t n, gpointer data);

/** Plays what @func gives on the default loudspeaker. @notify as above (position, state), may be NULL. */
SenPlayback    *sen_playback_new (const char *helper, SenPlaybackFunc func, void (*notify) (gpointer data), gpointer data,
                                  GError **error);
/** Stops at once; @func and @notify are not called again. */
void            sen_playback_free (SenPlayback *playback);
/** SEN_CAPTURE_RECORDING while it plays; SEN_CAPTURE_ENDED when all was heard. */
SenCaptureState sen_playback_state (SenPlayback *playback);
GError         *sen_playback_error (SenPlayback *playback);
/** Samples heard so far. */
uint64_t        sen_playback_position (SenPlayback *playback);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenMicrophone, sen_microphone_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenCapture, sen_capture_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenPlayback, sen_playback_free)

G_END_DECLS
