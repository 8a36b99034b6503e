import Glibc
import Inspect
import Model
import TestSupport
import Testing

@testable import Runtime

/// Kills or stops the program at moments that a seed chooses while it does one thing, and starts it again.
///
/// One in four is stopped first, for longer than anything here waits (nothing that holds a lock has a lease, so no time is too long): meanwhile
/// others may read and nobody else may write. Half of those then go on where they were, the others die.
///
/// `PROWZI_KILLS` asks for more than the thirty of the ordinary tests, `PROWZI_KILL_SEED` for other moments; `ops/kills` sets both.
struct KillCampaign {
  static let total = Place.environment("PROWZI_KILLS").flatMap { Int($0) } ?? TestShare.count(30, of: "kills")
  static let seed = Place.environment("PROWZI_KILL_SEED").flatMap { UInt64($0) } ?? 20_260_221

  /// What it does, in a word.
  let name: String
  /// How many of thirty kills are its own.
  let share: Int
  /// How long the work takes when it is left alone, in microseconds: kills come within it, also shortly before and behind.
  var duration: Int
  /// Which exit code another writer gets while this one is stopped; `nil` where none is asked for.
  var rival: (code: Int32, words: (DataDirectory) -> [String])?

  var kills: Int { max(1, share * Self.total / 30) }

  /// Outcomes, told at the end of a long campaign.
  struct Tally {
    var killed = 0
    var stopped = 0
    var ended = 0
  }

  /// - Parameters:
  ///   - fresh: a directory in which the work is yet to be done.
  ///   - survived: what must hold after a kill.
  ///   - ended: what must hold where the work came to its end.
  func run(
    fresh: (Int) throws -> DataDirectory, words: (DataDirectory) -> [String], survived: (DataDirectory) throws -> Void,
    ended: (DataDirectory) throws -> Void, isRenewed: Bool = false
  ) throws {
    var draw = SplitMix64(seed: Self.seed ^ Fingerprint.of(name))
    var longest = max(20_000, duration)
    var tally = Tally()
    var round = 0
    var directory = try fresh(round)
    while tally.killed < kills {
      try #require(tally.ended < 20 * kills, "\(name) ends before it can be killed")
      let child = Process.start(words(directory))
      usleep(UInt32(longest / 20 + draw.below(longest)))
      var mayLive = false
      if draw.chance(1, in: 4), Self.stop(child) {
        tally.stopped += 1
        try whileStopped(directory)
        mayLive = draw.chance(1, in: 2)
        kill(child, SIGCONT)
        if mayLive { usleep(UInt32(draw.below(longest / 2 + 1))) }
      }
      kill(child, SIGKILL)
      switch Process.wait(child) {
      case 128 + SIGKILL:
        tally.killed += 1
        try survived(directory)
        if isRenewed {
          round += 1
          try remove(directory)
          directory = try fresh(round)
        }
      case 0:
        tally.ended += 1
        try ended(directory)
        longest = max(10_000, longest * 9 / 10)
        round += 1
        try remove(directory)
        directory = try fresh(round)
      case let status: Issue.record("prowzi \(name) ended with \(status)")
      }
    }
    if !isRenewed {
      let last = Process.run(words(directory))
      try #require(last.status == 0, "\(last.output)")
      try ended(directory)
    }
    if Self.total > 30 {
      print("kills: \(name): \(tally.killed) killed, \(tally.stopped) of all stopped first, \(tally.ended) came to their end")
    }
  }

  private func remove(_ directory: DataDirectory) throws {
    precondition(Process.run(["/bin/rm", "-rf", directory.path]).status == 0, "a directory can be removed")
  }

  /// - Returns: whether the process was there to be stopped.
  private static func stop(_ child: pid_t) -> Bool {
    kill(child, SIGSTOP)
    // An ended child stays a zombie until it is waited for: it cannot stop any more.
    for _ in 0..<200 {
      switch state(of: child) {
      case "T": return true
      case "Z", nil: return false
      default: usleep(500)
      }
    }
    return false
  }

  private static func state(of child: pid_t) -> Character? {
    guard let text = FileText.read("/proc/\(child)/stat"), let end = text.lastIndex(of: ")") else { return nil }
    return text[text.index(after: end)...].drop { $0 == " " }.first
  }

  private func whileStopped(_ directory: DataDirectory) throws {
    let status = Process.run([Process.prowzi, "status", "--data", directory.path])
    #expect(status.status == 0, "a reader works beside a stopped \(name): \(status.output)")
    if let rival {
      // The lock may not have been taken yet, and then the rival does the work itself.
      let result = Process.run(rival.words(directory))
      #expect([0, rival.code].contains(result.status), "a rival of a stopped \(name) gets \(result.status): \(result.output)")
    }
    usleep(250_000)
  }
}

/// A small text file that may vanish.
enum FileText {
  static func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var block = [UInt8](repeating: 0, count: 4096)
    let count = fread(&block, 1, block.count, file)
    return count == 0 ? nil : String(decoding: block[..<count], as: UTF8.self)
  }
}

/// What a log must be whatever happened: every checksum, index, tree and digest fits, and a fold from the beginning gives what is recorded.
func expectSound(_ directory: DataDirectory) throws {
  #expect(try verify(directory).isIdentical)
  try expectFilesSound(directory)
}

func expectFilesSound(_ directory: DataDirectory) throws {
  let log = try directory.openReader()
  for topic in directory.topics {
    for target in try log.partitions(of: topic.name) {
      let check = try LogCheck.run(target, of: log) { true }
      #expect(check.isSound, "\(target): \(check.findings) \(check.digest)")
    }
  }
}
