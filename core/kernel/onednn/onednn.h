/* The C side of core/kernel/onednn: loading, making primitives, running lists of
 * them. Functions return a dnnl_status_t as int, 0 for success, unless said
 * otherwise. After load, all of them are called on one thread. */
#ifndef JUMELLE_ONEDNN_H
#define JUMELLE_ONEDNN_H

#include <stddef.h>
#include <stdint.h>

#include <dnnl.h>

#include "norm.h"
#include "winograd.h"

/* Loads the library and makes the engine. Returns 0, or -1 with a message. */
int jmk_load(char *message, size_t size);
void jmk_version(int *major, int *minor, int *patch);
int jmk_isa(void);
const char *jmk_status(int status);
/* Threads of what the calling thread makes or runs from now on. */
void jmk_set_threads(int n);

/* Memory descriptors. Tags are dnnl_format_tag_t; float32 throughout. */
int jmk_desc(dnnl_memory_desc_t *d, int dims, const int64_t *sizes, int tag);
int jmk_desc_equal(const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *b);
int64_t jmk_desc_bytes(const dnnl_memory_desc_t *d);
/* 1 if d is (N, C, 1, 1) with element (n, c) at n*C + c. */
int jmk_desc_one_pixel(const dnnl_memory_desc_t *d);
/* For people: "nChw8c", "ABcd8b8a", "winograd". */
void jmk_desc_name(const dnnl_memory_desc_t *d, char *name, size_t size);

/* One primitive of the library and the description it was made from. */
typedef struct {
	dnnl_primitive_desc_t desc;
	dnnl_primitive_t primitive;
} jmk_step;

void jmk_step_free(jmk_step s);
/* The descriptor of the argument DNNL_ARG_... of a step; all zeros if unused. */
void jmk_step_arg(jmk_step s, int arg, dnnl_memory_desc_t *out);

/* For the three passes src, weights and dst describe the gradients where the pass
 * has gradients. bias may be NULL. */
int jmk_conv(int pass, const dnnl_memory_desc_t *src, const dnnl_memory_desc_t *weights,
	const dnnl_memory_desc_t *dst, int64_t stride, int64_t pad, jmk_step *out);
int jmk_linear(int pass, const dnnl_memory_desc_t *src, const dnnl_memory_desc_t *weights,
	const dnnl_memory_desc_t *bias, const dnnl_memory_desc_t *dst, jmk_step *out);
int jmk_batch_norm(int pass, const dnnl_memory_desc_t *src, const dnnl_memory_desc_t *grad, float eps, int relu, jmk_step *out);
/* average: over whole windows of height x width; else the maximum. */
int jmk_pool(int backward, int average, const dnnl_memory_desc_t *src, const dnnl_memory_desc_t *dst,
	int64_t height, int64_t width, int64_t stride_h, int64_t stride_w, int64_t pad, jmk_step *out);
int jmk_add(const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *b, const dnnl_memory_desc_t *dst, int relu, jmk_step *out);
int jmk_relu(const dnnl_memory_desc_t *d, jmk_step *out);
int jmk_relu_backward(const dnnl_memory_desc_t *grad, const dnnl_memory_desc_t *dst, jmk_step *out);
int jmk_reorder(const dnnl_memory_desc_t *src, const dnnl_memory_desc_t *dst, jmk_step *out);

/* A list of steps with their arguments, in C memory. */
typedef struct jmk_program jmk_program;

jmk_program *jmk_program_new(int capacity);
/* Adds a step with n arguments; call is the index under which its time counts. */
int jmk_program_add(jmk_program *p, jmk_step s, int call, int n, const int *args,
	const dnnl_memory_desc_t *descs, const uintptr_t *data);
/* Adds a convolution of our own; data are its two inputs, its output and scratch. */
int jmk_program_add_winograd(jmk_program *p, const jmk_winograd *s, int call, const uintptr_t data[4]);
/* Adds a batch normalisation of our own; data are the operands of its pass. */
int jmk_program_add_norm(jmk_program *p, const jmk_norm *s, int call, const uintptr_t *data, uintptr_t scratch);
/* seconds may be NULL; else each step's time is added to seconds[call]. On an
 * error *failed is the call at fault. */
int jmk_program_run(const jmk_program *p, int threads, double *seconds, int *failed);
void jmk_program_free(jmk_program *p);

/* Zeroed memory in whole pages, or NULL. */
void *jmk_memory_new(size_t bytes);
void jmk_memory_free(void *memory, size_t bytes);

#endif
