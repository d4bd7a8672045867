/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/** What a picture's file says of itself. Every text is UTF-8 without control characters, or NULL. */
typedef struct {
  char    *format;           /* "PNG", "JPEG", …: by content, whatever the name */
  char    *date;             /* "2024-05-01 12:34:56" by the camera's clock (EXIF DateTimeOriginal, else DateTime) */
  char    *camera;           /* "Google Pixel 7": maker and model */
  bool     has_place;
  double   latitude;         /* degrees, north and east positive (WGS 84 as a rule) */
  double   longitude;
  int      width;            /* as it is to be looked at (after orientation), before any shrinking */
  int      height;
  int      orientation;      /* EXIF 1–8, already applied; 1 when the file says nothing */
  uint32_t n_frames;         /* more than 1: animated, and the pixels are the first frame */
  uint32_t bits;             /* per channel in the file */
  bool     has_alpha;        /* already composited */
  bool     grey;
  bool     has_profile;      /* an ICC profile is there; it was not applied */
  bool     damaged;          /* decoded, but the decoder met broken data: parts may be wrong */
} SenImageFacts;

/**
 * A decoded picture: RGB, 8 bits, sRGB as far as the file goes, upright, without alpha.
 *
 * Immutable and shared by reference counts that any thread may use. The pixels lie in sealed shared memory that nobody can
 * write or shrink any more.
 */
typedef struct SenImage SenImage;

int                  sen_image_width (const SenImage *image);
int                  sen_image_height (const SenImage *image);
/** [height][width][3] bytes without padding between rows. */
const uint8_t       *sen_image_pixels (const SenImage *image);
const SenImageFacts *sen_image_facts (const SenImage *image);

/** For pictures that come from elsewhere (a clipboard, a test): copies @pixels, [height][width][3]. */
SenImage *sen_image_new (int width, int height, const uint8_t *pixels);
SenImage *sen_image_ref (SenImage *image);
void      sen_image_unref (SenImage *image);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenImage, sen_image_unref)

/** Names of colours as people use them; sen_colour_name() gives the English one, and the window translates it. */
typedef enum {
  SEN_COLOUR_BLACK,
  SEN_COLOUR_GREY,
  SEN_COLOUR_WHITE,
  SEN_COLOUR_RED,
  SEN_COLOUR_ORANGE,
  SEN_COLOUR_BROWN,
  SEN_COLOUR_YELLOW,
  SEN_COLOUR_GREEN,
  SEN_COLOUR_TURQUOISE,
  SEN_COLOUR_BLUE,
  SEN_COLOUR_PURPLE,
  SEN_COLOUR_PINK,
  SEN_N_COLOURS
} SenColour;

const char *sen_colour_name (SenColour colour);

typedef struct {
  float share[SEN_N_COLOURS];     /* of the picture's area, in [0, 1]; they sum to 1 */
  SenColour order[SEN_N_COLOURS]; /* the same, largest share first */
  float brightness;               /* mean of the perceived lightness L* / 100, in [0, 1] */
} SenColours;

/** Which colours fill the picture, and how bright it is. Looks at no more than about 100,000 pixels spread evenly. */
SenColours sen_image_colours (const SenImage *image);

G_END_DECLS
