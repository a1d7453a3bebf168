/* Every loss of two small batches: values, gradients, and what is refused. */
#include <math.h>

#include "check.h"

enum { N = 3, DIM = 4 };

static float a[N][DIM] = {
	{0.5f, -1.0f, 2.0f, 0.25f}, {-0.3f, 0.8f, 0.1f, 1.5f}, {1.2f, 0.4f, -0.7f, 0.9f}};
static float b[N][DIM] = {
	{0.4f, -0.9f, 1.8f, 0.5f}, {-0.1f, 1.1f, -0.2f, 1.2f}, {0.9f, 0.7f, -1.0f, 0.6f}};
static float negatives[2][DIM] = {{0.2f, 0.1f, -0.4f, 0.7f}, {1.0f, -1.0f, 0.5f, 0.3f}};
static float queue[DIM][DIM] = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};

/*
 * The wanted numbers are computed in double precision from the definitions, the
 * gradients by central differences of the value; eight decimals.
 */
static int near(double got, double want)
{
	return fabs(got - want) < 1e-6;
}

static int all_near(float got[N][DIM], const double want[N][DIM])
{
	int i, j;

	for (i = 0; i < N; i++)
		for (j = 0; j < DIM; j++)
			if (!near(got[i][j], want[i][j]))
				return 0;
	return 1;
}

static float ga[N][DIM], gb[N][DIM];
static array na, nb, nga, ngb, nqueue;

static void nt_xent(void)
{
	static const double want_a[N][DIM] = {
		{0.01664276, 0.01945442, 0.00154488, 0.03217314},
		{0.08603521, -0.05339537, 0.01927976, 0.04439926},
		{-0.03456616, 0.01443062, 0.1040824, 0.12062758}};
	static const double want_b[N][DIM] = {
		{0.01273212, 0.02964624, -0.00599446, 0.0647576},
		{0.15671039, 0.01638559, -0.0874874, -0.01654216},
		{-0.09159539, 0.09098021, 0.02557571, 0.07387568}};
	jml_nt_xent_options opts;
	double loss;

	CHECK(jml_nt_xent(&na.npy, &nb.npy, NULL, &loss, &nga.npy, &ngb.npy) == JML_OK);
	CHECK(near(loss, 0.56405196) && all_near(ga, want_a) && all_near(gb, want_b));
	jml_nt_xent_options_init(&opts);
	opts.temperature = 0.1;
	CHECK(jml_nt_xent(&na.npy, &nb.npy, &opts, &loss, NULL, NULL) == JML_OK);
	CHECK(near(loss, 0.02014322));
}

static void info_nce(void)
{
	static const double want_q[N][DIM] = {
		{0.00025283, 0.00056651, 0.00013075, 0.00071441},
		{0.0289925, -0.00495374, -0.01589777, 0.00950035},
		{-0.04088392, 0.0391693, 0.04423567, 0.07150884}};
	static const double want_k[N][DIM] = {
		{0.00046142, 0.00385878, -0.00036627, 0.00789525},
		{0.10272858, -0.00596403, -0.05459721, 0.0049282},
		{-0.04709483, 0.03921661, -0.00425268, 0.01780174}};
	double loss;

	CHECK(jml_info_nce(&na.npy, &nb.npy, NULL, &loss, &nga.npy, &ngb.npy) == JML_OK);
	CHECK(near(loss, 0.06961719) && all_near(ga, want_q) && all_near(gb, want_k));
	CHECK(jml_info_nce(&na.npy, NULL, NULL, &loss, NULL, NULL) == JML_EINVAL && says("info_nce: k: "));
}

static void info_nce_queue(void)
{
	static const double want[N][DIM] = {
		{-0.03088452, 0.09375835, 0.06111026, -0.05207964},
		{0.01721403, -0.20610415, 0.06114807, 0.10928848},
		{0.10373028, -0.09239285, 0.15377398, 0.02235844}};
	jml_info_nce_queue_options opts;
	array other;
	double loss;

	CHECK(jml_info_nce_queue(&na.npy, &nb.npy, &nqueue.npy, NULL, &loss, NULL) == JML_OK);
	CHECK(near(loss, 0.1590119));
	jml_info_nce_queue_options_init(&opts);
	opts.temperature = 0.2;
	CHECK(jml_info_nce_queue(&na.npy, &nb.npy, &nqueue.npy, &opts, &loss, &nga.npy) == JML_OK);
	CHECK(near(loss, 0.472377) && all_near(ga, want));
	CHECK(jml_info_nce_queue(&na.npy, &nb.npy, F32_2(&other, queue, 8, 2), NULL, &loss, NULL) == JML_ESHAPE);
	CHECK(says("info_nce_queue: queue: want shape (any, 4), got (8, 2)"));
}

static void info_nce_negatives(void)
{
	static const double want_q[N][DIM] = {
		{0.08055867, -0.05254409, -0.04624737, -0.00131474},
		{0.05992243, -0.10184372, -0.07678038, 0.07141983},
		{-0.07455486, -0.12343971, 0.0484344, 0.19193977}};
	static const double want_k[N][DIM] = {
		{-0.00493466, 0.00193274, -0.00386548, 0.02134239},
		{0.02794794, 0.04127616, -0.0417411, -0.04246434},
		{-0.07505833, 0.06660105, -0.06501531, -0.07347259}};
	static const double want_negatives[2][DIM] = {
		{0.20953037, 0.27536765, 0.1798581, 0.003572},
		{-0.04770998, 0.02105007, 0.13409976, 0.00570055}};
	float gn[2][DIM];
	array nnegatives, ngn;
	double loss, accuracy;
	int i, j;

	F32_2(&nnegatives, negatives, 2, DIM);
	F32_2(&ngn, gn, 2, DIM);
	CHECK(jml_info_nce_negatives(&na.npy, &nb.npy, &nnegatives.npy, NULL,
		&loss, &nga.npy, &ngb.npy, &ngn.npy) == JML_OK);
	CHECK(near(loss, 0.33592910) && all_near(ga, want_q) && all_near(gb, want_k));
	for (i = 0; i < 2; i++)
		for (j = 0; j < DIM; j++)
			CHECK(near(gn[i][j], want_negatives[i][j]));
	CHECK(jml_info_nce_negatives_accuracy(&na.npy, &nb.npy, &nnegatives.npy, NULL,
		&loss, &accuracy, NULL, NULL, NULL) == JML_OK);
	CHECK(near(loss, 0.33592910) && accuracy == 1);
	CHECK(jml_info_nce_negatives(&na.npy, &nb.npy, &nnegatives.npy, NULL,
		&loss, NULL, NULL, &nga.npy) == JML_ESHAPE);
	CHECK(says("info_nce_negatives: out_gnegatives: want shape (2, 4), got (3, 4)"));
}

static void byol(void)
{
	static const double want[N][DIM] = {
		{0.00741192, -0.0011279, 0.0022558, -0.03738186},
		{-0.03986427, -0.08922376, 0.06803606, 0.03507742},
		{0.0422125, -0.08194192, 0.08939118, 0.04966177}};
	double loss;

	CHECK(jml_byol(&na.npy, &nb.npy, &loss, &nga.npy) == JML_OK);
	CHECK(near(loss, 0.08392209) && all_near(ga, want));
	CHECK(jml_byol(&na.npy, &nb.npy, NULL, NULL) == JML_EINVAL && says("byol: out_loss: "));
}

static void barlow_twins(void)
{
	static const double want_a[N][DIM] = {
		{0.00364968, 0.00037351, 0.00057208, -0.03185996},
		{-0.0017033, 0.00130785, -0.00193066, -0.0345238},
		{-0.00194639, -0.00168136, 0.00135859, 0.06638376}};
	static const double want_b[N][DIM] = {
		{0.00407175, 0.0001041, 0.00077531, 0.07798851},
		{-0.002036, 0.00041699, -0.00271346, 0.01297351},
		{-0.00203575, -0.00052109, 0.00193815, -0.09096202}};
	jml_barlow_twins_options opts;
	double loss;

	CHECK(jml_barlow_twins(&na.npy, &nb.npy, NULL, &loss, &nga.npy, &ngb.npy) == JML_OK);
	CHECK(near(loss, 0.031703943) && all_near(ga, want_a) && all_near(gb, want_b));
	jml_barlow_twins_options_init(&opts);
	opts.off_diagonal_weight = 0;
	CHECK(jml_barlow_twins(&na.npy, &nb.npy, &opts, &loss, NULL, NULL) == JML_OK);
	CHECK(near(loss, 0.007164729)); /* the diagonal alone */
	opts.off_diagonal_weight = -1;
	CHECK(jml_barlow_twins(&na.npy, &nb.npy, &opts, &loss, NULL, NULL) == JML_EINVAL);
	CHECK(says("barlow_twins: off_diagonal_weight: "));
}

static void cross_entropy(void)
{
	static const double want[N][DIM] = {
		{0.05141161, 0.01147148, -0.10292249, 0.0400394},
		{0.02887093, 0.08673307, 0.04307037, -0.15867437},
		{-0.19086589, 0.06401475, 0.02130866, 0.10554248}};
	static int64_t labels[N] = {2, 3, 0}, wrong[N] = {2, 4, 0};
	jml_cross_entropy_options opts;
	array nlabels;
	double loss, accuracy;

	I64_1(&nlabels, labels, N);
	CHECK(jml_cross_entropy(&na.npy, &nlabels.npy, NULL, &loss, &nga.npy) == JML_OK);
	CHECK(near(loss, 0.62187206) && all_near(ga, want));
	jml_cross_entropy_options_init(&opts);
	opts.smoothing = 0.1;
	CHECK(jml_cross_entropy_accuracy(&na.npy, &nlabels.npy, &opts, &loss, &accuracy, NULL) == JML_OK);
	CHECK(near(loss, 0.73145540) && accuracy == 1);
	opts.smoothing = 1.5;
	CHECK(jml_cross_entropy(&na.npy, &nlabels.npy, &opts, &loss, NULL) == JML_EINVAL);
	CHECK(says("cross_entropy: smoothing: want a number from 0 to 1, got 1.5"));
	CHECK(jml_cross_entropy(&na.npy, I64_1(&nlabels, wrong, N), NULL, &loss, NULL) == JML_EINVAL);
	CHECK(says("cross_entropy: labels: want labels from 0 to 3, got 4 in row 1"));
	CHECK(jml_cross_entropy(&na.npy, I64_1(&nlabels, labels, N - 1), NULL, &loss, NULL) == JML_ESHAPE);
	CHECK(says("cross_entropy: labels: want shape (3,), got (2,)"));
	CHECK(jml_cross_entropy(&na.npy, &nb.npy, NULL, &loss, NULL) == JML_EDTYPE);
}

static void masked_mse(void)
{
	static const double want[N][DIM] = {{0.04, 0, 0.08, 0}, {0, 0, 0, 0.12}, {0.12, -0.12, 0, 0}};
	static float mask[N][DIM] = {{1, 0, 1, 0}, {0, 0, 0, 1}, {1, 1, 0, 0}}, none[N][DIM];
	array nmask, one[2];
	double loss;

	CHECK(jml_masked_mse(&na.npy, &nb.npy, F32_2(&nmask, mask, N, DIM), &loss, &nga.npy) == JML_OK);
	CHECK(near(loss, 0.064) && all_near(ga, want));
	/* Any shape, and no mask: the plain mean. */
	as_npy(&one[0], "<f4", a, 3, D(1), D(2), D(2));
	as_npy(&one[1], "<f4", b, 3, D(1), D(2), D(2));
	CHECK(jml_masked_mse(&one[0].npy, &one[1].npy, NULL, &loss, NULL) == JML_OK);
	CHECK(near(loss, (0.01 + 0.01 + 0.04 + 0.0625) / 4));
	CHECK(jml_masked_mse(&one[0].npy, &nb.npy, NULL, &loss, NULL) == JML_ESHAPE);
	CHECK(says("masked_mse: target: want shape (1, 2, 2), got (3, 4)"));
	CHECK(jml_masked_mse(&na.npy, &nb.npy, F32_2(&nmask, none, N, DIM), &loss, NULL) == JML_EINVAL);
	CHECK(says("masked_mse: mask: want a weight above 0"));
	CHECK(jml_masked_mse(&na.npy, &nb.npy, NULL, &loss, &nb.npy) == JML_EINVAL);
	CHECK(says("masked_mse: out_gx: ") && says("overlaps target"));
}

static void refusals(void)
{
	float bad[N][DIM];
	array other;
	jml_nt_xent_options opts;
	double loss;

	CHECK(jml_nt_xent(&na.npy, F32_2(&other, b, N - 1, DIM), NULL, &loss, NULL, NULL) == JML_ESHAPE);
	CHECK(says("nt_xent: b: want shape (3, 4), got (2, 4)"));
	CHECK(jml_nt_xent(&na.npy, as_npy(&other, "<f4", b, 1, D(N * DIM)), NULL, &loss, NULL, NULL) == JML_ESHAPE);
	CHECK(says("nt_xent: b: "));
	CHECK(jml_nt_xent(U8_4(&other, a, 1, N, DIM, 1), &nb.npy, NULL, &loss, NULL, NULL) == JML_EDTYPE);
	CHECK(says("nt_xent: a: want dtype <f4, got |u1"));
	CHECK(jml_nt_xent(F32_2(&other, a, 1, DIM), &other.npy, NULL, &loss, NULL, NULL) == JML_ESHAPE);
	CHECK(says("nt_xent: a: ") && says("at least 2"));
	CHECK(jml_barlow_twins(&other.npy, &other.npy, NULL, &loss, NULL, NULL) == JML_ESHAPE);
	CHECK(says("barlow_twins: a: ") && says("at least 2"));
	CHECK(jml_byol(F32_2(&other, a, N, 0), &other.npy, &loss, NULL) == JML_ESHAPE);
	CHECK(says("byol: prediction: want at least one column, got shape (3, 0)"));

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
	CHECK(says("nt_xent: b: ") && says("row 1, column 2"));
	CHECK(jml_barlow_twins(&na.npy, &other.npy, NULL, &loss, NULL, NULL) == JML_ENUMERIC);
	CHECK(says("barlow_twins: b: ") && says("row 1, column 2"));

	/* A row of zeros is orthogonal to all. */
	memset(bad, 0, sizeof(bad));
	CHECK(jml_byol(&na.npy, &other.npy, &loss, &nga.npy) == JML_OK && loss == 2);

	/* An output that overlaps an input, or the other output. */
	CHECK(jml_nt_xent(&na.npy, &nb.npy, NULL, &loss, &na.npy, NULL) == JML_EINVAL);
	CHECK(says("nt_xent: out_ga: ") && says("overlaps a"));
	CHECK(jml_nt_xent(&na.npy, &nb.npy, NULL, &loss, &nga.npy, &nga.npy) == JML_EINVAL);
	CHECK(says("nt_xent: out_gb: ") && says("overlaps out_ga"));
}

int main(void)
{
	F32_2(&na, a, N, DIM);
	F32_2(&nb, b, N, DIM);
	F32_2(&nga, ga, N, DIM);
	F32_2(&ngb, gb, N, DIM);
	F32_2(&nqueue, queue, DIM, DIM);
	nt_xent();
	info_nce();
	info_nce_queue();
	info_nce_negatives();
	byol();
	barlow_twins();
	cross_entropy();
	masked_mse();
	refusals();
	return done();
}
