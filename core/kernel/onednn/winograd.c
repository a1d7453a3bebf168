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
	return !jmk_runs(s->width) ? NULL : s->width == 16 ? &jmk_w_avx512 : &jmk_w_avx2;
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
	int slices, parts;         /* of the tiles, for sums; of the panels */
	size_t lda, ldb;           /* between tiles */
	float g[6][3];
	const float *weights;
	float *grad;
	float *u;                  /* [slice][36][panel][in][2*width] */
	size_t gap;                /* between the 36 */
	int stream;                /* the output goes past the caches */
	char *points_of_threads;   /* each thread's memory */
	size_t own;                /* bytes of it */
};

/* A thread reads only points that it has made: two cores may have no cache in
 * common, least of all virtual ones (where they had none, sums over points that
 * the other core had made took as long as on one core). What follows was measured
 * on two cores with 1 MB of second-level cache each and 32 MB of third. */
enum {
	LINE = 64,
	LEAST = 12, /* tiles that meet a weight once it is loaded */
	CHUNK = 8, /* channels of a small task */
	BLOCK_ROOM = 192 << 10, /* bytes of points that stay in the second-level cache */
	/* Weights beyond this leave the cache from one block to the next. Each thread
	 * then has panels of its own, and blocks are large, so many bytes together. */
	WEIGHTS_ROOM = 24 << 20,
	PANEL_ROOM = 24 << 20,
	ROUND_ROOM = 2 << 20, /* bytes of points between which sums go to memory */
	SLICES = 8, SLICES_ROOM = 3 << 20 /* sums: at most so many, of so many bytes */
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
	r->gap = (size_t)r->in * r->b.c;
	r->stream = (size_t)s->n * r->b.c * r->b.h * r->b.w * sizeof(float) > JMK_STREAM_ROOM;
}

static size_t u_bytes(const struct run *r) { return 36 * r->gap * sizeof(float); }

/* Tiles whose points fit the room, in bytes, with so many floats for each. */
static int fitting(const struct run *r, size_t room, size_t floats, int least)
{
	const size_t n = room / (floats * r->points * r->points * sizeof(float));

	return n < (size_t)least ? least : n > (size_t)r->tiles ? r->tiles : (int)n;
}

/* Bytes of the points of many tiles, with so many floats for each. */
static size_t points_bytes(const struct run *r, size_t floats) { return floats * r->points * r->points * r->many * sizeof(float); }

/* As few as make the same number of blocks of all. */
static int even(int many, int all) { return over(all, over(all, many)); }

/* Slices and rounds of the tiles follow from the shape alone, so that the bits do
 * not depend on the number of threads, which decides into what parts the panels go. */
static void divide_sums(struct run *r)
{
	const size_t most = u_bytes(r) / 3 * 2, room = most > ROUND_ROOM ? most : ROUND_ROOM;

	while (r->slices < SLICES && 2 * r->slices * u_bytes(r) <= SLICES_ROOM && 2 * r->slices * LEAST <= r->tiles)
		r->slices *= 2;
	while (r->parts < r->panels && r->slices * r->parts % r->s->threads)
		r->parts++;
	r->ldb = over(r->panels, r->parts) * 2 * r->s->width + LINE / 4;
	r->many = even(fitting(r, room, r->lda + r->b.c, 2 * LEAST), over(r->tiles, r->slices));
}

static void divide(struct run *r)
{
	const int rows = r->isa->rows, threads = r->s->threads;

	r->slices = r->parts = 1;
	r->ldb = 2 * r->s->width;
	if (r->s->pass == JMK_BACKWARD_WEIGHTS) {
		divide_sums(r);
	} else if (u_bytes(r) > WEIGHTS_ROOM) {
		r->parts = threads < r->panels ? threads : r->panels;
		r->many = up(even(fitting(r, PANEL_ROOM / threads, r->lda + r->ldb, LEAST), r->tiles), rows);
	} else {
		r->many = up(fitting(r, BLOCK_ROOM, r->lda + r->ldb, LEAST), rows);
		while (r->many > rows && over(r->tiles, r->many) < 8 * threads)
			r->many -= rows; /* every thread gets several */
	}
	r->own = points_bytes(r, r->lda + r->ldb);
}

int64_t jmk_winograd_scratch(const jmk_winograd *s)
{
	struct run r;

	describe(&r, s);
	divide(&r);
	return (int64_t)(r.slices * u_bytes(&r) + r.own * s->threads);
}

/* The first slice's sums become those of all. */
static void add_slices(const struct run *r, float *u, int from, int to)
{
	const int line = 2 * r->s->width;
	int g, s, i;

	for (g = 0; g < 36; g++)
		for (s = 1; s < r->slices; s++)
			for (i = from * line; i < to * line; i++)
				u[g * r->gap + i] += u[(s * 36 + g) * r->gap + i];
}

/* Tasks are a panel and CHUNK inputs. */
static void weights_task(void *data)
{
	struct run *r = data;
	const int chunks = over(r->in, CHUNK), back = r->s->pass == JMK_BACKWARD_DATA, width = r->s->width;
	int i, others = 0;

	while ((i = jmk_next(&others, 0)) >= 0) {
		const int panel = i / chunks, from = i % chunks * CHUNK, to = from + CHUNK < r->in ? from + CHUNK : r->in;
		const size_t out_stride = back ? 9 : (size_t)r->s->c * 9, in_stride = back ? (size_t)r->s->c * 9 : 9;
		const size_t at = panel * 2 * width * out_stride;
		float *u = r->u + (size_t)panel * r->in * 2 * width;

		if (r->grad) {
			add_slices(r, u, from, to);
			r->isa->weights_grad(r->g, u, r->gap, from, to, r->grad + at, out_stride, in_stride);
		} else {
			r->isa->weights(r->g, r->weights + at, out_stride, in_stride, from, to, u, r->gap);
		}
	}
}

/* Where the group's positions begin, and how many they are. */
static int group(const struct run *r, int g, int *count)
{
	const int p = g / 6, q = g % 6, many = r->points == 9 ? 4 : 1;

	*count = (p == 5 ? many : 1) * (q == 5 ? many : 1);
	return w_position(r->points, p, q);
}

/* Rows of tiles that are read next. They come from memory while products run, as
 * transforms alone would wait for them. */
struct ahead {
	const struct w_pictures *p;
	int tile, block, blocks; /* the first of them, blocks of channels */
	int size;                /* rows and columns of a tile that no other has */
	int row, rows;           /* of all tiles and blocks: the next, and how many */
	int step;                /* rows to ask for at a time */
};

static struct ahead ahead_of(const struct w_pictures *p, int kind, int tile, int count, int block, int blocks, int times)
{
	const int size = kind == W_SOURCE_2 ? 8 : 4, rows = count > 0 ? count * blocks * size : 0;

	return (struct ahead){ p, tile, block, blocks, size, 0, rows, over(rows, times) };
}

static void fetch(const struct run *r, struct ahead *a)
{
	const struct w_pictures *p = a->p;
	const int end = a->row + a->step < a->rows ? a->row + a->step : a->rows, width = r->s->width;

	for (; a->row < end; a->row++) {
		const int tile = a->tile + a->row / (a->size * a->blocks), block = a->block + a->row / a->size % a->blocks;
		const int x = tile % p->tiles_w * a->size, y = tile / p->tiles_w % p->tiles_h * a->size + a->row % a->size;
		const size_t plane = (size_t)(tile / (p->tiles_w * p->tiles_h)) * (p->c / width) + block;
		const int columns = x + a->size < p->w ? a->size : p->w - x;
		const float *at = p->data + ((plane * p->h + y) * p->w + x) * width;
		int i;

		if (y < p->h)
			for (i = 0; i < columns * width; i += LINE / (int)sizeof *at)
				__builtin_prefetch(at + i, 0, 2);
	}
}

/* A thread's own memory. */
static float *own(const struct run *r)
{
	return (float *)(r->points_of_threads + r->own * jmk_thread());
}

/* Tiles through one panel to the output. What lies behind count is whatever it is. */
static void product_panel(const struct run *r, int first, int count, const float *v, int panel, float *m, struct ahead *a)
{
	const int width = r->s->width;
	int g;

	for (g = 0; g < 36; g++) {
		int n;
		const int position = group(r, g, &n);

		fetch(r, a);
		r->isa->product(v + (size_t)position * r->many * r->lda, r->lda, n * r->many, r->in,
			r->u + g * r->gap + (size_t)panel * r->in * 2 * width, m + (size_t)position * r->many * 2 * width);
	}
	r->isa->scatter(r->kind_b, &r->b, first, count, 2 * panel, m, r->many, r->stream);
}

/* Tasks are a part of the panels and a block of tiles, through to the output. */
static void block_task(void *data)
{
	struct run *r = data;
	const int blocks = over(r->tiles, r->many), all = r->in / r->s->width;
	float *v = own(r), *m = v + points_bytes(r, r->lda) / sizeof(float);
	int i, next, panel, others = 0;

	for (i = jmk_next(&others, 0); i >= 0; i = next >= 0 ? next : jmk_next(&others, 0)) {
		const int part = i / blocks, first = i % blocks * r->many, count = first + r->many < r->tiles ? r->many : r->tiles - first;
		const int from = part * r->panels / r->parts, to = (part + 1) * r->panels / r->parts;
		struct ahead a;

		/* The last tasks go to who comes first. */
		next = others == 0 && blocks > 2 * r->s->threads ? jmk_next(&others, 0) : -1;
		a = ahead_of(&r->a, r->kind_a, next % blocks * r->many, next < 0 ? 0 : count, 0, all, 36 * (to - from));
		r->isa->gather(r->kind_a, &r->a, first, count, 0, all, v, r->lda, r->many);
		for (panel = from; panel < to; panel++)
			product_panel(r, first, count, v, panel, m, &a);
	}
	__builtin_ia32_sfence(); /* after stores past the caches */
}

/* Tasks are a slice of the tiles and a part of the panels. */
static void slice_task(void *data)
{
	struct run *r = data;
	const int width = r->s->width, all = r->in / width;
	float *a = own(r), *b = a + points_bytes(r, r->lda) / sizeof(float);
	int i, first, count, others = 0;

	while ((i = jmk_next(&others, 0)) >= 0) {
		const int slice = i / r->parts, part = i % r->parts;
		const int begin = (int)((int64_t)slice * r->tiles / r->slices), end = (int)((int64_t)(slice + 1) * r->tiles / r->slices);
		const int from = part * r->panels / r->parts, to = (part + 1) * r->panels / r->parts;
		float *u = r->u + slice * 36 * r->gap;

		for (first = begin; first < end; first += count) {
			struct ahead next_a, next_b;
			int g, n, panel, coming;

			count = first + r->many < end ? r->many : end - first;
			coming = first + 2 * count < end ? count : end - first - count;
			next_a = ahead_of(&r->a, r->kind_a, first + count, coming, 0, all, 36 * (to - from));
			next_b = ahead_of(&r->b, r->kind_b, first + count, coming, 2 * from, 2 * (to - from), 36 * (to - from));
			r->isa->gather(r->kind_a, &r->a, first, count, 0, all, a, r->lda, count);
			r->isa->gather(r->kind_b, &r->b, first, count, 2 * from, 2 * to, b, r->ldb, count);
			for (g = 0; g < 36; g++)
				for (panel = from; panel < to; panel++) {
					const int position = group(r, g, &n);

					fetch(r, &next_a);
					fetch(r, &next_b);
					r->isa->outer(a + (size_t)position * count * r->lda, r->lda, b + (size_t)position * count * r->ldb + (panel - from) * 2 * width, r->ldb,
						n * count, r->in, u + g * r->gap + (size_t)panel * r->in * 2 * width, first > begin);
				}
		}
	}
}

void jmk_winograd_run(const jmk_winograd *s, const float *a, const float *b, float *out, char *scratch)
{
	struct run r;

	describe(&r, s);
	divide(&r);
	r.a.data = (float *)a;
	r.u = (float *)scratch;
	r.points_of_threads = scratch + r.slices * u_bytes(&r);
	if (s->pass == JMK_BACKWARD_WEIGHTS) {
		r.b.data = (float *)b;
		r.grad = out;
		jmk_parallel(slice_task, &r, r.slices * r.parts, s->threads);
		jmk_parallel(weights_task, &r, over(r.in, CHUNK) * r.panels, s->threads);
		return;
	}
	r.weights = b;
	r.b.data = out;
	jmk_parallel(weights_task, &r, over(r.in, CHUNK) * r.panels, s->threads);
	jmk_parallel(block_task, &r, r.parts * over(r.tiles, r.many), s->threads);
}
