import Fold
import Model
import Ports
import SegmentLog
import Signatures
import Stages

/// The live pipeline's folds, one for each partition, taken up where their last commits left them.
///
/// Has no threads: whoever holds it decides whose turn it is. `Runner` gives the turns to workers, a simulation to nobody but itself.
package final class LivePipeline {
  let tasks: [PartitionTask<RawFeed>]
  let signer: LogSigner?
  package let log: SegmentLog

  /// - Parameter appends: what the folds write through instead of the log itself.
  /// - Throws: `log.locked`; what taking up a fold throws.
  package init(
    _ directory: DataDirectory, settings: RunSettings, appends: (SegmentLog) -> any LogReader & LogWriter = { $0 }
  ) throws(ProwziError) {
    let log = try directory.openWriter(DataDirectory.pipeline)
    self.log = log
    let store = directory.states(of: pipelineFold, log: log)
    let signer = try LogSigner(directory, log: log, key: settings.signingKey, policy: settings.signing)
    self.signer = signer
    let target = appends(log)
    var tasks: [PartitionTask<RawFeed>] = []
    for index in 0..<directory.partitions {
      let partition = PartitionIndex(index)
      let task = try PartitionTask<RawFeed>(
        partition: partition, set: .live, topics: DerivedTopic.allCases, log: target, store: store, settings: settings, signer: signer,
        pipeline: Pipeline()
      ) { () throws(ProwziError) in PartitionFold(Pipeline(), partition: partition) }
      try task.estimate()
      tasks.append(task)
    }
    self.tasks = tasks
  }

  /// Folds and commits one batch of a partition.
  /// - Returns: how many records it held; 0 where there is nothing to do.
  package func turn(_ partition: Int) throws(ProwziError) -> Int { try tasks[partition].turn() }

  /// Commits a checkpoint of every partition that has folded anything since its last.
  package func finish() throws(ProwziError) {
    for task in tasks { try task.finish() }
  }

  /// Signs every derived partition, where the log has a key.
  package func sign() throws(ProwziError) {
    for task in tasks { try signer?.sign(task.targets) }
  }
}
