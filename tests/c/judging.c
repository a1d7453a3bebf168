/* Judging features by nearest neighbours and by a linear probe. */
#include "check.h"

/* Query [1, 0.2]: similarities 0.980581, 0.992278 (label 1), 0.196, 0.385 (label 1). */
static float bank[4][2] = {{1, 0}, {0.9f, 0.3f}, {0, 1}, {0.2f, 1}};
static int64_t labels[4] = {0, 1, 1, 1};
static float queries[2][2] = {{1, 0.2f}, {3, -0.3f}};
static int64_t truth[2] = {1, 0};

/* Two clouds that a line separates, labels 0 and 1 in turn. */
static void linear(void)
{
	enum { ROWS = 40 };
	static float x[ROWS][2];
	static int64_t y[ROWS], predictions[ROWS];
	array nx, ny, np;
	jml_linear_probe_options opts;
	double accuracy = 0;
	int i;

	for (i = 0; i < ROWS; i++) {
		y[i] = i % 2;
		x[i][0] = (float)(i % 7) + (y[i] ? 10.0f : 0.0f);
		x[i][1] = (float)(i % 5);
	}
	F32_2(&nx, x, ROWS, 2);
	I64_1(&ny, y, ROWS);
	I64_1(&np, predictions, ROWS);
	CHECK(jml_linear_probe(&nx.npy, &ny.npy, &nx.npy, &ny.npy, NULL, &np.npy, &accuracy) == JML_OK);
	CHECK(accuracy == 1 && memcmp(y, predictions, sizeof(y)) == 0);
	jml_linear_probe_options_init(&opts);
	opts.penalty = 0.01;
	CHECK(jml_linear_probe(&nx.npy, &ny.npy, &nx.npy, &ny.npy, &opts, NULL, &accuracy) == JML_OK);
	CHECK(accuracy == 1);
	opts.iterations = 0;
	CHECK(jml_linear_probe(&nx.npy, &ny.npy, &nx.npy, &ny.npy, &opts, NULL, &accuracy) == JML_EINVAL);
	CHECK(says("linear_probe: iterations: "));
	CHECK(jml_linear_probe(&nx.npy, &ny.npy, &nx.npy, NULL, NULL, NULL, &accuracy) == JML_EINVAL);
	CHECK(says("linear_probe: test_labels: "));
}

int main(void)
{
	array nb, nl, nq, nt, np, other;
	jml_knn_options opts;
	int64_t predictions[2] = {-1, -1}, negative[4] = {0, -1, 1, 1};
	double accuracy = -1;

	F32_2(&nb, bank, 4, 2);
	I64_1(&nl, labels, 4);
	F32_2(&nq, queries, 2, 2);
	I64_1(&nt, truth, 2);
	I64_1(&np, predictions, 2);
	jml_knn_options_init(&opts);
	opts.k = 3;
	CHECK(jml_knn(&nb.npy, &nl.npy, &nq.npy, &nt.npy, &opts, &np.npy, &accuracy) == JML_OK);
	/* Class 1 outvotes the one neighbour of class 0 for the first query. */
	CHECK(predictions[0] == 1);
	opts.k = 1;
	CHECK(jml_knn(&nb.npy, &nl.npy, &nq.npy, &nt.npy, &opts, &np.npy, &accuracy) == JML_OK);
	CHECK(predictions[0] == 1 && predictions[1] == 0 && accuracy == 1.0);
	truth[1] = 1;
	CHECK(jml_knn(&nb.npy, &nl.npy, &nq.npy, &nt.npy, &opts, NULL, &accuracy) == JML_OK);
	CHECK(accuracy == 0.5);
	/* The default k is more than the bank has: it is the bank then. */
	CHECK(jml_knn(&nb.npy, &nl.npy, &nq.npy, NULL, NULL, &np.npy, NULL) == JML_OK);

	CHECK(jml_knn(&nb.npy, &nl.npy, &nq.npy, NULL, NULL, NULL, &accuracy) == JML_EINVAL);
	CHECK(says("knn: test_labels: "));
	CHECK(jml_knn(&nb.npy, &nl.npy, &nq.npy, &nt.npy, NULL, NULL, NULL) == JML_EINVAL);
	CHECK(says("knn: out_predictions: "));
	CHECK(jml_knn(&nb.npy, I64_1(&other, labels, 3), &nq.npy, NULL, NULL, &np.npy, NULL) == JML_ESHAPE);
	CHECK(says("knn: train_labels: want shape (4,), got (3,)"));
	CHECK(jml_knn(&nb.npy, I64_1(&other, negative, 4), &nq.npy, NULL, NULL, &np.npy, NULL) == JML_EINVAL);
	CHECK(says("knn: train_labels: "));
	CHECK(jml_knn(&nb.npy, &nl.npy, F32_2(&other, queries, 4, 1), NULL, NULL, &np.npy, NULL) == JML_ESHAPE);
	CHECK(says("knn: test: "));
	CHECK(jml_knn(&nb.npy, &nl.npy, &nq.npy, &nt.npy, NULL, &nt.npy, NULL) == JML_EINVAL);
	CHECK(says("knn: out_predictions: ") && says("overlaps"));
	opts.k = 0;
	CHECK(jml_knn(&nb.npy, &nl.npy, &nq.npy, NULL, &opts, &np.npy, NULL) == JML_EINVAL);
	CHECK(says("knn: k: "));
	opts.k = 1;
	opts.temperature = -1;
	CHECK(jml_knn(&nb.npy, &nl.npy, &nq.npy, NULL, &opts, &np.npy, NULL) == JML_EINVAL);
	CHECK(says("knn: temperature: "));
	linear();
	return done();
}
