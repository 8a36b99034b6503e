// Instructions that Swift cannot name. Every function here is a pure function of the bytes it is given:
// it allocates nothing, keeps nothing and answers the same on every processor. Where the processor lacks
// an instruction the portable path in C gives the same bits, and the tests hold the two together.
#ifndef PROWZI_CINSTRUCTIONS_H
#define PROWZI_CINSTRUCTIONS_H

#include <stddef.h>
#include <stdint.h>

/// Whether two stretches of `count` bytes are the same.
_Bool prowzi_equal(const uint8_t *a, const uint8_t *b, size_t count);

/// Folds `count` bytes into a running CRC-32C (Castagnoli, reflected, RFC 3720 appendix B.4).
/// `crc` is the finished value of what came before (0 at the start); the answer is finished too.
uint32_t prowzi_crc32c(uint32_t crc, const uint8_t *bytes, size_t count);

/// The same by table only: what processors without the instruction use, and what the tests compare with.
uint32_t prowzi_crc32c_portable(uint32_t crc, const uint8_t *bytes, size_t count);

/// Runs the SHA-256 compression function (FIPS 180-4, section 6.2.2) over `blocks` blocks of 64 bytes.
void prowzi_sha256_blocks(uint32_t state[8], const uint8_t *bytes, size_t blocks);

/// The same without the processor's SHA extension.
void prowzi_sha256_blocks_portable(uint32_t state[8], const uint8_t *bytes, size_t blocks);

/// A message of a leaf: a zero byte, two words (most significant byte first), and `count` bytes from `start` on.
typedef struct {
  uint64_t time, lengths;
  uint64_t start, count;
} prowzi_leaf;

/// SHA-256 of `count` such messages, two at a time: the instructions of one message wait for each other, and the processor has room for two.
/// Every message lies within `bytes`. A digest is four words, the first bytes in the highest bits of the first.
void prowzi_sha256_leaves(const uint8_t *bytes, const prowzi_leaf *leaves, size_t count, uint64_t *digests);

/// SHA-256 of a byte 1 and two digests each, for `count` pairs of digests that lie behind each other; two at a time as well.
void prowzi_sha256_nodes(const uint64_t *children, size_t count, uint64_t *digests);

/// The exact integer dot product of two vectors of signed bytes. `count` is a multiple of 32, at most 65,536,
/// and no element is -128 (so that no 32-bit sum can overflow).
int32_t prowzi_dot_i8(const int8_t *a, const int8_t *b, size_t count);

/// The products of `query` with `count` of the rows that lie side by side at `rows`, `width` bytes each, named by `indexes`, into `dots`.
void prowzi_dot_i8_rows(const int8_t *query, const int8_t *rows, size_t width, const uint32_t *indexes, size_t count, int32_t *dots);

/// The same, one element at a time.
int32_t prowzi_dot_i8_portable(const int8_t *a, const int8_t *b, size_t count);

/// Which paths the processor takes: bit 0 CRC-32C, bit 1 SHA-256, bit 2 dot product, bit 3 the same, 64 bytes at a time. For `prowzi status` and benchmarks.
uint32_t prowzi_instruction_set(void);

#endif
