import Model

/// A raw record as the first stage sees it: bytes that belong to a batch, and what the sensor said about them.
public struct RawRecord: Sendable {
  /// The bytes that `value` and `columns` lie in.
  public var bytes: [UInt8]
  public var value: Range<Int>
  /// `arxiv_daily`, `github_star_ranking`: the last part of the sensor's `ce_source`.
  public var source: String
  /// `application/json`, `text/csv`, `application/xml` or `text/xml`, without parameters.
  public var contentType: String
  /// The header line of the CSV file that a row came from.
  public var columns: Range<Int>?
  public var tenant: String
  /// The record's key, as the sensor chose it.
  public var key: Range<Int>?
  public var observedAt: Timestamp
  /// Whether somebody drove it through the pipeline again after it was rejected: should it fail again, that is news and no repeat.
  public var isRedriven: Bool

  public init(
    bytes: [UInt8], value: Range<Int>, source: String, contentType: String, columns: Range<Int>? = nil, tenant: String = "shared",
    key: Range<Int>? = nil, observedAt: Timestamp, isRedriven: Bool = false
  ) {
    self.bytes = bytes
    self.value = value
    self.source = source
    self.contentType = contentType
    self.columns = columns
    self.tenant = tenant
    self.key = key
    self.observedAt = observedAt
    self.isRedriven = isRedriven
  }
}

/// Why a record, or one of its items, cannot be used: the makings of a dead letter.
public struct Rejection: Error, Equatable, Sendable {
  /// Dotted and stable: `parse.json`, `schema.missing_field`, `time.unreadable`, `evidence.unbound`.
  public var code: String
  /// One sentence, without a full stop.
  public var message: String
  /// Where in the raw value.
  public var byteOffset: Int

  public init(_ code: String, _ message: String, at byteOffset: Int) {
    self.code = code
    self.message = message
    self.byteOffset = byteOffset
  }
}
