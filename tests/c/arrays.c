/* Arrays that are not what they say: every one is refused, none is believed. */
#include "check.h"

static float rows[2][4] = {{1, 2, 3, 4}, {4, 3, 2, 1}};
static array good;

/* The status of a call whose array a is the one given. */
static jml_status with(const void *head, size_t head_len, void *data, size_t data_len)
{
	jml_npy a;
	double loss;

	a.head = head;
	a.head_len = head_len;
	a.data = data;
	a.data_len = data_len;
	return jml_nt_xent(&a, &good.npy, NULL, &loss, NULL, NULL);
}

/* The same with this text as the header's dictionary. */
static jml_status with_dictionary(const char *dictionary)
{
	unsigned char head[512] = "\x93NUMPY\x01";
	size_t n = strlen(dictionary), size = 256;

	if (n + 11 > size)
		size = 512;
	CHECK(n + 11 <= size);
	head[8] = (unsigned char)((size - 10) & 255);
	head[9] = (unsigned char)((size - 10) >> 8);
	memset(head + 10, ' ', size - 11);
	memcpy(head + 10, dictionary, n);
	head[size - 1] = '\n';
	return with(head, size, rows, sizeof(rows));
}

static void headers(void)
{
	unsigned char head[256];
	size_t n = good.npy.head_len, i;

	CHECK(with_dictionary("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), }") == JML_OK);

	/* Cut short anywhere, and each byte of the front changed. */
	memcpy(head, good.head, n);
	for (i = 0; i < n; i++)
		CHECK(with(head, i, rows, sizeof(rows)) == JML_ENPY);
	for (i = 0; i < 10; i++) {
		head[i] ^= 0x55;
		CHECK(with(head, n, rows, sizeof(rows)) == JML_ENPY);
		head[i] ^= 0x55;
	}
	head[n - 1] = ' ';
	CHECK(with(head, n, rows, sizeof(rows)) == JML_ENPY);

	CHECK(with_dictionary("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 4), }") == JML_EDTYPE);
	CHECK(says("nt_xent: a: ") && says("<f8"));
	CHECK(with_dictionary("{'descr': '>f4', 'fortran_order': False, 'shape': (2, 4), }") == JML_EDTYPE);
	CHECK(with_dictionary("{'descr': '|O', 'fortran_order': False, 'shape': (2, 4), }") == JML_EDTYPE);
	CHECK(with_dictionary("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 4), }") == JML_EDTYPE);
	CHECK(with_dictionary("{'descr': '<f4', 'fortran_order': False, 'shape': (-2, -4), }") != JML_OK);
	CHECK(with_dictionary("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 8), }") != JML_OK);
	CHECK(with_dictionary("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 4), }") != JML_OK);
	CHECK(with_dictionary("{'fortran_order': False, 'descr': '<f4', 'shape': (2, 4), }") == JML_ENPY);
	CHECK(with_dictionary("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4") == JML_ENPY);
	CHECK(with_dictionary("{}") == JML_ENPY);
	CHECK(with_dictionary("") == JML_ENPY);
}

static void elements(void)
{
	unsigned char file[256 + sizeof(rows)];
	unsigned char shifted[sizeof(rows) + 1];
	jml_npy odd;
	double loss;

	/* Too few, too many, none. */
	CHECK(with(good.head, good.npy.head_len, rows, sizeof(rows) - 1) == JML_ENPY);
	CHECK(with(good.head, good.npy.head_len, rows, sizeof(rows) + 1) == JML_ENPY);
	CHECK(with(good.head, good.npy.head_len, rows, 0) == JML_ENPY);
	CHECK(with(good.head, good.npy.head_len, NULL, 0) == JML_ENPY);

	/* A whole file in one piece of memory. */
	memcpy(file, good.head, good.npy.head_len);
	memcpy(file + good.npy.head_len, rows, sizeof(rows));
	CHECK(with(file, good.npy.head_len + sizeof(rows), NULL, 0) == JML_OK);
	CHECK(with(file, good.npy.head_len + sizeof(rows) - 1, NULL, 0) == JML_ENPY);

	/* Not aligned. */
	CHECK(with(good.head, good.npy.head_len, shifted + 1, sizeof(rows)) != JML_OK);

	/* Pointers and lengths that cannot be: refused unread. */
	CHECK(with(NULL, 128, rows, sizeof(rows)) == JML_EINVAL);
	CHECK(says("nt_xent: a: ") && says("NULL"));
	CHECK(with((void *)7, 128, rows, sizeof(rows)) == JML_EINVAL);
	CHECK(with(good.head, good.npy.head_len, (void *)7, sizeof(rows)) == JML_EINVAL);
	CHECK(with(good.head, good.npy.head_len, (void *)7, 0) == JML_ENPY);
	CHECK(with(good.head, good.npy.head_len, rows, (size_t)-1) == JML_EINVAL);
	CHECK(with(good.head, (size_t)-1, NULL, 0) == JML_EINVAL);
	memset(&odd, 0, sizeof(odd));
	CHECK(jml_nt_xent(&good.npy, &odd, NULL, &loss, NULL, NULL) == JML_EINVAL);
	CHECK(says("nt_xent: b: "));
}

static void npy_header(void)
{
	int64_t shape[9] = {2, 4, 1, 1, 1, 1, 1, 1, 1};
	char buf[256];
	size_t n = 0;

	CHECK(jml_npy_header("<f4", shape, 2, NULL, 0, &n) == JML_OK);
	CHECK(n % 64 == 0 && n <= 256);
	CHECK(jml_npy_header("<f4", shape, 2, buf, n - 1, &n) == JML_EINVAL);
	CHECK(says("npy_header: buf_len: "));
	CHECK(jml_npy_header("<f4", shape, 2, buf, sizeof(buf), &n) == JML_OK);
	CHECK(memcmp(buf, "\x93NUMPY\x01", 7) == 0 && buf[n - 1] == '\n');
	CHECK(jml_npy_header("<i8", NULL, 0, buf, sizeof(buf), &n) == JML_OK);
	CHECK(jml_npy_header("<f8", shape, 2, buf, sizeof(buf), &n) == JML_EDTYPE);
	CHECK(says("npy_header: dtype: "));
	CHECK(jml_npy_header("<f4", shape, 9, buf, sizeof(buf), &n) == JML_ESHAPE);
	shape[1] = -1;
	CHECK(jml_npy_header("<f4", shape, 2, buf, sizeof(buf), &n) == JML_ESHAPE);
	shape[1] = INT64_MAX;
	CHECK(jml_npy_header("<f4", shape, 2, buf, sizeof(buf), &n) == JML_ESHAPE);
	CHECK(says("npy_header: shape: "));
}

int main(void)
{
	F32_2(&good, rows, 2, 4);
	headers();
	elements();
	npy_header();
	return done();
}
