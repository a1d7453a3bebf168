/*
 * Handles: freed twice, of another kind, freed, never made, in use by another
 * thread, freed while in use. None of it is more than an error code.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "check.h"

static const char spec[] = "{\"preset\": \"simclr\", \"size\": 32}";

static jml_pipeline *pipeline(void)
{
	jml_pipeline *p;

	CHECK(jml_pipeline_new(spec, &p) == JML_OK && p != NULL);
	return p;
}

static jml_status ask(jml_pipeline *p)
{
	size_t n;

	return jml_pipeline_spec(p, NULL, 0, &n);
}

static void wrong(void)
{
	static const uintptr_t stray[] = {1, 7, 4095, 4096, 0x6a6d6c0, 0x7fffffff, UINTPTR_MAX};
	jml_pipeline *p = pipeline(), *q;
	int64_t dim;
	size_t i, n;

	CHECK(ask(p) == JML_OK);
	CHECK(jml_trainer_dim((jml_trainer *)p, NULL, &dim) == JML_EHANDLE);
	CHECK(says("trainer_dim: trainer: ") && says("pipeline"));
	CHECK(jml_images_describe((jml_images *)p, NULL, 0, &n) == JML_EHANDLE);
	jml_trainer_free((jml_trainer *)p); /* does nothing */
	CHECK(ask(p) == JML_OK);

	jml_pipeline_free(p);
	CHECK(ask(p) == JML_EHANDLE);
	CHECK(says("pipeline_spec: pipeline: ") && says("freed"));
	jml_pipeline_free(p);
	jml_pipeline_free(NULL);
	q = pipeline();
	CHECK(q != p); /* never the same again */
	CHECK(ask(p) == JML_EHANDLE);
	jml_pipeline_free(p);
	CHECK(ask(q) == JML_OK);
	jml_pipeline_free(q);

	CHECK(ask(NULL) == JML_EINVAL && says("pipeline_spec: pipeline: ") && says("NULL"));
	for (i = 0; i < sizeof(stray) / sizeof(*stray); i++) {
		CHECK(ask((jml_pipeline *)stray[i]) == JML_EHANDLE);
		jml_pipeline_free((jml_pipeline *)stray[i]);
		jml_trainer_free((jml_trainer *)stray[i]);
		jml_images_free((jml_images *)stray[i]);
	}
}

/* ---- two threads --------------------------------------------------------- */

enum { PICTURES = 1024 };

static jml_pipeline *shared;
static atomic_int stop;
static unsigned char *in, *out;

/* Makes views until it is told to stop or its handle goes. */
static void *work(void *unused)
{
	array na, no;
	jml_status status;

	(void)unused;
	U8_4(&na, in, PICTURES, 32, 32, 3);
	U8_5(&no, out, 2, PICTURES, 32, 32, 3);
	do {
		status = jml_pipeline_apply(shared, &na.npy, NULL, NULL, &no.npy);
		/* The other thread's short calls may make this one the busy one. */
		CHECK(status == JML_OK || (status == JML_EBUSY && says("pipeline_apply: pipeline: "))
			|| (status == JML_EHANDLE && says("freed")));
	} while (status != JML_EHANDLE && !atomic_load(&stop));
	return NULL;
}

static void until(jml_status want)
{
	time_t end = time(NULL) + 60;

	while (ask(shared) != want)
		CHECK(time(NULL) < end);
}

static void busy(void)
{
	pthread_t thread;

	in = noise((size_t)PICTURES * 32 * 32 * 3, 1);
	out = must(malloc((size_t)2 * PICTURES * 32 * 32 * 3));
	shared = pipeline();
	CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
	until(JML_EBUSY);
	CHECK(says("pipeline_spec: pipeline: ") && says("thread"));
	atomic_store(&stop, 1);
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(ask(shared) == JML_OK);

	/* Freed in the middle of a call: that call ends well, the next does not start. */
	atomic_store(&stop, 0);
	CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
	until(JML_EBUSY);
	jml_pipeline_free(shared);
	CHECK(ask(shared) == JML_EHANDLE);
	jml_pipeline_free(shared);
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(jml__handles() == 0);
	free(in);
	free(out);
}

int main(void)
{
	wrong();
	busy();
	return done();
}
