//go:build onednn

#pragma GCC target("avx2,fma")
#define WIDTH 8
#define ROWS 6
#define OUTER 4
#define NAME jmk_w_avx2
#include "winograd_kernels.h"
