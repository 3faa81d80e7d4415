// Includes HP_TEMPLATE once an instruction set, so that one source gives the functions of all of them. No include guard: a C file
// includes this once for its template. SwiftPM passes no -m flags (`unsafeFlags` would forbid others to depend on us), hence the
// attribute. In a template:
//   HP_NAME(f)   f_portable, f_avx2, f_avx512
//   HP_W         floats in a vector
//   HP_V         vectors of a panel's row that a tile of six rows accumulates at once: 6·HP_V of the 16 or 32 registers
#pragma STDC FP_CONTRACT ON  // acc += a * b is one fused multiply-add where the target has it

#define HP_NAME(name) name##_portable
#define HP_W 4
#if defined(__aarch64__)
#define HP_V 4
#else
#define HP_V 2
#endif
#include HP_TEMPLATE
#undef HP_NAME
#undef HP_W
#undef HP_V

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define HP_NAME(name) name##_avx2
#define HP_W 8
#define HP_V 2
#include HP_TEMPLATE
#undef HP_NAME
#undef HP_W
#undef HP_V
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,f16c"))), apply_to = function)
#define HP_NAME(name) name##_avx512
#define HP_W 16
#define HP_V 4
#include HP_TEMPLATE
#undef HP_NAME
#undef HP_W
#undef HP_V
#pragma clang attribute pop
#endif
