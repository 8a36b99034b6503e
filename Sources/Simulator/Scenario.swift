import Model
import SegmentLog

/// What a seed decides before the first step: how the machine, the log and the pipeline are set up, and how often what goes wrong.
struct Scenario: Sendable {
  var partitions: Int
  var steps: Int
  /// Items of one ingest, at most.
  var chunk: Int
  /// Records of one turn, at most: drawn anew for every process, since it must not matter.
  var batches: [Int]
  var checkpointRecords: Int
  var checkpointsKept: Int
  var segmentBytes: Int
  var log = SegmentLog.Options()
  /// Commits between two signatures; `nil` leaves the log unsigned.
  var signedCommits: Int?
  /// Bytes that a derived partition keeps; `nil` keeps everything.
  var retentionBytes: Int64?
  /// Of a hundred steps: how many arm a fault, and how many let another in between two calls of one that works.
  var faultPercent: Int
  var interludePercent: Int

  init(random: inout SplitMix64, steps: Int?) {
    func choose<Value>(_ values: [Value]) -> Value { values[random.below(values.count)] }
    partitions = choose([1, 2, 2, 3])
    self.steps = steps ?? choose([30, 50, 80])
    chunk = choose([1, 6, 25])
    batches = [1, 3, 17, 400]
    checkpointRecords = choose([4, 20, 90])
    checkpointsKept = choose([2, 3, 5])
    segmentBytes = choose([3000, 20_000, 1 << 20])
    log.syncsInParallel = false
    log.journalBytes = choose([2500, 12_000, 1 << 20])
    log.batchRecords = choose([2, 30, 10_000])
    log.readAheadBytes = choose([256, 4096, 256 << 10])
    log.pollMilliseconds = 1
    signedCommits = choose([nil, 1, 4])
    retentionBytes = choose([nil, nil, nil, 9000])
    faultPercent = choose([0, 15, 35, 60])
    interludePercent = choose([0, 4, 15])
    log.carriedBytes = choose([0, 2500, 256 << 10])
    log.journalGrowthBytes = choose([0, 0, 3000])
  }

  var description: String {
    "\(partitions) partitions, \(steps) steps, segments of \(segmentBytes) bytes, journal \(log.journalBytes), "
      + "commits carried up to \(log.carriedBytes), batches of \(log.batchRecords), "
      + "states after \(checkpointRecords) records, signed \(signedCommits.map { "every \($0) commits" } ?? "never"), "
      + "derived topics keep \(retentionBytes.map { "\($0) bytes" } ?? "everything"), faults \(faultPercent) %, interludes \(interludePercent) %"
  }
}
