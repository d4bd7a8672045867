/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-decode-private.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sen-error.h"

struct SenImage {
  gatomicrefcount ref_count;
  int             width, height;
  uint8_t        *pixels;
  bool            mapped;
  SenImageFacts   facts;
};

static size_t
n_bytes (int width, int height)
{
  return (size_t) width * (size_t) height * 3;
}

SenImage *
sen_image_new (int width, int height, const uint8_t *pixels)
{
  g_return_val_if_fail (width > 0 && height > 0, NULL);
  SenImage *image = g_new0 (SenImage, 1);
  g_atomic_ref_count_init (&image->ref_count);
  image->width = width;
  image->height = height;
  image->pixels = g_memdup2 (pixels, n_bytes (width, height));
  image->facts = (SenImageFacts) { .width = width, .height = height, .orientation = 1, .n_frames = 1, .bits = 8 };
  return image;
}

static char *
dup_text (const char *text)
{
  return *text != '\0' ? g_strdup (text) : NULL;
}

SenImage *
sen_image_new_from_memfd (int memfd, const SenWireReply *reply, const char *name, GError **error)
{
  const int wanted = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  size_t size = n_bytes (reply->width, reply->height);
  struct stat status;
  void *pixels = MAP_FAILED;
  if (memfd >= 0)
    {
      int seals = fcntl (memfd, F_GET_SEALS);
      if (size > 0 && seals >= 0 && (seals & wanted) == wanted && fstat (memfd, &status) == 0
          && (uint64_t) status.st_size == size)
        pixels = mmap (NULL, size, PROT_READ, MAP_SHARED, memfd, 0);
      close (memfd);
    }
  if (pixels == MAP_FAILED)
    {
      g_propagate_error (error, sen_wire_error (&(SenWireReply) { .reason = SEN_REASON_NONSENSE }, name));
      return NULL;
    }

  SenImage *image = g_new0 (SenImage, 1);
  g_atomic_ref_count_init (&image->ref_count);
  image->width = reply->width;
  image->height = reply->height;
  image->pixels = pixels;
  image->mapped = true;
  image->facts = (SenImageFacts) {
    .format = dup_text (reply->format),
    .date = dup_text (reply->date),
    .camera = dup_text (reply->camera),
    .has_place = (reply->flags & SEN_WIRE_PLACE) != 0,
    .latitude = reply->latitude,
    .longitude = reply->longitude,
    .width = reply->full_width,
    .height = reply->full_height,
    .orientation = MAX (1, reply->orientation),
    .n_frames = MAX (1, reply->n_frames),
    .bits = reply->bits,
    .has_alpha = (reply->flags & SEN_WIRE_ALPHA) != 0,
    .grey = (reply->flags & SEN_WIRE_GREY) != 0,
    .has_profile = (reply->flags & SEN_WIRE_PROFILE) != 0,
    .damaged = (reply->flags & SEN_WIRE_PARTLY_DAMAGED) != 0,
  };
  return image;
}

SenImage *
sen_image_ref (SenImage *image)
{
  g_atomic_ref_count_inc (&image->ref_count);
  return image;
}

void
sen_image_unref (SenImage *image)
{
  if (image == NULL || !g_atomic_ref_count_dec (&image->ref_count))
    return;
  if (image->mapped)
    munmap (image->pixels, n_bytes (image->width, image->height));
  else
    g_free (image->pixels);
  g_free (image->facts.format);
  g_free (image->facts.date);
  g_free (image->facts.camera);
  g_free (image);
}

int
sen_image_width (const SenImage *image)
{
  return image->width;
}

int
sen_image_height (const SenImage *image)
{
  return image->height;
}

const uint8_t *
sen_image_pixels (const SenImage *image)
{
  return image->pixels;
}

const SenImageFacts *
sen_image_facts (const SenImage *image)
{
  return &image->facts;
}
