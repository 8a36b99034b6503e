/// One word of a text: where it lies, what it is once case is taken away, and how it was written.
///
/// *Shape*: 32 bytes. `start` and `end` are byte offsets into the text, on UTF-8 boundaries; the possessive `'s` lies after `end`.
public struct Token: Sendable {
  @usableFromInline var first: Int32
  @usableFromInline var limit: Int32
  /// `Fingerprint.of` the lower-cased bytes, with a typographic apostrophe written as `'` and an acronym's dots (`U.S.`) left out.
  public var fingerprint: UInt64
  /// The same with a plural ending taken off by rule, for vocabularies: `tokens` and `token` agree. Equal to `fingerprint` elsewhere.
  public var singular: UInt64
  public var flags: Flags

  @inlinable public var start: Int { Int(first) }
  @inlinable public var end: Int { Int(limit) }
  @inlinable public var range: Range<Int> { Int(first)..<Int(limit) }
  @inlinable public var count: Int { Int(limit - first) }

  /// How a word was written and what stands around it.
  public struct Flags: OptionSet, Sendable {
    public var rawValue: UInt16
    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The first character is an upper-case letter.
    public static let capitalised = Flags(rawValue: 1)
    /// Two letters or more, all of them upper case.
    public static let allCapitals = Flags(rawValue: 2)
    public static let hasDigit = Flags(rawValue: 4)
    public static let startsWithDigit = Flags(rawValue: 8)
    /// The part of a hyphenated word before this one is the token before.
    public static let hyphenBefore = Flags(rawValue: 16)
    public static let hyphenAfter = Flags(rawValue: 32)
    /// Lies inside one of the list's links: no word of the language.
    public static let inLink = Flags(rawValue: 64)
    /// The first word of the text, or the first after `.`, `!`, `?` or a line's end.
    public static let startsSentence = Flags(rawValue: 128)
    /// The first word of a sentence or of what follows a comma, semicolon, colon, bracket or dash: phrases do not reach across.
    public static let startsClause = Flags(rawValue: 256)
    public static let possessive = Flags(rawValue: 512)
    public static let hasNonASCII = Flags(rawValue: 1024)
    /// A CJK character, which is a word of its own here.
    public static let ideograph = Flags(rawValue: 2048)

    @inlinable public var isHyphenated: Bool { !isDisjoint(with: [.hyphenBefore, .hyphenAfter]) }
  }
}

/// A web address in a text.
public struct Link: Sendable, Equatable {
  public var range: Range<Int>
  /// Written with `http://`, `https://` or `www.`. Without: a bare `github.com/…`, `arxiv.org/…` or `doi.org/…`.
  public var isExplicit: Bool
  /// Where the host begins: after the scheme.
  public var hostStart: Int
}
