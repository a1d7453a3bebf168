/* Threads: what may be asked for, and that no result depends on them. */
#include "check.h"

enum { N = 40, SIDE = 16, VIEW = 12, V = 2, DIM = 24, PICTURE = SIDE * SIDE * 3, VIEWED = VIEW * VIEW * 3 };

static unsigned char views[V * N * VIEWED];
static float a[N][DIM], b[N][DIM], ga[N][DIM], gb[N][DIM];
static int64_t labels[N], nearest[N];
static double loss, accuracy;

static void limits(void)
{
	static const int32_t wrong[] = {-1, -2147483647 - 1, 4097, 2147483647};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[64];

		CHECK(jml_set_threads(wrong[i]) == JML_EINVAL);
		snprintf(text, sizeof(text), "set_threads: n: want 0 (all) to 4096, got %d", (int)wrong[i]);
		CHECK(strcmp(jml_last_error(), text) == 0);
	}
	CHECK(jml_set_threads(4096) == JML_OK);
}

/* The options of a call have their own bound. */
static void views_options(jml_pipeline *pipeline, const jml_npy *in, const jml_npy *out)
{
	jml_views_options opts;

	jml_views_options_init(&opts);
	CHECK(opts.threads == 0);
	opts.threads = -1;
	CHECK(jml_pipeline_apply(pipeline, in, NULL, &opts, out) == JML_EINVAL);
	CHECK(says("pipeline_apply: threads: want 0 (all) to 4096, got -1"));
	opts.threads = 4097;
	CHECK(jml_pipeline_apply(pipeline, in, NULL, &opts, out) == JML_EINVAL);
	CHECK(says("pipeline_apply: threads: want 0 (all) to 4096, got 4097"));
}

static void trainer(void)
{
	jml_trainer *t;

	CHECK(jml_trainer_new("{\"method\": \"simclr\", \"threads\": 4097}", &t) == JML_EINVAL);
	CHECK(says("trainer_new: threads: want 0 to 4096, got 4097"));
	CHECK(jml_trainer_new("{\"method\": \"simclr\", \"threads\": -1}", &t) == JML_EINVAL);
	CHECK(says("trainer_new: threads: want 0 to 4096, got -1"));
}

int main(void)
{
	static unsigned char views1[sizeof(views)];
	static float ga1[N][DIM], gb1[N][DIM];
	int64_t nearest1[N];
	double loss1 = 0, accuracy1 = 0;
	unsigned char *in = noise(N * PICTURE, 3), *values = noise(2 * N * DIM, 4);
	jml_pipeline *pipeline;
	array np, nv, na, nb, nga, ngb, nl, nn;
	int i, threads;

	limits();
	trainer();
	for (i = 0; i < N * DIM; i++) {
		(&a[0][0])[i] = (float)values[i] - 127.5f;
		(&b[0][0])[i] = (float)values[N * DIM + i] - 127.5f;
	}
	for (i = 0; i < N; i++)
		labels[i] = i % 3;
	U8_4(&np, in, N, SIDE, SIDE, 3);
	U8_5(&nv, views, V, N, VIEW, VIEW, 3);
	F32_2(&na, a, N, DIM);
	F32_2(&nb, b, N, DIM);
	F32_2(&nga, ga, N, DIM);
	F32_2(&ngb, gb, N, DIM);
	I64_1(&nl, labels, N);
	I64_1(&nn, nearest, N);
	CHECK(jml_pipeline_new("{\"preset\": \"simclr\", \"size\": 12}", &pipeline) == JML_OK);
	views_options(pipeline, &np.npy, &nv.npy);
	for (threads = 1; threads <= 3; threads++) {
		CHECK(jml_set_threads(threads) == JML_OK);
		CHECK(jml_pipeline_apply(pipeline, &np.npy, NULL, NULL, &nv.npy) == JML_OK);
		CHECK(jml_nt_xent(&na.npy, &nb.npy, NULL, &loss, &nga.npy, &ngb.npy) == JML_OK);
		CHECK(jml_knn(&na.npy, &nl.npy, &nb.npy, &nl.npy, NULL, &nn.npy, &accuracy) == JML_OK);
		if (threads == 1) {
			memcpy(views1, views, sizeof(views));
			memcpy(ga1, ga, sizeof(ga));
			memcpy(gb1, gb, sizeof(gb));
			memcpy(nearest1, nearest, sizeof(nearest));
			loss1 = loss;
			accuracy1 = accuracy;
		}
		CHECK(memcmp(views1, views, sizeof(views)) == 0);
		CHECK(loss == loss1 && memcmp(ga1, ga, sizeof(ga)) == 0 && memcmp(gb1, gb, sizeof(gb)) == 0);
		CHECK(accuracy == accuracy1 && memcmp(nearest1, nearest, sizeof(nearest)) == 0);
		memset(views, 0, sizeof(views));
		memset(ga, 0, sizeof(ga));
		memset(nearest, 0, sizeof(nearest));
	}
	CHECK(jml_set_threads(0) == JML_OK);
	jml_pipeline_free(pipeline);
	free(in);
	free(values);
	return done();
}
