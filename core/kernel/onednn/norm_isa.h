/* What norm.c needs of an instruction set: norm_kernels.h, compiled for each. */
#ifndef JUMELLE_NORM_ISA_H
#define JUMELLE_NORM_ISA_H

#include <stddef.h>

/* A block of channels in some pictures: planes of pixels, apart by so many floats. */
struct n_planes {
	size_t apart;
	int planes, pixels;
};

/* Per channel of the block: y = (x-mean)*scale + beta, and the gradient of x
 * scale*g + constant + slope*(x-mean), with g the gradient of y where the ReLU let
 * it through, else 0. */
struct n_channels {
	const float *mean, *scale, *beta, *constant, *slope;
	int relu;
};

struct n_isa {
	/* The sums of x and of its squares to out[2][width]. */
	void (*statistics)(struct n_planes p, const float *x, double *out);
	/* y, which may be x, past the caches or not. */
	void (*apply)(struct n_planes p, struct n_channels c, const float *x, float *y, int past);
	/* The sums of g and g*(x-mean) to out[2][width]. */
	void (*gradients)(struct n_planes p, struct n_channels c, const float *x, const float *g, double *out);
	/* The gradient of x to to, which may be g. */
	void (*apply_gradients)(struct n_planes p, struct n_channels c, const float *x, const float *g, float *to, int past);
};

extern const struct n_isa jmk_n_avx2, jmk_n_avx512;

#endif
