import Model
import Ports

/// An open file of a simulated file system; useless after a crash.
final class SimulatedHandle: FileHandle {
  private let system: SimulatedFileSystem
  private let file: SimulatedFile
  private let path: String
  private let life: Int

  init(system: SimulatedFileSystem, file: SimulatedFile, path: String, life: Int) {
    self.system = system
    self.file = file
    self.path = path
    self.life = life
  }

  private func use<Result: Sendable>(
    _ operation: SimulatedOperation, changes: Bool, _ body: (inout SimulatedDisk) throws(ProwziError) -> Result
  ) throws(ProwziError) -> Result {
    try system.disk.withLock { disk throws(ProwziError) in
      guard disk.life == life else { throw ProwziError("file.io", "the file was opened before a crash", place: path) }
      do throws(ProwziError) {
        try disk.begin(operation, path, changes: changes)
      } catch {
        if operation == .sync, !disk.isDead {
          disk.failSync(file)
        }
        throw error
      }
      return try body(&disk)
    }
  }

  func size() throws(ProwziError) -> Int {
    try use(.read, changes: false) { _ throws(ProwziError) in file.current.count }
  }

  func read(at position: Int, count: Int, appendingTo output: inout [UInt8]) throws(ProwziError) {
    let bytes = try use(.read, changes: false) { _ throws(ProwziError) -> [UInt8] in
      let start = min(position, file.current.count)
      return Array(file.current[start..<min(file.current.count, start + count)])
    }
    output.append(contentsOf: bytes)
  }

  func write(_ bytes: Span<UInt8>, at position: Int) throws(ProwziError) {
    var copy: [UInt8] = []
    copy.reserveCapacity(bytes.count)
    for index in bytes.indices { copy.append(bytes[index]) }
    try system.disk.withLock { disk throws(ProwziError) in
      guard disk.life == life else { throw ProwziError("file.io", "the file was opened before a crash", place: path) }
      let wasDead = disk.isDead
      do throws(ProwziError) {
        try disk.begin(.write, path, changes: true)
      } catch {
        // The write that the power loss hits may reach the disk; later ones may not.
        if disk.isDead, !wasDead { file.changeUnseen(.write(position: position, bytes: copy), number: disk.changes) }
        throw error
      }
      var kept = copy
      let growth = position + copy.count - file.current.count
      if let space = disk.spaceLeft, growth > space {
        // A short write: what fits is written, as pwrite(2) does.
        kept = Array(copy.prefix(max(0, copy.count - growth + space)))
        disk.figures.fullWrites += 1
      }
      let isFull = kept.count < copy.count
      let isShort = disk.isShort
      if isShort {
        kept = Array(kept.prefix(disk.random.below(copy.count + 1)))
        disk.figures.shortWrites += 1
      }
      if !kept.isEmpty {
        let before = file.current.count
        file.change(.write(position: position, bytes: kept), number: disk.changes)
        if let space = disk.spaceLeft { disk.spaceLeft = space - (file.current.count - before) }
      }
      if isShort { throw ProwziError("file.io", "the simulated device failed", place: path, cause: "short write") }
      if isFull { throw ProwziError("file.full", "the simulated disk is full", place: path) }
    }
  }

  func truncate(to size: Int) throws(ProwziError) {
    try use(.truncate, changes: true) { disk throws(ProwziError) in
      file.change(.truncate(size: size), number: disk.changes)
    }
  }

  func sync() throws(ProwziError) {
    try use(.sync, changes: true) { _ throws(ProwziError) in
      for (_, change) in file.takePending() { SimulatedFile.apply(change, to: &file.durable) }
    }
  }
}

/// A lock of a simulated file system; let go by a crash.
final class SimulatedLock: FileLock {
  private let system: SimulatedFileSystem
  private let path: String
  private let life: Int

  init(system: SimulatedFileSystem, path: String, life: Int) {
    self.system = system
    self.path = path
    self.life = life
  }

  deinit { release() }

  func release() {
    system.disk.withLock { disk in
      if disk.life == life { disk.locks.remove(path) }
    }
  }
}
