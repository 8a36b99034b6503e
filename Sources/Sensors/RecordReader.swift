public import Model
public import Ports

/// Pulls records out of one file or standard input.
///
/// ```swift
/// var reader = try RecordReader(path: "news.jsonl.zst", time: .init(field: "seen_at"), decoders: makeDecoder)
/// while let item = try reader.next() { … }
/// ```
///
/// *Shape*: JSON lines and CSV give an item a line or row, without its line end (LF or CR LF); XML and JSON documents are one item.
/// Lines of no byte are passed over. A byte order mark is not part of the first record (an XML document keeps its own).
/// *Bounds*: memory is one block and one record of at most `recordLimit` bytes; a longer one is left out and reported.
/// *Determinism*: the items depend on the bytes and the rule alone, not on how the bytes arrive; with no time field, also on the clock.
/// *Errors*: the source's, the decoder's (`sensor.compressed_input`), `sensor.no_such_column`, `sensor.record_too_long` for a header line.
/// After an error `next()` gives `nil`.
public struct RecordReader {
  /// The largest record, in bytes.
  public static let recordLimit = Limits.sensorRecordBytes
  static let blockSize = Limits.sensorBlockBytes

  public let format: InputFormat
  public private(set) var report = ReaderReport()
  /// The bytes read so far, after decompression.
  public var bytesRead: Int { bufferStart + buffer.count }

  private let source: any ByteSource
  private let time: ObservedTimeRule
  private let timePaths: [[[UInt8]]]
  private let clock: (any WallClock)?
  private let recordLimit: Int

  private var framing: RecordFraming
  private var buffer: [UInt8] = []
  /// How many bytes came before the buffer.
  private var bufferStart = 0
  private var recordStart = 0
  private var scanned = 0
  private var line = 1
  private var isSkipping = false
  private var isAtEnd = false
  private var columns: [UInt8]?
  private var timeColumn: Int?

  /// Reads from a source that is plain by now.
  /// - Parameter clock: what stamps the items where the rule names no field.
  public init(
    _ source: any ByteSource, format: InputFormat, time: ObservedTimeRule = .init(), clock: (any WallClock)? = nil,
    recordLimit: Int = RecordReader.recordLimit
  ) {
    self.source = source
    self.format = format
    self.time = time
    timePaths = time.paths
    self.clock = clock
    self.recordLimit = recordLimit
    framing = RecordFraming(format)
  }

  /// Opens a file (`-` is standard input), with what its name or else its first bytes tell about compression and format.
  public init(
    path: String, format: InputFormat? = nil, time: ObservedTimeRule = .init(), clock: (any WallClock)? = nil,
    decoders: DecoderFactory = standardDecoders
  ) throws(ProwziError) {
    try self.init(opening: FileSource(path: path), format: format, time: time, clock: clock, decoders: decoders)
  }

  /// The same over any source; its name is taken for the path.
  public init(
    opening source: any ByteSource, format: InputFormat? = nil, time: ObservedTimeRule = .init(), clock: (any WallClock)? = nil,
    recordLimit: Int = RecordReader.recordLimit, decoders: DecoderFactory = standardDecoders
  ) throws(ProwziError) {
    var plain = source
    if let compression = CompressionFormat(path: source.name) {
      plain = DecompressingSource(source, decoder: try decoders(compression))
    } else {
      let peeked = try PeekedSource(source, peeking: 4)
      plain = peeked
      if let compression = CompressionFormat(sniffing: peeked.head) {
        plain = DecompressingSource(peeked, decoder: try decoders(compression))
      }
    }
    var known = format ?? InputFormat(path: source.name)
    if known == nil {
      let peeked = try PeekedSource(plain, peeking: InputFormat.sniffedBytes)
      known = InputFormat(sniffing: peeked.head)
      plain = peeked
    }
    self.init(plain, format: known ?? .jsonLines, time: time, clock: clock, recordLimit: recordLimit)
  }

  /// The next item; `nil` at the end.
  public mutating func next() throws(ProwziError) -> RawItem? {
    do {
      while let (value, place) = try nextRecord() {
        if format == .csv, columns == nil {
          try takeHeader(value, place)
          continue
        }
        return item(value, place)
      }
      return nil
    } catch {
      stop()
      throw error
    }
  }

  private mutating func stop() {
    isAtEnd = true
    isSkipping = false
    bufferStart += buffer.count
    buffer = []
    recordStart = 0
    scanned = 0
  }

  private mutating func takeHeader(_ value: [UInt8], _ place: ItemPlace) throws(ProwziError) {
    columns = value
    guard let field = time.field else { return }
    timeColumn = CSVRow.index(of: Array(field.utf8), in: value)
    guard timeColumn == nil else { return }
    let names = CSVRow.fields(of: value).map(\.displayText)
    throw ProwziError(
      .noSuchColumn, "the header line has no column '\(field)'", place: place.description,
      advice: "Name one of its columns: \(names.prefix(20).joined(separator: ", "))")
  }

  private mutating func item(_ value: [UInt8], _ place: ItemPlace) -> RawItem {
    report.items += 1
    report.bytes += value.count
    var item = RawItem(value: value, observedAt: nil, columns: columns, place: place)
    guard time.field != nil else {
      item.observedAt = clock?.now()
      if item.observedAt == nil { item.timeProblem = .missing }
      return item
    }
    switch timeOutcome(value) {
    case .time(let reading):
      item.observedAt = reading.timestamp
      item.isDayOnly = reading.isDayOnly
    case .problem(let problem):
      item.timeProblem = problem
      report.timeProblems += 1
    }
    return item
  }

  private func timeOutcome(_ value: [UInt8]) -> TimeValue.Outcome {
    switch format {
    case .csv:
      guard let timeColumn, let content = CSVRow.field(timeColumn, of: value) else { return .problem(.missing) }
      return TimeValue.read(content, isString: true, latest: time.latest)
    case .json, .jsonLines:
      for path in timePaths {
        guard let scalar = JSONScan.scalar(at: path, in: value) else { continue }
        return TimeValue.read(scalar.content, isString: scalar.isString, latest: time.latest)
      }
      return .problem(.missing)
    case .xml: return .problem(.missing)
    }
  }

  // MARK: Framing

  private mutating func nextRecord() throws(ProwziError) -> ([UInt8], ItemPlace)? {
    while true {
      if let end = framing.end(in: buffer, from: scanned) {
        let start = recordStart
        let place = self.place(of: start)
        line += framing.lineFeedsInside + 1
        framing.begin()
        recordStart = end + 1
        scanned = end + 1
        let contentEnd = end > start && buffer[end - 1] == 0x0d ? end - 1 : end
        if try leaveOutTooLong(contentEnd - start, place) { continue }
        if contentEnd == start {
          report.emptyRecords += 1
          continue
        }
        return (Array(buffer[start..<contentEnd]), place)
      }
      scanned = buffer.count
      try dropWhatIsTooLong()
      if isAtEnd { return try lastRecord() }
      try refill()
    }
  }

  /// What follows the last line end, or the whole document.
  private mutating func lastRecord() throws(ProwziError) -> ([UInt8], ItemPlace)? {
    let start = recordStart
    let place = self.place(of: start)
    defer { stop() }
    guard start < buffer.count || isSkipping else { return nil }
    if try leaveOutTooLong(buffer.count - start, place) { return nil }
    return (Array(buffer[start...]), place)
  }

  private func place(of index: Int) -> ItemPlace { ItemPlace(file: source.name, line: line, byte: bufferStart + index) }

  private mutating func refill() throws(ProwziError) {
    if recordStart > 0 {
      buffer.removeSubrange(0..<recordStart)
      bufferStart += recordStart
      scanned -= recordStart
      recordStart = 0
    }
    let isFirst = bytesRead == 0
    if try source.read(appendingTo: &buffer, atMost: Self.blockSize) == 0 { isAtEnd = true }
    // Pieces may be smaller than a mark.
    while isFirst, !isAtEnd, buffer.count < 3 {
      if try source.read(appendingTo: &buffer, atMost: Self.blockSize) == 0 { isAtEnd = true }
    }
    if isFirst, format != .xml {
      recordStart = UTF8Mark.length(at: buffer)
      scanned = recordStart
    }
  }

  /// Once the unfinished record is over the limit its bytes are dropped as they come, so that memory stays bounded.
  private mutating func dropWhatIsTooLong() throws(ProwziError) {
    // One byte more than the limit may still turn out to be the carriage return of the line end.
    guard isSkipping || buffer.count - recordStart > recordLimit + 1 else { return }
    if !isSkipping { try reportTooLong(place(of: recordStart)) }
    isSkipping = true
    bufferStart += buffer.count
    buffer.removeAll(keepingCapacity: true)
    recordStart = 0
    scanned = 0
  }

  /// - Returns: whether the record that has just ended is too long.
  private mutating func leaveOutTooLong(_ count: Int, _ place: ItemPlace) throws(ProwziError) -> Bool {
    if isSkipping {
      isSkipping = false
      return true
    }
    guard count > recordLimit else { return false }
    try reportTooLong(place)
    return true
  }

  private mutating func reportTooLong(_ place: ItemPlace) throws(ProwziError) {
    let error = ProwziError(
      .recordTooLong, "the record is longer than \(recordLimit) bytes and was left out", place: place.description,
      advice: "Split it, or check for a missing line end or an unclosed quote")
    if format == .csv, columns == nil { throw error }
    report.tooLong += 1
    report.add(error)
  }
}
