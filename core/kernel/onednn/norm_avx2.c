//go:build onednn

#pragma GCC target("avx2,fma")
#define WIDTH 8
#define NAME jmk_n_avx2
#include "norm_kernels.h"
