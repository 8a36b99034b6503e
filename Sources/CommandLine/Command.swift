/// One thing the program can do: what it takes, said once, for parsing, for help and for tests.
public struct Command: Sendable {
  /// The words that call it, without the program's: `["log", "verify"]`.
  public var path: [String]
  /// One line without a full stop.
  public var abstract: String
  /// Paragraphs, separated by an empty line; lines that begin with two blanks are not wrapped.
  public var discussion: String
  public var examples: [Example]
  public var arguments: [Argument]
  public var options: [Option]

  /// Traps where the declaration contradicts itself: two options of one name, or an argument after a repeated one.
  public init(
    _ path: String, _ abstract: String, discussion: String = "", examples: [Example] = [], arguments: [Argument] = [],
    options: [Option] = []
  ) {
    self.path = path.split(separator: " ").map(String.init)
    self.abstract = abstract
    self.discussion = discussion
    self.examples = examples
    self.arguments = arguments
    self.options = options
    precondition(!self.path.isEmpty, "a command has a name")
    precondition(Set(options.map(\.name)).count == options.count, "\(path) declares an option twice")
    precondition(!arguments.dropLast().contains(where: \.isRepeated), "\(path): only the last argument can be repeated")
  }

  /// The words as one text.
  public var name: String { path.joined(separator: " ") }

  /// A command line that works, and what it does.
  public struct Example: Sendable {
    public var line: String
    public var meaning: String
    public init(_ line: String, _ meaning: String) {
      self.line = line
      self.meaning = meaning
    }
  }

  /// A value known by its place.
  public struct Argument: Sendable {
    public var name: String
    public var help: String
    public var isOptional: Bool
    public var isRepeated: Bool
    public init(_ name: String, _ help: String, isOptional: Bool = false, isRepeated: Bool = false) {
      self.name = name
      self.help = help
      self.isOptional = isOptional
      self.isRepeated = isRepeated
    }

    var usage: String {
      let shape = "<\(name)>\(isRepeated ? "..." : "")"
      return isOptional ? "[\(shape)]" : shape
    }
  }

  /// A value known by its name, or a flag.
  public struct Option: Sendable {
    /// Without the dashes.
    public var name: String
    /// One letter, without the dash.
    public var short: Character?
    /// What stands for the value in help; empty for a flag.
    public var valueName: String
    public var help: String
    public var defaultValue: String?
    /// An environment variable that is used where the option is not given. Set but empty counts as not set.
    public var environment: String?
    /// What the value may be; empty for anything.
    public var choices: [String]
    public var isRequired: Bool
    public var isRepeated: Bool

    public var isFlag: Bool { valueName.isEmpty && choices.isEmpty }

    public static func value(
      _ name: String, _ valueName: String, _ help: String, short: Character? = nil, defaultValue: String? = nil, environment: String? = nil,
      isRequired: Bool = false, isRepeated: Bool = false
    ) -> Option {
      Option(
        name: name, short: short, valueName: valueName, help: help, defaultValue: defaultValue, environment: environment, choices: [],
        isRequired: isRequired, isRepeated: isRepeated)
    }

    public static func choice(
      _ name: String, _ choices: [String], _ help: String, short: Character? = nil, defaultValue: String? = nil, environment: String? = nil
    ) -> Option {
      precondition(defaultValue.map(choices.contains) ?? true, "--\(name): the default is none of the choices")
      return Option(
        name: name, short: short, valueName: "", help: help, defaultValue: defaultValue, environment: environment, choices: choices,
        isRequired: false, isRepeated: false)
    }

    public static func flag(_ name: String, _ help: String, short: Character? = nil) -> Option {
      Option(
        name: name, short: short, valueName: "", help: help, defaultValue: nil, environment: nil, choices: [], isRequired: false,
        isRepeated: false)
    }

    /// `--data DIR`, `--format text|json`, `-v, --verbose`.
    var usage: String {
      let names = (short.map { "-\($0), " } ?? "") + "--\(name)"
      if isFlag { return names }
      return names + " " + (choices.isEmpty ? valueName : choices.joined(separator: "|"))
    }
  }
}

/// Everything the program can do.
public struct CommandSet: Sendable {
  /// The word people type, and which begins every message.
  public var program: String
  public var abstract: String
  public var version: String
  /// Groups and what they are about: `["log": "Topics, records and their files"]`, in the order of help.
  public var groups: [(name: String, abstract: String)]
  public var commands: [Command]

  /// Traps where two commands share a path, or where a command that takes arguments begins another command's path.
  public init(
    program: String, abstract: String, version: String, groups: [(name: String, abstract: String)] = [], commands: [Command]
  ) {
    self.program = program
    self.abstract = abstract
    self.version = version
    self.groups = groups
    self.commands = commands
    for (index, command) in commands.enumerated() {
      for (otherIndex, other) in commands.enumerated() where index != otherIndex {
        precondition(
          !other.path.starts(with: command.path) || (command.path.count < other.path.count && command.arguments.isEmpty),
          "\(other.name) hides behind \(command.name)")
      }
    }
  }

  /// The commands whose path begins with these words.
  func commands(under words: [String]) -> [Command] { commands.filter { $0.path.starts(with: words) } }
}
