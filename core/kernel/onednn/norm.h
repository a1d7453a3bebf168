/* Batch normalisation of pictures in blocks of WIDTH channels, nChw16c or nChw8c,
 * with the ReLU behind it: every pass reads its tensors once for the sums and once
 * for the result.
 *
 * Sums are float32 over at most 256 values, statistics less the first of them,
 * and float64 over those; the same bits for any number of threads. The backward
 * pass asks the source again which values the ReLU let through.
 */
#ifndef JUMELLE_NORM_H
#define JUMELLE_NORM_H

#include <stdint.h>

enum { JMK_TRAINING, JMK_INFERENCE, JMK_BACKWARD };

typedef struct {
	int pass, relu, width; /* width is the block of channels: 16 or 8 */
	int parts; /* of the batch, each with statistics of its own */
	int n, c, pixels; /* n pictures a part */
	float eps;
	int threads;
} jmk_norm;

/* What a pass reads and writes, as kernel.BatchNormForward, BatchNormInference and
 * BatchNormBackward name it. The workspace holds beta. */
typedef struct {
	const float *src, *gamma, *beta, *dst_grad;
	float *mean, *var, *workspace, *dst, *src_grad, *gamma_grad, *beta_grad;
	void *scratch;
} jmk_norm_args;

/* 1 if there is a kernel for this processor and shape. */
int jmk_norm_fits(const jmk_norm *s);
/* Bytes of scratch memory of a run. */
int64_t jmk_norm_scratch(const jmk_norm *s);
void jmk_norm_run(const jmk_norm *s, const jmk_norm_args *a);

#endif
