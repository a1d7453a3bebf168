/* Picture files for the test programs. */
#ifndef JML_PICTURES_H
#define JML_PICTURES_H

#include "check.h"

static inline void write_file(const char *path, const void *head, size_t n, const void *rest, size_t m)
{
	FILE *f = must(fopen(path, "wb"));

	CHECK(fwrite(head, 1, n, f) == n && fwrite(rest, 1, m, f) == m && fclose(f) == 0);
}

/* A w x h picture in one colour, as an uncompressed 24-bit BMP. */
static inline void write_bmp(const char *path, unsigned w, unsigned h, const unsigned char rgb[3])
{
	unsigned row = (w * 3 + 3) / 4 * 4, size = 54 + row * h, i, j;
	unsigned char head[54] = "BM", *rows = must(calloc(row, h));

	head[2] = (unsigned char)size;
	head[3] = (unsigned char)(size >> 8);
	head[10] = 54;
	head[14] = 40;
	head[18] = (unsigned char)w;
	head[22] = (unsigned char)h;
	head[26] = 1;
	head[28] = 24;
	for (i = 0; i < h; i++)
		for (j = 0; j < w * 3; j++)
			rows[i * row + j] = rgb[2 - j % 3];
	write_file(path, head, sizeof(head), rows, row * h);
	free(rows);
}

#endif
