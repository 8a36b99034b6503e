import MemoryProjection
import Model
import Ports
import RecordFormat
import Stages
import Synchronization

/// A deliberately broken part, one or more for each invariant: a simulation with one of these in it must fail, and say why.
public enum Sabotage: String, Sendable, CaseIterable {
  case syncOfJournalsSkipped, syncOfSegmentsSkipped, directorySyncSkipped, redoSkipped
  case recordLost, recordDoubled, recordsSwapped, recordAltered
  case topicsShownOneByOne, unsyncedShown
  case derivedRecordAltered, checkpointAltered, checkpointOfOtherState, positionSetBack
  case windowAltered, candidateAltered
  case rowsWrittenTwice, signatureAltered, fileRefused

  /// The invariants of which one must be named.
  public var breaks: Set<Invariant> {
    switch self {
    case .syncOfJournalsSkipped: [.acknowledged, .whole, .durable, .positions]
    case .syncOfSegmentsSkipped: [.acknowledged]
    // The log says that its end is missing, and is not opened.
    case .redoSkipped: [.acknowledged, .service]
    case .directorySyncSkipped: [.acknowledged, .whole, .durable, .positions, .checkpoint, .service]
    case .recordLost, .recordAltered: [.acknowledged]
    case .recordDoubled: [.once]
    case .recordsSwapped: [.order]
    case .topicsShownOneByOne: [.whole]
    case .unsyncedShown: [.durable]
    case .derivedRecordAltered: [.derived]
    case .checkpointAltered, .checkpointOfOtherState: [.checkpoint]
    case .positionSetBack: [.positions]
    case .windowAltered: [.replay]
    case .candidateAltered: [.candidate]
    case .rowsWrittenTwice: [.projection]
    case .signatureAltered: [.signatures]
    case .fileRefused: [.service]
    }
  }

  /// The machine's files as this sabotage leaves them.
  func files(_ base: any FileSystem) -> any FileSystem {
    switch self {
    case .syncOfJournalsSkipped:
      MeddlingFiles(base, skipsSync: { $0.hasPrefix("journal/") && $0.hasSuffix(".journal") || $0.hasSuffix(".next") })
    case .syncOfSegmentsSkipped: MeddlingFiles(base, skipsSync: { $0.hasSuffix(".log") })
    case .redoSkipped: MeddlingFiles(base, keepsSegmentsAtOpening: true)
    case .directorySyncSkipped: MeddlingFiles(base, skipsSync: { !$0.hasSuffix("0.log") && !$0.contains(".") })
    case .checkpointAltered: MeddlingFiles(base, changesWrite: { $0.hasPrefix("checkpoints/pipeline-") ? Self.spoilt($1) : $1 })
    case .signatureAltered: MeddlingFiles(base, changesWrite: { $0.hasPrefix("signatures/") ? Self.spoilt($1) : $1 })
    // A machine that does not say which run it is in cannot be told what is durable.
    case .unsyncedShown: MeddlingFiles(base, boot: 0)
    case .fileRefused:
      MeddlingFiles(base, refuses: { $0.hasPrefix("log/prowzi.banded-0/") ? ProwziError("file.denied", "hidden", place: $0) : nil })
    default: base
    }
  }

  private static func spoilt(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.count > 60 else { return bytes }
    var bytes = bytes
    bytes[bytes.count - 9] ^= 4
    return bytes
  }

  /// What the sensors' log makes of a commit.
  func raw(_ log: any LogReader & LogWriter) -> any LogReader & LogWriter {
    switch self {
    case .recordLost, .recordDoubled, .recordsSwapped, .recordAltered: MeddlingLog(log) { meddled($0) }
    default: log
    }
  }

  /// What the pipeline's log makes of a commit.
  func derived(_ log: any LogReader & LogWriter) -> any LogReader & LogWriter {
    switch self {
    case .derivedRecordAltered, .positionSetBack, .checkpointOfOtherState: MeddlingLog(log) { meddled($0) }
    default: log
    }
  }

  func store(_ store: MemoryProjectionStore) -> any ProjectionStore { self == .rowsWrittenTwice ? DoublingStore(store) : store }

  func reader(_ log: any LogReader) -> any LogReader { self == .topicsShownOneByOne ? TearingReader(log) : log }

  private func meddled(_ commit: Commit) -> Commit {
    var commit = commit
    switch self {
    case .positionSetBack:
      if let next = commit.positions.first?.next, next.value > 6 { commit.positions[0].next = next.advanced(by: -5) }
    case .checkpointOfOtherState:
      if let old = commit.positions.first?.checkpoint {
        commit.positions[0].checkpoint = .init(offset: old.offset, digest: SHA256.digest(of: [1]))
      }
    default:
      guard let index = commit.appends.indices.last(where: { commit.appends[$0].records.count > 1 }) else { break }
      commit.appends[index].growth = nil
      commit.appends[index].records = meddled(commit.appends[index].records)
    }
    return commit
  }

  private func meddled(_ records: RecordBuffer) -> RecordBuffer {
    var result = RecordBuffer()
    for index in records.records.indices {
      // The first two records trade places; the last is lost or comes twice.
      let isLast = index == records.count - 1
      switch self {
      case .recordLost where isLast: continue
      case .recordDoubled where isLast:
        result.append(index, of: records)
        result.append(index, of: records)
      case .recordsSwapped where index < 2: result.append(1 - index, of: records)
      default: result.append(index, of: records)
      }
    }
    if self == .recordAltered || self == .derivedRecordAltered, let value = result.records.last?.value, !value.isEmpty {
      result.bytes[value.upperBound - 1] ^= 1
    }
    return result
  }
}
