/*
 * InfoNCE as the classification "which candidate belongs to this anchor": its
 * accuracy, its logits and labels, and shares of it that add up to the whole.
 */
#include <math.h>

#include "check.h"

enum { N = 12, M = 7, DIM = 6 };

static float a[N][DIM], b[N][DIM], queue[M][DIM];
static float ga[N][DIM], gb[N][DIM], gq[M][DIM];
static array na, nb, nqueue, nga, ngb, ngq;

static void fill(void)
{
	unsigned char *p = noise(sizeof(a) + sizeof(queue), 5);
	int i, j;

	for (i = 0; i < N; i++)
		for (j = 0; j < DIM; j++) {
			a[i][j] = p[i * DIM + j] / 64.0f - 2;
			b[i][j] = a[i][j] + p[j * N + i] / 50.0f - 2.5f; /* noisy enough to be wrong */
		}
	for (i = 0; i < M; i++)
		for (j = 0; j < DIM; j++)
			queue[i][j] = p[N * DIM + i * DIM + j] / 64.0f - 2;
	free(p);
}

/* The mean cross-entropy and the accuracy of logits, by the definition. */
static void classify(const float *logits, const int64_t *labels, int n, int classes, double *loss, double *accuracy)
{
	int i, c, right = 0;

	*loss = 0;
	for (i = 0; i < n; i++) {
		const float *row = logits + i * classes;
		double sum = 0;
		int best = 0;

		for (c = 0; c < classes; c++) {
			sum += exp(row[c]);
			if (row[c] > row[best])
				best = c;
		}
		*loss += (log(sum) - row[labels[i]]) / n;
		right += best == labels[i];
	}
	*accuracy = (double)right / n;
}

/* That both ways to the numbers agree, and that neither is trivial. */
static int agree(const float *logits, const int64_t *labels, int n, int classes, double loss, double accuracy)
{
	double wanted, part;

	classify(logits, labels, n, classes, &wanted, &part);
	return fabs(loss - wanted) < 1e-6 * wanted && accuracy == part && part > 0 && part < 1;
}

static void views_of_the_same(void)
{
	static float logits[2 * N][2 * N], small[N][N], wide[N][1 + M];
	int64_t labels[2 * N];
	array nlogits, nlabels;
	double loss, accuracy, again;

	F32_2(&nlogits, logits, 2 * N, 2 * N);
	I64_1(&nlabels, labels, 2 * N);
	CHECK(jml_nt_xent_logits(&na.npy, &nb.npy, NULL, &nlogits.npy, &nlabels.npy) == JML_OK);
	CHECK(jml_nt_xent_accuracy(&na.npy, &nb.npy, NULL, &loss, &accuracy, NULL, NULL) == JML_OK);
	CHECK(isinf(logits[3][3]) && logits[3][3] < 0 && labels[3] == N + 3 && labels[N] == 0);
	CHECK(agree(logits[0], labels, 2 * N, 2 * N, loss, accuracy));
	CHECK(jml_cross_entropy(&nlogits.npy, &nlabels.npy, NULL, &again, NULL) == JML_OK);
	CHECK(fabs(again - loss) < 1e-6 * loss);

	F32_2(&nlogits, small, N, N);
	I64_1(&nlabels, labels, N);
	CHECK(jml_info_nce_logits(&na.npy, &nb.npy, NULL, &nlogits.npy, &nlabels.npy) == JML_OK);
	CHECK(jml_info_nce_accuracy(&na.npy, &nb.npy, NULL, &loss, &accuracy, NULL, NULL) == JML_OK);
	CHECK(agree(small[0], labels, N, N, loss, accuracy));

	F32_2(&nlogits, wide, N, 1 + M);
	CHECK(jml_info_nce_queue_logits(&na.npy, &nb.npy, &nqueue.npy, NULL, &nlogits.npy, &nlabels.npy) == JML_OK);
	CHECK(jml_info_nce_queue_accuracy(&na.npy, &nb.npy, &nqueue.npy, NULL, &loss, &accuracy, NULL) == JML_OK);
	CHECK(agree(wide[0], labels, N, 1 + M, loss, accuracy));

	CHECK(jml_info_nce_logits(&na.npy, &nb.npy, NULL, &nlogits.npy, &nlabels.npy) == JML_ESHAPE);
	CHECK(says("info_nce_logits: out_logits: want shape (12, 12), got (12, 8)"));
	CHECK(jml_info_nce_queue_logits(&na.npy, &nb.npy, &nqueue.npy, NULL, &nlogits.npy, NULL) == JML_EINVAL);
	CHECK(says("info_nce_queue_logits: out_labels: "));
}

enum { NT_XENT, INFO_NCE, QUEUE, NEGATIVES, BARLOW_TWINS, LOSSES };

static jml_status share(int loss, int64_t lo, int64_t hi, double *value)
{
	jml_nt_xent_options nt;
	jml_info_nce_options in;
	jml_info_nce_queue_options qu;
	jml_barlow_twins_options bt;

	memset(ga, 0, sizeof(ga));
	memset(gb, 0, sizeof(gb));
	memset(gq, 0, sizeof(gq));
	jml_nt_xent_options_init(&nt);
	jml_info_nce_options_init(&in);
	jml_info_nce_queue_options_init(&qu);
	jml_barlow_twins_options_init(&bt);
	nt.lo = in.lo = qu.lo = bt.lo = lo;
	nt.hi = in.hi = qu.hi = bt.hi = hi;
	switch (loss) {
	case NT_XENT:
		return jml_nt_xent(&na.npy, &nb.npy, &nt, value, &nga.npy, &ngb.npy);
	case INFO_NCE:
		return jml_info_nce(&na.npy, &nb.npy, &in, value, &nga.npy, &ngb.npy);
	case QUEUE:
		return jml_info_nce_queue(&na.npy, &nb.npy, &nqueue.npy, &qu, value, &nga.npy);
	case NEGATIVES:
		return jml_info_nce_negatives(&na.npy, &nb.npy, &nqueue.npy, &in, value, &nga.npy, &ngb.npy, &ngq.npy);
	default:
		return jml_barlow_twins(&na.npy, &nb.npy, &bt, value, &nga.npy, &ngb.npy);
	}
}

static void add(double total[], double sign)
{
	const float *part[3];
	int i, j, n = 0;
	static const int sizes[3] = {N * DIM, N * DIM, M * DIM};

	part[0] = ga[0];
	part[1] = gb[0];
	part[2] = gq[0];
	for (i = 0; i < 3; i++)
		for (j = 0; j < sizes[i]; j++)
			total[n++] += sign * part[i][j];
}

static void shares_add_up(void)
{
	static const int64_t cuts[] = {0, 1, 7, N};
	double total[(2 * N + M) * DIM], sum, value, part;
	int loss, i;

	for (loss = 0; loss < LOSSES; loss++) {
		CHECK(share(loss, 0, 0, &value) == JML_OK);
		memset(total, 0, sizeof(total));
		add(total, -1);
		CHECK(total[5] != 0);
		for (sum = 0, i = 0; i < 3; i++) {
			CHECK(share(loss, cuts[i], cuts[i + 1], &part) == JML_OK);
			add(total, 1);
			sum += part;
		}
		CHECK(fabs(sum - value) < 1e-6 * value);
		for (i = 0; i < (2 * N + M) * DIM; i++)
			CHECK(fabs(total[i]) < 1e-6);
		CHECK(share(loss, 3, 3, &value) == JML_EINVAL && says(": lo, hi: want 0 <= lo < hi <= 12"));
		CHECK(share(loss, 0, N + 1, &value) == JML_EINVAL && says(": lo, hi: "));
	}
}

int main(void)
{
	fill();
	F32_2(&na, a, N, DIM);
	F32_2(&nb, b, N, DIM);
	F32_2(&nqueue, queue, M, DIM);
	F32_2(&nga, ga, N, DIM);
	F32_2(&ngb, gb, N, DIM);
	F32_2(&ngq, gq, M, DIM);
	views_of_the_same();
	shares_add_up();
	return done();
}
