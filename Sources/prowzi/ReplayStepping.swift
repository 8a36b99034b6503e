import CommandLine
import Inspect
import Model
import Runtime
import Stages

/// `prowzi replay --step`: goes through a window record by record, at somebody's word.
enum ReplayStepping {
  static func run(_ plan: ReplayPlan, breakpoints: [String], _ output: Output) throws(ProwziError) -> ExitCode {
    var stops: [Breakpoint] = []
    for text in breakpoints { stops.append(try Breakpoint(text)) }
    let interruption = Interruption("stopping")
    defer { interruption.end() }
    let line = ProgressLine("folding up to the window")
    let stepper: ReplayStepper
    do {
      defer { line.finish() }
      stepper = try ReplayStepper(
        plan.place, plan.request, threads: plan.threads, stop: interruption.stop, progress: { line.update($0) })
    }
    var session = StepSession(stepper, stops, output, interruption.stop)
    try session.begin()
    while !output.isClosed, !interruption.stop.isRaised {
      if Terminal.isTerminal(.output), !output.isJSON { output.text(output.style.bold("step> ")) }
      output.flush()
      guard let words = readLine(strippingNewline: true) else { break }
      guard try session.obey(words) else { break }
    }
    return interruption.stop.isRaised ? .interrupted : .success
  }
}

/// What was typed so far, and what it does.
struct StepSession {
  private let stepper: ReplayStepper
  private let view: StepView
  private let output: Output
  private let stop: StopFlag
  private var breakpoints: [Breakpoint]

  init(_ stepper: ReplayStepper, _ breakpoints: [Breakpoint], _ output: Output, _ stop: StopFlag) {
    self.stepper = stepper
    self.breakpoints = breakpoints
    self.output = output
    self.stop = stop
    view = StepView(output)
  }

  private static let help = """
    next, n [N]        goes on by one raw record, or N
    continue, c        goes on to the next breakpoint
    until, u TIME      goes on to the first record observed at TIME or later
    back, b [N]        goes back by one record, or N, folding again from the kept state before
    show, s STAGE      what a stage made: normalized, enriched, scored, banded, brief, deadletter, control, all
    state, t           what the stages remember before and after: sizes, digests, and what changed
    raw, r             the raw record, with its headers
    where, w           the record in hand once more
    break WHAT         stops there, too: band=, entity=, kind=, source=, event=, time=, deadletter
    breaks             lists the breakpoints
    clear              forgets them
    help, h            this page
    quit, q            ends
    An empty line is next.

    """

  mutating func begin() throws(ProwziError) {
    if breakpoints.isEmpty { try next(1) } else { try go(to: breakpoints) }
  }

  /// Does what a line says.
  /// - Returns: `false` where it says to end.
  mutating func obey(_ line: String) throws(ProwziError) -> Bool {
    let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
    let argument = words.dropFirst().first
    switch words.first ?? "next" {
    case "next", "step", "n":
      guard let count = number(argument) else { return complain("'\(line)' is not understood: give a number above 0") }
      try next(count)
    case "continue", "c": try go(to: breakpoints)
    case "until", "u":
      guard let time = argument.flatMap({ Timestamp.readArgument($0) }) else {
        return complain("until when? Give a time such as 2026-02-21T03:52:18Z")
      }
      try go(to: [.time(time)] + breakpoints)
    case "back", "b":
      guard let count = number(argument) else { return complain("'\(line)' is not understood: give a number above 0") }
      if try stepper.back(count, stop: stop) { show(nil) } else { return complain("there are not that many records before this one") }
    case "show", "s":
      guard let step = stepper.current else { return complain("no record is in hand") }
      guard view.show(argument ?? "all", of: step) else {
        return complain("there is nothing called '\(argument ?? "")': \(StepView.names.joined(separator: ", "))")
      }
    case "state", "t":
      guard let states = try stepper.states(.everything, stop: stop), let step = stepper.current else {
        return complain("no record is in hand")
      }
      view.show(states, of: step)
    case "raw", "r":
      guard let step = stepper.current else { return complain("no record is in hand") }
      view.showRaw(step)
    case "where", "w": show(nil)
    case "break":
      do throws(ProwziError) {
        breakpoints.append(try Breakpoint(argument ?? ""))
      } catch {
        return complain("\(error.message). \(error.advice ?? "")")
      }
    case "breaks": for breakpoint in breakpoints { output.line("  \(breakpoint)") }
    case "clear": breakpoints.removeAll()
    case "help", "h", "?": output.text(Self.help)
    case "quit", "q", "exit": return false
    default: return complain("there is no command '\(words[0])'; 'help' lists them")
    }
    return true
  }

  private func number(_ word: String?) -> Int? { word.map { Int($0).flatMap { $0 > 0 ? $0 : nil } } ?? 1 }

  /// A line that cannot be obeyed ends nothing.
  private func complain(_ sentence: String) -> Bool {
    output.flush()
    Notice.tell(sentence)
    return true
  }

  private mutating func next(_ count: Int) throws(ProwziError) {
    var moved = false
    for _ in 0..<count where !stop.isRaised {
      guard try stepper.next() else { break }
      moved = true
    }
    if moved { show(nil) } else { end() }
  }

  private mutating func go(to stops: [Breakpoint]) throws(ProwziError) {
    let line = ProgressLine("folding", total: stepper.total)
    let hit: Breakpoint?
    do {
      defer { line.finish() }
      hit = try stepper.run(to: stops, stop: stop, progress: { line.update($0) })
    }
    if let hit { show(hit) } else if !stop.isRaised { end() }
  }

  private func show(_ breakpoint: Breakpoint?) {
    if let step = stepper.current { view.show(step, of: stepper.total, at: breakpoint) } else { end() }
  }

  private func end() { view.showEnd(of: stepper.total) }
}
