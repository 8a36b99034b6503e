public import Model
public import Ports

/// Several streams as one, in order of observed time.
///
/// *Shape*: a lazy k-way merge over (observed time, index of the stream, position in the stream). The observed time of an item is its
/// stream's clock (`StreamClock`): max(the previous one, its own), or the previous one where it has no good time. So the merged order
/// never goes back, and a file that is not quite sorted keeps its own order. Items before a stream's first good time take the stream's
/// `from`, and where there is none stay without a time and come first.
/// *Complexity*: O(streams) an item; memory is one block and one record a stream.
/// *Determinism*: a function of the files, the order of the streams and the window.
/// *Errors*: a reader's, where its next record would be looked for; what came before it has been delivered. That stream then counts as
/// ended, and calling `next()` again goes on with the others.
public struct MergedReader {
  /// An item and the stream it came from.
  public struct Item: Sendable {
    public var stream: Int
    /// `observedAt` is the merged time; `timeProblem` says where it is not the record's own.
    public var item: RawItem
  }

  private struct Lane {
    var reader: RecordReader
    var clock: StreamClock
    var head: RawItem?
  }

  public let streams: [Manifest.Stream]
  private var lanes: [Lane]
  private let from: Timestamp?
  private let to: Timestamp?
  /// The streams whose heads have been taken.
  private var emptied: [Int]

  /// Merges readers that are open already.
  /// - Parameters:
  ///   - from: items before are passed over; items without any time too.
  ///   - to: the end of the window, excluded; a stream that reaches it is not read further.
  public init(_ inputs: [(stream: Manifest.Stream, reader: RecordReader)], from: Timestamp? = nil, to: Timestamp? = nil) {
    streams = inputs.map(\.stream)
    lanes = inputs.map { Lane(reader: $0.reader, clock: StreamClock(start: nil)) }
    self.from = from
    self.to = to
    emptied = Array(inputs.indices.reversed())
  }

  /// Opens the files of a manifest.
  /// - Parameter directory: what the manifest's paths are relative to.
  /// - Parameter latest: see `ObservedTimeRule.latest`.
  public init(
    _ manifest: Manifest, directory: String, from: Timestamp? = nil, to: Timestamp? = nil, latest: Timestamp? = nil,
    clock: (any WallClock)? = nil, decoders: DecoderFactory = standardDecoders
  ) throws(ProwziError) {
    var inputs: [(stream: Manifest.Stream, reader: RecordReader)] = []
    for stream in manifest.streams {
      let path = directory.isEmpty ? stream.path : directory + "/" + stream.path
      let rule = ObservedTimeRule(field: stream.timeField, latest: latest)
      inputs.append((stream, try RecordReader(path: path, time: rule, clock: clock, decoders: decoders)))
    }
    self.init(inputs, from: from, to: to)
  }

  /// What each stream's reader has come across so far, in the order of the streams.
  public var reports: [ReaderReport] { lanes.map(\.reader.report) }

  /// The bytes read so far from all streams, after decompression.
  public var bytesRead: Int { lanes.reduce(0) { $0 + $1.reader.bytesRead } }

  /// The next item in order; `nil` at the end of all streams.
  public mutating func next() throws(ProwziError) -> Item? {
    while let index = emptied.popLast() { try advance(index) }
    var first: Int?
    var earliest: Int64 = .max
    for index in lanes.indices {
      guard let head = lanes[index].head else { continue }
      let time = head.observedAt?.milliseconds ?? .min
      if first == nil || time < earliest {
        first = index
        earliest = time
      }
    }
    guard let first, let item = lanes[first].head else { return nil }
    lanes[first].head = nil
    emptied.append(first)
    return Item(stream: first, item: item)
  }

  /// Puts the stream's next item inside the window at its head.
  private mutating func advance(_ index: Int) throws(ProwziError) {
    while var item = try lanes[index].reader.next() {
      item.observedAt = lanes[index].clock.advance(to: item.observedAt) ?? streams[index].from
      if let from, item.observedAt.map({ $0 < from }) ?? true { continue }
      if let to, let time = item.observedAt, time >= to { return }
      lanes[index].head = item
      return
    }
  }
}
