/*
 * Arrays that end, or begin, exactly at memory that must not be touched: vector
 * code that reads or writes one element too far ends in an error here. Every
 * shape is odd on purpose.
 */
#define _DEFAULT_SOURCE
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

enum { PAGE = 4096 };

typedef struct walled {
	unsigned char *base;
	size_t pages;
	unsigned char *data;
} walled;

/* n bytes between two forbidden pages, against the second or the first. */
static walled wall(size_t n, int at_end)
{
	walled w;

	w.pages = (n + PAGE - 1) / PAGE + 2;
	w.base = mmap(NULL, w.pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(w.base != MAP_FAILED);
	CHECK(mprotect(w.base, PAGE, PROT_NONE) == 0);
	CHECK(mprotect(w.base + (w.pages - 1) * PAGE, PAGE, PROT_NONE) == 0);
	w.data = at_end ? w.base + (w.pages - 1) * PAGE - n : w.base + PAGE;
	return w;
}

static void unwall(walled w)
{
	CHECK(munmap(w.base, w.pages * PAGE) == 0);
}

static walled wall_noise(size_t n, int at_end, uint32_t seed)
{
	walled w = wall(n, at_end);
	unsigned char *p = noise(n, seed);

	memcpy(w.data, p, n);
	free(p);
	return w;
}

static walled wall_floats(size_t n, int at_end, uint32_t seed)
{
	walled w = wall(n * sizeof(float), at_end);
	unsigned char *p = noise(n, seed);
	size_t i;

	for (i = 0; i < n; i++)
		((float *)(void *)w.data)[i] = (float)p[i] / 64 - 2;
	free(p);
	return w;
}

static void losses(int64_t n, int64_t d, int at_end)
{
	size_t bytes = (size_t)(n * d) * sizeof(float);
	walled a = wall_floats((size_t)(n * d), at_end, 1), b = wall_floats((size_t)(n * d), at_end, 2);
	walled ga = wall(bytes, at_end), gb = wall(bytes, at_end);
	walled labels = wall((size_t)n * 8, at_end), predictions = wall((size_t)n * 8, at_end);
	walled logits = wall((size_t)(n * n) * sizeof(float), at_end);
	array na, nb, nga, ngb, nl, np, nlogits;
	double loss;
	int64_t i;

	for (i = 0; i < n; i++)
		((int64_t *)(void *)labels.data)[i] = i % 3;
	F32_2(&na, a.data, n, d);
	F32_2(&nb, b.data, n, d);
	F32_2(&nga, ga.data, n, d);
	F32_2(&ngb, gb.data, n, d);
	I64_1(&nl, labels.data, n);
	I64_1(&np, predictions.data, n);
	CHECK(jml_nt_xent(&na.npy, &nb.npy, NULL, &loss, &nga.npy, &ngb.npy) == JML_OK);
	CHECK(jml_info_nce(&na.npy, &nb.npy, NULL, &loss, &nga.npy, &ngb.npy) == JML_OK);
	CHECK(jml_info_nce_queue(&na.npy, &nb.npy, &nb.npy, NULL, &loss, &nga.npy) == JML_OK);
	CHECK(jml_byol(&na.npy, &nb.npy, &loss, &nga.npy) == JML_OK);
	CHECK(jml_barlow_twins(&na.npy, &nb.npy, NULL, &loss, &nga.npy, &ngb.npy) == JML_OK);
	CHECK(jml_info_nce_negatives(&na.npy, &na.npy, &nb.npy, NULL, &loss, NULL, &nga.npy, &ngb.npy) == JML_OK);
	CHECK(jml_masked_mse(&na.npy, &nb.npy, NULL, &loss, &nga.npy) == JML_OK);
	if (d >= 3)
		CHECK(jml_cross_entropy(&na.npy, &nl.npy, NULL, &loss, &nga.npy) == JML_OK);
	CHECK(jml_info_nce_logits(&na.npy, &nb.npy, NULL, F32_2(&nlogits, logits.data, n, n), &np.npy) == JML_OK);
	CHECK(jml_knn(&na.npy, &nl.npy, &nb.npy, NULL, NULL, &np.npy, NULL) == JML_OK);
	unwall(a);
	unwall(b);
	unwall(ga);
	unwall(gb);
	unwall(labels);
	unwall(predictions);
	unwall(logits);
}

static void views(jml_pipeline *pipeline, int64_t size, int64_t n, int64_t h, int64_t w, int64_t c, int at_end)
{
	walled in = wall_noise((size_t)(n * h * w * c), at_end, 3);
	walled out = wall((size_t)(2 * n * size * size * c), at_end);
	array ni, no;

	CHECK(jml_pipeline_apply(pipeline, U8_4(&ni, in.data, n, h, w, c), NULL, NULL,
		U8_5(&no, out.data, 2, n, size, size, c)) == JML_OK);
	unwall(in);
	unwall(out);
}

static void encoding(int64_t n, int at_end)
{
	enum { SIZE = 16, DIM = 256 };
	walled in = wall_noise((size_t)n * SIZE * SIZE * 3, at_end, 4);
	walled out = wall((size_t)n * DIM * sizeof(float), at_end);
	jml_trainer *trainer;
	array ni, no;

	CHECK(jml_trainer_new("{\"method\": \"simclr\", \"size\": 16, \"batch_size\": 5}", &trainer) == JML_OK);
	U8_4(&ni, in.data, n, SIZE, SIZE, 3);
	CHECK(jml_trainer_step(trainer, &ni.npy, NULL) == JML_OK);
	CHECK(jml_trainer_encode(trainer, &ni.npy, NULL, F32_2(&no, out.data, n, DIM)) == JML_OK);
	jml_trainer_free(trainer);
	unwall(in);
	unwall(out);
}

int main(void)
{
	static const char *const presets[] = {"simclr", "byol", "moco_v1", "test"};
	static const int64_t sizes[] = {1, 7, 13, 33};
	jml_pipeline *pipeline;
	char spec[128];
	int64_t n, d;
	size_t p, s;
	int at_end;

	for (at_end = 0; at_end < 2; at_end++) {
		for (n = 2; n <= 9; n++)
			for (d = 1; d <= 19; d += 3)
				losses(n, d, at_end);
		losses(67, 129, at_end);
		for (p = 0; p < sizeof(presets) / sizeof(*presets); p++)
			for (s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
				snprintf(spec, sizeof(spec), "{\"preset\": \"%s\", \"size\": %d}", presets[p], (int)sizes[s]);
				CHECK(jml_pipeline_new(spec, &pipeline) == JML_OK);
				views(pipeline, sizes[s], 3, 1, 1, 3, at_end);
				views(pipeline, sizes[s], 2, 17, 9, 1, at_end);
				views(pipeline, sizes[s], 5, 35, 41, 3, at_end);
				jml_pipeline_free(pipeline);
			}
		encoding(5, at_end);
	}
	return done();
}
