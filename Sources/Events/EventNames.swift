import JSON
import Model

/// What the names and the short texts in records of events mean, for both ways of reading them.
///
/// Names that come again and again (of sources, metrics, types) are made once and then handed out.
struct EventNames: Sendable {
  private var texts = NameTable<String>()
  private let kinds = Self.table(Kind.allCases, \.name)
  private let relations = Self.table(Relation.allCases, \.name)
  private let encodings = Self.table(SourceSpan.Encoding.allCases, \.name)
  private let flags = Self.table(EventFlags.names.map(\.flag)) { flag in EventFlags.names.first { $0.flag == flag }?.name ?? "" }
  private var nodeNames: [String] = []
  private var nodes = NameTable<Int>()

  private static func table<Value: Sendable>(_ values: [Value], _ name: (Value) -> StaticString) -> NameTable<Value> {
    var table = NameTable<Value>()
    for value in values { table.add("\(name(value))", value) }
    return table
  }

  func kind(_ bytes: [UInt8], in range: Range<Int>) -> Kind? { kinds.value(of: bytes.span.extracting(range)) }
  func relation(_ bytes: [UInt8], in range: Range<Int>) -> Relation? { relations.value(of: bytes.span.extracting(range)) }
  func encoding(_ bytes: [UInt8], in range: Range<Int>) -> SourceSpan.Encoding? { encodings.value(of: bytes.span.extracting(range)) }
  func flag(_ bytes: [UInt8], in range: Range<Int>) -> EventFlags? { flags.value(of: bytes.span.extracting(range)) }

  /// Everything that is not `ai` has always been read as `crypto`.
  func domain(_ bytes: [UInt8], in range: Range<Int>) -> Domain { bytes[range].elementsEqual("ai".utf8) ? .ai : .crypto }

  /// A text of valid UTF-8.
  mutating func text(_ bytes: [UInt8], in range: Range<Int>) -> String {
    let name = bytes.span.extracting(range)
    if let known = texts.value(of: name) { return known }
    let text = String(decoding: bytes[range], as: UTF8.self)
    // Whoever writes many or long names gets each anew, and takes no memory with them.
    if range.count <= 64 {
      if texts.count == 1024 { texts = NameTable() }
      texts.add(text, text)
    }
    return text
  }

  /// The number of a node of the ontology: of several with one name the first. Names are one as texts are, however they spell their letters; only
  /// a name that is spelt as the ontology spells it is found here.
  mutating func node(_ bytes: [UInt8], in range: Range<Int>, of nodeNames: [String]) -> Int? {
    // Mostly the very same array, which is seen without a look at its elements.
    if nodeNames != self.nodeNames || nodes.count == 0 { learn(nodeNames) }
    return nodes.value(of: bytes.span.extracting(range))
  }

  private mutating func learn(_ nodeNames: [String]) {
    self.nodeNames = nodeNames
    nodes = NameTable()
    var first: [String: Int] = [:]
    for (number, name) in nodeNames.enumerated() {
      let number = first[name] ?? number
      first[name] = number
      if nodes.value(of: Array(name.utf8).span) == nil { nodes.add(name, number) }
    }
  }

  /// Reads `topic/partition/offset`, mostly of `prowzi.raw`.
  static func coordinates(_ bytes: [UInt8], in range: Range<Int>) -> (PartitionIndex, Offset)? {
    let start = range.lowerBound + 11
    if range.count > 11, bytes[start - 1] == 0x2f, bytes.span.extracting(range.lowerBound..<start - 1).holds("prowzi.raw"),
      let slash = bytes[start..<range.upperBound].firstIndex(of: 0x2f), let partition = DecimalText.int(bytes, in: start..<slash),
      let offset = DecimalText.int(bytes, in: slash + 1..<range.upperBound), partition >= 0, partition <= Int64(Int32.max), offset >= 0
    {
      return (PartitionIndex(Int32(partition)), Offset(offset))
    }
    guard let place = Coordinates(String(decoding: bytes[range], as: UTF8.self)) else { return nil }
    return (place.partition, place.offset)
  }

  /// `[start, end]` of the raw value, if they can be that.
  static func span(_ start: Int64, _ end: Int64, _ encoding: SourceSpan.Encoding) -> SourceSpan? {
    guard start >= 0, start <= end, end <= Int64(Int32.max) else { return nil }
    return SourceSpan(Int(start)..<Int(end), encoding)
  }

  /// An embedding's 768 bytes in base64.
  static func embedding(_ bytes: [UInt8], in range: Range<Int>) -> [Int8]? {
    guard let values = Base64.decode(bytes[range]), values.count == Embedding.dimensions else { return nil }
    return values.map { Int8(bitPattern: $0) }
  }
}

extension Span<UInt8> {
  /// Whether the bytes are this text.
  fileprivate func holds(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    for index in 0..<count where unsafe self[index] != text.utf8Start[index] { return false }
    return true
  }
}
