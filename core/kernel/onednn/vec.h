/* Vectors of WIDTH floats, 16 or 8, for what is compiled for an instruction set. */
#ifndef JUMELLE_ONEDNN_VEC_H
#define JUMELLE_ONEDNN_VEC_H

typedef float vec __attribute__((vector_size(4 * WIDTH), aligned(64 < 4 * WIDTH ? 64 : 4 * WIDTH)));

#define INLINE static inline __attribute__((always_inline))

INLINE vec load(const float *p) { return *(const vec *)p; }
INLINE void store(float *p, vec v) { *(vec *)p = v; }

/* Past the caches. */
INLINE void stream(float *p, vec v)
{
#if WIDTH == 16
	__builtin_ia32_movntps512(p, v);
#else
	__builtin_ia32_movntps256(p, v);
#endif
}

#endif
