import CommandLine
import Configuration
import Disk
import Dispatch
import Model
import Ports
import Runtime
import Glibc

let arguments = Terminal.arguments
func fail(_ error: ProwziError) -> Never {
  Terminal.write(ErrorWording.text(error) + "\n", to: .error)
  exit(ExitCode(for: error.code).rawValue)
}
do throws(ProwziError) {
  let clock = SystemClock()
  let directory = try DataDirectory.create(path: arguments[0], partitions: 8, configuration: try .builtIn(), now: Timestamp(milliseconds: 0))
  var start = Terminal.steadyMilliseconds()
  let report = try Ingest(directory, clock: clock).manifest(
    arguments[1], streams: arguments.count > 2 ? arguments[2].split(separator: ",").map(String.init) : nil, from: nil, to: nil, stop: StopFlag(), progress: { _ in })
  print("ingested", report.streams.map { "\($0.source)=\($0.records)" }, Terminal.steadyMilliseconds() - start, "ms")
  for stream in report.streams { for error in stream.errors { print(error) } }
  start = Terminal.steadyMilliseconds()
  let run = try Runner(directory, settings: RunSettings(threads: 4), clock: clock).run(stop: StopFlag())
  let took = Terminal.steadyMilliseconds() - start
  print("run", took, "ms", Double(run.counters.records) / Double(took) * 1000, "records/s", run.counters, run.written)
  start = Terminal.steadyMilliseconds()
  let verify = try Verifier(directory).verify(from: nil, to: nil, threads: 2, batchRecords: 4000, stop: StopFlag(), progress: { _ in })
  print("verify", Terminal.steadyMilliseconds() - start, "ms", verify.isIdentical, verify.partitions.compactMap(\.difference))
} catch {
  fail(error)
}
