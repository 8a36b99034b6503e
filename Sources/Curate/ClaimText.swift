/// A stretch of text that says something about the world, and what it rests on.
public struct Claim: Sendable, Equatable {
  /// In the text, in bytes.
  public var range: Range<Int>
  /// One where the text shows a field; several where it was worked out from them.
  public var bindings: [Binding]
  /// How it was worked out: `17231 - 12000`. `nil` where the text shows the field itself.
  public var derivation: String?

  public init(range: Range<Int>, bindings: [Binding], derivation: String? = nil) {
    self.range = range
    self.bindings = bindings
    self.derivation = derivation
  }
}

/// A headline or a sentence under construction: template wording and claims, kept apart.
///
/// Wording is a `StaticString`, so nothing that came from outside can enter the text without a binding.
///
/// ```swift
/// var text = ClaimText()
/// text.claim("Helio", subject)
/// text.say(" raises ")
/// text.claim("$20M", amount)
/// ```
public struct ClaimText: Sendable, Equatable {
  /// UTF-8.
  public private(set) var bytes: [UInt8] = []
  /// In ascending order of their ranges, which do not overlap.
  public private(set) var claims: [Claim] = []

  public init() {}

  public var isEmpty: Bool { bytes.isEmpty }

  /// Appends wording of the template.
  public mutating func say(_ wording: StaticString) {
    wording.withUTF8Buffer { text in
      for index in text.indices { unsafe bytes.append(text[index]) }
    }
  }

  /// Appends what a field shows.
  public mutating func claim(_ shown: [UInt8], _ binding: Binding) { claim(shown, [binding], derivation: nil) }

  public mutating func claim(_ shown: String, _ binding: Binding) { claim(Array(shown.utf8), [binding], derivation: nil) }

  /// Appends what was worked out from several fields.
  public mutating func claim(_ shown: [UInt8], _ bindings: [Binding], derivation: String?) {
    let start = bytes.count
    bytes.append(contentsOf: shown)
    claims.append(Claim(range: start..<bytes.count, bindings: bindings, derivation: derivation))
  }

  /// Appends another text with its claims.
  public mutating func append(_ other: ClaimText) {
    let start = bytes.count
    bytes.append(contentsOf: other.bytes)
    for claim in other.claims {
      claims.append(
        Claim(
          range: start + claim.range.lowerBound..<start + claim.range.upperBound, bindings: claim.bindings, derivation: claim.derivation))
    }
  }

  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Runs of anything but spaces.
  var wordCount: Int { bytes.split(separator: 0x20).count }

  /// Unicode scalars.
  var characterCount: Int { bytes.reduce(0) { $0 + ($1 & 0xc0 == 0x80 ? 0 : 1) } }
}
