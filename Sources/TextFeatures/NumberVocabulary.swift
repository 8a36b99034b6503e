import Model

/// The words that give a number its meaning.
enum Vocabulary {
  static let percent = Fingerprint.of("percent")
  static let pct = Fingerprint.of("pct")
  static let percentage = Fingerprint.of("percentage")
  static let point = Fingerprint.of("point")
  static let per = Fingerprint.of("per")
  static let cent = Fingerprint.of("cent")
  static let fold = Fingerprint.of("fold")
  static let context = Fingerprint.of("context")
  static let model = Fingerprint.of("model")
  static let token = Fingerprint.of("token")

  static let parameterWords = WordSet("parameter param")
  static let contextWords = WordSet("context window")

  /// Powers of ten.
  static let scales: FingerprintTable = {
    var table = FingerprintTable()
    for (word, power) in [
      ("hundred", 2), ("thousand", 3), ("lakh", 5), ("million", 6), ("mn", 6), ("mln", 6), ("mio", 6), ("crore", 7), ("billion", 9),
      ("bn", 9),
      ("bln", 9), ("trillion", 12), ("tn", 12),
    ] { table.insert(Fingerprint.of(word), Int32(power)) }
    return table
  }()

  static let countWords = WordSet(
    """
    user customer developer employee worker job people person download star fork gpu cpu chip token wallet address transaction account paper
    dataset task language hour day week month year minute second image video document page repo repository model agent node validator holder
    investor trader company startup bank country city student researcher patient server device app application bug vulnerability attack victim
    record file line commit contributor request query message conversation call sample example question benchmark study case school store
    vehicle robot satellite qubit core layer expert head step iteration epoch frame megawatt gigawatt mw gw kwh block contract pool nft
    subscriber member visitor player view click share unit seat license machine datacenter site incident flaw bot human participant
    """)

  /// Units that are written alike for one and for many.
  static let invariantWords = WordSet("people mw gw kwh gigawatt megawatt staff")

  private static let fiat = ["USD", "EUR", "GBP", "JPY", "CNY", "RMB", "CHF", "CAD", "AUD", "INR", "KRW", "SGD", "HKD", "BRL"]
  private static let assets = [
    "BTC", "ETH", "SOL", "USDC", "USDT", "DAI", "BNB", "XRP", "ADA", "DOGE", "AVAX", "MATIC", "POL", "DOT", "LINK", "UNI", "AAVE", "WBTC",
    "WETH",
    "STETH", "WSTETH", "RETH", "LTC", "BCH", "TRX", "TON", "ARB", "OP", "SHIB", "PEPE", "BUSD", "TUSD", "FRAX", "LUSD", "CRV", "MKR",
    "COMP", "YFI",
    "SUSHI", "CAKE", "WBNB", "FTM", "ATOM", "NEAR", "APT", "SUI", "XLM", "XMR", "ETC", "FIL", "EOS", "LUNA", "UST", "FTT", "USDE", "PYUSD",
    "GHO",
    "CBBTC", "WSOL", "JUP", "BONK", "RUNE", "SNX", "LDO", "ENA", "HYPE", "USDD", "GUSD", "USDP",
  ]
  private static let words: [(String, String)] = [
    ("dollar", "USD"), ("euro", "EUR"), ("yen", "JPY"), ("yuan", "CNY"), ("rupee", "INR"), ("bitcoin", "BTC"), ("ether", "ETH"),
    ("satoshi", "SAT"), ("dogecoin", "DOGE"), ("litecoin", "LTC"),
  ]
  private static let codes = fiat + assets
  private static let codeTable: FingerprintTable = {
    var table = FingerprintTable(capacity: 128)
    for (number, code) in codes.enumerated() {
      var list = TokenList()
      list.read(Array(code.utf8))
      table.insert(list[0].fingerprint, Int32(number))
    }
    return table
  }()
  private static let wordTable: FingerprintTable = {
    var table = FingerprintTable()
    for (number, word) in words.enumerated() { table.insert(Fingerprint.of(word.0), Int32(number)) }
    return table
  }()

  static func fiatCode(_ print: UInt64) -> String? {
    let number = Int(codeTable.find(print))
    return number >= 0 && number < fiat.count ? fiat[number] : nil
  }

  /// The code of a currency or asset behind an amount: written with two capitals at least (`USDC`, `stETH`), or as its word (`dollars`).
  static func assetCode(_ tokens: borrowing TokenList, _ token: Token) -> String? {
    let word = Int(wordTable.find(token.singular))
    if word >= 0 { return words[word].1 }
    let number = Int(codeTable.find(token.fingerprint))
    guard number >= 0 else { return nil }
    var capitals = 0
    for at in token.range where CharacterClasses.ascii(tokens.text[at]) == 3 { capitals += 1 }
    guard capitals >= 2 else { return nil }
    return codes[number] == "RMB" ? "CNY" : codes[number]
  }
}
