public import Model

/// The streams that can be replayed together: the contents of `streams.json`.
///
/// *Shape*: an array of objects with `source` and `path` (relative to the manifest's directory, without `..`) and, where known, `kind`,
/// `time_field`, `records`, `from` and `to`. The order of the array is the order of streams at equal times.
public struct Manifest: Sendable, Equatable {
  public struct Stream: Sendable, Equatable {
    /// `^[a-z0-9_]+$`; several streams may share one.
    public var source: String
    public var kind: String
    public var path: String
    public var timeField: String?
    /// How many records the file should hold; for progress and for checks, never for reading.
    public var records: Int?
    public var from: Timestamp?
    public var to: Timestamp?

    public init(
      source: String, kind: String = "", path: String, timeField: String? = nil, records: Int? = nil, from: Timestamp? = nil,
      to: Timestamp? = nil
    ) {
      self.source = source
      self.kind = kind
      self.path = path
      self.timeField = timeField
      self.records = records
      self.from = from
      self.to = to
    }
  }

  /// The largest manifest, in bytes, and the most streams in it: all of them are open at once.
  public static let sizeLimit = Limits.manifestBytes
  public static let streamLimit = Limits.manifestStreams

  public var streams: [Stream]

  public init(streams: [Stream]) { self.streams = streams }

  /// Reads a manifest.
  /// - Throws: `sensor.manifest_invalid`.
  public init(parsing bytes: [UInt8], name: String = "streams.json") throws(ProwziError) {
    guard let elements = JSONScan.elements(in: bytes) else {
      throw Self.invalid("the manifest is not a JSON array", name)
    }
    guard elements.count <= Self.streamLimit else {
      throw Self.invalid("the manifest lists \(elements.count) streams; \(Self.streamLimit) can be open at once", name)
    }
    streams = []
    for (index, range) in elements.enumerated() {
      streams.append(try Self.stream(Array(bytes[range]), place: "\(name), stream \(index + 1)"))
    }
  }

  /// Reads a manifest file.
  public init(path: String) throws(ProwziError) {
    try self.init(parsing: try FileSource.contents(ofFile: path, limit: Self.sizeLimit), name: path)
  }

  private static func stream(_ object: [UInt8], place: String) throws(ProwziError) -> Stream {
    func text(_ name: String) -> String? {
      JSONScan.scalar(at: [Array(name.utf8)], in: object)?.content.displayText
    }
    func moment(_ name: String) throws(ProwziError) -> Timestamp? {
      guard let text = text(name) else { return nil }
      guard let reading = Timestamp.read(text) else { throw invalid("'\(name)' is no time: \(text)", place) }
      return reading.timestamp
    }
    guard let source = text("source"), !source.isEmpty, source.utf8.allSatisfy(isSourceByte) else {
      throw invalid("'source' is missing or holds more than a-z, 0-9 and _", place)
    }
    guard let path = text("path"), !path.isEmpty, !path.hasPrefix("/"), !path.split(separator: "/").contains(".."),
      path.utf8.allSatisfy({ $0 >= 0x20 })
    else {
      throw invalid("'path' is missing or leaves the manifest's directory", place)
    }
    var records: Int?
    if let count = text("records") {
      guard let number = Int(count), number >= 0 else { throw invalid("'records' is no count: \(count)", place) }
      records = number
    }
    return Stream(
      source: source, kind: text("kind") ?? "", path: path, timeField: text("time_field"), records: records, from: try moment("from"),
      to: try moment("to"))
  }

  private static func isSourceByte(_ byte: UInt8) -> Bool {
    (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
  }

  private static func invalid(_ message: String, _ place: String) -> ProwziError {
    ProwziError(
      .manifestInvalid, message, place: place,
      advice: "Write an array of {\"source\", \"kind\", \"path\", \"time_field\", \"records\", \"from\", \"to\"}")
  }
}
