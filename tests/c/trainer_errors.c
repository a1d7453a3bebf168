/* What a trainer refuses, and that it goes on unharmed; argv[1] is a folder. */
#include "check.h"

enum { B = 4, SIZE = 8, PICTURE = SIZE * SIZE * 3 };

static const char spec[] =
	"{\"method\": \"simclr\", \"size\": 8, \"batch_size\": 4, \"pictures\": 8, \"seed\": 1}";

static void specs(void)
{
	jml_trainer *t;

	CHECK(jml_trainer_new("", &t) == JML_EINVAL && t == NULL);
	CHECK(jml_trainer_new("{}", &t) == JML_EINVAL && says("trainer_new: ") && says("method"));
	CHECK(jml_trainer_new("{\"method\": \"simclrr\"}", &t) == JML_EINVAL && says("simclr"));
	CHECK(jml_trainer_new("{\"method\": \"simclr\", \"encoder\": \"smal\"}", &t) == JML_EINVAL);
	CHECK(says("encoder") && says("small"));
	CHECK(jml_trainer_new("{\"method\": \"simclr\", \"bach_size\": 4}", &t) == JML_EINVAL);
	CHECK(says("bach_size") && says("batch_size"));
	CHECK(jml_trainer_new("{\"method\": \"simclr\", \"batch_size\": 1}", &t) == JML_EINVAL && says("batch_size"));
	CHECK(jml_trainer_new("{\"method\": \"simclr\", \"temperature\": 0}", &t) == JML_EINVAL && says("temperature"));
	CHECK(jml_trainer_new("{\"method\": \"simclr\", \"pictures\": -5}", &t) == JML_EINVAL && says("pictures"));
	CHECK(jml_trainer_new("{\"method\": \"simclr\"} trailing", &t) == JML_EINVAL);
	CHECK(jml_trainer_new("{\"method\": \"simclr\", \"precision\": \"float16\"}", &t) == JML_EINVAL);
	CHECK(says("trainer_new: precision: want one of float32, bfloat16, got \"float16\""));
	/* It depends on the processor. */
	if (jml_trainer_new("{\"method\": \"simclr\", \"precision\": \"bfloat16\"}", &t) == JML_OK)
		jml_trainer_free(t);
	else
		CHECK(says("trainer_new: precision: want \"float32\"") && says("got \"bfloat16\""));
}

static void steps(jml_trainer *t, const char *folder)
{
	unsigned char *in = noise(2 * B * PICTURE, 9);
	int64_t wanted[B], dim;
	float features[B][1024];
	jml_step_stats stats;
	jml_encode_options encode;
	jml_trainer *other;
	array np, ni, nv, nf;
	char path[4096];

	CHECK(jml_trainer_next(t, I64_1(&ni, wanted, B - 1)) == JML_ESHAPE && says("trainer_next: out_indices: "));
	CHECK(jml_trainer_step(t, U8_4(&np, in, B, SIZE, SIZE, 1), NULL) == JML_ESHAPE && says("trainer_step: images: "));
	CHECK(jml_trainer_step(t, U8_4(&np, in, B - 1, SIZE, SIZE, 3), NULL) == JML_ESHAPE && says("trainer_step: images: "));
	CHECK(jml_trainer_step(t, as_npy(&np, "<f4", in, 4, D(1), D(SIZE), D(SIZE), D(3)), NULL) == JML_EDTYPE);
	CHECK(jml_trainer_step_views(t, U8_5(&nv, in, 1, B, SIZE, SIZE, 3), NULL) == JML_ESHAPE);
	CHECK(says("trainer_step_views: views: "));
	U8_4(&np, in, B, SIZE, SIZE, 3);
	stats.struct_size = 0;
	CHECK(jml_trainer_step(t, &np.npy, &stats) == JML_EINVAL && says("trainer_step: out_stats: "));

	/* None of that was a step; and an older header gets the fields it knows. */
	stats.effective_rank = -1;
	stats.struct_size = offsetof(jml_step_stats, effective_rank);
	CHECK(jml_trainer_step(t, &np.npy, &stats) == JML_OK);
	CHECK(stats.step == 1 && stats.loss > 0 && stats.feature_std > 0 && stats.effective_rank == -1);
	CHECK(stats.struct_size == offsetof(jml_step_stats, effective_rank));
	stats.struct_size = offsetof(jml_step_stats, uninformed_loss);
	stats.gradient_norm = -1;
	CHECK(jml_trainer_step_views(t, U8_5(&nv, in, 2, B, SIZE, SIZE, 3), &stats) == JML_OK);
	CHECK(stats.step == 2 && stats.effective_rank > 0 && stats.gradient_norm == -1);

	jml_encode_options_init(&encode);
	encode.projected = 2;
	CHECK(jml_trainer_dim(t, &encode, &dim) == JML_EINVAL && says("trainer_dim: projected: "));
	encode.projected = 0;
	encode.block = 99;
	CHECK(jml_trainer_dim(t, &encode, &dim) == JML_EINVAL && says("block"));
	encode.block = 1;
	CHECK(jml_trainer_dim(t, &encode, &dim) == JML_OK && dim > 0 && dim <= 1024);
	CHECK(jml_trainer_encode(t, &np.npy, &encode, F32_2(&nf, features, B, dim)) == JML_OK);
	CHECK(jml_trainer_encode(t, &np.npy, NULL, F32_2(&nf, features, B, 3)) == JML_ESHAPE);
	CHECK(says("trainer_encode: out_features: want shape (4, "));

	CHECK(jml_trainer_load("/no/such/file.npz", &other) == JML_EIO && other == NULL);
	CHECK(jml_trainer_save(t, "/no/such/folder/t.npz") == JML_EIO && says("trainer_save: "));
	join(path, sizeof(path), folder, "t.npz");
	CHECK(jml_trainer_save(t, path) == JML_OK);
	CHECK(jml_trainer_load(path, &other) == JML_OK);
	jml_trainer_free(other);
	free(in);
}

/* A rate that is far too high ends in JML_ENUMERIC, before anything is spoilt. */
static void not_finite(void)
{
	static const char wild[] =
		"{\"method\": \"simclr\", \"size\": 8, \"batch_size\": 4, \"learning_rate\": 1e36}";
	unsigned char *in = noise(B * PICTURE, 5);
	static float features[B][256];
	jml_status status = JML_OK;
	jml_trainer *t;
	array np, nf;
	int i;

	U8_4(&np, in, B, SIZE, SIZE, 3);
	CHECK(jml_trainer_new(wild, &t) == JML_OK);
	CHECK(jml_trainer_encode(t, &np.npy, NULL, F32_2(&nf, features, B, 256)) == JML_OK);
	for (i = 0; i < 50 && status == JML_OK; i++)
		status = jml_trainer_step(t, &np.npy, NULL);
	CHECK(status == JML_ENUMERIC && says("trainer_step: ") && says("finite") && says("nothing was updated"));
	CHECK(jml_trainer_encode(t, &np.npy, NULL, &nf.npy) == JML_ENUMERIC && says("training diverged"));
	CHECK(jml_trainer_step(t, &np.npy, NULL) == JML_ENUMERIC); /* again, and still no crash */
	jml_trainer_free(t);
	free(in);
}

int main(int argc, char **argv)
{
	jml_trainer *t;

	CHECK(argc == 2);
	specs();
	CHECK(jml_trainer_new(spec, &t) == JML_OK);
	steps(t, argv[1]);
	jml_trainer_free(t);
	not_finite();
	return done();
}
