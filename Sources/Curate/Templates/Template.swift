import Events

/// How a kind of event is told. One implementation a family of kinds; all of them build their text from claims.
protocol Template {
  /// What happened.
  /// - Parameter limit: how much room the free-text parts may take; the caller tries less until the whole fits.
  static func headline(_ member: Member, _ story: Story, _ limit: TextLimit) -> ClaimText

  /// One or two sentences with the figures that matter, the more important first.
  static func sentences(_ member: Member, _ story: Story) -> [ClaimText]

  /// One or two next steps.
  static func actions(_ member: Member, _ story: Story) -> [StaticString]
}

/// Room for one free-text part.
struct TextLimit {
  var words: Int
  var characters: Int

  /// Room in a headline for a part beside the subject.
  var detail: TextLimit { TextLimit(words: min(4, words / 3), characters: min(48, characters / 3)) }

  func less(words taken: Int) -> TextLimit { TextLimit(words: max(1, words - taken), characters: max(8, characters - 10 * taken)) }
}

/// The template of a kind.
func template(of kind: Kind) -> any Template.Type {
  switch kind {
  case .exploit: ExploitTemplate.self
  case .fundingRound: FundingTemplate.self
  case .modelRelease: ModelTemplate.self
  case .paper: PaperTemplate.self
  case .repoStars: StarsTemplate.self
  case .repoRelease, .repoPush: RepositoryTemplate.self
  case .advisory: AdvisoryTemplate.self
  case .tokenLaunch, .poolActivity, .tokenListing: TokenTemplate.self
  case .news: NewsTemplate.self
  case .generic: GenericTemplate.self
  }
}

enum Headline {
  static let mostWords = 15
  static let mostCharacters = 200

  /// The longest form of a headline that fits.
  static func fit(_ build: (TextLimit) -> ClaimText) -> ClaimText {
    var text = ClaimText()
    for words in stride(from: mostWords, through: 1, by: -1) {
      text = build(TextLimit(words: words, characters: words == mostWords ? mostCharacters : words * 12))
      if text.wordCount <= mostWords, text.characterCount <= mostCharacters { return text }
    }
    return text
  }

  /// A headline that is the event's own title, or what it names first where it has none.
  static func title(_ member: Member, _ limit: TextLimit) -> ClaimText {
    var text = ClaimText()
    guard let piece = member.title ?? member.entities.first?.value else { return text }
    // What a cut headline says should be whole: `A does this; B does that` is cut at the semicolon.
    let clause = Member.wordCount(piece.text) > limit.words ? HeadlineCut.clause(of: piece.text) : nil
    text.show(piece, part: clause ?? 0..<piece.text.count, of: member, limit, member.kind == .paper ? .paper : .asIs)
    return text
  }
}

extension Member {
  /// What the event is about, short: its title where that is a name, else the first entity of these types, else the title.
  func subject(_ types: String...) -> Piece? {
    if let title, Self.wordCount(title.text) <= 6 { return title }
    for type in types { if let found = entity(type) { return found } }
    return title
  }

  /// Whether the title says already what happened, so that a template would say it twice.
  func titleTells(_ stems: String...) -> Bool {
    guard let title else { return false }
    let text = String(decoding: title.text.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    return Self.wordCount(title.text) > 2 && stems.contains { text.contains($0) }
  }

  static func wordCount(_ text: [UInt8]) -> Int { text.split(separator: 0x20).count }

  /// Whether a number is there and not zero.
  func has(_ name: String) -> Bool { (number(name)?.value ?? 0) != 0 }
}

extension ClaimText {
  /// How a field is written for readers; the binding is to the field as it stands.
  enum Style {
    case asIs
    /// `ethereum` as `Ethereum`, `bsc` as `BSC`: names that are kept in lower case.
    case name
    /// `Price Oracle Attack` as `price oracle attack`, `Series A` and `DNS` as they are: words within a sentence.
    case lowered
    /// `Some_Protocol` as `Some Protocol`.
    case spaced
    /// `xai` as `xAI`: companies that are kept in lower case.
    case company
    /// LaTeX as plain text.
    case paper
    /// `HIGH` as `high`.
    case lowerCase
    /// An address by its ends.
    case address
  }

  /// Appends a text field, cleaned and cut to the limit, as a claim.
  /// - Returns: whether there was something to show.
  @discardableResult
  mutating func show(_ piece: Member.Piece?, of member: Member, _ limit: TextLimit, _ style: Style = .asIs) -> Bool {
    guard let piece, limit.words > 0, let shown = Display.line(piece.text, words: limit.words, characters: limit.characters) else {
      return false
    }
    append(shown, piece, member, style)
    return true
  }

  /// Appends a sentence of a prose field: the first that begins in one of these ways, else the first.
  @discardableResult
  mutating func showSentence(
    _ piece: Member.Piece?, of member: Member, characters: Int, preferring preference: Display.Preference = Display.Preference(),
    _ style: Style = .asIs
  ) -> Bool {
    guard let piece, var shown = Display.sentence(piece.text, characters: characters, preferring: preference) else { return false }
    if piece.isCut, shown.range.upperBound >= piece.text.count - 3 { shown.isCut = true }
    append(shown, piece, member, style)
    return true
  }

  private mutating func append(_ shown: Display.Shown, _ piece: Member.Piece, _ member: Member, _ style: Style) {
    let binding = member.bind(piece, shown.range)
    claim(Self.styled(shown.text, style), [binding], derivation: member.origin([binding]))
    if shown.isCut { say("…") }
  }

  private static func styled(_ text: [UInt8], _ style: Style) -> [UInt8] {
    switch style {
    case .asIs: return text
    case .name: return Spelling.chain(text)
    case .lowered: return Spelling.lowered(text)
    case .lowerCase: return text.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    case .address: return Display.address(text)
    case .spaced: return text.map { $0 == UInt8(ascii: "_") ? 0x20 : $0 }
    case .company: return Spelling.company(text)
    case .paper: return Markup.withoutLaTeX(text)
    }
  }

  /// Appends a number of the member's as a claim.
  mutating func show(_ number: Member.Number, of member: Member, _ format: (Double) -> [UInt8], unit: String = "") {
    let binding = member.bind(number)
    claim(format(number.value) + Array(unit.utf8), [binding], derivation: member.origin([binding]))
  }

  /// Appends a part of a text field, cleaned and cut to the limit.
  @discardableResult
  mutating func show(_ piece: Member.Piece, part: Range<Int>, of member: Member, _ limit: TextLimit, _ style: Style = .asIs) -> Bool {
    guard var shown = Display.line(Array(piece.text[part]), words: limit.words, characters: limit.characters) else { return false }
    shown.range = shown.range.lowerBound + part.lowerBound..<shown.range.upperBound + part.lowerBound
    append(shown, piece, member, style)
    return true
  }

  /// Appends a noun in the number that the value asks for.
  mutating func say(_ one: StaticString, _ many: StaticString, for number: Member.Number) { say(number.value == 1 ? one : many) }

  /// Appends a full stop where the text does not end in something like it.
  mutating func stop() {
    guard let last = bytes.last else { return }
    if last == UInt8(ascii: ".") || last == UInt8(ascii: "!") || last == UInt8(ascii: "?") || bytes.suffix(3) == [0xe2, 0x80, 0xa6] {
      return
    }
    say(".")
  }
}
