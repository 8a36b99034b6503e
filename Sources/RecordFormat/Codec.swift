import Model

/// How the records of a batch are compressed: attribute bits 0 to 2.
public enum Codec: UInt8, Sendable, CaseIterable {
  case none = 0
  case gzip = 1
  case snappy = 2
  case lz4 = 3
  case zstd = 4

  /// The name in `topics/*.json` and on the command line.
  public var name: String {
    switch self {
    case .none: "none"
    case .gzip: "gzip"
    case .snappy: "snappy"
    case .lz4: "lz4"
    case .zstd: "zstd"
    }
  }

  public init?(name: String) {
    guard let codec = Codec.allCases.first(where: { $0.name == name }) else { return nil }
    self = codec
  }
}

/// Compresses and decompresses batch bodies: a port, so that the format needs no C library. Called once a batch, never for a record.
///
/// *Determinism*: compressed bytes may differ between library versions; nothing that is compared or digested depends on them.
public protocol Compressor: Sendable {
  /// Appends the compressed form of `bytes`.
  /// - Throws: `codec.unsupported` for a codec this compressor lacks.
  func compress(_ bytes: Span<UInt8>, with codec: Codec, appendingTo output: inout [UInt8]) throws(ProwziError)

  /// Appends what `bytes` decompress to.
  /// - Parameter limit: how many bytes may be appended; more is refused before the memory is taken.
  /// - Throws: `codec.unsupported`, `codec.corrupt` or `codec.too_large`.
  func decompress(_ bytes: Span<UInt8>, with codec: Codec, limit: Int, appendingTo output: inout [UInt8]) throws(ProwziError)
}
