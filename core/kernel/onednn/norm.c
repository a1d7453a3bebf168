//go:build onednn

#include "norm.h"
#include "norm_isa.h"
#include "lib.h"

#include <math.h>
#include <string.h>

enum {
	CHUNK = 4096 /* pixels of a task, about */
};

/* One run. Tasks of the long loops are a block of channels in a chunk of a part's
 * pictures; chunks follow from the shape alone. */
struct run {
	const jmk_norm *s;
	const jmk_norm_args *a;
	const struct n_isa *isa;
	int blocks, pictures, chunks; /* pictures of a chunk, chunks of a part */
	double *sums;                 /* [part][chunk][block][2][width] */
	float *scale, *constant, *slope; /* [part][channel] */
	int past;
};

static const struct n_isa *isa_of(const jmk_norm *s)
{
	return !jmk_runs(s->width) ? NULL : s->width == 16 ? &jmk_n_avx512 : &jmk_n_avx2;
}

int jmk_norm_fits(const jmk_norm *s) { return isa_of(s) && s->c % s->width == 0; }

static void describe(struct run *r, const jmk_norm *s)
{
	*r = (struct run){ .s = s, .isa = isa_of(s), .blocks = s->c / s->width, .pictures = s->pixels < CHUNK ? CHUNK / s->pixels : 1 };
	r->chunks = (s->n + r->pictures - 1) / r->pictures;
	r->past = (size_t)s->parts * s->n * s->c * s->pixels * sizeof(float) > JMK_STREAM_ROOM;
}

int64_t jmk_norm_scratch(const jmk_norm *s)
{
	struct run r;

	describe(&r, s);
	return (int64_t)s->parts * s->c * (int64_t)(r.chunks * 2 * sizeof(double) + 3 * sizeof(float));
}

static int tasks(const struct run *r) { return r->s->parts * r->chunks * r->blocks; }

static void together(struct run *r, void (*work)(void *)) { jmk_parallel(work, r, tasks(r), r->s->threads); }

/* Where task i begins, and its planes and channels. */
static size_t task(const struct run *r, int i, struct n_planes *p, struct n_channels *c)
{
	const int block = i % r->blocks, chunk = i / r->blocks % r->chunks, part = i / r->blocks / r->chunks;
	const int first = chunk * r->pictures, left = r->s->n - first, channel = block * r->s->width, at = part * r->s->c + channel;

	p->apart = (size_t)r->s->c * r->s->pixels;
	p->planes = left < r->pictures ? left : r->pictures;
	p->pixels = r->s->pixels;
	*c = (struct n_channels){ r->a->mean + at, r->scale + at, r->a->beta + channel, r->constant + at, r->slope + at, r->s->relu };
	return ((size_t)part * r->s->n + first) * p->apart + (size_t)channel * r->s->pixels;
}

static void sums_task(void *data)
{
	struct run *r = data;
	int i, others = 0;

	while ((i = jmk_next(&others, 0)) >= 0) {
		struct n_planes p;
		struct n_channels c;
		const size_t at = task(r, i, &p, &c);
		double *out = r->sums + (size_t)i * 2 * r->s->width;

		if (r->s->pass == JMK_TRAINING)
			r->isa->statistics(p, r->a->src + at, out);
		else
			r->isa->gradients(p, c, r->a->src + at, r->a->dst_grad + at, out);
	}
}

/* The last values read are the first that are read again: some are in the cache. */
static void apply_task(void *data)
{
	struct run *r = data;
	int i, others = 0;

	while ((i = jmk_next(&others, 1)) >= 0) {
		struct n_planes p;
		struct n_channels c;
		const size_t at = task(r, i, &p, &c);

		if (r->s->pass == JMK_BACKWARD)
			r->isa->apply_gradients(p, c, r->a->src + at, r->a->dst_grad + at, r->a->src_grad + at, r->past);
		else
			r->isa->apply(p, c, r->a->src + at, r->a->dst + at, r->past);
	}
	__builtin_ia32_sfence(); /* after stores past the caches */
}

/* The sums over all chunks of channel c of a part. */
static void sums_of(const struct run *r, int part, int c, double sums[2])
{
	const int width = r->s->width;
	int i, j;

	sums[0] = sums[1] = 0;
	for (i = part * r->chunks; i < (part + 1) * r->chunks; i++)
		for (j = 0; j < 2; j++)
			sums[j] += r->sums[((size_t)(i * r->blocks + c / width) * 2 + j) * width + c % width];
}

/* Mean and variance of each channel of each part. */
static void statistics(struct run *r)
{
	const double n = (double)r->s->n * r->s->pixels;
	int part, c;

	for (part = 0; part < r->s->parts; part++)
		for (c = 0; c < r->s->c; c++) {
			double sums[2], mean;

			sums_of(r, part, c, sums);
			mean = sums[0] / n;
			r->a->mean[part * r->s->c + c] = (float)mean;
			r->a->var[part * r->s->c + c] = (float)fmax(0, sums[1] / n - mean * mean);
		}
}

static double inverse(const struct run *r, int i) { return 1 / sqrt((double)r->a->var[i] + r->s->eps); }

/* The gradients of scale and shift, and what the mean and variance of each part add
 * to the gradient of the source. */
static void gradients(struct run *r)
{
	const double n = (double)r->s->n * r->s->pixels;
	int part, c;

	for (c = 0; c < r->s->c; c++) {
		double beta = 0, gamma = 0;

		for (part = 0; part < r->s->parts; part++) {
			const int i = part * r->s->c + c;
			const double inv = inverse(r, i), k = -r->a->gamma[c] * inv / n;
			double sums[2];

			sums_of(r, part, c, sums);
			beta += sums[0];
			gamma += sums[1] * inv;
			r->constant[i] = (float)(k * sums[0]);
			r->slope[i] = (float)(k * inv * inv * sums[1]);
		}
		r->a->beta_grad[c] = (float)beta;
		r->a->gamma_grad[c] = (float)gamma;
	}
}

void jmk_norm_run(const jmk_norm *s, const jmk_norm_args *args)
{
	const size_t channels = (size_t)s->parts * s->c;
	jmk_norm_args a = *args;
	struct run r;
	size_t i;

	describe(&r, s);
	r.a = &a;
	r.sums = a.scratch;
	r.scale = (float *)(r.sums + r.chunks * channels * 2);
	r.constant = r.scale + channels;
	r.slope = r.constant + channels;
	r.past = r.past && (s->pass == JMK_BACKWARD ? a.src_grad != a.dst_grad : a.dst != a.src);
	if (s->pass == JMK_BACKWARD)
		a.beta = s->relu ? a.workspace : a.gamma; /* any: unused without a ReLU */
	if (s->pass == JMK_TRAINING) {
		together(&r, sums_task);
		statistics(&r);
		if (s->relu)
			memcpy(a.workspace, a.beta, s->c * sizeof(float));
	}
	for (i = 0; i < channels; i++)
		r.scale[i] = (float)(a.gamma[i % s->c] * inverse(&r, (int)i));
	if (s->pass == JMK_BACKWARD) {
		together(&r, sums_task);
		gradients(&r);
	}
	together(&r, apply_task);
}
