import CommandLine
import Disk
import JSON
import Model
import Runtime

/// `prowzi replay --into NAME`: folds a window again into topics of its own.
enum ReplayInto {
  static func run(_ plan: ReplayPlan, into name: String, replacing: Bool, _ output: Output) throws(ProwziError) -> ExitCode {
    var run = RunSettings(threads: plan.threads)
    run.batch.records = plan.batch
    var settings = SetReplaySettings(run)
    settings.pace = plan.pace
    settings.replaces = replacing
    let interruption = Interruption("stopping at the next commit")
    defer { interruption.end() }
    let line = ProgressLine("replaying")
    let status: ReplaySetStatus
    do {
      defer { line.finish() }
      guard let directory = plan.place as? DataDirectory else { throw KafkaOptions.embeddedOnly("replay --into") }
      status = try SetReplay(directory, clock: SystemSteadyClock()).run(
        plan.request, into: name, settings, stop: interruption.stop, progress: { line.update($0) })
    }
    if output.isJSON {
      output.json { ReplaySetText.write(status, &$0) }
    } else {
      ReplaySetText.show(status, output)
      if !status.isComplete { output.line("\nStopped at a commit; the same command goes on from there.") }
    }
    return status.isComplete ? .success : .interrupted
  }
}

/// How a set of replayed topics is shown.
enum ReplaySetText {
  static func window(_ set: ReplaySet) -> String {
    "\(set.request.from.map(Display.minute) ?? "the beginning") to \(set.request.to.map(Display.minute) ?? "the end")"
  }

  static func stages(_ set: ReplaySet) -> [String] { StageName.allCases.filter(set.request.stages.contains).map(\.rawValue) }

  static func progress(_ status: ReplaySetStatus) -> String {
    status.isComplete ? "complete" : "\(Display.count(status.folded)) of \(Display.count(status.total))"
  }

  static func show(_ status: ReplaySetStatus, _ output: Output) {
    var table = TextTable(["Topic", "Records", "Size", "Digest"])
    for topic in status.topics {
      table.add([topic.name.text, Display.count(topic.records), Display.bytes(topic.bytes), Wording.short(topic.digest)])
    }
    output.text(table.text(style: output.style))
    let records = status.topics.reduce(0) { $0 + $1.records }
    output.line(
      "\n\(output.style.bold(status.set.name)): \(Wording.count(records, "record")) of \(Wording.count(status.folded, "raw record")), "
        + "\(window(status.set)), by \(stages(status.set).joined(separator: ", "))"
        + (status.isComplete ? "." : "; \(progress(status)) raw records folded."))
    if let configuration = status.set.request.configuration {
      output.line("Folded with the configuration \(Wording.short(configuration.digest)).")
    }
  }

  static func write(_ status: ReplaySetStatus, _ json: inout JSONWriter) {
    func time(_ time: Timestamp?, _ json: inout JSONWriter) { if let time { json.number(time.milliseconds) } else { json.null() } }
    json.object { json in
      json.key("complete")
      json.bool(status.isComplete)
      json.key("configuration")
      if let configuration = status.set.request.configuration { json.string(configuration.digest.hex) } else { json.null() }
      json.key("folded")
      json.number(status.folded)
      json.key("from")
      time(status.set.request.from, &json)
      json.key("name")
      json.string(status.set.name)
      json.key("stages")
      json.array { json in for stage in stages(status.set) { json.string(stage) } }
      json.key("to")
      time(status.set.request.to, &json)
      json.key("topics")
      json.array { json in
        for topic in status.topics {
          json.object { json in
            json.key("bytes")
            json.number(topic.bytes)
            json.key("digest")
            json.string(topic.digest.hex)
            json.key("partition_digests")
            json.array { json in for digest in topic.digests { json.string(digest.hex) } }
            json.key("records")
            json.number(topic.records)
            json.key("topic")
            json.string(topic.name.text)
          }
        }
      }
      json.key("total")
      json.number(status.total)
    }
  }
}
