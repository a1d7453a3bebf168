/* NT-Xent of two small batches: the value and both gradients. */
#include <math.h>

#include "check.h"

enum { N = 3, DIM = 4 };

static float a[N][DIM] = {
	{0.5f, -1.0f, 2.0f, 0.25f}, {-0.3f, 0.8f, 0.1f, 1.5f}, {1.2f, 0.4f, -0.7f, 0.9f}};
static float b[N][DIM] = {
	{0.4f, -0.9f, 1.8f, 0.5f}, {-0.1f, 1.1f, -0.2f, 1.2f}, {0.9f, 0.7f, -1.0f, 0.6f}};

/*
 * In double precision from the formula L = mean_i [log sum_{k != i} exp(s_ik/t) -
 * s_ip/t], gradients by central differences; eight decimals.
 */
static const double want_ga[N][DIM] = {
	{0.01664276, 0.01945442, 0.00154488, 0.03217314},
	{0.08603521, -0.05339537, 0.01927976, 0.04439926},
	{-0.03456616, 0.01443062, 0.1040824, 0.12062758}};
static const double want_gb[N][DIM] = {
	{0.01273212, 0.02964624, -0.00599446, 0.0647576},
	{0.15671039, 0.01638559, -0.0874874, -0.01654216},
	{-0.09159539, 0.09098021, 0.02557571, 0.07387568}};

static void golden(void)
{
	float ga[N][DIM], gb[N][DIM];
	array na, nb, nga, ngb;
	jml_nt_xent_options opts;
	double loss;
	int i, j;

	F32_2(&na, a, N, DIM);
	F32_2(&nb, b, N, DIM);
	CHECK(jml_nt_xent(&na.npy, &nb.npy, NULL, &loss,
		F32_2(&nga, ga, N, DIM), F32_2(&ngb, gb, N, DIM)) == JML_OK);
	CHECK(fabs(loss - 0.56405196) < 1e-6);
	for (i = 0; i < N; i++)
		for (j = 0; j < DIM; j++) {
			CHECK(fabs(ga[i][j] - want_ga[i][j]) < 1e-6);
			CHECK(fabs(gb[i][j] - want_gb[i][j]) < 1e-6);
		}

	jml_nt_xent_options_init(&opts);
	opts.temperature = 0.1;
	CHECK(jml_nt_xent(&na.npy, &nb.npy, &opts, &loss, NULL, NULL) == JML_OK);
	CHECK(fabs(loss - 0.02014322) < 1e-6);
}

static void refusals(void)
{
	float ga[N][DIM], bad[N][DIM];
	array na, nb, other;
	jml_nt_xent_options opts;
	double loss;

	F32_2(&na, a, N, DIM);
	F32_2(&nb, b, N, DIM);
	CHECK(jml_nt_xent(&na.npy, F32_2(&other, b, N - 1, DIM), NULL, &loss, NULL, NULL) == JML_ESHAPE);
	CHECK(says("nt_xent: b: want shape (3, 4), got (2, 4)"));
	CHECK(jml_nt_xent(&na.npy, as_npy(&other, "<f4", b, 1, D(N * DIM)), NULL, &loss, NULL, NULL) == JML_ESHAPE);
	CHECK(says("nt_xent: b: "));
	CHECK(jml_nt_xent(U8_4(&other, a, 1, N, DIM, 1), &nb.npy, NULL, &loss, NULL, NULL) == JML_EDTYPE);
	CHECK(says("nt_xent: a: want dtype <f4, got |u1"));
	CHECK(jml_nt_xent(F32_2(&other, a, 1, DIM), F32_2(&nb, b, 1, DIM), NULL, &loss, NULL, NULL) == JML_ESHAPE);
	CHECK(says("nt_xent: a: ") && says("at least 2"));
	F32_2(&nb, b, N, DIM);

	jml_nt_xent_options_init(&opts);
	opts.temperature = 0;
	CHECK(jml_nt_xent(&na.npy, &nb.npy, &opts, &loss, NULL, NULL) == JML_EINVAL);
	CHECK(says("nt_xent: temperature: "));
	opts.temperature = NAN;
	CHECK(jml_nt_xent(&na.npy, &nb.npy, &opts, &loss, NULL, NULL) == JML_EINVAL);
	CHECK(says("nt_xent: temperature: "));

	memcpy(bad, b, sizeof(b));
	bad[1][2] = NAN;
	CHECK(jml_nt_xent(&na.npy, F32_2(&other, bad, N, DIM), NULL, &loss, NULL, NULL) == JML_ENUMERIC);
	CHECK(says("nt_xent: b: "));

	/* An output that overlaps an input, or the other output. */
	CHECK(jml_nt_xent(&na.npy, &nb.npy, NULL, &loss, &na.npy, NULL) == JML_EINVAL);
	CHECK(says("nt_xent: out_ga: ") && says("overlaps a"));
	F32_2(&other, ga, N, DIM);
	CHECK(jml_nt_xent(&na.npy, &nb.npy, NULL, &loss, &other.npy, &other.npy) == JML_EINVAL);
	CHECK(says("nt_xent: out_gb: ") && says("overlaps out_ga"));
}

int main(void)
{
	golden();
	refusals();
	return done();
}
