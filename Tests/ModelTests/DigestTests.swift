import CInstructions
import Model
import Testing

struct DigestTests {
  /// FIPS 180-4 examples from NIST's "Cryptographic Standards and Guidelines: Example Values".
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ]) func digestsAreThoseOfTheStandard(text: String, hex: String) {
    #expect(SHA256.digest(of: Array(text.utf8)).hex == hex)
  }

  @Test func aMillionLettersGiveTheStandardsDigest() {
    let digest = SHA256.digest(of: [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
    #expect(digest.hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func anyDivisionIntoUpdatesGivesTheSameDigest() {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    let whole = SHA256.digest(of: bytes)
    for cut in 0...bytes.count {
      var hash = SHA256()
      hash.update(bytes, in: 0..<cut)
      hash.update(bytes, in: cut..<bytes.count)
      #expect(hash.finish() == whole, "cut at \(cut)")
    }
  }

  @Test func portableAndAcceleratedRoundsAgree() {
    var generator = SmallGenerator()
    for blocks in 1...9 {
      let bytes = generator.bytes(64 * blocks)
      var one = (0..<8).map { UInt32($0) &* 0x9e37_79b9 }
      var two = one
      unsafe prowzi_sha256_blocks(&one, bytes, blocks)
      unsafe prowzi_sha256_blocks_portable(&two, bytes, blocks)
      #expect(one == two)
    }
  }

  @Test func hexadecimalReadsBack() {
    let digest = SHA256.digest(of: [1, 2, 3])
    #expect(Digest(hex: digest.hex) == digest)
    var bytes: [UInt8] = []
    digest.append(to: &bytes)
    #expect(Digest(bytes: bytes) == digest)
    #expect(Digest(hex: String(digest.hex.dropLast())) == nil)
    #expect(Digest(hex: "zz" + digest.hex.dropFirst(2)) == nil)
  }
}

struct DotProductTests {
  @Test func portableAndAcceleratedProductsAgree() {
    var generator = SmallGenerator()
    for count in stride(from: 0, through: 1024, by: 32) {
      let a = generator.bytes(count).map { max(-127, Int8(bitPattern: $0)) }
      let b = generator.bytes(count).map { max(-127, Int8(bitPattern: $0)) }
      let exact = zip(a, b).reduce(Int32(0)) { $0 + Int32($1.0) * Int32($1.1) }
      #expect(unsafe prowzi_dot_i8(a, b, count) == exact)
      #expect(unsafe prowzi_dot_i8_portable(a, b, count) == exact)
    }
  }

  @Test(arguments: [(Int8(127), Int8(127)), (-127, -127), (127, -127)]) func extremesDoNotOverflow(a: Int8, b: Int8) {
    let count = 65_536
    let exact = Int32(a) * Int32(b) * Int32(count)
    let left = [Int8](repeating: a, count: count)
    let right = [Int8](repeating: b, count: count)
    #expect(unsafe prowzi_dot_i8(left, right, count) == exact)
    #expect(unsafe prowzi_dot_i8_portable(left, right, count) == exact)
  }
}

/// A few bytes without pattern, the same in every run (SplitMix64).
struct SmallGenerator {
  private var state: UInt64 = 1

  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in
      state &+= 0x9e37_79b9_7f4a_7c15
      return UInt8(truncatingIfNeeded: Fingerprint.mix(state))
    }
  }
}
