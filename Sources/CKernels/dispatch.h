// What every C file of the target needs before its templates.
#ifndef HP_DISPATCH_H
#define HP_DISPATCH_H

#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// An always-inlined helper: its sizes are constants at each call, and its vectors never cross a real call.
#define HP_INLINE static inline __attribute__((always_inline))
#define HP_UNROLL _Pragma("clang loop unroll(full)")

/// Calls the version of `function` for `isa`. An expression, so that it serves functions with and without a result.
#if defined(__x86_64__)
#define HP_DISPATCH(isa, function, ...)                               \
    ((isa) == HP_ISA_AVX512 ? function##_avx512(__VA_ARGS__)          \
     : (isa) == HP_ISA_AVX2 ? function##_avx2(__VA_ARGS__)            \
     : (isa) == HP_ISA_PORTABLE ? function##_portable(__VA_ARGS__)    \
                                : function##_scalar(__VA_ARGS__))
#else
#define HP_DISPATCH(isa, function, ...) \
    ((isa) == HP_ISA_SCALAR ? function##_scalar(__VA_ARGS__) : function##_portable(__VA_ARGS__))
#endif

/// Columns of a panel, the unit of packed weights for every instruction set: four gates of 16 units.
#define HP_PANEL 64
/// Rows of the largest tile.
#define HP_ROWS 6

/// Rows of the next tile when `left` are left: as equal as six allow (13 = 5 + 4 + 4, not 6 + 6 + 1: a tile reads the whole panel).
static inline size_t hp_tile_rows(size_t left) {
    const size_t tiles = (left + HP_ROWS - 1) / HP_ROWS;
    return (left + tiles - 1) / tiles;
}

static inline size_t hp_min(size_t a, size_t b) { return a < b ? a : b; }

#endif
