#include "CInstructions.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#define X86 1
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#define ARM_CRC 1
#endif

// MARK: - Which instructions there are

#define HAS_CRC 1u
#define HAS_SHA 2u
#define HAS_DOT 4u

static uint32_t detect(void) {
  uint32_t found = 0;
#if X86
  unsigned a, b, c, d;
  if (__get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_2) && (c & bit_SSSE3) && (c & bit_SSE4_1)) {
    found |= HAS_CRC;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1u << 29))) found |= HAS_SHA;
  }
  if (__builtin_cpu_supports("avx2")) found |= HAS_DOT;
#elif ARM_CRC
  found |= HAS_CRC;
#endif
  return found;
}

uint32_t prowzi_instruction_set(void) {
  // Written once with the one value it can have: a race between first callers is harmless.
  static uint32_t known = 0x80000000u;
  uint32_t value = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (value == 0x80000000u) {
    value = detect();
    __atomic_store_n(&known, value, __ATOMIC_RELAXED);
  }
  return value;
}

// MARK: - CRC-32C

static uint32_t crc_table_entry(uint32_t n) {
  for (int bit = 0; bit < 8; bit++) n = (n & 1) ? (n >> 1) ^ 0x82F63B78u : n >> 1;
  return n;
}

uint32_t prowzi_crc32c_portable(uint32_t crc, const uint8_t *bytes, size_t count) {
  static uint32_t table[256];
  static int ready = 0;
  if (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE)) {
    for (uint32_t i = 0; i < 256; i++) __atomic_store_n(&table[i], crc_table_entry(i), __ATOMIC_RELAXED);
    __atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
  }
  crc = ~crc;
  for (size_t i = 0; i < count; i++) crc = table[(crc ^ bytes[i]) & 0xFF] ^ (crc >> 8);
  return ~crc;
}

#if X86
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const uint8_t *bytes, size_t count) {
  uint64_t sum = ~crc;
  while (count >= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    sum = _mm_crc32_u64(sum, word);
    bytes += 8;
    count -= 8;
  }
  uint32_t rest = (uint32_t)sum;
  while (count--) rest = _mm_crc32_u8(rest, *bytes++);
  return ~rest;
}
#endif

uint32_t prowzi_crc32c(uint32_t crc, const uint8_t *bytes, size_t count) {
#if X86
  if (prowzi_instruction_set() & HAS_CRC) return crc32c_sse42(crc, bytes, count);
#elif ARM_CRC
  crc = ~crc;
  while (count >= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    crc = __crc32cd(crc, word);
    bytes += 8;
    count -= 8;
  }
  while (count--) crc = __crc32cb(crc, *bytes++);
  return ~crc;
#endif
  return prowzi_crc32c_portable(crc, bytes, count);
}

// MARK: - SHA-256

static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

#define ROTR(x, n) (((x) >> (n)) | ((x) << (32 - (n))))

void prowzi_sha256_blocks_portable(uint32_t state[8], const uint8_t *bytes, size_t blocks) {
  while (blocks--) {
    uint32_t w[64];
    for (int i = 0; i < 16; i++, bytes += 4)
      w[i] = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    for (int i = 16; i < 64; i++) {
      uint32_t s0 = ROTR(w[i - 15], 7) ^ ROTR(w[i - 15], 18) ^ (w[i - 15] >> 3);
      uint32_t s1 = ROTR(w[i - 2], 17) ^ ROTR(w[i - 2], 19) ^ (w[i - 2] >> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
    for (int i = 0; i < 64; i++) {
      uint32_t t1 = h + (ROTR(e, 6) ^ ROTR(e, 11) ^ ROTR(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i];
      uint32_t t2 = (ROTR(a, 2) ^ ROTR(a, 13) ^ ROTR(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e, state[5] += f, state[6] += g, state[7] += h;
  }
}

#if X86
// The round structure is that of Intel's "SHA Extensions" paper (2013): two rounds per instruction, the state
// kept as ABEF and CDGH.
__attribute__((target("sha,sse4.1,ssse3"))) static void sha256_blocks_ni(uint32_t state[8], const uint8_t *bytes, size_t blocks) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bULL, 0x0405060700010203ULL);
  __m128i t = _mm_loadu_si128((const __m128i *)state);
  __m128i s1 = _mm_loadu_si128((const __m128i *)(state + 4));
  t = _mm_shuffle_epi32(t, 0xB1);
  s1 = _mm_shuffle_epi32(s1, 0x1B);
  __m128i s0 = _mm_alignr_epi8(t, s1, 8);
  s1 = _mm_blend_epi16(s1, t, 0xF0);
  while (blocks--) {
    const __m128i abef = s0, cdgh = s1;
    __m128i m[4];
    for (int i = 0; i < 4; i++) m[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(bytes + 16 * i)), swap);
    for (int i = 0; i < 16; i++) {
      __m128i words = m[i & 3];
      __m128i k = _mm_add_epi32(words, _mm_loadu_si128((const __m128i *)(K + 4 * i)));
      s1 = _mm_sha256rnds2_epu32(s1, s0, k);
      s0 = _mm_sha256rnds2_epu32(s0, s1, _mm_shuffle_epi32(k, 0x0E));
      if (i < 12) {
        __m128i next = _mm_sha256msg1_epu32(words, m[(i + 1) & 3]);
        next = _mm_add_epi32(next, _mm_alignr_epi8(m[(i + 3) & 3], m[(i + 2) & 3], 4));
        m[i & 3] = _mm_sha256msg2_epu32(next, m[(i + 3) & 3]);
      }
    }
    s0 = _mm_add_epi32(s0, abef);
    s1 = _mm_add_epi32(s1, cdgh);
    bytes += 64;
  }
  t = _mm_shuffle_epi32(s0, 0x1B);
  s1 = _mm_shuffle_epi32(s1, 0xB1);
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(t, s1, 0xF0));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(s1, t, 8));
}
#endif

void prowzi_sha256_blocks(uint32_t state[8], const uint8_t *bytes, size_t blocks) {
#if X86
  if (prowzi_instruction_set() & HAS_SHA) {
    sha256_blocks_ni(state, bytes, blocks);
    return;
  }
#endif
  prowzi_sha256_blocks_portable(state, bytes, blocks);
}

// MARK: - Dot product

int32_t prowzi_dot_i8_portable(const int8_t *a, const int8_t *b, size_t count) {
  int32_t sum = 0;
  for (size_t i = 0; i < count; i++) sum += (int32_t)a[i] * b[i];
  return sum;
}

#if X86
__attribute__((target("avx2"))) static int32_t dot_avx2(const int8_t *a, const int8_t *b, size_t count) {
  __m256i sum = _mm256_setzero_si256();
  for (size_t i = 0; i < count; i += 32) {
    __m256i x = _mm256_loadu_si256((const __m256i *)(a + i));
    __m256i y = _mm256_loadu_si256((const __m256i *)(b + i));
    // |x| times y-with-the-sign-of-x: exact, because no element is -128 and a pair sums to at most 32,258.
    __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(y, x));
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
  }
  __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4E));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xB1));
  return _mm_cvtsi128_si32(half);
}
#endif

int32_t prowzi_dot_i8(const int8_t *a, const int8_t *b, size_t count) {
#if X86
  if (prowzi_instruction_set() & HAS_DOT) return dot_avx2(a, b, count);
#endif
  return prowzi_dot_i8_portable(a, b, count);
}
