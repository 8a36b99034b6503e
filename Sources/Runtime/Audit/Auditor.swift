import Audit
import Model
import Ports

/// Audits a decision: finds its chain, does its sums again, and folds again what made it.
public struct Auditor: Sendable {
  private let place: any LogPlace

  public init(_ place: any LogPlace) { self.place = place }

  /// What takes time, for progress lines.
  public enum Activity: Sendable {
    case searching(records: Int)
    case folding(records: Int, of: Int)
  }

  /// - Parameters:
  ///   - name: the id of a brief or an event, or a record's topic/partition/offset.
  ///   - revision: of a brief; the newest where there is none.
  ///   - rederives: whether to fold again; without it every record stays unchecked.
  /// - Throws: `usage.bad_value`, `event.not_found`, `log.corrupt`, the file system's errors.
  public func audit(
    _ name: String, revision: Int? = nil, rederives: Bool = true, stop: StopFlag, progress: (Activity) -> Void
  ) throws(ProwziError) -> AuditReport {
    let reader = ChainReader(try place.reader())
    var report = try reader.report(of: name, revision: revision)
    var configurations: [ConfigurationNode] = []
    for wanted in report.wantedConfigurations {
      configurations.append(
        try reader.configuration(wanted.short, before: wanted.before) { count in
          progress(.searching(records: count))
          return !stop.isRaised
        })
    }
    report.use(configurations)
    guard rederives else { return report }
    let causes = report.causes
    let rederivation = try Rederivation(place)
    let total = try rederivation.cost(of: causes)
    let result = try rederivation.run(causes, stop: stop) { progress(.folding(records: $0, of: total)) }
    report.compare(with: result.made, unfolded: result.unfolded)
    report.folds = result.stretches.map { FoldSpan(partition: $0.partition, checkpoint: $0.checkpoint, from: $0.from, to: $0.to) }
    report.wasStopped = result.wasStopped
    return report
  }
}
