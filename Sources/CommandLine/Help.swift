extension CommandSet {
  /// The page of one command.
  public func help(for command: Command, width: Int = 80) -> String {
    let name = "\(program) \(command.name)"
    var page = "\(name): \(command.abstract)\n\n"
    let usage = ["Usage: \(name)"] + (command.options.isEmpty ? [] : ["[options]"]) + command.arguments.map(\.usage)
    page += usage.joined(separator: " ") + "\n"
    if !command.discussion.isEmpty { page += "\n" + Wrapping.wrap(command.discussion, width: width, indent: 2) + "\n" }
    page += section("Arguments", command.arguments.map { ("<\($0.name)>\($0.isRepeated ? "..." : "")", $0.help) }, width)
    page += section("Options", command.options.map { ($0.usage, Self.helpText($0)) } + [("-h, --help", "Shows this page")], width)
    let inside = commands(under: command.path).filter { $0.path != command.path }
    page += section("Commands", inside.map { ($0.path.dropFirst(command.path.count).joined(separator: " "), $0.abstract) }, width)
    if !command.examples.isEmpty {
      page += "\nExamples:\n"
      for example in command.examples {
        page += "  \(example.line)\n" + Wrapping.wrap(example.meaning, width: width, indent: 6) + "\n"
      }
    }
    return page
  }

  /// The page of a group; of the whole program, where there are no words.
  public func help(forGroup words: [String] = [], width: Int = 80) -> String {
    let name = ([program] + words).joined(separator: " ")
    let group = words.joined(separator: " ")
    let about = words.isEmpty ? abstract : groups.first { $0.name == group }?.abstract
    var page = about.map { "\(name): \($0)\n\n" } ?? ""
    page += "Usage: \(name) <command> [options]\n"
    if words.isEmpty {
      // Groups stand as one line each: their own pages list what is in them.
      var rows: [(String, String)] = []
      for word in nextWords(under: []) {
        let inside = commands(under: [word])
        let own = inside.first { $0.path == [word] }
        rows.append(
          (inside.count > (own == nil ? 0 : 1) ? "\(word) ..." : word, own?.abstract ?? groups.first { $0.name == word }?.abstract ?? ""))
      }
      page += section("Commands", rows, width)
      page += section(
        "Options", [("-h, --help", "Shows this page, or the page of a command"), ("--version", "Shows the version")], width)
      page += "\nRun '\(program) help exit-codes' for what the exit codes mean.\n"
    } else {
      let rows = commands(under: words).map { ($0.path.dropFirst(words.count).joined(separator: " "), $0.abstract) }
      page += section("Commands", rows, width)
      page += "\nRun '\(name) <command> --help' for one of them.\n"
    }
    return page
  }

  private static func helpText(_ option: Command.Option) -> String {
    var notes: [String] = []
    if option.isRequired { notes.append("required") }
    if option.isRepeated { notes.append("can be repeated") }
    if let value = option.defaultValue { notes.append("default: \(value)") }
    if let variable = option.environment { notes.append("environment: \(variable)") }
    return notes.isEmpty ? option.help : "\(option.help) (\(notes.joined(separator: "; ")))"
  }

  private func section(_ title: String, _ rows: [(String, String)], _ width: Int) -> String {
    guard !rows.isEmpty else { return "" }
    return "\n\(title):\n" + Wrapping.definitions(rows, width: width)
  }
}

/// Fits text into a width, counted in characters.
public enum Wrapping {
  /// Fills lines with words. Empty lines separate paragraphs; a line that begins with two blanks stays as it is. A word longer than a line
  /// gets a line of its own.
  public static func wrap(_ text: String, width: Int, indent: Int = 0) -> String {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = ""
    func room(_ word: Substring) -> Bool { line.count + 1 + word.count + indent <= max(width, 20) }
    for source in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if source.isEmpty || source.hasPrefix("  ") {
        if !line.isEmpty { lines.append(line) }
        line = ""
        lines.append(String(source))
        continue
      }
      for word in source.split(separator: " ") {
        if line.isEmpty {
          line = String(word)
        } else if room(word) {
          line += " " + word
        } else {
          lines.append(line)
          line = String(word)
        }
      }
    }
    if !line.isEmpty { lines.append(line) }
    return lines.map { $0.isEmpty ? "" : margin + $0 }.joined(separator: "\n")
  }

  /// Names on the left, their meaning on the right; below the name where that is long.
  static func definitions(_ rows: [(String, String)], width: Int) -> String {
    let longest = 26
    let column = (rows.map(\.0.count).filter { $0 <= longest }.max() ?? 0) + 4
    var text = ""
    for (name, meaning) in rows {
      let body = wrap(meaning, width: width, indent: column)
      if meaning.isEmpty {
        text += "  \(name)\n"
      } else if name.count <= longest {
        text += "  \(name)" + String(body.dropFirst(2 + name.count)) + "\n"
      } else {
        text += "  \(name)\n\(body)\n"
      }
    }
    return text
  }
}
