public import Model

/// One record as its file holds it, before anybody has read meaning into it.
public struct RawItem: Sendable, Equatable {
  /// The bytes, untouched: a line or row without its line end, or a whole document. Not necessarily UTF-8.
  public var value: [UInt8]
  /// When it was observed, as far as the record (or the caller's clock) says; see `timeProblem` for why it is `nil`.
  public var observedAt: Timestamp?
  /// The time named a day only: `observedAt` is that day's midnight UTC.
  public var isDayOnly: Bool
  /// Why the record's own time was not used. Such an item is still to be ingested, at the last good time of its stream.
  public var timeProblem: TimeProblem?
  /// The CSV header line without its line end; `nil` for other formats.
  public var columns: [UInt8]?
  public var place: ItemPlace

  public init(
    value: [UInt8], observedAt: Timestamp?, isDayOnly: Bool = false, timeProblem: TimeProblem? = nil, columns: [UInt8]? = nil,
    place: ItemPlace
  ) {
    self.value = value
    self.observedAt = observedAt
    self.isDayOnly = isDayOnly
    self.timeProblem = timeProblem
    self.columns = columns
    self.place = place
  }
}

/// Where a record begins: its file, its line (the first is 1) and its first byte, both counted after decompression.
public struct ItemPlace: Sendable, Equatable, CustomStringConvertible {
  public var file: String
  public var line: Int
  public var byte: Int

  public init(file: String, line: Int, byte: Int) {
    self.file = file
    self.line = line
    self.byte = byte
  }

  public var description: String { "\(file), line \(line), byte \(byte)" }
}

/// Why a record's own time could not be used.
public enum TimeProblem: String, Sendable, Equatable, CaseIterable {
  /// The field is not there, is null or is empty.
  case missing
  /// The field is no time we read.
  case unreadable
  /// The moment lies outside years 0 to 9999.
  case outOfRange = "out_of_range"
  /// The moment lies after the latest one the caller believes in.
  case inTheFuture = "in_the_future"
}

/// What a reader has come across so far.
public struct ReaderReport: Sendable, Equatable {
  /// How many errors are kept in full.
  public static let errorLimit = Limits.streamErrors

  public var items = 0
  /// Bytes of the delivered items, line ends not counted.
  public var bytes = 0
  /// Lines or rows of no byte at all.
  public var emptyRecords = 0
  public var tooLong = 0
  public var timeProblems = 0
  /// The first errors, in order.
  public var errors: [ProwziError] = []

  public init() {}

  mutating func add(_ error: ProwziError) {
    if errors.count < Self.errorLimit { errors.append(error) }
  }
}

extension ProwziError.Code {
  /// A record larger than `RecordReader.recordLimit`.
  public static let recordTooLong: Self = "sensor.record_too_long"
  /// The CSV header line lacks the column that holds the time.
  public static let noSuchColumn: Self = "sensor.no_such_column"
  /// `streams.json` does not say what it must.
  public static let manifestInvalid: Self = "sensor.manifest_invalid"
  /// Compressed input ends too early or is damaged.
  public static let compressedInput: Self = "sensor.compressed_input"
}
