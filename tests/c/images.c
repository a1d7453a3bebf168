/* Pictures of a .npy file and of a folder; argv[1] is an empty folder to work in. */
#define _POSIX_C_SOURCE 200809L
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "pictures.h"

enum { N = 6, H = 8, W = 10, C = 3, PICTURE = H * W * C };

static const char *folder;

static const char *in_folder(const char *name)
{
	static char path[4096];

	join(path, sizeof(path), folder, name);
	return path;
}

static char *describe(jml_images *images)
{
	char *text;
	size_t n;

	CHECK(jml_images_describe(images, NULL, 0, &n) == JML_OK);
	text = must(malloc(n));
	CHECK(jml_images_describe(images, text, n, &n) == JML_OK);
	return text;
}

static void array_file(void)
{
	unsigned char *pixels = noise((size_t)N * PICTURE, 5);
	unsigned char out[3][PICTURE];
	int64_t shape[4], indices[3] = {5, 0, 5};
	array na, ni, no;
	jml_images *images;
	char *text;
	int i;

	U8_4(&na, pixels, N, H, W, C);
	write_file(in_folder("a.npy"), na.head, na.npy.head_len, pixels, na.npy.data_len);
	CHECK(jml_images_open(in_folder("a.npy"), NULL, &images) == JML_OK);
	CHECK(jml_images_shape(images, shape) == JML_OK);
	CHECK(shape[0] == N && shape[1] == H && shape[2] == W && shape[3] == C);
	CHECK(jml_images_read(images, I64_1(&ni, indices, 3), U8_4(&no, out, 3, H, W, C)) == JML_OK);
	for (i = 0; i < 3; i++)
		CHECK(memcmp(out[i], pixels + indices[i] * PICTURE, PICTURE) == 0);
	text = describe(images);
	CHECK(strstr(text, "\"n\":6") && strstr(text, "\"labels\":null") && strstr(text, "\"problems\":[]"));
	free(text);

	indices[1] = N;
	CHECK(jml_images_read(images, &ni.npy, &no.npy) == JML_EINVAL && says("images_read: indices: "));
	indices[1] = -1;
	CHECK(jml_images_read(images, &ni.npy, &no.npy) == JML_EINVAL && says("images_read: indices: "));
	indices[1] = 0;
	CHECK(jml_images_read(images, &ni.npy, U8_4(&no, out, 2, H, W, C)) == JML_ESHAPE);
	CHECK(says("images_read: out_pictures: want shape (3, 8, 10, 3), got (2, 8, 10, 3)"));

	/* A file that another program cuts while it is mapped: an error, no signal. */
	CHECK(truncate(in_folder("a.npy"), 200) == 0);
	indices[1] = 4;
	CHECK(jml_images_read(images, &ni.npy, U8_4(&no, out, 3, H, W, C)) == JML_EIO);
	jml_images_free(images);
	CHECK(jml_images_open(in_folder("a.npy"), NULL, &images) == JML_ENPY && images == NULL);
	free(pixels);
}

static void picture_files(void)
{
	static const unsigned char red[3] = {250, 10, 20}, blue[3] = {5, 15, 240};
	static unsigned char out[2][16 * 16 * 3];
	char first[4096], second[4096];
	const char *paths[2];
	int64_t shape[4], indices[2] = {1, 0};
	array ni, no;
	jml_images_options opts;
	jml_images *images, *packed;
	char *text;

	CHECK(mkdir(in_folder("photos"), 0700) == 0);
	CHECK(mkdir(in_folder("photos/cat"), 0700) == 0 && mkdir(in_folder("photos/dog"), 0700) == 0);
	jml_images_options_init(&opts);
	opts.size = 16;
	CHECK(jml_images_open(in_folder("photos"), &opts, &images) == JML_EIO && images == NULL);
	write_bmp(in_folder("photos/cat/1.bmp"), 16, 16, red);
	write_bmp(in_folder("photos/dog/1.bmp"), 32, 32, blue);
	write_file(in_folder("photos/dog/2.jpg"), "not a picture", 13, "", 0);

	CHECK(jml_images_open(in_folder("photos"), &opts, &images) == JML_OK);
	text = describe(images);
	CHECK(strstr(text, "\"labels\":[0,1]") && strstr(text, "\"classes\":[\"cat\",\"dog\"]"));
	CHECK(strstr(text, "2.jpg")); /* among the problems */
	free(text);
	CHECK(jml_images_shape(images, shape) == JML_OK);
	CHECK(shape[0] == 2 && shape[1] == 16 && shape[2] == 16 && shape[3] == 3);
	CHECK(jml_images_read(images, I64_1(&ni, indices, 2), U8_4(&no, out, 2, 16, 16, 3)) == JML_OK);
	CHECK(memcmp(out[0], blue, 3) == 0 && memcmp(out[1], red, 3) == 0);

	/* Packed, they are the same pictures in one file. */
	CHECK(jml_images_pack(images, in_folder("packed.npy")) == JML_OK);
	CHECK(jml_images_open(in_folder("packed.npy"), NULL, &packed) == JML_OK);
	memset(out, 0, sizeof(out));
	CHECK(jml_images_read(packed, &ni.npy, &no.npy) == JML_OK);
	CHECK(memcmp(out[0], blue, 3) == 0 && memcmp(out[1], red, 3) == 0);
	jml_images_free(packed);
	CHECK(jml_images_pack(images, in_folder("no/such/folder.npy")) == JML_EIO);
	jml_images_free(images);

	join(first, sizeof(first), folder, "photos/dog/1.bmp");
	join(second, sizeof(second), folder, "photos/cat/1.bmp");
	paths[0] = first;
	paths[1] = second;
	CHECK(jml_images_open_files(paths, 2, &opts, &images) == JML_OK);
	CHECK(jml_images_read(images, &ni.npy, &no.npy) == JML_OK);
	CHECK(memcmp(out[0], red, 3) == 0 && memcmp(out[1], blue, 3) == 0);
	jml_images_free(images);
	paths[1] = NULL;
	CHECK(jml_images_open_files(paths, 2, &opts, &images) == JML_EINVAL && says("images_open_files: paths[1]: "));
	CHECK(jml_images_open_files(paths, 0, &opts, &images) != JML_OK);
}

int main(int argc, char **argv)
{
	jml_images_options opts;
	jml_images *images;

	CHECK(argc == 2);
	folder = argv[1];
	CHECK(jml_images_open(in_folder("missing"), NULL, &images) == JML_EIO && images == NULL);
	CHECK(says("images_open: ") && says("missing"));
	jml_images_options_init(&opts);
	opts.channels = 2;
	CHECK(jml_images_open(folder, &opts, &images) == JML_EINVAL && says("images_open: channels: "));
	opts.channels = 3;
	opts.size = -1;
	CHECK(jml_images_open(folder, &opts, &images) == JML_EINVAL && says("images_open: size: "));
	array_file();
	picture_files();
	return done();
}
