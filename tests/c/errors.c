/*
 * What happens after an error: messages belong to a thread, and a bug in the
 * library (made on purpose here) spoils one handle and not the process.
 */
#include <pthread.h>

#include "check.h"

static void *elsewhere(void *unused)
{
	(void)unused;
	CHECK(strcmp(jml_last_error(), "") == 0);
	CHECK(jml_set_threads(-2) == JML_EINVAL);
	CHECK(says("set_threads: n: ") && says("-2"));
	return NULL;
}

static void threads(void)
{
	pthread_t thread;

	CHECK(strcmp(jml_last_error(), "") == 0);
	CHECK(jml_set_threads(-1) == JML_EINVAL);
	CHECK(says("set_threads: n: ") && says("-1"));
	CHECK(pthread_create(&thread, NULL, elsewhere, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(says("-1"));
	/* A call that works leaves the message alone. */
	CHECK(jml_set_threads(2) == JML_OK);
	CHECK(says("-1"));
	CHECK(jml_set_threads(0) == JML_OK);
}

static void faults(int kind, const char *text)
{
	jml_pipeline *hurt, *well;
	size_t n;

	CHECK(jml_pipeline_new("{\"preset\": \"simclr\", \"size\": 8}", &hurt) == JML_OK);
	CHECK(jml_pipeline_new("{\"preset\": \"simclr\", \"size\": 8}", &well) == JML_OK);
	CHECK(jml__fault(kind) == JML_OK);
	CHECK(jml_pipeline_spec(hurt, NULL, 0, &n) == JML_EINTERNAL);
	CHECK(says("pipeline_spec: "));
	CHECK(says(text) && says("report"));
	CHECK(says("goroutine") == (getenv("JUMELLE_DEBUG") != NULL)); /* a stack, if asked for */
	CHECK(jml_pipeline_spec(hurt, NULL, 0, &n) == JML_EINTERNAL);
	CHECK(says("pipeline_spec: pipeline: ") && says("free it"));
	CHECK(jml_pipeline_spec(well, NULL, 0, &n) == JML_OK);
	jml_pipeline_free(hurt);
	CHECK(jml_pipeline_spec(hurt, NULL, 0, &n) == JML_EHANDLE);
	jml_pipeline_free(well);
}

int main(void)
{
	threads();
	CHECK(jml__fault(FAULT_HERE) == JML_EINTERNAL && says("injected fault"));
	CHECK(jml__fault(FAULT_WORKER) == JML_EINTERNAL && says("injected fault in a worker"));
	CHECK(jml__fault(99) == JML_EINVAL);
	faults(FAULT_NEXT_HERE, "injected fault");
	faults(FAULT_NEXT_WORKER, "injected fault in a worker");
	return done();
}
