import Testing

@testable import TextFeatures

@Suite struct NumberTests {
  @Test(arguments: [
    ("raises $12.5M", ["money 12500000.0 USD"]), ("US$ 3 billion", ["money 3000000000.0 USD"]), ("€1.2bn fine", ["money 1200000000.0 EUR"]),
    ("1,200 ETH", ["money 1200.0 ETH"]), ("$625 million", ["money 625000000.0 USD"]), ("12.5M USDC", ["money 12500000.0 USDC"]),
    ("£5", ["money 5.0 GBP"]), ("C$40m", ["money 40000000.0 CAD"]), ("500 dollars", ["money 500.0 USD"]),
    ("USD 5 million", ["money 5000000.0 USD"]),
    ("$5-10 million", ["money 5000000.0 USD", "money 10000000.0 USD"]), ("28 bitcoin", ["money 28.0 BTC"]),
    ("3 stETH", ["money 3.0 STETH"]),
    ("$0.1", ["money 0.1 USD"]), ("$4.35", ["money 4.35 USD"]), ("$1.005 trillion", ["money 1005000000000.0 USD"]),
    ("₿2", ["money 2.0 BTC"]),
    ("$5M/$10M", ["money 5000000.0 USD", "money 10000000.0 USD"]), ("$5$ classes", []), ("$10^{-3}$", []), ("3 sec", []),
    ("in 2024 or 5", []),
    ("v1.2.3 and 1.2.3", []), ("https://x.com/a$5M", []), ("no 5 eth there", []),
  ])
  func moneyIsRead(text: String, expected: [String]) {
    #expect(numbers(text) == expected)
  }

  @Test(arguments: [
    ("up 45%", ["percent 45.0 %"]), ("94.5 percent", ["percent 94.5 %"]), ("down -5%", ["percent -5.0 %"]),
    ("8.1\\% better", ["percent 8.1 %"]),
    ("7.8 percentage points", ["percent 7.8 points"]), ("10 per cent", ["percent 10.0 %"]), ("3x faster", ["multiple 3.0 x"]),
    ("2.5× more", ["multiple 2.5 x"]),
    ("10-fold", ["multiple 10.0 x"]), ("0x12", []), ("5x5 grid", []),
  ])
  func sharesAndMultiplesAreRead(text: String, expected: [String]) {
    #expect(numbers(text) == expected)
  }

  @Test(arguments: [
    ("a 70B model", ["parameters 70000000000.0 parameters"]), ("7B parameters", ["parameters 7000000000.0 parameters"]),
    ("1.5T-parameter model", ["parameters 1500000000000.0 parameters"]), ("Mixtral 8x7B", ["parameters 56000000000.0 parameters"]),
    ("Qwen-72B", ["parameters 72000000000.0 parameters"]), ("128K context", ["context 128000.0 tokens"]),
    ("1M-token", ["context 1000000.0 tokens"]),
    ("context window of 200K tokens", ["context 200000.0 tokens"]), ("32,768 tokens of context", ["context 32768.0 tokens"]),
    ("trained on 15T tokens", ["count 15000000000000.0 tokens"]), ("5,000 users", ["count 5000.0 users"]),
    ("10,000 active users", ["count 10000.0 users"]),
    ("3 million customers", ["count 3000000.0 customers"]), ("$70B deal", ["money 70000000000.0 USD"]),
    ("5B users", ["count 5000000000.0 users"]),
    ("step 3 users-guide", ["count 3.0 users"]), ("GPT-4 users", []), ("Counter-Strike 2 server", []),
    ("20-year plan", ["count 20.0 year"]), ("900 MW site", ["count 900.0 mw"]), ("1 user", ["count 1.0 user"]),
  ])
  func modelSizesAndCountsAreRead(text: String, expected: [String]) {
    #expect(numbers(text) == expected)
  }

  @Test func aNumberIsRoundedOnce() {
    for (text, value) in [
      ("$0.3 million", 300_000.0), ("$9007199254740993", 9007199254740992.0), ("$123456789.123456789", 123456789.123456789),
    ] {
      var mentions: [NumberMention] = []
      NumberExtractor.extract(from: tokens(text), into: &mentions)
      #expect(mentions.map(\.value) == [value])
    }
  }

  @Test func rangeCoversSignAndUnit() {
    let text = "about US$ 3 billion and 1,200 ETH or 5 %"
    let list = tokens(text)
    var mentions: [NumberMention] = []
    NumberExtractor.extract(from: list, into: &mentions)
    #expect(mentions.map { String(decoding: list.text[$0.range], as: UTF8.self) } == ["US$ 3 billion", "1,200 ETH"])
  }
}
