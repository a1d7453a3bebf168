/* Structs of programs built against an older or a newer header. */
#include <stddef.h>

#include "check.h"

static float a[2][2] = {{1, 2}, {3, -1}};
static float b[2][2] = {{1, 1}, {2, -1}};

static jml_status loss_with(const void *opts, double *loss)
{
	array na, nb;

	return jml_nt_xent(F32_2(&na, a, 2, 2), F32_2(&nb, b, 2, 2),
		(const jml_nt_xent_options *)opts, loss, NULL, NULL);
}

int main(void)
{
	struct { jml_nt_xent_options known; double unknown[4]; } longer;
	jml_nt_xent_options opts;
	jml_info_nce_options info;
	jml_info_nce_queue_options queue;
	jml_barlow_twins_options barlow;
	jml_cross_entropy_options entropy;
	jml_views_options views;
	jml_images_options images;
	jml_overlap_options overlap;
	jml_encode_options encode;
	jml_knn_options knn;
	jml_linear_probe_options linear;
	double with_null, loss;

	jml_nt_xent_options_init(NULL);
	jml_info_nce_options_init(NULL);
	jml_info_nce_queue_options_init(NULL);
	jml_barlow_twins_options_init(NULL);
	jml_cross_entropy_options_init(NULL);
	jml_views_options_init(NULL);
	jml_images_options_init(NULL);
	jml_overlap_options_init(NULL);
	jml_encode_options_init(NULL);
	jml_knn_options_init(NULL);
	jml_linear_probe_options_init(NULL);

	/* The defaults that the header states. */
	jml_nt_xent_options_init(&opts);
	CHECK(opts.struct_size == sizeof(opts) && opts.temperature == 0.5 && opts.lo == 0 && opts.hi == 0);
	jml_info_nce_options_init(&info);
	CHECK(info.struct_size == sizeof(info) && info.temperature == 0.2 && info.lo == 0 && info.hi == 0);
	jml_info_nce_queue_options_init(&queue);
	CHECK(queue.struct_size == sizeof(queue) && queue.temperature == 0.07 && queue.lo == 0 && queue.hi == 0);
	jml_barlow_twins_options_init(&barlow);
	CHECK(barlow.struct_size == sizeof(barlow) && barlow.off_diagonal_weight == 0.0051);
	CHECK(barlow.lo == 0 && barlow.hi == 0);
	jml_cross_entropy_options_init(&entropy);
	CHECK(entropy.struct_size == sizeof(entropy) && entropy.smoothing == 0);
	jml_views_options_init(&views);
	CHECK(views.struct_size == sizeof(views));
	CHECK(views.seed == 0 && views.epoch == 0 && views.threads == 0);
	jml_images_options_init(&images);
	CHECK(images.struct_size == sizeof(images) && images.size == 0 && images.channels == 3);
	CHECK(images.check == 0);
	jml_overlap_options_init(&overlap);
	CHECK(overlap.struct_size == sizeof(overlap) && overlap.height == 32 && overlap.width == 32);
	CHECK(overlap.scale_min == 0.08 && overlap.scale_max == 1 && overlap.ratio_min == 0.75);
	CHECK(overlap.ratio_max == 4.0 / 3 && overlap.samples == 100000 && overlap.seed == 0);
	jml_encode_options_init(&encode);
	CHECK(encode.struct_size == sizeof(encode) && encode.block == 0 && encode.projected == 0);
	jml_knn_options_init(&knn);
	CHECK(knn.struct_size == sizeof(knn) && knn.k == 200 && knn.temperature == 0.1);
	jml_linear_probe_options_init(&linear);
	CHECK(linear.struct_size == sizeof(linear) && linear.penalty == -1 && linear.iterations == 200);

	/* NULL stands for the defaults; a struct without a field, for its default. */
	CHECK(loss_with(NULL, &with_null) == JML_OK);
	CHECK(loss_with(&opts, &loss) == JML_OK && loss == with_null);
	opts.temperature = 0.1;
	CHECK(loss_with(&opts, &loss) == JML_OK && loss != with_null);
	opts.struct_size = offsetof(jml_nt_xent_options, temperature);
	CHECK(loss_with(&opts, &loss) == JML_OK && loss == with_null);
	opts.temperature = 0.5;
	opts.lo = opts.hi = 99; /* beyond an older struct's end: not read */
	opts.struct_size = offsetof(jml_nt_xent_options, lo);
	CHECK(loss_with(&opts, &loss) == JML_OK && loss == with_null);

	/* A longer one is good as long as what we do not know is zero. */
	memset(&longer, 0, sizeof(longer));
	jml_nt_xent_options_init(&longer.known);
	longer.known.struct_size = sizeof(longer);
	CHECK(loss_with(&longer, &loss) == JML_OK && loss == with_null);
	longer.unknown[3] = 1;
	CHECK(loss_with(&longer, &loss) == JML_EINVAL);
	CHECK(says("nt_xent: opts: ") && says("newer"));

	/* Sizes that nobody set. */
	opts.struct_size = 0;
	CHECK(loss_with(&opts, &loss) == JML_EINVAL && says("nt_xent: opts: ") && says("struct_size"));
	opts.struct_size = (size_t)-1;
	CHECK(loss_with(&opts, &loss) == JML_EINVAL && says("nt_xent: opts: "));
	return done();
}
