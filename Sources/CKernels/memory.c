// What the kernel is told about memory.
#define _DEFAULT_SOURCE  // madvise
#include "CKernels.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

void hp_use_large_pages(void *memory, size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    // Whole large pages alone: what shares one with other memory stays as it is.
    const uintptr_t page = (uintptr_t)2 << 20, begin = ((uintptr_t)memory + page - 1) / page * page;
    const uintptr_t end = ((uintptr_t)memory + bytes) / page * page;
    if (begin < end) madvise((void *)begin, end - begin, MADV_HUGEPAGE);
#else
    (void)memory, (void)bytes;
#endif
}
