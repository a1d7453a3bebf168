/*
 * Between the public header and Go: every exported Go function is declared here
 * as bridge.c calls it. cgo includes this file too, so that a Go signature which
 * drifts from the call is a compile error instead of a wrong stack.
 *
 * Handles arrive as uintptr_t: a C caller may pass any value, and a small integer
 * in a pointer variable is fatal to Go's stack scan. Where a pointer may be NULL
 * by mistake, Go is told and names the argument. Every function that can fail
 * sets *message to malloc'ed text when it does not return JML_OK.
 */
#ifndef JML_BRIDGE_H
#define JML_BRIDGE_H

#include "jumelle.h"

/* cgo writes no const into the prototypes it makes; these carry it. */
typedef const char jmlgo_text;
typedef jmlgo_text *const jmlgo_texts;
typedef const jml_npy jmlgo_npy;
typedef const int64_t jmlgo_shape;
typedef const jml_images_options jmlgo_images_options;
typedef const jml_views_options jmlgo_views_options;
typedef const jml_overlap_options jmlgo_overlap_options;
typedef const jml_nt_xent_options jmlgo_nt_xent_options;
typedef const jml_info_nce_options jmlgo_info_nce_options;
typedef const jml_info_nce_queue_options jmlgo_info_nce_queue_options;
typedef const jml_barlow_twins_options jmlgo_barlow_twins_options;
typedef const jml_cross_entropy_options jmlgo_cross_entropy_options;
typedef const jml_encode_options jmlgo_encode_options;
typedef const jml_knn_options jmlgo_knn_options;
typedef const jml_linear_probe_options jmlgo_linear_probe_options;

/* process */
extern jml_status jmlgo_set_threads(int32_t n, char **message);
extern jml_status jmlgo_info(char *buf, size_t buf_len, size_t *out_len, char **message);

/* arrays */
extern jml_status jmlgo_npy_header(
	jmlgo_text *dtype, jmlgo_shape *shape, size_t ndim,
	char *buf, size_t buf_len, size_t *out_len, char **message);

/* pictures */
extern jml_status jmlgo_images_open(
	jmlgo_text *path, jmlgo_images_options *opts, uintptr_t *out_images, char **message);
extern jml_status jmlgo_images_open_files(
	jmlgo_texts *paths, size_t n, jmlgo_images_options *opts,
	uintptr_t *out_images, char **message);
extern jml_status jmlgo_images_shape(uintptr_t images, int64_t *out_shape, char **message);
extern jml_status jmlgo_images_sizes(uintptr_t images, jmlgo_npy *out_sizes, char **message);
extern jml_status jmlgo_images_read(
	uintptr_t images, jmlgo_npy *indices, jmlgo_npy *out_pictures, char **message);
extern jml_status jmlgo_images_describe(
	uintptr_t images, char *buf, size_t buf_len, size_t *out_len, char **message);
extern jml_status jmlgo_images_problems(
	uintptr_t images, int64_t first, char *buf, size_t buf_len, size_t *out_len, char **message);
extern jml_status jmlgo_images_pack(uintptr_t images, jmlgo_text *path, char **message);
extern void jmlgo_images_free(uintptr_t images);

/* views */
extern jml_status jmlgo_pipeline_new(
	jmlgo_text *spec_json, uintptr_t *out_pipeline, char **message);
extern jml_status jmlgo_pipeline_spec(
	uintptr_t pipeline, char *buf, size_t buf_len, size_t *out_len, char **message);
extern jml_status jmlgo_pipeline_apply(
	uintptr_t pipeline, jmlgo_npy *pictures, jmlgo_npy *indices,
	jmlgo_views_options *opts, jmlgo_npy *out_views, char **message);
extern jml_status jmlgo_pipeline_apply_images(
	uintptr_t pipeline, uintptr_t images, jmlgo_npy *indices,
	jmlgo_views_options *opts, jmlgo_npy *out_views, char **message);
extern jml_status jmlgo_pipeline_explain(
	uintptr_t pipeline, int64_t h, int64_t w, int64_t c,
	int64_t picture, int64_t view,
	jmlgo_views_options *opts, char *buf, size_t buf_len, size_t *out_len, char **message);
extern void jmlgo_pipeline_free(uintptr_t pipeline);
extern jml_status jmlgo_epoch_order(
	uint64_t seed, int64_t epoch, jmlgo_npy *out_order, char **message);
extern jml_status jmlgo_overlap(
	jmlgo_overlap_options *opts, double *out_exact, double *out_measured, char **message);

/* losses: out_accuracy is NULL where nobody asks */
extern jml_status jmlgo_nt_xent(
	jmlgo_npy *a, jmlgo_npy *b, jmlgo_nt_xent_options *opts,
	double *out_loss, double *out_accuracy,
	jmlgo_npy *out_ga, jmlgo_npy *out_gb, char **message);
extern jml_status jmlgo_nt_xent_logits(
	jmlgo_npy *a, jmlgo_npy *b, jmlgo_nt_xent_options *opts,
	jmlgo_npy *out_logits, jmlgo_npy *out_labels, char **message);
extern jml_status jmlgo_info_nce(
	jmlgo_npy *q, jmlgo_npy *k, jmlgo_info_nce_options *opts,
	double *out_loss, double *out_accuracy,
	jmlgo_npy *out_gq, jmlgo_npy *out_gk, char **message);
extern jml_status jmlgo_info_nce_logits(
	jmlgo_npy *q, jmlgo_npy *k, jmlgo_info_nce_options *opts,
	jmlgo_npy *out_logits, jmlgo_npy *out_labels, char **message);
extern jml_status jmlgo_info_nce_negatives(
	jmlgo_npy *q, jmlgo_npy *k, jmlgo_npy *negatives, jmlgo_info_nce_options *opts,
	double *out_loss, double *out_accuracy,
	jmlgo_npy *out_gq, jmlgo_npy *out_gk, jmlgo_npy *out_gnegatives, char **message);
extern jml_status jmlgo_info_nce_queue(
	jmlgo_npy *q, jmlgo_npy *k, jmlgo_npy *queue, jmlgo_info_nce_queue_options *opts,
	double *out_loss, double *out_accuracy, jmlgo_npy *out_gq, char **message);
extern jml_status jmlgo_info_nce_queue_logits(
	jmlgo_npy *q, jmlgo_npy *k, jmlgo_npy *queue, jmlgo_info_nce_queue_options *opts,
	jmlgo_npy *out_logits, jmlgo_npy *out_labels, char **message);
extern jml_status jmlgo_byol(
	jmlgo_npy *prediction, jmlgo_npy *target,
	double *out_loss, jmlgo_npy *out_gp, char **message);
extern jml_status jmlgo_barlow_twins(
	jmlgo_npy *a, jmlgo_npy *b, jmlgo_barlow_twins_options *opts,
	double *out_loss, jmlgo_npy *out_ga, jmlgo_npy *out_gb, char **message);
extern jml_status jmlgo_cross_entropy(
	jmlgo_npy *logits, jmlgo_npy *labels, jmlgo_cross_entropy_options *opts,
	double *out_loss, double *out_accuracy, jmlgo_npy *out_g, char **message);
extern jml_status jmlgo_masked_mse(
	jmlgo_npy *x, jmlgo_npy *target, jmlgo_npy *mask,
	double *out_loss, jmlgo_npy *out_gx, char **message);

/* training */
extern jml_status jmlgo_trainer_new(
	jmlgo_text *spec_json, uintptr_t *out_trainer, char **message);
extern jml_status jmlgo_trainer_spec(
	uintptr_t trainer, char *buf, size_t buf_len, size_t *out_len, char **message);
extern jml_status jmlgo_trainer_next(
	uintptr_t trainer, jmlgo_npy *out_indices, char **message);
extern jml_status jmlgo_trainer_step(
	uintptr_t trainer, jmlgo_npy *images, jml_step_stats *out_stats, char **message);
extern jml_status jmlgo_trainer_step_views(
	uintptr_t trainer, jmlgo_npy *views, jml_step_stats *out_stats, char **message);
extern jml_status jmlgo_trainer_dim(
	uintptr_t trainer, jmlgo_encode_options *opts, int64_t *out_dim, char **message);
extern jml_status jmlgo_trainer_encode(
	uintptr_t trainer, jmlgo_npy *images, jmlgo_encode_options *opts,
	jmlgo_npy *out_features, char **message);
extern jml_status jmlgo_trainer_save(uintptr_t trainer, jmlgo_text *path, char **message);
extern jml_status jmlgo_trainer_load(
	jmlgo_text *path, uintptr_t *out_trainer, char **message);
extern jml_status jmlgo_trainer_history(
	uintptr_t trainer, char *buf, size_t buf_len, size_t *out_len, char **message);
extern jml_status jmlgo_trainer_warnings(
	uintptr_t trainer, char *buf, size_t buf_len, size_t *out_len, char **message);
extern jml_status jmlgo_presets(char *buf, size_t buf_len, size_t *out_len, char **message);
extern jml_status jmlgo_trainer_profile(
	uintptr_t trainer, char *buf, size_t buf_len, size_t *out_len, char **message);
extern void jmlgo_trainer_free(uintptr_t trainer);

/* judging */
extern jml_status jmlgo_knn(
	jmlgo_npy *train, jmlgo_npy *train_labels, jmlgo_npy *test, jmlgo_npy *test_labels,
	jmlgo_knn_options *opts, jmlgo_npy *out_predictions, double *out_accuracy,
	char **message);
extern jml_status jmlgo_linear_probe(
	jmlgo_npy *train, jmlgo_npy *train_labels, jmlgo_npy *test, jmlgo_npy *test_labels,
	jmlgo_linear_probe_options *opts, jmlgo_npy *out_predictions, double *out_accuracy,
	char **message);

/*
 * The fork flag and the thread's message, shared with bridge_fault.c.
 * jmlc_finish takes over message and returns status.
 */
int jmlc_forked(void);
jml_status jmlc_refuse(void);
jml_status jmlc_finish(jml_status status, char *message);

/* Runs a call of the Go side that ends in &message, unless this is a forked child. */
#define JMLC_CALL(call)                            \
	do {                                           \
		char *message = NULL;                      \
		jml_status status;                         \
		if (jmlc_forked())                         \
			return jmlc_refuse();                  \
		status = (call);                           \
		return jmlc_finish(status, message);       \
	} while (0)

#endif
