/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Whether a picture may hold text, at a hundredth of what reading costs: spots that stand out from what is around them, of the size and
 * shape of letters, side by side. Wrong ones cost time, missed ones a text, so it believes easily. */
#include "helper.h"

#include <stdlib.h>
#include <string.h>

/* Letters are looked for at both; large ones are outlines at the first. */
static const int longest_sides[] = { 1200, 400 };

/* Half the side of the square a spot is compared with, and by how much it differs, of 255. */
#define RADIUS 12
#define CONTRAST 24
#define MAX_SPOTS 30000
#define MIN_HEIGHT 5
#define MAX_HEIGHT 70
/* Spots in a row that look like a word. */
#define MIN_LETTERS 4
/* What may be compared with each other; more is no text, but grain. */
#define MAX_COMPARISONS 3000000

typedef struct {
  int      width, height;
  uint8_t *grey;
  uint64_t *sums;           /* [height + 1][width + 1]: of all above and to the left */
  int32_t *labels;          /* of spots, or -1 */
} Plane;

typedef struct {
  int left, right, top, bottom;   /* inclusive */
  int area;
  int parent;               /* of the spot it belongs to; then of the row */
  int n_letters;            /* of the row, where it is its own parent */
} Spot;

static void
plane_clear (Plane *plane)
{
  free (plane->grey);
  free (plane->sums);
  free (plane->labels);
}

/* Averages of squares. */
static bool
plane_make (Plane *plane, const uint8_t *pixels, int width, int height, int longest_side)
{
  int step = MAX (1, (MAX (width, height) + longest_side - 1) / longest_side);
  *plane = (Plane) { .width = width / step, .height = height / step };
  size_t n = (size_t) plane->width * (size_t) plane->height;
  if (plane->width < 8 || plane->height < 8)
    return false;
  plane->grey = malloc (n);
  plane->sums = calloc ((size_t) (plane->width + 1) * (size_t) (plane->height + 1), sizeof *plane->sums);
  plane->labels = malloc (n * sizeof *plane->labels);
  if (plane->grey == NULL || plane->sums == NULL || plane->labels == NULL)
    return false;
  for (int y = 0; y < plane->height; y++)
    for (int x = 0; x < plane->width; x++)
      {
        uint32_t sum = 0;
        for (int j = 0; j < step; j++)
          {
            const uint8_t *p = pixels + 3 * ((size_t) (y * step + j) * (size_t) width + (size_t) (x * step));
            for (int i = 0; i < step; i++, p += 3)
              sum += 2u * p[0] + 5u * p[1] + p[2];
          }
        uint8_t grey = (uint8_t) (sum / (8u * (uint32_t) (step * step)));
        size_t stride = (size_t) plane->width + 1, at = (size_t) (y + 1) * stride + (size_t) (x + 1);
        plane->grey[(size_t) y * (size_t) plane->width + (size_t) x] = grey;
        plane->sums[at] = plane->sums[at - 1] + plane->sums[at - stride] - plane->sums[at - stride - 1] + grey;
      }
  return true;
}

/* Whether the pixel is darker (or lighter) than what is around it. */
static bool
stands_out (const Plane *plane, int x, int y, bool dark)
{
  int left = MAX (0, x - RADIUS), right = MIN (plane->width, x + RADIUS + 1);
  int top = MAX (0, y - RADIUS), bottom = MIN (plane->height, y + RADIUS + 1);
  size_t stride = (size_t) plane->width + 1;
  const uint64_t *above = plane->sums + (size_t) top * stride, *below = plane->sums + (size_t) bottom * stride;
  int mean = (int) ((below[right] - below[left] - above[right] + above[left]) / (uint64_t) ((right - left) * (bottom - top)));
  int grey = plane->grey[(size_t) y * (size_t) plane->width + (size_t) x];
  return dark ? mean - grey > CONTRAST : grey - mean > CONTRAST;
}

static int
find_root (Spot *spots, int i)
{
  while (spots[i].parent != i)
    i = spots[i].parent = spots[spots[i].parent].parent;
  return i;
}

static void
merge (Spot *spots, int a, int b)
{
  a = find_root (spots, a);
  b = find_root (spots, b);
  if (a == b)
    return;
  Spot *to = &spots[MIN (a, b)], *from = &spots[MAX (a, b)];
  to->left = MIN (to->left, from->left);
  to->right = MAX (to->right, from->right);
  to->top = MIN (to->top, from->top);
  to->bottom = MAX (to->bottom, from->bottom);
  to->area += from->area;
  to->n_letters += from->n_letters;
  from->parent = MIN (a, b);
}

/* Connected pixels that stand out; their number, -1 when there are too many. */
static int
find_spots (Plane *plane, bool dark, Spot *spots)
{
  int n = 0;
  for (int y = 0; y < plane->height; y++)
    for (int x = 0; x < plane->width; x++)
      {
        int32_t *label = plane->labels + (size_t) y * (size_t) plane->width + (size_t) x;
        *label = -1;
        if (!stands_out (plane, x, y, dark))
          continue;
        const int32_t *above = label - plane->width;
        const int32_t near[4] = { x > 0 ? label[-1] : -1, y > 0 && x > 0 ? above[-1] : -1, y > 0 ? above[0] : -1,
                                  y > 0 && x + 1 < plane->width ? above[1] : -1 };
        for (int i = 0; i < 4; i++)
          if (near[i] >= 0 && *label < 0)
            *label = near[i];
          else if (near[i] >= 0)
            merge (spots, near[i], *label);
        if (*label < 0 && n == MAX_SPOTS)
          return -1;
        if (*label < 0)
          spots[*label = n++] = (Spot) { x, x, y, y, 0, n - 1, 0 };
        Spot *spot = &spots[*label = find_root (spots, *label)];
        spot->left = MIN (spot->left, x);
        spot->right = MAX (spot->right, x);
        spot->bottom = y;
        spot->area++;
      }
  return n;
}

static bool
is_letter (const Spot *spot)
{
  int width = spot->right - spot->left + 1, height = spot->bottom - spot->top + 1;
  return height >= MIN_HEIGHT && height <= MAX_HEIGHT && width >= 2 && width <= 3 * height && 10 * spot->area >= width * height;
}

static int
by_left (const void *a, const void *b)
{
  return ((const Spot *) a)->left - ((const Spot *) b)->left;
}

/* On one line, of about one height, no further than a space. */
static bool
are_neighbours (const Spot *a, const Spot *b)
{
  int ha = a->bottom - a->top + 1, hb = b->bottom - b->top + 1, low = MIN (ha, hb), high = MAX (ha, hb);
  int gap = b->left - a->right - 1;
  bool on_line = abs (a->bottom - b->bottom) * 4 <= high || abs (a->top + a->bottom - b->top - b->bottom) * 3 <= high;
  return gap >= -1 && gap <= high && low * 9 >= high * 4 && on_line;
}

static bool
has_row (Spot *spots, int n)
{
  int n_letters = 0, n_comparisons = 0;
  for (int i = 0; i < n; i++)
    if (spots[i].parent == i && is_letter (&spots[i]))
      spots[n_letters++] = spots[i];
  qsort (spots, (size_t) n_letters, sizeof *spots, by_left);
  for (int i = 0; i < n_letters; i++)
    {
      spots[i].parent = i;
      spots[i].n_letters = 1;
    }
  /* Of the row, edges are merged too, so neighbours are asked about by a copy. */
  Spot *copy = malloc ((size_t) MAX (n_letters, 1) * sizeof *copy);
  if (copy == NULL)
    return true;
  memcpy (copy, spots, (size_t) n_letters * sizeof *copy);
  bool found = false;
  for (int i = 0; i < n_letters && !found; i++)
    for (int j = i + 1; j < n_letters && copy[j].left <= copy[i].right + 2 * MAX_HEIGHT && n_comparisons < MAX_COMPARISONS; j++)
      {
        n_comparisons++;
        if (!are_neighbours (&copy[i], &copy[j]))
          continue;
        merge (spots, i, j);
        found |= spots[find_root (spots, i)].n_letters >= MIN_LETTERS;
      }
  free (copy);
  return found;
}

bool
text_is_likely (const uint8_t *pixels, int width, int height)
{
  Spot *spots = malloc (MAX_SPOTS * sizeof *spots);
  bool likely = spots == NULL;
  for (size_t i = 0; i < G_N_ELEMENTS (longest_sides) && !likely; i++)
    {
      Plane plane;
      if (plane_make (&plane, pixels, width, height, longest_sides[i]))
        for (int dark = 0; dark < 2 && !likely; dark++)
          {
            int n = find_spots (&plane, dark != 0, spots);
            likely = n < 0 || has_row (spots, n);
          }
      plane_clear (&plane);
    }
  free (spots);
  return likely;
}
