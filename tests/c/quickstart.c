/* Trains an encoder on a folder or a .npy file of pictures, from C:  quickstart PICTURES OUT.npz */
#include <jumelle.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(call) \
	do { if ((call) != JML_OK) { fprintf(stderr, "%s\n", jml_last_error()); return 1; } } while (0)

int main(int argc, char **argv)
{
	jml_images *images;
	jml_trainer *trainer;
	jml_images_options opts;
	jml_step_stats stats;
	char spec[256], heads[2][256];
	int64_t shape[4], batch = 64, epochs = 2, steps, step;
	jml_npy rows = {0}, pictures = {0};

	if (argc != 3)
		return 2;
	stats.struct_size = sizeof stats;
	jml_images_options_init(&opts);
	opts.size = 32;
	CHECK(jml_images_open(argv[1], &opts, &images));
	CHECK(jml_images_shape(images, shape));
	if (shape[0] < batch)
		batch = shape[0];
	sprintf(spec, "{\"method\": \"simclr\", \"size\": 32, \"epochs\": %ld, \"batch_size\": %ld, \"pictures\": %ld}",
		(long)epochs, (long)batch, (long)shape[0]);
	steps = epochs * (shape[0] / batch);
	CHECK(jml_trainer_new(spec, &trainer));

	/* The arrays that cross: row numbers in, pictures out; header and elements apart. */
	rows.head = heads[0];
	pictures.head = heads[1];
	CHECK(jml_npy_header("<i8", &batch, 1, heads[0], sizeof heads[0], &rows.head_len));
	shape[0] = batch;
	CHECK(jml_npy_header("|u1", shape, 4, heads[1], sizeof heads[1], &pictures.head_len));
	rows.data = malloc(rows.data_len = (size_t)batch * sizeof(int64_t));
	pictures.data = malloc(pictures.data_len = (size_t)(batch * shape[1] * shape[2] * shape[3]));

	for (step = 0; step < steps; step++) {
		CHECK(jml_trainer_next(trainer, &rows));
		CHECK(jml_images_read(images, &rows, &pictures));
		CHECK(jml_trainer_step(trainer, &pictures, &stats));
		printf("step %ld  loss %.4f\n", (long)stats.step, stats.loss);
	}
	CHECK(jml_trainer_save(trainer, argv[2]));
	jml_trainer_free(trainer);
	jml_images_free(images);
	free(rows.data);
	free(pictures.data);
	return 0;
}
