/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Images of a replay: a place to which the same replay can be put back, at any
 * later time, without making the statements up to it again.
 */
#ifndef TRACE_TRACE_IMAGE_H
#define TRACE_TRACE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

struct pmapsim_replay;

/*
 * An image.  Made by image_take() between two statements, good as long as its
 * replay, given back by image_free(); it owns what is copied into it.
 */
struct image;

/*
 * NULL: there is no memory for one, or the machine's memory is larger than
 * IMAGE_MEMORY_MAX, which would take longer than the statements.
 */
struct image *image_take(const struct pmapsim_replay *replay);
/*
 * Puts the replay that the image was taken of back.  False, and the replay
 * stays where it is: no memory.
 */
bool image_restore(const struct image *image, struct pmapsim_replay *replay);
/* NULL is ignored. */
void image_free(struct image *image);
/* Bytes that the image takes. */
size_t image_size(const struct image *image);

#define IMAGE_MEMORY_MAX ((size_t)256 << 20)

#endif /* TRACE_TRACE_IMAGE_H */
