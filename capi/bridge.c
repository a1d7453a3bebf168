/*
 * The public functions: fork guard, handles to integers, then Go. What a
 * function does and checks is on the Go side; the defaults of options are here,
 * because setting them cannot fail and needs no Go.
 */
#include "bridge.h"

/* *out_x is a handle after success and NULL after failure: never garbage to free. */
#define MAKE(type, out, call)                      \
	do {                                           \
		char *message = NULL;                      \
		uintptr_t made = 0;                        \
		jml_status status;                         \
		if (out)                                   \
			*(out) = NULL;                         \
		if (jmlc_forked())                         \
			return jmlc_refuse();                  \
		status = (call);                           \
		if (status == JML_OK)                      \
			*(out) = (type *)made;                 \
		return jmlc_finish(status, message);       \
	} while (0)

#define MADE(out) ((out) ? &made : NULL)

/* ---- process ------------------------------------------------------------- */

jml_status jml_set_threads(int32_t n)
{
	JMLC_CALL(jmlgo_set_threads(n, &message));
}

jml_status jml_info(char *buf, size_t buf_len, size_t *out_len)
{
	JMLC_CALL(jmlgo_info(buf, buf_len, out_len, &message));
}

/* ---- arrays -------------------------------------------------------------- */

jml_status jml_npy_header(
	const char *dtype, const int64_t *shape, size_t ndim,
	void *buf, size_t buf_len, size_t *out_len)
{
	JMLC_CALL(jmlgo_npy_header(dtype, shape, ndim, buf, buf_len, out_len, &message));
}

/* ---- pictures ------------------------------------------------------------ */

void jml_images_options_init(jml_images_options *opts)
{
	if (!opts)
		return;
	opts->struct_size = sizeof(*opts);
	opts->size = 0;
	opts->channels = 3;
	opts->check = 0;
}

jml_status jml_images_open(
	const char *path, const jml_images_options *opts, jml_images **out_images)
{
	MAKE(jml_images, out_images, jmlgo_images_open(path, opts, MADE(out_images), &message));
}

jml_status jml_images_open_files(
	const char *const *paths, size_t n, const jml_images_options *opts,
	jml_images **out_images)
{
	MAKE(jml_images, out_images,
		jmlgo_images_open_files(paths, n, opts, MADE(out_images), &message));
}

jml_status jml_images_shape(jml_images *images, int64_t *out_shape)
{
	JMLC_CALL(jmlgo_images_shape((uintptr_t)images, out_shape, &message));
}

jml_status jml_images_sizes(jml_images *images, const jml_npy *out_sizes)
{
	JMLC_CALL(jmlgo_images_sizes((uintptr_t)images, out_sizes, &message));
}

jml_status jml_images_read(
	jml_images *images, const jml_npy *indices, const jml_npy *out_pictures)
{
	JMLC_CALL(jmlgo_images_read((uintptr_t)images, indices, out_pictures, &message));
}

jml_status jml_images_describe(
	jml_images *images, char *buf, size_t buf_len, size_t *out_len)
{
	JMLC_CALL(jmlgo_images_describe((uintptr_t)images, buf, buf_len, out_len, &message));
}

jml_status jml_images_problems(
	jml_images *images, int64_t first, char *buf, size_t buf_len, size_t *out_len)
{
	JMLC_CALL(jmlgo_images_problems((uintptr_t)images, first, buf, buf_len, out_len, &message));
}

jml_status jml_images_pack(jml_images *images, const char *path)
{
	JMLC_CALL(jmlgo_images_pack((uintptr_t)images, path, &message));
}

void jml_images_free(jml_images *images)
{
	if (images && !jmlc_forked())
		jmlgo_images_free((uintptr_t)images);
}

/* ---- views --------------------------------------------------------------- */

jml_status jml_pipeline_new(const char *spec_json, jml_pipeline **out_pipeline)
{
	MAKE(jml_pipeline, out_pipeline,
		jmlgo_pipeline_new(spec_json, MADE(out_pipeline), &message));
}

jml_status jml_pipeline_spec(
	jml_pipeline *pipeline, char *buf, size_t buf_len, size_t *out_len)
{
	JMLC_CALL(jmlgo_pipeline_spec((uintptr_t)pipeline, buf, buf_len, out_len, &message));
}

void jml_views_options_init(jml_views_options *opts)
{
	if (!opts)
		return;
	opts->struct_size = sizeof(*opts);
	opts->seed = 0;
	opts->epoch = 0;
	opts->threads = 0;
}

jml_status jml_pipeline_apply(
	jml_pipeline *pipeline, const jml_npy *pictures, const jml_npy *indices,
	const jml_views_options *opts, const jml_npy *out_views)
{
	JMLC_CALL(jmlgo_pipeline_apply(
		(uintptr_t)pipeline, pictures, indices, opts, out_views, &message));
}

jml_status jml_pipeline_apply_images(
	jml_pipeline *pipeline, jml_images *images, const jml_npy *indices,
	const jml_views_options *opts, const jml_npy *out_views)
{
	JMLC_CALL(jmlgo_pipeline_apply_images(
		(uintptr_t)pipeline, (uintptr_t)images, indices, opts, out_views, &message));
}

jml_status jml_pipeline_explain(
	jml_pipeline *pipeline, int64_t h, int64_t w, int64_t c,
	int64_t picture, int64_t view,
	const jml_views_options *opts, char *buf, size_t buf_len, size_t *out_len)
{
	JMLC_CALL(jmlgo_pipeline_explain(
		(uintptr_t)pipeline, h, w, c, picture, view, opts, buf, buf_len, out_len, &message));
}

void jml_pipeline_free(jml_pipeline *pipeline)
{
	if (pipeline && !jmlc_forked())
		jmlgo_pipeline_free((uintptr_t)pipeline);
}

jml_status jml_epoch_order(uint64_t seed, int64_t epoch, const jml_npy *out_order)
{
	JMLC_CALL(jmlgo_epoch_order(seed, epoch, out_order, &message));
}

void jml_overlap_options_init(jml_overlap_options *opts)
{
	if (!opts)
		return;
	opts->struct_size = sizeof(*opts);
	opts->height = 32;
	opts->width = 32;
	opts->scale_min = 0.08;
	opts->scale_max = 1;
	opts->ratio_min = 3.0 / 4;
	opts->ratio_max = 4.0 / 3;
	opts->samples = 100000;
	opts->seed = 0;
}

jml_status jml_overlap(
	const jml_overlap_options *opts, double *out_exact, double *out_measured)
{
	JMLC_CALL(jmlgo_overlap(opts, out_exact, out_measured, &message));
}

/* ---- training ------------------------------------------------------------ */

jml_status jml_trainer_new(const char *spec_json, jml_trainer **out_trainer)
{
	MAKE(jml_trainer, out_trainer,
		jmlgo_trainer_new(spec_json, MADE(out_trainer), &message));
}

jml_status jml_trainer_spec(
	jml_trainer *trainer, char *buf, size_t buf_len, size_t *out_len)
{
	JMLC_CALL(jmlgo_trainer_spec((uintptr_t)trainer, buf, buf_len, out_len, &message));
}

jml_status jml_trainer_next(jml_trainer *trainer, const jml_npy *out_indices)
{
	JMLC_CALL(jmlgo_trainer_next((uintptr_t)trainer, out_indices, &message));
}

jml_status jml_trainer_step(
	jml_trainer *trainer, const jml_npy *images, jml_step_stats *out_stats)
{
	JMLC_CALL(jmlgo_trainer_step((uintptr_t)trainer, images, out_stats, &message));
}

jml_status jml_trainer_step_views(
	jml_trainer *trainer, const jml_npy *views, jml_step_stats *out_stats)
{
	JMLC_CALL(jmlgo_trainer_step_views((uintptr_t)trainer, views, out_stats, &message));
}

void jml_encode_options_init(jml_encode_options *opts)
{
	if (!opts)
		return;
	opts->struct_size = sizeof(*opts);
	opts->block = 0;
	opts->projected = 0;
}

jml_status jml_trainer_dim(
	jml_trainer *trainer, const jml_encode_options *opts, int64_t *out_dim)
{
	JMLC_CALL(jmlgo_trainer_dim((uintptr_t)trainer, opts, out_dim, &message));
}

jml_status jml_trainer_encode(
	jml_trainer *trainer, const jml_npy *images, const jml_encode_options *opts,
	const jml_npy *out_features)
{
	JMLC_CALL(jmlgo_trainer_encode(
		(uintptr_t)trainer, images, opts, out_features, &message));
}

jml_status jml_trainer_save(jml_trainer *trainer, const char *path)
{
	JMLC_CALL(jmlgo_trainer_save((uintptr_t)trainer, path, &message));
}

jml_status jml_trainer_load(const char *path, jml_trainer **out_trainer)
{
	MAKE(jml_trainer, out_trainer, jmlgo_trainer_load(path, MADE(out_trainer), &message));
}

jml_status jml_trainer_history(
	jml_trainer *trainer, char *buf, size_t buf_len, size_t *out_len)
{
	JMLC_CALL(jmlgo_trainer_history((uintptr_t)trainer, buf, buf_len, out_len, &message));
}

jml_status jml_trainer_warnings(
	jml_trainer *trainer, char *buf, size_t buf_len, size_t *out_len)
{
	JMLC_CALL(jmlgo_trainer_warnings((uintptr_t)trainer, buf, buf_len, out_len, &message));
}

jml_status jml_presets(char *buf, size_t buf_len, size_t *out_len)
{
	JMLC_CALL(jmlgo_presets(buf, buf_len, out_len, &message));
}

jml_status jml_trainer_profile(
	jml_trainer *trainer, char *buf, size_t buf_len, size_t *out_len)
{
	JMLC_CALL(jmlgo_trainer_profile((uintptr_t)trainer, buf, buf_len, out_len, &message));
}

void jml_trainer_free(jml_trainer *trainer)
{
	if (trainer && !jmlc_forked())
		jmlgo_trainer_free((uintptr_t)trainer);
}

/* ---- judging ------------------------------------------------------------- */

void jml_knn_options_init(jml_knn_options *opts)
{
	if (!opts)
		return;
	opts->struct_size = sizeof(*opts);
	opts->k = 200;
	opts->temperature = 0.1;
}

jml_status jml_knn(
	const jml_npy *train, const jml_npy *train_labels,
	const jml_npy *test, const jml_npy *test_labels,
	const jml_knn_options *opts,
	const jml_npy *out_predictions, double *out_accuracy)
{
	JMLC_CALL(jmlgo_knn(train, train_labels, test, test_labels,
		opts, out_predictions, out_accuracy, &message));
}

void jml_linear_probe_options_init(jml_linear_probe_options *opts)
{
	if (!opts)
		return;
	opts->struct_size = sizeof(*opts);
	opts->penalty = -1;
	opts->iterations = 200;
}

jml_status jml_linear_probe(
	const jml_npy *train, const jml_npy *train_labels,
	const jml_npy *test, const jml_npy *test_labels,
	const jml_linear_probe_options *opts,
	const jml_npy *out_predictions, double *out_accuracy)
{
	JMLC_CALL(jmlgo_linear_probe(train, train_labels, test, test_labels,
		opts, out_predictions, out_accuracy, &message));
}
