import CommandLine
import Disk
import Inspect
import Model
import Runtime

/// `prowzi replay --print`: what a window makes, as one stream.
enum ReplayPrint {
  static func run(_ plan: ReplayPlan, headers: Bool, whole: Bool, _ output: Output) throws(ProwziError) -> ExitCode {
    let interruption = Interruption("stopping")
    defer { interruption.end() }
    let line = ProgressLine("folding up to the window")
    var replay: MergedReplay
    do {
      defer { line.finish() }
      replay = try MergedReplay(
        plan.place, plan.request, threads: plan.threads, pace: plan.pace, clock: SystemSteadyClock(), stop: interruption.stop,
        progress: { line.update($0) })
    }
    var printer = RecordPrinter(output, headers: headers, whole: whole, margin: "", namesTopic: true)
    while !output.isClosed {
      if plan.pace != .unlimited, let upcoming = replay.upcoming() {
        // What is there is to be seen while the next is waited for.
        output.flush()
        if upcoming.wait > .seconds(60), Terminal.isTerminal(.error) {
          let milliseconds = upcoming.wait.components.seconds * 1000
          Notice.tell("the next record, of \(upcoming.time), comes in \(Display.duration(milliseconds: milliseconds))")
        }
      }
      guard let made = try replay.next(stop: interruption.stop) else { break }
      for (topic, buffer) in made.records {
        for index in buffer.records.indices {
          printer.print(buffer, index, of: TopicPartition(topic: topic.name, partition: made.partition))
        }
      }
    }
    return interruption.stop.isRaised ? .interrupted : .success
  }
}
