import CommandLine
import Compression
import Glibc
import Kafka
import Model
import Ports
import RecordFormat
import Runtime
import Topics

/// Appending to and reading from a broker, beside kcat on the same broker in the same run.
enum KafkaCommand: BenchCommand {
  static let command = Command(
    "kafka", "How fast are records appended to a Kafka broker and read back, beside kcat?",
    discussion: """
      Appends records with the headers of raw ones to one partition, without a transaction and in transactions of a thousand, and reads them back; then kcat does the \
      same with the same values, headers and compression. Without --kafka the broker is librdkafka's mock cluster in this process, which keeps 5 MB of a partition, so \
      that reading is measured on what it keeps; it takes processor time from whoever is measured.
      """,
    examples: [
      .init("prowzi-bench kafka", "against the mock cluster"), .init("prowzi-bench kafka --kafka localhost:9092", "against a broker"),
    ],
    options: [
      .value("kafka", "HOST:PORT", "a broker on which topics may be made; without it the mock cluster"),
      .value("records", "N", "records", defaultValue: "100000"), .value("bytes", "N", "bytes of a value", defaultValue: "500"),
      .choice("format", ["text", "json"], "how to print the result", defaultValue: "text"),
    ])

  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    let count = try arguments.integer("records", in: 1000...10_000_000) ?? 100_000
    let size = try arguments.integer("bytes", in: 10...500_000) ?? 500
    let mock = arguments.string("kafka") == nil ? MockCluster() : nil
    let address = arguments.string("kafka") ?? mock?.bootstrap ?? ""
    let settings = try KafkaSettings(bootstrap: address)
    let events = KafkaEvents(notice: { Terminal.write("prowzi-bench: \($0)\n", to: .error) })
    if let mock {
      mock.makeTopics(try TopicFiles.builtIn(partitions: 2) + TopicFiles.cluster(partitions: 2))
    } else {
      _ = try Cluster.make(settings, partitions: 2, events: events)
    }
    let cluster = try Cluster(settings, compressor: LibraryCompressor(), events: events)
    let log = try cluster.writer("pipeline")
    defer { log.close() }
    var result = BenchResult("kafka")
    result.note("broker", mock == nil ? address : "librdkafka's mock cluster in this process")
    result.add("records", Double(count))
    result.add("value_bytes", Double(size))

    let records = sample(count, size)
    let raw = TopicPartition(topic: TopicName(known: "prowzi.raw"), partition: PartitionIndex(0))
    let before = try log.bounds(of: raw).highWatermark
    var start = Terminal.steadyMilliseconds()
    for part in parts(of: records, 20_000) { _ = try log.commit(Commit(appends: [.init(target: raw, records: part)])) }
    result.add("append_records_per_second", Double(count) / seconds(since: start))

    let partition = PartitionIndex(1)
    try log.take(partition, for: "bench")
    let briefs = TopicPartition(topic: TopicName(known: "prowzi.briefs"), partition: partition)
    let some = parts(of: records, 1000).prefix(50)
    start = Terminal.steadyMilliseconds()
    for (number, part) in some.enumerated() {
      _ = try log.commit(
        Commit(
          appends: [.init(target: briefs, records: part)],
          positions: [FoldPosition(fold: "bench", partition: partition, next: Offset(Int64(number + 1)))]))
    }
    let elapsed = seconds(since: start)
    result.add("transaction_records_per_second", Double(some.count * 1000) / elapsed)
    result.add("transactions_per_second", Double(some.count) / elapsed)

    let (read, took) = try readBack(cluster, raw, from: before)
    result.add("read_records_per_second", Double(read) / took)
    try kcat(address, records, mock != nil, &result)
    result.print(arguments)
    return .success
  }

  private static func sample(_ count: Int, _ size: Int) -> RecordBuffer {
    var records = RecordBuffer()
    var draw = SplitMix64(seed: 7)
    for number in 0..<count {
      // Letters, so that kcat's lines hold the same.
      let value = (0..<size).map { _ in UInt8(ascii: "a") + UInt8(draw.next() % 26) }
      records.append(
        timestamp: Timestamp(milliseconds: 1_771_632_000_000 + Int64(number)), key: nil, value: value,
        headers: headers.map { ($0.0, [UInt8](text: $0.1)) })
    }
    return records
  }

  private static let headers = [
    ("ce_specversion", "1.0"), ("ce_id", "0123456789abcdef0123456789abcdef"), ("ce_source", "/sensors/bench"),
    ("ce_type", "io.prowzi.raw.v1"),
    ("ce_time", "2026-02-21T00:00:00Z"), ("content-type", "application/json"), ("prowzi-tenant", "shared"),
  ]

  private static func parts(of records: RecordBuffer, _ size: Int) -> [RecordBuffer] {
    stride(from: 0, to: records.count, by: size).map { start in
      var part = RecordBuffer()
      for index in start..<min(records.count, start + size) { part.append(index, of: records) }
      return part
    }
  }

  private static func readBack(_ cluster: Cluster, _ target: TopicPartition, from: Offset) throws(ProwziError) -> (Int, Double) {
    let log = try cluster.reader()
    let bounds = try log.bounds(of: target)
    let start = Terminal.steadyMilliseconds()
    var next = max(from, bounds.logStart)
    var count = 0
    var buffer = RecordBuffer()
    while next < bounds.highWatermark {
      buffer.removeAll()
      let following = try log.read(target, from: next, maxRecords: 10_000, maxBytes: 16 << 20, into: &buffer)
      if following == next { break }
      next = following
      count += buffer.count
    }
    return (count, seconds(since: start))
  }

  /// The same with kcat, where there is one.
  private static func kcat(_ address: String, _ records: RecordBuffer, _ isMock: Bool, _ result: inout BenchResult) throws(ProwziError) {
    guard access("/usr/bin/kcat", X_OK) == 0 else { return result.note("kcat", "not installed") }
    var template = Array("/tmp/prowzi-bench-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard descriptor >= 0, let file = fdopen(descriptor, "w") else { throw ProwziError("file.io", "a temporary file cannot be made") }
    defer { unlink(path) }
    for layout in records.records {
      guard let value = layout.value else { continue }
      records.bytes[value].withUnsafeBytes { _ = fwrite($0.baseAddress, 1, $0.count, file) }
      fputc(10, file)
    }
    fclose(file)
    let given = headers.map { "-H '\($0.0)=\($0.1)'" }.joined(separator: " ")
    var start = Terminal.steadyMilliseconds()
    try shell("kcat -q -b \(address) -P -t prowzi.raw -p 1 -z lz4 -X enable.idempotence=true -X acks=all \(given) -l \(path)")
    result.add("kcat_append_records_per_second", Double(records.count) / seconds(since: start))
    start = Terminal.steadyMilliseconds()
    try shell("kcat -q -b \(address) -C -t prowzi.raw -p 1 -o beginning -e -X isolation.level=read_committed > \(path)")
    let took = seconds(since: start)
    var lines = 0
    guard let read = fopen(path, "r") else { return }
    defer { fclose(read) }
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&block, 1, block.count, read)
      if count == 0 { break }
      lines += block[..<count].filter { $0 == 10 }.count
    }
    result.add("kcat_read_records_per_second", Double(lines) / took)
    result.note("kcat", isMock ? "reads what the mock cluster keeps, as Prowzi does" : "reads all")
  }

  private static func shell(_ line: String) throws(ProwziError) {
    var child = pid_t()
    let given: [String] = ["/bin/sh", "-c", line]
    var words: [UnsafeMutablePointer<CChar>?] = given.map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    guard posix_spawn(&child, "/bin/sh", nil, nil, &words, environ) == 0 else {
      throw ProwziError("internal.bench", "no shell can be started")
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    guard status == 0 else { throw ProwziError("internal.bench", "kcat failed", place: line) }
  }

  private static func seconds(since start: Int64) -> Double { Double(max(1, Terminal.steadyMilliseconds() - start)) / 1000 }
}
