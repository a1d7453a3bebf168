//go:build onednn

#include "lib.h"

#include <string.h>

void jmk_step_free(jmk_step s)
{
	if (s.primitive)
		jmk_f.dnnl_primitive_destroy(s.primitive);
	if (s.desc)
		jmk_f.dnnl_primitive_desc_destroy(s.desc);
}

void jmk_step_arg(jmk_step s, int arg, dnnl_memory_desc_t *out)
{
	const dnnl_memory_desc_t *d = jmk_f.dnnl_primitive_desc_query_md(s.desc, dnnl_query_exec_arg_md, arg);

	if (d)
		*out = *d;
	else
		memset(out, 0, sizeof *out);
}

static int finish(dnnl_primitive_desc_t desc, jmk_step *out)
{
	int e;

	out->desc = desc;
	e = jmk_f.dnnl_primitive_create(&out->primitive, desc);
	if (e) {
		jmk_f.dnnl_primitive_desc_destroy(desc);
		memset(out, 0, sizeof *out);
	}
	return e;
}

static int make(const void *op, dnnl_primitive_attr_t attr, jmk_step *out)
{
	dnnl_primitive_desc_t desc;

	TRY(jmk_f.dnnl_primitive_desc_create(&desc, op, attr, jmk_engine, NULL));
	return finish(desc, out);
}

/* A backward pass is described with its forward pass at hand. */
static int make_backward(const void *op, const void *forward, jmk_step *out)
{
	dnnl_primitive_desc_t desc, hint;
	int e;

	TRY(jmk_f.dnnl_primitive_desc_create(&hint, forward, jmk_attr, jmk_engine, NULL));
	e = jmk_f.dnnl_primitive_desc_create(&desc, op, jmk_attr, jmk_engine, hint);
	jmk_f.dnnl_primitive_desc_destroy(hint);
	return e ? e : finish(desc, out);
}

int jmk_conv(int pass, const dnnl_memory_desc_t *src, const dnnl_memory_desc_t *weights,
	const dnnl_memory_desc_t *dst, int64_t stride, int64_t pad, jmk_step *out)
{
	const dnnl_alg_kind_t alg = dnnl_convolution_direct;
	const dnnl_dims_t strides = { stride, stride }, pads = { pad, pad };
	dnnl_convolution_desc_t f, d;
	dnnl_memory_desc_t read = *src;

	/* A gradient of the source is float32 where the pass reads bfloat16; the forward
	 * pass that goes with it reads that, too. */
	read.data_type = weights->data_type;
	TRY(jmk_f.dnnl_convolution_forward_desc_init(&f, dnnl_forward_training, alg, &read, weights, NULL, dst, strides, pads, pads));
	if (pass == JMK_FORWARD)
		return make(&f, jmk_attr, out);
	if (pass == JMK_BACKWARD_DATA)
		TRY(jmk_f.dnnl_convolution_backward_data_desc_init(&d, alg, src, weights, dst, strides, pads, pads));
	else
		TRY(jmk_f.dnnl_convolution_backward_weights_desc_init(&d, alg, src, weights, NULL, dst, strides, pads, pads));
	return make_backward(&d, &f, out);
}

int jmk_linear(int pass, const dnnl_memory_desc_t *src, const dnnl_memory_desc_t *weights,
	const dnnl_memory_desc_t *bias, const dnnl_memory_desc_t *dst, jmk_step *out)
{
	dnnl_inner_product_desc_t f, d;

	TRY(jmk_f.dnnl_inner_product_forward_desc_init(&f, dnnl_forward_training, src, weights, bias, dst));
	if (pass == JMK_FORWARD)
		return make(&f, jmk_attr, out);
	if (pass == JMK_BACKWARD_DATA)
		TRY(jmk_f.dnnl_inner_product_backward_data_desc_init(&d, src, weights, dst));
	else
		TRY(jmk_f.dnnl_inner_product_backward_weights_desc_init(&d, src, weights, bias, dst));
	return make_backward(&d, &f, out);
}

int jmk_batch_norm(int pass, const dnnl_memory_desc_t *src, const dnnl_memory_desc_t *grad, float eps, int relu, jmk_step *out)
{
	const unsigned flags = dnnl_use_scale | dnnl_use_shift | (relu ? dnnl_fuse_norm_relu : 0);
	dnnl_batch_normalization_desc_t f, d;

	if (pass == JMK_INFERENCE) {
		TRY(jmk_f.dnnl_batch_normalization_forward_desc_init(&f, dnnl_forward_inference, src, eps, flags | dnnl_use_global_stats));
		return make(&f, jmk_attr, out);
	}
	TRY(jmk_f.dnnl_batch_normalization_forward_desc_init(&f, dnnl_forward_training, src, eps, flags));
	if (pass == JMK_TRAINING)
		return make(&f, jmk_attr, out);
	TRY(jmk_f.dnnl_batch_normalization_backward_desc_init(&d, dnnl_backward, grad, src, eps, flags));
	return make_backward(&d, &f, out);
}

int jmk_pool(int backward, int average, const dnnl_memory_desc_t *src, const dnnl_memory_desc_t *dst,
	int64_t height, int64_t width, int64_t stride_h, int64_t stride_w, int64_t pad, jmk_step *out)
{
	const dnnl_alg_kind_t alg = average ? dnnl_pooling_avg_exclude_padding : dnnl_pooling_max;
	const dnnl_dims_t window = { height, width }, strides = { stride_h, stride_w }, pads = { pad, pad };
	dnnl_pooling_desc_t f, d;

	TRY(jmk_f.dnnl_pooling_forward_desc_init(&f, dnnl_forward_training, alg, src, dst, strides, window, pads, pads));
	if (!backward)
		return make(&f, jmk_attr, out);
	TRY(jmk_f.dnnl_pooling_backward_desc_init(&d, alg, src, dst, strides, window, pads, pads));
	return make_backward(&d, &f, out);
}

int jmk_add(const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *b, const dnnl_memory_desc_t *dst, int relu, jmk_step *out)
{
	dnnl_binary_desc_t d;

	TRY(jmk_f.dnnl_binary_desc_init(&d, dnnl_binary_add, a, b, dst));
	return make(&d, relu ? jmk_attr_relu : jmk_attr, out);
}

int jmk_relu(const dnnl_memory_desc_t *desc, jmk_step *out)
{
	dnnl_eltwise_desc_t f;

	TRY(jmk_f.dnnl_eltwise_forward_desc_init(&f, dnnl_forward_training, dnnl_eltwise_relu, desc, 0.f, 0.f));
	return make(&f, jmk_attr, out);
}

int jmk_relu_backward(const dnnl_memory_desc_t *grad, const dnnl_memory_desc_t *dst, jmk_step *out)
{
	dnnl_eltwise_desc_t f, d;

	TRY(jmk_f.dnnl_eltwise_forward_desc_init(&f, dnnl_forward_training, dnnl_eltwise_relu_use_dst_for_bwd, dst, 0.f, 0.f));
	TRY(jmk_f.dnnl_eltwise_backward_desc_init(&d, dnnl_eltwise_relu_use_dst_for_bwd, grad, dst, 0.f, 0.f));
	return make_backward(&d, &f, out);
}

int jmk_reorder(const dnnl_memory_desc_t *src, const dnnl_memory_desc_t *dst, jmk_step *out)
{
	dnnl_primitive_desc_t desc;

	TRY(jmk_f.dnnl_reorder_primitive_desc_create(&desc, src, jmk_engine, dst, jmk_engine, jmk_attr));
	return finish(desc, out);
}
