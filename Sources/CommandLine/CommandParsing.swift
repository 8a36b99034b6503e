public import Model

/// What a command line asks for.
public enum Invocation: Sendable {
  case run(Command, ParsedArguments)
  /// Text to print on standard output: help, or the version.
  case print(String)
}

extension CommandSet {
  /// Understands a command line.
  ///
  /// - Parameters:
  ///   - arguments: without the program's name.
  ///   - width: what help is wrapped to.
  ///   - environment: looks up one variable.
  /// - Throws: codes `usage.*`; the advice names the nearest known word or the command's help.
  public func parse(
    _ arguments: [String], width: Int = 80, environment: (String) -> String? = { _ in nil }
  ) throws(ProwziError) -> Invocation {
    var words: [String] = []
    var rest = arguments[...]
    while let word = rest.first, !word.hasPrefix("-") {
      if words.isEmpty, word == "help" { return .print(try help(forTopic: Array(rest.dropFirst()), width: width)) }
      guard !commands(under: words + [word]).isEmpty else { throw unknownCommand(word, under: words) }
      words.append(word)
      rest = rest.dropFirst()
      guard let command = commands.first(where: { $0.path == words }) else { continue }
      // A command can have others below its name: the longest that is there counts, and where it takes no arguments a further word is one of theirs.
      if let next = rest.first, !next.hasPrefix("-"),
        !commands(under: words + [next]).isEmpty || command.arguments.isEmpty && !commands(below: command).isEmpty
      {
        continue
      }
      let options = rest.prefix { $0 != "--" }
      // No value begins with two dashes, so this is never one, and help wins over whatever else is wrong.
      if options.contains("--help") || options.contains("-h") { return .print(help(for: command, width: width)) }
      var parser = ArgumentParser(program: program, command: command)
      return .run(command, try parser.parse(Array(rest), environment: environment))
    }
    switch rest.first {
    case "--help", "-h": return .print(help(forGroup: words, width: width))
    case "--version" where words.isEmpty: return .print("\(program) \(version)\n")
    case .some(let option):
      throw ProwziError(.unknownOption, "'\(option)' stands before any command", advice: "Put options after the command's name")
    case .none:
      let name = ([program] + words).joined(separator: " ")
      throw ProwziError(
        .missingCommand, "'\(name)' needs a command", advice: "Choose one: \(nextWords(under: words).joined(separator: ", "))")
    }
  }

  private func help(forTopic words: [String], width: Int) throws(ProwziError) -> String {
    if words == ["exit-codes"] { return ExitCode.table(width: width) }
    if let command = commands.first(where: { $0.path == words }) { return help(for: command, width: width) }
    for (index, word) in words.enumerated() where commands(under: Array(words[...index])).isEmpty {
      throw unknownCommand(word, under: Array(words[..<index]))
    }
    return help(forGroup: words, width: width)
  }

  /// The words that can follow, in the order of declaration.
  func nextWords(under words: [String]) -> [String] {
    var next: [String] = []
    for command in commands(under: words) where command.path.count > words.count && !next.contains(command.path[words.count]) {
      next.append(command.path[words.count])
    }
    return next
  }

  private func unknownCommand(_ word: String, under words: [String]) -> ProwziError {
    let known = nextWords(under: words)
    let prefix = (words + [""]).joined(separator: " ")
    let name = ([program] + words).joined(separator: " ")
    let advice =
      if let near = Nearest.word(to: word, among: words.isEmpty ? known + ["help"] : known) {
        "Did you mean '\(prefix)\(near)'?"
      } else {
        "Run '\(name) --help' for the commands there are"
      }
    return ProwziError(.unknownCommand, "there is no command '\(prefix)\(word)'", advice: advice)
  }
}

/// Sorts the words after a command's name into options, flags and arguments.
private struct ArgumentParser {
  let program: String
  let command: Command
  private var values: [String: [String]] = [:]
  private var flags: Set<String> = []
  private var positionals: [String] = []

  init(program: String, command: Command) {
    self.program = program
    self.command = command
  }

  private var place: String { "\(program) \(command.name)" }
  private var helpAdvice: String { "Run '\(place) --help'" }

  mutating func parse(_ words: [String], environment: (String) -> String?) throws(ProwziError) -> ParsedArguments {
    var index = 0
    while index < words.count {
      let word = words[index]
      index += 1
      if word == "--" {
        positionals += words[index...]
        break
      }
      guard isOption(word) else {
        positionals.append(word)
        continue
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let option = try option(named: parts[0])
      if option.isFlag {
        guard parts.count == 1 else {
          throw ProwziError(.unexpectedValue, "\(parts[0]) takes no value", place: place, advice: "Write \(parts[0]) alone")
        }
        flags.insert(option.name)
        continue
      }
      if parts.count == 1 {
        guard index < words.count, !words[index].hasPrefix("--") else {
          throw ProwziError(.missingValue, "\(parts[0]) needs a value", place: place, advice: "Write \(option.usage)")
        }
        try take(words[index], for: option)
        index += 1
      } else {
        try take(parts[1], for: option)
      }
    }
    try checkArguments()
    let given = Set(values.keys)
    let sources = try fillIn(environment)
    return ParsedArguments(
      command: command, place: place, values: values, given: given, flags: flags, positionals: positionals, sources: sources)
  }

  /// A dash alone is standard input, and a dash before a digit a number.
  private func isOption(_ word: String) -> Bool {
    guard word.hasPrefix("-"), word != "-" else { return false }
    return !(word.dropFirst().first?.isNumber ?? false)
  }

  private func option(named typed: String) throws(ProwziError) -> Command.Option {
    if typed.hasPrefix("--") {
      if let option = command.options.first(where: { "--" + $0.name == typed }) { return option }
    } else if let option = command.options.first(where: { $0.short.map { "-\($0)" } == typed }) {
      return option
    }
    let known = command.options.map { "--" + $0.name } + ["--help"]
    let near = Nearest.word(to: typed, among: known)
    throw ProwziError(
      .unknownOption, "there is no option \(typed)", place: place, advice: near.map { "Did you mean \($0)?" } ?? helpAdvice)
  }

  private mutating func take(_ value: String, for option: Command.Option) throws(ProwziError) {
    if values[option.name] != nil, !option.isRepeated {
      throw ProwziError(.repeatedOption, "--\(option.name) is given twice", place: place, advice: "Give it once")
    }
    try check(value, for: option, givenBy: "--\(option.name)")
    values[option.name, default: []].append(value)
  }

  private func check(_ value: String, for option: Command.Option, givenBy giver: String) throws(ProwziError) {
    guard !option.choices.isEmpty, !option.choices.contains(value) else { return }
    let near = Nearest.word(to: value, among: option.choices)
    throw ProwziError(
      .badValue, "\(giver) cannot be '\(value)'", place: place,
      advice: near.map { "Did you mean \($0)?" } ?? "Choose one: \(option.choices.joined(separator: ", "))")
  }

  private func checkArguments() throws(ProwziError) {
    let required = command.arguments.filter { !$0.isOptional }
    if positionals.count < required.count {
      throw ProwziError(.missingArgument, "the argument <\(required[positionals.count].name)> is missing", place: place, advice: helpAdvice)
    }
    if !(command.arguments.last?.isRepeated ?? false), positionals.count > command.arguments.count {
      let extra = positionals[command.arguments.count]
      throw ProwziError(.extraArgument, "the argument '\(extra)' is one too many", place: place, advice: helpAdvice)
    }
  }

  /// Takes what was not given from the environment, then from the defaults.
  /// - Returns: for each option taken from a variable, the variable's name.
  private mutating func fillIn(_ environment: (String) -> String?) throws(ProwziError) -> [String: String] {
    var sources: [String: String] = [:]
    for option in command.options where !option.isFlag && values[option.name] == nil {
      if let variable = option.environment, let value = environment(variable), !value.isEmpty {
        try check(value, for: option, givenBy: variable)
        values[option.name] = [value]
        sources[option.name] = variable
      } else if let value = option.defaultValue {
        values[option.name] = [value]
      } else if option.isRequired {
        let variable = option.environment.map { " or set \($0)" } ?? ""
        throw ProwziError(.missingOption, "--\(option.name) is missing", place: place, advice: "Give \(option.usage)\(variable)")
      }
    }
    return sources
  }
}
