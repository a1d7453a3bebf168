//go:build onednn

#pragma GCC target("avx512f,avx512vl,avx512bw,avx512dq,fma")
#define WIDTH 16
#define NAME jmk_n_avx512
#include "norm_kernels.h"
