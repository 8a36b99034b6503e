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
#define HAS_WIDE_DOT 8u

static uint32_t detect(void) {
  uint32_t found = 0;
#if X86
  unsigned a, b, c, d;
  if (__get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_2) && (c & bit_SSSE3) && (c & bit_SSE4_1)) {
    found |= HAS_CRC;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1u << 29))) found |= HAS_SHA;
  }
  if (__builtin_cpu_supports("avx2")) found |= HAS_DOT;
  if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw")) found |= HAS_WIDE_DOT;
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

// MARK: - SHA-256 of many messages

// One message being hashed: a first block that is put together, blocks that lie where they are, and the padded end.
typedef struct {
  uint32_t state[8];
  const uint8_t *next;
  size_t left;
  int part;
  const uint8_t *middle;
  size_t middleBlocks;
  uint8_t first[64], end[128];
  size_t endBlocks;
  uint64_t *digest;
} lane;

static const uint32_t INITIAL[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static void put_big_endian(uint8_t *out, uint64_t value) {
  for (int i = 0; i < 8; i++) out[i] = (uint8_t)(value >> (56 - 8 * i));
}

static void lane_pad(lane *l, const uint8_t *rest, size_t count, uint64_t total) {
  l->endBlocks = count < 56 ? 1 : 2;
  size_t size = 64 * l->endBlocks;
  memset(l->end, 0, size);
  memcpy(l->end, rest, count);
  l->end[count] = 0x80;
  put_big_endian(l->end + size - 8, total * 8);
}

static void lane_begin(lane *l, const prowzi_leaf *leaf, const uint8_t *bytes, uint64_t *digest) {
  memcpy(l->state, INITIAL, sizeof INITIAL);
  l->digest = digest;
  uint8_t head[64];
  head[0] = 0;
  put_big_endian(head + 1, leaf->time);
  put_big_endian(head + 9, leaf->lengths);
  const uint8_t *body = bytes + leaf->start;
  if (17 + leaf->count < 64) {
    memcpy(head + 17, body, leaf->count);
    lane_pad(l, head, 17 + leaf->count, 17 + leaf->count);
    l->part = 2;
    l->next = l->end;
    l->left = l->endBlocks;
    return;
  }
  memcpy(head + 17, body, 47);
  memcpy(l->first, head, 64);
  size_t rest = leaf->count - 47;
  l->middle = body + 47;
  l->middleBlocks = rest / 64;
  lane_pad(l, body + 47 + 64 * l->middleBlocks, rest % 64, 17 + leaf->count);
  l->part = 0;
  l->next = l->first;
  l->left = 1;
}

// Says that `blocks` of what `next` points at are done. Answers whether the message is.
static int lane_advance(lane *l, size_t blocks) {
  l->next += 64 * blocks;
  l->left -= blocks;
  if (l->left) return 0;
  if (l->part == 0) {
    l->part = 1;
    l->next = l->middle;
    l->left = l->middleBlocks;
    if (l->left) return 0;
  }
  if (l->part == 1) {
    l->part = 2;
    l->next = l->end;
    l->left = l->endBlocks;
    return 0;
  }
  for (int i = 0; i < 4; i++) l->digest[i] = (uint64_t)l->state[2 * i] << 32 | l->state[2 * i + 1];
  return 1;
}

#if X86
// Two messages at once: the rounds of one wait for each other, those of two do not.
__attribute__((target("sha,sse4.1,ssse3"))) static void sha256_pair_ni(
    uint32_t stateA[8], const uint8_t *a, uint32_t stateB[8], const uint8_t *b, size_t blocks) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bULL, 0x0405060700010203ULL);
  __m128i s0[2], s1[2];
  uint32_t *const states[2] = {stateA, stateB};
  for (int n = 0; n < 2; n++) {
    __m128i t = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)states[n]), 0xB1);
    __m128i u = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(states[n] + 4)), 0x1B);
    s0[n] = _mm_alignr_epi8(t, u, 8);
    s1[n] = _mm_blend_epi16(u, t, 0xF0);
  }
  while (blocks--) {
    const uint8_t *const from[2] = {a, b};
    const __m128i abef[2] = {s0[0], s0[1]}, cdgh[2] = {s1[0], s1[1]};
    __m128i m[2][4];
#pragma clang loop unroll(full)
    for (int n = 0; n < 2; n++)
#pragma clang loop unroll(full)
      for (int i = 0; i < 4; i++) m[n][i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(from[n] + 16 * i)), swap);
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) {
      const __m128i constants = _mm_loadu_si128((const __m128i *)(K + 4 * i));
      const __m128i k0 = _mm_add_epi32(m[0][i & 3], constants), k1 = _mm_add_epi32(m[1][i & 3], constants);
      s1[0] = _mm_sha256rnds2_epu32(s1[0], s0[0], k0);
      s1[1] = _mm_sha256rnds2_epu32(s1[1], s0[1], k1);
      s0[0] = _mm_sha256rnds2_epu32(s0[0], s1[0], _mm_shuffle_epi32(k0, 0x0E));
      s0[1] = _mm_sha256rnds2_epu32(s0[1], s1[1], _mm_shuffle_epi32(k1, 0x0E));
      if (i < 12) {
#pragma clang loop unroll(full)
        for (int n = 0; n < 2; n++) {
          __m128i next = _mm_sha256msg1_epu32(m[n][i & 3], m[n][(i + 1) & 3]);
          next = _mm_add_epi32(next, _mm_alignr_epi8(m[n][(i + 3) & 3], m[n][(i + 2) & 3], 4));
          m[n][i & 3] = _mm_sha256msg2_epu32(next, m[n][(i + 3) & 3]);
        }
      }
    }
    for (int n = 0; n < 2; n++) {
      s0[n] = _mm_add_epi32(s0[n], abef[n]);
      s1[n] = _mm_add_epi32(s1[n], cdgh[n]);
    }
    a += 64;
    b += 64;
  }
  for (int n = 0; n < 2; n++) {
    __m128i t = _mm_shuffle_epi32(s0[n], 0x1B);
    __m128i u = _mm_shuffle_epi32(s1[n], 0xB1);
    _mm_storeu_si128((__m128i *)states[n], _mm_blend_epi16(t, u, 0xF0));
    _mm_storeu_si128((__m128i *)(states[n] + 4), _mm_alignr_epi8(u, t, 8));
  }
}
#endif

static void sha256_pair(uint32_t stateA[8], const uint8_t *a, uint32_t stateB[8], const uint8_t *b, size_t blocks) {
#if X86
  if (prowzi_instruction_set() & HAS_SHA) {
    sha256_pair_ni(stateA, a, stateB, b, blocks);
    return;
  }
#endif
  prowzi_sha256_blocks_portable(stateA, a, blocks);
  prowzi_sha256_blocks_portable(stateB, b, blocks);
}

void prowzi_sha256_leaves(const uint8_t *bytes, const prowzi_leaf *leaves, size_t count, uint64_t *digests) {
  lane lanes[2];
  size_t begun = 0;
  int busy[2] = {0, 0};
  while (1) {
    for (int n = 0; n < 2; n++) {
      if (busy[n] || begun == count) continue;
      lane_begin(&lanes[n], &leaves[begun], bytes, digests + 4 * begun);
      begun++;
      busy[n] = 1;
    }
    if (busy[0] && busy[1]) {
      size_t blocks = lanes[0].left < lanes[1].left ? lanes[0].left : lanes[1].left;
      sha256_pair(lanes[0].state, lanes[0].next, lanes[1].state, lanes[1].next, blocks);
      for (int n = 0; n < 2; n++) busy[n] = !lane_advance(&lanes[n], blocks);
    } else if (busy[0] || busy[1]) {
      lane *last = busy[0] ? &lanes[0] : &lanes[1];
      size_t blocks = last->left;
      prowzi_sha256_blocks(last->state, last->next, blocks);
      busy[busy[0] ? 0 : 1] = !lane_advance(last, blocks);
    } else {
      return;
    }
  }
}

static void node_blocks(const uint64_t children[8], uint8_t blocks[128]) {
  blocks[0] = 1;
  for (int i = 0; i < 8; i++) put_big_endian(blocks + 1 + 8 * i, children[i]);
  blocks[65] = 0x80;
  memset(blocks + 66, 0, 54);
  put_big_endian(blocks + 120, 65 * 8);
}

void prowzi_sha256_nodes(const uint64_t *children, size_t count, uint64_t *digests) {
  for (size_t done = 0; done < count; done += 2) {
    uint8_t blocks[2][128];
    uint32_t states[2][8];
    size_t lanes = count - done < 2 ? 1 : 2;
    for (size_t n = 0; n < lanes; n++) {
      memcpy(states[n], INITIAL, sizeof INITIAL);
      node_blocks(children + 8 * (done + n), blocks[n]);
    }
    if (lanes == 2) {
      sha256_pair(states[0], blocks[0], states[1], blocks[1], 2);
    } else {
      prowzi_sha256_blocks(states[0], blocks[0], 2);
    }
    for (size_t n = 0; n < lanes; n++)
      for (int i = 0; i < 4; i++) digests[4 * (done + n) + i] = (uint64_t)states[n][2 * i] << 32 | states[n][2 * i + 1];
  }
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

// 64 elements at a time. The instruction takes its first operand without a sign, so it is given x + 128, and 128 times the sum of y is taken off again:
// exact, because four products sum to at most 130,560 and there are at most 1,024 steps. Two sums of each kind hide the instruction's latency.
__attribute__((target("avx512f,avx512bw,avx512vnni"))) static int32_t dot_avx512(const int8_t *a, const int8_t *b, size_t count) {
  const __m512i shift = _mm512_set1_epi8((char)0x80);
  __m512i dots[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
  __m512i sums[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
  for (size_t i = 0; i < count; i += 64) {
    __m512i x = _mm512_xor_si512(_mm512_loadu_si512(a + i), shift);
    __m512i y = _mm512_loadu_si512(b + i);
    size_t k = i / 64 % 2;
    dots[k] = _mm512_dpbusd_epi32(dots[k], x, y);
    sums[k] = _mm512_dpbusd_epi32(sums[k], shift, y);
  }
  // The shift's byte is 128 without a sign, so the sums are those of 128 times y.
  __m512i dot = _mm512_add_epi32(dots[0], dots[1]);
  return _mm512_reduce_add_epi32(_mm512_sub_epi32(dot, _mm512_add_epi32(sums[0], sums[1])));
}
#endif

_Bool prowzi_equal(const uint8_t *a, const uint8_t *b, size_t count) { return memcmp(a, b, count) == 0; }

int32_t prowzi_dot_i8(const int8_t *a, const int8_t *b, size_t count) {
#if X86
  if (prowzi_instruction_set() & HAS_WIDE_DOT && count % 64 == 0) return dot_avx512(a, b, count);
  if (prowzi_instruction_set() & HAS_DOT) return dot_avx2(a, b, count);
#endif
  return prowzi_dot_i8_portable(a, b, count);
}

void prowzi_dot_i8_rows(const int8_t *query, const int8_t *rows, size_t width, const uint32_t *indexes, size_t count, int32_t *dots) {
  for (size_t i = 0; i < count; i++) dots[i] = prowzi_dot_i8(query, rows + (size_t)indexes[i] * width, width);
}
