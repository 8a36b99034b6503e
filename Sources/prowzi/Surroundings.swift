import CommandLine
import Dispatch
import Glibc
import Model
import Runtime
import Synchronization

/// Options that every command has.
enum CommonOptions {
  static let data = Command.Option.value(
    "data", "DIR", "The data directory", short: "d", defaultValue: "./prowzi-data", environment: "PROWZI_DATA")
  static let format = Command.Option.choice("format", ["text", "json"], "How to print", defaultValue: "text")
}

extension ParsedArguments {
  /// The data directory, which must be there.
  func directory() throws(ProwziError) -> DataDirectory { try DataDirectory(path: required("data")) }

  /// The options --from and --to.
  func window(of command: String) throws(ProwziError) -> (from: Timestamp?, to: Timestamp?) {
    let from = try timestamp("from")
    let to = try timestamp("to")
    if let from, let to, to <= from {
      throw ProwziError(
        "usage.bad_value", "the window ends before it begins", place: "prowzi \(command)", advice: "Give a --to that is later than --from")
    }
    return (from, to)
  }
}

/// A progress line on standard error, for several threads.
final class ProgressLine: Sendable {
  private let progress: Mutex<Progress>

  init(_ label: String, unit: String = "records", total: Int? = nil) {
    progress = Mutex(
      Progress(
        label, unit: unit, total: total, isTerminal: Terminal.isTerminal(.error), width: Terminal.width(of: .error),
        now: Terminal.steadyMilliseconds()))
  }

  func update(_ done: Int) {
    progress.withLock { progress in
      if let text = progress.update(done: done, now: Terminal.steadyMilliseconds()) { Terminal.write(text, to: .error) }
    }
  }

  /// As `update(_:)`, where the total is known only now.
  func update(_ done: Int, of total: Int) {
    progress.withLock { $0.total = total }
    update(done)
  }

  /// Takes the line away.
  func finish() {
    progress.withLock { progress in
      if let text = progress.finish() { Terminal.write(text, to: .error) }
    }
  }
}

/// SIGINT and SIGTERM as a wish to stop: the first raises the flag, the second ends the process at once.
///
/// *Source*: signal(7), and Dispatch's signal sources, which need the default action to be switched off.
final class Interruption {
  let stop = StopFlag()
  private var sources: [any DispatchSourceSignal] = []

  /// - Parameter sentence: what to say at the first signal.
  init(_ sentence: String) {
    let stop = stop
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        if stop.isRaised { _exit(ExitCode.interrupted.rawValue) }
        stop.raise()
        Notice.tell("\(sentence); a second signal ends at once")
      }
      source.activate()
      sources.append(source)
    }
  }

  /// Gives the signals back. Call it in a `defer`, which also keeps this object for as long as it is needed.
  func end() {
    for source in sources { source.cancel() }
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
  }
}

/// The machine's processors that are online.
func processorCount() -> Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
