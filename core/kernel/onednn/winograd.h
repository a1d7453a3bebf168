/* 3x3 convolutions of stride 1 and 2 by minimal filtering (Winograd 1980; Lavin
 * and Gray 2016), for pictures in blocks of WIDTH channels: nChw16c with AVX-512,
 * nChw8c with AVX2.
 *
 * Stride 1 is F(4x4, 3x3): 36 products where the definition takes 144. At stride
 * 2, an output reads two taps on odd rows of the source and one on even rows, so
 * each direction is F(4, 2) on the odd rows and a plain product on the even ones:
 * 5 + 4 products where the definition takes 12, and 81 for 144 in two dimensions.
 *
 * The points are 0, 5/8, -5/8, 3/2, -3/2 and infinity for three taps and 1/2,
 * -1/2, 5/4, -5/4 and infinity for two: the usual 1 and 2 lose twice as many bits.
 * The root mean square of the errors, over that of the values: 8e-7 (three taps)
 * and 4e-7 (two) with 64 channels, where sums in order have 4e-7 and 3e-7, and
 * 2.3e-6 with 512; kernel/kerneltest holds it below 3e-6.
 */
#ifndef JUMELLE_WINOGRAD_H
#define JUMELLE_WINOGRAD_H

#include <stddef.h>
#include <stdint.h>

enum { JMK_FORWARD, JMK_BACKWARD_DATA, JMK_BACKWARD_WEIGHTS };

/* Padding is 1. width is the block of channels: 16 or 8. */
typedef struct {
	int pass, stride, width;
	int n, c, h, w;  /* source */
	int k, oh, ow;   /* destination */
	int threads;
} jmk_winograd;

/* 1 if there is a kernel for this processor and shape. */
int jmk_winograd_fits(const jmk_winograd *s);
/* Bytes of scratch memory of a run. */
int64_t jmk_winograd_scratch(const jmk_winograd *s);
/* Weights are row-major (k, c, 3, 3). forward: a source, b weights, out
 * destination; backward data: a gradient of the destination, b weights, out
 * gradient of the source; backward weights: a source, b gradient of the
 * destination, out gradient of the weights. The same bits for any number of
 * threads. */
void jmk_winograd_run(const jmk_winograd *s, const float *a, const float *b, float *out, char *scratch);

#endif
