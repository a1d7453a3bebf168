//go:build onednn

#include "winograd_isa.h"
#include "lib.h"

/* Taps 0, 1, 2 of a direction to the values that points meet. The denominators
 * of the points' interpolation are here, where they are applied once. */
static const float stride1[6][3] = {
	/* 0, 5/8, -5/8, 3/2, -3/2, infinity */
#define AA 0.390625
#define BB 2.25
#define AT(x, d) { (float)(1 / (d)), (float)((x) / (d)), (float)((x) * (x) / (d)) }
	{ (float)(1 / (AA * BB)), 0, 0 },
	AT(0.625, 2 * AA * (AA - BB)), AT(-0.625, 2 * AA * (AA - BB)),
	AT(1.5, 2 * BB * (BB - AA)), AT(-1.5, 2 * BB * (BB - AA)),
	{ 0, 0, 1 }
#undef AA
#undef BB
#undef AT
};
/* Two taps, 0 and 2, at 1/2, -1/2, 5/4, -5/4, infinity; tap 1 as it is. */
static const float stride2[6][3] = {
#define AA 0.25
#define BB 1.5625
#define AT(x, d) { (float)(1 / (2 * (x) * (d))), 0, (float)(1 / (2 * (d))) }
	AT(0.5, AA - BB), AT(-0.5, AA - BB),
	AT(1.25, BB - AA), AT(-1.25, BB - AA),
	{ 0, 0, 1 },
	{ 0, 1, 0 }
#undef AA
#undef BB
#undef AT
};

static const struct w_isa *isa_of(const jmk_winograd *s)
{
	if (s->width == 16 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
		return &jmk_w_avx512;
	if (s->width == 8 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		return &jmk_w_avx2;
	return NULL;
}

int jmk_winograd_fits(const jmk_winograd *s)
{
	const int in = s->pass == JMK_BACKWARD_DATA ? s->k : s->c, out = s->pass == JMK_BACKWARD_DATA ? s->c : s->k;

	return isa_of(s) && (s->stride == 1 || s->stride == 2) && in % s->width == 0 && out % (2 * s->width) == 0;
}

/* One run, or what is known of it beforehand. */
struct run {
	const jmk_winograd *s;
	const struct w_isa *isa;
	int kind_a, kind_b;        /* of in and, backward weights, of outer; else of out */
	struct w_pictures a, b;
	int points, tiles, many;   /* many tiles go through at once */
	int in, panels;            /* channels of a, double blocks of b's channels */
	size_t lda, ldb;           /* between tiles */
	float g[6][3];
	const float *weights;
	float *grad;
	float *u;                  /* [36][panel][in][2*width] */
	size_t gap;                /* between the 36 */
	int by_panels;
	char *points_a, *points_own; /* memory that all threads share, and each's own */
	size_t shared, own;          /* bytes */
	int first, count;          /* tiles of the present round */
	int next, joined;          /* tasks begun, threads come */
};

enum {
	LINE = 64,
	LEAST = 12, /* tiles that meet a weight once it is loaded */
	CHUNK = 8, /* channels or tiles of a small task */
	/* Bytes of points, measured on two cores with 1 MB of second-level cache each
	 * and 32 MB of third: of a block of tiles that stays with a core, and of a
	 * round of tiles that all cores share. */
	BLOCK_ROOM = 192 << 10,
	ROUND_ROOM = 4 << 20,
	/* Weights beyond this leave the cache from one block to the next. They go by
	 * once a round, each panel on one core, with rounds of this size. */
	WEIGHTS_ROOM = 24 << 20,
	PANEL_ROOM = 10 << 20
};

static int up(int n, int to) { return (n + to - 1) / to * to; }
static int over(int n, int by) { return (n + by - 1) / by; }

static void describe(struct run *r, const jmk_winograd *s)
{
	const int data = s->pass == JMK_BACKWARD_DATA, wide = s->stride == 2;
	const float (*g)[3] = wide ? stride2 : stride1;
	int p, i;

	*r = (struct run){ .s = s, .isa = isa_of(s), .points = wide ? 9 : 6 };
	/* A tile is 4x4 values of the destination, or at stride 1 of the source. */
	r->a = (struct w_pictures){ .c = s->c, .h = s->h, .w = s->w };
	r->b = (struct w_pictures){ .c = s->k, .h = s->oh, .w = s->ow };
	r->kind_a = wide ? W_SOURCE_2 : W_SOURCE_1;
	r->kind_b = wide ? W_RESULT_2 : W_RESULT_1;
	if (data) {
		const struct w_pictures swap = r->a;

		r->a = r->b;
		r->b = swap;
		r->kind_a = wide ? W_GRAD_2 : W_SOURCE_1;
		r->kind_b = wide ? W_SCATTER_2 : W_RESULT_1;
	} else if (s->pass == JMK_BACKWARD_WEIGHTS) {
		r->kind_b = wide ? W_OUTER_2 : W_OUTER_1;
	}
	/* Windows of the source's gradient begin at even rows: of an odd number of
	 * rows, the last belongs to one more tile only if the destination has it. */
	r->a.tiles_h = r->b.tiles_h = over(s->oh, 4);
	r->a.tiles_w = r->b.tiles_w = over(s->ow, 4);
	r->tiles = s->n * r->a.tiles_h * r->a.tiles_w;
	for (p = 0; p < 6; p++)
		for (i = 0; i < 3; i++)
			r->g[p][i] = g[p][data ? 2 - i : i];
	r->in = r->a.c;
	r->panels = r->b.c / (2 * s->width);
	/* A line more keeps rows from falling on each other in the cache. */
	r->lda = r->a.c + LINE / 4;
	r->ldb = r->b.c + LINE / 4;
	r->gap = (size_t)r->in * r->b.c;
}

static size_t u_bytes(const struct run *r) { return 36 * r->gap * sizeof(float); }

/* Tiles that fit the room, in bytes, with so many floats for each. */
static int fitting(const struct run *r, size_t room, size_t floats, int least)
{
	const size_t n = room / (floats * r->points * r->points * sizeof(float));

	return n < (size_t)least ? least : n > (size_t)r->tiles ? r->tiles : (int)n;
}

/* Bytes of the points of many tiles, with so many floats for each. */
static size_t points_bytes(const struct run *r, size_t floats) { return floats * r->points * r->points * r->many * sizeof(float); }

static void divide(struct run *r)
{
	const int rows = r->isa->rows;

	if (r->s->pass == JMK_BACKWARD_WEIGHTS) {
		/* Sums go to memory and back once a round: few rounds where they are many. */
		r->many = fitting(r, u_bytes(r) / 2 > ROUND_ROOM ? u_bytes(r) / 2 : ROUND_ROOM, r->lda + r->ldb, 32);
		r->shared = points_bytes(r, r->lda + r->ldb);
		return;
	}
	r->by_panels = u_bytes(r) > WEIGHTS_ROOM;
	if (r->by_panels) {
		r->many = up(fitting(r, PANEL_ROOM, r->lda, LEAST), rows);
		r->shared = points_bytes(r, r->lda);
		r->own = points_bytes(r, 2 * r->s->width);
		return;
	}
	r->many = up(fitting(r, BLOCK_ROOM, r->lda + 2 * r->s->width, LEAST), rows);
	while (r->many > rows && over(r->tiles, r->many) < 8 * r->s->threads)
		r->many -= rows; /* every thread gets several */
	r->own = points_bytes(r, r->lda + 2 * r->s->width);
}

int64_t jmk_winograd_scratch(const jmk_winograd *s)
{
	struct run r;

	describe(&r, s);
	divide(&r);
	return (int64_t)(u_bytes(&r) + r.shared + r.own * s->threads);
}

static int take(struct run *r) { return __atomic_fetch_add(&r->next, 1, __ATOMIC_RELAXED); }

static void together(struct run *r, void (*work)(void *))
{
	r->next = r->joined = 0;
	jmk_parallel(work, r, r->s->threads);
}

/* Tasks are a panel and CHUNK inputs. */
static void weights_task(void *data)
{
	struct run *r = data;
	const int chunks = over(r->in, CHUNK), back = r->s->pass == JMK_BACKWARD_DATA, width = r->s->width;
	int i;

	while ((i = take(r)) < chunks * r->panels) {
		const int panel = i / chunks, from = i % chunks * CHUNK, to = from + CHUNK < r->in ? from + CHUNK : r->in;
		const size_t out_stride = back ? 9 : (size_t)r->s->c * 9, in_stride = back ? (size_t)r->s->c * 9 : 9;
		const size_t at = panel * 2 * width * out_stride;
		float *u = r->u + (size_t)panel * r->in * 2 * width;

		if (r->grad)
			r->isa->weights_grad(r->g, u, r->gap, from, to, r->grad + at, out_stride, in_stride);
		else
			r->isa->weights(r->g, r->weights + at, out_stride, in_stride, from, to, u, r->gap);
	}
}

/* Where the group's positions begin, and how many they are. */
static int group(const struct run *r, int g, int *count)
{
	const int p = g / 6, q = g % 6, many = r->points == 9 ? 4 : 1;

	*count = (p == 5 ? many : 1) * (q == 5 ? many : 1);
	return w_position(r->points, p, q);
}

/* Tiles through one panel to the output. What lies behind count is whatever it is. */
static void product_panel(const struct run *r, int first, int count, const float *v, int panel, float *m)
{
	const int width = r->s->width;
	int g;

	for (g = 0; g < 36; g++) {
		int n;
		const int position = group(r, g, &n);

		r->isa->product(v + (size_t)position * r->many * r->lda, r->lda, n * r->many, r->in,
			r->u + g * r->gap + (size_t)panel * r->in * 2 * width, m + (size_t)position * r->many * 2 * width);
	}
	r->isa->scatter(r->kind_b, &r->b, first, count, 2 * panel, m, r->many);
}

/* A thread's own memory. */
static float *own(struct run *r)
{
	return (float *)(r->points_own + r->own * __atomic_fetch_add(&r->joined, 1, __ATOMIC_RELAXED));
}

/* Tasks are panels, with all tiles of the round. */
static void panel_task(void *data)
{
	struct run *r = data;
	float *m = own(r);
	int i;

	while ((i = take(r)) < r->panels)
		product_panel(r, r->first, r->count, (float *)r->points_a, i, m);
}

/* Tasks are blocks of tiles, through to the output. */
static void block_task(void *data)
{
	struct run *r = data;
	float *v = own(r), *m = v + points_bytes(r, r->lda) / sizeof(float);
	int i, panel;

	while ((i = take(r)) * r->many < r->tiles) {
		const int first = i * r->many, count = first + r->many < r->tiles ? r->many : r->tiles - first;

		r->isa->gather(r->kind_a, &r->a, first, count, 0, r->in / r->s->width, v, r->lda, r->many);
		for (panel = 0; panel < r->panels; panel++)
			product_panel(r, first, count, v, panel, m);
	}
}

static float *points_b(const struct run *r) { return (float *)(r->points_a + points_bytes(r, r->lda)); }

/* Tasks are CHUNK tiles of the round. */
static void gather_task(void *data)
{
	struct run *r = data;
	const int width = r->s->width, both = r->s->pass == JMK_BACKWARD_WEIGHTS, apart = both ? r->count : r->many;
	int i;

	while ((i = take(r)) * CHUNK < r->count) {
		const int from = i * CHUNK, count = from + CHUNK < r->count ? CHUNK : r->count - from;

		r->isa->gather(r->kind_a, &r->a, r->first + from, count, 0, r->a.c / width, (float *)r->points_a + from * r->lda, r->lda, apart);
		if (both)
			r->isa->gather(r->kind_b, &r->b, r->first + from, count, 0, r->b.c / width, points_b(r) + from * r->ldb, r->ldb, apart);
	}
}

/* Tasks are a group of positions and a panel, large groups first. */
static void outer_task(void *data)
{
	struct run *r = data;
	const int width = r->s->width;
	const float *a = (float *)r->points_a, *b = points_b(r);
	int i;

	while ((i = take(r)) < 36 * r->panels) {
		const int g = 35 - i / r->panels, panel = i % r->panels;
		int n;
		const int position = group(r, g, &n);

		r->isa->outer(a + (size_t)position * r->count * r->lda, r->lda, b + (size_t)position * r->count * r->ldb + panel * 2 * width, r->ldb,
			n * r->count, r->in, r->u + g * r->gap + (size_t)panel * r->in * 2 * width, r->first > 0);
	}
}

static void rounds(struct run *r, void (*work)(void *))
{
	for (r->first = 0; r->first < r->tiles; r->first += r->many) {
		r->count = r->first + r->many < r->tiles ? r->many : r->tiles - r->first;
		together(r, gather_task);
		together(r, work);
	}
}

void jmk_winograd_run(const jmk_winograd *s, const float *a, const float *b, float *out, char *scratch)
{
	struct run r;

	describe(&r, s);
	divide(&r);
	r.a.data = (float *)a;
	r.u = (float *)scratch;
	r.points_a = scratch + u_bytes(&r);
	r.points_own = r.points_a + r.shared;
	if (s->pass == JMK_BACKWARD_WEIGHTS) {
		r.b.data = (float *)b;
		r.grad = out;
		rounds(&r, outer_task);
		together(&r, weights_task);
		return;
	}
	r.weights = b;
	r.b.data = out;
	together(&r, weights_task);
	if (r.by_panels)
		rounds(&r, panel_task);
	else
		together(&r, block_task);
}
