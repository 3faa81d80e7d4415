// The C library's allocator: what Swift cannot say to it, because <malloc.h> is in no module.
#ifndef CALLOCATOR_H
#define CALLOCATOR_H

#include <stddef.h>

/// Makes the allocator keep freed blocks of up to `bytes` for the next allocation, instead of giving each back to the system: for a
/// program that goes on to allocate the same sizes again. Does nothing where the allocator is not glibc's.
void hp_keep_freed_memory(size_t bytes);

#endif
