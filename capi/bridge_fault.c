//go:build fault

/* Exported by test builds only, and in no header: see fault.go. */
#include "bridge.h"

extern jml_status jmlgo_fault(int32_t kind, char **message);
extern int64_t jmlgo_handles(void);

JML_API jml_status jml__fault(int32_t kind);
JML_API int64_t jml__handles(void);

jml_status jml__fault(int32_t kind)
{
	JMLC_CALL(jmlgo_fault(kind, &message));
}

/* The number of live handles: 0 when everything was freed. */
int64_t jml__handles(void)
{
	return jmlgo_handles();
}
