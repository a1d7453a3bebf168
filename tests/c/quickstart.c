/* Learns features of a folder of photos (or a .npy file): quickstart PHOTOS MODEL.npz */
#include <stdio.h>
#include <jumelle.h>

#define TRY(call)                                       \
	do {                                                \
		if ((call) != JML_OK) {                         \
			fprintf(stderr, "%s\n", jml_last_error());  \
			return 1;                                   \
		}                                               \
	} while (0)

enum { SIZE = 32, BATCH = 64, EPOCHS = 2 };

static int64_t wanted[BATCH];
static unsigned char pictures[BATCH][SIZE][SIZE][3];
static float features[BATCH][256];

int main(int argc, char **argv)
{
	/* Arrays cross as NumPy arrays: the header that describes the elements, and these. */
	const int64_t shape[] = {BATCH, SIZE, SIZE, 3}, features_shape[] = {BATCH, 256};
	char head[3][256], spec[256];
	jml_npy w = {head[0], 0, wanted, sizeof(wanted)};
	jml_npy p = {head[1], 0, pictures, sizeof(pictures)};
	jml_npy f = {head[2], 0, features, sizeof(features)};
	jml_images_options opts;
	jml_images *images;
	jml_trainer *trainer;
	jml_step_stats stats;
	int64_t all[4], step;

	if (argc != 3)
		return 2;
	TRY(jml_npy_header("<i8", shape, 1, head[0], sizeof(head[0]), &w.head_len));
	TRY(jml_npy_header("|u1", shape, 4, head[1], sizeof(head[1]), &p.head_len));
	TRY(jml_npy_header("<f4", features_shape, 2, head[2], sizeof(head[2]), &f.head_len));

	jml_images_options_init(&opts);
	opts.size = SIZE;
	TRY(jml_images_open(argv[1], &opts, &images));
	TRY(jml_images_shape(images, all));
	snprintf(spec, sizeof(spec),
		"{\"method\": \"simclr\", \"size\": %d, \"batch_size\": %d, \"epochs\": %d, \"pictures\": %ld}",
		SIZE, BATCH, EPOCHS, (long)all[0]);
	TRY(jml_trainer_new(spec, &trainer));

	stats.struct_size = sizeof(stats);
	for (step = 0; step < all[0] / BATCH * EPOCHS; step++) {
		TRY(jml_trainer_next(trainer, &w));
		TRY(jml_images_read(images, &w, &p));
		TRY(jml_trainer_step(trainer, &p, &stats));
		printf("step %ld: loss %.4f\n", (long)stats.step, stats.loss);
	}
	TRY(jml_trainer_encode(trainer, &p, NULL, &f));
	TRY(jml_trainer_save(trainer, argv[2]));
	printf("jumelle %s: %d features of each picture\n", jml_version(), 256);
	jml_trainer_free(trainer);
	jml_images_free(images);
	return 0;
}
