import Glibc
import Model
import Ports
import RecordFormat
import Stages
import Testing

@testable import Runtime

/// The real program on a real disk, killed thirty times in the ordinary tests and as often as one likes by `ops/kills`.
@Suite(.serialized) struct KillCampaignTests {
  /// Microseconds that a program takes.
  private static func time(_ words: [String]) throws -> Int {
    let start = ContinuousClock.now
    let result = Process.run(words)
    try #require(result.status == 0, "\(result.output)")
    let taken = (ContinuousClock.now - start).components
    return Int(taken.seconds) * 1_000_000 + Int(taken.attoseconds / 1_000_000_000_000)
  }

  private static func run(_ directory: DataDirectory) -> [String] {
    [Process.prowzi, "run", "--data", directory.path, "--threads", "2", "--batch", "5", "--checkpoint-records", "40"]
  }

  @Test func aRunIsKilledAndGivesTheSame() throws {
    let folder = TemporaryFolder()
    let duration = try Self.time(Self.run(folder.copy(of: Ingested.directory, as: "clean")))
    let campaign = KillCampaign(name: "run", share: 10, duration: duration, rival: (5, Self.run))
    try campaign.run(
      fresh: { try folder.copy(of: Ingested.directory, as: "data-\($0)") }, words: Self.run, survived: { _ in },
      ended: { directory in
        #expect(try directory.derivedLines() == Ingested.outcome.derivedLines)
        try expectSound(directory)
      })
  }

  // MARK: Ingest, alone and under a follower

  private static func ingest(_ directory: DataDirectory) -> [String] {
    [Process.prowzi, "ingest", "--manifest", Place.signals + "/streams.json", "--to", Ingested.end.rfc3339, "--data", directory.path]
  }

  /// The leaves of the raw records of each partition.
  private static func leaves(_ directory: DataDirectory) throws -> [[Digest]] {
    let log = try DataDirectory(path: directory.path).openReader()
    return try log.partitions(of: .raw).map { target in
      var buffer = RecordBuffer()
      var next = Offset.zero
      let end = try log.bounds(of: target).highWatermark
      while next < end { next = try log.read(target, from: next, maxRecords: 10_000, maxBytes: 64 << 20, into: &buffer) }
      return buffer.records.indices.map { buffer.leafHash(of: $0) }
    }
  }

  private static func create(_ folder: TemporaryFolder, _ name: String) throws -> DataDirectory {
    let path = folder.path + "/" + name
    let made = Process.run([Process.prowzi, "init", "--data", path, "--partitions", "2"])
    try #require(made.status == 0, "\(made.output)")
    return try DataDirectory(path: path)
  }

  /// What a killed ingest leaves in each partition is a beginning of what a whole one appends: nothing is out of order, lost in between or there twice.
  @Test func anIngestIsKilledAndLeavesABeginning() throws {
    let folder = TemporaryFolder()
    let whole = try Self.create(folder, "whole")
    let before = try Self.leaves(whole)
    let duration = try Self.time(Self.ingest(whole))
    let appended = zip(try Self.leaves(whole), before).map { Array($0.dropFirst($1.count)) }
    // A configuration record holds the time of its directory's making, so each directory begins with its own.
    var held: [[Digest]] = []
    func expectBeginnings(_ directory: DataDirectory, isWhole: Bool) throws {
      // Killed between the sync of an entry and the mark that says so, it leaves a commit that nobody was told of: readers see it once somebody has
      // opened the log to write.
      let seen = try Self.leaves(directory)
      try DataDirectory(path: directory.path).openWriter(DataDirectory.sensors).close()
      let now = try Self.leaves(directory)
      for (index, leaves) in now.enumerated() {
        #expect(leaves.starts(with: seen[index]), "partition \(index) has lost what a reader saw")
      }
      for (index, leaves) in now.enumerated() {
        #expect(leaves.starts(with: held[index]), "partition \(index) has lost what was there")
        let more = leaves.dropFirst(held[index].count)
        #expect(isWhole ? Array(more) == appended[index] : appended[index].starts(with: more), "partition \(index) has other records")
      }
      held = now
      try expectFilesSound(DataDirectory(path: directory.path))
    }
    let campaign = KillCampaign(name: "ingest", share: 4, duration: duration)
    try campaign.run(
      fresh: { number in
        let made = try Self.create(folder, "data-\(number)")
        held = try Self.leaves(made)
        return made
      }, words: Self.ingest, survived: { try expectBeginnings($0, isWhole: false) }, ended: { try expectBeginnings($0, isWhole: true) })
  }

  /// A follower and the ingest it follows are killed alike; what is folded in the end is what a clean fold of the same raw records gives.
  @Test func aFollowerIsKilledBesideAnIngest() throws {
    let folder = TemporaryFolder()
    let follow: (DataDirectory) -> [String] = { Self.run($0) + ["--follow"] }
    var draw = SplitMix64(seed: KillCampaign.seed)
    let campaign = KillCampaign(name: "run --follow", share: 6, duration: 500_000)
    func finish(_ directory: DataDirectory) throws {
      let last = Process.run(Self.run(directory))
      try #require(last.status == 0, "\(last.output)")
      try expectSound(directory)
    }
    var killed = 0
    var number = 0
    while killed < campaign.kills {
      number += 1
      let directory = try Self.create(folder, "data-\(number)")
      for _ in 0..<3 where killed < campaign.kills {
        let sensor = Process.start(Self.ingest(directory))
        let follower = Process.start(follow(directory))
        usleep(UInt32(50_000 + draw.below(600_000)))
        if draw.chance(1, in: 3) {
          // Stopped while its input grows and ends.
          kill(follower, SIGSTOP)
          #expect([0, 128 + SIGKILL].contains(Process.wait(sensor)))
          kill(follower, SIGCONT)
          usleep(UInt32(draw.below(100_000)))
        } else {
          kill(sensor, SIGKILL)
          _ = Process.wait(sensor)
        }
        kill(follower, SIGKILL)
        #expect(Process.wait(follower) == 128 + SIGKILL)
        killed += 1
      }
      try finish(directory)
    }
    if KillCampaign.total > 30 { print("kills: run --follow: \(killed) killed beside an ingest") }
  }

  // MARK: Trials, replays, signatures

  @Test func aBackfillIsKilledAndGivesTheSame() throws {
    let folder = TemporaryFolder()
    let whole = try folder.copy(of: Ingested.folded.directory, as: "whole")
    let document = folder.write(
      [UInt8](text: #"{"extends":"default@1","name":"rush","version":1,"weights":{"freshness":0.45,"novelty":0.05}}"#), to: "rush.json")
    try #require(Process.run([Process.prowzi, "scorer", "add", document, "--data", whole.path]).status == 0)
    let untried = try folder.copy(of: whole, as: "untried")
    let backfill: (DataDirectory) -> [String] = {
      [Process.prowzi, "backfill", "--scorer", "rush@1", "--data", $0.path, "--threads", "2", "--batch", "5"]
    }
    let duration = try Self.time(backfill(whole))
    let set = try TopicSet(.candidate, "rush.1")
    #expect(try CandidateTests.lines(.banded, of: set, in: whole).count == CandidateTests.lines(.banded, of: .live, in: whole).count)
    let campaign = KillCampaign(name: "backfill", share: 4, duration: duration, rival: (5, backfill))
    try campaign.run(
      fresh: { try folder.copy(of: untried, as: "data-\($0)") }, words: backfill, survived: { _ in },
      ended: { directory in
        for topic in Candidate.topics {
          #expect(try CandidateTests.lines(topic, of: set, in: directory) == CandidateTests.lines(topic, of: set, in: whole), "\(topic)")
        }
        try expectFilesSound(DataDirectory(path: directory.path))
      })
  }

  @Test func aReplayIntoTopicsOfItsOwnIsKilledAndGivesTheSame() throws {
    let folder = TemporaryFolder()
    let replay: (DataDirectory) -> [String] = {
      [Process.prowzi, "replay", "--into", "again", "--data", $0.path, "--threads", "2", "--batch", "5"]
    }
    let duration = try Self.time(replay(folder.copy(of: Ingested.folded.directory, as: "whole")))
    let set = try TopicSet(.replay, "again")
    let campaign = KillCampaign(name: "replay", share: 3, duration: duration, rival: (5, replay))
    try campaign.run(
      fresh: { try folder.copy(of: Ingested.folded.directory, as: "data-\($0)") }, words: replay, survived: { _ in },
      ended: { directory in
        for topic in DerivedTopic.allCases where topic != .controls {
          #expect(
            try CandidateTests.lines(topic, of: set, in: directory) == CandidateTests.lines(topic, of: .live, in: directory), "\(topic)")
        }
        try expectFilesSound(DataDirectory(path: directory.path))
      })
  }

  /// Signed checkpoints are written whole or not at all, and each fits the log.
  @Test func aSigningRunIsKilledAndEveryCheckpointFitsTheLog() throws {
    let folder = TemporaryFolder()
    let unfolded = try Self.create(folder, "unfolded")
    try #require(Process.run(Self.ingest(unfolded)).status == 0)
    let sign: (DataDirectory) -> [String] = { Self.run($0) + ["--sign-every", "1"] }
    let verify: (DataDirectory) throws -> Void = { directory in
      let result = Process.run([Process.prowzi, "log", "verify", "--data", directory.path])
      #expect(result.status == 0, "\(result.output)")
    }
    let duration = try Self.time(sign(folder.copy(of: unfolded, as: "clean")))
    let campaign = KillCampaign(name: "run --sign-every 1", share: 3, duration: duration, rival: (5, sign))
    try campaign.run(
      fresh: { try folder.copy(of: unfolded, as: "data-\($0)") }, words: sign, survived: verify,
      ended: { directory in
        try verify(directory)
        try expectSound(DataDirectory(path: directory.path))
        let sizes = try SignatureStore(directory).sizes(of: TopicPartition(topic: DerivedTopic.banded.name, partition: PartitionIndex(0)))
        #expect(!sizes.isEmpty)
      })
  }
}
