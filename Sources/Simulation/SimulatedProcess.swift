import Model
import Ports
import Synchronization

/// One process's view of a machine's files: it can be killed at any call, and others can be let in between two of its calls.
///
/// ```swift
/// let writer = SimulatedProcess(machine, seed: 7)
/// writer.kill(atChange: 12)   // the twelfth call that changes something, and every call after it, fails
/// ```
///
/// What a killed process has written stays with the machine, which still holds it in memory; its locks are let go. The call that the kill hits has
/// happened, or has not.
public final class SimulatedProcess: FileSystem {
  struct State {
    var random: SplitMix64
    var isDead = false
    /// Changing calls left before the kill; `nil` for none planned.
    var changesLeft: Int?
    var locks: [any FileLock] = []
    var interlude: (@Sendable (SimulatedOperation, String) -> Void)?
  }

  let machine: any FileSystem
  let state: Mutex<State>

  public init(_ machine: any FileSystem, seed: UInt64) {
    self.machine = machine
    state = Mutex(State(random: SplitMix64(seed: seed)))
  }

  public var isDead: Bool { state.withLock { $0.isDead } }

  /// Every call fails from now on.
  public func kill() {
    let locks = state.withLock { state in
      state.isDead = true
      state.interlude = nil
      defer { state.locks = [] }
      return state.locks
    }
    for lock in locks { lock.release() }
  }

  /// The kill comes with the `change`-th call that changes something (1 is the next).
  public func kill(atChange change: Int) { state.withLock { $0.changesLeft = change } }

  /// Called before each call that changes something, on the thread of the call: here others get their turn.
  public func onChange(_ interlude: (@Sendable (SimulatedOperation, String) -> Void)?) { state.withLock { $0.interlude = interlude } }

  func check(_ path: String) throws(ProwziError) {
    if isDead { throw Self.killed(path) }
  }

  private static func killed(_ path: String) -> ProwziError { ProwziError("file.io", "the simulated process was killed", place: path) }

  /// Makes a call that changes something, if the process lives to make it.
  func change<Result>(
    _ operation: SimulatedOperation, _ path: String, _ body: () throws(ProwziError) -> Result
  ) throws(ProwziError) -> Result {
    try check(path)
    if let interlude = state.withLock({ $0.interlude }) { interlude(operation, path) }
    let isHit = state.withLock { state -> (happens: Bool, Void)? in
      guard let left = state.changesLeft else { return nil }
      state.changesLeft = left > 1 ? left - 1 : nil
      return left > 1 ? nil : (state.random.below(2) == 0, ())
    }
    guard let isHit else { return try body() }
    if isHit.happens { _ = try? body() }
    kill()
    throw Self.killed(path)
  }

  // MARK: FileSystem

  public func open(_ path: String, _ mode: FileMode) throws(ProwziError) -> any FileHandle {
    try check(path)
    if mode == .read { return ProcessHandle(try machine.open(path, mode), path, self) }
    return try change(.open, path) { () throws(ProwziError) in ProcessHandle(try machine.open(path, mode), path, self) }
  }

  public func createDirectory(_ path: String) throws(ProwziError) {
    try change(.open, path) { () throws(ProwziError) in try machine.createDirectory(path) }
  }

  public func list(_ path: String) throws(ProwziError) -> [String] {
    try check(path)
    return try machine.list(path)
  }

  public func exists(_ path: String) throws(ProwziError) -> Bool {
    try check(path)
    return try machine.exists(path)
  }

  public func rename(_ from: String, to: String) throws(ProwziError) {
    try change(.rename, from) { () throws(ProwziError) in try machine.rename(from, to: to) }
  }

  public func remove(_ path: String) throws(ProwziError) {
    try change(.remove, path) { () throws(ProwziError) in try machine.remove(path) }
  }

  public func removeDirectory(_ path: String) throws(ProwziError) {
    try change(.remove, path) { () throws(ProwziError) in try machine.removeDirectory(path) }
  }

  public func syncDirectory(_ path: String) throws(ProwziError) {
    try change(.syncDirectory, path) { () throws(ProwziError) in try machine.syncDirectory(path) }
  }

  public var boot: UInt64 { machine.boot }

  public func lock(_ path: String) throws(ProwziError) -> (any FileLock)? {
    try check(path)
    guard let lock = try machine.lock(path) else { return nil }
    state.withLock { $0.locks.append(lock) }
    return lock
  }
}

/// A file that a process has open; useless once the process is dead.
private final class ProcessHandle: FileHandle {
  private let base: any FileHandle
  private let path: String
  private let process: SimulatedProcess

  init(_ base: any FileHandle, _ path: String, _ process: SimulatedProcess) {
    self.base = base
    self.path = path
    self.process = process
  }

  func size() throws(ProwziError) -> Int {
    try process.check(path)
    return try base.size()
  }

  func read(at position: Int, count: Int, appendingTo output: inout [UInt8]) throws(ProwziError) {
    try process.check(path)
    try base.read(at: position, count: count, appendingTo: &output)
  }

  func write(_ bytes: Span<UInt8>, at position: Int) throws(ProwziError) {
    var copy: [UInt8] = []
    copy.reserveCapacity(bytes.count)
    for index in bytes.indices { copy.append(bytes[index]) }
    try process.change(.write, path) { () throws(ProwziError) in try base.write(copy.span, at: position) }
  }

  func truncate(to size: Int) throws(ProwziError) {
    try process.change(.truncate, path) { () throws(ProwziError) in try base.truncate(to: size) }
  }

  func sync() throws(ProwziError) {
    try process.change(.sync, path) { () throws(ProwziError) in try base.sync() }
  }
}
