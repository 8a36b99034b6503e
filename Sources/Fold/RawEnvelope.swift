import Events
import Model
import RecordFormat

/// Reads the headers of raw records. Neighbouring records mostly come from one source: their headers differ in values that nobody looks at here, and then
/// what was read of the last one holds.
struct RawEnvelope: Sendable {
  /// The header block that was read last, and the stretches of it that decide: all but the values that are passed over.
  private var block: [UInt8] = []
  private var deciding: [Range<Int>] = []
  private var typeBytes: [UInt8] = []
  private var sourceBytes: [UInt8] = []
  private var contentTypeBytes: [UInt8] = []
  private var tenantBytes: [UInt8] = []
  private(set) var type = ""
  private var source = ""
  private var contentType = ""
  private(set) var tenant = "shared"
  /// Counted from the beginning of the block.
  private var columns: Range<Int>?
  private(set) var isControl = false
  private var isRedriven = false

  mutating func read(_ records: RecordBuffer, _ index: Int) {
    let headers = records.records[index].headers
    if !decidesTheSame(records.bytes, headers) { parse(Array(records.bytes[headers])) }
  }

  private func decidesTheSame(_ bytes: [UInt8], _ headers: Range<Int>) -> Bool {
    guard headers.count == block.count, !block.isEmpty else { return false }
    let (held, read) = (block.span, bytes.span.extracting(headers))
    for stretch in deciding where !held.extracting(stretch).isEqual(to: read.extracting(stretch)) { return false }
    return true
  }

  private mutating func parse(_ bytes: [UInt8]) {
    block = bytes
    deciding.removeAll(keepingCapacity: true)
    var wanted: (type: Range<Int>?, source: Range<Int>?, content: Range<Int>?, tenant: Range<Int>?) = (nil, nil, nil, nil)
    columns = nil
    isRedriven = false
    var at = 0
    /// The end of the last value that was passed over.
    var decided = 0
    let count = bytes.readVarint(at: &at) ?? 0
    for _ in 0..<max(0, count) {
      guard let nameLength = bytes.readVarint(at: &at) else { break }
      let name = at..<at + nameLength
      at += nameLength
      guard let valueLength = bytes.readVarint(at: &at) else { break }
      let value = at..<at + max(0, valueLength)
      at = value.upperBound
      switch nameLength {
      case 7 where equal(bytes, name, "ce_type"): wanted.type = value
      case 9 where equal(bytes, name, "ce_source"): wanted.source = value
      case 12 where equal(bytes, name, "content-type"): wanted.content = value
      case 13 where equal(bytes, name, "prowzi-tenant"): wanted.tenant = value
      case 17 where equal(bytes, name, "prowzi-redrive-of"): isRedriven = true
      case 18 where equal(bytes, name, "prowzi-csv-columns"): columns = value
      default:
        deciding.append(decided..<value.lowerBound)
        decided = value.upperBound
      }
    }
    deciding.append(decided..<bytes.count)
    if Self.take(bytes, wanted.type, into: &typeBytes) {
      type = String(decoding: typeBytes, as: UTF8.self)
      isControl = type.hasPrefix(FoldControl.typePrefix)
    }
    if Self.take(bytes, wanted.source, into: &sourceBytes) {
      source = String(decoding: sourceBytes.split(separator: UInt8(ascii: "/")).last ?? [], as: UTF8.self)
    }
    if Self.take(bytes, wanted.content, into: &contentTypeBytes) {
      contentType = String(decoding: contentTypeBytes.split(separator: UInt8(ascii: ";")).first ?? [], as: UTF8.self)
    }
    if Self.take(bytes, wanted.tenant, into: &tenantBytes) {
      tenant = tenantBytes.isEmpty ? "shared" : String(decoding: tenantBytes, as: UTF8.self)
    }
  }

  private func equal(_ bytes: [UInt8], _ range: Range<Int>, _ name: StaticString) -> Bool {
    let text = unsafe name.utf8Start
    for i in 0..<range.count where unsafe text[i] != bytes[range.lowerBound + i] { return false }
    return true
  }

  /// Copies a header's value where it differs from what is held.
  /// - Returns: whether it did.
  private static func take(_ bytes: [UInt8], _ range: Range<Int>?, into held: inout [UInt8]) -> Bool {
    let range = range ?? 0..<0
    if range.count == held.count {
      let value = bytes.span.extracting(range)
      var same = 0
      while same < held.count, held[same] == value[same] { same += 1 }
      if same == held.count { return false }
    }
    held = Array(bytes[range])
    return true
  }

  func record(_ records: RecordBuffer, _ index: Int) -> RawRecord {
    let layout = records.records[index]
    let start = layout.headers.lowerBound
    return RawRecord(
      bytes: records.bytes, value: layout.value ?? 0..<0, source: source, contentType: contentType,
      columns: columns.map { start + $0.lowerBound..<start + $0.upperBound }, tenant: tenant,
      key: layout.key, observedAt: layout.timestamp, isRedriven: isRedriven)
  }
}
