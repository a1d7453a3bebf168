/*
 * What the test programs share: one checking macro, arrays of C memory as
 * jml_npy, and the end of every program. They are examples of the interface too:
 * a program of yours needs as_npy and little else.
 */
#ifndef JML_CHECK_H
#define JML_CHECK_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jumelle.h"

/* In test builds of the library only: breaks a call, counts live handles. */
extern jml_status jml__fault(int32_t kind);
extern int64_t jml__handles(void);

enum { FAULT_HERE = 1, FAULT_WORKER, FAULT_NEXT_HERE, FAULT_NEXT_WORKER };

/* Ends the program with a message when condition does not hold. */
#define CHECK(condition)                                                       \
	do {                                                                       \
		if (!(condition)) {                                                    \
			fprintf(stderr, "%s:%d: not so: %s\n  last error: %s\n",           \
				__FILE__, __LINE__, #condition, jml_last_error());             \
			exit(1);                                                           \
		}                                                                      \
	} while (0)

/* Whether the last error of this thread contains text. */
static inline int says(const char *text)
{
	return strstr(jml_last_error(), text) != NULL;
}

/* An array of the caller's with the header that describes it. */
typedef struct array {
	jml_npy npy;
	unsigned char head[256];
} array;

static inline size_t item_size(const char *dtype)
{
	return (size_t)(dtype[2] - '0');
}

/* Describes data as an array of ndim dimensions (int64_t each, as varargs). */
static inline const jml_npy *as_npy(array *a, const char *dtype, void *data, int ndim, ...)
{
	int64_t shape[8];
	size_t n = item_size(dtype);
	va_list dims;
	int i;

	va_start(dims, ndim);
	for (i = 0; i < ndim; i++) {
		shape[i] = va_arg(dims, int64_t);
		n *= (size_t)shape[i];
	}
	va_end(dims);
	CHECK(jml_npy_header(dtype, shape, (size_t)ndim,
		a->head, sizeof(a->head), &a->npy.head_len) == JML_OK);
	a->npy.head = a->head;
	a->npy.data = data;
	a->npy.data_len = n;
	return &a->npy;
}

#define D(n) ((int64_t)(n))
#define F32_2(a, p, n, d) as_npy(a, "<f4", p, 2, D(n), D(d))
#define I64_1(a, p, n) as_npy(a, "<i8", p, 1, D(n))
#define U8_4(a, p, n, h, w, c) as_npy(a, "|u1", p, 4, D(n), D(h), D(w), D(c))
#define U8_5(a, p, v, n, h, w, c) as_npy(a, "|u1", p, 5, D(v), D(n), D(h), D(w), D(c))

static inline void *must(void *p)
{
	CHECK(p != NULL);
	return p;
}

/* n bytes that look random and are the same every time. */
static inline unsigned char *noise(size_t n, uint32_t seed)
{
	unsigned char *p = must(malloc(n));
	uint32_t x = seed * 2654435761u + 1;
	size_t i;

	for (i = 0; i < n; i++) {
		x = x * 1664525u + 1013904223u;
		p[i] = (unsigned char)(x >> 24);
	}
	return p;
}

static inline void join(char *out, size_t len, const char *folder, const char *name)
{
	CHECK((size_t)snprintf(out, len, "%s/%s", folder, name) < len);
}

/* The last line of every program: nothing is alive any more. */
static inline int done(void)
{
	CHECK(jml__handles() == 0);
	puts("ok");
	return 0;
}

#endif
