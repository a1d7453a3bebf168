/* The arithmetic of winograd.h on vectors of WIDTH floats, one for each channel
 * of a block. Included with WIDTH, ROWS (of a product), OUTER (channels of an
 * outer product) and NAME, the struct w_isa, defined. */
#include "vec.h"
#include "winograd_isa.h"

/* Three taps: points 0, A3, -A3, B3, -B3, infinity. */
#define A3 0.625f
#define B3 1.5f
/* Two taps: points A2, -A2, B2, -B2, infinity. */
#define A2 0.5f
#define B2 1.25f

/* Row-wise steps: s is the distance of values in d, t that of points in p. */

INLINE void source3(const vec *d, int s, vec *p, int t)
{
	const vec d0 = d[0], d1 = d[s], d2 = d[2 * s], d3 = d[3 * s], d4 = d[4 * s], d5 = d[5 * s];
	const vec even_a = d4 - B3 * B3 * d2, odd_a = A3 * (d3 - B3 * B3 * d1);
	const vec even_b = d4 - A3 * A3 * d2, odd_b = B3 * (d3 - A3 * A3 * d1);

	p[0] = A3 * A3 * B3 * B3 * d0 - (A3 * A3 + B3 * B3) * d2 + d4;
	p[t] = even_a + odd_a;
	p[2 * t] = even_a - odd_a;
	p[3 * t] = even_b + odd_b;
	p[4 * t] = even_b - odd_b;
	p[5 * t] = A3 * A3 * B3 * B3 * d1 - (A3 * A3 + B3 * B3) * d3 + d5;
}

INLINE void source2(vec d0, vec d1, vec d2, vec d3, vec d4, vec *p, int t)
{
	const vec even_a = d3 - B2 * B2 * d1, odd_a = A2 * (d2 - B2 * B2 * d0);
	const vec even_b = d3 - A2 * A2 * d1, odd_b = B2 * (d2 - A2 * A2 * d0);

	p[0] = even_a + odd_a;
	p[t] = even_a - odd_a;
	p[2 * t] = even_b + odd_b;
	p[3 * t] = even_b - odd_b;
	p[4 * t] = A2 * A2 * B2 * B2 * d0 - (A2 * A2 + B2 * B2) * d2 + d4;
}

/* The values of the cubic with coefficients d at +-x. */
INLINE void at(float x, vec d0, vec d1, vec d2, vec d3, vec *plus, vec *minus)
{
	const vec even = d0 + x * x * d2, odd = x * (d1 + x * x * d3);

	*plus = even + odd;
	*minus = even - odd;
}

/* The transpose of at for both pairs of points. */
INLINE void result(float a, float b, vec pa, vec na, vec pb, vec nb, vec y[4])
{
	const vec sa = pa + na, da = pa - na, sb = pb + nb, db = pb - nb;

	y[0] = sa + sb;
	y[1] = a * da + b * db;
	y[2] = a * a * sa + b * b * sb;
	y[3] = a * a * a * da + b * b * b * db;
}

INLINE int points_of(int kind) { return kind == W_SOURCE_1 || kind == W_OUTER_1 || kind == W_RESULT_1 ? 6 : 9; }

INLINE int window_of(int kind)
{
	return kind == W_SOURCE_1 ? 6 : kind == W_SOURCE_2 ? 9 : kind == W_GRAD_2 ? 5 : kind == W_SCATTER_2 ? 8 : 4;
}

/* Where the window of tile i begins. */
INLINE int begin_of(int kind, int i)
{
	return kind == W_SOURCE_1 ? 4 * i - 1 : kind == W_SOURCE_2 ? 8 * i - 1 : kind == W_SCATTER_2 ? 8 * i : 4 * i;
}

/* One direction of a gather. */
INLINE void to_points(int kind, const vec *d, int s, vec *p, int t)
{
	int i;

	switch (kind) {
	case W_SOURCE_1:
		source3(d, s, p, t);
		break;
	case W_SOURCE_2:
		source2(d[0], d[2 * s], d[4 * s], d[6 * s], d[8 * s], p, t);
		for (i = 0; i < 4; i++)
			p[(5 + i) * t] = d[(1 + 2 * i) * s];
		break;
	case W_GRAD_2:
		source2(d[0], d[s], d[2 * s], d[3 * s], d[4 * s], p, t);
		for (i = 0; i < 4; i++)
			p[(5 + i) * t] = d[i * s];
		break;
	case W_OUTER_1:
		p[0] = d[0];
		at(A3, d[0], d[s], d[2 * s], d[3 * s], &p[t], &p[2 * t]);
		at(B3, d[0], d[s], d[2 * s], d[3 * s], &p[3 * t], &p[4 * t]);
		p[5 * t] = d[3 * s];
		break;
	case W_OUTER_2:
		at(A2, d[0], d[s], d[2 * s], d[3 * s], &p[0], &p[t]);
		at(B2, d[0], d[s], d[2 * s], d[3 * s], &p[2 * t], &p[3 * t]);
		p[4 * t] = d[3 * s];
		for (i = 0; i < 4; i++)
			p[(5 + i) * t] = d[i * s];
		break;
	}
}

/* One direction of a scatter. */
INLINE void from_points(int kind, const vec *p, int t, vec *d, int s)
{
	vec y[4];
	int i;

	if (kind == W_RESULT_1) {
		result(A3, B3, p[t], p[2 * t], p[3 * t], p[4 * t], y);
		y[0] += p[0];
		y[3] += p[5 * t];
	} else {
		result(A2, B2, p[0], p[t], p[2 * t], p[3 * t], y);
		y[3] += p[4 * t];
	}
	for (i = 0; i < 4; i++)
		switch (kind) {
		case W_RESULT_1:
			d[i * s] = y[i];
			break;
		case W_RESULT_2:
			d[i * s] = y[i] + p[(5 + i) * t];
			break;
		case W_SCATTER_2:
			d[2 * i * s] = p[(5 + i) * t];
			d[(2 * i + 1) * s] = y[i];
			break;
		}
}

/* The tile's picture, and the first row and column of its window. */
INLINE void place(int kind, const struct w_pictures *p, int tile, int *n, int *y, int *x)
{
	*x = begin_of(kind, tile % p->tiles_w);
	tile /= p->tiles_w;
	*y = begin_of(kind, tile % p->tiles_h);
	*n = tile / p->tiles_h;
}

/* Where the positions lie, gap floats apart. */
INLINE void offsets(int points, size_t gap, size_t at[9][9])
{
	int p, q;

	for (p = 0; p < points; p++)
		for (q = 0; q < points; q++)
			at[p][q] = gap * w_position(points, p, q);
}

INLINE void gather_tile(int kind, const float *plane, int h, int w, int y0, int x0, float *v, size_t at[9][9])
{
	const int window = window_of(kind), points = points_of(kind);
	static const float zeros[WIDTH] __attribute__((aligned(64)));
	const float *row[9];
	size_t step[9];
	vec mid[9][9], d[9], line[9];
	int i, j, q;

	for (i = 0; i < window; i++) {
		const int inside = y0 + i >= 0 && y0 + i < h;

		row[i] = inside ? plane + (size_t)(y0 + i) * w * WIDTH : zeros;
		step[i] = inside ? WIDTH : 0;
	}
	for (j = 0; j < window; j++) {
		const int x = x0 + j;

		if (x < 0 || x >= w) {
			for (i = 0; i < points; i++)
				mid[i][j] = (vec){ 0 };
			continue;
		}
		for (i = 0; i < window; i++)
			d[i] = load(row[i] + x * step[i]);
		to_points(kind, d, 1, &mid[0][j], 9);
	}
	for (i = 0; i < points; i++) {
		to_points(kind, mid[i], 1, line, 1);
		for (q = 0; q < points; q++)
			store(v + at[i][q], line[q]);
	}
}

INLINE void gather_kind(int kind, const struct w_pictures *p, int first, int count, int from, int to, float *v, size_t ldv, int stride)
{
	size_t at[9][9];
	int t, b;

	offsets(points_of(kind), ldv * stride, at);
	for (t = 0; t < count; t++) {
		int n, y, x;

		place(kind, p, first + t, &n, &y, &x);
		for (b = from; b < to; b++)
			gather_tile(kind, p->data + ((size_t)n * (p->c / WIDTH) + b) * p->h * p->w * WIDTH, p->h, p->w, y, x,
				v + t * ldv + (b - from) * WIDTH, at);
	}
}

static void gather(int kind, const struct w_pictures *p, int first, int count, int from, int to, float *v, size_t ldv, int stride)
{
	switch (kind) {
	case W_SOURCE_1: gather_kind(W_SOURCE_1, p, first, count, from, to, v, ldv, stride); break;
	case W_SOURCE_2: gather_kind(W_SOURCE_2, p, first, count, from, to, v, ldv, stride); break;
	case W_GRAD_2: gather_kind(W_GRAD_2, p, first, count, from, to, v, ldv, stride); break;
	case W_OUTER_1: gather_kind(W_OUTER_1, p, first, count, from, to, v, ldv, stride); break;
	case W_OUTER_2: gather_kind(W_OUTER_2, p, first, count, from, to, v, ldv, stride); break;
	}
}

INLINE void scatter_tile(int kind, float *plane, int h, int w, int y0, int x0, const float *m, size_t at[9][9], int past)
{
	const int window = window_of(kind), points = points_of(kind);
	vec mid[8][9], p[9], line[8];
	int i, j;

	for (j = 0; j < points; j++) {
		for (i = 0; i < points; i++)
			p[i] = load(m + at[i][j]);
		from_points(kind, p, 1, &mid[0][j], 9);
	}
	for (i = 0; i < window && y0 + i < h; i++) {
		float *row = plane + ((size_t)(y0 + i) * w + x0) * WIDTH;

		from_points(kind, mid[i], 1, line, 1);
		for (j = 0; j < window; j++)
			if (x0 + j < w)
				(past ? stream : store)(row + j * WIDTH, line[j]);
	}
}

INLINE void scatter_kind(int kind, const struct w_pictures *p, int first, int count, int block, const float *m, int stride, int past)
{
	size_t at[9][9];
	int t, b;

	offsets(points_of(kind), (size_t)stride * 2 * WIDTH, at);
	for (t = 0; t < count; t++) {
		int n, y, x;

		place(kind, p, first + t, &n, &y, &x);
		for (b = 0; b < 2; b++)
			scatter_tile(kind, p->data + ((size_t)n * (p->c / WIDTH) + block + b) * p->h * p->w * WIDTH, p->h, p->w, y, x,
				m + (t * 2 + b) * WIDTH, at, past);
	}
}

static void scatter(int kind, const struct w_pictures *p, int first, int count, int block, const float *m, int stride, int past)
{
	switch (kind) {
	case W_RESULT_1: scatter_kind(W_RESULT_1, p, first, count, block, m, stride, past); break;
	case W_RESULT_2: scatter_kind(W_RESULT_2, p, first, count, block, m, stride, past); break;
	case W_SCATTER_2: scatter_kind(W_SCATTER_2, p, first, count, block, m, stride, past); break;
	}
}

static void product(const float *v, size_t ldv, int rows, int c, const float *u, float *m)
{
	int i, j, r;

	for (i = 0; i < rows; i += ROWS, v += ROWS * ldv, m += ROWS * 2 * WIDTH) {
		const float *at[ROWS / 3];
		const float *w = u;
		vec sum[ROWS][2];

#pragma GCC unroll 16
		for (r = 0; r < ROWS; r++)
			sum[r][0] = sum[r][1] = (vec){ 0 };
#pragma GCC unroll 16
		for (r = 0; r < ROWS / 3; r++)
			at[r] = v + 3 * r * ldv;
		for (j = 0; j < c; j++, w += 2 * WIDTH) {
			const vec left = load(w), right = load(w + WIDTH);

#pragma GCC unroll 16
			for (r = 0; r < ROWS; r++) {
				const float x = at[r / 3][r % 3 * ldv + j];

				sum[r][0] += x * left;
				sum[r][1] += x * right;
			}
		}
#pragma GCC unroll 16
		for (r = 0; r < ROWS; r++) {
			store(m + 2 * WIDTH * r, sum[r][0]);
			store(m + 2 * WIDTH * r + WIDTH, sum[r][1]);
		}
	}
}

static void outer(const float *v, size_t ldv, const float *z, size_t ldz, int rows, int c, float *u, int add)
{
	int i, j, r;

	for (j = 0; j < c; j += OUTER, v += OUTER, u += OUTER * 2 * WIDTH) {
		const float *a = v, *b = z;
		vec sum[OUTER][2];

#pragma GCC unroll 16
		for (r = 0; r < OUTER; r++) {
			sum[r][0] = add ? load(u + 2 * WIDTH * r) : (vec){ 0 };
			sum[r][1] = add ? load(u + 2 * WIDTH * r + WIDTH) : (vec){ 0 };
		}
		for (i = 0; i < rows; i++, a += ldv, b += ldz) {
			const vec left = load(b), right = load(b + WIDTH);

#pragma GCC unroll 16
			for (r = 0; r < OUTER; r++) {
				sum[r][0] += a[r] * left;
				sum[r][1] += a[r] * right;
			}
		}
#pragma GCC unroll 16
		for (r = 0; r < OUTER; r++) {
			store(u + 2 * WIDTH * r, sum[r][0]);
			store(u + 2 * WIDTH * r + WIDTH, sum[r][1]);
		}
	}
}

static void weights(const float g[6][3], const float *w, size_t out_stride, size_t in_stride, int from, int to, float *u, size_t gap)
{
	float taps[9][2 * WIDTH] __attribute__((aligned(64)));
	int c, i, j, p, q;

	for (c = from; c < to; c++) {
		for (j = 0; j < 2 * WIDTH; j++)
			for (i = 0; i < 9; i++)
				taps[i][j] = w[j * out_stride + c * in_stride + i];
		for (j = 0; j < 2; j++) {
			vec half[6][3];

			for (p = 0; p < 6; p++)
				for (i = 0; i < 3; i++)
					half[p][i] = g[p][0] * load(taps[i] + j * WIDTH) + g[p][1] * load(taps[3 + i] + j * WIDTH) + g[p][2] * load(taps[6 + i] + j * WIDTH);
			for (p = 0; p < 6; p++)
				for (q = 0; q < 6; q++)
					store(u + (p * 6 + q) * gap + ((size_t)c * 2 + j) * WIDTH, g[q][0] * half[p][0] + g[q][1] * half[p][1] + g[q][2] * half[p][2]);
		}
	}
}

static void weights_grad(const float g[6][3], const float *u, size_t gap, int from, int to, float *w, size_t out_stride, size_t in_stride)
{
	float taps[9][2 * WIDTH] __attribute__((aligned(64)));
	int c, i, j, p, q;

	for (c = from; c < to; c++) {
		for (j = 0; j < 2; j++) {
			vec half[3][6];

			for (i = 0; i < 3; i++)
				for (q = 0; q < 6; q++) {
					half[i][q] = (vec){ 0 };
					for (p = 0; p < 6; p++)
						half[i][q] += g[p][i] * load(u + (p * 6 + q) * gap + ((size_t)c * 2 + j) * WIDTH);
				}
			for (i = 0; i < 9; i++) {
				vec sum = { 0 };

				for (q = 0; q < 6; q++)
					sum += g[q][i % 3] * half[i / 3][q];
				store(taps[i] + j * WIDTH, sum);
			}
		}
		for (j = 0; j < 2 * WIDTH; j++)
			for (i = 0; i < 9; i++)
				w[j * out_stride + c * in_stride + i] = taps[i][j];
	}
}

const struct w_isa NAME = { WIDTH, ROWS, gather, scatter, product, outer, weights, weights_grad };
