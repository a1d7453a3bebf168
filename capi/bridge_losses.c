/* The public functions of the losses: see bridge.c. X and X_accuracy are one on the Go side. */
#include "bridge.h"

void jml_nt_xent_options_init(jml_nt_xent_options *opts)
{
	if (!opts)
		return;
	opts->struct_size = sizeof(*opts);
	opts->temperature = 0.5;
	opts->lo = 0;
	opts->hi = 0;
}

jml_status jml_nt_xent(
	const jml_npy *a, const jml_npy *b, const jml_nt_xent_options *opts,
	double *out_loss, const jml_npy *out_ga, const jml_npy *out_gb)
{
	JMLC_CALL(jmlgo_nt_xent(a, b, opts, out_loss, NULL, out_ga, out_gb, &message));
}

jml_status jml_nt_xent_accuracy(
	const jml_npy *a, const jml_npy *b, const jml_nt_xent_options *opts,
	double *out_loss, double *out_accuracy,
	const jml_npy *out_ga, const jml_npy *out_gb)
{
	JMLC_CALL(jmlgo_nt_xent(
		a, b, opts, out_loss, out_accuracy, out_ga, out_gb, &message));
}

jml_status jml_nt_xent_logits(
	const jml_npy *a, const jml_npy *b, const jml_nt_xent_options *opts,
	const jml_npy *out_logits, const jml_npy *out_labels)
{
	JMLC_CALL(jmlgo_nt_xent_logits(a, b, opts, out_logits, out_labels, &message));
}

void jml_info_nce_options_init(jml_info_nce_options *opts)
{
	if (!opts)
		return;
	opts->struct_size = sizeof(*opts);
	opts->temperature = 0.2;
	opts->lo = 0;
	opts->hi = 0;
}

jml_status jml_info_nce(
	const jml_npy *q, const jml_npy *k, const jml_info_nce_options *opts,
	double *out_loss, const jml_npy *out_gq, const jml_npy *out_gk)
{
	JMLC_CALL(jmlgo_info_nce(q, k, opts, out_loss, NULL, out_gq, out_gk, &message));
}

jml_status jml_info_nce_accuracy(
	const jml_npy *q, const jml_npy *k, const jml_info_nce_options *opts,
	double *out_loss, double *out_accuracy,
	const jml_npy *out_gq, const jml_npy *out_gk)
{
	JMLC_CALL(jmlgo_info_nce(
		q, k, opts, out_loss, out_accuracy, out_gq, out_gk, &message));
}

jml_status jml_info_nce_logits(
	const jml_npy *q, const jml_npy *k, const jml_info_nce_options *opts,
	const jml_npy *out_logits, const jml_npy *out_labels)
{
	JMLC_CALL(jmlgo_info_nce_logits(q, k, opts, out_logits, out_labels, &message));
}

jml_status jml_info_nce_negatives(
	const jml_npy *q, const jml_npy *k, const jml_npy *negatives,
	const jml_info_nce_options *opts, double *out_loss,
	const jml_npy *out_gq, const jml_npy *out_gk, const jml_npy *out_gnegatives)
{
	JMLC_CALL(jmlgo_info_nce_negatives(q, k, negatives,
		opts, out_loss, NULL, out_gq, out_gk, out_gnegatives, &message));
}

jml_status jml_info_nce_negatives_accuracy(
	const jml_npy *q, const jml_npy *k, const jml_npy *negatives,
	const jml_info_nce_options *opts, double *out_loss, double *out_accuracy,
	const jml_npy *out_gq, const jml_npy *out_gk, const jml_npy *out_gnegatives)
{
	JMLC_CALL(jmlgo_info_nce_negatives(q, k, negatives,
		opts, out_loss, out_accuracy, out_gq, out_gk, out_gnegatives, &message));
}

void jml_info_nce_queue_options_init(jml_info_nce_queue_options *opts)
{
	if (!opts)
		return;
	opts->struct_size = sizeof(*opts);
	opts->temperature = 0.07;
	opts->lo = 0;
	opts->hi = 0;
}

jml_status jml_info_nce_queue(
	const jml_npy *q, const jml_npy *k, const jml_npy *queue,
	const jml_info_nce_queue_options *opts,
	double *out_loss, const jml_npy *out_gq)
{
	JMLC_CALL(jmlgo_info_nce_queue(q, k, queue, opts, out_loss, NULL, out_gq, &message));
}

jml_status jml_info_nce_queue_accuracy(
	const jml_npy *q, const jml_npy *k, const jml_npy *queue,
	const jml_info_nce_queue_options *opts,
	double *out_loss, double *out_accuracy, const jml_npy *out_gq)
{
	JMLC_CALL(jmlgo_info_nce_queue(
		q, k, queue, opts, out_loss, out_accuracy, out_gq, &message));
}

jml_status jml_info_nce_queue_logits(
	const jml_npy *q, const jml_npy *k, const jml_npy *queue,
	const jml_info_nce_queue_options *opts,
	const jml_npy *out_logits, const jml_npy *out_labels)
{
	JMLC_CALL(jmlgo_info_nce_queue_logits(
		q, k, queue, opts, out_logits, out_labels, &message));
}

jml_status jml_byol(
	const jml_npy *prediction, const jml_npy *target,
	double *out_loss, const jml_npy *out_gp)
{
	JMLC_CALL(jmlgo_byol(prediction, target, out_loss, out_gp, &message));
}

void jml_barlow_twins_options_init(jml_barlow_twins_options *opts)
{
	if (!opts)
		return;
	opts->struct_size = sizeof(*opts);
	opts->off_diagonal_weight = 0.0051;
	opts->lo = 0;
	opts->hi = 0;
}

jml_status jml_barlow_twins(
	const jml_npy *a, const jml_npy *b, const jml_barlow_twins_options *opts,
	double *out_loss, const jml_npy *out_ga, const jml_npy *out_gb)
{
	JMLC_CALL(jmlgo_barlow_twins(a, b, opts, out_loss, out_ga, out_gb, &message));
}

void jml_cross_entropy_options_init(jml_cross_entropy_options *opts)
{
	if (!opts)
		return;
	opts->struct_size = sizeof(*opts);
	opts->smoothing = 0;
}

jml_status jml_cross_entropy(
	const jml_npy *logits, const jml_npy *labels,
	const jml_cross_entropy_options *opts,
	double *out_loss, const jml_npy *out_g)
{
	JMLC_CALL(jmlgo_cross_entropy(logits, labels, opts, out_loss, NULL, out_g, &message));
}

jml_status jml_cross_entropy_accuracy(
	const jml_npy *logits, const jml_npy *labels,
	const jml_cross_entropy_options *opts,
	double *out_loss, double *out_accuracy, const jml_npy *out_g)
{
	JMLC_CALL(jmlgo_cross_entropy(
		logits, labels, opts, out_loss, out_accuracy, out_g, &message));
}

jml_status jml_masked_mse(
	const jml_npy *x, const jml_npy *target, const jml_npy *mask,
	double *out_loss, const jml_npy *out_gx)
{
	JMLC_CALL(jmlgo_masked_mse(x, target, mask, out_loss, out_gx, &message));
}
