import CommandLine
import Disk
import JSON
import Merkle
import Model
import Ports
import Proofs
import Runtime
import SegmentLog
import Signatures

/// What the proof commands share.
enum ProofSupport {
  static let publicKey = Command.Option.value(
    "public-key", "KEY", "A key you trust, name+hash+base64, or a file of such lines", isRepeated: true)
  static let signingKey = Command.Option.value(
    "key", "FILE", "A private key kept elsewhere (Ed25519, PEM)", environment: "PROWZI_SIGNING_KEY")

  /// The keys given with --public-key: each the key itself, or a file of them.
  static func trusted(_ arguments: ParsedArguments) throws(ProwziError) -> [VerifierKey] {
    var keys: [VerifierKey] = []
    for text in arguments.strings("public-key") {
      if text.contains("+") {
        keys.append(try VerifierKey(text, place: "--public-key"))
      } else {
        for line in try WholeFile.read(text).displayText.split(separator: "\n") where !line.hasPrefix("#") {
          keys.append(try VerifierKey(String(line), place: text))
        }
      }
    }
    return keys
  }

  static func outsideKey(_ arguments: ParsedArguments) throws(ProwziError) -> SigningKey? {
    guard let path = arguments.string("key") else { return nil }
    return try KeyStore.outsideKey(path)
  }

  /// The keys that signatures in a data directory are checked with: those given, else its own.
  static func keys(_ arguments: ParsedArguments, _ directory: DataDirectory) throws(ProwziError) -> [VerifierKey] {
    let given = try trusted(arguments)
    return given.isEmpty ? try KeyStore(directory).verifiers() : given
  }

  /// The newest signed checkpoint of each partition.
  static func maker(_ directory: DataDirectory, _ log: SegmentLog, _ keys: [VerifierKey]) -> ProofMaker {
    let store = SignatureStore(directory)
    return ProofMaker(log) { (target) throws(ProwziError) in
      guard let size = try store.sizes(of: target).last else { return nil }
      return try head(store, target, size, keys)
    }
  }

  static func head(
    _ store: SignatureStore, _ target: TopicPartition, _ size: Int64, _ keys: [VerifierKey]
  ) throws(ProwziError) -> ProofMaker.Head {
    let found = try store.read(target, size, trusting: keys)
    return ProofMaker.Head(note: found.note, checkpoint: found.checkpoint, key: found.key)
  }

  /// Writes a proof to a file, or to standard output.
  static func write(_ bytes: [UInt8], _ arguments: ParsedArguments, _ output: Output, _ what: String) throws(ProwziError) {
    guard let path = arguments.string("out"), path != "-" else { return output.json(Array(bytes.dropLast())) }
    try WholeFile.write(bytes, to: path)
    if output.isJSON {
      output.json { json in
        json.object { json in
          json.key("bytes")
          json.number(bytes.count)
          json.key("file")
          json.string(path)
        }
      }
    } else {
      output.line("Wrote \(path): \(what), \(Display.bytes(bytes.count)). 'prowzi proof verify \(path)' checks it.")
    }
  }

  static let out = Command.Option.value("out", "FILE", "Where the proof goes; - or nothing prints it")
}

/// Files that a command line names.
enum WholeFile {
  private static func split(_ path: String) -> (DiskFileSystem, String) {
    guard let slash = path.lastIndex(of: "/") else { return (DiskFileSystem(root: "."), path) }
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    return (DiskFileSystem(root: folder), String(path[path.index(after: slash)...]))
  }

  static func read(_ path: String) throws(ProwziError) -> [UInt8] {
    let (files, name) = split(path)
    return try files.open(name, .read).contents(limit: Limits.proofBytes, place: path)
  }

  static func write(_ bytes: [UInt8], to path: String) throws(ProwziError) {
    let (files, name) = split(path)
    let file = try files.open(name, .readWrite)
    try file.truncate(to: 0)
    try file.write(bytes.span, at: 0)
    try file.sync()
  }
}

enum ProofCommand: ProgramCommand {
  static let declaration = Command(
    "proof", "Writes a file that proves what was recorded of an event",
    discussion: """
      The file holds the event's records from the raw bytes to the briefs that cite it, and the configurations they name; for each record the proof that \
      it is in its partition's Merkle tree (RFC 6962), the signed checkpoint of that tree (Ed25519), and the public key. 'prowzi proof verify' needs \
      nothing but the file.

      'prowzi proof list' shows the signed checkpoints, 'prowzi proof sign' makes new ones, and 'prowzi proof consistency' proves that a later one continues \
      an earlier one.
      """,
    examples: [
      .init("prowzi proof 0198d0a2-7c00-8abc-9def-0123456789ab --out event.proof", "One event, by the id in briefs and records")
    ],
    arguments: [.init("event-id", "The id of an event")],
    options: [CommonOptions.data, ProofSupport.out, ProofSupport.publicKey, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let id = try arguments.eventID()
    let directory = try arguments.directory()
    let log = try directory.openReader()
    let bundle = try ProofSupport.maker(directory, log, try ProofSupport.keys(arguments, directory)).bundle(of: id)
    try ProofSupport.write(bundle.bytes, arguments, output, Wording.count(bundle.records.count, "record"))
    return .success
  }
}

enum ProofVerifyCommand: ProgramCommand {
  static let declaration = Command(
    "proof verify", "Checks a proof, with nothing but its file",
    discussion: """
      Says what is proved and what is not. Without --public-key the key in the file is believed, so compare it with one you have from the log's owner. Exit \
      code 1 where the proof does not hold.
      """,
    examples: [
      .init("prowzi proof verify event.proof", "Signatures, trees and the chain"),
      .init("prowzi proof verify event.proof --public-key prowzi.keys", "And that a key you trust has signed"),
    ],
    arguments: [.init("file", "A file that 'prowzi proof' wrote")],
    options: [CommonOptions.data, ProofSupport.publicKey, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let path = arguments.argument("file") ?? ""
    let report = try ProofFile(try WholeFile.read(path), place: path).verify(trusting: try ProofSupport.trusted(arguments), place: path)
    output.isJSON ? showJSON(report, output) : showText(report, output)
    return .success
  }

  private static func showText(_ report: ProofReport, _ output: Output) {
    output.line(output.style.green("The proof holds.") + (report.isKeyTrusted ? " A key you trust has signed it." : ""))
    for sentence in report.proved { output.line(Wrapping.wrap("✓ " + TextStyle.harmless(sentence), width: output.width, indent: 2)) }
    for place in report.records { output.line(output.style.dim("    \(place)")) }
    if !report.notProved.isEmpty { output.line("Not proved:") }
    for sentence in report.notProved { output.line(Wrapping.wrap("· " + TextStyle.harmless(sentence), width: output.width, indent: 2)) }
  }

  private static func showJSON(_ report: ProofReport, _ output: Output) {
    output.json { json in
      json.object { json in
        json.key("holds")
        json.bool(true)
        json.key("key_trusted")
        json.bool(report.isKeyTrusted)
        json.key("keys")
        json.array { json in for key in report.keys { json.string(key.text) } }
        json.key("not_proved")
        json.array { json in for sentence in report.notProved { json.string(sentence) } }
        json.key("proved")
        json.array { json in for sentence in report.proved { json.string(sentence) } }
        json.key("records")
        json.array { json in for place in report.records { json.string("\(place)") } }
      }
    }
  }
}

enum ProofConsistencyCommand: ProgramCommand {
  static let declaration = Command(
    "proof consistency", "Writes a file that proves one signed checkpoint continues another",
    discussion: """
      Shows that nothing below the first checkpoint was changed, removed, reordered or added by the time of the second. 'prowzi proof list' shows the \
      sizes that were signed; 'prowzi proof verify' checks the file.
      """,
    examples: [
      .init("prowzi proof consistency --topic prowzi.raw --partition 3 --from 1200 --to 5000 --out raw-3.proof", "Between two sizes"),
      .init("prowzi proof consistency --topic prowzi.briefs --partition 0 --out briefs.proof", "From the first to the newest"),
    ],
    options: [
      CommonOptions.data, .value("topic", "TOPIC", "The topic", isRequired: true),
      .value("partition", "P", "The partition", short: "p", defaultValue: "0"),
      .value("from", "SIZE", "The size of a signed checkpoint; without it the first"),
      .value("to", "SIZE", "The size of a later one; without it the newest"), ProofSupport.out, ProofSupport.publicKey,
      CommonOptions.format,
    ])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let directory = try arguments.directory()
    let log = try directory.openReader()
    guard let target = try Targets.chosen(arguments, topic: arguments.required("topic"), of: log).first else { return .notFound }
    let keys = try ProofSupport.keys(arguments, directory)
    let store = SignatureStore(directory)
    let sizes = try store.sizes(of: target)
    func size(_ name: String, _ other: Int64?) throws(ProwziError) -> Int64 {
      guard let size = try arguments.integer(name, in: 0...Int.max).map({ Int64($0) }) ?? other, sizes.contains(size) else {
        throw ProwziError(
          "proof.not_signed", "the partition was not signed at that size", place: "\(target), --\(name)",
          advice: sizes.isEmpty
            ? "`prowzi proof sign` signs it as it is now."
            : "It was at \(sizes.prefix(20).map(String.init).joined(separator: ", "))\(sizes.count > 20 ? " …" : "").")
      }
      return size
    }
    let (from, to) = (try size("from", sizes.first), try size("to", sizes.last))
    guard from <= to else {
      throw ProwziError("usage.bad_value", "--from lies behind --to", place: "\(target)", advice: "Give the smaller size first")
    }
    let bundle = ConsistencyBundle(
      from: try ProofSupport.head(store, target, from, keys), to: try ProofSupport.head(store, target, to, keys),
      path: try log.consistencyProof(in: target, from: from, to: to))
    try ProofSupport.write(bundle.bytes, arguments, output, "\(target) from \(from) to \(to) records")
    return .success
  }
}

enum ProofListCommand: ProgramCommand {
  static let declaration = Command(
    "proof list", "Lists the signed checkpoints",
    discussion: "For every partition the sizes at which it was signed, the root and the key. Every signature is checked.",
    examples: [
      .init("prowzi proof list", "The newest of each partition"), .init("prowzi proof list prowzi.raw --all", "All that are kept"),
    ],
    arguments: [.init("topic", "Only this topic", isOptional: true)],
    options: [
      CommonOptions.data, .value("partition", "P", "Only this partition", short: "p"), .flag("all", "All instead of the newest"),
      ProofSupport.publicKey, CommonOptions.format,
    ])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let directory = try arguments.directory()
    let log = try directory.openReader()
    let keys = try ProofSupport.keys(arguments, directory)
    let store = SignatureStore(directory)
    var table = TextTable(["Partition", "Records", "Root", "Key", "File"])
    var count = 0
    for topic in arguments.argument("topic").map({ [$0] }) ?? log.topics().map(\.name.text) {
      for target in try Targets.chosen(arguments, topic: topic, of: log) {
        let sizes = try store.sizes(of: target)
        for size in arguments.flag("all") ? sizes : sizes.suffix(1) {
          let head = try ProofSupport.head(store, target, size, keys)
          count += 1
          let key = String(head.key.id, radix: 16)
          if output.isJSON {
            output.json { json in
              json.object { json in
                json.key("file")
                json.string(store.path(target, size))
                json.key("key")
                json.string(head.key.text)
                json.key("origin")
                json.string(head.checkpoint.origin)
                json.key("root")
                json.string(head.checkpoint.root.hex)
                json.key("size")
                json.number(size)
              }
            }
          } else {
            table.add(["\(target)", Display.count(Int(size)), Wording.short(head.checkpoint.root), key, store.path(target, size)])
          }
        }
      }
    }
    if output.isJSON { return .success }
    if count == 0 { output.line("Nothing is signed yet: 'prowzi proof sign' signs every partition as it is now.") }
    if count > 0 { output.text(table.text(style: output.style)) }
    return .success
  }
}

enum ProofSignCommand: ProgramCommand {
  static let declaration = Command(
    "proof sign", "Signs every partition as it is now",
    discussion: """
      'prowzi run' and 'prowzi ingest' sign what they append to; this signs at once, also what another program has appended. A partition that does not \
      continue what was signed of it is not signed, but named.
      """,
    examples: [
      .init("prowzi proof sign", "With the directory's key"), .init("prowzi proof sign --key /media/key.pem", "With a key kept elsewhere"),
    ],
    options: [CommonOptions.data, ProofSupport.signingKey, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let directory = try arguments.directory()
    let log = try directory.openReader()
    guard let signer = try LogSigner(directory, log: log, key: try ProofSupport.outsideKey(arguments)) else {
      throw ProwziError(
        "key.missing", "there is no key to sign with", place: directory.path,
        advice: "Make one with `prowzi keys rotate`, or name the file of the one there is with --key.")
    }
    var signed: [LogCheckpoint] = []
    for topic in log.topics() {
      for index in 0..<topic.partitions {
        signed += try signer.sign([TopicPartition(topic: topic.name, partition: PartitionIndex(index))])
      }
    }
    if output.isJSON {
      for checkpoint in signed {
        output.json { json in
          json.object { json in
            json.key("origin")
            json.string(checkpoint.origin)
            json.key("root")
            json.string(checkpoint.root.hex)
            json.key("size")
            json.number(checkpoint.size)
          }
        }
      }
    } else {
      output.line(signed.isEmpty ? "Nothing has grown since it was signed." : "Signed \(Wording.count(signed.count, "partition")).")
    }
    return .success
  }
}
