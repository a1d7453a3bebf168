/* NULL for each pointer that must not be NULL: JML_EINVAL, and the argument named. */
#include "check.h"

#define NAMES(call, argument)                                              \
	do {                                                                   \
		CHECK((call) == JML_EINVAL);                                       \
		CHECK(says(": " argument ": ") && says("NULL"));                   \
	} while (0)

static unsigned char pixels[2 * 8 * 8 * 3];
static float values[2][2] = {{1, 2}, {2, 1}};
static int64_t labels[2] = {0, 1};

static void without_handles(void)
{
	static float filled[2][2];
	array a, g, l;
	char buf[8];
	double loss;
	size_t n;

	NAMES(jml_info(NULL, 0, NULL), "out_len");
	NAMES(jml_info(NULL, 8, &n), "buf");
	NAMES(jml_npy_header(NULL, NULL, 0, buf, sizeof(buf), &n), "dtype");
	NAMES(jml_npy_header("<f4", NULL, 1, buf, sizeof(buf), &n), "shape");
	NAMES(jml_npy_header("<f4", NULL, 0, NULL, 256, &n), "buf");
	NAMES(jml_npy_header("<f4", NULL, 0, buf, sizeof(buf), NULL), "out_len");

	F32_2(&a, values, 2, 2);
	F32_2(&g, filled, 2, 2);
	I64_1(&l, labels, 2);
	NAMES(jml_nt_xent(NULL, &a.npy, NULL, &loss, NULL, NULL), "a");
	NAMES(jml_nt_xent(&a.npy, NULL, NULL, &loss, NULL, NULL), "b");
	NAMES(jml_nt_xent(&a.npy, &a.npy, NULL, NULL, NULL, NULL), "out_loss");
	NAMES(jml_info_nce(NULL, &a.npy, NULL, &loss, NULL, NULL), "q");
	NAMES(jml_info_nce(&a.npy, NULL, NULL, &loss, NULL, NULL), "k");
	NAMES(jml_info_nce(&a.npy, &a.npy, NULL, NULL, NULL, NULL), "out_loss");
	NAMES(jml_info_nce_queue(NULL, &a.npy, &a.npy, NULL, &loss, NULL), "q");
	NAMES(jml_info_nce_queue(&a.npy, NULL, &a.npy, NULL, &loss, NULL), "k");
	NAMES(jml_info_nce_queue(&a.npy, &a.npy, NULL, NULL, &loss, NULL), "queue");
	NAMES(jml_info_nce_queue(&a.npy, &a.npy, &a.npy, NULL, NULL, NULL), "out_loss");
	NAMES(jml_byol(NULL, &a.npy, &loss, NULL), "prediction");
	NAMES(jml_byol(&a.npy, NULL, &loss, NULL), "target");
	NAMES(jml_byol(&a.npy, &a.npy, NULL, NULL), "out_loss");
	NAMES(jml_barlow_twins(NULL, &a.npy, NULL, &loss, NULL, NULL), "a");
	NAMES(jml_barlow_twins(&a.npy, NULL, NULL, &loss, NULL, NULL), "b");
	NAMES(jml_barlow_twins(&a.npy, &a.npy, NULL, NULL, NULL, NULL), "out_loss");
	NAMES(jml_nt_xent_accuracy(&a.npy, &a.npy, NULL, NULL, NULL, NULL, NULL), "out_loss");
	NAMES(jml_nt_xent_logits(NULL, &a.npy, NULL, &a.npy, &l.npy), "a");
	NAMES(jml_nt_xent_logits(&a.npy, NULL, NULL, &a.npy, &l.npy), "b");
	NAMES(jml_nt_xent_logits(&a.npy, &a.npy, NULL, NULL, &l.npy), "out_logits");
	NAMES(jml_info_nce_accuracy(&a.npy, &a.npy, NULL, NULL, &loss, NULL, NULL), "out_loss");
	NAMES(jml_info_nce_logits(NULL, &a.npy, NULL, &a.npy, &l.npy), "q");
	NAMES(jml_info_nce_logits(&a.npy, NULL, NULL, &a.npy, &l.npy), "k");
	NAMES(jml_info_nce_logits(&a.npy, &a.npy, NULL, NULL, &l.npy), "out_logits");
	NAMES(jml_info_nce_logits(&a.npy, &a.npy, NULL, &g.npy, NULL), "out_labels");
	NAMES(jml_info_nce_negatives(NULL, &a.npy, &a.npy, NULL, &loss, NULL, NULL, NULL), "q");
	NAMES(jml_info_nce_negatives(&a.npy, NULL, &a.npy, NULL, &loss, NULL, NULL, NULL), "k");
	NAMES(jml_info_nce_negatives(&a.npy, &a.npy, NULL, NULL, &loss, NULL, NULL, NULL), "negatives");
	NAMES(jml_info_nce_negatives_accuracy(&a.npy, &a.npy, &a.npy, NULL, NULL, &loss, NULL, NULL, NULL), "out_loss");
	NAMES(jml_info_nce_queue_accuracy(&a.npy, &a.npy, &a.npy, NULL, NULL, &loss, NULL), "out_loss");
	NAMES(jml_info_nce_queue_logits(&a.npy, &a.npy, NULL, NULL, &a.npy, &l.npy), "queue");
	NAMES(jml_info_nce_queue_logits(&a.npy, &a.npy, &a.npy, NULL, NULL, &l.npy), "out_logits");
	NAMES(jml_cross_entropy(NULL, &l.npy, NULL, &loss, NULL), "logits");
	NAMES(jml_cross_entropy(&a.npy, NULL, NULL, &loss, NULL), "labels");
	NAMES(jml_cross_entropy_accuracy(&a.npy, &l.npy, NULL, NULL, &loss, NULL), "out_loss");
	NAMES(jml_masked_mse(NULL, &a.npy, NULL, &loss, NULL), "x");
	NAMES(jml_masked_mse(&a.npy, NULL, NULL, &loss, NULL), "target");
	NAMES(jml_masked_mse(&a.npy, &a.npy, NULL, NULL, NULL), "out_loss");
	NAMES(jml_knn(NULL, &l.npy, &a.npy, NULL, NULL, &l.npy, NULL), "train");
	NAMES(jml_knn(&a.npy, NULL, &a.npy, NULL, NULL, &l.npy, NULL), "train_labels");
	NAMES(jml_knn(&a.npy, &l.npy, NULL, NULL, NULL, &l.npy, NULL), "test");
	NAMES(jml_knn(&a.npy, &l.npy, &a.npy, NULL, NULL, NULL, &loss), "test_labels");
	NAMES(jml_knn(&a.npy, &l.npy, &a.npy, &l.npy, NULL, NULL, NULL), "out_predictions");
	NAMES(jml_linear_probe(NULL, &l.npy, &a.npy, NULL, NULL, &l.npy, NULL), "train");
	NAMES(jml_linear_probe(&a.npy, NULL, &a.npy, NULL, NULL, &l.npy, NULL), "train_labels");
	NAMES(jml_linear_probe(&a.npy, &l.npy, NULL, NULL, NULL, &l.npy, NULL), "test");
	NAMES(jml_linear_probe(&a.npy, &l.npy, &a.npy, NULL, NULL, NULL, &loss), "test_labels");
	NAMES(jml_linear_probe(&a.npy, &l.npy, &a.npy, &l.npy, NULL, NULL, NULL), "out_predictions");
}

static void images(const char *path)
{
	array a, i;
	jml_images *images;
	const char *paths[1];
	int64_t shape[4];
	size_t n;

	paths[0] = path;
	NAMES(jml_images_open(NULL, NULL, &images), "path");
	NAMES(jml_images_open(path, NULL, NULL), "out_images");
	NAMES(jml_images_open_files(NULL, 1, NULL, &images), "paths");
	NAMES(jml_images_open_files(paths, 1, NULL, NULL), "out_images");
	NAMES(jml_images_shape(NULL, shape), "images");
	NAMES(jml_images_describe(NULL, NULL, 0, &n), "images");
	NAMES(jml_images_pack(NULL, path), "images");
	NAMES(jml_images_read(NULL, NULL, NULL), "images");
	NAMES(jml_images_sizes(NULL, NULL), "images");
	NAMES(jml_images_problems(NULL, 0, NULL, 0, &n), "images");

	CHECK(jml_images_open(path, NULL, &images) == JML_OK);
	NAMES(jml_images_shape(images, NULL), "out_shape");
	NAMES(jml_images_read(images, NULL, U8_4(&a, pixels, 2, 8, 8, 3)), "indices");
	NAMES(jml_images_read(images, I64_1(&i, labels, 2), NULL), "out_pictures");
	NAMES(jml_images_describe(images, NULL, 0, NULL), "out_len");
	NAMES(jml_images_describe(images, NULL, 9, &n), "buf");
	NAMES(jml_images_sizes(images, NULL), "out_sizes");
	NAMES(jml_images_problems(images, 0, NULL, 0, NULL), "out_len");
	NAMES(jml_images_pack(images, NULL), "path");
	jml_images_free(images);
}

static void pipeline(void)
{
	array a, v;
	jml_pipeline *pipeline;
	size_t n;

	NAMES(jml_pipeline_new(NULL, &pipeline), "spec_json");
	NAMES(jml_pipeline_new("{\"preset\": \"simclr\", \"size\": 8}", NULL), "out_pipeline");
	NAMES(jml_pipeline_spec(NULL, NULL, 0, &n), "pipeline");
	NAMES(jml_pipeline_apply(NULL, NULL, NULL, NULL, NULL), "pipeline");
	NAMES(jml_pipeline_apply_images(NULL, NULL, NULL, NULL, NULL), "pipeline");
	NAMES(jml_epoch_order(0, 0, NULL), "out_order");
	NAMES(jml_pipeline_explain(NULL, 8, 8, 3, 0, 0, NULL, NULL, 0, &n), "pipeline");

	CHECK(jml_pipeline_new("{\"preset\": \"simclr\", \"size\": 8}", &pipeline) == JML_OK);
	NAMES(jml_pipeline_spec(pipeline, NULL, 0, NULL), "out_len");
	NAMES(jml_pipeline_apply(pipeline, NULL, NULL, NULL, U8_5(&v, pixels, 1, 2, 8, 8, 3)), "pictures");
	NAMES(jml_pipeline_apply(pipeline, U8_4(&a, pixels, 2, 8, 8, 3), NULL, NULL, NULL), "out_views");
	NAMES(jml_pipeline_apply_images(pipeline, NULL, NULL, NULL, U8_5(&v, pixels, 1, 2, 8, 8, 3)), "images");
	NAMES(jml_pipeline_explain(pipeline, 8, 8, 3, 0, 0, NULL, NULL, 0, NULL), "out_len");
	jml_pipeline_free(pipeline);
}

static void trainer(const char *path)
{
	static const char spec[] = "{\"method\": \"simclr\", \"size\": 8, \"batch_size\": 2, \"pictures\": 4}";
	array a;
	jml_trainer *trainer;
	int64_t dim;
	size_t n;

	NAMES(jml_trainer_new(NULL, &trainer), "spec_json");
	NAMES(jml_trainer_new(spec, NULL), "out_trainer");
	NAMES(jml_trainer_load(NULL, &trainer), "path");
	NAMES(jml_trainer_load(path, NULL), "out_trainer");
	NAMES(jml_trainer_spec(NULL, NULL, 0, &n), "trainer");
	NAMES(jml_trainer_next(NULL, NULL), "trainer");
	NAMES(jml_trainer_step(NULL, NULL, NULL), "trainer");
	NAMES(jml_trainer_step_views(NULL, NULL, NULL), "trainer");
	NAMES(jml_trainer_dim(NULL, NULL, &dim), "trainer");
	NAMES(jml_trainer_encode(NULL, NULL, NULL, NULL), "trainer");
	NAMES(jml_trainer_save(NULL, path), "trainer");
	NAMES(jml_trainer_history(NULL, NULL, 0, &n), "trainer");
	NAMES(jml_trainer_warnings(NULL, NULL, 0, &n), "trainer");
	NAMES(jml_presets(NULL, 0, NULL), "out_len");
	NAMES(jml_trainer_profile(NULL, NULL, 0, &n), "trainer");

	CHECK(jml_trainer_new(spec, &trainer) == JML_OK);
	NAMES(jml_trainer_spec(trainer, NULL, 0, NULL), "out_len");
	NAMES(jml_trainer_next(trainer, NULL), "out_indices");
	NAMES(jml_trainer_step(trainer, NULL, NULL), "images");
	NAMES(jml_trainer_step_views(trainer, NULL, NULL), "views");
	NAMES(jml_trainer_dim(trainer, NULL, NULL), "out_dim");
	NAMES(jml_trainer_encode(trainer, NULL, NULL, NULL), "images");
	NAMES(jml_trainer_encode(trainer, U8_4(&a, pixels, 2, 8, 8, 3), NULL, NULL), "out_features");
	NAMES(jml_trainer_save(trainer, NULL), "path");
	NAMES(jml_trainer_history(trainer, NULL, 0, NULL), "out_len");
	NAMES(jml_trainer_warnings(trainer, NULL, 0, NULL), "out_len");
	NAMES(jml_trainer_profile(trainer, NULL, 0, NULL), "out_len");
	jml_trainer_free(trainer);
}

int main(int argc, char **argv)
{
	char path[4096];
	array a;
	FILE *f;

	CHECK(argc == 2);
	join(path, sizeof(path), argv[1], "two.npy");
	U8_4(&a, pixels, 2, 8, 8, 3);
	f = must(fopen(path, "wb"));
	CHECK(fwrite(a.head, 1, a.npy.head_len, f) == a.npy.head_len);
	CHECK(fwrite(pixels, 1, sizeof(pixels), f) == sizeof(pixels) && fclose(f) == 0);

	without_handles();
	images(path);
	pipeline();
	trainer(path);
	return done();
}
