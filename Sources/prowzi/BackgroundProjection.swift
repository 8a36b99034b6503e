import CommandLine
import Dispatch
import Model
import Ports
import Postgres
import Runtime
import Synchronization

/// A projector beside a fold in the same process: it has a reader, connections and threads of its own, and the fold never waits for it.
final class BackgroundProjection: Sendable {
  private let place: any LogPlace
  private let store: PostgresStore
  private let stop = StopFlag()
  private let group = DispatchGroup()
  private let failure = Mutex<ProwziError?>(nil)

  /// How long the end of a run waits for a transaction that is under way.
  private static let graceSeconds = 15.0

  /// - Throws: what cannot work at all (a wrong password, tables that are missing), before anything is folded. With `follow` a server that does not answer is
  ///   waited for.
  init(_ place: any LogPlace, url: String, follow: Bool) throws(ProwziError) {
    self.place = place
    store = PostgresStore(ConnectionSettings(url: url, applicationName: "prowzi run"))
    do throws(ProwziError) {
      try store.check()
    } catch {
      guard follow, error.code == "projection.connection_lost" else { throw error }
    }
    var settings = ProjectorSettings()
    settings.threads = 1
    settings.follow = true
    let projector = Projector(
      try place.reader(), partitions: place.partitions, store: store, settings: settings, notify: ProjectionTalk.tell)
    DispatchQueue(label: "io.prowzi.project.background").async(group: group) { [self] in
      do throws(ProwziError) {
        _ = try projector.run(stop: stop)
      } catch {
        Notice.tell("projecting has ended: \(error.message); folding goes on")
        failure.withLock { $0 = error }
      }
    }
  }

  /// Ends it. A fold that came to its end has all of it projected; one that was interrupted leaves the rest for the next time.
  /// - Throws: what ended the projection before.
  func finish(completely: Bool, interruption: StopFlag) throws(ProwziError) {
    stop.raise()
    guard group.wait(timeout: .now() + Self.graceSeconds) == .success else {
      return Notice.tell("Postgres does not answer; what is not projected yet will be the next time")
    }
    if let failure = failure.withLock({ $0 }) { throw failure }
    guard completely else { return }
    let projector = Projector(
      try place.reader(), partitions: place.partitions, store: store, settings: ProjectorSettings(), notify: ProjectionTalk.tell
    )
    let line = ProgressLine("projecting")
    _ = try ProjectionTalk.show(projector, line) { () throws(ProwziError) in try projector.run(stop: interruption) }
  }
}
