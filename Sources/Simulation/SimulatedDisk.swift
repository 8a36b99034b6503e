import Model

/// One file: what readers see, what would survive, and the changes between the two.
///
/// Unchecked: it is only touched under the disk's mutex.
final class SimulatedFile: @unchecked Sendable {
  enum Change {
    case write(position: Int, bytes: [UInt8])
    case truncate(size: Int)
  }

  var current: [UInt8] = []
  var durable: [UInt8] = []
  var pending: [Change] = []

  static func apply(_ change: Change, to bytes: inout [UInt8]) {
    switch change {
    case .write(let position, let written):
      if bytes.count < position + written.count {
        bytes.append(contentsOf: repeatElement(0, count: position + written.count - bytes.count))
      }
      bytes.replaceSubrange(position..<position + written.count, with: written)
    case .truncate(let size):
      if size < bytes.count {
        bytes.removeLast(bytes.count - size)
      } else {
        bytes.append(contentsOf: repeatElement(0, count: size - bytes.count))
      }
    }
  }
}

/// A change of names that no directory sync has covered yet.
enum NameChange {
  case link(String, SimulatedFile)
  case rename(String, String, SimulatedFile)
  case unlink(String)
  case makeDirectory(String)
  case removeDirectory(String)

  var directories: [String] {
    switch self {
    case .link(let path, _), .unlink(let path), .makeDirectory(let path), .removeDirectory(let path): [SimulatedDisk.parent(path)]
    case .rename(let from, let to, _): [SimulatedDisk.parent(from), SimulatedDisk.parent(to)]
    }
  }
}

/// The state behind a simulated file system.
struct SimulatedDisk {
  var random: SplitMix64
  var sector: Int
  var files: [String: SimulatedFile] = [:]
  var durableFiles: [String: SimulatedFile] = [:]
  /// The root (the empty path) always exists.
  var directories: Set<String> = [""]
  var durableDirectories: Set<String> = [""]
  var pendingNames: [NameChange] = []
  var locks: Set<String> = []
  var faults: [SimulatedFault] = []
  var spaceLeft: Int?
  var changes = 0
  var isDead = false
  /// Counts crashes, so that what was opened before one is known to be gone.
  var life = 0

  init(seed: UInt64) {
    random = SplitMix64(seed: seed)
    sector = seed % 2 == 0 ? 512 : 4096
  }

  static func parent(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return String(path[..<slash])
  }

  static func name(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return path }
    return String(path[path.index(after: slash)...])
  }

  func file(_ path: String) throws(ProwziError) -> SimulatedFile {
    guard let file = files[path] else { throw .noFile(path) }
    return file
  }

  /// Counts the call and throws where the script says so.
  mutating func begin(_ operation: SimulatedOperation, _ path: String, changes isChange: Bool) throws(ProwziError) {
    if isChange { changes += 1 }
    var failed = false
    for index in faults.indices {
      switch faults[index] {
      case .failure(let of, let call, let forEver) where of == operation && call > 0:
        if call > 1 {
          faults[index] = .failure(of: of, call: call - 1, forEver: forEver)
        } else {
          failed = true
          if !forEver { faults[index] = .failure(of: of, call: 0, forEver: false) }
        }
      case .powerLoss(let call) where isChange && call > 0:
        if call == 1 { isDead = true }
        faults[index] = .powerLoss(call: call - 1)
      default: continue
      }
    }
    if isDead { throw ProwziError("file.io", "the simulated machine has no power", place: path) }
    if failed { throw ProwziError("file.io", "the simulated device failed", place: path, cause: "\(operation)") }
  }

  /// Makes the names in one directory what readers see. A rename between directories counts when either is synced.
  mutating func makeNamesDurable(in directory: String) {
    var later: [NameChange] = []
    for change in pendingNames {
      if change.directories.contains(directory) { applyDurably(change) } else { later.append(change) }
    }
    pendingNames = later
  }

  private mutating func applyDurably(_ change: NameChange) {
    switch change {
    case .link(let path, let file): durableFiles[path] = file
    case .unlink(let path): durableFiles[path] = nil
    case .rename(let from, let to, let file):
      durableFiles[from] = nil
      durableFiles[to] = file
    case .makeDirectory(let path): durableDirectories.insert(path)
    case .removeDirectory(let path): durableDirectories.remove(path)
    }
  }

  mutating func crash() {
    for change in pendingNames where random.below(2) == 0 { applyDurably(change) }
    pendingNames = []
    // A directory that was lost takes its files along.
    durableDirectories = durableDirectories.filter { path in
      var above = path
      while !above.isEmpty {
        above = SimulatedDisk.parent(above)
        if !durableDirectories.contains(above) { return false }
      }
      return true
    }
    durableFiles = durableFiles.filter { durableDirectories.contains(SimulatedDisk.parent($0.key)) }
    files = durableFiles
    directories = durableDirectories
    for path in files.keys.sorted() { lose(files[path]!) }
    locks = []
    faults = []
    spaceLeft = nil
    isDead = false
    life += 1
  }

  private mutating func lose(_ file: SimulatedFile) {
    for change in file.pending {
      switch (random.below(4), change) {
      case (0, _): SimulatedFile.apply(change, to: &file.durable)
      case (2, .write(let position, let bytes)):
        // Torn: each sector the write touches is kept or dropped by itself.
        var from = 0
        while from < bytes.count {
          let end = min(bytes.count, ((position + from) / sector + 1) * sector - position)
          if random.below(2) == 0 {
            SimulatedFile.apply(.write(position: position + from, bytes: Array(bytes[from..<end])), to: &file.durable)
          }
          from = end
        }
      case (3, .write(let position, let bytes)):
        let trash = bytes.map { _ in UInt8(truncatingIfNeeded: random.next()) }
        SimulatedFile.apply(.write(position: position, bytes: trash), to: &file.durable)
      default: continue
      }
    }
    file.pending = []
    file.current = file.durable
  }

  func copy() -> SimulatedDisk {
    var copy = self
    var copies: [ObjectIdentifier: SimulatedFile] = [:]
    func clone(_ file: SimulatedFile) -> SimulatedFile {
      if let known = copies[ObjectIdentifier(file)] { return known }
      let fresh = SimulatedFile()
      fresh.current = file.current
      fresh.durable = file.durable
      fresh.pending = file.pending
      copies[ObjectIdentifier(file)] = fresh
      return fresh
    }
    copy.files = files.mapValues(clone)
    copy.durableFiles = durableFiles.mapValues(clone)
    copy.pendingNames = pendingNames.map { change in
      switch change {
      case .link(let path, let file): .link(path, clone(file))
      case .rename(let from, let to, let file): .rename(from, to, clone(file))
      default: change
      }
    }
    copy.locks = []
    return copy
  }
}
