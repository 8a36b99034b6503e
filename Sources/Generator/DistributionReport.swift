/// What a stretch of generated items holds: counts by stream and intent, and how long texts and values are.
///
/// Plain values, for a benchmark's sub-command to print and for tests to compare.
public struct DistributionReport: Sendable, Equatable {
  /// Lengths in buckets of one part in eight, so that a quantile is right to about 12 % in constant memory.
  public struct Lengths: Sendable, Equatable {
    private var buckets = [Int](repeating: 0, count: 256)
    public private(set) var count = 0
    public private(set) var total = 0

    mutating func add(_ length: Int) {
      buckets[Self.bucket(length)] += 1
      count += 1
      total += length
    }

    private static func bucket(_ length: Int) -> Int {
      if length < 8 { return length }
      let exponent = Int.bitWidth - 1 - length.leadingZeroBitCount
      return min(255, (exponent - 2) * 8 + (length >> (exponent - 3)) - 8)
    }

    private static func least(_ bucket: Int) -> Int { bucket < 8 ? bucket : (8 + bucket % 8) << (bucket / 8 - 1) }

    /// The length below which about `percent` of a hundred lie; 0 where nothing was counted.
    public func quantile(percent: Int) -> Int {
      var left = count * percent / 100
      for bucket in 0..<buckets.count {
        if left < buckets[bucket] { return Self.least(bucket) }
        left -= buckets[bucket]
      }
      return buckets.lastIndex { $0 > 0 }.map(Self.least) ?? 0
    }
  }

  /// One line of the report.
  public struct Line: Sendable, Equatable {
    public var stream: GeneratedStream
    public var intents: [(label: String, count: Int)]
    public var items: Int
    /// Bytes of running text per item.
    public var texts: Lengths
    /// Bytes per raw value.
    public var values: Lengths

    public static func == (a: Line, b: Line) -> Bool {
      a.stream == b.stream && a.items == b.items && a.texts == b.texts && a.values == b.values
        && a.intents.elementsEqual(b.intents, by: { $0.label == $1.label && $0.count == $1.count })
    }
  }

  /// One line per stream, in the order of `GeneratedStream`; intents in the order of first appearance.
  public private(set) var lines: [Line]
  public private(set) var items = 0
  public private(set) var bytes = 0

  public init() {
    lines = GeneratedStream.allCases.map { Line(stream: $0, intents: [], items: 0, texts: Lengths(), values: Lengths()) }
  }

  public mutating func add(_ item: GeneratedItem) {
    items += 1
    bytes += item.value.count
    let index = item.stream.rawValue
    lines[index].items += 1
    lines[index].texts.add(item.textLength)
    lines[index].values.add(item.value.count)
    let label = item.intent.label
    if let place = lines[index].intents.firstIndex(where: { $0.label == label }) {
      lines[index].intents[place].count += 1
    } else {
      lines[index].intents.append((label, 1))
    }
  }

  /// How many items of a stream, or of all, have an intent with this label; `malformed` counts every reason.
  public func count(_ label: String, in stream: GeneratedStream? = nil) -> Int {
    var sum = 0
    for line in lines where stream == nil || line.stream == stream {
      for intent in line.intents where intent.label == label || intent.label.hasPrefix("\(label).") { sum += intent.count }
    }
    return sum
  }
}
