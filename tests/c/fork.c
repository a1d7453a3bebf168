/* A child made by fork() is told so, at once, and does not hang. */
#define _POSIX_C_SOURCE 200809L
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void in_child(jml_pipeline *pipeline)
{
	jml_trainer *trainer = (jml_trainer *)1;
	jml_pipeline *other = (jml_pipeline *)1;
	jml_nt_xent_options opts;
	size_t n;

	CHECK(jml_info(NULL, 0, &n) == JML_EFORKED);
	CHECK(says("fork()") && says("spawn"));
	CHECK(jml_set_threads(1) == JML_EFORKED);
	CHECK(jml_npy_header("<f4", NULL, 0, NULL, 0, &n) == JML_EFORKED);
	CHECK(jml_pipeline_new("{}", &other) == JML_EFORKED && other == NULL);
	CHECK(jml_trainer_new("{}", &trainer) == JML_EFORKED && trainer == NULL);
	CHECK(jml_pipeline_spec(pipeline, NULL, 0, &n) == JML_EFORKED);
	CHECK(jml_nt_xent(NULL, NULL, NULL, NULL, NULL, NULL) == JML_EFORKED);
	/* What cannot fail works, or does nothing. */
	jml_pipeline_free(pipeline);
	jml_trainer_free(NULL);
	jml_nt_xent_options_init(&opts);
	CHECK(opts.temperature == 0.5);
	CHECK(jml_abi() == JML_ABI && strlen(jml_version()) >= 5);
}

int main(void)
{
	jml_pipeline *pipeline;
	pid_t child;
	int status;
	size_t n;

	CHECK(jml_pipeline_new("{\"preset\": \"simclr\", \"size\": 8}", &pipeline) == JML_OK);
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		alarm(20); /* a hang is a failure, not a wait */
		in_child(pipeline);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);

	/* The parent does not notice. */
	CHECK(jml_pipeline_spec(pipeline, NULL, 0, &n) == JML_OK);
	jml_pipeline_free(pipeline);
	return done();
}
