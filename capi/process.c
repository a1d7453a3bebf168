/* What a process and a thread of it own: the fork flag and the last message. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "bridge.h"

static volatile sig_atomic_t forked;
static pthread_key_t last_error;
static int has_key;

static void child_of_fork(void)
{
	forked = 1;
}

/*
 * The message lies behind a pthread key and not in a thread-local variable: Go
 * marks the library STATIC_TLS, so each byte of such a variable comes out of the
 * little room that the loader keeps for libraries loaded late.
 */
__attribute__((constructor)) static void start(void)
{
	has_key = pthread_key_create(&last_error, free) == 0;
	pthread_atfork(NULL, NULL, child_of_fork);
}

int jmlc_forked(void)
{
	return forked;
}

static void remember(char *message)
{
	if (!has_key) {
		free(message);
		return;
	}
	free(pthread_getspecific(last_error));
	if (pthread_setspecific(last_error, message) != 0)
		free(message);
}

jml_status jmlc_refuse(void)
{
	static const char text[] =
		"called in a child made by fork(): the library and its threads stayed in the "
		"parent. Start children with spawn or forkserver, or load the library in the "
		"child only";
	char *copy = malloc(sizeof(text));

	if (copy)
		memcpy(copy, text, sizeof(text));
	remember(copy);
	return JML_EFORKED;
}

jml_status jmlc_finish(jml_status status, char *message)
{
	if (status == JML_OK)
		free(message);
	else
		remember(message);
	return status;
}

const char *jml_last_error(void)
{
	const char *message = has_key ? pthread_getspecific(last_error) : NULL;

	return message ? message : "";
}

#define TEXT(x) #x
#define VALUE(x) TEXT(x)

const char *jml_version(void)
{
	return VALUE(JML_VERSION_MAJOR) "." VALUE(JML_VERSION_MINOR) "." VALUE(JML_VERSION_PATCH);
}

int32_t jml_abi(void)
{
	return JML_ABI;
}
