// ThreadSanitizer itself is tested: with an argument this races, without one threads only contend for a Mutex. `ops/test --sanitize thread` wants the
// first reported and the second not.
import Dispatch
import Synchronization

final class Counters: @unchecked Sendable {
  var racing = 0
  var guarded = [0]
  let lock = Mutex(())
}

let counters = Counters()
let races = CommandLine.arguments.count > 1
DispatchQueue.concurrentPerform(iterations: 4) { _ in
  for number in 0..<100_000 {
    if races { counters.racing += 1 }
    counters.lock.withLock { _ in
      if counters.guarded.count > 50 { counters.guarded = [] }
      counters.guarded.append(number)
    }
  }
}
