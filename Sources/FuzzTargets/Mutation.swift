import Model

/// Changes bytes as a fuzzer does, from a seed: what the ordinary tests run the targets with.
public struct Mutator {
  private var random: SplitMix64

  /// Numbers at the edges of what is usually forgotten.
  private static let edges: [[UInt8]] = [
    [0], [1], [0x7f], [0x80], [0xff], [0, 0], [0x7f, 0xff, 0xff, 0xff], [0x80, 0, 0, 0], [0xff, 0xff, 0xff, 0xff],
    [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0x80, 0, 0, 0, 0, 0, 0, 0],
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
    [UInt8](text: "9223372036854775807"), [UInt8](text: "-9223372036854775808"), [UInt8](text: "1e308"), [UInt8](text: "1e-400"),
    [UInt8](text: "\\ud800"), [UInt8](text: "{}"), [UInt8](text: "[]"), [UInt8](text: "\"\""), [UInt8](text: "null"), [0xef, 0xbb, 0xbf],
    [0xf0, 0x9f, 0x92, 0xa9], [0xc0, 0x80], [0xed, 0xa0, 0x80],
  ]

  public init(seed: UInt64) { random = SplitMix64(seed: seed) }

  /// One to four changes of a seed, sometimes with a part of another in it.
  public mutating func mutate(_ seeds: [[UInt8]], maxLength: Int) -> [UInt8] {
    var bytes = seeds.isEmpty ? [] : seeds[random.below(seeds.count)]
    for _ in 0...random.below(4) { change(&bytes, seeds) }
    return Array(bytes.prefix(maxLength))
  }

  private mutating func place(_ bytes: [UInt8]) -> Int { random.below(bytes.count + 1) }

  private mutating func change(_ bytes: inout [UInt8], _ seeds: [[UInt8]]) {
    switch random.below(8) {
    case 0 where !bytes.isEmpty: bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
    case 1 where !bytes.isEmpty: bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
    case 2: bytes.insert(contentsOf: Self.edges[random.below(Self.edges.count)], at: place(bytes))
    case 3:
      let edge = Self.edges[random.below(Self.edges.count)]
      let start = place(bytes)
      bytes.replaceSubrange(start..<min(bytes.count, start + edge.count), with: edge)
    case 4: bytes.removeSubrange(place(bytes)...)
    case 5:
      let start = place(bytes)
      bytes.removeSubrange(start..<min(bytes.count, start + 1 + random.below(16)))
    case 6:
      let start = place(bytes)
      let end = min(bytes.count, start + 1 + random.below(64))
      bytes.insert(contentsOf: bytes[start..<end], at: place(bytes))
    default:
      guard let other = seeds.isEmpty ? nil : seeds[random.below(seeds.count)], !other.isEmpty else { return }
      let start = random.below(other.count)
      bytes.insert(contentsOf: other[start..<min(other.count, start + 1 + random.below(64))], at: place(bytes))
    }
  }
}
