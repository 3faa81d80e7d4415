// See CAllocator.h.
#include "CAllocator.h"

#include <limits.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void hp_keep_freed_memory(size_t bytes) {
#ifdef __GLIBC__
    const int limit = bytes > INT_MAX ? INT_MAX : (int)bytes;
    // Both, for glibc moves the two together as long as neither is set. A refused value (the first has a maximum of 32 MiB) leaves
    // what was, which is slower and nothing else.
    mallopt(M_MMAP_THRESHOLD, limit);
    mallopt(M_TRIM_THRESHOLD, limit);
#else
    (void)bytes;
#endif
}
