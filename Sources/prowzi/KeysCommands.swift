import CommandLine
import Model
import Runtime
import Signatures

enum KeysListCommand: ProgramCommand {
  static let declaration = Command(
    "keys list", "Lists the public keys of the log, the newest last",
    discussion:
      "Publish these lines where readers of proofs find them and cannot be changed along with the log: they are what --public-key takes.",
    examples: [
      .init("prowzi keys list", "One line for each key"), .init("prowzi keys list > prowzi.keys", "As a file for --public-key"),
    ],
    options: [CommonOptions.data, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let keys = try KeyStore(try arguments.directory()).verifiers()
    if keys.isEmpty { Notice.tell("the log has no key; 'prowzi keys rotate' makes one") }
    for key in keys { KeysOutput.show(key, isNewest: key == keys.last, output) }
    return .success
  }
}

enum KeysShowCommand: ProgramCommand {
  static let declaration = Command(
    "keys show", "Shows the public key that signs now",
    discussion: "The private key is in keys/signing.pem of the data directory, unless it is kept elsewhere.",
    examples: [.init("prowzi keys show", "Its line, for --public-key")], options: [CommonOptions.data, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let directory = try arguments.directory()
    guard let key = try KeyStore(directory).verifiers().last else {
      throw ProwziError(
        "key.missing", "the log has no key", place: directory.path, advice: "Make one with `prowzi keys rotate`.")
    }
    KeysOutput.show(key, isNewest: true, output)
    return .success
  }
}

enum KeysRotateCommand: ProgramCommand {
  static let declaration = Command(
    "keys rotate", "Makes a new key, which signs from now on",
    discussion: """
      The old private key is removed; its public line stays, so that what it has signed can still be verified. In a directory without keys this makes \
      the first.
      """,
    examples: [
      .init("prowzi keys rotate", "A new key in the data directory"),
      .init("prowzi keys rotate --key /media/key.pem", "A key that is kept elsewhere"),
    ],
    options: [CommonOptions.data, ProofSupport.signingKey, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let key = try KeyStore(try arguments.directory()).rotate(outside: try ProofSupport.outsideKey(arguments))
    KeysOutput.show(key, isNewest: true, output)
    return .success
  }
}

private enum KeysOutput {
  static func show(_ key: VerifierKey, isNewest: Bool, _ output: Output) {
    guard output.isJSON else { return output.line(key.text) }
    output.json { json in
      json.object { json in
        json.key("key")
        json.string(key.text)
        json.key("name")
        json.string(key.name)
        json.key("signs")
        json.bool(isNewest)
      }
    }
  }
}
