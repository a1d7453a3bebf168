/*
 * Loads the library that argv[1] names, as a program does that finds it at run
 * time, and asks for its version and itself. Not linked with -ljumelle.
 */
#define _POSIX_C_SOURCE 200809L
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jumelle.h"

static void *find(void *library, const char *name)
{
	void *p = dlsym(library, name);

	if (!p) {
		fprintf(stderr, "%s: %s\n", name, dlerror());
		exit(1);
	}
	return p;
}

int main(int argc, char **argv)
{
	const char *(*version)(void);
	int32_t (*abi)(void);
	jml_status (*info)(char *, size_t, size_t *);
	char text[4096];
	void *library;
	size_t n;

	if (argc != 2 || !(library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL))) {
		fprintf(stderr, "dlopen: %s\n", argc == 2 ? dlerror() : "want one path");
		return 1;
	}
	/* The C99 way to make a function pointer of dlsym's result. */
	*(void **)&version = find(library, "jml_version");
	*(void **)&abi = find(library, "jml_abi");
	*(void **)&info = find(library, "jml_info");
	if (abi() != JML_ABI || info(text, sizeof(text), &n) != JML_OK) {
		fprintf(stderr, "jml_abi() %d, jml_info fails\n", (int)abi());
		return 1;
	}
	if (!strstr(text, version())) {
		fprintf(stderr, "jml_version() is %s, jml_info says %s\n", version(), text);
		return 1;
	}
	printf("%s\n", text);
	return 0;
}
