//go:build onednn

#define _GNU_SOURCE
#include "lib.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define FILE_NAME "libdnnl.so.2"

struct jmk_functions jmk_f;
dnnl_engine_t jmk_engine;
dnnl_stream_t jmk_stream;
dnnl_primitive_attr_t jmk_attr;
dnnl_primitive_attr_t jmk_attr_relu;

static void (*omp_set_threads)(int);
static int (*omp_thread)(void);
/* What compilers call for a parallel region. */
static void (*omp_parallel)(void (*)(void *), void *, unsigned threads, unsigned flags);

/* Where this code lies: the shipped library has the kernel library beside it. */
static int beside(char *path, size_t size)
{
	Dl_info info;
	const char *slash;
	int n;

	if (!dladdr((void *)jmk_load, &info) || !info.dli_fname)
		return 0;
	slash = strrchr(info.dli_fname, '/');
	if (!slash)
		return 0;
	n = snprintf(path, size, "%.*s/%s", (int)(slash - info.dli_fname), info.dli_fname, FILE_NAME);
	return n > 0 && (size_t)n < size;
}

/* RTLD_LOCAL: a host program's own copy of the library stays untouched.
 * The text of dlerror is copied, as the next call overwrites it. */
static void *open_library(char *message, size_t size)
{
	const char *path = getenv("JUMELLE_ONEDNN");
	char name[4096];
	void *h;

	if (path && *path) {
		/* Whoever names a file wants that one or an error. */
		h = dlopen(path, RTLD_NOW | RTLD_LOCAL);
		if (!h)
			snprintf(message, size, "JUMELLE_ONEDNN: %s", dlerror());
		return h;
	}
	if (beside(name, sizeof name)) {
		h = dlopen(name, RTLD_NOW | RTLD_LOCAL);
		if (h)
			return h;
	}
	h = dlopen(FILE_NAME, RTLD_NOW | RTLD_LOCAL);
	if (!h)
		snprintf(message, size, "%s", dlerror());
	return h;
}

static int is_set(const char *name)
{
	const char *v = getenv(name);

	return v && *v;
}

/* Idle threads of the OpenMP pool spin, which takes cores from the threads that
 * make views or belong to the host. libgomp reads its settings when it is loaded,
 * so this must come before, and has no effect (and is left out) after. The
 * variable is removed again: child processes have settings of their own. */
static void *open_quietly(char *message, size_t size)
{
	void *gomp = dlopen("libgomp.so.1", RTLD_NOW | RTLD_NOLOAD);
	int quiet = !gomp && !is_set("GOMP_SPINCOUNT") && !is_set("OMP_WAIT_POLICY");
	void *h;

	if (gomp)
		dlclose(gomp);
	if (quiet)
		setenv("GOMP_SPINCOUNT", "10000", 1);
	h = open_library(message, size);
	if (quiet)
		unsetenv("GOMP_SPINCOUNT");
	return h;
}

static int make_attributes(void)
{
	dnnl_post_ops_t ops;
	int e;

	TRY(jmk_f.dnnl_primitive_attr_create(&jmk_attr));
	TRY(jmk_f.dnnl_primitive_attr_set_scratchpad_mode(jmk_attr, dnnl_scratchpad_mode_user));
	TRY(jmk_f.dnnl_primitive_attr_create(&jmk_attr_relu));
	TRY(jmk_f.dnnl_primitive_attr_set_scratchpad_mode(jmk_attr_relu, dnnl_scratchpad_mode_user));
	TRY(jmk_f.dnnl_post_ops_create(&ops));
	e = jmk_f.dnnl_post_ops_append_eltwise(ops, 1.f, dnnl_eltwise_relu, 0.f, 0.f);
	if (!e)
		e = jmk_f.dnnl_primitive_attr_set_post_ops(jmk_attr_relu, ops);
	jmk_f.dnnl_post_ops_destroy(ops);
	return e;
}

static int make_engine(void)
{
	TRY(jmk_f.dnnl_engine_create(&jmk_engine, dnnl_cpu, 0));
	TRY(jmk_f.dnnl_stream_create(&jmk_stream, jmk_engine, dnnl_stream_default_flags));
	return make_attributes();
}

int jmk_load(char *message, size_t size)
{
	void *h = open_quietly(message, size);
	const dnnl_version_t *v;
	int e;

	if (!h)
		return -1;
#define JMK_FIND(name) \
	if (!(jmk_f.name = (__typeof__(jmk_f.name))dlsym(h, #name))) { \
		snprintf(message, size, "the library has no function " #name); \
		return -1; \
	}
	JMK_FUNCTIONS(JMK_FIND)
#undef JMK_FIND
	v = jmk_f.dnnl_version();
	/* The interface of 2.6 is what this file is compiled against. */
	if (v->major != 2 || v->minor < 6) {
		snprintf(message, size, "want oneDNN 2.6 or 2.7, got %d.%d.%d", v->major, v->minor, v->patch);
		return -1;
	}
	/* Searches what the library depends on: its own OpenMP, not another one. */
	omp_set_threads = (void (*)(int))dlsym(h, "omp_set_num_threads");
	omp_thread = (int (*)(void))dlsym(h, "omp_get_thread_num");
	omp_parallel = (void (*)(void (*)(void *), void *, unsigned, unsigned))dlsym(h, "GOMP_parallel");
	if (!omp_set_threads || !omp_thread || !omp_parallel) {
		snprintf(message, size, "the library does not use OpenMP");
		return -1;
	}
	e = make_engine();
	if (e) {
		snprintf(message, size, "no engine: %s", jmk_status(e));
		return -1;
	}
	return 0;
}

void jmk_version(int *major, int *minor, int *patch)
{
	const dnnl_version_t *v = jmk_f.dnnl_version();

	*major = v->major;
	*minor = v->minor;
	*patch = v->patch;
}

int jmk_isa(void) { return (int)jmk_f.dnnl_get_effective_cpu_isa(); }

const char *jmk_status(int status) { return jmk_f.dnnl_status2str((dnnl_status_t)status); }

void jmk_set_threads(int n) { omp_set_threads(n); }

/* Of the work that runs: all of this is called on one thread. */
static int tasks, shares, begun[JMK_THREADS];

void jmk_parallel(void (*work)(void *), void *data, int count, int threads)
{
	tasks = count;
	shares = threads < JMK_THREADS ? threads : JMK_THREADS;
	memset(begun, 0, shares * sizeof begun[0]);
	omp_parallel(work, data, (unsigned)shares, 0);
}

int jmk_next(int *others, int backwards)
{
	for (; *others < shares; ++*others) {
		const int64_t share = (omp_thread() + *others) % shares;
		const int from = (int)(share * tasks / shares), to = (int)((share + 1) * tasks / shares);
		const int i = __atomic_fetch_add(&begun[share], 1, __ATOMIC_RELAXED);

		if (i < to - from)
			return backwards ? to - 1 - i : from + i;
	}
	return -1;
}

int jmk_thread(void) { return omp_thread(); }

int jmk_runs(int width)
{
	if (width == 16)
		return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
	return width == 8 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

void *jmk_memory_new(size_t bytes)
{
	void *m = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (m == MAP_FAILED)
		return NULL;
	/* Fewer page faults and TLB misses; whether it helps or not is up to the system. */
	madvise(m, bytes, MADV_HUGEPAGE);
	return m;
}

void jmk_memory_free(void *memory, size_t bytes) { munmap(memory, bytes); }
