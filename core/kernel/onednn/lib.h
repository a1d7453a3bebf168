/* What the C files share: the library's functions, found at run time. */
#ifndef JUMELLE_ONEDNN_LIB_H
#define JUMELLE_ONEDNN_LIB_H

#include "onednn.h"

#include <dnnl_debug.h>

#define JMK_FUNCTIONS(X) \
	X(dnnl_version) \
	X(dnnl_status2str) \
	X(dnnl_get_effective_cpu_isa) \
	X(dnnl_engine_create) \
	X(dnnl_stream_create) \
	X(dnnl_stream_wait) \
	X(dnnl_primitive_attr_create) \
	X(dnnl_primitive_attr_set_scratchpad_mode) \
	X(dnnl_primitive_attr_set_post_ops) \
	X(dnnl_post_ops_create) \
	X(dnnl_post_ops_destroy) \
	X(dnnl_post_ops_append_eltwise) \
	X(dnnl_memory_desc_init_by_tag) \
	X(dnnl_memory_desc_equal) \
	X(dnnl_memory_desc_get_size) \
	X(dnnl_memory_create) \
	X(dnnl_memory_destroy) \
	X(dnnl_primitive_desc_create) \
	X(dnnl_primitive_desc_destroy) \
	X(dnnl_primitive_desc_query_md) \
	X(dnnl_primitive_create) \
	X(dnnl_primitive_destroy) \
	X(dnnl_primitive_execute) \
	X(dnnl_reorder_primitive_desc_create) \
	X(dnnl_convolution_forward_desc_init) \
	X(dnnl_convolution_backward_data_desc_init) \
	X(dnnl_convolution_backward_weights_desc_init) \
	X(dnnl_inner_product_forward_desc_init) \
	X(dnnl_inner_product_backward_data_desc_init) \
	X(dnnl_inner_product_backward_weights_desc_init) \
	X(dnnl_batch_normalization_forward_desc_init) \
	X(dnnl_batch_normalization_backward_desc_init) \
	X(dnnl_pooling_forward_desc_init) \
	X(dnnl_pooling_backward_desc_init) \
	X(dnnl_eltwise_forward_desc_init) \
	X(dnnl_eltwise_backward_desc_init) \
	X(dnnl_binary_desc_init)

struct jmk_functions {
#define JMK_POINTER(name) __typeof__(&name) name;
	JMK_FUNCTIONS(JMK_POINTER)
#undef JMK_POINTER
};

extern struct jmk_functions jmk_f;
extern dnnl_engine_t jmk_engine;
extern dnnl_stream_t jmk_stream;
/* Scratch memory is the caller's; the second applies max(x, 0) to the result. */
extern dnnl_primitive_attr_t jmk_attr;
extern dnnl_primitive_attr_t jmk_attr_relu;

enum { JMK_THREADS = 4096 }; /* at most */

/* Runs work(data) once in each of so many threads of the library's own pool; they
 * share tasks 0..tasks-1 by jmk_next. */
void jmk_parallel(void (*work)(void *), void *data, int tasks, int threads);
/* In work: which of the threads this is, from 0. */
int jmk_thread(void);
/* In work: the next task, or -1. Every thread has a share of its own, in which it
 * then finds what it left in its cache the time before (cores may have none in
 * common), forwards or backwards; after that it helps others. others begins as 0. */
int jmk_next(int *others, int backwards);

/* 1 if the processor has what code for vectors of 16 or 8 floats needs. */
int jmk_runs(int width);

/* Outputs of more bytes go past the caches, from which they would be gone before
 * they are read. */
enum { JMK_STREAM_ROOM = 12 << 20 };

#define TRY(call) \
	do { \
		int jmk_e = (call); \
		if (jmk_e) \
			return jmk_e; \
	} while (0)

#endif
