/* How often two random crops miss each other: known cases, and every mistake. */
#include <math.h>

#include "check.h"

#define REFUSES(field, value, name)                              \
	do {                                                         \
		jml_overlap_options_init(&opts);                         \
		opts.field = (value);                                    \
		CHECK(jml_overlap(&opts, &exact, &measured) == JML_EINVAL); \
		CHECK(says("overlap: " name ": "));                      \
	} while (0)

int main(void)
{
	jml_overlap_options opts;
	double exact, measured;

	/* Crops of one pixel of 3 x 4 are apart unless they are the same of 12. */
	jml_overlap_options_init(&opts);
	opts.height = 3;
	opts.width = 4;
	opts.scale_min = opts.scale_max = 1.0 / 12;
	opts.ratio_min = opts.ratio_max = 1;
	CHECK(jml_overlap(&opts, &exact, &measured) == JML_OK);
	CHECK(fabs(exact - 11.0 / 12) < 1e-12);
	CHECK(fabs(measured - exact) < 4 * sqrt(exact * (1 - exact) / 100000));

	/* SimCLR's crops rarely miss each other, and those of half a picture never. */
	CHECK(jml_overlap(NULL, &exact, &measured) == JML_OK);
	CHECK(exact > 0.01 && exact < 0.1 && fabs(measured - exact) < 4 * sqrt(exact * (1 - exact) / 100000));
	jml_overlap_options_init(&opts);
	opts.height = opts.width = 224;
	opts.scale_min = 0.51;
	CHECK(jml_overlap(&opts, &exact, NULL) == JML_OK && exact == 0);
	CHECK(jml_overlap(&opts, NULL, &measured) == JML_OK && measured == 0);

	REFUSES(height, 0, "size");
	REFUSES(width, 1025, "size");
	REFUSES(scale_min, 2, "scale");
	REFUSES(scale_max, 0.01, "scale");
	REFUSES(scale_max, NAN, "scale");
	REFUSES(ratio_min, -1, "ratio");
	REFUSES(ratio_max, INFINITY, "ratio");
	REFUSES(samples, 0, "samples");
	REFUSES(samples, -5, "samples");
	return done();
}
