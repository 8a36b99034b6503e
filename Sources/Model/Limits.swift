/// Every bound on what comes from outside, with its reason: lengths, counts and depths are checked before memory is taken for them.
///
/// The modules read their bounds from here, and `Tests/FuzzTests` tries (`LimitTests`, `FileLimitTests`) each at the limit and one beyond. Words of a command
/// line are bounded by the system (128 KiB each). A bound may be raised freely as long
/// as what follows from it (its comment) still fits into memory; lowering one refuses what older versions recorded.
///
/// What an expression of a scorer may hold (length, depth, instructions, helpers) stands with the language, in `Scorers/Language`, and what a stage
/// remembers with its settings, in `Configuration/Settings.swift`: both are the configuration's, not the input's.
public enum Limits {
  // MARK: Input of sensors

  /// The longest record of a file or stream. A whole feed document or recorded answer fits; a file without line ends costs no more than this.
  public static let sensorRecordBytes = 8 << 20
  /// What a sensor reads of a file at once.
  public static let sensorBlockBytes = 256 << 10
  /// How much one piece of compressed input may become: zstd makes at most 128 KiB of four bytes, and pieces have at most 4 KiB.
  public static let decompressedPieceBytes = 256 << 20
  /// How many errors of one stream are kept for its report; the rest are counted.
  public static let streamErrors = 20
  /// The longest key that decides a record's partition.
  public static let routingKeyBytes = 512
  /// A manifest of streams, and how many it lists: all are open at once, and a process has 1024 files.
  public static let manifestBytes = 1 << 20
  public static let manifestStreams = 256

  // MARK: Records on their way

  /// The longest raw value that an adapter reads; a longer one is a dead letter whole.
  public static let rawValueBytes = 1 << 20
  /// How many items one raw record may hold. Each gives an event or a dead letter with some 700 bytes of headers, so a record of empty items would
  /// otherwise become 300 times its size.
  public static let itemsOfRecord = 10_000
  /// The longest text kept of one field of an event.
  public static let fieldBytes = 64 << 10
  /// How many authors, investors or references of one item become entities.
  public static let listedEntities = 100
  /// How deep arrays and objects lie in one another: canonical writing recurses so deep.
  public static let jsonDepth = 64
  /// How deep XML elements lie in one another.
  public static let xmlDepth = 64

  // MARK: The log

  /// The largest batch that is read, and the largest body before compression: what a bomb may become.
  public static let batchBytes = 64 << 20
  /// The largest body of a journal entry. 256 partitions of nine topics and their folds take less than 1 MiB.
  public static let journalEntryBytes = 64 << 20
  /// The largest journal. It is replaced by a snapshot beyond 16 MiB.
  public static let journalBytes = 512 << 20
  /// Partitions of a topic.
  public static let partitions = 4096

  // MARK: Documents and files beside the log

  /// A configuration, or a part of one. The built-in one has 0.3 MiB; parsed it takes some ten times its size.
  public static let configurationBytes = 16 << 20
  /// A scorer document.
  public static let scorerBytes = 1 << 20
  /// A small file of a data directory: keys, candidates, replay sets, the ledger of what was ingested.
  public static let smallFileBytes = 64 << 20
  /// A checkpoint file, compressed, and what it may become: no state of ours shrinks a hundredfold.
  public static let checkpointFileBytes = 2 << 30
  public static let checkpointExpansion = 100
  /// A proof file: a raw record of at most 8 MiB, what came of it, and configurations, in base64. Parsed it takes some ten times its size at worst.
  public static let proofBytes = 64 << 20
  /// A signed note, its signatures, and the name of a key (`c2sp.org/signed-note`).
  public static let noteBytes = 64 << 10
  public static let noteSignatures = 100
  public static let keyNameBytes = 200
}
