/*
 * Trains an encoder on the pictures of a .npy file, from C:
 *
 *   trainer PICTURES.npy SPEC.json FOLDER STEPS
 *
 * prints a line a step, the loss as a hexadecimal double ("loss 1 0x1.62p+1"):
 * every bit of it. Halfway it saves to FOLDER, loads the file and goes on with
 * both trainers, which must stay equal to the last bit. At the end it prints a
 * checksum of the features of the first pictures.
 */
#include "check.h"

enum { ENCODED = 32 };

static char *read_text(const char *path)
{
	FILE *f = must(fopen(path, "rb"));
	char *text = must(calloc(1, 65536));

	CHECK(fread(text, 1, 65535, f) > 0 && fclose(f) == 0);
	return text;
}

/* One step of one trainer on the pictures that it wants. */
static jml_step_stats step(jml_trainer *trainer, jml_images *images, const int64_t *shape, int64_t batch)
{
	int64_t *wanted = must(calloc((size_t)batch, sizeof(*wanted)));
	unsigned char *pictures = must(malloc((size_t)(batch * shape[1] * shape[2] * shape[3])));
	jml_step_stats stats;
	array ni, np;

	memset(&stats, 0, sizeof(stats));
	stats.struct_size = sizeof(stats);
	I64_1(&ni, wanted, batch);
	U8_4(&np, pictures, batch, shape[1], shape[2], shape[3]);
	CHECK(jml_trainer_next(trainer, &ni.npy) == JML_OK);
	CHECK(jml_images_read(images, &ni.npy, &np.npy) == JML_OK);
	CHECK(jml_trainer_step(trainer, &np.npy, &stats) == JML_OK);
	free(wanted);
	free(pictures);
	return stats;
}

static float *encode(jml_trainer *trainer, jml_images *images, const int64_t *shape, int64_t *out_dim)
{
	unsigned char *pictures = must(malloc((size_t)(ENCODED * shape[1] * shape[2] * shape[3])));
	int64_t indices[ENCODED], i;
	float *features;
	array ni, np, nf;

	for (i = 0; i < ENCODED; i++)
		indices[i] = i;
	U8_4(&np, pictures, ENCODED, shape[1], shape[2], shape[3]);
	CHECK(jml_images_read(images, I64_1(&ni, indices, ENCODED), &np.npy) == JML_OK);
	CHECK(jml_trainer_dim(trainer, NULL, out_dim) == JML_OK && *out_dim > 0);
	features = must(calloc((size_t)(ENCODED * *out_dim), sizeof(*features)));
	CHECK(jml_trainer_encode(trainer, &np.npy, NULL, F32_2(&nf, features, ENCODED, *out_dim)) == JML_OK);
	free(pictures);
	return features;
}

/* Measures a trainer, and reads the measurement twice. */
static void profile(jml_trainer *trainer)
{
	size_t n, m;
	char *text;

	CHECK(jml_trainer_profile(trainer, NULL, 0, &n) == JML_OK);
	text = must(malloc(n));
	CHECK(jml_trainer_profile(trainer, text, n - 1, &m) == JML_EINVAL);
	CHECK(jml_trainer_profile(trainer, text, n, &m) == JML_OK && m == n && strlen(text) == n - 1);
	CHECK(strstr(text, "\"peak_flops\":") && strstr(text, "\"conv_backward_weights\""));
	free(text);
}

/* FNV-1a over the bytes of the features. */
static unsigned long long checksum(const void *data, size_t n)
{
	const unsigned char *p = data;
	unsigned long long h = 14695981039346656037ull;

	while (n--)
		h = (h ^ *p++) * 1099511628211ull;
	return h;
}

/* The number that follows "name": in a JSON text. */
static int64_t number_in(const char *text, const char *name)
{
	const char *p = strstr(text, name);

	CHECK(p != NULL);
	return strtoll(p + strlen(name) + strspn(p + strlen(name), "\": "), NULL, 10);
}

static char *spec_of(jml_trainer *trainer)
{
	char *text;
	size_t n;

	CHECK(jml_trainer_spec(trainer, NULL, 0, &n) == JML_OK);
	text = must(malloc(n));
	CHECK(jml_trainer_spec(trainer, text, n, &n) == JML_OK);
	return text;
}

int main(int argc, char **argv)
{
	int64_t shape[4], batch, dim, again_dim;
	jml_trainer *trainer, *again = NULL;
	jml_step_stats stats, same;
	jml_images *images;
	char path[4096], *spec, *text;
	float *features, *again_features;
	size_t bytes, n;
	int steps, i;

	CHECK(argc == 5);
	steps = atoi(argv[4]);
	spec = read_text(argv[2]);
	CHECK(jml_images_open(argv[1], NULL, &images) == JML_OK);
	CHECK(jml_images_shape(images, shape) == JML_OK);
	CHECK(jml_trainer_new(spec, &trainer) == JML_OK);
	free(spec);
	text = spec_of(trainer);
	batch = number_in(text, "\"batch_size\"");
	free(text);
	join(path, sizeof(path), argv[3], "trainer.npz");

	for (i = 0; i < steps; i++) {
		stats = step(trainer, images, shape, batch);
		CHECK(stats.step == i + 1);
		printf("loss %d %a\n", i + 1, stats.loss);
		if (again) {
			same = step(again, images, shape, batch);
			CHECK(memcmp(&same, &stats, sizeof(same)) == 0);
		}
		if (i + 1 == steps / 2) {
			CHECK(jml_trainer_save(trainer, path) == JML_OK);
			CHECK(jml_trainer_load(path, &again) == JML_OK);
		}
		if (again && i + 1 == steps - 1) /* the last step shows that it changes nothing */
			profile(again);
	}
	CHECK(again != NULL);
	CHECK(jml_trainer_history(again, NULL, 0, &n) == JML_OK);
	text = must(malloc(n));
	CHECK(jml_trainer_history(again, text, n, &n) == JML_OK);
	CHECK(strstr(text, "\"loss\":[") && strstr(text, "\"effective_rank\":["));
	free(text);

	features = encode(trainer, images, shape, &dim);
	again_features = encode(again, images, shape, &again_dim);
	bytes = (size_t)(ENCODED * dim) * sizeof(float);
	CHECK(dim == again_dim && memcmp(features, again_features, bytes) == 0);
	printf("features %llx\n", checksum(features, bytes));
	free(features);
	free(again_features);
	jml_trainer_free(trainer);
	jml_trainer_free(again);
	jml_images_free(images);
	return done();
}
