#include "dispatch.h"

bool hp_isa_available(hp_isa isa) {
    switch (isa) {
    case HP_ISA_SCALAR:
    case HP_ISA_PORTABLE:
        return true;
#if defined(__x86_64__)
    case HP_ISA_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    case HP_ISA_AVX512:
        return hp_isa_available(HP_ISA_AVX2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
#endif
    default:
        return false;
    }
}

hp_isa hp_isa_best(void) {
    if (hp_isa_available(HP_ISA_AVX512)) return HP_ISA_AVX512;
    return hp_isa_available(HP_ISA_AVX2) ? HP_ISA_AVX2 : HP_ISA_PORTABLE;
}

const char *hp_isa_name(hp_isa isa) {
    switch (isa) {
    case HP_ISA_SCALAR: return "scalar";
    case HP_ISA_PORTABLE: return "portable";
    case HP_ISA_AVX2: return "avx2";
    case HP_ISA_AVX512: return "avx512";
    }
}
