//go:build onednn

#include "lib.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int jmk_desc(dnnl_memory_desc_t *d, int dims, const int64_t *sizes, int tag)
{
	return jmk_f.dnnl_memory_desc_init_by_tag(d, dims, sizes, dnnl_f32, (dnnl_format_tag_t)tag);
}

int jmk_desc_equal(const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *b) { return jmk_f.dnnl_memory_desc_equal(a, b); }

int64_t jmk_desc_bytes(const dnnl_memory_desc_t *d) { return (int64_t)jmk_f.dnnl_memory_desc_get_size(d); }

int jmk_desc_one_pixel(const dnnl_memory_desc_t *d)
{
	const dnnl_blocking_desc_t *b = &d->format_desc.blocking;
	int64_t block = 1;

	if (d->format_kind != dnnl_blocked || d->ndims != 4 || d->dims[2] != 1 || d->dims[3] != 1)
		return 0;
	if (b->inner_nblks > 1 || (b->inner_nblks == 1 && b->inner_idxs[0] != 1))
		return 0;
	if (b->inner_nblks == 1)
		block = b->inner_blks[0];
	return d->offset0 == 0 && d->padded_dims[1] == d->dims[1] && b->strides[1] == block && b->strides[0] == d->dims[1];
}

/* Letters in the order of the strides, the largest first; capital where a
 * dimension has inner blocks, which follow: the library's own way of naming. */
void jmk_desc_name(const dnnl_memory_desc_t *d, char *name, size_t size)
{
	const dnnl_blocking_desc_t *b = &d->format_desc.blocking;
	const char *letters;
	int used[DNNL_MAX_NDIMS] = { 0 }, blocked[DNNL_MAX_NDIMS] = { 0 };
	size_t at = 0;
	int i, j;

	if (d->format_kind != dnnl_blocked) {
		snprintf(name, size, d->format_kind == dnnl_format_kind_wino ? "winograd" : "opaque");
		return;
	}
	for (i = 0; i < b->inner_nblks; i++)
		blocked[b->inner_idxs[i]] = 1;
	/* Pictures are blocked over channels alone. */
	letters = d->ndims == 4 && !blocked[0] && !blocked[2] ? "nchw" : "abcdefghijkl";
	for (i = 0; i < d->ndims && at + 1 < size; i++) {
		int best = -1;

		for (j = 0; j < d->ndims; j++)
			if (!used[j] && (best < 0 || b->strides[j] > b->strides[best]))
				best = j;
		used[best] = 1;
		name[at++] = blocked[best] ? letters[best] - 'a' + 'A' : letters[best];
	}
	name[at] = 0;
	for (i = 0; i < b->inner_nblks && at < size; i++)
		at += snprintf(name + at, size - at, "%d%c", (int)b->inner_blks[i], letters[b->inner_idxs[i]]);
}

struct entry {
	dnnl_primitive_t primitive; /* NULL: ours, the one whose n is not 0 */
	int call, n;
	dnnl_exec_arg_t *args;
	jmk_winograd winograd;
	uintptr_t data[4];
	jmk_norm norm;
	jmk_norm_args norm_args;
};

struct jmk_program {
	int count, capacity;
	struct entry entries[];
};

jmk_program *jmk_program_new(int capacity)
{
	jmk_program *p = calloc(1, sizeof *p + (size_t)capacity * sizeof p->entries[0]);

	if (p)
		p->capacity = capacity;
	return p;
}

int jmk_program_add(jmk_program *p, jmk_step s, int call, int n, const int *args,
	const dnnl_memory_desc_t *descs, const uintptr_t *data)
{
	struct entry *e = &p->entries[p->count];
	int i;

	if (p->count == p->capacity)
		return dnnl_runtime_error;
	e->args = calloc((size_t)n, sizeof e->args[0]);
	if (!e->args)
		return dnnl_out_of_memory;
	e->primitive = s.primitive;
	e->call = call;
	p->count++;
	for (i = 0; i < n; i++) {
		e->args[i].arg = args[i];
		TRY(jmk_f.dnnl_memory_create(&e->args[i].memory, &descs[i], jmk_engine, (void *)data[i]));
		e->n++;
	}
	return 0;
}

int jmk_program_add_winograd(jmk_program *p, const jmk_winograd *s, int call, const uintptr_t data[4])
{
	struct entry *e = &p->entries[p->count];

	if (p->count == p->capacity)
		return dnnl_runtime_error;
	e->call = call;
	e->winograd = *s;
	memcpy(e->data, data, sizeof e->data);
	p->count++;
	return 0;
}

int jmk_program_add_norm(jmk_program *p, const jmk_norm *s, int call, const uintptr_t *data, uintptr_t scratch)
{
	struct entry *e = &p->entries[p->count];
	float *const *d = (float *const *)data;

	if (p->count == p->capacity)
		return dnnl_runtime_error;
	e->call = call;
	e->norm = *s;
	if (s->pass == JMK_TRAINING)
		e->norm_args = (jmk_norm_args){ .src = d[0], .gamma = d[1], .beta = d[2], .dst = d[3], .mean = d[4], .var = d[5], .workspace = d[6] };
	else if (s->pass == JMK_INFERENCE)
		e->norm_args = (jmk_norm_args){ .src = d[0], .gamma = d[1], .beta = d[2], .mean = d[3], .var = d[4], .dst = d[5] };
	else
		e->norm_args = (jmk_norm_args){ .src = d[0], .mean = d[1], .var = d[2], .gamma = d[3], .dst_grad = d[4], .workspace = d[5],
			.src_grad = d[6], .gamma_grad = d[7], .beta_grad = d[8] };
	e->norm_args.scratch = (void *)scratch;
	p->count++;
	return 0;
}

static int run(const struct entry *e)
{
	if (e->primitive)
		return jmk_f.dnnl_primitive_execute(e->primitive, jmk_stream, e->n, e->args);
	if (e->norm.n)
		jmk_norm_run(&e->norm, &e->norm_args);
	else
		jmk_winograd_run(&e->winograd, (const float *)e->data[0], (const float *)e->data[1], (float *)e->data[2], (char *)e->data[3]);
	return 0;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int jmk_program_run(const jmk_program *p, int threads, double *seconds, int *failed)
{
	int i;

	jmk_set_threads(threads);
	for (i = 0; i < p->count; i++) {
		const struct entry *e = &p->entries[i];
		double start = seconds ? now() : 0;

		*failed = e->call;
		TRY(run(e));
		if (seconds) {
			TRY(jmk_f.dnnl_stream_wait(jmk_stream));
			seconds[e->call] += now() - start;
		}
	}
	return jmk_f.dnnl_stream_wait(jmk_stream);
}

void jmk_program_free(jmk_program *p)
{
	int i, j;

	for (i = 0; i < p->count; i++) {
		for (j = 0; j < p->entries[i].n; j++)
			jmk_f.dnnl_memory_destroy(p->entries[i].args[j].memory);
		free(p->entries[i].args);
	}
	free(p);
}
