import Model

/// The names of language and other models, learned from catalogues, to be recognised however people write them.
///
/// A catalogue's `openai/gpt-5.3-codex`, `anthropic.claude-opus-4-5-20251101-v1:0` and `Claude Opus 4.5` lead to `gpt-5.3-codex` and twice to
/// `claude-opus-4.5`: the vendor, a date, `-latest`, `:free` and a hosting suffix are taken off, and a version is written with a point.
///
/// Refused: names of one word without a digit, and those whose words all belong to the ordinary language (`command light`, `default`).
///
/// *Shape*, *Determinism*: as `NameIndex`, which holds the names; encode `names` to keep it.
public struct ModelNameIndex: Sendable {
  public private(set) var names: NameIndex
  private var reader = TokenList()

  public init(capacity: Int = 20_000) { names = NameIndex(capacity: capacity) }

  /// Takes up what `names.encode` stored.
  public init(names: NameIndex) { self.names = names }

  public var count: Int { names.count }

  /// The canonical id of a model, from an id or a display name in a catalogue; nil where the name is too common to be recognised.
  ///
  /// *Complexity*: linear in the name, of which at most 200 bytes are read.
  public mutating func canonicalIdentifier(of catalogueName: [UInt8]) -> [UInt8]? {
    guard catalogueName.count <= NameIndex.maximumNameBytes else { return nil }
    var start = catalogueName.startIndex
    if let slash = catalogueName.lastIndex(of: 0x2F) { start = slash + 1 }
    var end = catalogueName.endIndex
    if let colon = catalogueName[start...].firstIndex(where: { $0 == 0x3A || $0 == 0x40 || $0 == 0x28 }) { end = colon }
    reader.read(Array(catalogueName[start..<end]))
    var parts = reader.tokens.map { Array(reader.lowered[$0.range]) }
    if parts.count > 1, ModelNameIndex.vendors.contains(Fingerprint.of(parts[0])) { parts.removeFirst() }
    if parts.count > 2, parts[0] == [0x75, 0x73] || parts[0] == [0x65, 0x75] { parts.removeFirst(2) }
    dropSuffixes(&parts)
    guard !parts.isEmpty, parts.count <= 8 else { return nil }
    let hasDigit = parts.contains { $0.contains { $0 &- 0x30 < 10 } }
    if !hasDigit {
      guard parts.count > 1, parts.contains(where: { !OrdinaryWords.set.contains(Fingerprint.of($0)) }) else { return nil }
    }
    guard parts.contains(where: { $0.contains { $0 >= 0x61 } }), parts[0].count > 1 || hasDigit, parts.count > 1 || parts[0].count > 1
    else {
      return nil
    }
    var identifier: [UInt8] = []
    for (index, part) in parts.enumerated() {
      if index > 0 { identifier.append(Self.isShortNumber(part) && Self.isShortNumber(parts[index - 1]) ? 0x2E : 0x2D) }
      identifier.append(contentsOf: part)
    }
    return identifier
  }

  /// Learns a model by its catalogue id or display name.
  @discardableResult public mutating func insert(_ catalogueName: [UInt8]) -> NameIndex.Insertion {
    guard let identifier = canonicalIdentifier(of: catalogueName) else { return .refused }
    return names.insert(name: identifier, type: .model, identifier: identifier)
  }

  @discardableResult public mutating func insert(_ catalogueName: String) -> NameIndex.Insertion { insert(Array(catalogueName.utf8)) }

  private static let vendors = WordSet(
    """
    openai anthropic google meta mistralai alibaba amazon nvidia microsoft moonshotai zai xai cohere ai21 minimax bytedance tencent baidu stepfun
    perplexity thudm thebloke nousresearch ibm huggingface inclusionai
    """)

  /// One or two digits: part of a version.
  private static func isShortNumber(_ part: [UInt8]) -> Bool { part.count <= 2 && part.allSatisfy { $0 &- 0x30 < 10 } }

  /// Takes dates, hosting versions (`v1`, after a date) and words that say nothing about which model it is off the end.
  private func dropSuffixes(_ parts: inout [[UInt8]]) {
    func isNumber(_ part: [UInt8], _ length: Int) -> Bool { part.count == length && part.allSatisfy { $0 &- 0x30 < 10 } }
    while parts.count > 1, let last = parts.last {
      if isNumber(last, 8) || isNumber(last, 6) || isNumber(last, 4) || Self.emptySuffixes.contains(Fingerprint.of(last)) {
        parts.removeLast()
      } else if parts.count > 3, isNumber(last, 2), isNumber(parts[parts.count - 2], 2), isNumber(parts[parts.count - 3], 4) {
        parts.removeLast(3)
      } else if parts.count > 2, last == [0x76, 0x31], isNumber(parts[parts.count - 2], 8) {
        parts.removeLast()
      } else if parts.count > 2, isNumber(last, 2), isNumber(parts[parts.count - 2], 4) {
        parts.removeLast(2)
      } else {
        return
      }
    }
  }

  private static let emptySuffixes = WordSet("latest free beta fp8 fp16 bf16 awq gguf int4 int8 hf maas tee")
}
