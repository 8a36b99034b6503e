import Model

extension SignalGenerator {
  /// Renders a stream as files in the captures' form: JSON lines and a CSV file per stream, a file per feed document, and a manifest
  /// `streams.json` with source, kind, path, time field, record count and the first and last time of each.
  ///
  /// Lines are in the order of their time field. Malformed items stand among them as the sensor saw them, so
  /// a file may hold bytes that are no
  /// UTF-8; none of them contains a line end. A stream that has no item has no file.
  /// - Parameter eventsPerDay: few, so that a small file spans many days and star rows repeat their repositories.
  public static func fixtureFiles(seed: UInt64, events: Int, eventsPerDay: Int = 160) -> [(name: String, contents: [UInt8])] {
    var weights = StreamWeights.captures
    // Fewer star rows and more of what is rare, so that a small file shows every source.
    weights[.stars] = 3000
    weights[.papers] = 700
    for stream in [GeneratedStream.headlines, .cryptoHeadlines, .hackerNews, .exploits, .hacks, .tokens, .releases] { weights[stream] *= 3 }
    weights[.feeds] = 12
    var generator = SignalGenerator(seed: seed, profile: .custom(weights), eventsPerDay: eventsPerDay)
    var items = Array(repeating: [GeneratedItem](), count: GeneratedStream.allCases.count)
    for _ in 0..<events {
      let item = generator.next()
      items[item.stream.rawValue].append(item)
    }
    var files: [(name: String, contents: [UInt8])] = []
    var entries: [[UInt8]] = []
    for stream in GeneratedStream.allCases where !items[stream.rawValue].isEmpty {
      if stream == .feeds {
        for (index, item) in items[stream.rawValue].enumerated() {
          let number = String(index + 1)
          let name = "\(stream.path)/\(String(repeating: "0", count: max(0, 3 - number.utf8.count)))\(number).xml"
          files.append((name, item.value))
        }
        continue
      }
      // Sorting by (time, place) keeps the order of equal times.
      let sorted = items[stream.rawValue].enumerated().sorted { ($0.element.statedAt, $0.offset) < ($1.element.statedAt, $1.offset) }
      var contents: [UInt8] = []
      if let columns = sorted[0].element.columns { contents += columns + [0x0a] }
      for (_, item) in sorted { contents += item.value + [0x0a] }
      files.append((stream.path, contents))
      entries.append(manifestEntry(stream, sorted.map(\.element)))
    }
    var manifest = [UInt8](text: "[\n")
    for (index, entry) in entries.enumerated() { manifest += entry + [UInt8](text: index + 1 < entries.count ? ",\n" : "\n") }
    manifest += [UInt8](text: "]\n")
    files.append(("streams.json", manifest))
    return files
  }

  private static func manifestEntry(_ stream: GeneratedStream, _ items: [GeneratedItem]) -> [UInt8] {
    let isDay = stream == .raises || stream == .hacks
    func time(_ item: GeneratedItem) -> String { isDay ? String(item.statedAt.rfc3339.prefix(10)) : item.statedAt.rfc3339 }
    let fields: [(String, String)] = [
      ("source", "\"\(stream.source)\""), ("kind", "\"\(stream.kind)\""), ("path", "\"\(stream.path)\""),
      ("time_field", "\"\(stream.timeField ?? "")\""), ("records", String(items.count)), ("from", "\"\(time(items[0]))\""),
      ("to", "\"\(time(items[items.count - 1]))\""),
    ]
    return [UInt8](text: " {\n" + fields.map { "  \"\($0)\": \($1)" }.joined(separator: ",\n") + "\n }")
  }
}
