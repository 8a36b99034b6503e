/// Keccak-256 as Ethereum uses it: the padding of the original submission (0x01), not that of SHA-3.
///
/// *Source*: "The Keccak reference", version 3.0 (2011); EIP-55 for its use here. A few microseconds for a short message: for checksums, not
/// for bulk.
public enum Keccak256 {
  private static let roundConstants: [UInt64] = [
    0x0000_0000_0000_0001, 0x0000_0000_0000_8082, 0x8000_0000_0000_808A, 0x8000_0000_8000_8000, 0x0000_0000_0000_808B,
    0x0000_0000_8000_0001, 0x8000_0000_8000_8081, 0x8000_0000_0000_8009, 0x0000_0000_0000_008A, 0x0000_0000_0000_0088,
    0x0000_0000_8000_8009, 0x0000_0000_8000_000A, 0x0000_0000_8000_808B, 0x8000_0000_0000_008B, 0x8000_0000_0000_8089,
    0x8000_0000_0000_8003, 0x8000_0000_0000_8002, 0x8000_0000_0000_0080, 0x0000_0000_0000_800A, 0x8000_0000_8000_000A,
    0x8000_0000_8000_8081, 0x8000_0000_0000_8080, 0x0000_0000_8000_0001, 0x8000_0000_8000_8008,
  ]
  /// Rho's rotations and pi's destinations, along pi's one cycle through the 24 moving lanes.
  private static let rotations: [UInt64] = [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44]
  private static let destinations: [Int] = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1]

  private static let rateBytes = 136

  /// The 32-byte digest.
  public static func digest(of message: [UInt8]) -> [UInt8] {
    var state = [UInt64](repeating: 0, count: 25)
    var padded = message
    padded.append(0x01)
    while padded.count % rateBytes != 0 { padded.append(0) }
    padded[padded.count - 1] |= 0x80
    for block in stride(from: 0, to: padded.count, by: rateBytes) {
      for index in 0..<rateBytes { state[index / 8] ^= UInt64(padded[block + index]) << UInt64(8 * (index % 8)) }
      permute(&state)
    }
    return (0..<32).map { UInt8(truncatingIfNeeded: state[$0 / 8] >> UInt64(8 * ($0 % 8))) }
  }

  private static func permute(_ state: inout [UInt64]) {
    func rotate(_ word: UInt64, _ by: UInt64) -> UInt64 { word << by | word >> (64 - by) }
    var columns = [UInt64](repeating: 0, count: 5)
    for round in 0..<24 {
      for x in 0..<5 { columns[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20] }
      for x in 0..<5 {
        let mixed = columns[(x + 4) % 5] ^ rotate(columns[(x + 1) % 5], 1)
        for y in stride(from: 0, to: 25, by: 5) { state[x + y] ^= mixed }
      }
      var moving = state[1]
      for step in 0..<24 {
        let target = destinations[step]
        let held = state[target]
        state[target] = rotate(moving, rotations[step])
        moving = held
      }
      for y in stride(from: 0, to: 25, by: 5) {
        for x in 0..<5 { columns[x] = state[y + x] }
        for x in 0..<5 { state[y + x] = columns[x] ^ (~columns[(x + 1) % 5] & columns[(x + 2) % 5]) }
      }
      state[0] ^= roundConstants[round]
    }
  }
}
