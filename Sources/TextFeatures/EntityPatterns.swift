import Model

/// Entities that are known by their form.
enum EntityPatterns {
  private static let cve = Fingerprint.of("cve")
  private static let ghsa = Fingerprint.of("ghsa")
  private static let arxiv = Fingerprint.of("arxiv")
  /// Words that stand beside a slash without naming an owner or a repository: `GitHub PR/Issue`.
  private static let noNames = WordSet(
    "pr prs pull issue issues ci cd action actions commit commits branch tag git gitlab bitbucket github repo repos and or open closed source code fork star wiki"
  )
  private static let repositoryWords = WordSet("github repo repos repository repositories")

  /// Reads an entity that begins with token `index` and adds it.
  /// - Returns: how many tokens it took, 0 where there is none.
  static func readForm(_ tokens: borrowing TokenList, _ index: Int, _ list: inout EntityList) -> Int {
    let token = tokens.tokens[index]
    if token.count >= 32 { return readLongToken(tokens, token, &list) ? 1 : 0 }
    if token.start > 0, tokens.text[token.start - 1] == 0x24, readTicker(tokens, token, &list) { return 1 }
    if token.flags.contains(.hyphenAfter) {
      if token.fingerprint == cve { return readCVE(tokens, index, &list) }
      if token.fingerprint == ghsa { return readGHSA(tokens, index, &list) }
    }
    if token.flags.contains(.startsWithDigit) {
      if let words = readDOI(tokens, index, &list) { return words }
      return readArxivNumber(tokens, index, &list) ? 1 : 0
    }
    if token.fingerprint == arxiv, token.end < tokens.text.count, tokens.text[token.end] == 0x3A {
      return readOldArxiv(tokens, index, from: token.end + 1, &list)
    }
    if token.end < tokens.text.count, tokens.text[token.end] == 0x2F { return readBareRepository(tokens, index, &list) }
    return 0
  }

  // MARK: Addresses

  private static func readLongToken(_ tokens: borrowing TokenList, _ token: Token, _ list: inout EntityList) -> Bool {
    let text = tokens.text
    let start = token.start
    if token.count == 42 || token.count == 66, text[start] == 0x30, text[start + 1] | 0x20 == 0x78 {
      var hasUpper = false
      var hasLower = false
      for index in start + 2..<token.end {
        guard hexValue(text[index]) != nil else { return false }
        if text[index] &- 0x41 < 6 { hasUpper = true }
        if text[index] &- 0x61 < 6 { hasLower = true }
      }
      let isAddress = token.count == 42
      let isMixed = hasUpper && hasLower
      if isAddress, isMixed, !checksumHolds(tokens, token) { return true }
      list.add(isAddress ? .evmAddress : .evmTransaction, token.range, hasChecksum: isAddress && isMixed) {
        $0.append(contentsOf: tokens.lowered[token.range])
      }
      return true
    }
    guard token.count <= 44 || (64...88).contains(token.count) else { return false }
    var hasUpper = false
    var hasLower = false
    for index in token.range {
      guard Base58.value(text[index]) != nil else { return false }
      if text[index] >= 0x61 { hasLower = true } else if text[index] >= 0x41 { hasUpper = true }
    }
    guard hasUpper, hasLower, token.flags.contains(.hasDigit) else { return false }
    switch Base58.decodedCount(text, in: token.range) {
    case 32: list.add(.solanaAddress, token.range) { $0.append(contentsOf: text[token.range]) }
    case 64: list.add(.solanaSignature, token.range) { $0.append(contentsOf: text[token.range]) }
    default: return false
    }
    return true
  }

  /// EIP-55: a letter is upper case where the digit of the lower-case address's Keccak-256 at its place is 8 or more.
  static func checksumHolds(_ tokens: borrowing TokenList, _ token: Token) -> Bool {
    let hash = Keccak256.digest(of: Array(tokens.lowered[token.start + 2..<token.end]))
    for offset in 0..<40 {
      let byte = tokens.text[token.start + 2 + offset]
      guard byte >= 0x41 else { continue }
      let digit = offset % 2 == 0 ? hash[offset / 2] >> 4 : hash[offset / 2] & 15
      if (digit >= 8) != (byte < 0x61) { return false }
    }
    return true
  }

  // MARK: Tickers

  private static let shellNames = WordSet("HOME PATH USER SHELL PWD LANG TERM EDITOR TMPDIR USD US")

  /// `$AAVE`: two to ten capitals and digits behind a dollar sign that is neither money, a shell variable nor the border of a formula.
  private static func readTicker(_ tokens: borrowing TokenList, _ token: Token, _ list: inout EntityList) -> Bool {
    let text = tokens.text
    guard (2...10).contains(token.count), !token.flags.contains(.startsWithDigit) else { return false }
    for index in token.range where text[index] &- 0x41 >= 26 && text[index] &- 0x30 >= 10 { return false }
    if token.start > 1, CharacterClasses.isWordByte(text[token.start - 2]) || text[token.start - 2] == 0x24 { return false }
    if token.end < text.count {
      switch text[token.end] {
      case 0x24, 0x5F, 0x5E, 0x7B, 0x28, 0x5C, 0x3D, 0x5B: return false
      default: break
      }
    }
    guard !shellNames.contains(token.fingerprint), !opensFormula(text, from: token.end) else { return false }
    list.add(.ticker, token.start - 1..<token.end) { $0.append(contentsOf: text[token.range]) }
    return true
  }

  /// Whether the dollar sign before `index` opens a formula: another follows that closes one.
  static func opensFormula(_ text: [UInt8], from index: Int) -> Bool {
    var at = index
    let limit = min(text.count, index + 60)
    while at < limit {
      if text[at] == 0x24 {
        let closes = text[at - 1] > 0x20 && text[at - 1] != 0x28 && text[at - 1] != 0x2F && text[at - 1] != 0x2D
        return closes && (at + 1 == text.count || !CharacterClasses.isWordByte(text[at + 1]))
      }
      at += 1
    }
    return false
  }

  // MARK: Advisories

  private static func readCVE(_ tokens: borrowing TokenList, _ index: Int, _ list: inout EntityList) -> Int {
    guard index + 2 < tokens.count else { return 0 }
    let year = tokens[index + 1]
    let number = tokens[index + 2]
    guard year.flags.contains(.hyphenAfter), isDigits(tokens, year, 4...4), isDigits(tokens, number, 4...7) else { return 0 }
    let range = tokens[index].start..<number.end
    list.add(.cve, range) {
      $0.append(contentsOf: [0x43, 0x56, 0x45, 0x2D])
      $0.append(contentsOf: tokens.text[year.start..<number.end])
    }
    return 3
  }

  private static func readGHSA(_ tokens: borrowing TokenList, _ index: Int, _ list: inout EntityList) -> Int {
    guard index + 3 < tokens.count else { return 0 }
    for part in 1...3 {
      let token = tokens[index + part]
      guard token.count == 4, token.flags.contains(.hyphenBefore) else { return 0 }
      for at in token.range where !"23456789cfghjmpqrvwx".utf8.contains(tokens.lowered[at]) { return 0 }
    }
    let end = tokens[index + 3].end
    list.add(.ghsa, tokens[index].start..<end) {
      $0.append(contentsOf: [0x47, 0x48, 0x53, 0x41])
      $0.append(contentsOf: tokens.lowered[tokens[index].end..<end])
    }
    return 4
  }

  private static func isDigits(_ tokens: borrowing TokenList, _ token: Token, _ lengths: ClosedRange<Int>) -> Bool {
    guard lengths.contains(token.count) else { return false }
    for at in token.range where tokens.text[at] &- 0x30 >= 10 { return false }
    return true
  }

  // MARK: Papers

  private static func readDOI(_ tokens: borrowing TokenList, _ index: Int, _ list: inout EntityList) -> Int? {
    let token = tokens[index]
    let text = tokens.text
    guard token.count >= 7, token.end + 1 < text.count, text[token.end] == 0x2F, tokens.hasLowered("10.", at: token.start) else {
      return nil
    }
    for at in token.start + 3..<token.end where text[at] &- 0x30 >= 10 && text[at] != 0x2E { return nil }
    var end = token.end + 1
    scan: while end < text.count {
      switch text[end] {
      case 0...0x20, 0x22, 0x3C, 0x3E, 0x5B, 0x5D, 0x7B, 0x7D, 0x7F...: break scan
      default: end += 1
      }
    }
    while end > token.end + 1, [0x2E, 0x2C, 0x3B, 0x3A, 0x29, 0x27].contains(text[end - 1]) { end -= 1 }
    guard end > token.end + 1 else { return nil }
    list.add(.doi, token.start..<end) { $0.append(contentsOf: tokens.lowered[token.start..<end]) }
    var words = 1
    while index + words < tokens.count, tokens[index + words].start < end { words += 1 }
    return words
  }

  /// `2401.12345v2`: bare with five digits and a month that can be; four digits only behind `arXiv`.
  private static func readArxivNumber(_ tokens: borrowing TokenList, _ index: Int, _ list: inout EntityList) -> Bool {
    let token = tokens[index]
    let text = tokens.text
    guard token.count >= 9, token.count <= 13, text[token.start + 4] == 0x2E else { return false }
    var end = token.start
    while end < token.end, text[end] &- 0x30 < 10 || end == token.start + 4 { end += 1 }
    let digits = end - token.start - 5
    if end < token.end {
      guard text[end] | 0x20 == 0x76, end + 1 < token.end else { return false }
      for at in end + 1..<token.end where text[at] &- 0x30 >= 10 { return false }
    }
    let year = Int(text[token.start] - 0x30) * 10 + Int(text[token.start + 1]) - 0x30
    let month = Int(text[token.start + 2] - 0x30) * 10 + Int(text[token.start + 3]) - 0x30
    guard (1...12).contains(month), digits == 5 || digits == 4, digits == (year >= 15 ? 5 : 4), year >= 7, year < 60 else { return false }
    let isNamed = index > 0 && tokens[index - 1].fingerprint == arxiv || token.flags.contains(.inLink)
    if token.flags.contains(.inLink), !isArxivLink(tokens, at: token.start) { return false }
    if !isNamed {
      guard digits == 5 else { return false }
      // A price, a share, a ratio or a measured number is none.
      if token.start > 0, [0x24, 0x2D, 0x2B, 0x2F, 0x3D, 0x7E, 0xAC, 0xA3].contains(text[token.start - 1]) { return false }
      if token.end < text.count, [0x25, 0x2F, 0x2D].contains(text[token.end]) { return false }
      if index + 1 < tokens.count, tokens[index + 1].flags.contains(.allCapitals), tokens[index + 1].start - token.end == 1 { return false }
    }
    let from = isNamed && !token.flags.contains(.inLink) && tokens[index - 1].end + 1 == token.start ? tokens[index - 1].start : token.start
    list.add(.arxiv, from..<token.end) { $0.append(contentsOf: text[token.start..<end]) }
    return true
  }

  private static func isArxivLink(_ tokens: borrowing TokenList, at position: Int) -> Bool {
    guard let link = tokens.links.last(where: { $0.range.contains(position) }) else { return false }
    var at = link.range.lowerBound
    while at < position {
      if tokens.hasLowered("arxiv.org/", at: at) || tokens.hasLowered("arxiv.", at: at) || tokens.hasLowered("/papers/", at: at) {
        return true
      }
      at += 1
    }
    return false
  }

  /// `arXiv:hep-th/9901001`, the form before 2007.
  private static func readOldArxiv(_ tokens: borrowing TokenList, _ index: Int, from start: Int, _ list: inout EntityList) -> Int {
    let text = tokens.text
    var at = start
    while at < text.count, text[at] &- 0x61 < 26 || text[at] == 0x2D || text[at] == 0x2E || text[at] &- 0x41 < 26 { at += 1 }
    guard at > start + 1, at + 8 <= text.count, text[at] == 0x2F else { return 0 }
    for digit in at + 1..<at + 8 where text[digit] &- 0x30 >= 10 { return 0 }
    if at + 8 < text.count, CharacterClasses.ascii(text[at + 8]) == 1 { return 0 }
    list.add(.arxiv, tokens[index].start..<at + 8) { $0.append(contentsOf: tokens.lowered[start..<at + 8]) }
    var words = 1
    while index + words < tokens.count, tokens[index + words].start < at + 8 { words += 1 }
    return words
  }

  // MARK: Links and repositories

  static func readLink(_ tokens: borrowing TokenList, _ link: Link, _ list: inout EntityList) {
    if link.isExplicit { list.add(.url, link.range) { $0.append(contentsOf: tokens.text[link.range]) } }
    var host = link.hostStart
    if tokens.hasLowered("www.", at: host) { host += 4 }
    guard tokens.hasLowered("github.com/", at: host) else { return }
    let start = host + 11
    guard let range = repository(tokens, from: start, to: link.range.upperBound) else { return }
    guard !reservedOwners.contains(Fingerprint.of(tokens.lowered, in: start..<ownerEnd(tokens.text, from: start, to: range.upperBound)))
    else { return }
    list.add(.repository, range) { $0.append(contentsOf: tokens.lowered[range]) }
  }

  private static let reservedOwners = WordSet(
    "about apps blog collections contact customer enterprise events explore features login marketplace notifications orgs pricing search security settings sponsors stars team topics trending users"
  )

  private static func isNameByte(_ byte: UInt8) -> Bool {
    CharacterClasses.isWordByte(byte) || byte == 0x2D || byte == 0x5F || byte == 0x2E
  }

  private static func ownerEnd(_ text: [UInt8], from start: Int, to limit: Int) -> Int {
    var at = start
    while at < limit, CharacterClasses.isWordByte(text[at]) || text[at] == 0x2D { at += 1 }
    return at
  }

  /// `owner/name` at `start`: an owner of at most 39 letters, digits and inner hyphens, a name of at most 100 with points and underscores.
  private static func repository(_ tokens: borrowing TokenList, from start: Int, to limit: Int) -> Range<Int>? {
    let text = tokens.text
    let owner = ownerEnd(text, from: start, to: limit)
    guard owner > start, owner - start <= 39, text[start] != 0x2D, text[owner - 1] != 0x2D, owner + 1 < limit, text[owner] == 0x2F else {
      return nil
    }
    var at = owner + 1
    while at < limit, isNameByte(text[at]) { at += 1 }
    if at - owner > 5, tokens.hasLowered(".git", at: at - 4) { at -= 4 }
    while at > owner + 1, text[at - 1] == 0x2E { at -= 1 }
    guard at > owner + 1, at - owner - 1 <= 100 else { return nil }
    return start..<at
  }

  /// `owner/name` in running text: only where one of the three words before says that a repository is meant.
  private static func readBareRepository(_ tokens: borrowing TokenList, _ index: Int, _ list: inout EntityList) -> Int {
    // The owner may be hyphenated: its first part must be the token we stand on.
    guard !tokens[index].flags.contains(.hyphenBefore) || index > 0 else { return 0 }
    var first = index
    while first > 0, tokens[first].flags.contains(.hyphenBefore) { first -= 1 }
    var isSafe = false
    for back in 1...3 where first - back >= 0 {
      if repositoryWords.contains(tokens[first - back].fingerprint) { isSafe = true }
    }
    let start = tokens[first].start
    guard isSafe, start == 0 || tokens.text[start - 1] != 0x2F, let range = repository(tokens, from: start, to: tokens.text.count),
      range.upperBound == tokens.text.count || tokens.text[range.upperBound] != 0x2F
    else { return 0 }
    let owner = ownerEnd(tokens.text, from: start, to: range.upperBound)
    for side in [start..<owner, owner + 1..<range.upperBound] where noNames.contains(Fingerprint.of(tokens.lowered, in: side)) { return 0 }
    list.add(.repository, range) { $0.append(contentsOf: tokens.lowered[range]) }
    var words = 1
    while index + words < tokens.count, tokens[index + words].start < range.upperBound { words += 1 }
    return words
  }
}
