/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers that are a function of a seed and nothing else.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

/* splitmix64: good enough to choose calls, and any seed is a good one. */
static inline uint64_t
random_next(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31));
}

/* One of [0, bound); "bound" is small and not 0. */
static inline unsigned
random_below(uint64_t *state, unsigned bound)
{
	return ((unsigned)(((random_next(state) >> 32) * bound) >> 32));
}

#endif /* BASE_RANDOM_H */
