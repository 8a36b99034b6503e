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
  /// Numbered in the order in which they were made, over all files.
  private(set) var pending: [(number: Int, change: Change)] = []

  /// Changes what readers see; a crash decides about the rest.
  func change(_ change: Change, number: Int) {
    Self.apply(change, to: &current)
    pending.append((number, change))
  }

  /// A change that reached the device on its way down but no reader.
  func changeUnseen(_ change: Change, number: Int) { pending.append((number, change)) }

  func takePending() -> [(number: Int, change: Change)] {
    defer { pending = [] }
    return pending
  }

  func copy() -> SimulatedFile {
    let copy = SimulatedFile()
    (copy.current, copy.durable, copy.pending) = (current, durable, pending)
    return copy
  }

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

  var paths: [String] {
    switch self {
    case .link(let path, _), .unlink(let path), .makeDirectory(let path), .removeDirectory(let path): [path]
    case .rename(let from, let to, _): [from, to]
    }
  }

  var directories: [String] { paths.map(SimulatedDisk.parent) }
}

/// The state behind a simulated file system.
struct SimulatedDisk {
  var random: SplitMix64
  var sector: Int
  var ordering: SimulatedOrdering
  var figures = SimulatedFigures()
  var files: [String: SimulatedFile] = [:]
  var durableFiles: [String: SimulatedFile] = [:]
  /// The root (the empty path) always exists.
  var directories: Set<String> = [""]
  var durableDirectories: Set<String> = [""]
  var pendingNames: [(number: Int, change: NameChange)] = []
  var locks: Set<String> = []
  var faults: [SimulatedFault] = []
  var spaceLeft: Int?
  var changes = 0
  var isDead = false
  /// Whether the write that was just begun is cut off.
  var isShort = false
  /// Counts crashes, so that what was opened before one is known to be gone.
  var life = 0

  init(seed: UInt64) {
    random = SplitMix64(seed: seed)
    sector = seed % 2 == 0 ? 512 : 4096
    ordering = SimulatedOrdering.allCases[Int(seed / 2 % UInt64(SimulatedOrdering.allCases.count))]
  }

  static func parent(_ path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: 0x2f) else { return "" }
    return String(path[..<slash])
  }

  /// Whether a path names something in a directory, not further below.
  static func isIn(_ path: String, _ directory: String) -> Bool {
    let (path, directory) = (path.utf8, directory.utf8)
    if directory.isEmpty { return !path.isEmpty && !path.contains(0x2f) }
    let start = directory.count + 1
    guard path.count > start, path.starts(with: directory) else { return false }
    let rest = path.dropFirst(start - 1)
    return rest.first == 0x2f && !rest.dropFirst().contains(0x2f)
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
    isShort = false
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
      case .shortWrite(let call) where operation == .write && call > 0:
        if call == 1 { isShort = true }
        faults[index] = .shortWrite(call: call - 1)
      default: continue
      }
    }
    if isDead { throw ProwziError("file.io", "the simulated machine has no power", place: path) }
    if failed {
      figures.failures[operation, default: 0] += 1
      throw ProwziError("file.io", "the simulated device failed", place: path, cause: "\(operation)")
    }
  }

  /// Makes the names in one directory what readers see. A rename between directories counts when either is synced.
  mutating func makeNamesDurable(in directory: String) {
    var later: [(number: Int, change: NameChange)] = []
    for pending in pendingNames {
      if pending.change.directories.contains(directory) { applyDurably(pending.change) } else { later.append(pending) }
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

  mutating func change(names change: NameChange) { pendingNames.append((changes, change)) }

  mutating func crash() {
    figures.crashes += 1
    // In order, there is one moment before which everything reached the device and after which nothing did.
    let last = changes
    let first = min(pendingNames.first?.number ?? last, files.values.compactMap { $0.pending.first?.number }.min() ?? last)
    let moment = ordering == .inOrder ? first + random.below(last - first + 2) : nil
    for pending in pendingNames {
      if let moment { if pending.number >= moment { continue } } else if random.below(2) == 0 { continue }
      applyDurably(pending.change)
    }
    figures.namesUnsynced += pendingNames.count
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
    for path in files.keys.sorted() {
      let file = files[path]!
      lose(file, moment: moment)
      file.current = file.durable
    }
    locks = []
    faults = []
    spaceLeft = nil
    isDead = false
    life += 1
  }

  /// A sync that failed: some of what it should have made durable is, the rest is lost, and counts as clean from here on. The pages may stay in
  /// memory, so that readers go on seeing what no disk has, or be dropped.
  mutating func failSync(_ file: SimulatedFile) {
    lose(file, moment: nil)
    if random.below(2) == 0 {
      file.current = file.durable
      figures.pagesDropped += 1
    }
  }

  /// Decides about everything that was not synced.
  private mutating func lose(_ file: SimulatedFile, moment: Int?) {
    var pending = file.takePending()
    if ordering == .shuffled, moment == nil {
      for index in stride(from: pending.count - 1, to: 0, by: -1) { pending.swapAt(index, random.below(index + 1)) }
    }
    for (number, change) in pending {
      if let moment {
        if number + 1 < moment {
          figures.writesKept += 1
          SimulatedFile.apply(change, to: &file.durable)
          continue
        }
        if number >= moment {
          figures.writesDropped += 1
          continue
        }
      }
      lose(change, of: file)
    }
  }

  private mutating func lose(_ change: SimulatedFile.Change, of file: SimulatedFile) {
    switch (random.below(4), change) {
    case (0, _):
      figures.writesKept += 1
      SimulatedFile.apply(change, to: &file.durable)
    case (2, .write(let position, let bytes)):
      figures.writesTorn += 1
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
      figures.writesTrashed += 1
      let trash = bytes.map { _ in UInt8(truncatingIfNeeded: random.next()) }
      SimulatedFile.apply(.write(position: position, bytes: trash), to: &file.durable)
    default: figures.writesDropped += 1
    }
  }

  func copy() -> SimulatedDisk {
    var copy = self
    var copies: [ObjectIdentifier: SimulatedFile] = [:]
    func clone(_ file: SimulatedFile) -> SimulatedFile {
      if let known = copies[ObjectIdentifier(file)] { return known }
      let fresh = file.copy()
      copies[ObjectIdentifier(file)] = fresh
      return fresh
    }
    copy.files = files.mapValues(clone)
    copy.durableFiles = durableFiles.mapValues(clone)
    copy.pendingNames = pendingNames.map { pending in
      switch pending.change {
      case .link(let path, let file): (pending.number, .link(path, clone(file)))
      case .rename(let from, let to, let file): (pending.number, .rename(from, to, clone(file)))
      default: pending
      }
    }
    copy.locks = []
    return copy
  }
}
