/* What winograd.c needs of an instruction set: winograd_kernels.h, compiled for
 * each. */
#ifndef JUMELLE_WINOGRAD_ISA_H
#define JUMELLE_WINOGRAD_ISA_H

#include "winograd.h"

/* How a window of the pictures becomes points, or points an output. The number
 * of points in one direction is 6 at stride 1 and 9 at stride 2. */
enum {
	W_SOURCE_1,   /* 6 rows from 4i-1 -> points */
	W_SOURCE_2,   /* 9 rows from 8i-1 -> points */
	W_GRAD_2,     /* 5 rows of the destination's gradient from 4i -> points */
	W_OUTER_1,    /* 4 rows from 4i -> points, for the gradient of the weights */
	W_OUTER_2,
	W_RESULT_1,   /* points -> 4 rows from 4i */
	W_RESULT_2,
	W_SCATTER_2   /* points -> 8 rows from 8i of the source's gradient */
};

/* Pictures (n, c, h, w) in blocks of channels, cut into tiles_h x tiles_w tiles. */
struct w_pictures {
	float *data;
	int c, h, w, tiles_h, tiles_w;
};

struct w_isa {
	int width, rows; /* rows a step of product; tiles come in multiples of it */
	/* Tiles first..first+count-1, blocks of channels from..to-1, to points
	 * v[position][tile-first][channel], tiles apart by ldv, positions by ldv*stride. */
	void (*gather)(int kind, const struct w_pictures *p, int first, int count, int from, int to, float *v, size_t ldv, int stride);
	/* m[position][tile-first][2*width] to the two blocks of channels from block on,
	 * past the caches or not. */
	void (*scatter)(int kind, const struct w_pictures *p, int first, int count, int block, const float *m, int stride, int past);
	/* m[rows][2*width] = v[rows][c] u[c][2*width] */
	void (*product)(const float *v, size_t ldv, int rows, int c, const float *u, float *m);
	/* u[c][2*width] (+)= the sum over rows of v[row][c] z[row][2*width] */
	void (*outer)(const float *v, size_t ldv, const float *z, size_t ldz, int rows, int c, float *u, int add);
	/* Weights of 2*width outputs and inputs from..to-1 to u[36][...][input][2*width],
	 * the 36 apart by gap; w is at the first output, strides in elements. */
	void (*weights)(const float g[6][3], const float *w, size_t out_stride, size_t in_stride, int from, int to, float *u, size_t gap);
	/* Back: the gradient of the weights from that of u. */
	void (*weights_grad)(const float g[6][3], const float *u, size_t gap, int from, int to, float *w, size_t out_stride, size_t in_stride);
};

extern const struct w_isa jmk_w_avx2, jmk_w_avx512;

/* Positions (p, q) of points are ordered by the weights they meet: 36 groups, as
 * the last 4 of 9 points are plain values and meet the same weight. */
static inline int w_position(int points, int p, int q)
{
	int pu = p < 5 ? p : 5, qu = q < 5 ? q : 5;
	int many = points == 9 ? 4 : 1, gp = p < 5 ? 1 : many, gq = q < 5 ? 1 : many;

	return pu * points + gp * qu + (p - pu) * gq + (q - qu);
}

#endif
