/* The arithmetic of norm.h on vectors of WIDTH floats, one for each channel of a
 * block. Included with WIDTH and NAME, the struct n_isa, defined. */
#include "norm_isa.h"
#include "vec.h"

typedef double wide __attribute__((vector_size(8 * WIDTH), aligned(8)));
typedef int bits __attribute__((vector_size(4 * WIDTH)));

enum { RUN = 256 }; /* values whose sum is float32 */

#define WIDE(v) __builtin_convertvector(v, wide)

static void statistics(struct n_planes p, const float *x, double *out)
{
	wide sum = { 0 }, squares = { 0 };
	vec first = { 0 }, s[2] = { { 0 } }, q[2] = { { 0 } };
	int plane, i = 0, n = 0;

	for (plane = 0; plane < p.planes; plane++, x += p.apart)
		for (i = 0; i < p.pixels;) {
			const int end = p.pixels - i < RUN - n ? p.pixels : i + RUN - n;

			if (n == 0)
				first = load(x + i * WIDTH);
			n += end - i;
			for (; i + 1 < end; i += 2) {
				const vec a = load(x + i * WIDTH) - first, b = load(x + (i + 1) * WIDTH) - first;

				s[0] += a;
				s[1] += b;
				q[0] += a * a;
				q[1] += b * b;
			}
			if (i < end) {
				const vec a = load(x + i++ * WIDTH) - first;

				s[0] += a;
				q[0] += a * a;
			}
			if (n == RUN || (plane == p.planes - 1 && i == p.pixels)) {
				const wide f = WIDE(first), t = WIDE(s[0]) + WIDE(s[1]);

				sum += t + n * f;
				squares += WIDE(q[0]) + WIDE(q[1]) + f * (2 * t + n * f);
				s[0] = s[1] = q[0] = q[1] = (vec){ 0 };
				n = 0;
			}
		}
	((wide *)out)[0] = sum;
	((wide *)out)[1] = squares;
}

INLINE vec normalised(vec d, vec scale, vec beta) { return d * scale + beta; }

/* v where y > 0, else 0. */
INLINE vec through(vec y, vec v) { return (vec)((bits)v & (bits)(y > 0)); }

INLINE void apply_kind(struct n_planes p, struct n_channels c, const float *x, float *y, int past)
{
	const vec mean = load(c.mean), scale = load(c.scale), beta = load(c.beta);
	int plane, i;

	for (plane = 0; plane < p.planes; plane++, x += p.apart, y += p.apart)
		for (i = 0; i < p.pixels * WIDTH; i += WIDTH) {
			vec v = normalised(load(x + i) - mean, scale, beta);

			if (c.relu)
				v = through(v, v);
			(past ? stream : store)(y + i, v);
		}
}

static void apply(struct n_planes p, struct n_channels c, const float *x, float *y, int past)
{
	if (past)
		apply_kind(p, c, x, y, 1);
	else
		apply_kind(p, c, x, y, 0);
}

static void gradients(struct n_planes p, struct n_channels c, const float *x, const float *g, double *out)
{
	const vec mean = load(c.mean), scale = load(c.scale), beta = load(c.beta);
	wide sum = { 0 }, products = { 0 };
	vec s = { 0 }, q = { 0 };
	int plane, i, n = 0;

	for (plane = 0; plane < p.planes; plane++, x += p.apart, g += p.apart)
		for (i = 0; i < p.pixels;) {
			const int end = p.pixels - i < RUN - n ? p.pixels : i + RUN - n;

			n += end - i;
			for (; i < end; i++) {
				const vec d = load(x + i * WIDTH) - mean;
				vec v = load(g + i * WIDTH);

				if (c.relu)
					v = through(normalised(d, scale, beta), v);
				s += v;
				q += v * d;
			}
			if (n == RUN || (plane == p.planes - 1 && i == p.pixels)) {
				sum += WIDE(s);
				products += WIDE(q);
				s = q = (vec){ 0 };
				n = 0;
			}
		}
	((wide *)out)[0] = sum;
	((wide *)out)[1] = products;
}

INLINE void apply_gradients_kind(struct n_planes p, struct n_channels c, const float *x, const float *g, float *to, int past)
{
	const vec mean = load(c.mean), scale = load(c.scale), beta = load(c.beta), constant = load(c.constant), slope = load(c.slope);
	int plane, i;

	for (plane = 0; plane < p.planes; plane++, x += p.apart, g += p.apart, to += p.apart)
		for (i = 0; i < p.pixels * WIDTH; i += WIDTH) {
			const vec d = load(x + i) - mean;
			vec v = load(g + i);

			if (c.relu)
				v = through(normalised(d, scale, beta), v);
			(past ? stream : store)(to + i, scale * v + (constant + slope * d));
		}
}

static void apply_gradients(struct n_planes p, struct n_channels c, const float *x, const float *g, float *to, int past)
{
	if (past)
		apply_gradients_kind(p, c, x, g, to, 1);
	else
		apply_gradients_kind(p, c, x, g, to, 0);
}

const struct n_isa NAME = { statistics, apply, gradients, apply_gradients };
