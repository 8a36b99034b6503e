import JSON
import Model

/// Word lists and sentence patterns, compiled once into flat arrays so that writing a text is copying bytes.
///
/// A pattern is text with slots:
///
///     {lab.1} releases {family.2}-{#2-9.3} with {$.4} of {noun}
///
/// `{noun}` draws from the list `noun` anew each time; `{lab.1}` is fact 1 of the story and the same wherever the story is told;
/// `{#2-9}` is a whole number; `{$.4}` the story's dollars; `/s` at a slot's end writes it in lower case
/// with hyphens for spaces. Entries of
/// lists may be patterns themselves; inside a fact all draws are the fact's.
///
/// *Determinism*: the text is a function of the pattern, the story and the generator passed in.
struct Grammar: Sendable {
  enum SlotKind: UInt8 { case literal, list, number, dollars }

  struct Slot {
    var kind: SlotKind
    var isSlug = false
    var fact = -1
    /// Literal: byte range. List: its index. Number: both bounds.
    var first = 0
    var last = 0
  }

  /// A pattern: its slots.
  struct Pattern { var slots: Range<Int> }

  /// A list: its patterns.
  struct List { var patterns: Range<Int> }

  private(set) var bytes: [UInt8] = []
  private(set) var slots: [Slot] = []
  private(set) var patterns: [Pattern] = []
  private(set) var lists: [List] = []
  private var names: [String: Int] = [:]

  /// Compiles lists; a slot may name any of them, in any order.
  init(_ sources: [(name: String, entries: [String])]) {
    for (index, source) in sources.enumerated() {
      precondition(names.updateValue(index, forKey: source.name) == nil, "two word lists are called \(source.name)")
      precondition(!source.entries.isEmpty, "the word list \(source.name) is empty")
    }
    for source in sources {
      let first = patterns.count
      for entry in source.entries { compile(entry) }
      lists.append(List(patterns: first..<patterns.count))
    }
  }

  private mutating func compile(_ text: String) {
    let first = slots.count
    var rest = Substring(text)
    while let open = rest.firstIndex(of: "{") {
      addLiteral(rest[..<open])
      guard let close = rest[open...].firstIndex(of: "}") else { preconditionFailure("an open slot in: \(text)") }
      addSlot(rest[rest.index(after: open)..<close])
      rest = rest[rest.index(after: close)...]
    }
    addLiteral(rest)
    patterns.append(Pattern(slots: first..<slots.count))
  }

  private mutating func addLiteral(_ text: Substring) {
    if text.isEmpty { return }
    let first = bytes.count
    bytes.append(contentsOf: text.utf8)
    slots.append(Slot(kind: .literal, first: first, last: bytes.count))
  }

  private mutating func addSlot(_ source: Substring) {
    var text = source
    var slot = Slot(kind: .list)
    if text.hasSuffix("/s") {
      slot.isSlug = true
      text = text.dropLast(2)
    }
    if let dot = text.lastIndex(of: ".") {
      guard let fact = Int(text[text.index(after: dot)...]) else { preconditionFailure("no fact number in {\(source)}") }
      slot.fact = fact
      text = text[..<dot]
    }
    if text == "$" {
      precondition(slot.fact >= 0, "dollars are a fact: {\(source)}")
      slot.kind = .dollars
    } else if text.hasPrefix("#") {
      let bounds = text.dropFirst().split(separator: "-")
      guard bounds.count == 2, let low = Int(bounds[0]), let high = Int(bounds[1]), low <= high else {
        preconditionFailure("no bounds in {\(source)}")
      }
      slot.kind = .number
      slot.first = low
      slot.last = high
    } else {
      guard let list = names[String(text)] else { preconditionFailure("no word list is called \(text)") }
      slot.first = list
    }
    slots.append(slot)
  }

  /// The list of this name, for code that asks for it often.
  func list(_ name: String) -> List {
    guard let index = names[name] else { preconditionFailure("no word list is called \(name)") }
    return lists[index]
  }

  /// Appends one entry of a list.
  func append(_ list: List, story: UInt64, draw: inout SplitMix64, to output: inout [UInt8]) {
    append(patterns[list.patterns.lowerBound + draw.ranked(list.patterns.count)], story: story, draw: &draw, to: &output)
  }

  /// Appends the entry at `place`, counted round and round.
  func append(_ list: List, at place: Int, story: UInt64, draw: inout SplitMix64, to output: inout [UInt8]) {
    append(patterns[list.patterns.lowerBound + place % list.patterns.count], story: story, draw: &draw, to: &output)
  }

  /// Makes the letter at `start` a capital.
  static func capitalize(_ bytes: inout [UInt8], at start: Int) {
    if start < bytes.count, bytes[start] >= UInt8(ascii: "a"), bytes[start] <= UInt8(ascii: "z") { bytes[start] &= 0xdf }
  }

  /// Appends the list's entry that is fact `number` of the story: what `{list.number}` writes.
  func append(_ list: List, fact number: Int, story: UInt64, to output: inout [UInt8]) {
    var draw = Facts.draw(story, number)
    append(list, story: story, draw: &draw, to: &output)
  }

  /// Appends the list's entry at a place that is fact `number`, with fresh words in it: one wording of several.
  func append(_ list: List, placedBy number: Int, story: UInt64, draw: inout SplitMix64, to output: inout [UInt8]) {
    var place = Facts.draw(story, number)
    append(patterns[list.patterns.lowerBound + place.ranked(list.patterns.count)], story: story, draw: &draw, to: &output)
  }

  func append(_ pattern: Pattern, story: UInt64, draw: inout SplitMix64, to output: inout [UInt8]) {
    for index in pattern.slots {
      let slot = slots[index]
      let start = output.count
      switch slot.kind {
      case .literal: output.append(span: bytes.span.extracting(slot.first..<slot.last))
      case .list:
        if slot.fact >= 0 {
          append(lists[slot.first], fact: slot.fact, story: story, to: &output)
        } else {
          append(lists[slot.first], story: story, draw: &draw, to: &output)
        }
      case .number:
        if slot.fact >= 0 {
          var local = Facts.draw(story, slot.fact)
          DecimalText.append(Int64(local.between(slot.first...slot.last)), to: &output)
        } else {
          DecimalText.append(Int64(draw.between(slot.first...slot.last)), to: &output)
        }
      case .dollars: Self.appendMoney(Facts.dollars(story, slot.fact), spelled: draw.chance(1, in: 3), to: &output)
      }
      if slot.kind != .literal { Self.mendArticle(&output, before: start) }
      if slot.isSlug { Self.makeSlug(&output, from: start) }
    }
  }

  /// Turns `a` into `an` before a word at `start` that begins with a vowel.
  private static func mendArticle(_ bytes: inout [UInt8], before start: Int) {
    guard start >= 2, start < bytes.count, bytes[start - 1] == 0x20, bytes[start - 2] | 0x20 == UInt8(ascii: "a"),
      start == 2 || bytes[start - 3] == 0x20
    else { return }
    switch bytes[start] | 0x20 {
    case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "o"), UInt8(ascii: "u"):
      bytes.insert(UInt8(ascii: "n"), at: start - 1)
    default: break
    }
  }

  /// `$12.4M`, or `$12.4 million` spelled out.
  static func appendMoney(_ dollars: Int, spelled: Bool, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "$"))
    let unit = dollars >= 1_000_000 ? 1_000_000 : 1000
    DecimalText.append(Int64(dollars / unit), to: &output)
    let tenth = dollars % unit * 10 / unit
    if tenth > 0 {
      output.append(UInt8(ascii: "."))
      output.append(UInt8(ascii: "0") + UInt8(tenth))
    }
    if unit == 1000 {
      output.append(UInt8(ascii: "K"))
    } else if spelled {
      output.append(contentsOf: " million".utf8)
    } else {
      output.append(UInt8(ascii: "M"))
    }
  }

  /// Lower case, a hyphen for each run of anything but letters, digits and full stops.
  static func makeSlug(_ bytes: inout [UInt8], from start: Int) {
    var to = start
    for from in start..<bytes.count {
      let byte = bytes[from]
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): bytes[to] = byte | 0x20
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."): bytes[to] = byte
      default:
        if to == start || bytes[to - 1] == UInt8(ascii: "-") { continue }
        bytes[to] = UInt8(ascii: "-")
      }
      to += 1
    }
    bytes.removeLast(bytes.count - to)
  }
}
