/*
 * Trainers, pipelines and messages by the dozen: the process does not grow with
 * them. (What a trainer compiles lies outside Go's memory and outside the sight
 * of a leak checker.)
 */
#include "check.h"

enum { B = 8, SIZE = 16, PICTURE = SIZE * SIZE * 3 };

/* Resident memory of this process in KiB. */
static long resident(void)
{
	FILE *f = must(fopen("/proc/self/status", "r"));
	char line[256];
	long kib = -1;

	while (kib < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmRSS: %ld kB", &kib) != 1)
			kib = -1;
	CHECK(fclose(f) == 0 && kib > 0);
	return kib;
}

static void one_life(unsigned char *in)
{
	static float features[B][256];
	jml_pipeline *pipeline;
	jml_trainer *trainer;
	array np, nf;
	int i;

	CHECK(jml_trainer_new("{\"method\": \"simclr\", \"size\": 16, \"batch_size\": 8}", &trainer) == JML_OK);
	U8_4(&np, in, B, SIZE, SIZE, 3);
	for (i = 0; i < 2; i++)
		CHECK(jml_trainer_step(trainer, &np.npy, NULL) == JML_OK);
	CHECK(jml_trainer_encode(trainer, &np.npy, NULL, F32_2(&nf, features, B, 256)) == JML_OK);
	jml_trainer_free(trainer);
	for (i = 0; i < 50; i++) {
		CHECK(jml_pipeline_new("{\"preset\": \"simclr\", \"size\": 8}", &pipeline) == JML_OK);
		jml_pipeline_free(pipeline);
		CHECK(jml_pipeline_new("{\"preset\": \"none\"}", &pipeline) == JML_EINVAL);
	}
}

int main(void)
{
	enum { WARM = 10, MORE = 30, ALLOWED_KIB = 16 * 1024 };
	unsigned char *in = noise(B * PICTURE, 1);
	long before, after;
	int i;

	for (i = 0; i < WARM; i++)
		one_life(in);
	before = resident();
	for (i = 0; i < MORE; i++)
		one_life(in);
	after = resident();
	printf("%ld KiB, %d trainers later %ld KiB\n", before, MORE, after);
	CHECK(after - before < ALLOWED_KIB);
	free(in);
	return done();
}
