#pragma once

// The instruction sets for which files with Highway's functions are compiled. A program for x86-64-v2 has copies for
// SSE4, AVX2 and AVX-512 (AVX3). No loop gains from more than these. To be included before Highway.
#define HWY_DISABLE_PCLMUL_AES
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL)
