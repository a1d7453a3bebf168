/* Views of pictures: whose bytes they depend on, and what is refused. */
#include "check.h"

enum { N = 5, H = 20, W = 17, C = 3, SIZE = 12, VIEW = SIZE * SIZE * C };

static const char spec[] = "{\"preset\": \"simclr\", \"size\": 12, \"strength\": 0.5, \"blur\": false}";

static char *spec_of(jml_pipeline *pipeline)
{
	char *text;
	size_t n, m;

	CHECK(jml_pipeline_spec(pipeline, NULL, 0, &n) == JML_OK);
	text = must(malloc(n));
	CHECK(jml_pipeline_spec(pipeline, text, n - 1, &m) == JML_EINVAL && m == n);
	CHECK(says("pipeline_spec: buf_len: "));
	CHECK(jml_pipeline_spec(pipeline, text, n, &m) == JML_OK && m == n);
	CHECK(strlen(text) == n - 1);
	return text;
}

static void same_bytes(jml_pipeline *pipeline, unsigned char *in)
{
	static unsigned char whole[2][N][VIEW], again[2][N][VIEW], part[2][2][VIEW];
	array na, no, ni;
	jml_views_options opts;
	int64_t indices[2] = {3, 1};
	unsigned char pair[2][H * W * C];
	jml_pipeline *copy;
	char *document;
	int v;

	U8_4(&na, in, N, H, W, C);
	jml_views_options_init(&opts);
	opts.seed = 7;
	opts.epoch = 2;
	CHECK(jml_pipeline_apply(pipeline, &na.npy, NULL, &opts, U8_5(&no, whole, 2, N, SIZE, SIZE, C)) == JML_OK);

	/* Threads change nothing, nor does a trip through the document. */
	document = spec_of(pipeline);
	CHECK(jml_pipeline_new(document, &copy) == JML_OK);
	free(document);
	opts.threads = 1;
	CHECK(jml_pipeline_apply(copy, &na.npy, NULL, &opts, U8_5(&no, again, 2, N, SIZE, SIZE, C)) == JML_OK);
	CHECK(memcmp(whole, again, sizeof(whole)) == 0);
	jml_pipeline_free(copy);

	/* Two of the pictures, in another order, give the same views as in the batch. */
	memcpy(pair[0], in + 3 * H * W * C, H * W * C);
	memcpy(pair[1], in + 1 * H * W * C, H * W * C);
	CHECK(jml_pipeline_apply(pipeline, U8_4(&na, pair, 2, H, W, C), I64_1(&ni, indices, 2), &opts,
		U8_5(&no, part, 2, 2, SIZE, SIZE, C)) == JML_OK);
	for (v = 0; v < 2; v++) {
		CHECK(memcmp(part[v][0], whole[v][3], VIEW) == 0);
		CHECK(memcmp(part[v][1], whole[v][1], VIEW) == 0);
	}

	/* Another seed or epoch gives other views. */
	opts.epoch = 3;
	CHECK(jml_pipeline_apply(pipeline, U8_4(&na, in, N, H, W, C), NULL, &opts,
		U8_5(&no, again, 2, N, SIZE, SIZE, C)) == JML_OK);
	CHECK(memcmp(whole, again, sizeof(whole)) != 0);
}

static void refusals(jml_pipeline *pipeline, unsigned char *in)
{
	static unsigned char out[2 * N * VIEW];
	array na, no, ni;
	jml_views_options opts;
	jml_pipeline *other;
	int64_t indices[N] = {0, 1, -1, 3, 4};

	CHECK(jml_pipeline_new("{", &other) == JML_EINVAL && other == NULL);
	CHECK(jml_pipeline_new("{\"preset\": \"simclrr\", \"size\": 12}", &other) == JML_EINVAL);
	CHECK(says("simclr"));
	CHECK(jml_pipeline_new("{\"size\": 12, \"operations\": [{\"op\": \"HorizontalFlop\"}]}", &other) == JML_EINVAL);
	CHECK(says("HorizontalFlip"));
	CHECK(jml_pipeline_new("{\"size\": 0, \"operations\": []}", &other) == JML_EINVAL && says("size"));
	CHECK(jml_pipeline_new("{\"size\": 12, \"operations\": [{\"op\": \"Solarize\", \"p\": 1.5}]}", &other) == JML_EINVAL);
	CHECK(says("pipeline_new: operations[0].p: want a probability from 0 to 1, got 1.5"));
	CHECK(jml_pipeline_new("{\"size\": 12, \"operations\": [{\"op\": \"RandomResizedCrop\","
		" \"scale\": [1, 0.5]}]}", &other) == JML_EINVAL);
	CHECK(says("pipeline_new: operations[0].scale: want two numbers, the smaller first"));
	CHECK(jml_pipeline_new("{\"preset\": \"simclr\", \"size\": 12, \"strength\": 1e999}", &other) == JML_EINVAL);
	CHECK(says("pipeline_new: strength: want a number that fits"));
	CHECK(jml_pipeline_new("{\"preset\": \"simclr\", \"size\": 12, \"strength\": NaN}", &other) == JML_EINVAL);
	CHECK(says("pipeline_new: spec: ")); /* JSON has no NaN */

	U8_4(&na, in, N, H, W, C);
	CHECK(jml_pipeline_apply(pipeline, &na.npy, NULL, NULL, U8_5(&no, out, 2, N, SIZE, SIZE + 1, C)) == JML_ESHAPE);
	CHECK(says("pipeline_apply: out_views: want shape (any, 5, 12, 12, 3), got (2, 5, 12, 13, 3)"));
	CHECK(jml_pipeline_apply(pipeline, &na.npy, NULL, NULL, U8_5(&no, out, 0, N, SIZE, SIZE, C)) != JML_OK);
	U8_5(&no, out, 2, N, SIZE, SIZE, C);
	CHECK(jml_pipeline_apply(pipeline, U8_4(&na, in, N, H, W, 2), NULL, NULL, &no.npy) == JML_ESHAPE);
	CHECK(says("pipeline_apply: pictures: "));
	CHECK(jml_pipeline_apply(pipeline, U8_4(&na, in, 0, H, W, C), NULL, NULL, &no.npy) == JML_ESHAPE);
	CHECK(says("pipeline_apply: pictures: want pictures of shape"));
	CHECK(jml_pipeline_apply(pipeline, U8_4(&na, in, N, 0, W, C), NULL, NULL, &no.npy) == JML_ESHAPE);
	CHECK(says("pipeline_apply: pictures: want pictures of shape"));
	U8_4(&na, in, N, H, W, C);
	CHECK(jml_pipeline_apply(pipeline, &na.npy, I64_1(&ni, indices, N), NULL, &no.npy) == JML_EINVAL);
	CHECK(says("pipeline_apply: indices"));
	CHECK(jml_pipeline_apply(pipeline, &na.npy, NULL, NULL, U8_5(&no, in, 1, N, SIZE, SIZE, C)) == JML_EINVAL);
	CHECK(says("pipeline_apply: out_views: ") && says("overlaps pictures"));
	U8_5(&no, out, 2, N, SIZE, SIZE, C);
	jml_views_options_init(&opts);
	opts.epoch = -1;
	CHECK(jml_pipeline_apply(pipeline, &na.npy, NULL, &opts, &no.npy) == JML_EINVAL);
	CHECK(says("pipeline_apply: epoch: "));
	opts.epoch = 0;
	opts.threads = -1;
	CHECK(jml_pipeline_apply(pipeline, &na.npy, NULL, &opts, &no.npy) == JML_EINVAL);
	CHECK(says("pipeline_apply: threads: "));
}

static void explain(jml_pipeline *pipeline)
{
	char text[8192];
	size_t n;

	CHECK(jml_pipeline_explain(pipeline, H, W, C, 3, 1, NULL, text, sizeof(text), &n) == JML_OK);
	CHECK(text[0] == '[' && strstr(text, "RandomResizedCrop") != NULL);
	CHECK(jml_pipeline_explain(pipeline, 0, W, C, 3, 1, NULL, text, sizeof(text), &n) == JML_ESHAPE);
	CHECK(jml_pipeline_explain(pipeline, H, W, C, -1, 1, NULL, text, sizeof(text), &n) == JML_EINVAL);
	CHECK(says("pipeline_explain: "));
}

int main(void)
{
	unsigned char *in = noise((size_t)N * H * W * C, 3);
	jml_pipeline *pipeline;

	CHECK(jml_pipeline_new(spec, &pipeline) == JML_OK);
	same_bytes(pipeline, in);
	refusals(pipeline, in);
	explain(pipeline);
	jml_pipeline_free(pipeline);
	free(in);
	return done();
}
