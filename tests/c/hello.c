/*
 * The smallest program: two views of four pictures went through some encoder;
 * how well do they agree?
 *
 *   cc hello.c $(pkg-config --cflags --libs jumelle) && ./a.out
 */
#include <stdio.h>

#include <jumelle.h>

int main(void)
{
	float a[4][2] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
	float b[4][2] = {{1, 0.1f}, {0.1f, 1}, {-1, 0.1f}, {0.1f, -1}};
	int64_t shape[2] = {4, 2};
	char head[256];
	jml_npy na = {0}, nb = {0};
	double loss;

	if (jml_npy_header("<f4", shape, 2, head, sizeof(head), &na.head_len) != JML_OK)
		goto failed;
	nb.head_len = na.head_len;
	na.head = nb.head = head;
	na.data = a;
	nb.data = b;
	na.data_len = nb.data_len = sizeof(a);
	if (jml_nt_xent(&na, &nb, NULL, &loss, NULL, NULL) != JML_OK)
		goto failed;
	printf("jumelle %s: NT-Xent %.4f\n", jml_version(), loss);
	return 0;
failed:
	fprintf(stderr, "%s\n", jml_last_error());
	return 1;
}
