//go:build onednn

#pragma GCC target("avx512f,avx512vl,avx512bw,avx512dq,fma")
#define WIDTH 16
#define ROWS 12
#define OUTER 8
#define NAME jmk_w_avx512
#include "winograd_kernels.h"
