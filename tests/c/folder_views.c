/* Views of a folder whose pictures differ in size; argv[1] is an empty folder. */
#define _POSIX_C_SOURCE 200809L
#include <sys/stat.h>

#include "check.h"
#include "pictures.h"

enum { N = 3, V = 2, S = 8, C = 3, ONE = S * S * C };

static const char *folder;
static const unsigned char colours[N][3] = {{250, 10, 20}, {5, 240, 15}, {30, 20, 200}};
static const unsigned sides[N][2] = {{16, 9}, {40, 30}, {7, 25}}; /* width, height */

static const char *in_folder(const char *name)
{
	static char path[4096];

	join(path, sizeof(path), folder, name);
	return path;
}

/* Each picture has the views that it has as an array of its own. */
static void views(jml_pipeline *pipeline, jml_images *images)
{
	static unsigned char all[V][N][ONE], some[V][2][ONE], alone[V][1][ONE];
	unsigned char pixels[40 * 30 * 3];
	int64_t sizes[N][2], order[N], which[2] = {2, 0};
	array na, ni, no, np;
	jml_views_options opts;
	int i, v;

	jml_views_options_init(&opts);
	opts.seed = 7;
	opts.epoch = 3;
	CHECK(jml_images_sizes(images, as_npy(&np, "<i8", sizes, 2, D(N), D(2))) == JML_OK);
	CHECK(jml_pipeline_apply_images(pipeline, images, NULL, &opts, U8_5(&na, all, V, N, S, S, C)) == JML_OK);
	for (i = 0; i < N; i++) {
		int64_t one = i, h = sides[i][1], w = sides[i][0];

		CHECK(sizes[i][0] == h && sizes[i][1] == w);
		CHECK(jml_images_read(images, I64_1(&ni, &one, 1), U8_4(&np, pixels, 1, h, w, C)) == JML_OK);
		CHECK(memcmp(pixels, colours[i], 3) == 0);
		CHECK(jml_pipeline_apply(pipeline, &np.npy, &ni.npy, &opts, U8_5(&no, alone, V, 1, S, S, C)) == JML_OK);
		for (v = 0; v < V; v++)
			CHECK(memcmp(alone[v][0], all[v][i], ONE) == 0);
	}
	CHECK(jml_pipeline_apply_images(pipeline, images, I64_1(&ni, which, 2), &opts, U8_5(&no, some, V, 2, S, S, C)) == JML_OK);
	for (v = 0; v < V; v++)
		for (i = 0; i < 2; i++)
			CHECK(memcmp(some[v][i], all[v][which[i]], ONE) == 0);
	CHECK(jml_epoch_order(7, 3, I64_1(&ni, order, N)) == JML_OK);
	CHECK(order[0] != order[1] && order[0] != order[2] && order[1] != order[2]);
	CHECK(order[0] + order[1] + order[2] == 3);
	CHECK(jml_pipeline_apply_images(pipeline, images, &ni.npy, &opts, &na.npy) == JML_OK);
}

static void refusals(jml_pipeline *pipeline, jml_images *images)
{
	static unsigned char out[V][N][ONE], pixels[2][9 * 16 * 3];
	int64_t which[2] = {0, 3}, two[2] = {0, 1};
	array ni, no;
	jml_views_options opts;

	U8_5(&no, out, V, 2, S, S, C);
	CHECK(jml_pipeline_apply_images(pipeline, images, I64_1(&ni, which, 2), NULL, &no.npy) == JML_EINVAL);
	CHECK(says("pipeline_apply_images: indices[1]: want 0 to 2, got 3"));
	CHECK(jml_pipeline_apply_images(pipeline, images, NULL, NULL, &no.npy) == JML_ESHAPE);
	CHECK(says("pipeline_apply_images: out_views: "));
	CHECK(jml_pipeline_apply_images(pipeline, images, I64_1(&ni, which, 0), NULL, U8_5(&no, out, V, 0, S, S, C)) == JML_ESHAPE);
	CHECK(says("want at least one picture"));
	jml_views_options_init(&opts);
	opts.epoch = -1;
	CHECK(jml_pipeline_apply_images(pipeline, images, NULL, &opts, U8_5(&no, out, V, N, S, S, C)) == JML_EINVAL);
	CHECK(says("pipeline_apply_images: epoch: "));
	CHECK(jml_images_read(images, I64_1(&ni, two, 2), U8_4(&no, pixels, 2, 9, 16, 3)) == JML_ESHAPE);
	CHECK(says("images_read: size: want pictures of one size"));
	CHECK(jml_images_pack(images, in_folder("out.npy")) == JML_ESHAPE);
	CHECK(says("images_pack: size: want pictures of one size"));
	CHECK(jml_epoch_order(0, -1, I64_1(&ni, two, 2)) == JML_EINVAL && says("epoch_order: epoch: "));
}

/* A sound header before a broken picture: a problem when it is read, and black. */
static void broken_later(jml_pipeline *pipeline)
{
	static unsigned char out[1][1][ONE], black[ONE];
	unsigned char file[60];
	int64_t shape[4], third = 3;
	char text[8192];
	array ni, no;
	jml_images_options opts;
	jml_images *images;
	FILE *f;
	size_t n;

	f = must(fopen(in_folder("photos/0.bmp"), "rb"));
	CHECK(fread(file, 1, sizeof(file), f) == sizeof(file) && fclose(f) == 0);
	write_file(in_folder("photos/3.bmp"), file, sizeof(file), "", 0);
	jml_images_options_init(&opts);
	opts.check = -1;
	CHECK(jml_images_open(in_folder("photos"), &opts, &images) == JML_OK);
	CHECK(jml_images_shape(images, shape) == JML_OK && shape[0] == N + 1);
	CHECK(jml_images_problems(images, 0, text, sizeof(text), &n) == JML_OK && strcmp(text, "[]") == 0);
	CHECK(jml_pipeline_apply_images(pipeline, images, I64_1(&ni, &third, 1), NULL, U8_5(&no, out, 1, 1, S, S, C)) == JML_OK);
	CHECK(memcmp(out, black, ONE) == 0);
	CHECK(jml_images_problems(images, 0, text, sizeof(text), &n) == JML_OK && strstr(text, "3.bmp\",\"BMP: "));
	CHECK(jml_images_problems(images, 1, text, sizeof(text), &n) == JML_OK && strcmp(text, "[]") == 0);
	CHECK(jml_images_problems(images, 2, text, sizeof(text), &n) == JML_EINVAL);
	CHECK(says("images_problems: first: want 0 to 1, got 2"));
	jml_images_free(images);
	opts.check = 1;
	CHECK(jml_images_open(in_folder("photos"), &opts, &images) == JML_OK);
	CHECK(jml_images_shape(images, shape) == JML_OK && shape[0] == N);
	jml_images_free(images);
	opts.check = 2;
	CHECK(jml_images_open(in_folder("photos"), &opts, &images) == JML_EINVAL);
	CHECK(says("images_open: check: "));
}

int main(int argc, char **argv)
{
	jml_pipeline *pipeline;
	jml_images *images;
	int64_t shape[4];
	char name[32];
	int i;

	CHECK(argc == 2);
	folder = argv[1];
	CHECK(mkdir(in_folder("photos"), 0700) == 0);
	for (i = 0; i < N; i++) {
		CHECK(snprintf(name, sizeof(name), "photos/%d.bmp", i) > 0);
		write_bmp(in_folder(name), sides[i][0], sides[i][1], colours[i]);
	}
	CHECK(jml_images_open(in_folder("photos"), NULL, &images) == JML_OK);
	CHECK(jml_images_shape(images, shape) == JML_OK);
	CHECK(shape[0] == N && shape[1] == 0 && shape[2] == 0 && shape[3] == 3);
	CHECK(jml_pipeline_new("{\"preset\": \"weak\", \"size\": 8}", &pipeline) == JML_OK);
	views(pipeline, images);
	refusals(pipeline, images);
	jml_images_free(images);
	broken_later(pipeline);
	jml_pipeline_free(pipeline);
	return done();
}
